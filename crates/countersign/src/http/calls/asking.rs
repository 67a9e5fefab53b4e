//! Who asks: what a handler takes in place of a token. None of these can be had without the gate.

use axum::extract::FromRequestParts;
use countersign_api::Code;
use countersign_domain::{ApiTokenId, Permission, Secret};
use countersign_flows::{Admission, ApiCaller, Caller, Doer, Request};
use http::request::Parts;

use super::App;
use crate::http::call::Call;
use crate::http::extract::{ClientAddress, PresentedToken};
use crate::http::layers::tenant::AtTenant;
use crate::http::problem::Refused;

/// The request as stories take it.
pub(super) struct Asked(pub(super) Request);

/// The same, before anybody's word on whose address it is.
pub(crate) async fn request_of(parts: &mut Parts, app: &App) -> Result<Request, Refused> {
    let call = Call::from_request_parts(parts, app).await?;
    let AtTenant(tenant) = AtTenant::from_request_parts(parts, app).await?;
    Ok(Request {
        tenant,
        id: Some(call.request_id.clone()),
        address: call.address,
        user_agent: call.user_agent.clone(),
        language: call.language,
        is_exempt: app.exempt.contain(call.address),
        vouched_by: None,
    })
}

impl FromRequestParts<App> for Asked {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let mut request = request_of(parts, app).await?;
        if let ClientAddress(Some(address)) = ClientAddress::from_request_parts(parts, app).await? {
            // Only a holder of an API token is believed: else every guess could name another network, or an exempt one.
            request.vouched_by = Some(vouching(parts, app, &request).await?);
            (request.address, request.is_exempt) = (address, false);
        }
        Ok(Self(request))
    }
}

/// The API token on whose word an address is a client's. Judged once, though a handler may take the request several times.
async fn vouching(parts: &mut Parts, app: &App, request: &Request) -> Result<ApiTokenId, Refused> {
    if let Some(Vouching(id)) = parts.extensions.get() {
        return Ok(*id);
    }
    let shown = PresentedToken::from_request_parts(parts, app).await?;
    let token = shown.bearer().or_else(|| shown.get()).ok_or_else(Refused::no_token)?;
    match admitted(app, request, token).await? {
        Who::Server(server) => {
            parts.extensions.insert(Vouching(server.token.id));
            Ok(server.token.id)
        }
        Who::Person(_) => Err(Refused::new(Code::Forbidden).detail("X-Client-Address needs an API token.")),
    }
}

#[derive(Clone, Copy)]
struct Vouching(ApiTokenId);

async fn admitted(app: &App, request: &Request, token: &Secret) -> Result<Who, Refused> {
    match app.flows.admit(request, token.expose()).await? {
        Admission::Session(caller) => Ok(Who::Person(caller)),
        Admission::ApiToken(server) => Ok(Who::Server(server)),
        Admission::Refused => Err(Refused::new(Code::InvalidToken)),
        Admission::TenantSuspended => Err(Refused::new(Code::TenantSuspended)),
    }
}

/// Whoever showed a token that is good right now. The access token's only other reader is logout, which refuses nobody.
pub(super) struct LetThrough {
    /// Who it is.
    pub(super) who: Who,
    /// The request.
    pub(super) request: Request,
}

/// Whose token it was.
pub(super) enum Who {
    /// Somebody who is logged in.
    Person(Box<Caller>),
    /// A server.
    Server(Box<ApiCaller>),
}

impl FromRequestParts<App> for LetThrough {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let Asked(request) = Asked::from_request_parts(parts, app).await?;
        let shown = PresentedToken::from_request_parts(parts, app).await?;
        let who = admitted(app, &request, shown.required()?).await?;
        Call::from_request_parts(parts, app).await?.set_caller(match &who {
            Who::Person(caller) => caller.account.id.uuid(),
            Who::Server(server) => server.token.id.uuid(),
        });
        Ok(Self { who, request })
    }
}

/// What a permission can be asked of.
pub(super) trait Asks: FromRequestParts<App, Rejection = Refused> {
    /// Whether the roles open this.
    fn may(&self, permission: Permission) -> bool;

    /// Refuses whom the roles do not open this for.
    ///
    /// # Errors
    /// 403 `FORBIDDEN`.
    fn must(&self, permission: Permission) -> Result<(), Refused> {
        match self.may(permission) {
            true => Ok(()),
            false => Err(Refused::new(Code::Forbidden).detail(format!("This needs the permission {permission}."))),
        }
    }
}

/// Anybody who owes nothing: a person without a password to change, or a server.
pub(super) struct Asker {
    who: Who,
    /// The request.
    pub(super) request: Request,
}

impl FromRequestParts<App> for Asker {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let LetThrough { who, request } = LetThrough::from_request_parts(parts, app).await?;
        match who {
            Who::Person(caller) if caller.account.must_change_password => Err(owes_a_password()),
            who => Ok(Self { who, request }),
        }
    }
}

impl Asks for Asker {
    fn may(&self, permission: Permission) -> bool {
        match &self.who {
            Who::Person(caller) => caller.may(&self.request, permission),
            Who::Server(server) => server.may(&self.request, permission),
        }
    }
}

impl Asker {
    /// As who does something.
    pub(super) fn doer(&self) -> Doer<'_> {
        match &self.who {
            Who::Person(caller) => Doer::Caller(&self.request, caller),
            Who::Server(server) => Doer::ApiToken(&self.request, server),
        }
    }
}

/// Somebody who is logged in, a new password owed or not: for what is left to those who owe one. An API token stands for
/// no person.
pub(super) struct LoggedIn {
    /// Who asks.
    pub(super) caller: Caller,
    /// The request.
    pub(super) request: Request,
}

impl FromRequestParts<App> for LoggedIn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        match LetThrough::from_request_parts(parts, app).await? {
            LetThrough { who: Who::Person(caller), request } => Ok(Self { caller: *caller, request }),
            LetThrough { who: Who::Server(_), .. } => {
                Err(Refused::new(Code::Forbidden)
                    .detail("This is for somebody who is logged in, not for an API token."))
            }
        }
    }
}

/// Somebody who is logged in and owes no new password: for what is the caller's own, and for what only people do.
pub(super) struct Settled {
    /// Who asks.
    pub(super) caller: Caller,
    /// The request.
    pub(super) request: Request,
}

impl FromRequestParts<App> for Settled {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let LoggedIn { caller, request } = LoggedIn::from_request_parts(parts, app).await?;
        match caller.account.must_change_password {
            true => Err(owes_a_password()),
            false => Ok(Self { caller, request }),
        }
    }
}

impl Asks for Settled {
    fn may(&self, permission: Permission) -> bool {
        self.caller.may(&self.request, permission)
    }
}

impl Settled {
    /// As who does something.
    pub(super) fn doer(&self) -> Doer<'_> {
        Doer::Caller(&self.request, &self.caller)
    }
}

/// A server that showed an API token of the tenant as a bearer (contract, section 6): nothing else authenticates there.
pub(super) struct Server {
    /// The server.
    pub(super) caller: ApiCaller,
    /// The request.
    pub(super) request: Request,
}

impl FromRequestParts<App> for Server {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        // In the one header that the RFCs know.
        if PresentedToken::from_request_parts(parts, app).await?.bearer().is_none() {
            return Err(Refused::no_token());
        }
        match LetThrough::from_request_parts(parts, app).await? {
            LetThrough { who: Who::Server(caller), request } => Ok(Self { caller: *caller, request }),
            LetThrough { who: Who::Person(_), .. } => Err(Refused::new(Code::InvalidToken)),
        }
    }
}

fn owes_a_password() -> Refused {
    Refused::new(Code::Forbidden).detail("The password must be changed before anything else.")
}
