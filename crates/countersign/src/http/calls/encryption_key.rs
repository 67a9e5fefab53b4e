use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use countersign_api::EncryptionKeyAnswer;
use countersign_domain::encryption_key::ENCRYPTION_ALGORITHM;

use super::{App, Asked};
use crate::http::problem::Refused;

/// Fetch the encryption key
///
/// What the password fields of a request with `payloadEncrypted` are encrypted under. Another key takes its place at
/// once, so fetch it again when a request is refused with `DECRYPTION_FAILED`.
#[utoipa::path(
    get,
    path = "/api/v6/services/securitymanagement/encryption-key",
    tag = "securitymanagement",
    responses((status = 200, description = "The key in use.", body = EncryptionKeyAnswer))
)]
pub(super) async fn encryption_key(
    State(app): State<App>,
    Asked(request): Asked,
) -> Result<Json<EncryptionKeyAnswer>, Refused> {
    let key = app.flows.encryption_key(request.tenant_id()).await?;
    let (key_id, algorithm) = (key.id.uuid(), ENCRYPTION_ALGORITHM.to_owned());
    Ok(Json(EncryptionKeyAnswer { key_id, public_key: BASE64_STANDARD.encode(&key.public), algorithm }))
}
