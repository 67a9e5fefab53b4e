//! What is true: the types, states and rules of Countersign.
//!
//! Everything here is a plain value or a plain function: facts and `now` in, a verdict out. There is no I/O, no
//! async, no clock, no randomness, no HTTP and no SQL in this room, so every rule can be read by an auditor and
//! tried at every moment by a table of cases.
//!
//! To add a rule: a noun for the file, a function that takes its facts and `now`, an enum for its verdict, and a
//! table of cases beside it.

mod ids;
mod secret;
pub mod signing_key;
mod time;

pub use ids::{AccountId, EventId, KeyId, SessionId, TenantId};
pub use secret::Secret;
pub use time::{NotATime, Timestamp};
