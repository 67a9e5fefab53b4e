use axum::Json;
use axum::extract::State;
use countersign_api::{Code, Hidden, PasswordAnswer, ResetPasswordRequest};
use countersign_domain::Secret;
use countersign_domain::audit::Action;
use countersign_flows::PasswordSetByLink;

use super::encrypted::{Encryptable, PlainBody};
use super::{App, Asked, password_refused};
use crate::http::call::Call;
use crate::http::problem::Refused;

/// Set a password by a mailed token
///
/// Completes a reset or an invitation: sets the password, unlocks the account and ends all its sessions. A weak
/// password is refused and the token stays good.
#[utoipa::path(
    put,
    path = "/api/v6/services/securitymanagement/reset-password",
    tag = "securitymanagement",
    request_body = ResetPasswordRequest,
    responses((status = 200, description = "The password is set.", body = PasswordAnswer)),
    extensions(("x-codes" = json!(["DECRYPTION_FAILED", "INVALID_TOKEN", "TOO_MANY_REQUESTS", "OVERLOADED"])))
)]
pub(super) async fn reset_password(
    State(app): State<App>,
    Asked(request): Asked,
    call: Call,
    PlainBody(body): PlainBody<ResetPasswordRequest>,
) -> Result<Json<PasswordAnswer>, Refused> {
    let asked = body.whole()?;
    let password = Secret::new(asked.new_password.expose());
    match app.flows.reset_password(&request, asked.token.expose(), &password).await? {
        PasswordSetByLink::Yes(account, mark) => {
            call.set_caller(account.id.uuid());
            let message = "Your password is set. You can log in now.".to_owned();
            Ok(Json(PasswordAnswer { message, device_token: Hidden::new(mark.expose()) }))
        }
        PasswordSetByLink::BadToken => Err(Refused::new(Code::InvalidToken)),
        PasswordSetByLink::Password(refusal) => Err(password_refused("newPassword", &refusal)),
    }
}

impl Encryptable for ResetPasswordRequest {
    const TRIED: Action = Action::PasswordSet;

    fn is_encrypted(&self) -> bool {
        self.payload_encrypted
    }

    fn secrets(&mut self) -> Vec<(&'static str, &mut Hidden)> {
        vec![("newPassword", &mut self.new_password)]
    }
}
