use std::future::Future;

use crate::fault::Result;
use crate::tx::Tx;

/// One transaction as a value: it can be queued, run in a task of its own though its caller is gone, and run again.
///
/// The future waits for nothing but its [`Tx`]; on SQLite it is polled once, and waiting for anything else is a
/// fault.
pub(crate) trait Job: Send + Sync + 'static {
    /// What the caller learns. A refusal is a value of it, so that a refused request can commit what it must.
    type Out: Send + 'static;

    /// Whether the caller is told only when the disk has what was committed. Not needed where a later transaction of
    /// the same story settles what this one began: its flush covers both, and losing both is losing nothing that was
    /// answered. Other connections, and other processes, see the commit either way.
    const IS_FLUSHED: bool = true;

    /// Reads, judges by a rule of `domain`, and writes.
    fn run(&self, tx: &Tx<'_>) -> impl Future<Output = Result<Self::Out>> + Send;

    /// Asked on a new connection after a COMMIT whose answer was lost: whether the fact holds. It must lock the row
    /// that [`Job::run`] locked, since the old connection's server may still be committing.
    fn seen(&self, _tx: &Tx<'_>) -> impl Future<Output = Result<Seen<Self::Out>>> + Send {
        async { Ok(Seen::CannotTell) }
    }
}

/// Whether a fact holds whose COMMIT was not answered.
pub(crate) enum Seen<T> {
    /// It does: this is what the caller would have been told.
    Yes(T),
    /// It does not: the job can run again.
    No,
    /// Nothing in the store tells this job's work from another's: the caller is told that it is uncertain.
    CannotTell,
}
