use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Fields, FromFields, Hidden, Problem, TOKEN_BYTES_MAX};

/// The form that introspection (RFC 7662 section 2.1) and revocation (RFC 7009 section 2.1) take.
#[derive(Clone, Debug, ToSchema)]
pub struct TokenForm {
    /// The token in question: an access token, a refresh token or an API token of the tenant.
    #[schema(value_type = String, min_length = 1, max_length = 4096)]
    pub token: Hidden,
    /// What the token is believed to be. Ours say themselves what they are, so it is read and not needed.
    #[schema(value_type = Option<String>, max_length = 4096, example = "access_token")]
    pub token_type_hint: Option<Hidden>,
}

impl FromFields for TokenForm {
    fn from_fields(fields: &mut Fields) -> Self {
        let token = fields.required_text("token", TOKEN_BYTES_MAX);
        if token.expose().is_empty() && !fields.has_fault("token") {
            fields.missing("token");
        }
        Self { token, token_type_hint: fields.optional_text("token_type_hint", TOKEN_BYTES_MAX) }
    }
}

/// What a token is (RFC 7662 section 2.2). Of one that opens nothing, only `active` is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntrospectionAnswer {
    /// Whether it opens anything right now.
    pub active: bool,
    /// `Bearer`, or `refresh_token`, which only this service takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// Who asked for it: the tenant for a person who logged in, the API token's id for a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Whose it is: an account's id, or the API token's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// When it is over, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// When it was made, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Whom it is for, where the tenant asks for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// The tenant's public URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// The token's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The session, of an access or refresh token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<Uuid>,
    /// What its bearer may do, as the claim of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// The tenant's id, as the claim of that name.
    #[serde(default, rename = "tenancy-id", skip_serializing_if = "Option::is_none")]
    pub tenancy_id: Option<Uuid>,
}

/// An error of the two endpoints: what RFC 6749 section 5.2 says, beside the members of every other problem of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OAuthProblem {
    /// The code of RFC 6749, section 5.2 or 4.1.2.1.
    #[schema(example = "invalid_request")]
    pub error: String,
    /// For a developer.
    pub error_description: String,
    /// The problem.
    #[serde(flatten)]
    pub problem: Problem,
}

impl OAuthProblem {
    /// A problem in the words of both.
    pub fn of(problem: Problem) -> Self {
        let error = match problem.status {
            401 => "invalid_client",
            403 => "unauthorized_client",
            429 | 503 => "temporarily_unavailable",
            500.. => "server_error",
            _ => "invalid_request",
        };
        Self { error: error.to_owned(), error_description: problem.detail.to_string(), problem }
    }
}
