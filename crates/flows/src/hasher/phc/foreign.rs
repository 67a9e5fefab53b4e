//! Hashes as other systems write them, turned into the one text that is stored.

use base64::Engine as _;
use base64::alphabet::{BCRYPT, STANDARD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use countersign_domain::Digest;

use super::argon2::Argon2Hash;
use super::bcrypt::{self, BcryptHash};
use super::fields::{self, Fields, decimal, numbers};
use super::pbkdf2::Pbkdf2Hash;
use super::scrypt::ScryptHash;
use super::sha_crypt::ShaCryptHash;
use super::{BadHash, Kind, PhcHash, Scheme};

/// The longest text of another system: a Firebase hash that carries its project's keys has 290 bytes.
pub const FOREIGN_BYTES_MAX: usize = 512;

/// The keys of a Firebase project that its hashes are made with (`auth:export` does not hold them; the console shows
/// them). All bytes, no longer base64.
#[derive(Clone)]
pub struct FirebaseKeys {
    /// `base64_signer_key`.
    pub signer_key: zeroize::Zeroizing<Vec<u8>>,
    /// `base64_salt_separator`.
    pub salt_separator: Vec<u8>,
    /// `rounds`: scrypt's r.
    pub rounds: u32,
    /// `mem_cost`: the logarithm of scrypt's N.
    pub mem_cost: u32,
}

impl PhcHash {
    /// Reads a hash as another system writes it: every text that [`Self::parse`] takes; PHC strings with padding, or
    /// without a version; those of Django (`pbkdf2_sha256$…`, `argon2$…`, `bcrypt_sha256$…`, `scrypt$…`), passlib
    /// (`$pbkdf2-sha256$29000$…`) and Ory Kratos (`$scrypt$ln=16384,…`, `$firescrypt$…`); bcrypt with stray bits.
    ///
    /// # Errors
    /// [`BadHash`] says why it cannot be verified here.
    pub fn read_foreign(text: &str) -> Result<Self, BadHash> {
        if text.len() > FOREIGN_BYTES_MAX {
            return Err(BadHash::TooLong);
        }
        if let Some((name, rest)) = text.strip_prefix('$').and_then(|rest| rest.split_once('$')) {
            return named(name, rest);
        }
        let (name, rest) = text.split_once('$').ok_or(BadHash::Form)?;
        match name {
            "argon2" => Self::read_foreign(&format!("${rest}")),
            "bcrypt" if rest.starts_with('$') => Self::read_foreign(rest),
            "bcrypt_sha256" => django_bcrypt(rest),
            "pbkdf2_sha1" => django_pbkdf2(Digest::Sha1, rest),
            "pbkdf2_sha256" => django_pbkdf2(Digest::Sha256, rest),
            "pbkdf2_sha512" => django_pbkdf2(Digest::Sha512, rest),
            "scrypt" => django_scrypt(rest),
            _ => Err(BadHash::Scheme),
        }
    }

    /// A user's hash out of `auth:export`, its salt and tag no longer base64.
    ///
    /// # Errors
    /// [`BadHash`] where it cannot be one under these keys.
    pub fn firebase(keys: &FirebaseKeys, salt: &[u8], tag: &[u8]) -> Result<Self, BadHash> {
        if tag.len() != keys.signer_key.len() {
            return Err(BadHash::Tag);
        }
        let tag = tag.iter().zip(keys.signer_key.iter()).map(|(sealed, key)| sealed ^ key).collect();
        let salt = [salt, &keys.salt_separator].concat();
        scrypt(true, keys.mem_cost, keys.rounds, 1, salt, tag)
    }

    /// An Argon2 hash in parts, the first of them as a PHC string begins: `$argon2id$v=19$m=7168,t=5,p=1`.
    ///
    /// # Errors
    /// [`BadHash`] where a part is out of bounds.
    pub fn argon2(start: &str, salt: &[u8], tag: &[u8]) -> Result<Self, BadHash> {
        Self::read_foreign(&format!("{start}${}${}", fields::text(salt), fields::text(tag)))
    }

    /// A PBKDF2 hash in parts.
    ///
    /// # Errors
    /// [`BadHash`] where a part is out of bounds.
    pub fn pbkdf2(digest: Digest, iterations: u32, salt: Vec<u8>, tag: Vec<u8>) -> Result<Self, BadHash> {
        lengths(&salt, &tag)?;
        Ok(Self(Scheme::Pbkdf2(Pbkdf2Hash { digest, iterations, salt, tag }.checked()?)))
    }
}

fn named(name: &str, rest: &str) -> Result<PhcHash, BadHash> {
    match name {
        "argon2id" => argon2(Kind::Id, rest),
        "argon2i" => argon2(Kind::I, rest),
        "2a" | "2b" | "2y" => bcrypt_of(name, rest),
        "scrypt" => scrypt_text(rest),
        "firescrypt" => kratos_firebase(rest),
        "pbkdf2" | "pbkdf2-sha1" => pbkdf2_text(Digest::Sha1, rest),
        "pbkdf2-sha256" => pbkdf2_text(Digest::Sha256, rest),
        "pbkdf2-sha512" => pbkdf2_text(Digest::Sha512, rest),
        "5" | "6" => Ok(PhcHash(Scheme::ShaCrypt(ShaCryptHash::read(name, rest)?))),
        _ => PhcHash::parse(&format!("${name}${rest}")),
    }
}

/// Without a version it is 16: version 19 brought the field. Padding goes.
fn argon2(kind: Kind, rest: &str) -> Result<PhcHash, BadHash> {
    let mut fields = Fields::of(rest);
    let first = fields.next()?;
    let (version, params) = if first.starts_with("v=") { (first, fields.next()?) } else { ("v=16", first) };
    let salt = fields::text(&base64(fields.next()?).ok_or(BadHash::Salt)?);
    let tag = fields::text(&base64(fields.next()?).ok_or(BadHash::Tag)?);
    fields.end()?;
    Ok(PhcHash(Scheme::Argon2(Argon2Hash::parse(kind, &format!("{version}${params}${salt}${tag}"))?)))
}

/// Some programs leave bits set in the last character of salt and tag that belong to no byte.
fn bcrypt_of(name: &str, rest: &str) -> Result<PhcHash, BadHash> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(&BCRYPT, LENIENTLY);
    const STRICT: GeneralPurpose = GeneralPurpose::new(&BCRYPT, base64::engine::general_purpose::NO_PAD);
    let (cost, chars) = rest.split_once('$').ok_or(BadHash::Form)?;
    let (salt, tag) = chars.split_at_checked(22).ok_or(BadHash::Salt)?;
    let salt = STRICT.encode(LENIENT.decode(salt).map_err(|_| BadHash::Salt)?);
    let tag = STRICT.encode(LENIENT.decode(tag).map_err(|_| BadHash::Tag)?);
    Ok(PhcHash(Scheme::Bcrypt(BcryptHash::parse(name, &format!("{cost}${salt}{tag}"))?)))
}

fn django_bcrypt(rest: &str) -> Result<PhcHash, BadHash> {
    let rest = rest.strip_prefix('$').ok_or(BadHash::Form)?;
    Ok(PhcHash(Scheme::Bcrypt(BcryptHash::parse(bcrypt::DJANGO, rest)?)))
}

/// `<iterations>$<salt>$<tag>`, the salt a text.
fn django_pbkdf2(digest: Digest, rest: &str) -> Result<PhcHash, BadHash> {
    let mut fields = Fields::of(rest);
    let iterations = decimal(fields.next()?).ok_or(BadHash::Numbers)?;
    let salt = fields.next()?.as_bytes().to_vec();
    let tag = base64(fields.next()?).ok_or(BadHash::Tag)?;
    fields.end()?;
    PhcHash::pbkdf2(digest, iterations, salt, tag)
}

/// `<N>$<salt>$<r>$<p>$<tag>`, the salt a text.
fn django_scrypt(rest: &str) -> Result<PhcHash, BadHash> {
    let mut fields = Fields::of(rest);
    let log_n = log_of(decimal(fields.next()?).ok_or(BadHash::Numbers)?)?;
    let salt = fields.next()?.as_bytes().to_vec();
    let block_size = decimal(fields.next()?).ok_or(BadHash::Numbers)?;
    let parallelism = decimal(fields.next()?).ok_or(BadHash::Numbers)?;
    let tag = base64(fields.next()?).ok_or(BadHash::Tag)?;
    fields.end()?;
    scrypt(false, log_n, block_size, parallelism, salt, tag)
}

/// The PHC form. Kratos writes N where the form has its logarithm; no N is so small, no logarithm so large.
fn scrypt_text(rest: &str) -> Result<PhcHash, BadHash> {
    let mut fields = Fields::of(rest);
    let [n, block_size, parallelism] = numbers(fields.next()?, ["ln=", "r=", "p="])?;
    let log_n = if n < u64::BITS { n } else { log_of(n)? };
    let salt = base64(fields.next()?).ok_or(BadHash::Salt)?;
    let tag = base64(fields.next()?).ok_or(BadHash::Tag)?;
    fields.end()?;
    scrypt(false, log_n, block_size, parallelism, salt, tag)
}

/// Salt, tag, salt separator, signer key: the project's keys come with every hash.
fn kratos_firebase(rest: &str) -> Result<PhcHash, BadHash> {
    let mut fields = Fields::of(rest);
    let [mem_cost, rounds, parallelism] = numbers(fields.next()?, ["ln=", "r=", "p="])?;
    let salt = base64(fields.next()?).ok_or(BadHash::Salt)?;
    let tag = base64(fields.next()?).ok_or(BadHash::Tag)?;
    let salt_separator = base64(fields.next()?).ok_or(BadHash::Salt)?;
    let signer_key = base64(fields.next()?).ok_or(BadHash::Tag)?.into();
    fields.end()?;
    if parallelism != 1 {
        return Err(BadHash::Numbers);
    }
    PhcHash::firebase(&FirebaseKeys { signer_key, salt_separator, rounds, mem_cost }, &salt, &tag)
}

/// `i=600000,l=32`, `i=600000`, or as passlib writes it the number alone.
fn pbkdf2_text(digest: Digest, rest: &str) -> Result<PhcHash, BadHash> {
    let mut fields = Fields::of(rest);
    let head = fields.next()?;
    let head = head.strip_prefix("i=").unwrap_or(head);
    let (iterations, length) = head.split_once(",l=").map_or((head, None), |(i, l)| (i, Some(l)));
    let iterations = decimal(iterations).ok_or(BadHash::Numbers)?;
    let salt = base64(fields.next()?).ok_or(BadHash::Salt)?;
    let tag = base64(fields.next()?).ok_or(BadHash::Tag)?;
    fields.end()?;
    if length.is_some_and(|length| decimal(length).and_then(|length| usize::try_from(length).ok()) != Some(tag.len())) {
        return Err(BadHash::Tag);
    }
    PhcHash::pbkdf2(digest, iterations, salt, tag)
}

fn scrypt(
    is_firebase: bool,
    log_n: u32,
    block_size: u32,
    parallelism: u32,
    salt: Vec<u8>,
    tag: Vec<u8>,
) -> Result<PhcHash, BadHash> {
    lengths(&salt, &tag)?;
    let hash = ScryptHash { is_firebase, log_n, block_size, parallelism, salt, tag };
    Ok(PhcHash(Scheme::Scrypt(hash.checked()?)))
}

fn lengths(salt: &[u8], tag: &[u8]) -> Result<(), BadHash> {
    if !super::IMPORTED_SALT_BYTES.contains(&salt.len()) {
        return Err(BadHash::Salt);
    }
    if super::TAG_BYTES.contains(&tag.len()) { Ok(()) } else { Err(BadHash::Tag) }
}

fn log_of(n: u32) -> Result<u32, BadHash> {
    if n.is_power_of_two() { Ok(n.ilog2()) } else { Err(BadHash::Numbers) }
}

const LENIENTLY: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Base64 as other systems write it: padded or not, of the usual alphabet, the URL's, or passlib's with `.` for `+`.
///
/// None where it is none of them.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let usual: String = text
        .chars()
        .map(|char| match char {
            '-' | '.' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    GeneralPurpose::new(&STANDARD, LENIENTLY).decode(usual).ok()
}
