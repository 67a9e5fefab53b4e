use axum::Json;
use axum::extract::State;
use countersign_api::{Code, ConfirmEmailRequest, Hidden, PasswordAnswer};
use countersign_domain::audit::Action;
use countersign_domain::{Secret, password_text};
use countersign_flows::Confirmed;

use super::encrypted::{Encryptable, PlainBody};
use super::{App, Asked};
use crate::http::call::Call;
use crate::http::problem::Refused;

/// Confirm an address
///
/// The mailed token and the password chosen when registering, together, make the account. After five wrong passwords
/// the token is worth nothing.
#[utoipa::path(
    put,
    path = "/api/v6/services/usermanagement/confirm-email",
    tag = "usermanagement",
    request_body = ConfirmEmailRequest,
    responses((status = 200, description = "The account is ready.", body = PasswordAnswer)),
    extensions(("x-codes" = json!(["DECRYPTION_FAILED", "INVALID_TOKEN", "INVALID_CREDENTIALS", "TOO_MANY_REQUESTS", "OVERLOADED"])))
)]
pub(super) async fn confirm_email(
    State(app): State<App>,
    Asked(request): Asked,
    call: Call,
    PlainBody(body): PlainBody<ConfirmEmailRequest>,
) -> Result<Json<PasswordAnswer>, Refused> {
    let asked = body.whole()?;
    // What cannot be a password is a wrong one, and costs a try like any other.
    let password = Secret::new(asked.password.expose());
    let password = password_text(&password).unwrap_or(password);
    match app.flows.confirm_email(&request, asked.token.expose(), password).await? {
        Confirmed::Yes(account, mark) => {
            call.set_caller(account.uuid());
            let message = "Your account is ready. You can log in now.".to_owned();
            Ok(Json(PasswordAnswer { message, device_token: Hidden::new(mark.expose()) }))
        }
        Confirmed::BadToken => Err(Refused::new(Code::InvalidToken)),
        Confirmed::WrongPassword => Err(Refused::new(Code::InvalidCredentials)),
        Confirmed::TooMany(wait) => Err(Refused::new(Code::TooManyRequests).retry_after(wait)),
        Confirmed::Overloaded(wait) => Err(Refused::new(Code::Overloaded).retry_after(wait)),
    }
}

impl Encryptable for ConfirmEmailRequest {
    const TRIED: Action = Action::EmailConfirmed;

    fn is_encrypted(&self) -> bool {
        self.payload_encrypted
    }

    fn secrets(&mut self) -> Vec<(&'static str, &mut Hidden)> {
        vec![("password", &mut self.password)]
    }
}
