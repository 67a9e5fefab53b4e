mod argon2;
mod bcrypt;
mod fields;
mod foreign;
mod pbkdf2;
mod scrypt;
mod sha_crypt;

use std::fmt;

use countersign_domain::{BadImportedCost, Digest, ImportedCost};

use super::HashFault;
use super::cost::Cost;
use super::engine::Engine;
use super::params::{BadParams, Params};

pub use foreign::{FOREIGN_BYTES_MAX, FirebaseKeys, base64};

pub(super) use argon2::{Kind, Version};
pub(super) use fields::decimal;
pub(super) use sha_crypt::SHA_CRYPT_PASSWORD_BYTES_MAX;

use argon2::Argon2Hash;
use bcrypt::BcryptHash;
use pbkdf2::Pbkdf2Hash;
use scrypt::ScryptHash;
use sha_crypt::ShaCryptHash;

/// The stored hash of one password, taken apart and within caps.
///
/// Ours is a PHC string, `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`, salt and tag in base64 without padding; those of
/// other systems have a text of the same kind, listed in `docs/import.md`. Reading is strict: what is accepted is
/// exactly what `Display` writes, so one hash has one text. Debug never shows salt or tag.
#[derive(Clone)]
pub struct PhcHash(Scheme);

/// How the password was hashed. Only Argon2id of version 19 is ever made here.
#[derive(Clone)]
enum Scheme {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Scrypt(ScryptHash),
    Pbkdf2(Pbkdf2Hash),
    ShaCrypt(ShaCryptHash),
}

/// The longest text worth looking at: the caps allow 209 bytes.
pub const PHC_BYTES_MAX: usize = 256;

/// A tag below 128 bits is a weak promise; no system in use writes more than 64 bytes.
const TAG_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// Salts of other systems are what they are: the hash is replaced at its first right password.
const IMPORTED_SALT_BYTES: std::ops::RangeInclusive<usize> = 1..=64;

/// The salt of a hash we make (RFC 9106 section 4).
pub const NEW_SALT_BYTES: usize = 16;

/// The tag of a hash we make (RFC 9106 section 4).
pub const NEW_TAG_BYTES: usize = 32;

impl PhcHash {
    /// Reads a stored hash. Nothing is hashed or allocated beyond the caps, whatever the text says.
    ///
    /// Safe on any input, for it reads what an import file or an old row brought.
    ///
    /// # Errors
    /// [`BadHash`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, BadHash> {
        if text.len() > PHC_BYTES_MAX {
            return Err(BadHash::TooLong);
        }
        let (name, rest) = text.strip_prefix('$').and_then(|rest| rest.split_once('$')).ok_or(BadHash::Form)?;
        Ok(Self(match name {
            "argon2id" => Scheme::Argon2(Argon2Hash::parse(Kind::Id, rest)?),
            "argon2i" => Scheme::Argon2(Argon2Hash::parse(Kind::I, rest)?),
            "2a" | "2b" | "2y" | bcrypt::DJANGO => Scheme::Bcrypt(BcryptHash::parse(name, rest)?),
            "scrypt" | scrypt::FIREBASE => Scheme::Scrypt(ScryptHash::parse(name, rest)?),
            "pbkdf2-sha1" => Scheme::Pbkdf2(Pbkdf2Hash::parse(Digest::Sha1, rest)?),
            "pbkdf2-sha256" => Scheme::Pbkdf2(Pbkdf2Hash::parse(Digest::Sha256, rest)?),
            "pbkdf2-sha512" => Scheme::Pbkdf2(Pbkdf2Hash::parse(Digest::Sha512, rest)?),
            "5" | "6" => Scheme::ShaCrypt(ShaCryptHash::parse(name, rest)?),
            _ => return Err(BadHash::Scheme),
        }))
    }

    pub(super) fn argon2id(params: Params, salt: Vec<u8>, tag: Vec<u8>) -> Self {
        Self(Scheme::Argon2(Argon2Hash { kind: Kind::Id, version: Version::V19, params, salt, tag }))
    }

    /// What verifying it costs.
    pub fn cost(&self) -> Cost {
        match &self.0 {
            Scheme::Argon2(hash) => hash.params.into(),
            Scheme::Bcrypt(hash) => ImportedCost::Bcrypt { cost: hash.cost }.into(),
            Scheme::Scrypt(hash) => hash.cost().into(),
            Scheme::Pbkdf2(hash) => hash.cost().into(),
            Scheme::ShaCrypt(hash) => hash.cost().into(),
        }
    }

    /// Whether a hash made today with `wanted` would look otherwise: it should be made anew at the next good login.
    pub fn is_outdated(&self, wanted: Params) -> bool {
        match &self.0 {
            Scheme::Argon2(hash) => hash.is_outdated(wanted),
            Scheme::Bcrypt(_) | Scheme::Scrypt(_) | Scheme::Pbkdf2(_) | Scheme::ShaCrypt(_) => true,
        }
    }

    /// Whether it is the hash of `password`; compared in constant time, in memory that is bounded by the caps.
    pub(super) fn is_of(&self, password: &[u8], engine: &mut Engine) -> Result<bool, HashFault> {
        match &self.0 {
            Scheme::Argon2(hash) => hash.is_of(password, engine),
            Scheme::Bcrypt(hash) => Ok(hash.is_of(password)),
            Scheme::Scrypt(hash) => hash.is_of(password),
            Scheme::Pbkdf2(hash) => hash.is_of(password),
            Scheme::ShaCrypt(hash) => hash.is_of(password),
        }
    }

    /// A hash that costs what the class says and that nothing matches: its step is measured on it.
    pub(super) fn measure_of(class: ImportedCost) -> Self {
        let (salt, tag) = (vec![0; NEW_SALT_BYTES], vec![0; NEW_TAG_BYTES]);
        Self(match class {
            ImportedCost::Bcrypt { cost } => Scheme::Bcrypt(BcryptHash::blank(cost)),
            ImportedCost::Scrypt { log_n, block_size, parallelism } => {
                Scheme::Scrypt(ScryptHash { is_firebase: false, log_n, block_size, parallelism, salt, tag })
            }
            ImportedCost::Pbkdf2 { digest, iterations } => Scheme::Pbkdf2(Pbkdf2Hash { digest, iterations, salt, tag }),
            ImportedCost::Sha256Crypt { rounds } => Scheme::ShaCrypt(ShaCryptHash::blank(false, rounds)),
            ImportedCost::Sha512Crypt { rounds } => Scheme::ShaCrypt(ShaCryptHash::blank(true, rounds)),
        })
    }
}

impl fmt::Display for PhcHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Scheme::Argon2(hash) => hash.fmt(f),
            Scheme::Bcrypt(hash) => hash.fmt(f),
            Scheme::Scrypt(hash) => hash.fmt(f),
            Scheme::Pbkdf2(hash) => hash.fmt(f),
            Scheme::ShaCrypt(hash) => hash.fmt(f),
        }
    }
}

impl fmt::Debug for PhcHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhcHash({})", self.cost())
    }
}

/// Why a text is not a hash that can be verified here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHash {
    /// Longer than [`PHC_BYTES_MAX`].
    #[error("is longer than {PHC_BYTES_MAX} bytes")]
    TooLong,
    /// Not of the form that its scheme has.
    #[error("is not of the form of a password hash")]
    Form,
    /// A scheme that is not verified here.
    #[error("is of a scheme that is not verified here; docs/import.md lists those that are")]
    Scheme,
    /// An Argon2 version other than 16 and 19.
    #[error("is of an Argon2 version other than 16 and 19")]
    Version,
    /// Argon2 parameters that cannot be read or are above the caps.
    #[error("has unusable parameters: {0}")]
    Params(#[from] BadParams),
    /// Parameters of another scheme that cannot be read.
    #[error("has parameters that cannot be read")]
    Numbers,
    /// Parameters of another scheme that are out of bounds or above the caps.
    #[error("has a cost that is not verified here: it {0}")]
    Cost(#[from] BadImportedCost),
    /// A salt that its scheme cannot have.
    #[error("has an unusable salt")]
    Salt,
    /// A tag that its scheme cannot have.
    #[error("has an unusable tag")]
    Tag,
}

#[cfg(test)]
mod tests;
