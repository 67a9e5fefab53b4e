use aws_lc_rs::digest::{SHA512, digest};
use countersign_domain::BadCost;

use super::engine::{Engine, Input, Library};
use super::params::Params;
use super::phc::{Kind, Version};
use super::{HashFault, StartFault};

/// The library to hash with: `wanted` if it proves itself, else `argon2`, else none.
///
/// `argon2-rust` is young and vectorised by hand for each processor, so it must give RFC 9106's vector and agree with
/// `argon2` on inputs that nobody could have prepared for (`seed`: random bytes), at several sizes and at the memory
/// that will be used, on the very processor that will hash. Takes about 25 ms.
pub(super) fn choose(wanted: Library, seed: &[u8], usual: Params) -> Result<Library, StartFault> {
    let mut yardstick = Engine::new(Library::Argon2);
    let yardstick = &mut |input: &Input<'_>, tag: &mut [u8]| yardstick.tag(input, tag);
    if !gives_the_vector(yardstick) {
        return Err(StartFault::SelfTest);
    }
    if wanted == Library::Argon2 {
        return Ok(wanted);
    }
    let mut fast = Engine::new(Library::Argon2Rust);
    let fast = &mut |input: &Input<'_>, tag: &mut [u8]| fast.tag(input, tag);
    Ok(judge(fast, yardstick, seed, usual))
}

type Tagger<'a> = &'a mut dyn FnMut(&Input<'_>, &mut [u8]) -> Result<(), HashFault>;

fn judge(fast: Tagger<'_>, yardstick: Tagger<'_>, seed: &[u8], usual: Params) -> Library {
    if gives_the_vector(fast) && agree(fast, yardstick, seed, usual).unwrap_or(false) {
        return Library::Argon2Rust;
    }
    tracing::warn!("argon2-rust failed its self-test on this machine; hashing with argon2, at about half the speed");
    Library::Argon2
}

/// RFC 9106 section 5.3.
const VECTOR_TAG: [u8; 32] = [
    0x0d, 0x64, 0x0d, 0xf5, 0x8d, 0x78, 0x76, 0x6c, 0x08, 0xc0, 0x37, 0xa3, 0x4a, 0x8b, 0x53, 0xc9, 0xd0, 0x1e, 0xf0,
    0x45, 0x2d, 0x75, 0xb6, 0x5e, 0xb5, 0x25, 0x20, 0xe9, 0x6b, 0x01, 0xe6, 0x59,
];

fn gives_the_vector(tagger: Tagger<'_>) -> bool {
    let Ok(params) = Params::new(32, 3, 4) else {
        return false;
    };
    let (kind, version) = (Kind::Id, Version::V19);
    let input = Input { kind, version, params, password: &[1; 32], salt: &[2; 16], secret: &[3; 8], data: &[4; 12] };
    let mut tag = [0; 32];
    tagger(&input, &mut tag).is_ok() && tag == VECTOR_TAG
}

/// Sizes below and above a huge page, odd lane counts, one to four passes; then the memory in use, one pass.
const SIZES: [(u32, u32, u32); 6] = [(8, 1, 1), (19, 4, 2), (257, 3, 1), (1024, 2, 3), (2049, 1, 4), (3072, 2, 1)];

fn agree(fast: Tagger<'_>, yardstick: Tagger<'_>, seed: &[u8], usual: Params) -> Result<bool, BadCost> {
    let usual = (usual.memory_kib(), 1, usual.parallelism());
    for (turn, (memory_kib, passes, lanes)) in (0_u8..).zip(SIZES.into_iter().chain([usual])) {
        let noise = digest(&SHA512, &[seed, &[turn]].concat());
        let (password, rest) = noise.as_ref().split_at(usize::from(turn) * 5 + 1);
        let (salt, secret) = rest.split_at(16);
        let params = Params::new(memory_kib, passes, lanes)?;
        let (kind, version) = (Kind::Id, Version::V19);
        let input = Input { kind, version, params, password, salt, secret, data: &[] };
        let (mut one, mut other) = ([0; 32], [1; 32]);
        if fast(&input, &mut one).is_err() || yardstick(&input, &mut other).is_err() || one != other {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Params {
        Params::new(4096, 2, 1).unwrap()
    }

    #[test]
    fn both_libraries_pass_here() {
        for library in [Library::Argon2Rust, Library::Argon2] {
            assert_eq!(choose(library, b"seed", usual()), Ok(library));
        }
    }

    #[test]
    fn a_library_that_errs_at_any_size_is_set_aside() {
        let cases = SIZES.len() + 1;
        for bad in 0..=cases {
            let mut calls = 0;
            let mut engine = Engine::new(Library::Argon2Rust);
            let mut lying = |input: &Input<'_>, tag: &mut [u8]| {
                engine.tag(input, tag)?;
                if calls == bad {
                    tag[31] ^= 1;
                }
                calls += 1;
                Ok(())
            };
            let mut yardstick = Engine::new(Library::Argon2);
            let yardstick = &mut |input: &Input<'_>, tag: &mut [u8]| yardstick.tag(input, tag);
            assert_eq!(judge(&mut lying, yardstick, b"seed", usual()), Library::Argon2, "call {bad}");
        }
    }

    #[test]
    fn a_library_that_fails_is_set_aside() {
        let mut broken = |_: &Input<'_>, _: &mut [u8]| Err(HashFault::Library);
        let mut yardstick = Engine::new(Library::Argon2);
        let yardstick = &mut |input: &Input<'_>, tag: &mut [u8]| yardstick.tag(input, tag);
        assert_eq!(judge(&mut broken, yardstick, b"seed", usual()), Library::Argon2);
        assert!(!gives_the_vector(&mut broken));
    }
}
