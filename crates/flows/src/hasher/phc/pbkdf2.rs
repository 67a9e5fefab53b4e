use std::fmt;
use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use countersign_domain::{Digest, ImportedCost};

use super::fields::{self, Fields, numbers};
use super::{BadHash, IMPORTED_SALT_BYTES, TAG_BYTES};
use crate::hasher::HashFault;
use crate::hasher::cost::name;

/// A PBKDF2 hash (RFC 8018): `$pbkdf2-sha256$i=600000,l=32$<salt>$<tag>`, `l` the bytes of the tag.
#[derive(Clone)]
pub(super) struct Pbkdf2Hash {
    pub(super) digest: Digest,
    pub(super) iterations: u32,
    pub(super) salt: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

impl Pbkdf2Hash {
    /// What follows the name.
    pub(super) fn parse(digest: Digest, rest: &str) -> Result<Self, BadHash> {
        let mut fields = Fields::of(rest);
        let [iterations, bytes] = numbers(fields.next()?, ["i=", "l="])?;
        let salt = fields::bytes(fields.next()?, IMPORTED_SALT_BYTES).ok_or(BadHash::Salt)?;
        let tag = fields::bytes(fields.next()?, TAG_BYTES).ok_or(BadHash::Tag)?;
        fields.end()?;
        if usize::try_from(bytes) != Ok(tag.len()) {
            return Err(BadHash::Tag);
        }
        Self { digest, iterations, salt, tag }.checked()
    }

    /// Itself, if it is within the caps.
    pub(super) fn checked(self) -> Result<Self, BadHash> {
        self.cost().check()?;
        Ok(self)
    }

    pub(super) fn cost(&self) -> ImportedCost {
        ImportedCost::Pbkdf2 { digest: self.digest, iterations: self.iterations }
    }

    /// A tag longer than the digest is compared by its first digest: each further one costs whoever verifies as much
    /// again, and whoever guesses nothing, for the first already tells a wrong guess.
    pub(super) fn is_of(&self, password: &[u8]) -> Result<bool, HashFault> {
        let (algorithm, digest_bytes) = match self.digest {
            Digest::Sha1 => (PBKDF2_HMAC_SHA1, 20),
            Digest::Sha256 => (PBKDF2_HMAC_SHA256, 32),
            Digest::Sha512 => (PBKDF2_HMAC_SHA512, 64),
        };
        let iterations = NonZeroU32::new(self.iterations).ok_or(HashFault::Library)?;
        let tag = self.tag.get(..digest_bytes).unwrap_or(&self.tag);
        Ok(pbkdf2::verify(algorithm, iterations, &self.salt, password, tag).is_ok())
    }
}

impl fmt::Display for Pbkdf2Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (salt, tag) = (fields::text(&self.salt), fields::text(&self.tag));
        write!(f, "$pbkdf2-{}$i={},l={}${salt}${tag}", name(self.digest), self.iterations, self.tag.len())
    }
}
