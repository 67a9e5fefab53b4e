use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{Fields, FromFields, Hidden};

/// A living session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionAnswer {
    /// The claim `sid`.
    pub id: Uuid,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// When it was opened (RFC 3339).
    pub created_at: String,
    /// When a token of it was last exchanged (RFC 3339).
    pub last_used_at: String,
    /// Where that came from: an IPv4 address or an IPv6 /64.
    pub network: String,
    /// What that called itself.
    pub user_agent: String,
    /// When it ends unless it is used (RFC 3339).
    pub expires_at: String,
}

/// An account's living sessions, the newest first; there are never more than a hundred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionsAnswer {
    /// The sessions.
    pub items: Vec<SessionAnswer>,
    /// Always null: one page holds all.
    pub next_cursor: Option<String>,
}

/// Whose sessions are meant.
#[derive(Clone, Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SessionsQuery {
    /// Another account of the tenant; the own one without it.
    #[param(value_type = Option<Uuid>)]
    pub account: Option<Hidden>,
}

/// The text of a UUID.
const ID_BYTES_MAX: usize = 36;

impl FromFields for SessionsQuery {
    fn from_fields(fields: &mut Fields) -> Self {
        Self { account: fields.optional_text("account", ID_BYTES_MAX) }
    }
}
