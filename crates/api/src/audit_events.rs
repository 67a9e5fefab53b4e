use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{Fields, FromFields, Hidden};

/// The text of a UUID.
const ID_BYTES_MAX: usize = 36;
/// Longer than any name of an action, an outcome or a moment.
const WORD_BYTES_MAX: usize = 64;
/// The contract: 50 items where a list does not say how many, and 200 at most.
const LIMIT_USUAL: u32 = 50;
const LIMIT_MAX: u32 = 200;

/// `GET …/securitymanagement/audit-events`: which events are asked for.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only those about this account.
    #[param(value_type = Option<Uuid>)]
    pub account: Option<Hidden>,
    /// Only of this action.
    #[param(value_type = Option<String>, pattern = "^[a-z0-9_]{1,40}$", example = "login")]
    pub action: Option<Hidden>,
    /// `done` or `refused`.
    #[param(value_type = Option<String>, pattern = "^(?:done|refused)$")]
    pub outcome: Option<Hidden>,
    /// Only at or after this moment (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Hidden>,
    /// Only before this moment (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Hidden>,
    /// The most items to answer.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: u32,
    /// `nextCursor` of the page before.
    #[param(value_type = Option<Uuid>)]
    pub cursor: Option<Hidden>,
}

impl FromFields for AuditQuery {
    fn from_fields(fields: &mut Fields) -> Self {
        Self {
            account: fields.optional_text("account", ID_BYTES_MAX),
            action: fields.optional_text("action", WORD_BYTES_MAX),
            outcome: fields.optional_text("outcome", WORD_BYTES_MAX),
            from: fields.optional_text("from", WORD_BYTES_MAX),
            to: fields.optional_text("to", WORD_BYTES_MAX),
            limit: fields.optional_number("limit", 1..=LIMIT_MAX).unwrap_or(LIMIT_USUAL),
            cursor: fields.optional_text("cursor", ID_BYTES_MAX),
        }
    }
}

/// Something that happened, or was refused. What was erased is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEventAnswer {
    /// The event's id.
    pub id: Uuid,
    /// When (RFC 3339).
    pub at: String,
    /// What was done or tried.
    #[schema(example = "login")]
    pub action: String,
    /// `done` or `refused`.
    #[schema(example = "refused")]
    pub outcome: String,
    /// Why, where that is not plain.
    pub reason: Option<String>,
    /// How many like refusals it stands for.
    pub count: u32,
    /// `nobody`, `account`, `api_token`, `operator` or `system`.
    pub actor: String,
    /// The account or API token that acted.
    pub actor_id: Option<Uuid>,
    /// The account it was done to.
    pub account: Option<Uuid>,
    /// The session it was done to or in.
    pub session: Option<Uuid>,
    /// The `uuid` of the request.
    pub request_id: Option<String>,
    /// Where the request came from.
    pub client_address: Option<String>,
    /// What that called itself.
    pub user_agent: Option<String>,
    /// A few words for the reader.
    pub detail: Option<String>,
}

/// A page of the trail, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEventsAnswer {
    /// The events. A page may be short, even empty, and still go on.
    pub items: Vec<AuditEventAnswer>,
    /// Send it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}
