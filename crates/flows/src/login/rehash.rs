//! A hash of an outdated cost is made anew once its password has been proved.

use std::sync::Arc;

use countersign_domain::{Account, PasswordHash, Secret};

use crate::{Fault, Flows, Request};

impl Flows {
    /// Replaces the hash after the answer, unless the password has changed since it was proved.
    pub(super) fn rehash_later(self: &Arc<Self>, request: &Request, account: &Account, password: Secret) {
        let (flows, request, account) = (Arc::clone(self), request.clone(), account.clone());
        tokio::spawn(async move {
            if let Err(fault) = flows.rehash(&request, &account, password).await {
                tracing::warn!(%fault, account = %account.id, "a password hash could not be renewed");
            }
        });
    }

    async fn rehash(&self, request: &Request, account: &Account, password: Secret) -> Result<(), Fault> {
        // Renewing is never urgent: a full lane leaves it to the next login.
        let Ok(place) = self.hasher.place(request.tenant_id(), false) else { return Ok(()) };
        let hash = place.hash(password, self.cost(request), self.random.bytes()).await?;
        self.store.tenant(request.tenant_id()).rehash(account, PasswordHash::new(hash.to_string())).await?;
        Ok(())
    }
}
