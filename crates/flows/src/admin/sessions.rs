use countersign_domain::audit::{Action, Reason};
use countersign_domain::gate::{self, Facts};
use countersign_domain::session::{EndReason, SESSIONS_PER_ACCOUNT_MAX, Session};
use countersign_domain::{Account, SessionId, Tenant, TenantState};
use countersign_store::Ended;

use crate::{Fault, Flows};

impl Flows {
    /// The sessions of an account that still open something, newest first.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn living_sessions(&self, tenant: &Tenant, account: &Account) -> Result<Vec<Session>, Fault> {
        let store = self.store.tenant(tenant.id);
        let most = u32::try_from(SESSIONS_PER_ACCOUNT_MAX).unwrap_or(u32::MAX);
        let mut sessions = store.sessions(account.id, most).await?;
        // Tenant and account are the same for all of them; the first may be purged meanwhile.
        let mut theirs = None;
        for session in &sessions {
            theirs = store.holder(session.id).await?.map(|holder| holder.facts);
            if theirs.is_some() {
                break;
            }
        }
        let Some(theirs) = theirs else { return Ok(Vec::new()) };
        // Those of a suspended tenant live on when it is served again.
        let theirs = Facts { tenant: TenantState::Active, ..theirs };
        let now = self.store.now();
        sessions.retain(|session| gate::admit(&theirs.of(session), now).is_ok());
        Ok(sessions)
    }

    /// Ends a session; false if it had ended or there is none.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn end_session(&self, tenant: &Tenant, session: SessionId) -> Result<bool, Fault> {
        let event = self.by_operator(tenant.id, Action::SessionEnded, None).because(Reason::Requested);
        let ended = self.store.tenant(tenant.id).end_session(session, None, EndReason::Requested, event).await?;
        Ok(matches!(ended, Ended::Now(_)))
    }
}
