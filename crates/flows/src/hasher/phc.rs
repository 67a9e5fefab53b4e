use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::params::{BadParams, Params};

/// The stored hash of one password: a PHC string, taken apart and within caps.
///
/// `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`, salt and tag in base64 without padding. Reading is strict: what is
/// accepted is exactly what `Display` writes, so one hash has one text. Debug never shows salt or tag.
#[derive(Clone)]
pub struct PhcHash(Scheme);

/// How the password was hashed. Imported schemes (bcrypt, scrypt, PBKDF2 …) become variants of this enum.
#[derive(Clone)]
pub(super) enum Scheme {
    Argon2id(Argon2idHash),
}

/// An Argon2id hash, version 19 (1.3, RFC 9106).
#[derive(Clone)]
pub(super) struct Argon2idHash {
    pub(super) params: Params,
    pub(super) salt: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

/// The longest text worth looking at: the caps allow 209 bytes.
pub const PHC_BYTES_MAX: usize = 256;

/// A salt of at least 8 bytes is Argon2's own rule; no system in use writes more than 64.
const SALT_BYTES: std::ops::RangeInclusive<usize> = 8..=64;

/// A tag below 128 bits is a weak promise; no system in use writes more than 64 bytes.
const TAG_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// The salt of a hash we make (RFC 9106 section 4).
pub const NEW_SALT_BYTES: usize = 16;

/// The tag of a hash we make (RFC 9106 section 4).
pub const NEW_TAG_BYTES: usize = 32;

const ARGON2ID: &str = "argon2id";
const VERSION: &str = "v=19";

impl PhcHash {
    /// Reads a stored hash. Nothing is hashed or allocated beyond the caps, whatever the text says.
    ///
    /// Safe on any input, for it reads what an import file or an old row brought.
    pub fn parse(text: &str) -> Result<Self, BadHash> {
        if text.len() > PHC_BYTES_MAX {
            return Err(BadHash::TooLong);
        }
        let mut parts = text.strip_prefix('$').ok_or(BadHash::Form)?.split('$');
        let mut next = || parts.next().ok_or(BadHash::Form);
        if next()? != ARGON2ID {
            return Err(BadHash::Scheme);
        }
        if next()? != VERSION {
            return Err(BadHash::Version);
        }
        let params = next()?.parse()?;
        let salt = bytes(next()?, SALT_BYTES).ok_or(BadHash::Salt)?;
        let tag = bytes(next()?, TAG_BYTES).ok_or(BadHash::Tag)?;
        match parts.next() {
            None => Ok(Self::argon2id(params, salt, tag)),
            Some(_) => Err(BadHash::Form),
        }
    }

    pub(super) fn argon2id(params: Params, salt: Vec<u8>, tag: Vec<u8>) -> Self {
        Self(Scheme::Argon2id(Argon2idHash { params, salt, tag }))
    }

    pub(super) fn scheme(&self) -> &Scheme {
        &self.0
    }

    /// What verifying it costs.
    pub fn params(&self) -> Params {
        match &self.0 {
            Scheme::Argon2id(hash) => hash.params,
        }
    }

    /// Whether a hash made today with `wanted` would look otherwise: it should be made anew at the next good login.
    pub fn is_outdated(&self, wanted: Params) -> bool {
        match &self.0 {
            Scheme::Argon2id(hash) => {
                hash.params != wanted || hash.salt.len() < NEW_SALT_BYTES || hash.tag.len() < NEW_TAG_BYTES
            }
        }
    }
}

/// Base64 without padding, in its one canonical form, of a length within `allowed`.
fn bytes(text: &str, allowed: std::ops::RangeInclusive<usize>) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok().filter(|bytes| allowed.contains(&bytes.len()))
}

impl fmt::Display for PhcHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Scheme::Argon2id(hash) = &self.0;
        let (salt, tag) = (STANDARD_NO_PAD.encode(&hash.salt), STANDARD_NO_PAD.encode(&hash.tag));
        write!(f, "${ARGON2ID}${VERSION}${}${salt}${tag}", hash.params)
    }
}

impl fmt::Debug for PhcHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Scheme::Argon2id(hash) = &self.0;
        write!(f, "PhcHash({ARGON2ID} {})", hash.params)
    }
}

/// Why a text is not a hash that can be verified here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHash {
    /// Longer than [`PHC_BYTES_MAX`].
    #[error("the stored hash is longer than {PHC_BYTES_MAX} bytes")]
    TooLong,
    /// Not a PHC string.
    #[error("the stored hash is no PHC string")]
    Form,
    /// A scheme other than Argon2id.
    #[error("the stored hash is not of the scheme {ARGON2ID}")]
    Scheme,
    /// A version other than 19.
    #[error("the stored hash is not of Argon2 version 19")]
    Version,
    /// Parameters that cannot be read or are above the caps.
    #[error("the stored hash has unusable parameters: {0}")]
    Params(#[from] BadParams),
    /// A salt that is not canonical base64 of 8 to 64 bytes.
    #[error("the stored hash has an unusable salt")]
    Salt,
    /// A tag that is not canonical base64 of 16 to 64 bytes.
    #[error("the stored hash has an unusable tag")]
    Tag,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use countersign_domain::BadCost;

    use super::*;

    const GOOD: &str = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$cpx6VEQbwTVZvcpxNIxOVUWZ5xnAipUmAe1cg2GMG70";

    #[test]
    fn a_hash_has_one_text() {
        let hash = PhcHash::parse(GOOD).unwrap();
        assert_eq!(hash.to_string(), GOOD);
        assert_eq!(hash.params().to_string(), "m=64,t=1,p=1");
    }

    #[test]
    fn debug_shows_neither_salt_nor_tag() {
        let hash = PhcHash::parse(GOOD).unwrap();
        assert_eq!(format!("{hash:?}"), "PhcHash(argon2id m=64,t=1,p=1)");
    }

    #[test]
    fn an_older_hash_is_told_from_a_new_one() {
        let wanted = Params::new(64, 1, 1).unwrap();
        let short_salt = PhcHash::parse(GOOD).unwrap();
        assert!(short_salt.is_outdated(wanted));
        let new = PhcHash::argon2id(wanted, vec![1; NEW_SALT_BYTES], vec![2; NEW_TAG_BYTES]);
        assert!(!new.is_outdated(wanted));
        assert!(new.is_outdated(Params::DEFAULT));
    }

    #[test]
    fn every_other_text_is_refused_by_its_reason() {
        let tag = "cpx6VEQbwTVZvcpxNIxOVUWZ5xnAipUmAe1cg2GMG70";
        let dear = BadHash::Params(BadCost::TooDear.into());
        for (text, why) in [
            (String::new(), BadHash::Form),
            ("argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$".to_owned() + tag, BadHash::Form),
            (format!("{GOOD}$"), BadHash::Form),
            ("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ".to_owned(), BadHash::Form),
            (GOOD.replace("argon2id", "argon2i"), BadHash::Scheme),
            (GOOD.replace("argon2id", "ARGON2ID"), BadHash::Scheme),
            ("$2b$12$abcdefghijklmnopqrstuv".to_owned(), BadHash::Scheme),
            (GOOD.replace("v=19", "v=16"), BadHash::Version),
            (GOOD.replace("$v=19", ""), BadHash::Version),
            (GOOD.replace("m=64", "m=4294967295"), dear),
            (GOOD.replace("t=1", "t=4294967295"), dear),
            (GOOD.replace("p=1", "p=01"), BadHash::Params(BadParams::Form)),
            (GOOD.replace("c29tZXNhbHQ", "c29tZXNhbHQ="), BadHash::Salt),
            (GOOD.replace("c29tZXNhbHQ", "c29tZXNhbHR"), BadHash::Salt),
            (GOOD.replace("c29tZXNhbHQ", "c29tZXM"), BadHash::Salt),
            (GOOD.replace("c29tZXNhbHQ", ""), BadHash::Salt),
            (GOOD.replace(tag, ""), BadHash::Tag),
            (GOOD.replace(tag, "c29tZXNhbHQ"), BadHash::Tag),
            (GOOD.replace(tag, "cpx6VEQbwTVZvcpxNIxOVUWZ5xnAipUmAe1cg2GMG7_"), BadHash::Tag),
            (GOOD.replace("c29tZXNhbHQ", &"A".repeat(88)), BadHash::Salt),
            (format!("{GOOD}{}", "A".repeat(PHC_BYTES_MAX)), BadHash::TooLong),
        ] {
            assert_eq!(PhcHash::parse(&text).err(), Some(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_written_hash_reads_back(
            lanes in 1_u32..=4, per_lane in 8_u32..=4096, passes in 1_u32..=16,
            salt in prop::collection::vec(any::<u8>(), 8..=64), tag in prop::collection::vec(any::<u8>(), 16..=64),
        ) {
            let params = Params::new(lanes * per_lane, passes, lanes).unwrap();
            let text = PhcHash::argon2id(params, salt.clone(), tag.clone()).to_string();
            let Scheme::Argon2id(read) = PhcHash::parse(&text).unwrap().0;
            prop_assert_eq!((read.params, read.salt, read.tag), (params, salt, tag));
            prop_assert!(text.len() <= PHC_BYTES_MAX);
        }

        #[test]
        fn what_is_accepted_is_what_is_written(text in "\\$argon2id?\\$v=19\\$m=[0-9]{1,4},t=[0-9]{1,2},p=[0-9]\\$[A-Za-z0-9+/=]{10,24}\\$[A-Za-z0-9+/]{20,90}") {
            if let Ok(hash) = PhcHash::parse(&text) {
                prop_assert_eq!(hash.to_string(), text);
            }
        }

        #[test]
        fn no_text_breaks_it(text in ".{0,300}") {
            let _ = PhcHash::parse(&text);
        }
    }
}
