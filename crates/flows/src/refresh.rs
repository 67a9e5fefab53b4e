use std::sync::Arc;

use countersign_domain::audit::{Action, Reason};
use countersign_domain::session::Presented;
use countersign_store::{RotateSession, Rotated};

use crate::signed_in::SignedIn;
use crate::tokens::{Expiry, refresh};
use crate::{Fault, Flows, Request};

/// What a refresh answers.
#[derive(Debug)]
pub enum Refreshed {
    /// A new pair; after an honest repeat, the same refresh token as before.
    Yes(Box<SignedIn>),
    /// Not ours, expired, or its session has ended.
    Refused,
    /// It was used before: its session has ended.
    Reused,
    /// The tenant is suspended.
    TenantSuspended,
}

impl Flows {
    /// Exchanges a refresh token for a new pair.
    ///
    /// # Errors
    /// [`Fault`] where the store or the signing fails; the exchange may hold all the same, and the same request may
    /// be sent again.
    pub async fn refresh(&self, request: &Request, refresh_token: &str) -> Result<Refreshed, Fault> {
        let now = self.store.now();
        let claims = match refresh::read(refresh_token, &self.secrets, request.tenant_id(), now, Expiry::Checked) {
            Ok(claims) => claims,
            Err(why) => {
                tracing::debug!(%why, "a refresh token was refused");
                return Ok(Refreshed::Refused);
            }
        };
        let ask = RotateSession {
            session: claims.session,
            presented: Presented {
                counter: i64::try_from(claims.counter).unwrap_or(-1),
                token: claims.jti,
                request: request.unique_id(),
                client: request.client(),
            },
            settings: Arc::clone(&request.tenant.tenant.settings),
            reuse_letter: self.random.id(now),
            reuse_event: request.done(Action::RefreshReused, &self.random, now, None).refused_because(Reason::Reused),
        };
        Ok(match self.store.tenant(request.tenant_id()).rotate(ask).await? {
            Rotated::Yes(session, account) => Refreshed::Yes(Box::new(self.tokens(request, &session, *account)?)),
            Rotated::Reuse => Refreshed::Reused,
            Rotated::Refused => Refreshed::Refused,
            Rotated::Suspended => Refreshed::TenantSuspended,
        })
    }
}
