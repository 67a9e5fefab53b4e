use std::net::IpAddr;

use uuid::Uuid;

use super::encoding::Encoder;
use super::{Action, Reason, Sha256};
use crate::session::USER_AGENT_BYTES_MAX;
use crate::text::cut;
use crate::{AccountId, ApiTokenId, EventId, SessionId, TenantId, Timestamp};

/// Bytes of salt that keep a commitment from being undone by trying every address or name.
pub const SALT_BYTES: usize = 16;
/// The contract's own limit on the header `uuid`.
pub const REQUEST_ID_BYTES_MAX: usize = 128;
/// Enough to name a setting and its two values.
pub const DETAIL_BYTES_MAX: usize = 512;

/// One event of a tenant's trail, written in the transaction of the fact it tells.
///
/// The public fields and the commitment to the personal ones are sealed; the personal fields themselves can be
/// erased without breaking the seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// UUIDv7: ids lie about in the order of time.
    pub id: EventId,
    /// When the fact was written, by the database's clock.
    pub at: Timestamp,
    /// Whose trail it is.
    pub tenant: TenantId,
    /// Who did it.
    pub actor: Actor,
    /// The account it was done to, if one is known.
    pub subject: Option<AccountId>,
    /// The session it was done to or in.
    pub session: Option<SessionId>,
    /// What was done or tried.
    pub action: Action,
    /// Whether it was done.
    pub outcome: Outcome,
    /// Why it was refused, or why it was done where that is not plain.
    pub reason: Option<Reason>,
    /// 1, or how many like refusals this event stands for.
    pub count: u32,
    /// The request's `uuid`, which its log line and span carry too. At most [`REQUEST_ID_BYTES_MAX`] bytes.
    pub request_id: Option<String>,
    /// What can be erased.
    pub personal: Personal,
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Whoever sent the request: nothing was proved.
    Nobody,
    /// An account that had proved itself.
    Account(AccountId),
    /// A server that showed an API token.
    ApiToken(ApiTokenId),
    /// Somebody at the command line of the service.
    Operator,
    /// The service, by itself.
    System,
}

impl Actor {
    /// The stored name of the kind; the id stands in a column of its own.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Account(_) => "account",
            Self::ApiToken(_) => "api_token",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    /// The id of the account or API token, where it is one.
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Account(id) => Some(id.uuid()),
            Self::ApiToken(id) => Some(id.uuid()),
            Self::Nobody | Self::Operator | Self::System => None,
        }
    }

    /// Reads the two columns; `None` for a pair that is never written.
    pub fn read(kind: &str, id: Option<Uuid>) -> Option<Self> {
        match (kind, id) {
            ("nobody", None) => Some(Self::Nobody),
            ("account", Some(id)) => Some(Self::Account(AccountId::from_uuid(id))),
            ("api_token", Some(id)) => Some(Self::ApiToken(ApiTokenId::from_uuid(id))),
            ("operator", None) => Some(Self::Operator),
            ("system", None) => Some(Self::System),
            _ => None,
        }
    }
}

/// Whether it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused; the action tells what else a refusal does.
    Refused,
}

impl Outcome {
    /// The stored name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// Reads a stored name or a filter.
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "done" => Some(Self::Done),
            "refused" => Some(Self::Refused),
            _ => None,
        }
    }
}

/// The part of an event that may have to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Personal {
    /// Still there. The commitment follows from it, so it is not stored.
    Kept {
        /// Random, and erased together with the fields, or the fields could be guessed from the commitment.
        salt: [u8; SALT_BYTES],
        /// The fields.
        fields: PersonalFields,
    },
    /// Erased: only what the seal needs is left.
    Erased {
        /// What the salt and the fields gave.
        commitment: Sha256,
    },
}

/// Where a request came from, and about whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonalFields {
    /// The keyed hash of the email key: joins the events of a name that has no account.
    pub name_hash: Option<[u8; 32]>,
    /// The client's address, after trusted proxies.
    pub client_address: Option<IpAddr>,
    /// The header `User-Agent`, at most [`USER_AGENT_BYTES_MAX`] bytes.
    pub user_agent: Option<String>,
    /// A few words for the reader, at most [`DETAIL_BYTES_MAX`] bytes.
    pub detail: Option<String>,
}

/// What makes an event unlike every other. It is drawn before the transaction, which may run more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    /// UUIDv7.
    pub id: EventId,
    /// 16 random bytes.
    pub salt: [u8; SALT_BYTES],
}

impl Event {
    /// Something that was done. The actor is nobody until [`Event::by`] says otherwise.
    pub fn done(tenant: TenantId, at: Timestamp, seed: Seed, action: Action) -> Self {
        Self {
            id: seed.id,
            at,
            tenant,
            actor: Actor::Nobody,
            subject: None,
            session: None,
            action,
            outcome: Outcome::Done,
            reason: None,
            count: 1,
            request_id: None,
            personal: Personal::Kept { salt: seed.salt, fields: PersonalFields::default() },
        }
    }

    /// Something that was refused.
    pub fn refused(tenant: TenantId, at: Timestamp, seed: Seed, action: Action, reason: Reason) -> Self {
        Self::done(tenant, at, seed, action).refused_because(reason)
    }

    /// The same, tried and refused.
    #[must_use]
    pub fn refused_because(self, reason: Reason) -> Self {
        Self { outcome: Outcome::Refused, reason: Some(reason), ..self }
    }

    /// Who did it.
    #[must_use]
    pub fn by(self, actor: Actor) -> Self {
        Self { actor, ..self }
    }

    /// The account it was done to.
    #[must_use]
    pub fn about(self, subject: impl Into<Option<AccountId>>) -> Self {
        Self { subject: subject.into(), ..self }
    }

    /// The session it was done to or in.
    #[must_use]
    pub fn in_session(self, session: SessionId) -> Self {
        Self { session: Some(session), ..self }
    }

    /// Why, for something done.
    #[must_use]
    pub fn because(self, reason: Reason) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// An event of something that happened in the same transaction, by the same hand: the `number`th beside this one. Its
    /// id and salt are made from this one's, so that a transaction that runs again writes the same.
    #[must_use]
    pub fn beside(&self, number: u32, action: Action, detail: Option<String>) -> Self {
        let mut event = self.clone();
        let (salt, fields) = match &self.personal {
            Personal::Kept { salt, fields } => (*salt, fields.clone()),
            Personal::Erased { .. } => ([0; SALT_BYTES], PersonalFields::default()),
        };
        let mut made = Encoder::new("countersign event beside");
        made.put(self.id.uuid().as_bytes());
        made.put(&salt);
        made.put_number(number.into());
        let made = *Sha256::of(&made.finish()).as_bytes();
        let mut id = *self.id.uuid().as_bytes();
        // The moment of a UUIDv7 stands in its first six bytes, version and variant in the seventh and ninth.
        let random = made.iter().zip([7, 9, 10, 11, 12, 13, 14, 15]);
        for (byte, at) in random {
            if let Some(to) = id.get_mut(at) {
                *to = *byte;
            }
        }
        event.id = EventId::from_uuid(Uuid::from_bytes(id));
        let salt = made.last_chunk().copied().unwrap_or_default();
        event.personal = Personal::Kept { salt, fields: PersonalFields { detail: None, ..fields } };
        event.action = action;
        event.told(detail)
    }

    /// With a few words for the reader, in place of those there are.
    #[must_use]
    pub fn told(mut self, detail: Option<String>) -> Self {
        if let Personal::Kept { fields, .. } = &mut self.personal {
            fields.detail = detail.map(|detail| cut(&detail, DETAIL_BYTES_MAX));
        }
        self
    }

    /// How many like refusals this one stands for.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self { count, ..self }
    }

    /// The request's `uuid`.
    #[must_use]
    pub fn request(self, id: Option<&str>) -> Self {
        Self { request_id: id.map(|id| cut(id, REQUEST_ID_BYTES_MAX)), ..self }
    }

    /// The personal fields, each cut to its length.
    #[must_use]
    pub fn with(mut self, given: PersonalFields) -> Self {
        if let Personal::Kept { fields, .. } = &mut self.personal {
            *fields = PersonalFields {
                user_agent: given.user_agent.map(|text| cut(&text, USER_AGENT_BYTES_MAX)),
                detail: given.detail.map(|text| cut(&text, DETAIL_BYTES_MAX)),
                ..given
            };
        }
        self
    }

    /// Forgets the personal fields and their salt; the event's leaf stays the same.
    #[must_use]
    pub fn erase(self) -> Self {
        let commitment = self.commitment();
        Self { personal: Personal::Erased { commitment }, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        let seed = Seed { id: EventId::from_uuid(Uuid::from_u128(1)), salt: [7; SALT_BYTES] };
        Event::done(TenantId::from_uuid(Uuid::from_u128(2)), Timestamp::from_micros(3), seed, Action::Login)
    }

    #[test]
    fn stored_names_read_back() {
        let id = Uuid::from_u128(4);
        let (account, token) = (Actor::Account(AccountId::from_uuid(id)), Actor::ApiToken(ApiTokenId::from_uuid(id)));
        for actor in [Actor::Nobody, account, token, Actor::Operator, Actor::System] {
            assert_eq!(Actor::read(actor.kind(), actor.id()), Some(actor));
        }
        assert_eq!(Actor::read("account", None), None);
        assert_eq!(Actor::read("system", Some(id)), None);
        for outcome in [Outcome::Done, Outcome::Refused] {
            assert_eq!(Outcome::read(outcome.as_str()), Some(outcome));
        }
        assert_eq!(Outcome::read("Done"), None);
    }

    #[test]
    fn long_fields_are_cut_between_characters() {
        let long = "é".repeat(400);
        let fields =
            PersonalFields { user_agent: Some(long.clone()), detail: Some(long.clone()), ..PersonalFields::default() };
        let event = event().request(Some(&long)).with(fields);
        assert_eq!(event.request_id.unwrap().len(), REQUEST_ID_BYTES_MAX);
        let Personal::Kept { fields, .. } = event.personal else { unreachable!() };
        assert_eq!(fields.user_agent.unwrap().len(), USER_AGENT_BYTES_MAX);
        assert_eq!(fields.detail.unwrap().len(), DETAIL_BYTES_MAX);
    }

    #[test]
    fn events_beside_one_another_differ_and_are_made_again_the_same() {
        let one = event().with(PersonalFields { detail: Some("roles".to_owned()), ..PersonalFields::default() });
        let beside = |number| one.beside(number, Action::ApiTokenInvalidated, Some("token".to_owned()));
        assert_eq!(beside(1), beside(1));
        assert_ne!(beside(1).id, beside(2).id);
        assert_ne!(beside(1).id, one.id);
        assert_ne!(beside(1).commitment(), beside(2).commitment());
        assert_eq!((beside(1).action, beside(1).actor), (Action::ApiTokenInvalidated, one.actor));
        let Personal::Kept { fields, salt } = beside(1).personal else { unreachable!() };
        assert_eq!(fields.detail.as_deref(), Some("token"));
        assert_ne!(salt, [7; SALT_BYTES]);
    }

    #[test]
    fn erasing_keeps_the_leaf() {
        let fields = PersonalFields { client_address: Some([192, 0, 2, 1].into()), ..PersonalFields::default() };
        let event = event().with(fields);
        let leaf = event.leaf();
        let erased = event.erase();
        assert_eq!(erased.leaf(), leaf);
        assert_eq!(erased.clone().erase(), erased);
    }
}
