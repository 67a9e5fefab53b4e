use std::fmt;
use std::str::FromStr;

use countersign_domain::{BadCost, HashCost};

use super::phc::decimal;

/// A [`HashCost`] that has been checked: within Argon2's own bounds and within the caps of `domain::hash_cost`, so no
/// row, import or setting can ask a hash thread for more than a known amount of work. Its text is the PHC one,
/// `m=19456,t=2,p=1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Params(HashCost);

impl Params {
    /// [`HashCost::DEFAULT`], 9 ms here.
    pub const DEFAULT: Self = Self(HashCost::DEFAULT);

    /// Memory in KiB, passes, lanes; refused where no hash can have them. The floor is not asked here: a stored hash
    /// below it must still verify, to be replaced.
    pub fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, BadCost> {
        HashCost { memory_kib, iterations, parallelism }.try_into()
    }

    /// Memory in KiB.
    pub const fn memory_kib(self) -> u32 {
        self.0.memory_kib
    }

    /// Passes over the memory.
    pub const fn iterations(self) -> u32 {
        self.0.iterations
    }

    /// Lanes.
    pub const fn parallelism(self) -> u32 {
        self.0.parallelism
    }

    /// As settings have it.
    pub const fn cost(self) -> HashCost {
        self.0
    }
}

impl TryFrom<HashCost> for Params {
    type Error = BadCost;

    fn try_from(cost: HashCost) -> Result<Self, BadCost> {
        cost.check().map(|()| Self(cost))
    }
}

impl Default for Params {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let HashCost { memory_kib, iterations, parallelism } = self.0;
        write!(f, "m={memory_kib},t={iterations},p={parallelism}")
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
        Ok(Self::new(memory_kib, iterations, parallelism)?)
    }
}

/// Why hashing parameters are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadParams {
    /// Not of the form `m=19456,t=2,p=1`.
    #[error("write hashing parameters as m=19456,t=2,p=1")]
    Form,
    /// Out of Argon2's bounds, or above our caps.
    #[error(transparent)]
    Cost(#[from] BadCost),
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
