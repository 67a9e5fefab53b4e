use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::NO_PAD;
use countersign_domain::ImportedCost;
use zeroize::Zeroizing;

use super::BadHash;
use super::fields::{Fields, decimal};

/// A bcrypt hash: `$2b$12$` with 22 characters of salt and 31 of tag; Django's over a SHA-256 has a name before it.
#[derive(Clone)]
pub(super) struct BcryptHash {
    prefix: Prefix,
    is_over_sha256: bool,
    pub(super) cost: u32,
    salt: [u8; 16],
    tag: [u8; 23],
}

/// Who wrote it. The differences lie in bugs of old programs (`$2x$` alone marks a hash made by one): all three are the
/// same function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prefix {
    A,
    B,
    Y,
}

/// The name of Django's `bcrypt_sha256`: bcrypt of the SHA-256 in hexadecimal, so that no password is too long for it.
pub(super) const DJANGO: &str = "django-bcrypt-sha256";

/// What bcrypt looks at, the zero byte at the end of the password included.
const PASSWORD_BYTES_MAX: usize = 72;

const BASE64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, NO_PAD);
/// 16 bytes.
const SALT_CHARS: usize = 22;

impl BcryptHash {
    /// The first field and what follows it.
    pub(super) fn parse(name: &str, rest: &str) -> Result<Self, BadHash> {
        let mut fields = Fields::of(rest);
        let is_over_sha256 = name == DJANGO;
        let prefix = match if is_over_sha256 { fields.next()? } else { name } {
            "2a" => Prefix::A,
            "2b" => Prefix::B,
            "2y" => Prefix::Y,
            _ => return Err(BadHash::Scheme),
        };
        let digits = fields.next()?;
        let two_digits = digits.len() == 2;
        let cost = digits.strip_prefix('0').map_or_else(|| decimal(digits), decimal);
        let cost = cost.filter(|_| two_digits).ok_or(BadHash::Numbers)?;
        ImportedCost::Bcrypt { cost }.check()?;
        let (salt, tag) = fields.next()?.split_at_checked(SALT_CHARS).ok_or(BadHash::Salt)?;
        fields.end()?;
        Ok(Self {
            prefix,
            is_over_sha256,
            cost,
            salt: BASE64.decode(salt).ok().and_then(|salt| salt.try_into().ok()).ok_or(BadHash::Salt)?,
            tag: BASE64.decode(tag).ok().and_then(|tag| tag.try_into().ok()).ok_or(BadHash::Tag)?,
        })
    }

    pub(super) const fn blank(cost: u32) -> Self {
        Self { prefix: Prefix::B, is_over_sha256: false, cost, salt: [0; 16], tag: [0; 23] }
    }

    pub(super) fn is_of(&self, password: &[u8]) -> bool {
        let mut key = Zeroizing::new(Vec::with_capacity(PASSWORD_BYTES_MAX));
        if self.is_over_sha256 {
            let hash = digest(&SHA256, password);
            key.extend(hash.as_ref().iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]));
        } else {
            // Cut, as every bcrypt of that time did: the rest of a long password never counted.
            key.extend(password.iter().take(PASSWORD_BYTES_MAX));
        }
        key.push(0);
        key.truncate(PASSWORD_BYTES_MAX);
        let made = Zeroizing::new(bcrypt::bcrypt(self.cost, self.salt, &key));
        made.split_last_chunk::<1>().is_some_and(|(made, _)| verify_slices_are_equal(made, &self.tag).is_ok())
    }
}

const fn hex(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}

impl fmt::Display for BcryptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_over_sha256 {
            write!(f, "${DJANGO}")?;
        }
        let prefix = match self.prefix {
            Prefix::A => "2a",
            Prefix::B => "2b",
            Prefix::Y => "2y",
        };
        write!(f, "${prefix}${:02}${}{}", self.cost, BASE64.encode(self.salt), BASE64.encode(self.tag))
    }
}
