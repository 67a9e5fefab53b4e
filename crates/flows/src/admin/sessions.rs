use countersign_domain::audit::{Action, Reason};
use countersign_domain::gate::{self, Facts};
use countersign_domain::session::{EndReason, SESSIONS_PER_ACCOUNT_MAX, Session};
use countersign_domain::{Account, AccountId, SessionId, Tenant, TenantState};
use countersign_store::Ended;

use crate::{Doer, Fault, Flows};

/// Sessions of somebody who may do more than whoever asks are not ended by him.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This account may do more than you.")]
pub struct DoesMore;

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

    /// Whether whoever does something may end sessions of this account: the own, and those of nobody who may do more.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn may_end_sessions(&self, doer: Doer<'_>, tenant: &Tenant, account: &Account) -> Result<bool, Fault> {
        Ok(doer.is(account.id) || self.reaches(doer, tenant, &account.roles).await?)
    }

    /// Ends a session, of this account alone where one is named; false if it had ended or there is none.
    ///
    /// # Errors
    /// [`Fault`] where the store fails; inside it, [`DoesMore`].
    pub async fn end_session(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        of: Option<AccountId>,
        session: SessionId,
    ) -> Result<Result<bool, DoesMore>, Fault> {
        let store = self.store.tenant(tenant.id);
        let Some(holder) = store.holder(session).await? else { return Ok(Ok(false)) };
        if of.is_some_and(|account| account != holder.account.id) {
            return Ok(Ok(false));
        }
        if !self.may_end_sessions(doer, tenant, &holder.account).await? {
            return Ok(Err(DoesMore));
        }
        self.end_now(doer, tenant, session).await.map(Ok)
    }

    /// Ends every living session of an account but one; how many.
    ///
    /// # Errors
    /// [`Fault`] where the store fails; inside it, [`DoesMore`].
    pub async fn end_other_sessions(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        account: &Account,
        but: Option<SessionId>,
    ) -> Result<Result<usize, DoesMore>, Fault> {
        if !self.may_end_sessions(doer, tenant, account).await? {
            return Ok(Err(DoesMore));
        }
        let mut ended = 0;
        for session in self.living_sessions(tenant, account).await?.iter().filter(|session| Some(session.id) != but) {
            ended += usize::from(self.end_now(doer, tenant, session.id).await?);
        }
        Ok(Ok(ended))
    }

    /// Ends a session that may be ended; whether it had not ended before.
    async fn end_now(&self, doer: Doer<'_>, tenant: &Tenant, session: SessionId) -> Result<bool, Fault> {
        let event = self.done_by(doer, tenant.id, Action::SessionEnded, None).because(Reason::Requested);
        let ended = self.store.tenant(tenant.id).end_session(session, None, EndReason::Requested, event).await?;
        Ok(matches!(ended, Ended::Now(_)))
    }
}
