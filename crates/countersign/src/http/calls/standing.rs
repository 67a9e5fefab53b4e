use axum::Json;
use axum::extract::State;
use countersign_api::{Code, MessageAnswer};
use countersign_domain::{Account, AccountId, Standing};
use countersign_flows::admin::AccountRefusal;

use super::App;
use super::asking::Asker;
use super::granted::{ChangeStanding, Granted, Unlock};
use crate::http::extract::PathId;
use crate::http::problem::Refused;

/// Activate an account
///
/// It may log in again.
#[utoipa::path(
    method(get, put),
    path = "/api/v6/services/usermanagement/activate-user-account/{id}",
    tag = "usermanagement",
    params(("id" = Uuid, Path, description = "The account's id.")),
    responses((status = 200, description = "The account is active.", body = MessageAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND"])))
)]
pub(super) async fn activate(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ChangeStanding>,
    PathId(id): PathId,
) -> Result<Json<MessageAnswer>, Refused> {
    set(&app, &asker, id, Standing::Active, "The account is active.").await
}

/// Deactivate an account
///
/// It may no longer log in, and its sessions end.
#[utoipa::path(
    method(get, put),
    path = "/api/v6/services/usermanagement/deactivate-user-account/{id}",
    tag = "usermanagement",
    params(("id" = Uuid, Path, description = "The account's id.")),
    responses((status = 200, description = "The account is deactivated.", body = MessageAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND", "LAST_MANAGER"])))
)]
pub(super) async fn deactivate(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ChangeStanding>,
    PathId(id): PathId,
) -> Result<Json<MessageAnswer>, Refused> {
    set(&app, &asker, id, Standing::Deactivated, "The account is deactivated.").await
}

/// End a lockout
///
/// The person can log in with the right password at once.
#[utoipa::path(
    put,
    path = "/api/v6/services/securitymanagement/unlock-user-account/{id}",
    tag = "securitymanagement",
    params(("id" = Uuid, Path, description = "The account's id.")),
    responses((status = 200, description = "The account is not locked.", body = MessageAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND"])))
)]
pub(super) async fn unlock(
    State(app): State<App>,
    Granted { asker, .. }: Granted<Unlock>,
    PathId(id): PathId,
) -> Result<Json<MessageAnswer>, Refused> {
    let account = find(&app, &asker, id).await?;
    let unlocked = app.flows.unlock_account(asker.doer(), &asker.request.tenant.tenant, &account).await?;
    said(unlocked, "The account is not locked.")
}

async fn set(
    app: &App,
    asker: &Asker,
    id: uuid::Uuid,
    standing: Standing,
    message: &str,
) -> Result<Json<MessageAnswer>, Refused> {
    let account = find(app, asker, id).await?;
    said(app.flows.set_standing(asker.doer(), &asker.request.tenant.tenant, &account, standing).await?, message)
}

async fn find(app: &App, asker: &Asker, id: uuid::Uuid) -> Result<Account, Refused> {
    let account = app.flows.account(&asker.request.tenant.tenant, AccountId::from_uuid(id)).await?;
    account.ok_or_else(|| Refused::new(Code::NotFound))
}

fn said(done: Result<(), AccountRefusal>, message: &str) -> Result<Json<MessageAnswer>, Refused> {
    judged(done).map(|()| Json(MessageAnswer { message: message.to_owned() }))
}

/// What is so already is as good as done.
pub(crate) fn judged(done: Result<(), AccountRefusal>) -> Result<(), Refused> {
    match done {
        Ok(()) | Err(AccountRefusal::Already) => Ok(()),
        Err(AccountRefusal::NoSuchAccount) => Err(Refused::new(Code::NotFound)),
        Err(AccountRefusal::LastManager) => Err(Refused::new(Code::LastManager)),
        Err(beyond @ AccountRefusal::Beyond) => Err(Refused::new(Code::Forbidden).detail(beyond.to_string())),
        Err(other) => Err(Refused::broken(other)),
    }
}
