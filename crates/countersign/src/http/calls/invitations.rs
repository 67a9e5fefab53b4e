use axum::Json;
use axum::extract::State;
use countersign_api::{InvitationAnswer, InvitationsAnswer, ListQuery, MessageAnswer};
use countersign_domain::{AccountId, Kind};
use countersign_store::{Invitation, ListCursor};

use super::employees::refused;
use super::granted::{ChangeStaff, Granted, ReadStaff};
use super::{App, person};
use crate::http::cursor;
use crate::http::extract::{PathId, Queries};
use crate::http::problem::Refused;

/// List invitations
///
/// Who is invited and has not set a password, the newest first.
#[utoipa::path(
    get,
    path = "/api/v6/services/usermanagement/invitations",
    tag = "usermanagement",
    params(ListQuery),
    responses((status = 200, description = "A page.", body = InvitationsAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN"])))
)]
pub(super) async fn list_invitations(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ReadStaff>,
    Queries(mut query): Queries<ListQuery>,
) -> Result<Json<InvitationsAnswer>, Refused> {
    // There are few: whoever looks for one reads them.
    query.request.search = None;
    let ask = person::ask(Kind::Staff, query)?;
    let before = ask.cursor.map(|(ListCursor::Before(id) | ListCursor::After(_, id))| id);
    let found = app.flows.invitations(&asker.request.tenant.tenant, before, ask.limit).await?;
    let is_full = u32::try_from(found.len()).is_ok_and(|found| found == ask.limit);
    let last = found.last().filter(|_| is_full).map(|last| ListCursor::Before(last.account.id));
    let items = found.iter().map(word).collect();
    Ok(Json(InvitationsAnswer { items, next_cursor: last.as_ref().map(cursor::write) }))
}

fn word(invitation: &Invitation) -> InvitationAnswer {
    InvitationAnswer {
        account: person::in_list(&invitation.account),
        invited_by: invitation.invited_by.map(AccountId::uuid),
        invited_at: invitation.invited_at.to_string(),
        expires_at: invitation.expires_at.to_string(),
    }
}

/// Send an invitation again
///
/// With a new link; the ones before stay good for their time.
#[utoipa::path(
    put,
    path = "/api/v6/services/usermanagement/invitations/{id}",
    tag = "usermanagement",
    params(("id" = Uuid, Path, description = "The invited account's id.")),
    responses((status = 200, description = "Another letter is on its way.", body = MessageAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND", "TOO_MANY_REQUESTS"])))
)]
pub(super) async fn invite_again(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ChangeStaff>,
    PathId(id): PathId,
) -> Result<Json<MessageAnswer>, Refused> {
    let tenant = &asker.request.tenant.tenant;
    let sent = app.flows.invite_again(asker.doer(), tenant, AccountId::from_uuid(id)).await?;
    sent.map_err(|why| refused(&why))?;
    Ok(Json(MessageAnswer { message: "Another invitation is on its way.".to_owned() }))
}

/// Withdraw an invitation
///
/// Its link opens nothing any more, and the account goes with it.
#[utoipa::path(
    delete,
    path = "/api/v6/services/usermanagement/invitations/{id}",
    tag = "usermanagement",
    params(("id" = Uuid, Path, description = "The invited account's id.")),
    responses((status = 200, description = "The invitation is withdrawn.", body = MessageAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "NOT_FOUND"])))
)]
pub(super) async fn withdraw_invitation(
    State(app): State<App>,
    Granted { asker, .. }: Granted<ChangeStaff>,
    PathId(id): PathId,
) -> Result<Json<MessageAnswer>, Refused> {
    let tenant = &asker.request.tenant.tenant;
    let withdrawn = app.flows.withdraw_invitation(asker.doer(), tenant, AccountId::from_uuid(id)).await?;
    withdrawn.map_err(|why| refused(&why))?;
    Ok(Json(MessageAnswer { message: "The invitation is withdrawn.".to_owned() }))
}
