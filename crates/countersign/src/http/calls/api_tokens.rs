use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use countersign_api::{
    ApiTokenAnswer, ApiTokenShownAnswer, ApiTokensAnswer, Code, Hidden, MessageAnswer, NewApiTokenRequest,
    RotateApiTokenRequest,
};
use countersign_domain::{API_TOKEN_LIVES, ApiToken, ApiTokenId, ApiTokenLife, ApiTokenName, Overlap, Role, Timestamp};
use countersign_flows::{ApiTokenAsk, ApiTokenRefusal, ApiTokenShown};
use http::StatusCode;

use super::App;
use super::asking::Settled;
use super::granted::{Granted, ManageApiTokens};
use crate::http::extract::{Body, OptionalBody, PathId};
use crate::http::faults::{Faults, FieldFault};
use crate::http::problem::Refused;

/// Somebody who is logged in and may manage API tokens: no API token makes, rotates or ends another.
type Manager = Granted<ManageApiTokens, Settled>;

/// Make an API token
///
/// For a server. The secret is shown in this answer and never again.
#[utoipa::path(
    post,
    path = "/api/v6/services/securitymanagement/api-tokens",
    tag = "securitymanagement",
    request_body = NewApiTokenRequest,
    responses((status = 201, description = "The token.", body = ApiTokenShownAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "TOO_MANY_API_TOKENS", "CHANGED_MEANWHILE"])))
)]
pub(super) async fn create_api_token(
    State(app): State<App>,
    Granted { asker: Settled { caller, request }, .. }: Manager,
    body: Body<NewApiTokenRequest>,
) -> Result<Response, Refused> {
    let made = app.flows.create_api_token(&request, &caller, read(body)?).await?.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(shown(&made, app.flows.now()))).into_response())
}

/// List API tokens
///
/// The newest first, dead ones among them until they are deleted, or a month after their time.
#[utoipa::path(
    get,
    path = "/api/v6/services/securitymanagement/api-tokens",
    tag = "securitymanagement",
    responses((status = 200, description = "The tokens.", body = ApiTokensAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN"])))
)]
pub(super) async fn list_api_tokens(
    State(app): State<App>,
    Granted { asker, .. }: Manager,
) -> Result<Json<ApiTokensAnswer>, Refused> {
    let tokens = app.flows.list_api_tokens(&asker.request.tenant.tenant).await?;
    let now = app.flows.now();
    Ok(Json(ApiTokensAnswer { items: tokens.iter().map(|token| word(token, now)).collect(), next_cursor: None }))
}

/// Rotate an API token
///
/// A new secret, shown in this answer alone; the one before stays good for as long as is asked. Not twice within ten
/// seconds.
#[utoipa::path(
    put,
    path = "/api/v6/services/securitymanagement/api-tokens/{id}/rotate",
    tag = "securitymanagement",
    params(("id" = Uuid, Path, description = "The token's id.")),
    request_body = RotateApiTokenRequest,
    responses((status = 200, description = "The token with its new secret.", body = ApiTokenShownAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(
        ("x-codes" = json!(["FORBIDDEN", "NOT_FOUND", "API_TOKEN_ENDED", "ROTATED_JUST_NOW", "CHANGED_MEANWHILE"])),
        ("x-optional-body" = json!(true))
    )
)]
pub(super) async fn rotate_api_token(
    State(app): State<App>,
    Granted { asker: Settled { caller, request }, .. }: Manager,
    PathId(id): PathId,
    OptionalBody(body): OptionalBody<RotateApiTokenRequest>,
) -> Result<Json<ApiTokenShownAnswer>, Refused> {
    let overlap = overlap(body)?;
    let id = ApiTokenId::from_uuid(id);
    let made = app.flows.rotate_api_token(&request, &caller, id, overlap).await?.map_err(refused)?;
    Ok(Json(shown(&made, app.flows.now())))
}

/// Invalidate an API token
///
/// It opens nothing any more, at once and everywhere, and stays in the list.
#[utoipa::path(
    put,
    path = "/api/v6/services/securitymanagement/api-tokens/{id}/invalidate",
    tag = "securitymanagement",
    params(("id" = Uuid, Path, description = "The token's id.")),
    responses((status = 200, description = "The token has ended.", body = MessageAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND"])))
)]
pub(super) async fn invalidate_api_token(
    State(app): State<App>,
    Granted { asker, .. }: Manager,
    PathId(id): PathId,
) -> Result<Json<MessageAnswer>, Refused> {
    let (tenant, id) = (&asker.request.tenant.tenant, ApiTokenId::from_uuid(id));
    app.flows.invalidate_api_token(asker.doer(), tenant, id).await?.map_err(refused)?;
    Ok(Json(MessageAnswer { message: "The API token has ended.".to_owned() }))
}

/// Delete an API token
///
/// It opens nothing any more and leaves the list; the audit trail keeps it.
#[utoipa::path(
    delete,
    path = "/api/v6/services/securitymanagement/api-tokens/{id}",
    tag = "securitymanagement",
    params(("id" = Uuid, Path, description = "The token's id.")),
    responses((status = 200, description = "The token is deleted.", body = MessageAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND"])))
)]
pub(super) async fn delete_api_token(
    State(app): State<App>,
    Granted { asker, .. }: Manager,
    PathId(id): PathId,
) -> Result<Json<MessageAnswer>, Refused> {
    let (tenant, id) = (&asker.request.tenant.tenant, ApiTokenId::from_uuid(id));
    app.flows.delete_api_token(asker.doer(), tenant, id).await?.map_err(refused)?;
    Ok(Json(MessageAnswer { message: "The API token is deleted.".to_owned() }))
}

fn overlap(body: Body<RotateApiTokenRequest>) -> Result<Overlap, Refused> {
    let Body { request, mut faults } = body;
    let overlap = Overlap::seconds(request.overlap_seconds.unwrap_or(0));
    let overlap = faults.check("overlapSeconds", overlap.map_err(|why| FieldFault::unknown(why.to_string())));
    overlap.filter(|_| faults.is_empty()).ok_or_else(|| faults.into())
}

fn read(body: Body<NewApiTokenRequest>) -> Result<ApiTokenAsk, Refused> {
    let Body { request, mut faults } = body;
    let name = parsed::<ApiTokenName>("name", &request.name, &mut faults);
    let life = match faults.names("expiry") {
        true => None,
        false => {
            let life = request.expiry.expose().parse::<ApiTokenLife>();
            let must = || format!("must be one of {}", API_TOKEN_LIVES.map(ApiTokenLife::name).join(", "));
            faults.check("expiry", life.map_err(|_| FieldFault::unknown(must())))
        }
    };
    let roles: Result<Vec<Role>, _> = request.roles.iter().map(|role| role.expose().parse()).collect();
    let roles = if faults.names("roles") { None } else { faults.check("roles", roles) };
    match (name, life, roles) {
        (Some(name), Some(life), Some(roles)) if faults.is_empty() => Ok(ApiTokenAsk { name, life, roles, seen: None }),
        _ => Err(faults.into()),
    }
}

fn parsed<T: std::str::FromStr>(field: &str, text: &Hidden, faults: &mut Faults) -> Option<T>
where
    T::Err: Into<FieldFault>,
{
    if faults.names(field) { None } else { faults.check(field, text.expose().parse()) }
}

fn shown(made: &ApiTokenShown, now: Timestamp) -> ApiTokenShownAnswer {
    ApiTokenShownAnswer { token: Hidden::new(made.secret.expose()), api_token: word(&made.token, now) }
}

fn word(token: &ApiToken, now: Timestamp) -> ApiTokenAnswer {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    ApiTokenAnswer {
        id: token.id.uuid(),
        name: token.name.clone(),
        hint: token.hint.clone(),
        roles: token.roles.iter().map(|role| role.as_str().to_owned()).collect(),
        state: token.state(now).name().to_owned(),
        maker: token.maker.uuid(),
        created_at: token.created_at.to_string(),
        rotated_at: moment(token.rotated_at),
        expires_at: token.expires_at.to_string(),
        invalidated_at: moment(token.invalidated_at),
        last_used_at: moment(token.last_used_at),
    }
}

/// A refusal in the words of the contract.
pub(crate) fn refused(why: ApiTokenRefusal) -> Refused {
    let detail = why.to_string();
    match why {
        ApiTokenRefusal::NoSuchToken => Refused::new(Code::NotFound),
        ApiTokenRefusal::Beyond => Refused::new(Code::Forbidden).detail(detail),
        ApiTokenRefusal::TooMany => Refused::new(Code::TooManyApiTokens).detail(detail),
        ApiTokenRefusal::JustNow(wait) => Refused::new(Code::RotatedJustNow).retry_after(wait),
        ApiTokenRefusal::Ended => Refused::new(Code::ApiTokenEnded),
        ApiTokenRefusal::Unseen => Refused::new(Code::ChangedMeanwhile).detail(detail),
        ApiTokenRefusal::Meanwhile => Refused::new(Code::ChangedMeanwhile).detail(detail),
        ApiTokenRefusal::NoSuchRole(role) => Refused::field("roles", FieldFault::NoSuchRole(role)),
    }
}
