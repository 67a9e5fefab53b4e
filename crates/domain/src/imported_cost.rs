//! What verifying a hash that another system made may cost. Its parameters come from an import file, so they are capped
//! before anything is hashed: no verification takes longer than about a second, or more than 128 MiB. The times here are
//! of one core of the machine that `ARCHITECTURE.md` names.

use serde::{Deserialize, Serialize};

/// The cost of a hash of a scheme that we verify and never make. Argon2 of any kind has a
/// [`HashCost`](crate::HashCost).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ImportedCost {
    /// bcrypt, by the logarithm of its rounds.
    Bcrypt {
        /// The number between the second and the third `$`.
        cost: u32,
    },
    /// scrypt (RFC 7914), Firebase's too: the cipher at its end costs nothing beside it.
    Scrypt {
        /// The logarithm of N.
        log_n: u32,
        /// r: blocks of 128 bytes mixed at once.
        block_size: u32,
        /// p: runs, one after the other.
        parallelism: u32,
    },
    /// PBKDF2 (RFC 8018) with HMAC.
    Pbkdf2 {
        /// The hash inside.
        digest: Digest,
        /// Iterations.
        iterations: u32,
    },
    /// crypt(3)'s `$5$`.
    Sha256Crypt {
        /// Rounds.
        rounds: u32,
    },
    /// crypt(3)'s `$6$`.
    Sha512Crypt {
        /// Rounds.
        rounds: u32,
    },
}

/// A hash inside PBKDF2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Digest {
    /// 20 bytes.
    Sha1,
    /// 32 bytes.
    Sha256,
    /// 64 bytes.
    Sha512,
}

/// The dearest bcrypt. Each step doubles it; systems in use write 10 to 13, and 14 takes a second.
pub const BCRYPT_COST_MAX: u32 = 14;
/// bcrypt's own least.
const BCRYPT_COST_MIN: u32 = 4;

/// N × r × p of the dearest scrypt, N × r as a power of two: OWASP's choices (ln=17,r=8,p=1 and its equals) reach it.
/// A block has 128 bytes, so it takes 128 MiB at most, and 0.3 s.
pub const SCRYPT_BLOCKS_MAX: u64 = 1 << 20;

/// The most PBKDF2 iterations: above the 1,300,000 that OWASP asks of SHA-1, and Django's yearly growth for some years.
/// They take 0.9 s.
pub const PBKDF2_ITERATIONS_MAX: u32 = 2_000_000;
/// The most PBKDF2 iterations with SHA-512, which take twice as long each: above the 220,000 that OWASP asks for.
pub const PBKDF2_SHA512_ITERATIONS_MAX: u32 = 1_000_000;

/// The most rounds of sha-crypt; systems in use write 5,000 to 656,000. They take 0.6 s at most.
pub const SHA_CRYPT_ROUNDS_MAX: u32 = 1_000_000;
/// sha-crypt's own least.
const SHA_CRYPT_ROUNDS_MIN: u32 = 1_000;

/// Below these, costs are not told apart: they take a few milliseconds at most, less than our own hash.
const BCRYPT_CLASS_MIN: u32 = 6;
const ROUNDS_CLASS_MIN: u32 = 4_096;
const SCRYPT_LOG_N_CLASS_MIN: u32 = 10;
/// The r in which scrypt's classes are written; nearly every system writes this one.
const SCRYPT_BLOCK_SIZE: u32 = 8;

/// Why a hash of another system is not verified here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadImportedCost {
    /// Below what the scheme itself allows.
    #[error("is less than the scheme allows")]
    TooSmall,
    /// Above [`BCRYPT_COST_MAX`].
    #[error("must be at most {BCRYPT_COST_MAX} for bcrypt")]
    Bcrypt,
    /// Above [`SCRYPT_BLOCKS_MAX`].
    #[error("must be at most {SCRYPT_BLOCKS_MAX} for scrypt, as N times r times p")]
    Scrypt,
    /// Above [`PBKDF2_ITERATIONS_MAX`] or [`PBKDF2_SHA512_ITERATIONS_MAX`].
    #[error(
        "must be at most {PBKDF2_ITERATIONS_MAX} iterations for PBKDF2, {PBKDF2_SHA512_ITERATIONS_MAX} with SHA-512"
    )]
    Pbkdf2,
    /// Above [`SHA_CRYPT_ROUNDS_MAX`].
    #[error("must be at most {SHA_CRYPT_ROUNDS_MAX} rounds for sha-crypt")]
    ShaCrypt,
}

impl ImportedCost {
    /// Whether such a hash is verified here.
    ///
    /// # Errors
    /// [`BadImportedCost`] says on which side it is out of bounds.
    pub fn check(self) -> Result<(), BadImportedCost> {
        let (too_small, too_dear) = match self {
            Self::Bcrypt { cost } => {
                (cost < BCRYPT_COST_MIN, (cost > BCRYPT_COST_MAX).then_some(BadImportedCost::Bcrypt))
            }
            Self::Scrypt { log_n, block_size, parallelism } => (
                log_n == 0 || block_size == 0 || parallelism == 0,
                (self.work() > SCRYPT_BLOCKS_MAX).then_some(BadImportedCost::Scrypt),
            ),
            Self::Pbkdf2 { digest, iterations } => {
                (iterations == 0, (iterations > iterations_max(digest)).then_some(BadImportedCost::Pbkdf2))
            }
            Self::Sha256Crypt { rounds } | Self::Sha512Crypt { rounds } => {
                (rounds < SHA_CRYPT_ROUNDS_MIN, (rounds > SHA_CRYPT_ROUNDS_MAX).then_some(BadImportedCost::ShaCrypt))
            }
        };
        match too_dear {
            _ if too_small => Err(BadImportedCost::TooSmall),
            Some(too_dear) => Err(too_dear),
            None => Ok(()),
        }
    }

    /// The cost rounded up to one of some two hundred, so that few have to be measured: at most a quarter above, and for
    /// scrypt the next power of two of its memory.
    #[must_use]
    pub fn class(self) -> Self {
        match self {
            Self::Bcrypt { cost } => Self::Bcrypt { cost: cost.max(BCRYPT_CLASS_MIN) },
            Self::Scrypt { log_n, block_size, parallelism } => {
                let blocks = scrypt_blocks(log_n, block_size).div_ceil(u64::from(SCRYPT_BLOCK_SIZE));
                let log_n = blocks.checked_ilog2().unwrap_or(0).max(SCRYPT_LOG_N_CLASS_MIN);
                // Of a smaller memory than the least class, as many runs as fit: the parallelism of a tiny N is no limit.
                let dearest = SCRYPT_BLOCKS_MAX / scrypt_blocks(log_n, SCRYPT_BLOCK_SIZE).max(1);
                let parallelism = parallelism.min(u32::try_from(dearest).unwrap_or(u32::MAX)).max(1);
                Self::Scrypt { log_n, block_size: SCRYPT_BLOCK_SIZE, parallelism }
            }
            Self::Pbkdf2 { digest, iterations } => {
                Self::Pbkdf2 { digest, iterations: rounded_up(iterations).min(iterations_max(digest)) }
            }
            Self::Sha256Crypt { rounds } => Self::Sha256Crypt { rounds: rounded_up(rounds).min(SHA_CRYPT_ROUNDS_MAX) },
            Self::Sha512Crypt { rounds } => Self::Sha512Crypt { rounds: rounded_up(rounds).min(SHA_CRYPT_ROUNDS_MAX) },
        }
    }

    /// What its time follows, comparable between two costs of one scheme only.
    pub fn work(self) -> u64 {
        match self {
            Self::Bcrypt { cost } => 1_u64.checked_shl(cost).unwrap_or(u64::MAX),
            Self::Scrypt { log_n, block_size, parallelism } => {
                scrypt_blocks(log_n, block_size).saturating_mul(parallelism.into())
            }
            Self::Pbkdf2 { iterations, .. } => iterations.into(),
            Self::Sha256Crypt { rounds } | Self::Sha512Crypt { rounds } => rounds.into(),
        }
    }

    /// Whether both are of one scheme, so that the dearer of them stands for both.
    pub fn is_of_scheme_of(self, other: Self) -> bool {
        match (self, other) {
            (Self::Pbkdf2 { digest: one, .. }, Self::Pbkdf2 { digest: other, .. }) => one == other,
            _ => std::mem::discriminant(&self) == std::mem::discriminant(&other),
        }
    }
}

const fn iterations_max(digest: Digest) -> u32 {
    match digest {
        Digest::Sha1 | Digest::Sha256 => PBKDF2_ITERATIONS_MAX,
        Digest::Sha512 => PBKDF2_SHA512_ITERATIONS_MAX,
    }
}

/// N × r as a power of two: what one run keeps in memory, in blocks of 128 bytes.
fn scrypt_blocks(log_n: u32, block_size: u32) -> u64 {
    let n = 1_u64.checked_shl(log_n).unwrap_or(u64::MAX);
    n.saturating_mul(block_size.into()).checked_next_power_of_two().unwrap_or(u64::MAX)
}

/// To three binary digits.
fn rounded_up(rounds: u32) -> u32 {
    let rounds = rounds.max(ROUNDS_CLASS_MIN);
    let unit = 1 << rounds.ilog2().saturating_sub(2);
    rounds.div_ceil(unit).saturating_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn scrypt(log_n: u32, block_size: u32, parallelism: u32) -> ImportedCost {
        ImportedCost::Scrypt { log_n, block_size, parallelism }
    }

    const fn pbkdf2(iterations: u32) -> ImportedCost {
        ImportedCost::Pbkdf2 { digest: Digest::Sha256, iterations }
    }

    #[test]
    fn the_caps_hold_at_their_edges() {
        use BadImportedCost::{Bcrypt, Pbkdf2, Scrypt, ShaCrypt, TooSmall};
        for (cost, verdict) in [
            (ImportedCost::Bcrypt { cost: 3 }, Err(TooSmall)),
            (ImportedCost::Bcrypt { cost: 4 }, Ok(())),
            (ImportedCost::Bcrypt { cost: BCRYPT_COST_MAX }, Ok(())),
            (ImportedCost::Bcrypt { cost: BCRYPT_COST_MAX + 1 }, Err(Bcrypt)),
            (ImportedCost::Bcrypt { cost: u32::MAX }, Err(Bcrypt)),
            (scrypt(14, 8, 0), Err(TooSmall)),
            (scrypt(0, 8, 1), Err(TooSmall)),
            (scrypt(14, 8, 5), Ok(())),
            (scrypt(17, 8, 1), Ok(())),
            (scrypt(17, 8, 2), Err(Scrypt)),
            (scrypt(17, 9, 1), Err(Scrypt)),
            (scrypt(u32::MAX, u32::MAX, u32::MAX), Err(Scrypt)),
            (pbkdf2(0), Err(TooSmall)),
            (pbkdf2(1), Ok(())),
            (pbkdf2(PBKDF2_ITERATIONS_MAX), Ok(())),
            (pbkdf2(PBKDF2_ITERATIONS_MAX + 1), Err(Pbkdf2)),
            (ImportedCost::Pbkdf2 { digest: Digest::Sha512, iterations: PBKDF2_SHA512_ITERATIONS_MAX }, Ok(())),
            (
                ImportedCost::Pbkdf2 { digest: Digest::Sha512, iterations: PBKDF2_SHA512_ITERATIONS_MAX + 1 },
                Err(Pbkdf2),
            ),
            (ImportedCost::Sha256Crypt { rounds: 999 }, Err(TooSmall)),
            (ImportedCost::Sha512Crypt { rounds: SHA_CRYPT_ROUNDS_MAX }, Ok(())),
            (ImportedCost::Sha512Crypt { rounds: SHA_CRYPT_ROUNDS_MAX + 1 }, Err(ShaCrypt)),
        ] {
            assert_eq!(cost.check(), verdict, "{cost:?}");
        }
    }

    #[test]
    fn a_class_is_a_little_above_and_a_class_of_itself() {
        for (cost, class) in [
            (pbkdf2(1), pbkdf2(4_096)),
            (pbkdf2(4_097), pbkdf2(5_120)),
            (pbkdf2(600_000), pbkdf2(655_360)),
            (pbkdf2(PBKDF2_ITERATIONS_MAX), pbkdf2(PBKDF2_ITERATIONS_MAX)),
            (ImportedCost::Bcrypt { cost: 4 }, ImportedCost::Bcrypt { cost: 6 }),
            (ImportedCost::Bcrypt { cost: 12 }, ImportedCost::Bcrypt { cost: 12 }),
            (ImportedCost::Sha512Crypt { rounds: 5_000 }, ImportedCost::Sha512Crypt { rounds: 5_120 }),
            (scrypt(14, 8, 1), scrypt(14, 8, 1)),
            (scrypt(14, 9, 3), scrypt(15, 8, 3)),
            (scrypt(16, 1, 1), scrypt(13, 8, 1)),
            (scrypt(1, 1, 1_000), scrypt(10, 8, 128)),
        ] {
            assert_eq!(cost.class(), class, "{cost:?}");
            assert_eq!(class.class(), class);
            assert_eq!(class.check(), Ok(()), "{class:?}");
        }
    }

    #[test]
    fn every_cost_within_the_caps_has_a_class_within_them_that_is_no_cheaper() {
        for log_n in 1..=20 {
            for block_size in 1..=40 {
                for parallelism in [1, 2, 3, 7, 16, 500] {
                    let cost = scrypt(log_n, block_size, parallelism);
                    if cost.check().is_ok() {
                        let class = cost.class();
                        assert_eq!(class.check(), Ok(()), "{cost:?}");
                        assert!(class.work() >= cost.work(), "{cost:?} {class:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn it_has_one_text() {
        for (cost, text) in [
            (ImportedCost::Bcrypt { cost: 12 }, r#"{"scheme":"bcrypt","cost":12}"#),
            (pbkdf2(4_096), r#"{"scheme":"pbkdf2","digest":"sha256","iterations":4096}"#),
            (ImportedCost::Sha256Crypt { rounds: 5_120 }, r#"{"scheme":"sha256-crypt","rounds":5120}"#),
            (scrypt(14, 8, 1), r#"{"scheme":"scrypt","log_n":14,"block_size":8,"parallelism":1}"#),
        ] {
            assert_eq!(serde_json::to_string(&cost).unwrap(), text);
            assert_eq!(serde_json::from_str::<ImportedCost>(text).unwrap(), cost);
        }
        assert!(serde_json::from_str::<ImportedCost>(r#"{"scheme":"bcrypt","cost":12,"x":1}"#).is_err());
    }

    #[test]
    fn digests_are_schemes_of_their_own() {
        let sha1 = ImportedCost::Pbkdf2 { digest: Digest::Sha1, iterations: 1 };
        assert!(!sha1.is_of_scheme_of(pbkdf2(1)) && pbkdf2(2).is_of_scheme_of(pbkdf2(1)));
        assert!(!scrypt(14, 8, 1).is_of_scheme_of(pbkdf2(1)));
    }
}
