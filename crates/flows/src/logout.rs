use countersign_domain::SessionId;
use countersign_domain::audit::Action;
use countersign_domain::session::{EndReason, TokenId};
use countersign_store::Ended;

use crate::tokens::{Expiry, api_token, refresh};
use crate::{Fault, Flows, Request};

/// What a logout answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoggedOut {
    /// The session has ended, now or before.
    Yes,
    /// Neither token is a genuine one of this tenant.
    Refused,
    /// The two tokens belong to different sessions.
    TwoSessions,
}

impl Flows {
    /// Ends the session that either token belongs to. An expired token, and any genuine refresh token whatever its
    /// counter, will do: whoever holds one may always end what it belongs to.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn logout(
        &self,
        request: &Request,
        access_token: Option<&str>,
        refresh_token: Option<&str>,
    ) -> Result<LoggedOut, Fault> {
        // A back-end that names its client's address shows an API token where the access token would be.
        let access_token = access_token.filter(|token| api_token::read(token).is_none());
        let by_access = match access_token {
            Some(token) => self.read_access_token(request, token, Expiry::Ignored).await?.map(|claims| claims.session),
            None => None,
        };
        let by_refresh = refresh_token.and_then(|token| self.read_refresh_token(request, token));
        // A token that was sent and is not genuine is refused, whatever the other one says.
        if access_token.is_some() != by_access.is_some() || refresh_token.is_some() != by_refresh.is_some() {
            return Ok(LoggedOut::Refused);
        }
        let (session, proof) = match (by_access, by_refresh) {
            (Some(access), Some((refresh, _))) if access != refresh => return Ok(LoggedOut::TwoSessions),
            (_, Some((session, proof))) => (session, Some(proof)),
            (Some(session), None) => (session, None),
            (None, None) => return Ok(LoggedOut::Refused),
        };
        let event = request.done(Action::Logout, &self.random, self.store.now(), None);
        let store = self.store.tenant(request.tenant_id());
        Ok(match store.end_session(session, proof, EndReason::Logout, event).await? {
            Ended::Now(_) | Ended::Before => LoggedOut::Yes,
            Ended::NotOurs => LoggedOut::Refused,
        })
    }

    /// A genuine refresh token of the request's tenant, whatever its age: its session, and what proves it to be one of the
    /// session's own.
    pub(crate) fn read_refresh_token(&self, request: &Request, token: &str) -> Option<(SessionId, (i64, TokenId))> {
        let now = self.store.now();
        let claims = refresh::read(token, &self.secrets, request.tenant_id(), now, Expiry::Ignored).ok()?;
        Some((claims.session, (i64::try_from(claims.counter).ok()?, claims.jti)))
    }
}
