mod reader;
mod text;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Action, Actor, BATCH_EVENTS_MAX, Event, Outcome, Personal, PersonalFields, Reason, SALT_BYTES, Seal, Sha256,
};
use crate::{AccountId, EventId, KeyId, SessionId, TenantId, Timestamp};

pub use reader::{BadExport, ExportReader, Trust};

/// The form written by this version.
pub const EXPORT_VERSION: u32 = 1;
/// Longest line: a seal of [`BATCH_EVENTS_MAX`] ids has about 10 KB, an event of nothing but escapes about 6.
pub const LINE_BYTES_MAX: usize = 32 * 1024;
/// One line of an exported trail (JSON lines), which can be verified without the store it came from.
///
/// First the trail, then the keys, then events and seals, every event before the seal that names it, then the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// What follows.
    Trail(TrailLine),
    /// A public key that seals are signed with.
    Key(KeyLine),
    /// One event.
    Event(Box<EventLine>),
    /// One seal.
    Seal(SealLine),
    /// An event whose row could not be read as one.
    UnreadableEvent {
        /// Its id.
        id: EventId,
    },
    /// A seal whose row could not be read as one.
    UnreadableSeal {
        /// Its number.
        number: i64,
    },
    /// That nothing is missing at the end of the file.
    End(EndLine),
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailLine {
    /// [`EXPORT_VERSION`].
    pub version: u32,
    /// Whose trail it is.
    pub tenant: TenantId,
    /// When reading it began.
    #[serde(with = "text::moment")]
    pub exported_at: Timestamp,
    /// How long events are kept; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention_seconds: Option<u64>,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyLine {
    /// What seals name it by.
    pub id: KeyId,
    /// Ed25519 (RFC 8032), 32 bytes.
    #[serde(with = "text::bytes")]
    pub public: [u8; 32],
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndLine {
    /// How many events the file has.
    pub events: u64,
    /// How many seals the file has.
    pub seals: u64,
}

/// An [`Event`] in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the event's field of the same name")]
pub struct EventLine {
    pub id: EventId,
    #[serde(with = "text::moment")]
    pub at: Timestamp,
    pub tenant: TenantId,
    pub actor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_account: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<AccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    pub action: String,
    pub outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub count: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<PersonalLine>,
    #[serde(default, with = "text::maybe_hash", skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Sha256>,
}

/// The [`PersonalFields`] in words, with their salt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the event's field of the same name")]
pub struct PersonalLine {
    #[serde(with = "text::bytes")]
    pub salt: [u8; SALT_BYTES],
    #[serde(default, with = "text::maybe_bytes", skip_serializing_if = "Option::is_none")]
    pub name_hash: Option<[u8; 32]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_address: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A [`Seal`] in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the seal's field of the same name")]
pub struct SealLine {
    pub tenant: TenantId,
    pub number: i64,
    #[serde(with = "text::moment")]
    pub at: Timestamp,
    #[serde(with = "text::hash")]
    pub previous: Sha256,
    pub count: u32,
    #[serde(with = "text::hash")]
    pub root: Sha256,
    pub key_id: KeyId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Vec<EventId>>,
    #[serde(with = "text::bytes")]
    pub signature: [u8; 64],
}

impl fmt::Display for KeyLine {
    /// `ID:KEY`, as it is compared by eye and kept outside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.id, text::bytes::written(&self.public))
    }
}

/// A text that is no sealing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a sealing key: ID:KEY is wanted, the key in Base64url with 43 characters")]
pub struct NotAKey;

impl FromStr for KeyLine {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let (id, public) = text.split_once(':').ok_or(NotAKey)?;
        let id = id.parse().map_err(|_| NotAKey)?;
        Ok(Self { id, public: text::bytes::parsed(public).ok_or(NotAKey)? })
    }
}

impl Line {
    /// One line of JSON, without its end.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl From<&Event> for Line {
    fn from(event: &Event) -> Self {
        let (personal, commitment) = match &event.personal {
            Personal::Kept { salt, fields } => (Some(PersonalLine::new(*salt, fields)), None),
            Personal::Erased { commitment } => (None, Some(*commitment)),
        };
        Self::Event(Box::new(EventLine {
            id: event.id,
            at: event.at,
            tenant: event.tenant,
            actor: event.actor.kind().to_owned(),
            actor_account: event.actor.id(),
            subject: event.subject,
            session: event.session,
            action: event.action.as_str().to_owned(),
            outcome: event.outcome.as_str().to_owned(),
            reason: event.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            count: event.count,
            request_id: event.request_id.clone(),
            personal,
            commitment,
        }))
    }
}

impl PersonalLine {
    fn new(salt: [u8; SALT_BYTES], fields: &PersonalFields) -> Self {
        let PersonalFields { name_hash, client_address, user_agent, detail } = fields.clone();
        Self { salt, name_hash, client_address, user_agent, detail }
    }
}

impl EventLine {
    /// The event, or `None` if the words name none.
    pub fn event(self) -> Option<Event> {
        let personal = match (self.personal, self.commitment) {
            (Some(PersonalLine { salt, name_hash, client_address, user_agent, detail }), None) => {
                Personal::Kept { salt, fields: PersonalFields { name_hash, client_address, user_agent, detail } }
            }
            (None, Some(commitment)) => Personal::Erased { commitment },
            _ => return None,
        };
        Some(Event {
            id: self.id,
            at: self.at,
            tenant: self.tenant,
            actor: Actor::read(&self.actor, self.actor_account)?,
            subject: self.subject,
            session: self.session,
            action: Action::read(&self.action)?,
            outcome: Outcome::read(&self.outcome)?,
            reason: match self.reason {
                Some(text) => Some(Reason::read(&text)?),
                None => None,
            },
            count: self.count,
            request_id: self.request_id,
            personal,
        })
    }
}

impl From<&Seal> for Line {
    fn from(seal: &Seal) -> Self {
        let Seal { tenant, number, at, previous, count, root, key_id, ids, signature } = seal.clone();
        Self::Seal(SealLine { tenant, number, at, previous, count, root, key_id, ids, signature })
    }
}

impl SealLine {
    /// The seal, or `None` if its batch is larger than any.
    pub fn seal(self) -> Option<Seal> {
        let Self { tenant, number, at, previous, count, root, key_id, ids, signature } = self;
        let few = ids.as_ref().is_none_or(|ids| ids.len() <= BATCH_EVENTS_MAX);
        few.then_some(Seal { tenant, number, at, previous, count, root, key_id, ids, signature })
    }
}
