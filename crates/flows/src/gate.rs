use countersign_domain::gate::{Closed, admit};
use countersign_domain::{Account, Permission, SessionId, permissions_of};

use crate::tokens::access::{self, AccessClaims, Expected};
use crate::tokens::{Expiry, Refused};
use crate::{Fault, Flows, Request, Served};

/// Somebody whose token the gate has let through.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who it is, as the store says now.
    pub account: Account,
    /// The session of the token.
    pub session: SessionId,
}

impl Caller {
    /// Whether the caller's roles open this in the request's tenant. Nothing is open while a new password is due; what
    /// roles open may be a minute old.
    pub fn may(&self, request: &Request, permission: Permission) -> bool {
        !self.account.must_change_password
            && permissions_of(&self.account.roles, &request.tenant.roles).contains(&permission)
    }
}

/// What the gate answers.
#[derive(Clone, Debug)]
pub enum Admission {
    /// The token opens.
    Admitted(Box<Caller>),
    /// It does not, whyever: one answer for all.
    Refused,
    /// The tenant is suspended.
    TenantSuspended,
}

impl Flows {
    /// The one gate: whether a token that is shown opens anything, judged on what the store says now.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn admit(&self, request: &Request, access_token: &str) -> Result<Admission, Fault> {
        let Some(claims) = self.read_access_token(request, access_token, Expiry::Checked).await? else {
            return Ok(Admission::Refused);
        };
        let Some(holder) = self.store.tenant(request.tenant_id()).holder(claims.session).await? else {
            return Ok(Admission::Refused);
        };
        if holder.account.id != claims.account {
            return Ok(Admission::Refused);
        }
        Ok(match admit(&holder.facts, self.store.now()) {
            Ok(()) => Admission::Admitted(Box::new(Caller { account: holder.account, session: claims.session })),
            Err(Closed::Ended) => Admission::Refused,
            Err(Closed::TenantSuspended) => Admission::TenantSuspended,
        })
    }

    /// A genuine access token of the request's tenant. A key that came into use after the tenant was read (its first,
    /// or in place of a stolen one) is looked for once more.
    pub(crate) async fn read_access_token(
        &self,
        request: &Request,
        token: &str,
        expiry: Expiry,
    ) -> Result<Option<AccessClaims>, Fault> {
        let mut read = self.read_with(&request.tenant, token, expiry);
        if read == Err(Refused::UnknownKey)
            && let Some(later) = self.tenants.later(&request.tenant, &self.store, &self.vault).await?
        {
            read = self.read_with(&later, token, expiry);
        }
        if let Err(why) = &read {
            tracing::debug!(%why, "an access token was refused");
        }
        Ok(read.ok())
    }

    fn read_with(&self, served: &Served, token: &str, expiry: Expiry) -> Result<AccessClaims, Refused> {
        let expected = Expected {
            tenant: served.tenant.id,
            issuer: &served.issuer,
            audience: served.tenant.settings.audience.as_deref(),
            now: self.store.now(),
        };
        access::read(token, &served.jwks, &expected, expiry)
    }
}
