//! Random bytes: from the system in the program, from a seed in tests. No other file of ours asks for randomness.

#![expect(
    clippy::disallowed_methods,
    reason = "every other file is given its randomness by this one; without any there is nothing safe to do but end"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use countersign_domain::audit::Seed;
use countersign_domain::{EventId, Timestamp};
use uuid::{Builder, Uuid};

/// Where random bytes come from; cheap to clone, clones share the source.
///
/// Stories take one as they take `now`, so that a test that fails can be run again exactly.
#[derive(Clone, Debug)]
pub struct Random(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Seeded { seed: u64, blocks: Arc<AtomicU64> },
}

impl Random {
    /// The system's randomness, through aws-lc's generator.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// Bytes that follow from `seed` alone: SHA-256 over the seed and a counter. For tests; never for a secret.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded { seed, blocks: Arc::default() })
    }

    /// Fills `out`.
    ///
    /// Ends the process where the system has no randomness to give: every answer that could be made without it
    /// would be unsafe, and a caller that handled the error would be the only untested line of its file.
    pub fn fill(&self, out: &mut [u8]) {
        match &self.0 {
            Source::System => {
                if SystemRandom::new().fill(out).is_err() {
                    std::process::abort();
                }
            }
            Source::Seeded { seed, blocks } => {
                for chunk in out.chunks_mut(SHA256_OUTPUT_LEN) {
                    let block = seeded_block(*seed, blocks.fetch_add(1, Ordering::Relaxed));
                    chunk.iter_mut().zip(block).for_each(|(to, from)| *to = from);
                }
            }
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    /// A new id: a UUIDv7 (RFC 9562) of `now`, so that rows lie in the order in which they were made.
    pub fn id(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.micros().div_euclid(1000)).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// What makes an event of `now` its own.
    pub fn seed(&self, now: Timestamp) -> Seed {
        Seed { id: EventId::from_uuid(self.id(now)), salt: self.bytes() }
    }
}

fn seeded_block(seed: u64, number: u64) -> [u8; SHA256_OUTPUT_LEN] {
    let mut context = Context::new(&SHA256);
    context.update(b"countersign seeded random");
    context.update(&seed.to_be_bytes());
    context.update(&number.to_be_bytes());
    let mut block = [0; SHA256_OUTPUT_LEN];
    block.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    block
}

/// The generator that aws-lc's signing functions ask for in their signatures and then ignore: they use their own.
pub(crate) fn ignored_by_the_library() -> SystemRandom {
    SystemRandom::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_bytes_again() {
        let (one, two) = (Random::seeded(7), Random::seeded(7));
        assert_eq!(one.bytes::<100>(), two.bytes::<100>());
        assert_ne!(one.bytes::<16>(), Random::seeded(8).bytes::<16>());
        assert_ne!(one.bytes::<16>(), one.bytes::<16>(), "the stream moves on");
        assert_ne!(one.clone().bytes::<16>(), two.bytes::<16>(), "a clone shares the stream");
    }

    #[test]
    fn the_system_gives_other_bytes_every_time() {
        let random = Random::system();
        assert_ne!(random.bytes::<16>(), random.bytes::<16>());
        assert_ne!(random.bytes::<16>(), [0; 16]);
    }

    #[test]
    fn an_id_is_a_uuid_of_its_moment() {
        let random = Random::seeded(1);
        let now = Timestamp::from_micros(1_795_514_400_123_456);
        let id = random.id(now);
        assert_eq!(id.get_version_num(), 7);
        assert!(id.to_string().starts_with("01a20cff-7d7b-7"), "{id}");
        assert!(id < random.id(Timestamp::from_micros(now.micros() + 1000)));
        assert_eq!(random.id(Timestamp::from_micros(-1)).get_timestamp().map(|at| at.to_unix().0), Some(0));
    }
}
