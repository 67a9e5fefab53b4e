//! x
pub mod keys;
pub mod random;
pub mod vault;
