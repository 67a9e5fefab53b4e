//! What happens: one story per file.

pub mod hasher;
