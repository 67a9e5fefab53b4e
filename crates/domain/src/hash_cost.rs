//! What one Argon2id hash may cost: never so much that a row, an import or a setting can hold a thread for long, and in
//! production never so little that a stolen store is read soon.

use serde::{Deserialize, Serialize};

/// The cost of an Argon2id hash (RFC 9106 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
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

/// The least memory for a hash that production makes (OWASP password storage: its cheapest Argon2id choice,
/// m=7168,t=5,p=1).
pub const FLOOR_MEMORY_KIB: u32 = 7 * 1024;

/// The least memory × passes for a hash that production makes; all of OWASP's equivalent choices reach it.
pub const FLOOR_WORK_KIB: u64 = 35 * 1024;

/// Argon2 wants eight blocks of 1 KiB a lane (RFC 9106 section 3.1).
const MEMORY_KIB_PER_LANE_MIN: u64 = 8;

/// Why no hash can have a cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCost {
    /// Below what Argon2 itself can do.
    #[error("needs at least one pass, one lane and 8 KiB of memory for each lane")]
    TooSmall,
    /// Above a cap.
    #[error(
        "must be at most {MEMORY_KIB_MAX} KiB, {ITERATIONS_MAX} passes, {PARALLELISM_MAX} lanes, and {WORK_KIB_MAX} KiB \
         times passes"
    )]
    TooDear,
}

impl Default for HashCost {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl HashCost {
    /// OWASP's first recommendation for Argon2id, which one core does about a hundred times a second.
    pub const DEFAULT: Self = Self { memory_kib: 19_456, iterations: 2, parallelism: 1 };

    /// KiB written: memory × passes. Time follows it closely enough to compare two costs.
    pub const fn work_kib(self) -> u64 {
        self.memory_kib as u64 * self.iterations as u64
    }

    /// Whether a hash can have it: it is within Argon2's own bounds and below the caps of this file. The floor is not
    /// asked: a stored hash below it must still verify, to be replaced.
    ///
    /// # Errors
    /// [`BadCost`] says on which side it is out of bounds.
    pub fn check(self) -> Result<(), BadCost> {
        let lanes_kib = u64::from(self.parallelism).saturating_mul(MEMORY_KIB_PER_LANE_MIN);
        if self.iterations == 0 || self.parallelism == 0 || u64::from(self.memory_kib) < lanes_kib {
            return Err(BadCost::TooSmall);
        }
        let capped = self.memory_kib <= MEMORY_KIB_MAX
            && self.iterations <= ITERATIONS_MAX
            && self.parallelism <= PARALLELISM_MAX
            && self.work_kib() <= WORK_KIB_MAX;
        if capped { Ok(()) } else { Err(BadCost::TooDear) }
    }

    /// Whether it is too cheap for a hash that production makes: passes do not make up for too little memory.
    pub const fn is_below_floor(self) -> bool {
        self.memory_kib < FLOOR_MEMORY_KIB || self.work_kib() < FLOOR_WORK_KIB
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(memory_kib: u32, iterations: u32, parallelism: u32) -> HashCost {
        HashCost { memory_kib, iterations, parallelism }
    }

    #[test]
    fn the_caps_hold_at_their_edges() {
        for (m, t, p, verdict) in [
            (8, 1, 1, Ok(())),
            (7, 1, 1, Err(BadCost::TooSmall)),
            (8, 0, 1, Err(BadCost::TooSmall)),
            (8, 1, 0, Err(BadCost::TooSmall)),
            (15, 1, 2, Err(BadCost::TooSmall)),
            (u32::MAX, 1, u32::MAX, Err(BadCost::TooSmall)),
            (MEMORY_KIB_MAX, 4, 1, Ok(())),
            (MEMORY_KIB_MAX, 5, 1, Err(BadCost::TooDear)),
            (MEMORY_KIB_MAX + 1, 1, 1, Err(BadCost::TooDear)),
            (8, ITERATIONS_MAX, 1, Ok(())),
            (8, ITERATIONS_MAX + 1, 1, Err(BadCost::TooDear)),
            (65_536, 3, PARALLELISM_MAX, Ok(())),
            (65_536, 3, PARALLELISM_MAX + 1, Err(BadCost::TooDear)),
        ] {
            assert_eq!(cost(m, t, p).check(), verdict, "m={m},t={t},p={p}");
        }
    }

    #[test]
    fn the_floor_admits_every_owasp_choice() {
        for (m, t) in [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)] {
            assert!(!cost(m, t, 1).is_below_floor(), "m={m},t={t}");
        }
        for (m, t) in [(19_456, 1), (4_096, 10)] {
            assert!(cost(m, t, 1).is_below_floor(), "m={m},t={t}");
        }
    }
}
