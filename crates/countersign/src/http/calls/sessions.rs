use axum::Json;
use axum::extract::State;
use countersign_api::{Code, MessageAnswer, SessionAnswer, SessionsAnswer, SessionsQuery};
use countersign_domain::session::Session;
use countersign_domain::{Account, AccountId, Permission, SessionId};
use countersign_flows::admin::DoesMore;

use super::App;
use super::asking::{Asks, Settled};
use crate::http::extract::{Body, PathId, Queries};
use crate::http::problem::Refused;

/// List sessions
///
/// The caller's own living sessions, or those of another account for who may manage them.
#[utoipa::path(
    get,
    path = "/api/v6/services/securitymanagement/sessions",
    tag = "securitymanagement",
    params(SessionsQuery),
    responses((status = 200, description = "The sessions.", body = SessionsAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND"])))
)]
pub(super) async fn list_sessions(
    State(app): State<App>,
    own: Settled,
    Queries(query): Queries<SessionsQuery>,
) -> Result<Json<SessionsAnswer>, Refused> {
    let account = meant(&app, &own, query).await?;
    let sessions = app.flows.living_sessions(&own.request.tenant.tenant, &account).await?;
    let items = sessions.iter().map(|session| word(session, own.caller.session)).collect();
    Ok(Json(SessionsAnswer { items, next_cursor: None }))
}

/// End a session
///
/// Its tokens are dead at once, everywhere.
#[utoipa::path(
    delete,
    path = "/api/v6/services/securitymanagement/sessions/{id}",
    tag = "securitymanagement",
    params(("id" = Uuid, Path, description = "The claim `sid`."), SessionsQuery),
    responses((status = 200, description = "The session has ended.", body = MessageAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND"])))
)]
pub(super) async fn end_session(
    State(app): State<App>,
    own: Settled,
    PathId(id): PathId,
    Queries(query): Queries<SessionsQuery>,
) -> Result<Json<MessageAnswer>, Refused> {
    let account = meant(&app, &own, query).await?;
    let (tenant, id) = (&own.request.tenant.tenant, SessionId::from_uuid(id));
    match app.flows.end_session(own.doer(), tenant, Some(account.id), id).await?? {
        true => Ok(Json(MessageAnswer { message: "The session has ended.".to_owned() })),
        false => Err(Refused::new(Code::NotFound)),
    }
}

/// End all other sessions
///
/// Of the caller, all but the one that asks; of another account, all.
#[utoipa::path(
    delete,
    path = "/api/v6/services/securitymanagement/sessions",
    tag = "securitymanagement",
    params(SessionsQuery),
    responses((status = 200, description = "The sessions have ended.", body = MessageAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND"])))
)]
pub(super) async fn end_other_sessions(
    State(app): State<App>,
    own: Settled,
    Queries(query): Queries<SessionsQuery>,
) -> Result<Json<MessageAnswer>, Refused> {
    let account = meant(&app, &own, query).await?;
    let but = Some(own.caller.session);
    let ended = app.flows.end_other_sessions(own.doer(), &own.request.tenant.tenant, &account, but).await??;
    Ok(Json(MessageAnswer { message: format!("Sessions ended: {ended}.") }))
}

/// The caller's account, or the one that a manager names.
async fn meant(app: &App, own: &Settled, query: Body<SessionsQuery>) -> Result<Account, Refused> {
    let Some(named) = query.whole()?.account else { return Ok(own.caller.account.clone()) };
    let not_found = || Refused::new(Code::NotFound);
    let id: AccountId = named.expose().parse().map_err(|_| not_found())?;
    if id == own.caller.account.id {
        return Ok(own.caller.account.clone());
    }
    own.must(Permission::ManageSessions)?;
    app.flows.account(&own.request.tenant.tenant, id).await?.ok_or_else(not_found)
}

impl From<DoesMore> for Refused {
    fn from(more: DoesMore) -> Self {
        Self::new(Code::Forbidden).detail(more.to_string())
    }
}

fn word(session: &Session, current: SessionId) -> SessionAnswer {
    SessionAnswer {
        id: session.id.uuid(),
        is_current: session.id == current,
        created_at: session.created_at.to_string(),
        last_used_at: session.rotated_at.to_string(),
        network: session.client.network.clone(),
        user_agent: session.client.user_agent.clone(),
        expires_at: session.ends_at().to_string(),
    }
}
