use std::fmt;
use std::str::FromStr;

use countersign_domain::Secret;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::value::Text;

/// The address of a PostgreSQL database with the password in it.
#[derive(Clone, Debug)]
pub struct StoreUrl(Secret);

impl StoreUrl {
    /// The URL, for the store alone.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Text for StoreUrl {
    const SECRET: bool = true;
    const EXPECTED: &'static str = "a URL that begins with postgres:// or postgresql://";

    fn from_text(text: &str) -> Option<Self> {
        let known = text.starts_with("postgres://") || text.starts_with("postgresql://");
        let plain = !text.contains(|c: char| c.is_control() || c.is_whitespace());
        (known && plain).then(|| Self(Secret::new(text)))
    }

    fn to_text(&self) -> String {
        "[secret]".to_owned()
    }
}

/// The 32 bytes that seal every secret in the store.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// Takes the bytes over.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the seal alone.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// As a file holds it: 64 hexadecimal digits and the end of the line, wiped when dropped.
    pub(crate) fn to_hex(&self) -> Zeroizing<String> {
        let digit = |nibble: u8| char::from_digit(nibble.into(), 16);
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(digit);
        Zeroizing::new(digits.chain(['\n']).collect())
    }
}

impl FromStr for MasterKey {
    type Err = NotAMasterKey;

    fn from_str(text: &str) -> Result<Self, NotAMasterKey> {
        Self::from_text(text).ok_or(NotAMasterKey)
    }
}

/// A text that is no master key. It does not say which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 32 random bytes as 64 hexadecimal digits")]
pub struct NotAMasterKey;

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[master key]")
    }
}

impl Text for MasterKey {
    const SECRET: bool = true;
    const EXPECTED: &'static str = "32 random bytes as 64 hexadecimal digits";

    fn from_text(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (hex_digit(*high)? << 4) | hex_digit(*low)?;
        }
        // A key of one repeated byte was never drawn at random.
        let drawn = bytes.iter().any(|byte| Some(byte) != bytes.first());
        drawn.then_some(Self(bytes))
    }

    fn to_text(&self) -> String {
        "[secret]".to_owned()
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_key_is_64_hexadecimal_digits_that_look_drawn() {
        let good = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
        let key = MasterKey::from_text(good).unwrap();
        assert_eq!(key.expose().last(), Some(&0x1f));
        assert_eq!(*key.to_hex(), format!("{}\n", good.to_lowercase()));
        for bad in ["", &good[1..], &good.replace('0', "g"), &"00".repeat(32), &format!("{good}0"), &"é".repeat(32)] {
            assert!(MasterKey::from_text(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn no_secret_prints() {
        let url = StoreUrl::from_text("postgres://u:hunter2@h/d").unwrap();
        let key = MasterKey::new([7; 32]);
        let printed = format!("{url:?} {key:?} {} {}", url.to_text(), key.to_text());
        assert_eq!(printed, "StoreUrl([secret]) [master key] [secret] [secret]");
    }
}
