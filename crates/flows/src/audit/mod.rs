//! The audit trail at work: refusals counted together, events sealed, batches removed when their time is over, and the
//! whole trail read back to be listed, verified or exported.
//!
//! Writing an event is no story of its own: it is part of the transaction of the fact that it tells.

mod export;
mod exports;
mod keep;
mod refusals;
mod retention;
mod sealer;
#[cfg(test)]
mod tests;
mod trail;
mod walk;

pub use export::{Export, ExportFault, Exporting};
pub(crate) use exports::Exports;
pub use keep::{SEAL_EVERY, UNSEALED_ALARM};
pub(crate) use refusals::Refusals;
pub use sealer::Pass;
