use axum::extract::State;
use countersign_api::TokenForm;
use http::StatusCode;

use super::App;
use super::asking::Server;
use crate::http::extract::Form;
use crate::http::problem::Refused;

/// End a token
///
/// Revocation (RFC 7009): a session by its access or refresh token, or an API token. A token that is unknown or over is
/// answered the same. The caller shows an API token of the tenant as a bearer.
#[utoipa::path(
    post,
    path = "/oauth2/revoke",
    tag = "verifiers",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It opens nothing any more.")),
    security(("Bearer" = []))
)]
pub(super) async fn revoke(
    State(app): State<App>,
    Server { caller, request }: Server,
    Form(form): Form<TokenForm>,
) -> Result<StatusCode, Refused> {
    app.flows.revoke(&request, &caller, form.token.expose()).await?;
    Ok(StatusCode::OK)
}
