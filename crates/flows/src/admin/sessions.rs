use countersign_domain::audit::{Action, Reason};
use countersign_domain::session::{EndReason, Session};
use countersign_domain::{Account, SessionId, Tenant};
use countersign_store::Ended;

use crate::{Fault, Flows};

/// An account has no more live sessions than that, and they come first.
const LIVING_MAX: u32 = 100;

impl Flows {
    /// The sessions of an account that still open something, newest first.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn living_sessions(&self, tenant: &Tenant, account: &Account) -> Result<Vec<Session>, Fault> {
        let sessions = self.store.tenant(tenant.id).sessions(account.id, LIVING_MAX).await?;
        let now = self.store.now();
        let lives = |session: &Session| {
            session.ended.is_none() && session.generation == account.generation && now < session.ends_at()
        };
        Ok(sessions.into_iter().filter(lives).collect())
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
