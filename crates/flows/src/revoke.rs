use countersign_domain::audit::{Action, Reason};
use countersign_domain::session::EndReason;

use crate::tokens::{Expiry, api_token};
use crate::{Admission, ApiCaller, Doer, Fault, Flows, Request};

impl Flows {
    /// Ends what a token belongs to (RFC 7009): a session by either of its tokens, an expired one too, as at logout; an API
    /// token by itself. A text that is no token of ours has ended already, so there is nothing to answer.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn revoke(&self, request: &Request, server: &ApiCaller, token: &str) -> Result<(), Fault> {
        let (doer, tenant) = (Doer::ApiToken(request, server), request.tenant_id());
        let store = self.store.tenant(tenant);
        if let Some(hash) = api_token::read(token) {
            // One that opens nothing any more ends nothing: else a secret that was replaced because it leaked would end
            // the one that took its place.
            if let Admission::ApiToken(shown) = self.judge_api_token(request, hash).await? {
                let id = shown.token.id;
                let event = self.done_by(doer, tenant, Action::ApiTokenInvalidated, Some(id.to_string()));
                let event = event.because(Reason::Revoked);
                match shown.good_until < shown.token.expires_at {
                    true => store.end_api_token_secret(hash, event).await?,
                    false => store.invalidate_api_token(id, event).await.map(|_| ())?,
                }
            }
            return Ok(());
        }
        let (session, proof) = match self.read_access_token(request, token, Expiry::Ignored).await? {
            Some(claims) => (claims.session, None),
            None => match self.read_refresh_token(request, token) {
                Some((session, proof)) => (session, Some(proof)),
                None => return Ok(()),
            },
        };
        let event = self.done_by(doer, tenant, Action::SessionEnded, None).because(Reason::Revoked);
        store.end_session(session, proof, EndReason::Requested, event).await?;
        Ok(())
    }
}
