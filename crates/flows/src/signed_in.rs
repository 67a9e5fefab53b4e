use std::time::Duration;

use countersign_domain::session::Session;
use countersign_domain::signing_key::ACCESS_TOKEN_LIFE;
use countersign_domain::{Account, Secret, Timestamp};

use crate::tokens::access::{self, AccessClaims};
use crate::tokens::refresh::{self, Link};
use crate::{Fault, Flows, PasswordAdvice, Request};

/// What a login and a refresh answer: a pair of tokens, and whose they are.
#[derive(Debug)]
pub struct SignedIn {
    /// Opens what its roles open, for [`SignedIn::expires_in_seconds`].
    pub access_token: Secret,
    /// Good for one exchange.
    pub refresh_token: Secret,
    /// Of the access token.
    pub expires_in_seconds: u64,
    /// Of the refresh token, unless it is exchanged before.
    pub refresh_expires_in_seconds: u64,
    /// Whose.
    pub account: Account,
    /// Marks the device as one that has proved the password; only where one was proved.
    pub device_mark: Option<Secret>,
    /// What to do about the password; only where one was proved.
    pub password_advice: Option<PasswordAdvice>,
}

/// Rounded to the nearest: the moments between the transaction and this answer are not the client's business.
fn whole_seconds(end: Timestamp, now: Timestamp) -> u64 {
    end.plus(Duration::from_millis(500)).since(now).as_secs()
}

impl Flows {
    /// The tokens of a session as it stands. The refresh token follows from the session alone, so asking twice gives
    /// the same one; the access token is always fresh.
    pub(crate) fn tokens(&self, request: &Request, session: &Session, account: Account) -> Result<SignedIn, Fault> {
        let now = self.store.now();
        let access_expires_at = now.plus(ACCESS_TOKEN_LIFE).min(session.expires_at);
        let access_token = self.access_token(request, session, &account, (now, access_expires_at))?;
        let link = Link {
            tenant: request.tenant_id(),
            session: session.id,
            counter: session.refresh_counter.unsigned_abs(),
            jti: session.token_id(session.refresh_counter),
            issued_at: session.rotated_at,
            expires_at: session.idle_expires_at,
        };
        Ok(SignedIn {
            access_token,
            refresh_token: refresh::issue(&self.secrets, &link)?,
            expires_in_seconds: whole_seconds(access_expires_at, now),
            refresh_expires_in_seconds: whole_seconds(session.idle_expires_at, now),
            account,
            device_mark: None,
            password_advice: None,
        })
    }

    fn access_token(
        &self,
        request: &Request,
        session: &Session,
        account: &Account,
        (issued_at, expires_at): (Timestamp, Timestamp),
    ) -> Result<Secret, Fault> {
        let served = &request.tenant;
        let signing = served.signing.as_ref().ok_or_else(|| Fault::broken("the tenant has no signing key"))?;
        let claims = AccessClaims {
            account: account.id,
            roles: account.roles_in_force(),
            tenant: request.tenant_id(),
            session: session.id,
            issuer: served.issuer.clone(),
            client: request.tenant_id().to_string(),
            audience: served.tenant.settings.audience.clone(),
            id: self.random.id(issued_at),
            issued_at,
            expires_at,
        };
        Ok(access::issue(&signing.1, &claims)?)
    }
}
