use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

use rusqlite::Connection;

use crate::fault::{Fault, Result};

/// How often the log's size is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Below this a checkpoint costs more than it gains.
const WAL_BYTES_WORTH_IT: u64 = 4 << 20;
/// A log that never shrinks under steady writing is emptied with the writer held once it has grown to this.
const WAL_BYTES_MAX: u64 = 64 << 20;

/// Starts the checkpointer; it ends when the writer, who owns the gate, has gone.
pub(super) fn start(connection: Connection, wal: PathBuf, gate: Weak<Mutex<()>>) -> Result<()> {
    std::thread::Builder::new()
        .name("store-checkpoint".into())
        .spawn(move || keep_small(&connection, &wal, &gate))
        .map(|_| ())
        .map_err(|error| Fault::Broken(format!("no thread for the checkpointer: {error}")))
}

#[expect(clippy::disallowed_methods, reason = "a thread of its own, which has nothing to do between two looks")]
fn keep_small(connection: &Connection, wal: &PathBuf, gate: &Weak<Mutex<()>>) {
    loop {
        std::thread::sleep(LOOK_EVERY);
        let Some(gate) = gate.upgrade() else { return };
        let bytes = std::fs::metadata(wal).map_or(0, |file| file.len());
        let outcome = if bytes > WAL_BYTES_MAX {
            // Most pages first, beside the writer; then the rest with the writer held, so that it is held briefly.
            checkpoint(connection, "PASSIVE").and_then(|()| {
                let _held = gate.lock().unwrap_or_else(PoisonError::into_inner);
                checkpoint(connection, "TRUNCATE")
            })
        } else if bytes > WAL_BYTES_WORTH_IT {
            checkpoint(connection, "PASSIVE")
        } else {
            Ok(())
        };
        if let Err(error) = outcome {
            tracing::warn!(%error, "the write-ahead log could not be checkpointed");
        }
    }
}

fn checkpoint(connection: &Connection, how: &str) -> rusqlite::Result<()> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |_| Ok(()))
}
