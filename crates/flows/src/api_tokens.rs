use std::time::Duration;

use countersign_domain::audit::Action;
use countersign_domain::{
    ApiToken, ApiTokenId, ApiTokenLife, ApiTokenName, Kind, Overlap, Role, RoleRecord, Secret, Tenant,
};
use countersign_store::{ApiTokenCreated, ApiTokenEnded, ApiTokenRotated, NewApiToken, RotateApiToken};

use crate::tokens::api_token;
use crate::{Caller, Doer, Fault, Flows, Request};

/// An API token that somebody asks for.
#[derive(Clone, Debug)]
pub struct ApiTokenAsk {
    /// What people will call it.
    pub name: ApiTokenName,
    /// How long it is to be good.
    pub life: ApiTokenLife,
    /// What it may do at most: staff roles; none for one that only asks about tokens.
    pub roles: Vec<Role>,
    /// The newest token that whoever asks has seen, where that was on a page: a form that is posted twice makes one.
    pub seen: Option<Option<ApiTokenId>>,
}

/// An API token with its secret, which is shown this once.
#[derive(Debug)]
pub struct ApiTokenShown {
    /// The token.
    pub token: ApiToken,
    /// The text that a server sends.
    pub secret: Secret,
}

/// Why an API token was not made, rotated or ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiTokenRefusal {
    /// The tenant has no such token.
    #[error("the tenant has no such API token")]
    NoSuchToken,
    /// The tenant has no such staff role.
    #[error("the tenant has no staff role {0}")]
    NoSuchRole(Role),
    /// It may do more than whoever asks.
    #[error("reaches beyond what you may do yourself")]
    Beyond,
    /// The tenant has as many as it may.
    #[error(
        "the tenant has {} API tokens, dead ones among them: delete what nobody needs",
        countersign_domain::API_TOKENS_MAX
    )]
    TooMany,
    /// It was rotated a moment ago; again after this long.
    #[error("it was rotated a moment ago")]
    JustNow(Duration),
    /// It has expired or was ended, and does not come back.
    #[error("it has expired or was invalidated: make a new one")]
    Ended,
    /// There is a newer token than whoever asks has seen.
    #[error("another API token was made since: look at the list")]
    Unseen,
    /// Whoever asks was changed at the same moment.
    #[error("your own account was changed at the same moment")]
    Meanwhile,
}

type Outcome<T> = Result<Result<T, ApiTokenRefusal>, Fault>;

impl Flows {
    /// The tenant's API tokens, the newest first, dead ones among them.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn list_api_tokens(&self, tenant: &Tenant) -> Result<Vec<ApiToken>, Fault> {
        Ok(self.store.tenant(tenant.id).api_tokens().await?)
    }

    /// Makes an API token, whose roles reach no further than its maker's.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn create_api_token(
        &self,
        request: &Request,
        caller: &Caller,
        ask: ApiTokenAsk,
    ) -> Outcome<ApiTokenShown> {
        let (tenant, now) = (&request.tenant.tenant, self.store.now());
        let records = self.store.tenant(tenant.id).roles().await?;
        if let Some(role) = missing(&ask.roles, &records) {
            return Ok(Err(ApiTokenRefusal::NoSuchRole(role)));
        }
        let (secret, kept) = api_token::make(&self.random);
        let new = NewApiToken {
            id: ApiTokenId::from_uuid(self.random.id(now)),
            name: ask.name.as_str().to_owned(),
            roles: ask.roles,
            secret: kept,
            expires_at: ask.life.end(now),
            maker: caller.account.clone(),
            seen: ask.seen,
        };
        let detail = format!("{}; {}until {}; {}", new.id, words(&new.roles), new.expires_at, new.name);
        let event = self.done_by(Doer::Caller(request, caller), tenant.id, Action::ApiTokenCreated, Some(detail));
        Ok(match self.store.tenant(tenant.id).create_api_token(new, event).await? {
            ApiTokenCreated::Yes(token) => Ok(ApiTokenShown { token, secret }),
            ApiTokenCreated::TooMany => Err(ApiTokenRefusal::TooMany),
            ApiTokenCreated::Meanwhile => Err(ApiTokenRefusal::Meanwhile),
            ApiTokenCreated::Beyond => Err(ApiTokenRefusal::Beyond),
            ApiTokenCreated::Unseen => Err(ApiTokenRefusal::Unseen),
        })
    }

    /// Gives an API token a new secret; the one before stays good for the overlap. Whoever is shown the new one answers
    /// for the token from then on.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn rotate_api_token(
        &self,
        request: &Request,
        caller: &Caller,
        id: ApiTokenId,
        overlap: Overlap,
    ) -> Outcome<ApiTokenShown> {
        let (tenant, doer) = (&request.tenant.tenant, Doer::Caller(request, caller));
        let (secret, kept) = api_token::make(&self.random);
        let rotate = RotateApiToken { id, secret: kept, overlap, maker: caller.account.clone() };
        let detail = format!("{id}; the secret before is good for {} s more", overlap.span().as_secs());
        let event = self.done_by(doer, tenant.id, Action::ApiTokenRotated, Some(detail));
        Ok(match self.store.tenant(tenant.id).rotate_api_token(rotate, event).await? {
            ApiTokenRotated::Yes(token) => Ok(ApiTokenShown { token, secret }),
            ApiTokenRotated::JustNow(next) => Err(ApiTokenRefusal::JustNow(next.since(self.store.now()))),
            ApiTokenRotated::Ended => Err(ApiTokenRefusal::Ended),
            ApiTokenRotated::NoSuchToken => Err(ApiTokenRefusal::NoSuchToken),
            ApiTokenRotated::Meanwhile => Err(ApiTokenRefusal::Meanwhile),
            ApiTokenRotated::Beyond => Err(ApiTokenRefusal::Beyond),
        })
    }

    /// Ends an API token, which stays in the list. One that has ended already is as good as ended.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn invalidate_api_token(&self, doer: Doer<'_>, tenant: &Tenant, id: ApiTokenId) -> Outcome<()> {
        let token = match self.reach_api_token(doer, tenant, id).await? {
            Ok(token) => token,
            Err(refused) => return Ok(Err(refused)),
        };
        let detail = format!("{id}; {}{}", words(&token.roles), token.name);
        let event = self.done_by(doer, tenant.id, Action::ApiTokenInvalidated, Some(detail));
        Ok(ended(self.store.tenant(tenant.id).invalidate_api_token(id, event).await?))
    }

    /// Ends an API token and takes it out of the list.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn delete_api_token(&self, doer: Doer<'_>, tenant: &Tenant, id: ApiTokenId) -> Outcome<()> {
        let token = match self.reach_api_token(doer, tenant, id).await? {
            Ok(token) => token,
            Err(refused) => return Ok(Err(refused)),
        };
        let detail = format!("{id}; {}{}", words(&token.roles), token.name);
        let event = self.done_by(doer, tenant.id, Action::ApiTokenDeleted, Some(detail));
        Ok(ended(self.store.tenant(tenant.id).delete_api_token(id, event).await?))
    }

    /// Nobody ends a token that may do more than he.
    async fn reach_api_token(&self, doer: Doer<'_>, tenant: &Tenant, id: ApiTokenId) -> Outcome<ApiToken> {
        let Some(token) = self.store.tenant(tenant.id).api_token(id).await? else {
            return Ok(Err(ApiTokenRefusal::NoSuchToken));
        };
        Ok(if self.reaches(doer, tenant, &token.roles).await? { Ok(token) } else { Err(ApiTokenRefusal::Beyond) })
    }
}

/// The first role that the tenant does not have, or that is for customers.
fn missing(roles: &[Role], records: &[RoleRecord]) -> Option<Role> {
    let is_there = |role: &&Role| role.kind() == Kind::Staff && records.iter().any(|record| record.role == **role);
    roles.iter().find(|role| !is_there(role)).cloned()
}

/// What the trail says a token may do.
fn words(roles: &[Role]) -> String {
    match roles {
        [] => "without roles; ".to_owned(),
        roles => format!("roles {}; ", roles.iter().map(Role::as_str).collect::<Vec<_>>().join(" ")),
    }
}

fn ended(ended: ApiTokenEnded) -> Result<(), ApiTokenRefusal> {
    match ended {
        ApiTokenEnded::Yes | ApiTokenEnded::Already => Ok(()),
        ApiTokenEnded::NoSuchToken => Err(ApiTokenRefusal::NoSuchToken),
    }
}
