use axum::Json;
use axum::extract::State;
use countersign_api::{ChangePasswordRequest, Code, Hidden, PasswordAnswer};
use countersign_domain::audit::Action;
use countersign_domain::{Secret, password_text};
use countersign_flows::PasswordChanged;

use super::asking::LoggedIn;
use super::encrypted::{Encryptable, PlainBody};
use super::{App, password_refused};
use crate::http::problem::Refused;

/// Change the own password
///
/// Ends every other session of the account. The fifth wrong current password ends this one too.
#[utoipa::path(
    put,
    path = "/api/v6/services/securitymanagement/change-password",
    tag = "securitymanagement",
    request_body = ChangePasswordRequest,
    responses((status = 200, description = "The password is changed.", body = PasswordAnswer)),
    security(("X-Auth-Token" = []), ("Bearer" = [])),
    extensions(("x-codes" = json!(["FORBIDDEN", "DECRYPTION_FAILED", "INVALID_CREDENTIALS", "TOO_MANY_REQUESTS", "OVERLOADED"])))
)]
pub(super) async fn change_password(
    State(app): State<App>,
    LoggedIn { caller, request }: LoggedIn,
    PlainBody(body): PlainBody<ChangePasswordRequest>,
) -> Result<Json<PasswordAnswer>, Refused> {
    let asked = body.whole()?;
    // What cannot be a password is a wrong one, and costs a try like any other.
    let current = Secret::new(asked.current_password.expose());
    let current = password_text(&current).unwrap_or(current);
    let new = Secret::new(asked.new_password.expose());
    match app.flows.change_password(&request, &caller, current, &new).await? {
        PasswordChanged::Yes(mark) => {
            let message = "Your password is changed. Every other session has ended.".to_owned();
            Ok(Json(PasswordAnswer { message, device_token: Hidden::new(mark.expose()) }))
        }
        PasswordChanged::WrongPassword => Err(Refused::new(Code::InvalidCredentials)),
        PasswordChanged::Password(refusal) => Err(password_refused("newPassword", &refusal)),
        PasswordChanged::Ended => Err(Refused::new(Code::InvalidToken)),
        PasswordChanged::Overloaded(wait) => Err(Refused::new(Code::Overloaded).retry_after(wait)),
    }
}

impl Encryptable for ChangePasswordRequest {
    const TRIED: Action = Action::PasswordChanged;

    fn is_encrypted(&self) -> bool {
        self.payload_encrypted
    }

    fn secrets(&mut self) -> Vec<(&'static str, &mut Hidden)> {
        vec![("currentPassword", &mut self.current_password), ("newPassword", &mut self.new_password)]
    }
}
