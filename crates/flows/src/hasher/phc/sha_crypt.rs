use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use countersign_domain::ImportedCost;
use sha_crypt::{BLOCK_SIZE_SHA256, BLOCK_SIZE_SHA512, Params, sha256_crypt, sha512_crypt};
use zeroize::Zeroizing;

use super::BadHash;
use super::fields::{Fields, decimal};
use crate::hasher::HashFault;

/// crypt(3)'s `$5$` and `$6$`, as it writes them: `$6$<salt>$<tag>` for 5,000 rounds, `$6$rounds=656000$<salt>$<tag>` for
/// others, the salt as it is and the tag in an alphabet and an order of its own.
#[derive(Clone)]
pub(super) struct ShaCryptHash {
    is_sha512: bool,
    rounds: u32,
    salt: String,
    tag: Vec<u8>,
}

/// A longer password matches no such hash. The function takes longer the longer the password, so a guess of 256
/// characters would outlast the step and tell that the account exists and how its password was hashed. Whoever has one
/// asks for a new password by mail.
pub(in crate::hasher) const SHA_CRYPT_PASSWORD_BYTES_MAX: usize = 64;

/// What crypt(3) takes where a hash names none.
const ROUNDS_DEFAULT: u32 = 5_000;
/// crypt(3) reads no more.
const SALT_CHARS_MAX: usize = 16;

impl ShaCryptHash {
    /// The first field and what follows it.
    pub(super) fn parse(name: &str, rest: &str) -> Result<Self, BadHash> {
        let hash = Self::read(name, rest)?;
        // `rounds=5000` is the same as none; one hash has one text.
        if hash.rounds == ROUNDS_DEFAULT && rest.starts_with("rounds=") { Err(BadHash::Numbers) } else { Ok(hash) }
    }

    /// As [`Self::parse`], the usual number of rounds written out or not.
    pub(super) fn read(name: &str, rest: &str) -> Result<Self, BadHash> {
        let mut fields = Fields::of(rest);
        let mut salt = fields.next()?;
        let mut rounds = ROUNDS_DEFAULT;
        if let Some(digits) = salt.strip_prefix("rounds=") {
            rounds = decimal(digits).ok_or(BadHash::Numbers)?;
            salt = fields.next()?;
        }
        // What a file of password hashes can hold: no colon, no space.
        let is_plain = |b: u8| b.is_ascii_graphic() && b != b':';
        if !(1..=SALT_CHARS_MAX).contains(&salt.len()) || !salt.bytes().all(is_plain) {
            return Err(BadHash::Salt);
        }
        let is_sha512 = name == "6";
        let tag = decode(fields.next()?, is_sha512).ok_or(BadHash::Tag)?;
        fields.end()?;
        let hash = Self { is_sha512, rounds, salt: salt.to_owned(), tag };
        hash.cost().check()?;
        Ok(hash)
    }

    pub(super) fn blank(is_sha512: bool, rounds: u32) -> Self {
        let tag = vec![0; if is_sha512 { BLOCK_SIZE_SHA512 } else { BLOCK_SIZE_SHA256 }];
        Self { is_sha512, rounds, salt: ".".repeat(SALT_CHARS_MAX), tag }
    }

    pub(super) fn cost(&self) -> ImportedCost {
        let rounds = self.rounds;
        if self.is_sha512 { ImportedCost::Sha512Crypt { rounds } } else { ImportedCost::Sha256Crypt { rounds } }
    }

    pub(super) fn is_of(&self, password: &[u8]) -> Result<bool, HashFault> {
        let params = Params::new(self.rounds).map_err(|_| HashFault::Library)?;
        // A longer one is hashed as far as it goes and then refused, so that it takes no less time than the others.
        let tried = password.get(..SHA_CRYPT_PASSWORD_BYTES_MAX).unwrap_or(password);
        let salt = self.salt.as_bytes();
        let made = Zeroizing::new(if self.is_sha512 {
            sha512_crypt(tried, salt, params).to_vec()
        } else {
            sha256_crypt(tried, salt, params).to_vec()
        });
        let is_equal = verify_slices_are_equal(&made, &self.tag).is_ok();
        Ok(is_equal && password.len() <= SHA_CRYPT_PASSWORD_BYTES_MAX)
    }
}

impl fmt::Display for ShaCryptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_sha512 { "$6$" } else { "$5$" })?;
        if self.rounds != ROUNDS_DEFAULT {
            write!(f, "rounds={}$", self.rounds)?;
        }
        write!(f, "{}${}", self.salt, encode(&self.tag, self.is_sha512))
    }
}

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The places of a tag's bytes in its text, three to four characters, as the specification of SHA-crypt lists them:
/// each triple is the one before moved by one, and turned.
fn order(is_sha512: bool) -> Vec<usize> {
    let (mut triple, count, rest) =
        if is_sha512 { ([0, 21, 42], 21, [63].as_slice()) } else { ([0, 10, 20], 10, [31, 30].as_slice()) };
    let mut order = Vec::with_capacity(BLOCK_SIZE_SHA512);
    for _ in 0..count {
        order.extend(triple);
        let [a, b, c] = triple.map(|place| place + 1);
        triple = if is_sha512 { [b, c, a] } else { [c, a, b] };
    }
    order.extend(rest);
    order
}

/// Four characters for three bytes, the least significant six bits first; the last group is shorter.
fn encode(tag: &[u8], is_sha512: bool) -> String {
    let places = order(is_sha512);
    let mut text = String::new();
    for group in places.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, place| (bits << 8) | u32::from(tag.get(*place).copied().unwrap_or(0)));
        text.extend((0..=group.len()).map(|index| {
            let six = (bits >> (6 * index)) & 63;
            char::from(ALPHABET.get(six as usize).copied().unwrap_or(b'.'))
        }));
    }
    text
}

/// The bytes of a tag, if the text is the one that [`encode`] writes for them.
fn decode(text: &str, is_sha512: bool) -> Option<Vec<u8>> {
    let mut tag = vec![0; if is_sha512 { BLOCK_SIZE_SHA512 } else { BLOCK_SIZE_SHA256 }];
    let places = order(is_sha512);
    for (group, chars) in places.chunks(3).zip(text.as_bytes().chunks(4)) {
        let mut bits = 0_u32;
        for char in chars.iter().rev() {
            bits = (bits << 6) | u32::try_from(ALPHABET.iter().position(|known| known == char)?).ok()?;
        }
        for (index, place) in group.iter().rev().enumerate() {
            *tag.get_mut(*place)? = u8::try_from((bits >> (8 * index)) & 255).ok()?;
        }
    }
    (encode(&tag, is_sha512) == text).then_some(tag)
}
