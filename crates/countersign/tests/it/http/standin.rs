//! Stands in for the handlers: the real words, extractors and layers, and in the place of each story a fixed answer
//! that the email of the request picks.

use std::time::Duration;

use axum::Json;
use countersign::http::call::Call;
use countersign::http::extract::{Body, PresentedToken};
use countersign::http::router::Doors;
use countersign::http::{AtTenant, Refused};
use countersign_api::{
    Code, Hidden, LoginAnswer, LoginRequest, LogoutRequest, MessageAnswer, ProfileAnswer, RefreshRequest, TOKEN_TYPE,
    TenantAnswer, UserAnswer,
};
use countersign_domain::{AccountId, Email, Role, Secret, Timestamp, password_text};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(7);

pub(crate) fn doors() -> Doors<()> {
    Doors {
        service: OpenApiRouter::new()
            .routes(routes!(login))
            .routes(routes!(refresh))
            .routes(routes!(logout))
            .routes(routes!(profile)),
        published: OpenApiRouter::new().routes(routes!(jwks)),
    }
}

/// Log in
///
/// Proves an email and a password of the tenant and opens a session. Serves every role.
#[utoipa::path(put, path = "/api/v6/services/securitymanagement/login", tag = "securitymanagement",
    request_body = LoginRequest,
    responses((status = 200, description = "Logged in", body = LoginAnswer)),
    extensions(("x-codes" = json!([
        Code::InvalidCredentials, Code::AccountLocked, Code::AccountDeactivated, Code::UserNotFound,
        Code::TooManyRequests, Code::Overloaded,
    ]))))]
async fn login(AtTenant(tenant): AtTenant, call: Call, body: Body<LoginRequest>) -> Result<Json<LoginAnswer>, Refused> {
    let Body { request, mut faults } = body;
    let email = faults.check("email", Email::parse(request.email.expose()));
    let password = faults.check("currentPassword", password_text(&Secret::new(request.current_password.expose())));
    if let Some(role) = &request.role {
        faults.check("role", role.expose().parse::<Role>());
    }
    let (Some(email), Some(_), true) = (email, password, faults.is_empty()) else {
        return Err(faults.into());
    };
    match email.typed() {
        "locked@example.com" => {
            Err(Refused::locked(Timestamp::from_unix_seconds(1_795_515_300), Duration::from_millis(899_500)))
        }
        "unknown@example.com" => Err(Refused::new(Code::UserNotFound)),
        "wrong@example.com" => Err(Refused::new(Code::InvalidCredentials)),
        "overload@example.com" => Err(Refused::new(Code::Overloaded).retry_after(Duration::from_secs(2))),
        "broken@example.com" => Err(Refused::broken("row of account: column roles is no list")),
        "panic@example.com" => panic!("the story broke off"),
        "never@example.com" => std::future::pending().await,
        _ => {
            call.set_caller(AccountId::from_uuid(ACCOUNT));
            Ok(Json(tokens(tenant.id.uuid(), tenant.slug.as_str())))
        }
    }
}

fn tokens(tenant: Uuid, slug: &str) -> LoginAnswer {
    LoginAnswer {
        access_token: Hidden::new("eyJ.access"),
        refresh_token: Hidden::new("eyJ.refresh"),
        token_type: TOKEN_TYPE.to_owned(),
        expires_in: 3600,
        refresh_expires_in: 1_209_600,
        user: UserAnswer {
            id: ACCOUNT,
            email: Hidden::new("hello@remitjunction.co.uk"),
            roles: vec!["MANAGER".to_owned()],
            first_name: None,
            last_name: None,
            must_change_password: false,
        },
        tenant: TenantAnswer { id: tenant, slug: slug.to_owned() },
        device_token: None,
    }
}

/// Refresh
///
/// A refresh token for a new pair. A token that is used a second time ends its session.
#[utoipa::path(put, path = "/api/v6/services/securitymanagement/refresh-token", tag = "securitymanagement",
    request_body = RefreshRequest,
    responses((status = 200, description = "A new pair", body = LoginAnswer)),
    extensions(("x-codes" = json!([Code::InvalidRefreshToken, Code::RefreshTokenReused]))))]
async fn refresh(AtTenant(tenant): AtTenant, body: Body<RefreshRequest>) -> Result<Json<LoginAnswer>, Refused> {
    match body.whole()?.refresh_token.expose() {
        "eyJ.refresh" => Ok(Json(tokens(tenant.id.uuid(), tenant.slug.as_str()))),
        "eyJ.used" => Err(Refused::new(Code::RefreshTokenReused)),
        _ => Err(Refused::new(Code::InvalidRefreshToken)),
    }
}

/// Log out
///
/// Ends the session that the access token, the refresh token or both belong to; both are dead afterwards.
#[utoipa::path(put, path = "/api/v6/services/securitymanagement/logout", tag = "securitymanagement",
    request_body = LogoutRequest,
    responses((status = 200, description = "Logged out", body = MessageAnswer)),
    security((), ("X-Auth-Token" = []), ("Bearer" = [])))]
async fn logout(token: PresentedToken, body: Body<LogoutRequest>) -> Result<Json<MessageAnswer>, Refused> {
    let request = body.whole()?;
    match token.get().is_some() || request.refresh_token.is_some() {
        true => Ok(Json(MessageAnswer { message: "You are logged out.".to_owned() })),
        false => Err(Refused::no_token()),
    }
}

/// Who am I
///
/// The account that the access token belongs to.
#[utoipa::path(get, path = "/api/v6/services/usermanagement/profile", tag = "usermanagement",
    responses((status = 200, description = "The caller's profile", body = ProfileAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])))]
async fn profile(AtTenant(tenant): AtTenant, token: PresentedToken) -> Result<Json<ProfileAnswer>, Refused> {
    if token.required()?.expose() != "eyJ.access" {
        return Err(Refused::new(Code::InvalidToken));
    }
    Ok(Json(ProfileAnswer {
        id: ACCOUNT,
        email: Hidden::new("hello@remitjunction.co.uk"),
        roles: vec!["MANAGER".to_owned()],
        first_name: None,
        last_name: None,
        must_change_password: false,
        tenant: TenantAnswer { id: tenant.id.uuid(), slug: tenant.slug.to_string() },
    }))
}

/// The tenant's public keys
///
/// A JWK Set (RFC 7517) to verify access tokens with; may be kept for five minutes.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "keys",
    responses((status = 200, description = "The keys", body = Value, content_type = "application/jwk-set+json")))]
async fn jwks(AtTenant(_): AtTenant) -> ([(&'static str, &'static str); 1], Json<Value>) {
    ([("cache-control", "public, max-age=300")], Json(json!({ "keys": [] })))
}
