use std::fmt;
use std::hint::black_box;

use argon2::Block;
use argon2_rust::params::{Memory, TagLen};

use super::HashFault;
use super::arena::Arena;
use super::params::Params;
use super::phc::{Kind, Version};

/// Which crate hashes. Both write the same tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Library {
    /// `argon2-rust`: nearly twice as fast, young, held by the self-test at start.
    #[default]
    Argon2Rust,
    /// `argon2`, of RustCrypto: the fallback, and the yardstick of the self-test.
    Argon2,
}

impl fmt::Display for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Argon2Rust => "argon2-rust",
            Self::Argon2 => "argon2",
        })
    }
}

/// Everything that an Argon2 tag is made of but its length (RFC 9106 section 3.1).
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) kind: Kind,
    pub(super) version: Version,
    pub(super) params: Params,
    pub(super) password: &'a [u8],
    pub(super) salt: &'a [u8],
    /// RFC 9106's secret value K; only its test vector has one.
    pub(super) secret: &'a [u8],
    /// RFC 9106's associated data X, which only the self-test uses; at most 32 bytes.
    pub(super) data: &'a [u8],
}

/// The most memory that a thread keeps between hashes. A rare dear hash, an import say, maps its own and gives it back
/// at once; otherwise the first one would stay with every thread until the service is idle.
pub(super) const KEPT_KIB_MAX: usize = 64 * 1024;

/// One thread's means of hashing: a library and the memory kept for it, which is wiped after every hash.
pub(super) enum Engine {
    Argon2Rust(argon2_rust::Hasher),
    Argon2(Option<Arena>),
}

impl Engine {
    /// Holds no memory until its first hash.
    pub(super) fn new(library: Library) -> Self {
        match library {
            Library::Argon2Rust => Self::Argon2Rust(
                argon2_rust::Argon2::new(
                    argon2_rust::Algorithm::Argon2id,
                    argon2_rust::Version::V0x13,
                    argon2_rust::Params::DEFAULT,
                )
                .hasher(),
            ),
            Library::Argon2 => Self::Argon2(None),
        }
    }

    /// Fills `tag` (4 bytes or more) with the Argon2 tag of `input`.
    pub(super) fn tag(&mut self, input: &Input<'_>, tag: &mut [u8]) -> Result<(), HashFault> {
        let made = match self {
            Self::Argon2Rust(hasher) => tag_by_argon2_rust(hasher, input, tag),
            Self::Argon2(arena) => tag_by_argon2(arena, input, tag),
        };
        if self.kept_kib() > KEPT_KIB_MAX {
            self.give_back();
        }
        made
    }

    /// Gives the kept memory back to the system.
    pub(super) fn give_back(&mut self) {
        match self {
            Self::Argon2Rust(hasher) => hasher.clear(),
            Self::Argon2(arena) => *arena = None,
        }
    }

    /// How much memory is kept, in KiB.
    pub(super) fn kept_kib(&self) -> usize {
        match self {
            Self::Argon2Rust(hasher) => hasher.reserved_blocks(),
            Self::Argon2(arena) => arena.as_ref().map_or(0, Arena::count),
        }
    }
}

fn tag_by_argon2_rust(hasher: &mut argon2_rust::Hasher, input: &Input<'_>, tag: &mut [u8]) -> Result<(), HashFault> {
    let params = argon2_rust::Params::builder()
        .memory(Memory::kib(input.params.memory_kib().into()))
        .passes(input.params.iterations())
        .lanes(input.params.parallelism())
        .threads(1)
        .tag_len(TagLen::bytes(tag.len() as u64))
        .build()
        .map_err(fault_of_argon2_rust)?;
    let algorithm = match input.kind {
        Kind::Id => argon2_rust::Algorithm::Argon2id,
        Kind::I => argon2_rust::Algorithm::Argon2i,
    };
    let version = match input.version {
        Version::V19 => argon2_rust::Version::V0x13,
        Version::V16 => argon2_rust::Version::V0x10,
    };
    hasher.set_argon2(argon2_rust::Argon2::new(algorithm, version, params));
    hasher.hash_into_with_ad(input.password, input.salt, input.secret, input.data, tag).map_err(fault_of_argon2_rust)
}

fn fault_of_argon2_rust(error: argon2_rust::Error) -> HashFault {
    match error {
        argon2_rust::Error::MemoryAllocationError => HashFault::Memory,
        _ => HashFault::Library,
    }
}

fn tag_by_argon2(kept: &mut Option<Arena>, input: &Input<'_>, tag: &mut [u8]) -> Result<(), HashFault> {
    let params = argon2::ParamsBuilder::new()
        .m_cost(input.params.memory_kib())
        .t_cost(input.params.iterations())
        .p_cost(input.params.parallelism())
        .data(argon2::AssociatedData::new(input.data).map_err(|_| HashFault::Library)?)
        .output_len(tag.len())
        .build()
        .map_err(|_| HashFault::Library)?;
    let count = params.block_count();
    let algorithm = match input.kind {
        Kind::Id => argon2::Algorithm::Argon2id,
        Kind::I => argon2::Algorithm::Argon2i,
    };
    let version = match input.version {
        Version::V19 => argon2::Version::V0x13,
        Version::V16 => argon2::Version::V0x10,
    };
    let argon2 = argon2::Argon2::new_with_secret(input.secret, algorithm, version, params);
    let argon2 = argon2.map_err(|_| HashFault::Library)?;

    if kept.as_ref().is_none_or(|arena| arena.count() < count) {
        *kept = None; // first, so that both are never resident at once
        *kept = Arena::map(count);
    }
    let blocks = kept.as_mut().and_then(|arena| arena.blocks().get_mut(..count));
    let blocks = blocks.ok_or(HashFault::Memory)?;
    let made = argon2.hash_password_into_with_memory(input.password, input.salt, tag, &mut *blocks);
    blocks.fill(Block::new());
    black_box(blocks); // or the compiler might find that nobody reads the zeros
    made.map_err(|_| HashFault::Library)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both() -> [Engine; 2] {
        [Library::Argon2Rust, Library::Argon2].map(Engine::new)
    }

    fn input(params: Params) -> Input<'static> {
        let (kind, version) = (Kind::Id, Version::V19);
        Input {
            kind,
            version,
            params,
            password: b"Password@1",
            salt: b"sixteen bytes ok",
            secret: b"secret",
            data: b"",
        }
    }

    #[test]
    fn memory_is_kept_between_hashes_and_given_back() {
        for mut engine in both() {
            assert_eq!(engine.kept_kib(), 0);
            for kib in [64, 512, 64] {
                engine.tag(&input(Params::new(kib, 1, 1).unwrap()), &mut [0; 32]).unwrap();
            }
            assert_eq!(engine.kept_kib(), 512);
            engine.give_back();
            assert_eq!(engine.kept_kib(), 0);
        }
    }

    /// Resident memory of the process in KiB, from the kernel (proc(5)).
    fn resident_kib() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Other tests hash meanwhile, so each library has a few tries.
    #[test]
    fn what_is_given_back_is_the_systems_again() {
        let kib = KEPT_KIB_MAX - 1024;
        for mut engine in both() {
            let gave_back = (0..20).any(|_| {
                engine.tag(&input(Params::new(u32::try_from(kib).unwrap(), 1, 1).unwrap()), &mut [0; 32]).unwrap();
                let before = resident_kib();
                engine.give_back();
                let fell = before.saturating_sub(resident_kib());
                fell > kib * 9 / 10 && fell < kib * 11 / 10
            });
            assert!(gave_back);
        }
    }

    #[test]
    fn a_rare_dear_hash_leaves_no_memory_behind() {
        for mut engine in both() {
            let dear = Params::new(u32::try_from(KEPT_KIB_MAX).unwrap() + 1024, 1, 1).unwrap();
            engine.tag(&input(dear), &mut [0; 32]).unwrap();
            assert_eq!(engine.kept_kib(), 0);
        }
    }

    #[test]
    fn memory_is_wiped_after_a_hash() {
        let mut engine = Engine::new(Library::Argon2);
        engine.tag(&input(Params::new(64, 1, 1).unwrap()), &mut [0; 32]).unwrap();
        let Engine::Argon2(Some(arena)) = &mut engine else { panic!("no memory kept") };
        assert!(arena.blocks().iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// At many sizes, with memory that an earlier hash of another size has used.
        #[test]
        fn the_two_libraries_agree(
            lanes in 1_u32..=5, per_lane in 8_u32..=500, passes in 1_u32..=4, tag_bytes in 16_usize..=64,
            password in prop::collection::vec(any::<u8>(), 0..=300), salt in prop::collection::vec(any::<u8>(), 8..=64),
            secret in prop::collection::vec(any::<u8>(), 0..=64), data in prop::collection::vec(any::<u8>(), 0..=32),
            kind in prop::sample::select(vec![Kind::Id, Kind::I]),
            version in prop::sample::select(vec![Version::V19, Version::V16]),
        ) {
            let params = Params::new(lanes * per_lane, passes, lanes).unwrap();
            let input = Input { kind, version, params, password: &password, salt: &salt, secret: &secret, data: &data };
            let tags = both().map(|mut engine| {
                engine.tag(&self::input(Params::new(300, 1, 1).unwrap()), &mut [0; 32]).unwrap();
                let mut tag = vec![0; tag_bytes];
                engine.tag(&input, &mut tag).unwrap();
                tag
            });
            prop_assert_eq!(&tags[0], &tags[1]);
        }
    }
}
