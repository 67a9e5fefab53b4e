use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Hidden;

/// A letter of `GET /sandbox/mail`. It carries tokens, so nothing of it is printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SandboxLetter {
    /// The letter's id, which its Message-ID is made of.
    pub id: Uuid,
    /// The address it would have gone to.
    pub to: Hidden,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: Hidden,
    /// The links in it.
    pub links: Vec<Hidden>,
    /// When it was sent, in UTC (RFC 3339).
    pub sent_at: String,
}
