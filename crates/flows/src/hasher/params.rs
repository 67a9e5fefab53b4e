use std::fmt;
use std::str::FromStr;

/// What one Argon2id hash costs: memory, passes over it, and lanes (RFC 9106 section 3.1).
///
/// A value of this type is within Argon2's own bounds and within the caps below, so no row, import or setting can
/// ask a hash thread for more than a known amount of work. Its text is the PHC one, `m=19456,t=2,p=1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Params {
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
}

/// The most memory one hash may take. Each hash thread maps that much: four times the 64 MiB that other systems
/// choose (RFC 9106's second recommendation), and the most that a machine with a gigabyte survives on two threads.
pub const MEMORY_KIB_MAX: u32 = 256 * 1024;

/// The most passes; imports from low-memory settings reach ten.
pub const ITERATIONS_MAX: u32 = 16;

/// The most lanes; some systems write twice the cores of the machine that hashed. They cost nothing here, a thread
/// fills them one after the other.
pub const PARALLELISM_MAX: u32 = 128;

/// The most memory × passes: 1 GiB, about a quarter of a second, so that one job never holds a thread for long.
pub const WORK_KIB_MAX: u64 = 1024 * 1024;

/// The least memory for a hash we make (OWASP password storage: its cheapest Argon2id choice, m=7168,t=5,p=1).
pub const FLOOR_MEMORY_KIB: u32 = 7 * 1024;

/// The least memory × passes for a hash we make; all of OWASP's equivalent choices reach it.
pub const FLOOR_WORK_KIB: u64 = 35 * 1024;

/// Argon2 wants eight blocks of 1 KiB a lane (RFC 9106 section 3.1).
const MEMORY_KIB_PER_LANE_MIN: u64 = 8;

impl Params {
    /// m = 19456 KiB, t = 2, p = 1: OWASP's first choice, 9 ms here.
    pub const DEFAULT: Self = Self { memory_kib: 19_456, iterations: 2, parallelism: 1 };

    /// Memory in KiB, passes, lanes; refused outside Argon2's bounds or above the caps of this file.
    ///
    /// The floor is not asked here: a stored hash below it must still verify, to be replaced. See [`Self::for_new`].
    pub fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, BadParams> {
        let params = Self { memory_kib, iterations, parallelism };
        let lanes_kib = u64::from(parallelism).saturating_mul(MEMORY_KIB_PER_LANE_MIN);
        if iterations == 0 || parallelism == 0 || u64::from(memory_kib) < lanes_kib {
            return Err(BadParams::TooSmall);
        }
        let capped = memory_kib <= MEMORY_KIB_MAX
            && iterations <= ITERATIONS_MAX
            && parallelism <= PARALLELISM_MAX
            && params.work_kib() <= WORK_KIB_MAX;
        if capped { Ok(params) } else { Err(BadParams::TooDear) }
    }

    /// The same parameters if a new hash may be made with them, else [`BadParams::BelowFloor`].
    pub fn for_new(self) -> Result<Self, BadParams> {
        if self.memory_kib < FLOOR_MEMORY_KIB || self.work_kib() < FLOOR_WORK_KIB {
            return Err(BadParams::BelowFloor);
        }
        Ok(self)
    }

    /// Memory in KiB.
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    pub const fn iterations(self) -> u32 {
        self.iterations
    }

    /// Lanes.
    pub const fn parallelism(self) -> u32 {
        self.parallelism
    }

    /// KiB written: memory × passes. Time follows it closely enough to compare two sets of parameters.
    pub const fn work_kib(self) -> u64 {
        self.memory_kib as u64 * self.iterations as u64
    }

    /// The dearest of several: most work, then most memory. None of none.
    pub fn dearest(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().max_by_key(|params| (params.work_kib(), params.memory_kib))
    }
}

impl Default for Params {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={},t={},p={}", self.memory_kib, self.iterations, self.parallelism)
    }
}

impl FromStr for Params {
    type Err = BadParams;

    /// Strict: exactly the text that `Display` writes, in this order, without leading zeros, signs or spaces.
    fn from_str(text: &str) -> Result<Self, BadParams> {
        let mut parts = text.split(',');
        let mut number = |key: &str| {
            let digits = parts.next().and_then(|part| part.strip_prefix(key));
            digits.and_then(decimal).ok_or(BadParams::Form)
        };
        let (memory_kib, iterations, parallelism) = (number("m=")?, number("t=")?, number("p=")?);
        if parts.next().is_some() {
            return Err(BadParams::Form);
        }
        Self::new(memory_kib, iterations, parallelism)
    }
}

/// The number that `digits` writes in the one way there is to write it.
fn decimal(digits: &str) -> Option<u32> {
    let one_way = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if one_way { digits.parse().ok() } else { None }
}

/// Why hashing parameters are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadParams {
    /// Not of the form `m=19456,t=2,p=1`.
    #[error("write hashing parameters as m=19456,t=2,p=1")]
    Form,
    /// Below what Argon2 itself can do.
    #[error("Argon2 needs at least one pass, one lane and 8 KiB of memory for each lane")]
    TooSmall,
    /// Above a cap.
    #[error(
        "too dear: at most m={MEMORY_KIB_MAX} KiB, t={ITERATIONS_MAX}, p={PARALLELISM_MAX} and m×t={WORK_KIB_MAX} KiB"
    )]
    TooDear,
    /// Too cheap for a hash that we make.
    #[error("too cheap for a new hash: at least m={FLOOR_MEMORY_KIB} KiB and m×t={FLOOR_WORK_KIB} KiB")]
    BelowFloor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caps_hold_at_their_edges() {
        for (m, t, p, verdict) in [
            (8, 1, 1, None),
            (7, 1, 1, Some(BadParams::TooSmall)),
            (8, 0, 1, Some(BadParams::TooSmall)),
            (8, 1, 0, Some(BadParams::TooSmall)),
            (15, 1, 2, Some(BadParams::TooSmall)),
            (u32::MAX, 1, u32::MAX, Some(BadParams::TooSmall)),
            (MEMORY_KIB_MAX, 4, 1, None),
            (MEMORY_KIB_MAX, 5, 1, Some(BadParams::TooDear)),
            (MEMORY_KIB_MAX + 1, 1, 1, Some(BadParams::TooDear)),
            (8, ITERATIONS_MAX, 1, None),
            (8, ITERATIONS_MAX + 1, 1, Some(BadParams::TooDear)),
            (65_536, 3, PARALLELISM_MAX, None),
            (65_536, 3, PARALLELISM_MAX + 1, Some(BadParams::TooDear)),
        ] {
            assert_eq!(Params::new(m, t, p).err(), verdict, "m={m},t={t},p={p}");
        }
    }

    #[test]
    fn the_floor_admits_every_owasp_choice() {
        for text in ["m=47104,t=1,p=1", "m=19456,t=2,p=1", "m=12288,t=3,p=1", "m=9216,t=4,p=1", "m=7168,t=5,p=1"] {
            let params: Params = text.parse().unwrap();
            assert_eq!(params.for_new(), Ok(params), "{text}");
        }
        for text in ["m=19456,t=1,p=1", "m=4096,t=10,p=1"] {
            let params: Params = text.parse().unwrap();
            assert_eq!(params.for_new(), Err(BadParams::BelowFloor), "{text}");
        }
    }

    #[test]
    fn there_is_one_way_to_write_them() {
        assert_eq!(Params::DEFAULT.to_string(), "m=19456,t=2,p=1");
        for text in [
            "",
            "m=19456",
            "m=19456,t=2",
            "t=2,m=19456,p=1",
            "m=019456,t=2,p=1",
            "m=+19456,t=2,p=1",
            "m=19456,t=2,p=1,",
            "m=19456,t=2,p=1,keyid=",
            "m=19456, t=2,p=1",
            "m=4294967296,t=2,p=1",
            "m=,t=2,p=1",
            "m=１９４５６,t=2,p=1",
        ] {
            assert_eq!(text.parse::<Params>(), Err(BadParams::Form), "{text}");
        }
    }

    #[test]
    fn the_dearest_has_the_most_work_then_the_most_memory() {
        let [small, wide, deep] = [(8, 1, 1), (64, 1, 1), (32, 2, 1)].map(|(m, t, p)| Params::new(m, t, p).unwrap());
        assert_eq!(Params::dearest([small, deep, wide]), Some(wide));
        assert_eq!(Params::dearest([]), None);
    }
}
