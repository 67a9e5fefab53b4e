use serde::Serialize;
use utoipa::ToSchema;

use crate::{Fields, FromFields, Hidden};

/// Several times a token of ours, and far below what a head or a body may hold.
pub const TOKEN_BYTES_MAX: usize = 4_096;

/// `PUT …/securitymanagement/refresh-token`: a refresh token for a new pair. Answered as a login is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RefreshRequest {
    /// The refresh token of the last answer.
    #[schema(value_type = String, max_length = 4_096, pattern = "^[!-~]*$")]
    pub refresh_token: Hidden,
}

impl FromFields for RefreshRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { refresh_token: fields.required_text("refresh_token", TOKEN_BYTES_MAX) }
    }
}
