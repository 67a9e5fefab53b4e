//! Throw-away PostgreSQL servers, so that a test needs nothing that somebody started before it.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! let url = scratch::Postgres::shared()?.database()?; // a server per process, a database per test
//! # Ok(()) }
//! ```
//!
//! A server lives in a folder of its own under the temporary directory and is reached through a socket in that
//! folder. It ends, and its folder goes, when its [`Postgres`] is dropped and also when the process that started it
//! is killed: a watcher holds the other end of a pipe and acts when the pipe closes.
//!
//! This crate is for tests and benchmarks only: the product never depends on it. It never touches a server that it
//! did not start.

mod binaries;
mod postgres;
mod setup;
mod sql;
mod watcher;

pub use postgres::Postgres;
pub use setup::{Durability, Setup};
