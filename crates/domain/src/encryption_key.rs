//! A tenant's encryption key: what the encrypted fields of requests are encrypted under. It never signs, and a signing
//! key never decrypts.

use crate::{KeyId, TenantId, Timestamp};

/// What the key is for, as JWA names it (RFC 7518 section 4.3): RSAES-OAEP with SHA-256 and an empty label. Both MGF1
/// with SHA-256 and MGF1 with SHA-1 are taken.
pub const ENCRYPTION_ALGORITHM: &str = "RSA-OAEP-256";

/// The modulus of an encryption key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EncryptionKeySize {
    /// 2048 bits: what every client knows. A field holds at most 190 bytes.
    #[default]
    Bits2048,
    /// 3072 bits, for policies that ask for 128 bits of strength (NIST SP 800-57). A field holds at most 318 bytes.
    Bits3072,
}

impl EncryptionKeySize {
    /// Every one that can be chosen.
    pub const ALL: [Self; 2] = [Self::Bits2048, Self::Bits3072];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bits2048 => "2048",
            Self::Bits3072 => "3072",
        }
    }

    /// The bits of the modulus.
    pub const fn bits(self) -> u16 {
        match self {
            Self::Bits2048 => 2048,
            Self::Bits3072 => 3072,
        }
    }

    /// The bytes of the modulus, and so of what is encrypted.
    pub const fn bytes(self) -> usize {
        self.bits() as usize / 8
    }

    /// The size of so many bits; none for a size that no key of ours has.
    pub fn of_bits(bits: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|size| i64::from(size.bits()) == bits)
    }
}

/// One encryption key of a tenant, as the store keeps it. The newest is in use, all others are retired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionKeyRecord {
    /// The tenant whose requests it opens.
    pub tenant: TenantId,
    /// Names the key, and binds the sealed private half to its row.
    pub id: KeyId,
    /// Its modulus.
    pub size: EncryptionKeySize,
    /// The public half, the DER of a `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
    pub public: Vec<u8>,
    /// The private half, PKCS #8, sealed under the master key. Gone when the key retires: what somebody recorded can be
    /// opened by nobody any more.
    pub sealed_private: Option<Vec<u8>>,
    /// When it came into use.
    pub created_at: Timestamp,
    /// When another took its place.
    pub retired_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_one_of_ours() {
        for size in EncryptionKeySize::ALL {
            assert_eq!(EncryptionKeySize::of_bits(size.bits().into()), Some(size));
            assert_eq!(size.name(), size.bits().to_string());
        }
        for bits in [0, -2048, 512, 1024, 2047, 4096, i64::MAX] {
            assert_eq!(EncryptionKeySize::of_bits(bits), None, "{bits}");
        }
        assert_eq!(EncryptionKeySize::ALL.map(EncryptionKeySize::bytes), [256, 384]);
    }
}
