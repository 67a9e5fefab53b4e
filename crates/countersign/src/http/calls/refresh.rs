use axum::extract::State;
use axum::response::Response;
use countersign_api::{Code, LoginAnswer, RefreshRequest};
use countersign_flows::Refreshed;

use super::{App, Asked, signed_in};
use crate::http::call::Call;
use crate::http::extract::Body;
use crate::http::problem::Refused;

/// Refresh a token
///
/// Exchanges a refresh token for a new pair. Send a real UUID as `uuid`, and the same one when the answer was lost:
/// then the same successor comes again, for a day.
#[utoipa::path(
    put,
    path = "/api/v6/services/securitymanagement/refresh-token",
    tag = "securitymanagement",
    request_body = RefreshRequest,
    responses((status = 200, description = "A new pair.", body = LoginAnswer)),
    extensions(("x-codes" = json!(["INVALID_REFRESH_TOKEN", "REFRESH_TOKEN_REUSED"])))
)]
pub(super) async fn refresh_token(
    State(app): State<App>,
    Asked(request): Asked,
    call: Call,
    body: Body<RefreshRequest>,
) -> Result<Response, Refused> {
    let token = body.whole()?.refresh_token;
    match app.flows.refresh(&request, token.expose()).await? {
        Refreshed::Yes(tokens) => {
            call.set_caller(tokens.account.id.uuid());
            Ok(signed_in(&request.tenant.tenant, *tokens))
        }
        Refreshed::Refused => Err(Refused::new(Code::InvalidRefreshToken)),
        Refreshed::Reused => Err(Refused::new(Code::RefreshTokenReused)),
        Refreshed::TenantSuspended => Err(Refused::new(Code::TenantSuspended)),
    }
}
