use std::fmt;

use super::Origin;

/// More errors than this are counted, not kept: nobody reads on, and a hostile file costs no more.
pub(super) const ERRORS_MAX: usize = 50;

/// One thing that is wrong with the configuration. It never holds the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The layer and the place in it.
    pub origin: Origin,
    /// The key as it was written; empty where no key is to blame.
    pub key: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A name that is no key, or a variable that stands for none.
    #[error("there is no such key; the nearest is {nearest}")]
    UnknownKey {
        /// A key that exists, in the spelling of the layer.
        nearest: String,
    },
    /// A value of the wrong kind or out of bounds.
    #[error("expected {expected}, found {found}")]
    WrongValue {
        /// What it must be.
        expected: String,
        /// What it is, shortened.
        found: String,
    },
    /// The same for a secret.
    #[error("expected {expected}; what was given is a secret and is not shown")]
    WrongSecret {
        /// What it must be.
        expected: String,
    },
    /// The file is not TOML.
    #[error("not TOML: {reason}")]
    Syntax {
        /// The parser's own words, without the line's text: it may hold a secret.
        reason: String,
    },
    /// A file that cannot be used.
    #[error("{reason}")]
    BadFile {
        /// Why.
        reason: String,
    },
    /// A `--set` without `=`, whose text is not repeated since it may be a secret.
    #[error("expected key=value")]
    NoEquals,
    /// A variable that is not UTF-8.
    #[error("is not UTF-8")]
    NotText,
    /// A secret and its `_file` twin in one layer.
    #[error("{twin} is given in the same layer: keep one of the two")]
    TwinToo {
        /// The other key.
        twin: String,
    },
    /// Two keys that do not fit together.
    #[error("{reason}")]
    Conflict {
        /// What to change.
        reason: String,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}: {}", self.origin, self.problem)
        } else {
            write!(f, "{}: {}: {}", self.origin, self.key, self.problem)
        }
    }
}

/// Everything that is wrong with the configuration, all at once; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ConfigErrors {
    /// In the order of the layers, and of the lines in them.
    pub listed: Vec<ConfigError>,
    /// How many more there are.
    pub more: usize,
}

impl ConfigErrors {
    /// Adds an error, which is only made if it will be kept.
    pub(super) fn add(&mut self, error: impl FnOnce() -> ConfigError) {
        if self.listed.len() < ERRORS_MAX {
            self.listed.push(error());
        } else {
            self.more += 1;
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.listed.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))?;
        match self.more {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for ConfigErrors {}
