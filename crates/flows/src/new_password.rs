use std::time::Duration;

use countersign_domain::{BadPassword, PasswordHash, Secret, Tenant, password_text};
use countersign_store::Origin;

use crate::hasher::Place;
use crate::{Fault, Flows, sandbox};

/// Why a text may not become a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// It cannot be a password of anybody.
    #[error("{0}")]
    Form(#[from] BadPassword),
    /// Anybody can read it in the documentation.
    #[error("is one of the published sandbox passwords")]
    Published,
    /// The hash queue is full; nothing was done.
    #[error("the hashing pool is busy; try again")]
    Busy(Duration),
}

impl Flows {
    /// Judges a new password of a person; its text form, for [`Flows::hash_password`].
    pub(crate) fn judge_password(&self, password: &Secret) -> Result<Secret, PasswordRefusal> {
        let text = password_text(password)?;
        let is_published = sandbox::USERS.iter().any(|(_, _, published)| *published == text.expose());
        if self.origin == Origin::Production && is_published {
            return Err(PasswordRefusal::Published);
        }
        Ok(text)
    }

    /// Hashes a new password in the tenant's lane.
    pub(crate) async fn hash_password(
        &self,
        tenant: &Tenant,
        text: Secret,
    ) -> Result<Result<PasswordHash, PasswordRefusal>, Fault> {
        match self.hasher.place(tenant.id, false) {
            Ok(place) => self.hash_in(place, tenant, text).await.map(Ok),
            Err(busy) => Ok(Err(PasswordRefusal::Busy(busy.retry_after))),
        }
    }

    /// The same in a place that was taken before anything was counted.
    pub(crate) async fn hash_in(&self, place: Place, tenant: &Tenant, text: Secret) -> Result<PasswordHash, Fault> {
        let cost = crate::tenants::cost(&tenant.settings, self.usual_cost);
        let hash = place.hash(text, cost, self.random.bytes()).await?;
        Ok(PasswordHash::new(hash.to_string()))
    }

    /// Both, where nothing is to be done between them.
    pub(crate) async fn new_password(
        &self,
        tenant: &Tenant,
        password: &Secret,
    ) -> Result<Result<PasswordHash, PasswordRefusal>, Fault> {
        match self.judge_password(password) {
            Ok(text) => self.hash_password(tenant, text).await,
            Err(refusal) => Ok(Err(refusal)),
        }
    }
}
