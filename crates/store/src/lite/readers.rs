use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use super::work::{Inbox, Queue, Work};
use crate::Clock;
use crate::fault::{Fault, Result};

/// Starts one thread for each connection; they share one queue.
pub(super) fn start(connections: Vec<Connection>, clock: &Clock) -> Result<Queue> {
    let (queue, inbox) = Queue::new();
    let inbox = Arc::new(Mutex::new(inbox));
    for connection in connections {
        let (inbox, clock) = (Arc::clone(&inbox), clock.clone());
        std::thread::Builder::new()
            .name("store-reader".into())
            .spawn(move || read(connection, &inbox, &clock))
            .map_err(|error| Fault::Broken(format!("no thread for a reader: {error}")))?;
    }
    Ok(queue)
}

fn read(mut connection: Connection, inbox: &Mutex<Inbox>, clock: &Clock) {
    while let Some(mut work) = next(inbox) {
        let done = snapshot(&mut connection, &mut work, clock).map_err(|error| error.to_string());
        work.answer(done);
    }
}

fn next(inbox: &Mutex<Inbox>) -> Option<Box<dyn Work>> {
    inbox.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
}

/// One transaction, so that several statements of a job see one moment; it has nothing to keep.
fn snapshot(connection: &mut Connection, work: &mut Box<dyn Work>, clock: &Clock) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    work.run(connection, clock);
    connection.prepare_cached("ROLLBACK")?.execute([])?;
    Ok(())
}
