use countersign_domain::audit::{Action, Reason};
use countersign_domain::session::{EndReason, Session};
use countersign_domain::{AccountId, SessionId, Tenant};
use countersign_store::Ended;

use crate::{Fault, Flows};

impl Flows {
    /// Sessions of an account: first those that were not ended, the newest first, then those that ended last.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn sessions(&self, tenant: &Tenant, account: AccountId, limit: u32) -> Result<Vec<Session>, Fault> {
        Ok(self.store.tenant(tenant.id).sessions(account, limit).await?)
    }

    /// Ends a session; false if it had ended or there is none.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn end_session(&self, tenant: &Tenant, session: SessionId) -> Result<bool, Fault> {
        let event = self.by_operator(tenant.id, Action::SessionEnded, None).because(Reason::Requested);
        let ended = self.store.tenant(tenant.id).end_session(session, None, EndReason::Revoked, event).await?;
        Ok(matches!(ended, Ended::Now(_)))
    }
}
