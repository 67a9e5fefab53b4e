use countersign_domain::gate::{Closed, admit, admit_api_token};
use countersign_domain::{
    Account, ApiToken, Permission, Permissions, Role, RoleRecord, SessionId, Timestamp, may_answer_for, permissions_of,
};
use countersign_store::ApiTokenHolder;

use crate::tokens::access::{self, AccessClaims, Expected};
use crate::tokens::{Expiry, Refused, api_token};
use crate::{Fault, Flows, Request, Served};

/// Somebody who is logged in, and whose access token the gate has let through.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who it is, as the store says now.
    pub account: Account,
    /// The session of the token.
    pub session: SessionId,
}

/// A server whose API token the gate has let through.
#[derive(Clone, Debug)]
pub struct ApiCaller {
    /// The token.
    pub token: ApiToken,
    /// The roles of whoever answers for it, as they are now.
    pub maker_roles: Vec<Role>,
    /// The secret that was shown opens until then: to the token's end, or for a while after another took its place.
    pub good_until: Timestamp,
}

impl Caller {
    /// What the caller's roles open. Nothing while a new password is due.
    pub(crate) fn permissions(&self, records: &[RoleRecord]) -> Permissions {
        match self.account.must_change_password {
            true => Permissions::new(),
            false => permissions_of(&self.account.roles, records),
        }
    }

    /// Whether the caller's roles open this in the request's tenant; what roles open may be a minute old.
    pub fn may(&self, request: &Request, permission: Permission) -> bool {
        self.permissions(&request.tenant.roles).contains(&permission)
    }
}

impl ApiCaller {
    pub(crate) fn permissions(&self, records: &[RoleRecord]) -> Permissions {
        self.token.permissions(&self.maker_roles, records)
    }

    /// Whether the token opens this in the request's tenant; what roles open may be a minute old.
    pub fn may(&self, request: &Request, permission: Permission) -> bool {
        self.permissions(&request.tenant.roles).contains(&permission)
    }
}

/// What the gate answers.
#[derive(Clone, Debug)]
pub enum Admission {
    /// An access token that opens.
    Session(Box<Caller>),
    /// An API token that opens.
    ApiToken(Box<ApiCaller>),
    /// It does not, whyever: one answer for all.
    Refused,
    /// The tenant is suspended.
    TenantSuspended,
}

impl Flows {
    /// The one gate: whether a token that is shown opens anything, judged on what the store says now. An API token is
    /// used wherever an access token is (contract, section 6), so both come here.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn admit(&self, request: &Request, token: &str) -> Result<Admission, Fault> {
        match api_token::read(token) {
            Some(hash) => self.admit_server(request, hash).await,
            None => self.admit_person(request, token).await,
        }
    }

    async fn admit_person(&self, request: &Request, access_token: &str) -> Result<Admission, Fault> {
        let Some(claims) = self.read_access_token(request, access_token, Expiry::Checked).await? else {
            return Ok(Admission::Refused);
        };
        self.admit_claims(request, &claims).await
    }

    /// The same of a genuine access token that has been read.
    pub(crate) async fn admit_claims(&self, request: &Request, claims: &AccessClaims) -> Result<Admission, Fault> {
        let Some(holder) = self.store.tenant(request.tenant_id()).holder(claims.session).await? else {
            return Ok(Admission::Refused);
        };
        if holder.account.id != claims.account {
            return Ok(Admission::Refused);
        }
        Ok(match admit(&holder.facts, self.store.now()) {
            Ok(()) => Admission::Session(Box::new(Caller { account: holder.account, session: claims.session })),
            Err(closed) => closed.into(),
        })
    }

    async fn admit_server(&self, request: &Request, hash: [u8; 32]) -> Result<Admission, Fault> {
        let admission = self.judge_api_token(request, hash).await?;
        // A note, for whoever looks for tokens that nobody needs: without it the token is as good.
        if let Admission::ApiToken(server) = &admission
            && server.token.is_use_due(self.store.now())
            && let Err(fault) = self.store.tenant(request.tenant_id()).note_api_token_use(server.token.id).await
        {
            tracing::warn!(%fault, token = %server.token.id, "that an API token is in use could not be noted");
        }
        Ok(admission)
    }

    /// The same without a note of its use: for whoever only asks about it.
    pub(crate) async fn judge_api_token(&self, request: &Request, hash: [u8; 32]) -> Result<Admission, Fault> {
        let store = self.store.tenant(request.tenant_id());
        let Some(holder) = store.api_token_holder(hash).await? else { return Ok(Admission::Refused) };
        if let Err(closed) = admit_api_token(&holder.facts, self.store.now()) {
            return Ok(closed.into());
        }
        let ApiTokenHolder { facts, token, maker_roles } = holder;
        // What a role opens may have changed since; it is known here a minute later at most.
        Ok(match may_answer_for(&maker_roles, &token.roles, &request.tenant.roles) {
            true => {
                let good_until = facts.secret_good_until;
                Admission::ApiToken(Box::new(ApiCaller { token, maker_roles, good_until }))
            }
            false => Admission::Refused,
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

impl From<Closed> for Admission {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Ended => Self::Refused,
            Closed::TenantSuspended => Self::TenantSuspended,
        }
    }
}
