use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use rusqlite::Connection;

use super::BUSY_MAX;
use crate::fault::{Fault, Result};

/// How often the log's size is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Pages (of 4 KiB) below which a checkpoint costs more than it gains.
const PAGES_WORTH_IT: i64 = 1_024;
/// Under steady writing a log is never quite copied and so never begun anew, unless the writer pauses for it: 64 MiB.
const PAGES_MAX: i64 = 16_384;
/// The file of a log that was begun anew keeps so much: pages that are there already are flushed sooner.
pub(super) const LOG_BYTES_KEPT: i64 = 2 * PAGES_MAX * 4_096;
/// A reader that is still in the log after this belongs to another process: nobody waits for it.
const READERS_WAIT_MAX: Duration = Duration::from_millis(20);
/// After such a reader was met.
const LOOKS_BETWEEN_PAUSES: u32 = 20;

/// What the checkpointer and the writer tell each other. The checkpointer ends when the writer's end is dropped.
pub(super) struct Log {
    overgrown: Arc<AtomicBool>,
    busy: Arc<AtomicBool>,
    _open: Sender<()>,
}

impl Log {
    /// For a database in memory, which has no log.
    pub(super) fn none() -> Self {
        Self { overgrown: Arc::default(), busy: Arc::default(), _open: channel().0 }
    }

    /// Begins the log anew if it has grown too much. Called by the writer between two groups: the checkpointer has
    /// copied most pages before, so that little is left to be done while writes wait.
    pub(super) fn restart_if_overgrown(&self, writer: &Connection) {
        if !self.overgrown.load(Ordering::Relaxed) {
            return;
        }
        let begun = writer.busy_timeout(READERS_WAIT_MAX).and_then(|()| checkpoint(writer, "RESTART"));
        // Whatever became of it, other processes are waited for as before.
        let waits_again = writer.busy_timeout(BUSY_MAX);
        match begun.and_then(|log| waits_again.map(|()| log)) {
            Ok(log) => self.busy.store(log.is_busy, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be begun anew"),
        }
        self.overgrown.store(false, Ordering::Relaxed);
    }
}

/// Starts the checkpointer.
pub(super) fn start(connection: Connection) -> Result<Log> {
    let (open, closed) = channel();
    let log = Log { overgrown: Arc::default(), busy: Arc::default(), _open: open };
    let (overgrown, busy) = (Arc::clone(&log.overgrown), Arc::clone(&log.busy));
    std::thread::Builder::new()
        .name("store-checkpoint".into())
        .spawn(move || keep_small(&connection, &closed, &overgrown, &busy))
        .map(|_| log)
        .map_err(|error| Fault::Broken(format!("no thread for the checkpointer: {error}")))
}

fn keep_small(connection: &Connection, closed: &Receiver<()>, overgrown: &AtomicBool, busy: &AtomicBool) {
    let mut looks_to_skip = 0;
    while closed.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
        // The writer's turn: a copying of ours that it met would look like a reader in its way.
        if overgrown.load(Ordering::Relaxed) {
            continue;
        }
        let log = match checkpoint(connection, "NOOP") {
            Ok(log) if log.pages - log.copied > PAGES_WORTH_IT => checkpoint(connection, "PASSIVE"),
            other => other,
        };
        match log {
            Ok(log) if log.pages > PAGES_MAX && looks_to_skip == 0 => {
                looks_to_skip = if busy.swap(false, Ordering::Relaxed) { LOOKS_BETWEEN_PAUSES } else { 0 };
                overgrown.store(looks_to_skip == 0, Ordering::Relaxed);
            }
            Ok(_) => looks_to_skip = looks_to_skip.saturating_sub(1),
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be checkpointed"),
        }
    }
}

/// What a checkpoint tells of the log.
struct Pages {
    /// It could not be done whole: somebody was in its way.
    is_busy: bool,
    pages: i64,
    /// Those that the database has too.
    copied: i64,
}

fn checkpoint(connection: &Connection, how: &str) -> rusqlite::Result<Pages> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |row| {
        Ok(Pages { is_busy: row.get(0)?, pages: row.get(1)?, copied: row.get(2)? })
    })
}
