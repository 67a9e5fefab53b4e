//! x
pub mod keys;
pub mod random;
pub mod tokens;
pub mod vault;
