use rusqlite::Connection;

use super::checkpoint::Log;
use super::work::{Inbox, Queue, Work};
use crate::Clock;
use crate::fault::{Fault, Result};

/// Jobs that share one flush. More would make the first of them wait for the last; at this size the flush is already
/// a small part of each.
const GROUP_MAX: usize = 256;

/// Starts the writer: it takes every job that waits, runs each in a savepoint of one transaction, commits once and
/// then answers them all. While it flushes, the next group gathers.
pub(super) fn start(connection: Connection, clock: Clock, log: Log) -> Result<Queue> {
    let (queue, inbox) = Queue::new();
    let writer = Writer { connection, clock, is_flushing: true };
    std::thread::Builder::new()
        .name("store-writer".into())
        .spawn(move || writer.run(inbox, &log))
        .map_err(|error| Fault::Broken(format!("no thread for the writer: {error}")))?;
    Ok(queue)
}

struct Writer {
    connection: Connection,
    clock: Clock,
    /// Whether COMMIT waits for the disk, as the connection is set now.
    is_flushing: bool,
}

impl Writer {
    fn run(mut self, mut inbox: Inbox, log: &Log) {
        let mut group = Vec::with_capacity(GROUP_MAX);
        while inbox.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
            let committed = self.commit(&mut group).map_err(|error| error.to_string());
            for work in group.drain(..) {
                work.answer(committed.clone());
            }
            log.restart_if_overgrown(&self.connection);
        }
    }

    fn commit(&mut self, group: &mut [Box<dyn Work>]) -> rusqlite::Result<()> {
        self.flush_if(group.iter().any(|work| work.is_flushed()))?;
        self.execute("BEGIN IMMEDIATE")?;
        let outcome = match group {
            [only] => self.run_alone(only.as_mut()),
            several => self.run_each(several).and_then(|()| self.end()),
        };
        if outcome.is_err() && !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        outcome
    }

    /// A savepoint keeps a copy of every page that is changed after it; a single job has the transaction to itself.
    fn run_alone(&mut self, work: &mut dyn Work) -> rusqlite::Result<()> {
        if work.run(&mut self.connection, &self.clock) { self.end() } else { self.execute("ROLLBACK") }
    }

    fn run_each(&mut self, group: &mut [Box<dyn Work>]) -> rusqlite::Result<()> {
        for work in group {
            self.execute("SAVEPOINT job")?;
            if !work.run(&mut self.connection, &self.clock) {
                self.execute("ROLLBACK TO job")?;
            }
            self.execute("RELEASE job")?;
        }
        Ok(())
    }

    fn end(&self) -> rusqlite::Result<()> {
        let started = crate::stopwatch::start();
        self.execute("COMMIT")?;
        metrics::histogram!("countersign_store_commit_seconds").record(started.seconds());
        Ok(())
    }

    /// NORMAL appends to the log without waiting for the disk; the next FULL commit waits for all that was appended.
    fn flush_if(&mut self, flushes: bool) -> rusqlite::Result<()> {
        if flushes != self.is_flushing {
            self.connection.execute_batch(if flushes {
                "PRAGMA synchronous=FULL"
            } else {
                "PRAGMA synchronous=NORMAL"
            })?;
            self.is_flushing = flushes;
        }
        Ok(())
    }

    fn execute(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([]).map(drop)
    }
}
