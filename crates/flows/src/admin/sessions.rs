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
        let mut living = Vec::new();
        for session in store.sessions(account.id, most).await? {
            let Some(holder) = store.holder(session.id).await? else { continue };
            // Those of a suspended tenant live on when it is served again.
            let facts = Facts { tenant: TenantState::Active, ..holder.facts };
            if gate::admit(&facts, self.store.now()).is_ok() {
                living.push(session);
            }
        }
        Ok(living)
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
