//! The rule of rotation: what a refresh token that comes back means.
//!
//! A session is one chain of refresh tokens, told apart by a counter. One successor is made for each, and the same
//! one again for an honest repeat: a thief who slips in shares the one chain, and the next rotation by either side
//! exposes the other.

mod browser;

use std::time::Duration;

use aws_lc_rs::{constant_time, hmac};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::text::cut;
use crate::{AccountId, Network, SessionId, Timestamp, UnknownName};

pub use browser::{Browser, PROOF_LIFE, TOUCH_EVERY};

/// A repeat within this long, from the same place, is two tabs or a lost answer (RFC 9700 section 4.14.2 leaves the
/// grace to us).
pub const REPEAT_GRACE: Duration = Duration::from_secs(10);
/// A repeat that carries the very request id of the rotation is the same request, however late it is sent again.
pub const SAME_REQUEST_GRACE: Duration = Duration::from_secs(24 * 3600);
/// More live sessions than this per account and the oldest ends.
pub const SESSIONS_PER_ACCOUNT_MAX: usize = 100;

/// One login and everything that descends from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// The claim `sid`.
    pub id: SessionId,
    /// Whose session it is.
    pub account: AccountId,
    /// The account's generation when the session was opened; older than the account's means ended.
    pub generation: i64,
    /// The `jti` of every refresh token is made from it, so that the key of the tokens alone forges none.
    pub secret: [u8; 16],
    /// The counter of the refresh token that is good now.
    pub refresh_counter: i64,
    /// When the present counter was made; of a browser's session when it was last seen to be looked at.
    pub rotated_at: Timestamp,
    /// The request that made the present counter, where its id can be told from others.
    pub last_request: Option<Uuid>,
    /// Where the last rotation came from.
    pub client: Client,
    /// When the login happened.
    pub created_at: Timestamp,
    /// Ends here unless rotated before.
    pub idle_expires_at: Timestamp,
    /// Ends here whatever happens.
    pub expires_at: Timestamp,
    /// When it was ended, and why.
    pub ended: Option<(Timestamp, EndReason)>,
    /// What a browser holds of it; none where tokens were given out.
    pub browser: Option<Browser>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({}, counter {}, ended {:?})", self.id, self.refresh_counter, self.ended)
    }
}

/// Where a request came from, as far as we can tell honest repeats from thieves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// IPv4 address or IPv6 /64, as text.
    pub network: String,
    /// The `User-Agent`, cut to [`USER_AGENT_BYTES_MAX`].
    pub user_agent: String,
}

impl Client {
    /// The client behind a request; its user agent is cut.
    pub fn new(network: Network, user_agent: &str) -> Self {
        Self { network: network.to_string(), user_agent: cut(user_agent, USER_AGENT_BYTES_MAX) }
    }
}

/// Enough to recognise a device by; the header has no bound of its own.
pub const USER_AGENT_BYTES_MAX: usize = 256;

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The person logged out.
    Logout,
    /// A used refresh token came back: theft.
    Reused,
    /// The account had too many sessions.
    TooManySessions,
    /// Too many wrong current passwords came from it.
    TooManyFailures,
    /// An operator, a manager or its owner ended it from elsewhere.
    Requested,
}

impl EndReason {
    /// Every reason, for reading a row back.
    pub const ALL: [Self; 5] =
        [Self::Logout, Self::Reused, Self::TooManySessions, Self::TooManyFailures, Self::Requested];

    /// The name in the table, which is the trail's word for it too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Reused => "reused",
            Self::TooManySessions => "too_many_sessions",
            Self::TooManyFailures => "too_many_failures",
            Self::Requested => "requested",
        }
    }
}

impl std::str::FromStr for EndReason {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|reason| reason.name() == text).ok_or(UnknownName)
    }
}

/// How long sessions of an account live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Without a rotation.
    pub idle: Duration,
    /// In all.
    pub absolute: Duration,
}

/// What a tenant says to a second use of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefreshReplay {
    /// An honest repeat gets the same successor again.
    Idempotent,
    /// Every second use ends the session.
    Strict,
}

/// What tells one refresh token of a session from all others: its claim `jti`.
pub type TokenId = [u8; 16];

/// A refresh token that was presented; its MAC has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The token's counter.
    pub counter: i64,
    /// The token's `jti`: must be the one that the session's secret gives for the counter.
    pub token: TokenId,
    /// The request's id, if it is a real UUID.
    pub request: Option<Uuid>,
    /// Where it came from.
    pub client: Client,
}

/// The verdict on a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// It is the current one: the session goes on as the row given.
    Next(Box<Session>),
    /// An honest repeat: the current token is given out once more, nothing changes.
    Again,
    /// A token that was used before comes back: the session has to end.
    Reuse,
    /// It was never given out.
    Refused,
}

/// A session that is to be opened; its times and generation are the transaction's to say.
#[derive(Clone)]
pub struct NewSession {
    /// Made for it.
    pub id: SessionId,
    /// Random.
    pub secret: [u8; 16],
    /// Where the login came from.
    pub client: Client,
    /// How long it lives.
    pub life: Life,
    /// Whether a browser holds it, by a cookie.
    pub is_for_browser: bool,
}

impl std::fmt::Debug for NewSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewSession({})", self.id)
    }
}

impl NewSession {
    /// Opens it for an account of this generation.
    pub fn open(&self, account: AccountId, generation: i64, now: Timestamp) -> Session {
        let expires_at = now.plus(self.life.absolute);
        Session {
            id: self.id,
            account,
            generation,
            secret: self.secret,
            refresh_counter: 0,
            rotated_at: now,
            last_request: None,
            client: self.client.clone(),
            created_at: now,
            idle_expires_at: now.plus(self.life.idle).min(expires_at),
            expires_at,
            ended: None,
            browser: self.is_for_browser.then_some(Browser::opened(now)),
        }
    }
}

impl Session {
    /// The earlier of its two ends.
    pub fn ends_at(&self) -> Timestamp {
        self.idle_expires_at.min(self.expires_at)
    }

    /// The `jti` of the session's refresh token with this counter. It is made from the session's secret, so that
    /// whoever holds the key of the tokens alone, or the database alone, can forge none.
    pub fn token_id(&self, counter: i64) -> TokenId {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let mut context = hmac::Context::with_key(&key);
        context.update(b"refresh jti");
        context.update(self.id.uuid().as_bytes());
        context.update(&counter.to_be_bytes());
        let mut id = TokenId::default();
        id.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
        id
    }

    /// Whether the token is one of this session's own.
    pub fn knows(&self, counter: i64, token: &TokenId) -> bool {
        constant_time::verify_slices_are_equal(&self.token_id(counter), token).is_ok()
    }

    /// Whether a refresh token is the one that the next rotation takes.
    pub fn is_current(&self, counter: i64, token: &TokenId) -> bool {
        counter == self.refresh_counter && self.knows(counter, token)
    }

    /// The rule, for a session that the gate lets through (`gate::admit`).
    pub fn rotate(&self, presented: &Presented, life: Life, replay: RefreshReplay, now: Timestamp) -> Rotation {
        let was_given_out = (0..=self.refresh_counter).contains(&presented.counter);
        if !was_given_out || !self.knows(presented.counter, &presented.token) {
            return Rotation::Refused;
        }
        if presented.counter == self.refresh_counter {
            return Rotation::Next(Box::new(self.next(presented, life, now)));
        }
        let honest = presented.counter == self.refresh_counter - 1
            && replay == RefreshReplay::Idempotent
            && (self.is_prompt_repeat(presented, now) || self.is_same_request(presented, now));
        if honest { Rotation::Again } else { Rotation::Reuse }
    }

    fn next(&self, presented: &Presented, life: Life, now: Timestamp) -> Self {
        // A client that sends one id with every request says nothing by it: then none is kept.
        let last_request = presented.request.filter(|id| self.last_request != Some(*id));
        Self {
            refresh_counter: self.refresh_counter + 1,
            rotated_at: now,
            last_request,
            client: presented.client.clone(),
            idle_expires_at: now.plus(life.idle).min(self.expires_at),
            ..self.clone()
        }
    }

    fn is_prompt_repeat(&self, presented: &Presented, now: Timestamp) -> bool {
        now.since(self.rotated_at) < REPEAT_GRACE && self.client == presented.client
    }

    fn is_same_request(&self, presented: &Presented, now: Timestamp) -> bool {
        presented.request.is_some()
            && presented.request == self.last_request
            && now.since(self.rotated_at) < SAME_REQUEST_GRACE
    }
}

#[cfg(test)]
mod tests;
