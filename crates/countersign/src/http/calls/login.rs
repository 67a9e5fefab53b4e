use axum::extract::State;
use axum::response::Response;
use countersign_api::{Code, Hidden, LoginAnswer, LoginRequest};
use countersign_domain::audit::Action;
use countersign_domain::{Email, Role, Secret, Timestamp, password_text};
use countersign_flows::{LoggedIn, Login, Refusal};

use super::encrypted::{Encryptable, PlainBody};
use super::{App, Asked, signed_in};
use crate::http::call::Call;
use crate::http::extract::Body;
use crate::http::problem::Refused;

/// Log in
///
/// Proves an email and a password, and opens a session. Serves every role.
#[utoipa::path(
    put,
    path = "/api/v6/services/securitymanagement/login",
    tag = "securitymanagement",
    request_body = LoginRequest,
    responses((status = 200, description = "The session is open.", body = LoginAnswer)),
    extensions(("x-codes" = json!([
        "DECRYPTION_FAILED", "INVALID_CREDENTIALS", "ACCOUNT_LOCKED", "ACCOUNT_DEACTIVATED", "USER_NOT_FOUND",
        "TOO_MANY_REQUESTS", "OVERLOADED"
    ])))
)]
pub(super) async fn login(
    State(app): State<App>,
    Asked(request): Asked,
    call: Call,
    PlainBody(body): PlainBody<LoginRequest>,
) -> Result<Response, Refused> {
    match app.flows.login(&request, read(body)?).await? {
        LoggedIn::Yes(tokens) => {
            call.set_caller(tokens.account.id.uuid());
            Ok(signed_in(&request.tenant.tenant, *tokens))
        }
        LoggedIn::No(refusal) => Err(word(refusal, app.flows.now())),
    }
}

impl Encryptable for LoginRequest {
    const TRIED: Action = Action::Login;

    fn is_encrypted(&self) -> bool {
        self.payload_encrypted
    }

    fn secrets(&mut self) -> Vec<(&'static str, &mut Hidden)> {
        vec![("currentPassword", &mut self.current_password)]
    }

    fn mark(&self) -> Option<(&Hidden, &Hidden)> {
        Some(&self.email).zip(self.device_token.as_ref())
    }
}

/// What the domain has against the fields joins what their form has against them, so that one answer names all.
pub(crate) fn read(body: Body<LoginRequest>) -> Result<Login, Refused> {
    let Body { request, mut faults } = body;
    let email = match faults.names("email") {
        true => None,
        false => faults.check("email", Email::parse(request.email.expose())),
    };
    let password = match faults.names("currentPassword") {
        true => None,
        false => faults.check("currentPassword", password_text(&Secret::new(request.current_password.expose()))),
    };
    let role = request.role.as_ref().and_then(|role| faults.check("role", role.expose().parse::<Role>()));
    let device_mark = request.device_token.as_ref().map(|mark| Secret::new(mark.expose()));
    match (email, password) {
        (Some(email), Some(password)) if faults.is_empty() => {
            Ok(Login { email, password, kind: role.map(|role| role.kind()), device_mark })
        }
        _ => Err(faults.into()),
    }
}

pub(crate) fn word(refusal: Refusal, now: Timestamp) -> Refused {
    match refusal {
        Refusal::WrongCredentials => Refused::new(Code::InvalidCredentials),
        Refusal::UnknownEmail => Refused::new(Code::UserNotFound),
        Refusal::Locked(Some(until)) => Refused::locked(until, until.since(now)),
        Refusal::Locked(None) => Refused::new(Code::AccountLocked),
        Refusal::Deactivated => Refused::new(Code::AccountDeactivated),
        Refusal::TenantSuspended => Refused::new(Code::TenantSuspended),
        Refusal::TooMany(wait) => Refused::new(Code::TooManyRequests).retry_after(wait),
        Refusal::Overloaded(wait) => Refused::new(Code::Overloaded).retry_after(wait),
    }
}
