use axum::Json;
use axum::extract::State;
use countersign_api::{Code, LogoutRequest, MessageAnswer};
use countersign_domain::Secret;
use countersign_flows::LoggedOut;

use super::{App, Asked};
use crate::http::extract::{OptionalBody, PresentedToken};
use crate::http::faults::FieldFault;
use crate::http::problem::Refused;

/// Log out
///
/// Ends the session that either token belongs to, everywhere. An expired access token and a used refresh token will
/// do; a session that has ended already is answered the same.
#[utoipa::path(
    put,
    path = "/api/v6/services/securitymanagement/logout",
    tag = "securitymanagement",
    request_body = LogoutRequest,
    responses((status = 200, description = "The session has ended.", body = MessageAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["INVALID_TOKEN"])), ("x-optional-body" = json!(true)))
)]
pub(super) async fn logout(
    State(app): State<App>,
    Asked(request): Asked,
    token: PresentedToken,
    OptionalBody(body): OptionalBody<LogoutRequest>,
) -> Result<Json<MessageAnswer>, Refused> {
    let refresh = body.whole()?.refresh_token;
    let access = token.get().map(Secret::expose);
    let refresh = refresh.as_ref().map(|token| token.expose());
    if access.is_none() && refresh.is_none() {
        return Err(Refused::no_token());
    }
    match app.flows.logout(&request, access, refresh).await? {
        LoggedOut::Yes => Ok(Json(MessageAnswer { message: "You are logged out.".to_owned() })),
        LoggedOut::Refused => Err(Refused::new(Code::InvalidToken)),
        LoggedOut::TwoSessions => {
            let fault = FieldFault::unknown("belongs to another session than the access token");
            Err(Refused::field("refresh_token", fault))
        }
    }
}
