use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Fields, FromFields, Hidden};

/// Longer than any name within its 100 code points.
const NAME_BYTES_MAX: usize = 400;
/// Longer than any life or role.
const WORD_BYTES_MAX: usize = 64;
/// More roles than any tenant has.
const ROLES_MAX: usize = 64;

/// `POST …/securitymanagement/api-tokens`: makes an API token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewApiTokenRequest {
    /// What people will call it; at most 100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "nightly settlement")]
    pub name: Hidden,
    /// How long it is to be good: 24 hours, 1, 3 or 6 months, or 1 year.
    #[schema(value_type = ApiTokenExpiry, example = "3m")]
    pub expiry: Hidden,
    /// Staff roles of the tenant that it has, none above its maker's. With none it can ask about tokens, end them, and name a client's address.
    #[schema(value_type = Vec<String>, example = json!(["AGENT"]))]
    pub roles: Vec<Hidden>,
}

/// How long an API token is good; for the description alone.
#[derive(Clone, Copy, Debug, ToSchema)]
pub enum ApiTokenExpiry {
    /// 24 hours.
    #[schema(rename = "24h")]
    Day,
    /// One month.
    #[schema(rename = "1m")]
    Month,
    /// Three months.
    #[schema(rename = "3m")]
    ThreeMonths,
    /// Six months.
    #[schema(rename = "6m")]
    SixMonths,
    /// One year.
    #[schema(rename = "1y")]
    Year,
}

impl FromFields for NewApiTokenRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        let name = fields.required_text("name", NAME_BYTES_MAX);
        let expiry = fields.required_text("expiry", WORD_BYTES_MAX);
        let roles = fields.optional_texts("roles", ROLES_MAX, WORD_BYTES_MAX);
        if roles.is_none() {
            fields.missing("roles");
        }
        Self { name, expiry, roles: roles.unwrap_or_default() }
    }
}

/// `PUT …/securitymanagement/api-tokens/{id}/rotate`: a new secret in place of the present one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotateApiTokenRequest {
    /// How long the present secret stays good beside the new one, at most a week; 0 where it is left out.
    #[schema(minimum = 0, maximum = 604_800, example = 300)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap_seconds: Option<u32>,
}

impl FromFields for RotateApiTokenRequest {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { overlap_seconds: fields.optional_count("overlapSeconds", 0..=u32::MAX) }
    }
}

/// An API token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiTokenAnswer {
    /// Its id, which a rotation leaves as it is.
    pub id: Uuid,
    /// What people call it.
    #[schema(example = "nightly settlement")]
    pub name: String,
    /// The first characters of its secret, by which it is recognised.
    #[schema(example = "countersign_1a2b3c")]
    pub hint: String,
    /// What it may do at most.
    pub roles: Vec<String>,
    /// `active`, `expired` or `invalidated`.
    #[schema(example = "active")]
    pub state: String,
    /// Who was shown its secret and answers for it: deactivated, or without a role that it needs, it ends.
    pub maker: Uuid,
    /// When it was made (RFC 3339).
    pub created_at: String,
    /// When its secret was last replaced (RFC 3339).
    pub rotated_at: Option<String>,
    /// When it ends by itself (RFC 3339).
    pub expires_at: String,
    /// When it was ended (RFC 3339).
    pub invalidated_at: Option<String>,
    /// When it was last used (RFC 3339), to the minute.
    pub last_used_at: Option<String>,
}

/// An API token with its secret, which no other answer shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiTokenShownAnswer {
    /// The secret: to be sent wherever an access token is.
    #[schema(value_type = String, example = "countersign_1a2b3c…")]
    pub token: Hidden,
    /// What it belongs to.
    #[serde(flatten)]
    pub api_token: ApiTokenAnswer,
}

/// The tenant's API tokens, the newest first; there are never more than a hundred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiTokensAnswer {
    /// The tokens, dead ones among them.
    pub items: Vec<ApiTokenAnswer>,
    /// Always null: one page holds all.
    pub next_cursor: Option<String>,
}
