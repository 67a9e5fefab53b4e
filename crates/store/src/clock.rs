//! The one file that may read the real clock.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "every other file is given its moments by this one"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use countersign_domain::Timestamp;

/// Where the time comes from: the machine, or a test that moves it by hand.
///
/// On PostgreSQL times that are stored and compared are the database's: the node's offset from it is measured and
/// added, so that nodes with different clocks agree on what is over.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System { offset_micros: Arc<AtomicI64> },
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System { offset_micros: Arc::default() })
    }

    /// A clock that stands still until [`Clock::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.micros()))))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System { offset_micros } => {
                Timestamp::from_micros(machine_micros().saturating_add(offset_micros.load(Ordering::Relaxed)))
            }
            Source::Manual(micros) => Timestamp::from_micros(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock on; the machine's clock is not ours to move.
    pub fn advance(&self, span: Duration) {
        if let Source::Manual(micros) = &self.0 {
            let span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
            micros.fetch_add(span, Ordering::SeqCst);
        }
    }

    /// Microseconds that are added to the machine's clock.
    pub fn offset_micros(&self) -> i64 {
        match &self.0 {
            Source::System { offset_micros } => offset_micros.load(Ordering::Relaxed),
            Source::Manual(_) => 0,
        }
    }

    /// Takes over what a database said its time was, in the middle of a question that took from `asked` to now
    /// (both by [`Clock::machine_micros`]).
    pub(crate) fn adjust(&self, asked_micros: i64, database_micros: i64) {
        if let Source::System { offset_micros } = &self.0 {
            let middle = asked_micros + (machine_micros() - asked_micros) / 2;
            offset_micros.store(database_micros - middle, Ordering::Relaxed);
        }
    }

    /// The machine's own time, without the offset: microseconds since the epoch.
    pub(crate) fn machine_micros(&self) -> i64 {
        machine_micros()
    }
}

fn machine_micros() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}
