use std::fmt;

use aws_lc_rs::cipher::{AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::iv::FixedLength;
use countersign_domain::ImportedCost;
use zeroize::Zeroizing;

use super::fields::{self, Fields, numbers};
use super::{BadHash, IMPORTED_SALT_BYTES, TAG_BYTES};
use crate::hasher::HashFault;

/// An scrypt hash (RFC 7914), `$scrypt$ln=14,r=8,p=1$<salt>$<tag>`, or one of Firebase.
///
/// Firebase derives a key by scrypt from the password and the user's salt with the project's separator behind it, and
/// keeps what AES-256-CTR under that key makes of the project's signer key. That is the signer key XOR the cipher's key
/// stream, so the importer takes the signer key off: the tag here is the stream, and the key of the whole project lies
/// in no row of ours.
#[derive(Clone)]
pub(super) struct ScryptHash {
    pub(super) is_firebase: bool,
    pub(super) log_n: u32,
    pub(super) block_size: u32,
    pub(super) parallelism: u32,
    pub(super) salt: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

/// The name of Firebase's.
pub(super) const FIREBASE: &str = "firebase-scrypt";

impl ScryptHash {
    /// The first field and what follows it.
    pub(super) fn parse(name: &str, rest: &str) -> Result<Self, BadHash> {
        let mut fields = Fields::of(rest);
        let [log_n, block_size, parallelism] = numbers(fields.next()?, ["ln=", "r=", "p="])?;
        let salt = fields::bytes(fields.next()?, IMPORTED_SALT_BYTES).ok_or(BadHash::Salt)?;
        let tag = fields::bytes(fields.next()?, TAG_BYTES).ok_or(BadHash::Tag)?;
        fields.end()?;
        Self { is_firebase: name == FIREBASE, log_n, block_size, parallelism, salt, tag }.checked()
    }

    /// Itself, if it is within the caps and the library takes its parameters.
    pub(super) fn checked(self) -> Result<Self, BadHash> {
        self.cost().check()?;
        self.params().map_err(|_| BadHash::Numbers)?;
        Ok(self)
    }

    pub(super) fn cost(&self) -> ImportedCost {
        let Self { log_n, block_size, parallelism, .. } = *self;
        ImportedCost::Scrypt { log_n, block_size, parallelism }
    }

    fn params(&self) -> Result<scrypt::Params, HashFault> {
        let log_n = u8::try_from(self.log_n).map_err(|_| HashFault::Library)?;
        scrypt::Params::new(log_n, self.block_size, self.parallelism).map_err(|_| HashFault::Library)
    }

    pub(super) fn is_of(&self, password: &[u8]) -> Result<bool, HashFault> {
        let derive =
            |out: &mut [u8]| scrypt::scrypt(password, &self.salt, &self.params()?, out).map_err(|_| HashFault::Library);
        let mut made = Zeroizing::new(vec![0; self.tag.len()]);
        if self.is_firebase {
            let mut key = Zeroizing::new([0; 32]);
            derive(key.as_mut())?;
            key_stream(&key, &mut made)?;
        } else {
            derive(&mut made)?;
        }
        Ok(verify_slices_are_equal(&made, &self.tag).is_ok())
    }
}

/// Turns zeros into the stream of AES-256-CTR that begins with the counter 0.
fn key_stream(key: &[u8; 32], zeros: &mut [u8]) -> Result<(), HashFault> {
    let key = UnboundCipherKey::new(&AES_256, key).and_then(DecryptingKey::ctr).map_err(|_| HashFault::Library)?;
    let from_zero = DecryptionContext::Iv128(FixedLength::from([0; 16]));
    key.decrypt(zeros, from_zero).map(|_| ()).map_err(|_| HashFault::Library)
}

impl fmt::Display for ScryptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_firebase { FIREBASE } else { "scrypt" };
        let (salt, tag) = (fields::text(&self.salt), fields::text(&self.tag));
        write!(f, "${name}$ln={},r={},p={}${salt}${tag}", self.log_n, self.block_size, self.parallelism)
    }
}
