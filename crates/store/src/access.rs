use countersign_domain::lockout::Counters;
use countersign_domain::{Account, EmailKey, TenantId, TenantState, Timestamp};

use crate::fault::Result;
use crate::job::Job;
use crate::tx::Tx;
use crate::{TenantStore, counters, invitations, logins};

/// What a login would find of a name now.
#[derive(Clone, Debug)]
pub struct NameFacts {
    /// The tenant's state.
    pub tenant: TenantState,
    /// The accounts of the name, customer first.
    pub accounts: Vec<Account>,
    /// Its counters for each class of devices, as they were written; unknown devices first.
    pub counters: Vec<(Option<[u8; 16]>, Counters)>,
    /// Until when that account of it is invited, or was, which has no password.
    pub invited_until: Option<Timestamp>,
}

impl TenantStore {
    /// What a login with this name would find, without counting one.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn name_facts(&self, email: &EmailKey, name_hash: [u8; 32]) -> Result<NameFacts> {
        self.store.read(Look { tenant: self.id, email: email.clone(), name_hash }).await
    }
}

struct Look {
    tenant: TenantId,
    email: EmailKey,
    name_hash: [u8; 32],
}

impl Job for Look {
    type Out = NameFacts;

    async fn run(&self, tx: &Tx<'_>) -> Result<NameFacts> {
        let (facts, counters) = tokio::join!(biased;
            logins::facts(tx, self.tenant, &self.email), counters::of_name(tx, self.tenant, self.name_hash));
        let ((tenant, accounts), counters) = (facts?, counters?);
        let mut invited_until = None;
        for account in accounts.iter().filter(|account| account.password_hash.is_none()) {
            // Staff alone is invited, so there is one at most.
            invited_until = invitations::end(tx, self.tenant, account.id).await?.or(invited_until);
        }
        Ok(NameFacts { tenant, accounts, counters, invited_until })
    }
}
