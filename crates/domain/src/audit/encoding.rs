use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A SHA-256 digest: a commitment, a leaf, a root or the hash of a seal. Its text is Base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// What stands where there is no seal before: in front of number 1.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut out = [0; 32];
        out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
        Self(out)
    }

    /// Takes a digest that was stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl FromStr for Sha256 {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAHash)?;
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

/// A text that is no Base64url form of 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 hash in Base64url: 43 characters are wanted")]
pub struct NotAHash;

/// Writes fields so that two different lists of fields never give the same bytes: every field is of fixed width or
/// carries its length, an absent one differs from an empty one, and the purpose stands in front.
pub(super) struct Encoder(Vec<u8>);

impl Encoder {
    /// `purpose` keeps a leaf from ever being read as a seal, or one version as another.
    pub(super) fn new(purpose: &'static str) -> Self {
        let mut encoder = Self(Vec::with_capacity(256));
        encoder.put(purpose.as_bytes());
        encoder
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        // A field longer than 4 GiB cannot stand in a row or a line; saturating keeps this total.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn put_number(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    pub(super) fn put_optional(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            None => self.0.push(0),
            Some(bytes) => {
                self.0.push(1);
                self.put(bytes);
            }
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha_256() {
        // FIPS 180-2, appendix B.1.
        let abc = Sha256::of(b"abc");
        assert_eq!(&abc.as_bytes()[..4], &[0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(abc.to_string().parse(), Ok(abc));
        assert_eq!("".parse::<Sha256>(), Err(NotAHash));
        assert_eq!(format!("{abc}=").parse::<Sha256>(), Err(NotAHash));
    }

    #[test]
    fn different_fields_never_encode_alike() {
        let encode = |fields: &[Option<&[u8]>]| {
            let mut encoder = Encoder::new("test");
            fields.iter().for_each(|field| encoder.put_optional(*field));
            encoder.finish()
        };
        let all = [
            encode(&[Some(b"ab"), Some(b"c")]),
            encode(&[Some(b"a"), Some(b"bc")]),
            encode(&[Some(b"abc"), None]),
            encode(&[None, Some(b"abc")]),
            encode(&[Some(b"abc"), Some(b"")]),
        ];
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                assert_ne!(a, b);
            }
        }
    }
}
