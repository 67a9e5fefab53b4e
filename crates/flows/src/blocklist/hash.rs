use std::str::FromStr;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use countersign_domain::UnknownName;
use md4::{Digest, Md4};

/// What the entries of a list are hashes by. Neither protects a password any more, and neither has to: the list is
/// public, and so is whatever is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashKind {
    /// SHA-1 over UTF-8.
    Sha1,
    /// MD4 over UTF-16LE, as Windows keeps passwords.
    Ntlm,
}

impl HashKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sha1, Self::Ntlm];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Ntlm => "ntlm",
        }
    }

    /// How many hexadecimal digits a hash has.
    pub const fn digits(self) -> usize {
        match self {
            Self::Sha1 => 40,
            Self::Ntlm => 32,
        }
    }

    /// The number in a file.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Sha1 => 1,
            Self::Ntlm => 2,
        }
    }

    /// What a password is looked up by: the first 64 bits of its hash. Two of a billion entries share them in one list
    /// of thirty-seven, and both are found all the same.
    pub(super) fn key(self, password: &[u8]) -> u64 {
        match self {
            Self::Sha1 => first(digest(&SHA1_FOR_LEGACY_USE_ONLY, password).as_ref()),
            Self::Ntlm => {
                let mut md4 = Md4::new();
                // A file of the operator's may hold what is no UTF-8; nobody can type it either.
                for chunk in password.utf8_chunks() {
                    chunk.valid().encode_utf16().for_each(|unit| md4.update(unit.to_le_bytes()));
                }
                first(&md4.finalize())
            }
        }
    }
}

impl FromStr for HashKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownName)
    }
}

fn first(hash: &[u8]) -> u64 {
    hash.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_heads_of_the_published_hashes() {
        for (kind, password, hash) in [
            (HashKind::Sha1, "password", 0x5baa_61e4_c9b9_3f3f),
            (HashKind::Sha1, "", 0xda39_a3ee_5e6b_4b0d),
            (HashKind::Ntlm, "password", 0x8846_f7ea_ee8f_b117),
            (HashKind::Ntlm, "", 0x31d6_cfe0_d16a_e931),
        ] {
            assert_eq!(kind.key(password.as_bytes()), hash, "{password:?} {kind:?}");
        }
        assert_ne!(HashKind::Ntlm.key("ñ🦀".as_bytes()), HashKind::Ntlm.key("n🦀".as_bytes()));
    }
}
