use std::fmt;

use countersign_domain::{Digest, ImportedCost};

use super::params::Params;

/// What verifying a stored hash costs, as steps are kept by it: Argon2's own parameters, and for the schemes of other
/// systems the class that theirs fall into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cost {
    /// Argon2, of any kind and version.
    Argon2(Params),
    /// A scheme that is verified and never made; always a class of itself.
    Imported(ImportedCost),
}

impl From<Params> for Cost {
    fn from(params: Params) -> Self {
        Self::Argon2(params)
    }
}

impl From<ImportedCost> for Cost {
    fn from(cost: ImportedCost) -> Self {
        Self::Imported(cost.class())
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argon2(params) => write!(f, "argon2 {params}"),
            Self::Imported(ImportedCost::Bcrypt { cost }) => write!(f, "bcrypt {cost}"),
            Self::Imported(ImportedCost::Scrypt { log_n, block_size, parallelism }) => {
                write!(f, "scrypt ln={log_n},r={block_size},p={parallelism}")
            }
            Self::Imported(ImportedCost::Pbkdf2 { digest, iterations }) => {
                write!(f, "pbkdf2-{} i={iterations}", name(*digest))
            }
            Self::Imported(ImportedCost::Sha256Crypt { rounds }) => write!(f, "sha256-crypt {rounds}"),
            Self::Imported(ImportedCost::Sha512Crypt { rounds }) => write!(f, "sha512-crypt {rounds}"),
        }
    }
}

/// A digest as PHC identifiers name it.
pub(super) const fn name(digest: Digest) -> &'static str {
    match digest {
        Digest::Sha1 => "sha1",
        Digest::Sha256 => "sha256",
        Digest::Sha512 => "sha512",
    }
}
