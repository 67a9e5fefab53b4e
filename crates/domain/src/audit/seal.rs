use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

use super::encoding::Encoder;
use super::merkle;
use super::{Event, NotAHash, Sha256};
use crate::{EventId, KeyId, TenantId, Timestamp};

const SEAL_PURPOSE: &str = "countersign audit seal 1";

/// Most events in one seal, and in one pass of the sealer. It bounds how long a pass holds the one writer of SQLite (a
/// few milliseconds); a pass that was full is followed by another at once.
pub const BATCH_EVENTS_MAX: usize = 256;

/// Bytes of an Ed25519 signature (RFC 8032).
pub const SIGNATURE_BYTES: usize = 64;

/// One link of a tenant's chain: it fixes a batch of events, their order, and the seal before.
///
/// Everything but `ids` is signed. The ids only say where to look for the batch; the root already fixes which
/// events they are, so they can go with the events when retention removes the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Whose trail it is.
    pub tenant: TenantId,
    /// 1, 2, 3 … without a gap.
    pub number: i64,
    /// When it was made, by the database's clock.
    pub at: Timestamp,
    /// The hash of the seal before; [`Sha256::ZERO`] in number 1.
    pub previous: Sha256,
    /// How many events the batch has.
    pub count: u32,
    /// The Merkle root over their leaves (RFC 6962).
    pub root: Sha256,
    /// Which sealing key signed.
    pub key_id: KeyId,
    /// The events in the order of their leaves; `None` once retention has removed them.
    pub ids: Option<Vec<EventId>>,
    /// Ed25519 over [`Seal::signing_input`].
    pub signature: [u8; SIGNATURE_BYTES],
}

/// A seal that waits for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned(Seal);

impl Seal {
    /// The seal that follows `head` over `events`, in their order.
    pub fn next(tenant: TenantId, head: Option<Anchor>, at: Timestamp, key_id: KeyId, events: &[Event]) -> Unsigned {
        let leaves: Vec<_> = events.iter().map(Event::leaf).collect();
        Unsigned(Self {
            tenant,
            number: head.map_or(1, |head| head.number.saturating_add(1)),
            at,
            previous: head.map_or(Sha256::ZERO, |head| head.hash),
            count: u32::try_from(events.len()).unwrap_or(u32::MAX),
            root: merkle::root(&leaves),
            key_id,
            ids: Some(events.iter().map(|event| event.id).collect()),
            signature: [0; SIGNATURE_BYTES],
        })
    }

    /// The bytes that are signed.
    pub fn signing_input(&self) -> Vec<u8> {
        let mut fields = Encoder::new(SEAL_PURPOSE);
        fields.put(self.tenant.uuid().as_bytes());
        fields.put_number(self.number);
        fields.put_number(self.at.micros());
        fields.put(self.previous.as_bytes());
        fields.put_number(i64::from(self.count));
        fields.put(self.root.as_bytes());
        fields.put(self.key_id.uuid().as_bytes());
        fields.finish()
    }

    /// What the next seal names as `previous`.
    pub fn hash(&self) -> Sha256 {
        Sha256::of(&self.signing_input())
    }

    /// Its place in the chain.
    pub fn anchor(&self) -> Anchor {
        Anchor { number: self.number, hash: self.hash() }
    }
}

impl Unsigned {
    /// The bytes to sign.
    pub fn signing_input(&self) -> Vec<u8> {
        self.0.signing_input()
    }

    /// The seal with its Ed25519 signature.
    pub fn signed(self, signature: [u8; SIGNATURE_BYTES]) -> Seal {
        Seal { signature, ..self.0 }
    }
}

/// A place in a tenant's chain: the number of a seal and its hash. Kept outside the store, it shows later whether the
/// chain's tail was cut or written anew. Its text is `number:hash`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The seal's number.
    pub number: i64,
    /// The seal's hash.
    pub hash: Sha256,
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.hash)
    }
}

impl FromStr for Anchor {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let (number, hash) = text.split_once(':').ok_or(NotAHash)?;
        let number = number.parse().ok().filter(|number| *number > 0).ok_or(NotAHash)?;
        Ok(Self { number, hash: hash.parse()? })
    }
}

/// The public keys that seals are checked with, living and retired.
///
/// Whoever can replace these can forge a trail: a verifier takes them from where the trail's store cannot reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealKeys(BTreeMap<KeyId, [u8; 32]>);

impl SealKeys {
    /// No keys yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one Ed25519 public key (RFC 8032, 32 bytes).
    pub fn insert(&mut self, id: KeyId, public: [u8; 32]) {
        self.0.insert(id, public);
    }

    /// The keys in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (KeyId, &[u8; 32])> {
        self.0.iter().map(|(id, public)| (*id, public))
    }

    /// Whether the seal's signature is its key's; `None` if the key is not here.
    pub fn accept(&self, seal: &Seal) -> Option<bool> {
        let public = self.0.get(&seal.key_id)?;
        Some(UnparsedPublicKey::new(&ED25519, public).verify(&seal.signing_input(), &seal.signature).is_ok())
    }
}

impl FromIterator<(KeyId, [u8; 32])> for SealKeys {
    fn from_iter<I: IntoIterator<Item = (KeyId, [u8; 32])>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_survives_its_text() {
        let anchor = Anchor { number: 41, hash: Sha256::of(b"seal") };
        assert_eq!(anchor.to_string().parse(), Ok(anchor));
        for text in ["", "41", "41:", "0:", ":x", &format!("-1:{}", anchor.hash), &format!("0:{}", anchor.hash)] {
            assert_eq!(text.parse::<Anchor>(), Err(NotAHash), "{text:?}");
        }
    }
}
