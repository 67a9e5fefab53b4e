use countersign_domain::gate;
use countersign_domain::{AccountId, SessionId, Timestamp};

use crate::tokens::access::AccessClaims;
use crate::tokens::refresh::{self, RefreshClaims};
use crate::tokens::{Expiry, api_token};
use crate::{Admission, ApiCaller, Fault, Flows, Request};

/// What a token is that opens something right now (RFC 7662).
#[derive(Clone, Debug)]
pub enum Introspected {
    /// An access token.
    Access(Box<AccessClaims>),
    /// The refresh token that its session's next rotation takes.
    Refresh {
        /// Whose it is.
        account: AccountId,
        /// Its session.
        session: SessionId,
        /// When it was made.
        issued_at: Timestamp,
        /// When its session ends unless it is rotated.
        expires_at: Timestamp,
    },
    /// An API token, by the secret that was asked about.
    ApiToken(Box<ApiCaller>),
}

impl Flows {
    /// What a token is; nothing for one that opens nothing, whyever. It is judged by the gate, as if its holder had shown it
    /// here, and nothing changes by being asked about.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn introspect(&self, request: &Request, token: &str) -> Result<Option<Introspected>, Fault> {
        if let Some(hash) = api_token::read(token) {
            return Ok(match self.judge_api_token(request, hash).await? {
                Admission::ApiToken(server) => Some(Introspected::ApiToken(server)),
                _ => None,
            });
        }
        if let Some(claims) = self.read_access_token(request, token, Expiry::Checked).await? {
            let is_admitted = matches!(self.admit_claims(request, &claims).await?, Admission::Session(_));
            return Ok(is_admitted.then(|| Introspected::Access(Box::new(claims))));
        }
        match refresh::read(token, &self.secrets, request.tenant_id(), self.store.now(), Expiry::Checked) {
            Ok(claims) => self.introspect_refresh(request, &claims).await,
            Err(_) => Ok(None),
        }
    }

    /// A refresh token that was used before is not reported as reused: whoever asks about it is not its holder.
    async fn introspect_refresh(
        &self,
        request: &Request,
        claims: &RefreshClaims,
    ) -> Result<Option<Introspected>, Fault> {
        let store = self.store.tenant(request.tenant_id());
        let Some(session) = store.session(claims.session).await? else { return Ok(None) };
        let Some(holder) = store.holder(claims.session).await? else { return Ok(None) };
        let counter = i64::try_from(claims.counter).unwrap_or(-1);
        let is_live = session.is_current(counter, &claims.jti) && gate::admit(&holder.facts, self.store.now()).is_ok();
        Ok(is_live.then(|| Introspected::Refresh {
            account: session.account,
            session: session.id,
            issued_at: claims.issued_at,
            expires_at: session.ends_at().min(claims.expires_at),
        }))
    }
}
