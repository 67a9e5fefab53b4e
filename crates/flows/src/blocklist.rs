//! Common and breached passwords, looked up without asking anybody: a built-in list, and a large one from a file that
//! `countersign blocklist build` made.
//!
//! The large one is a binary fuse filter over the hashes that breach services publish: what was put in is always found,
//! and one password in 65,536 that was not put in is found as well. It is read from a mapped file, so that a billion
//! entries cost no memory of the process's own.

mod build;
mod common;
mod format;
mod hash;
mod lines;
mod list;
mod map;
mod parts;
mod shards;

use countersign_domain::Secret;

pub use build::{BuildFault, Builder, Built, Progress};
pub use hash::HashKind;
pub use lines::{BadLine, LineForm, Lines};
pub use list::{BadList, ListFacts, ListFile};

/// The passwords that nobody should have.
pub struct Blocklist {
    large: Option<ListFile>,
}

impl Blocklist {
    /// The common passwords alone, and the published ones of the sandbox.
    pub const fn built_in() -> Self {
        Self { large: None }
    }

    /// Those and the ones of a file.
    pub const fn with(large: ListFile) -> Self {
        Self { large: Some(large) }
    }

    /// Whether a text in its hashed form is listed. Allocates nothing, and waits for nothing but a page of the file that
    /// was not read before.
    pub fn is_listed(&self, password: &Secret) -> bool {
        common::is_common(password) || self.large.as_ref().is_some_and(|list| list.contains(password))
    }

    /// The large list.
    pub const fn large(&self) -> Option<&ListFile> {
        self.large.as_ref()
    }
}

#[cfg(test)]
mod tests;
