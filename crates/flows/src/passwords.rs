//! A new password judged before it is hashed, and a proved one looked up afterwards.

mod strength;

use std::time::Duration;

use countersign_domain::password_policy::{Findings, Told};
use countersign_domain::{Account, BadPassword, PasswordHash, PersonWords, PolicyFault, Secret, Tenant, password_text};
use countersign_store::Origin;

pub use strength::strength;

use crate::hasher::Place;
use crate::{Fault, Flows, sandbox};

/// Why a text may not become a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// It cannot be a password of anybody.
    #[error("{0}")]
    Form(#[from] BadPassword),
    /// The tenant's policy is against it.
    #[error("{}", Told(.0))]
    Policy(Vec<PolicyFault>),
    /// It is the password so far.
    #[error("must not be the password so far")]
    Unchanged,
    /// Anybody can read it in the documentation.
    #[error("is one of the published sandbox passwords")]
    Published,
    /// The hash queue is full; nothing was done.
    #[error("the hashing pool is busy; try again")]
    Busy(Duration),
}

/// What a person who has just logged in should do about the password. It never keeps anybody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordAdvice {
    /// It is a common or breached one by now: choose another.
    Listed,
}

impl PasswordAdvice {
    /// The name on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Listed => "listed",
        }
    }
}

impl Flows {
    /// Whether a person may have a new password, in its hashed form (`domain::password_text`), by the tenant's policy.
    ///
    /// It is judged in the hashing pool: as a rule that takes a tenth of a millisecond, and eight where somebody means it
    /// to, in which no request would be answered.
    ///
    /// # Errors
    /// [`Fault`] where the pool fails.
    pub async fn judge_new_password(
        &self,
        tenant: &Tenant,
        password: &Secret,
        person: &PersonWords<'_>,
    ) -> Result<Result<(), PasswordRefusal>, Fault> {
        let place = match self.hasher.place(tenant.id, false) {
            Ok(place) => place,
            Err(busy) => return Ok(Err(PasswordRefusal::Busy(busy.retry_after))),
        };
        let strength = place.judge(password.clone(), known(tenant, person)).await?;
        let found = Findings { strength, is_listed: self.blocklist.is_listed(password) };
        let faults = tenant.settings.password_policy().faults(password, person, found);
        Ok(if faults.is_empty() { Ok(()) } else { Err(PasswordRefusal::Policy(faults)) })
    }

    /// Judges a new password of a person, as typed; its text form, for [`Flows::hash_password`].
    pub(crate) async fn judge_password(
        &self,
        tenant: &Tenant,
        typed: &Secret,
        person: &PersonWords<'_>,
    ) -> Result<Result<Secret, PasswordRefusal>, Fault> {
        let text = match self.usable_text(typed) {
            Ok(text) => text,
            Err(refusal) => return Ok(Err(refusal)),
        };
        Ok(self.judge_new_password(tenant, &text, person).await?.map(|()| text))
    }

    /// The text of a password that an account of this store may have, whatever a tenant's policy is.
    pub(crate) fn usable_text(&self, typed: &Secret) -> Result<Secret, PasswordRefusal> {
        let text = password_text(typed)?;
        // Anybody can read those of the documented users.
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

    /// Judges a new password and hashes it, where nothing is to be done between the two.
    pub(crate) async fn new_password(
        &self,
        tenant: &Tenant,
        typed: &Secret,
        person: &PersonWords<'_>,
    ) -> Result<Result<PasswordHash, PasswordRefusal>, Fault> {
        match self.judge_password(tenant, typed, person).await? {
            Ok(text) => self.hash_password(tenant, text).await,
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// What to say about a password that has just proved a person.
    pub fn password_advice(&self, password: &Secret) -> Option<PasswordAdvice> {
        self.blocklist.is_listed(password).then_some(PasswordAdvice::Listed)
    }
}

/// What a password is guessed by first.
fn known(tenant: &Tenant, person: &PersonWords<'_>) -> Vec<String> {
    let [first, last] = [person.first_name, person.last_name].map(Option::unwrap_or_default);
    // Joined as well: two words are many more guesses than one.
    let (joined, turned) = ([first, last].concat(), [last, first].concat());
    [first, last, &joined, &turned, person.email, &tenant.name, tenant.slug.as_str()].map(str::to_owned).to_vec()
}

/// What is known of the person who has an account.
pub fn words_of(account: &Account) -> PersonWords<'_> {
    PersonWords {
        email: &account.email,
        first_name: account.first_name.as_deref(),
        last_name: account.last_name.as_deref(),
    }
}
