use axum::Json;
use axum::extract::{Path, State};
use countersign_api::{Code, ForgotPasswordRequest, MessageAnswer};
use countersign_domain::Email;
use countersign_flows::{Request, ResetAsked};

use super::{App, Asked};
use crate::http::extract::Body;
use crate::http::faults::Faults;
use crate::http::problem::Refused;

/// Ask for a link to reset a password
///
/// Always answered with the same words, in the same time, whoever the email is.
#[utoipa::path(
    post,
    path = "/api/v6/services/securitymanagement/forgot-password",
    tag = "securitymanagement",
    request_body = ForgotPasswordRequest,
    responses((status = 200, description = "A letter is on its way if the address is known.", body = MessageAnswer)),
    extensions(("x-codes" = json!(["TOO_MANY_REQUESTS"])))
)]
pub(super) async fn forgot_password(
    State(app): State<App>,
    Asked(request): Asked,
    body: Body<ForgotPasswordRequest>,
) -> Result<Json<MessageAnswer>, Refused> {
    let Body { request: asked, faults } = body;
    send(&app, &request, asked.email.expose(), faults).await
}

/// Ask for a link to reset a password, by path
///
/// The same as `forgot-password`, with the email in the path.
#[utoipa::path(
    get,
    path = "/api/v6/services/securitymanagement/reset-password/{email}",
    tag = "securitymanagement",
    params(("email" = String, Path, format = Email, max_length = 255, description = "The address of the account.", example = "hello@remitjunction.co.uk")),
    responses((status = 200, description = "A letter is on its way if the address is known.", body = MessageAnswer)),
    extensions(("x-codes" = json!(["TOO_MANY_REQUESTS"])))
)]
pub(super) async fn ask_by_path(
    State(app): State<App>,
    Asked(request): Asked,
    Path(email): Path<String>,
) -> Result<Json<MessageAnswer>, Refused> {
    send(&app, &request, &email, Faults::default()).await
}

async fn send(app: &App, request: &Request, email: &str, mut faults: Faults) -> Result<Json<MessageAnswer>, Refused> {
    let email = match faults.names("email") {
        true => None,
        false => faults.check("email", Email::parse(email)),
    };
    let Some(email) = email.filter(|_| faults.is_empty()) else { return Err(faults.into()) };
    match app.flows.forgot_password(request, &email).await? {
        ResetAsked::Yes => {
            let message = "If this email address is registered, we have sent a letter to it.".to_owned();
            Ok(Json(MessageAnswer { message }))
        }
        ResetAsked::TooMany(wait) => Err(Refused::new(Code::TooManyRequests).retry_after(wait)),
    }
}
