//! A tenant's signing keys: which one signs, which ones are published, and the moves between.
//!
//! A key's state is never stored: it follows from the moments in its record, from the tenant's other keys and from
//! `now`, so that no job has to run on time for a key to come into use or to go.

mod moves;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use moves::{KeyWrite, Move};

use crate::{KeyId, TenantId, Timestamp};

/// How long an access token lives (the contract, section 3: `exp - iat` = 3600 s).
pub const ACCESS_TOKEN_LIFE: Duration = Duration::from_secs(3600);

/// For how long a verifier may keep the published keys (`Cache-Control: max-age`).
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(5 * 60);

/// How old a node's view of a tenant's keys may be.
pub const REREAD_EVERY: Duration = Duration::from_secs(60);

/// A key is published this long before its first use: longer than a node's view and a verifier's copy together, so
/// that no verifier that keeps to `JWKS_MAX_AGE` meets a token of a key that it could not have seen.
pub const PUBLISH_AHEAD: Duration = Duration::from_secs(10 * 60);

/// What verifiers commonly allow for clocks that differ.
const LEEWAY: Duration = Duration::from_secs(60);

/// A key is published this long after it stopped signing: a node that has not looked again may still sign with it
/// for `REREAD_EVERY`, and that token is good for its whole life and a verifier's leeway.
pub const RETIREMENT: Duration =
    Duration::from_secs(ACCESS_TOKEN_LIFE.as_secs() + REREAD_EVERY.as_secs() + LEEWAY.as_secs());

/// What a tenant's access tokens are signed with (RFC 7518 section 3, RFC 8037).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 and a modulus of 2048 bits: what existing clients of the contract verify.
    #[default]
    Rs256,
    /// The same with 3072 bits, for policies that ask for 128 bits of strength (NIST SP 800-57).
    Rs256Bits3072,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Every one that can be chosen.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Rs256Bits3072, Self::Es256, Self::EdDsa];

    /// Its name in settings, in the store and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs256Bits3072 => "RS256-3072",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Its name on the wire, the `alg` of a token and of a published key.
    pub const fn jws(self) -> &'static str {
        match self {
            Self::Rs256 | Self::Rs256Bits3072 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = NotAnAlgorithm;

    fn from_str(text: &str) -> Result<Self, NotAnAlgorithm> {
        let same_name = |algorithm: &Self| algorithm.name() == text;
        Self::ALL.into_iter().find(same_name).ok_or(NotAnAlgorithm)
    }
}

/// A name that is no signing algorithm of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a signing algorithm: choose RS256, RS256-3072, ES256 or EdDSA")]
pub struct NotAnAlgorithm;

/// One signing key of a tenant, as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// The tenant whose tokens it signs; a key never serves two.
    pub tenant: TenantId,
    /// Names the row, and binds the sealed private key to it.
    pub id: KeyId,
    /// What tokens call the key: the thumbprint of its public half (RFC 7638).
    pub kid: String,
    /// What it signs with; a token that claims another `alg` for this key is refused.
    pub algorithm: Algorithm,
    /// The public half: RSA as the DER of an `RSAPublicKey` (RFC 8017 A.1.1), P-256 as the uncompressed point
    /// (65 bytes), Ed25519 as its 32 bytes.
    pub public: Vec<u8>,
    /// The private half, PKCS #8, sealed under the master key.
    pub sealed_private: Vec<u8>,
    /// When verifiers could first see it.
    pub published_at: Timestamp,
    /// From when it signs, unless it was stopped before.
    pub active_at: Timestamp,
    /// When it was taken out of use by hand; a newer key that comes into use stops it without this being set.
    pub retired_at: Option<Timestamp>,
    /// When its private half was declared known to others.
    pub compromised_at: Option<Timestamp>,
}

/// What a key is doing at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Published, not used yet.
    Next,
    /// Signs every new token.
    Active,
    /// Signs no more, published until the last token it signed has expired.
    Retired,
    /// Neither signs nor is published.
    Gone,
    /// Known to others: neither signs nor is published, whatever tokens it signed.
    Compromised,
}

impl State {
    /// Its name in listings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Gone => "gone",
            Self::Compromised => "compromised",
        }
    }

    /// Whether verifiers see the key, and so whether its tokens are accepted.
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Next | Self::Active | Self::Retired)
    }
}

impl SigningKeyRecord {
    /// The state of this key among `keys`, all keys of its tenant.
    pub fn state(&self, keys: &[Self], now: Timestamp) -> State {
        if self.compromised_at.is_some_and(|at| at <= now) {
            return State::Compromised;
        }
        match self.stops_at(keys).filter(|at| *at <= now) {
            Some(at) if now < at.plus(RETIREMENT) => State::Retired,
            Some(_) => State::Gone,
            None if now < self.active_at => State::Next,
            None => State::Active,
        }
    }

    /// When this key signs no more, as far as is decided: the first of its own end and a successor's beginning.
    fn stops_at(&self, keys: &[Self]) -> Option<Timestamp> {
        let successors = keys.iter().filter(|other| other.succeeds(self)).map(|other| other.active_at);
        self.own_end().into_iter().chain(successors).min()
    }

    fn own_end(&self) -> Option<Timestamp> {
        self.retired_at.into_iter().chain(self.compromised_at).min()
    }

    /// A key that was withdrawn before its first use succeeds nobody.
    fn succeeds(&self, other: &Self) -> bool {
        let is_later = (self.active_at, self.id) > (other.active_at, other.id);
        is_later && self.own_end().is_none_or(|end| end > self.active_at)
    }
}

/// The keys of a tenant by what they are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen<'k> {
    /// The one that signs. None only where no key was ever made, or the last was taken away by hand.
    pub signing: Option<&'k SigningKeyRecord>,
    /// Those that verifiers see, the signing one among them, in the order in which they came into use.
    pub published: Vec<&'k SigningKeyRecord>,
}

/// Sorts all keys of one tenant by what they are for at `now`.
pub fn choose(keys: &[SigningKeyRecord], now: Timestamp) -> Chosen<'_> {
    let signing = keys.iter().find(|key| key.state(keys, now) == State::Active);
    let mut published: Vec<_> = keys.iter().filter(|key| key.state(keys, now).is_published()).collect();
    published.sort_by_key(|key| (key.active_at, key.id));
    Chosen { signing, published }
}

/// When a key that is about to be made is published and first used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The new record's `published_at`.
    pub published_at: Timestamp,
    /// The new record's `active_at`.
    pub active_at: Timestamp,
}

impl Schedule {
    const fn at_once(now: Timestamp) -> Self {
        Self { published_at: now, active_at: now }
    }
}

/// What must happen in the same write in which a key is declared compromised, so that the tenant goes on signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Replacement {
    /// Nothing: the key was not signing.
    NotNeeded,
    /// The next key comes into use now, though it was not published for its full time: it was longer than a new one.
    Promote(KeyId),
    /// A new key is made and used at once.
    Make(Schedule),
}

/// Why a key was not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The tenant has no such key.
    #[error("the tenant has no such signing key")]
    Unknown,
    /// A key is already waiting; rotating again before it is used would only heap up keys.
    #[error("a next key already waits for its first use")]
    AlreadyRotating,
    /// The key signs: rotate instead, it then retires when its successor comes into use.
    #[error("this key signs the tenant's tokens; rotate instead")]
    StillSigning,
    /// The key has stopped already.
    #[error("this key is already retired")]
    AlreadyRetired,
    /// The key was declared compromised before.
    #[error("this key is already marked as compromised")]
    AlreadyCompromised,
    /// No token that this key signed is accepted any more.
    #[error("this key is no longer accepted by anyone")]
    Gone,
}

/// Decides when a tenant's new key comes into use: at once where none signs, else after `PUBLISH_AHEAD`.
///
/// # Errors
/// `AlreadyRotating` while another key waits for its first use.
pub fn rotate(keys: &[SigningKeyRecord], now: Timestamp) -> Result<Schedule, Refusal> {
    if keys.iter().any(|key| key.state(keys, now) == State::Next) {
        return Err(Refusal::AlreadyRotating);
    }
    Ok(match choose(keys, now).signing {
        None => Schedule::at_once(now),
        Some(_) => Schedule { published_at: now, active_at: now.plus(PUBLISH_AHEAD) },
    })
}

/// Withdraws a key that waits for its first use; the answer is its `retired_at`.
///
/// # Errors
/// Why the key cannot be withdrawn.
fn retire(keys: &[SigningKeyRecord], id: KeyId, now: Timestamp) -> Result<Timestamp, Refusal> {
    match find(keys, id)?.state(keys, now) {
        State::Next => Ok(now),
        State::Active => Err(Refusal::StillSigning),
        State::Retired | State::Gone => Err(Refusal::AlreadyRetired),
        State::Compromised => Err(Refusal::AlreadyCompromised),
    }
}

/// Declares a key compromised at `now` (its `compromised_at`), and says who signs from then on.
///
/// # Errors
/// `Unknown`, `AlreadyCompromised`, or `Gone` where the key can do no harm any more.
fn compromise(keys: &[SigningKeyRecord], id: KeyId, now: Timestamp) -> Result<Replacement, Refusal> {
    match find(keys, id)?.state(keys, now) {
        State::Active => Ok(keys
            .iter()
            .find(|key| key.state(keys, now) == State::Next)
            .map_or(Replacement::Make(Schedule::at_once(now)), |key| Replacement::Promote(key.id))),
        State::Next | State::Retired => Ok(Replacement::NotNeeded),
        State::Gone => Err(Refusal::Gone),
        State::Compromised => Err(Refusal::AlreadyCompromised),
    }
}

fn find(keys: &[SigningKeyRecord], id: KeyId) -> Result<&SigningKeyRecord, Refusal> {
    keys.iter().find(|key| key.id == id).ok_or(Refusal::Unknown)
}

#[cfg(test)]
mod tests;
