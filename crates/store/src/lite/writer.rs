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
    std::thread::Builder::new()
        .name("store-writer".into())
        .spawn(move || write(connection, inbox, &clock, &log))
        .map_err(|error| Fault::Broken(format!("no thread for the writer: {error}")))?;
    Ok(queue)
}

fn write(mut connection: Connection, mut inbox: Inbox, clock: &Clock, log: &Log) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while inbox.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
        let committed = commit(&mut connection, &mut group, clock).map_err(|error| error.to_string());
        for work in group.drain(..) {
            work.answer(committed.clone());
        }
        log.restart_if_overgrown(&connection);
    }
}

fn commit(connection: &mut Connection, group: &mut [Box<dyn Work>], clock: &Clock) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let outcome = run_each(connection, group, clock).and_then(|()| flush(connection));
    if outcome.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    outcome
}

fn run_each(connection: &mut Connection, group: &mut [Box<dyn Work>], clock: &Clock) -> rusqlite::Result<()> {
    for work in group {
        connection.prepare_cached("SAVEPOINT job")?.execute([])?;
        if !work.run(connection, clock) {
            connection.prepare_cached("ROLLBACK TO job")?.execute([])?;
        }
        connection.prepare_cached("RELEASE job")?.execute([])?;
    }
    Ok(())
}

fn flush(connection: &Connection) -> rusqlite::Result<()> {
    let started = crate::stopwatch::start();
    connection.prepare_cached("COMMIT")?.execute([])?;
    metrics::histogram!("countersign_store_commit_seconds").record(started.seconds());
    Ok(())
}
