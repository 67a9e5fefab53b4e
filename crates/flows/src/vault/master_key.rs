use std::fmt;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use countersign_domain::Secret;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::mac::{MAC_BYTES, mac};
use crate::random::Random;

/// The bytes of a master key.
pub const MASTER_KEY_BYTES: usize = 32;

/// The one secret that an operator keeps: it seals all others and does nothing else.
///
/// It is never used as it is; what it seals with and what it is recognised by are derived from it (HKDF-Expand,
/// RFC 5869), so that neither tells anything about the other.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; MASTER_KEY_BYTES]);

/// Why a text was not taken as a master key. It never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAMasterKey {
    /// It is not 32 bytes in hex or Base64.
    #[error("a master key is 32 random bytes, written as 64 hex digits or as Base64")]
    Shape,
    /// All its bytes are the same: a placeholder that was never replaced.
    #[error("this master key is a placeholder; make one of 32 random bytes")]
    Placeholder,
}

impl MasterKey {
    /// Makes a new one.
    pub fn generate(random: &Random) -> Self {
        Self(random.bytes())
    }

    /// Reads one from an environment variable or a file: 64 hex digits, or Base64 of either alphabet, with or
    /// without padding. White space around it is left off.
    ///
    /// # Errors
    /// Where the text is no such thing.
    pub fn from_text(text: &str) -> Result<Self, NotAMasterKey> {
        let text = text.trim_ascii();
        let bytes = from_hex(text).or_else(|| from_base64(text)).ok_or(NotAMasterKey::Shape)?;
        let first = bytes.first();
        if bytes.iter().all(|byte| Some(byte) == first) {
            return Err(NotAMasterKey::Placeholder);
        }
        Ok(Self(*bytes))
    }

    /// The key as 64 hex digits, for the file in which the sandbox keeps its own.
    pub fn to_text(&self) -> Secret {
        Secret::new(hex(&self.0))
    }

    /// Eight hex digits by which people tell which key this is; they give nothing away about it.
    pub fn key_check(&self) -> String {
        hex(self.derive(b"countersign master key check").get(..4).unwrap_or_default())
    }

    /// HKDF-Expand to 32 bytes with this key as the pseudo-random key.
    pub(super) fn derive(&self, info: &[u8]) -> Zeroizing<[u8; MAC_BYTES]> {
        Zeroizing::new(mac(&self.0, &[info, &[1]]))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.key_check())
    }
}

type KeyBytes = Zeroizing<[u8; MASTER_KEY_BYTES]>;

fn from_hex(text: &str) -> Option<KeyBytes> {
    if text.len() != MASTER_KEY_BYTES * 2 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut out = KeyBytes::default();
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(out)
}

fn from_base64(text: &str) -> Option<KeyBytes> {
    let alphabets = [BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD];
    let decoded = alphabets.iter().find_map(|alphabet| alphabet.decode(text).ok()).map(Zeroizing::new)?;
    let mut out = KeyBytes::default();
    if decoded.len() != out.len() {
        return None;
    }
    out.copy_from_slice(&decoded);
    Some(out)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hkdf::{HKDF_SHA256, Prk};

    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";

    #[test]
    fn a_key_is_read_in_every_spelling() {
        let expected = MasterKey::from_text(HEX).unwrap();
        for text in [
            &format!("  {}\n", HEX.to_uppercase()),
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=\r\n",
        ] {
            assert_eq!(MasterKey::from_text(text).unwrap().0, expected.0, "{text}");
        }
        assert_eq!(expected.to_text().expose(), HEX);
        let url_safe = MasterKey::from_text("__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA").unwrap();
        let standard = MasterKey::from_text("//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=").unwrap();
        assert_eq!(url_safe.0, standard.0);
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        let long = format!("{HEX}00");
        for text in ["", "secret", "AAEC", &HEX[..63], &long, &HEX.replace('f', "g"), "+0010203", "äöü"] {
            let refused = MasterKey::from_text(text).unwrap_err();
            assert_eq!(refused, NotAMasterKey::Shape, "{text}");
            assert!(text.is_empty() || !refused.to_string().contains(text));
        }
        assert_eq!(MasterKey::from_text(&"0".repeat(64)).unwrap_err(), NotAMasterKey::Placeholder);
        assert_eq!(MasterKey::from_text(&"ff".repeat(32)).unwrap_err(), NotAMasterKey::Placeholder);
    }

    #[test]
    fn a_key_prints_only_its_check() {
        let key = MasterKey::from_text(HEX).unwrap();
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", key.key_check()));
        assert_eq!(key.key_check().len(), 8);
        assert!(!HEX.contains(&key.key_check()));
        assert_ne!(key.key_check(), MasterKey::generate(&Random::seeded(1)).key_check());
    }

    #[test]
    fn derivation_is_hkdf_expand() {
        let key = MasterKey::from_text(HEX).unwrap();
        let mut expected = [0; 32];
        let okm_of = Prk::new_less_safe(HKDF_SHA256, &key.0);
        okm_of.expand(&[b"some purpose"], HKDF_SHA256).unwrap().fill(&mut expected).unwrap();
        assert_eq!(*key.derive(b"some purpose"), expected);
    }
}
