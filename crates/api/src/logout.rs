use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Fields, FromFields, Hidden, TOKEN_BYTES_MAX};

/// `PUT …/securitymanagement/logout`: ends a session. The access token in the header and the refresh token in the
/// body name it; either alone is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogoutRequest {
    /// Any refresh token of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 4_096, pattern = "^[!-~]*$")]
    pub refresh_token: Option<Hidden>,
}

impl FromFields for LogoutRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { refresh_token: fields.optional_text("refresh_token", TOKEN_BYTES_MAX) }
    }
}

/// An answer that only says that it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageAnswer {
    /// One sentence for the person.
    #[schema(example = "You are logged out.")]
    pub message: String,
}
