//! SQLite: one writer thread that groups commits, reader threads beside it, one checkpointer.

mod checkpoint;
mod conn;
mod readers;
mod work;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

pub(crate) use conn::Conn;

use crate::Clock;
use crate::fault::{Fault, Result};
use crate::job::Job;

/// How long a connection waits for another process (the command line) that holds the file.
const BUSY_MAX: Duration = Duration::from_secs(5);
/// Room for every statement of ours, so that none is ever prepared twice.
const STATEMENTS_CACHED: usize = 256;

/// The engine's handle: queues to its threads, which end when the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Lite {
    writer: work::Queue,
    /// None where reads go through the writer: a database in memory has one connection.
    readers: Option<work::Queue>,
}

/// Where the database lies.
pub(crate) enum Place {
    /// In memory, for tests: gone when closed.
    Memory,
    /// In one file with its `-wal` and `-shm` beside it.
    File(PathBuf),
}

impl Lite {
    /// Opens or makes the database and starts its threads.
    pub(crate) fn open(place: &Place, readers: usize, clock: &Clock) -> Result<Self> {
        let connection = open_migrated(place)?;
        match place {
            Place::Memory => {
                Ok(Self { writer: writer::start(connection, clock.clone(), checkpoint::Log::none())?, readers: None })
            }
            Place::File(_) => {
                let log = checkpoint::start(connect(place)?)?;
                let reading = (0..readers.max(1)).map(|_| connect_reader(place)).collect::<Result<Vec<_>>>()?;
                Ok(Self {
                    writer: writer::start(connection, clock.clone(), log)?,
                    readers: Some(readers::start(reading, clock)?),
                })
            }
        }
    }

    /// Runs a job in the next group of commits.
    pub(crate) async fn write<J: Job>(&self, job: J) -> Result<J::Out> {
        self.writer.run(job).await
    }

    /// Runs a job that only reads.
    pub(crate) async fn read<J: Job>(&self, job: J) -> Result<J::Out> {
        self.readers.as_ref().unwrap_or(&self.writer).run(job).await
    }
}

fn connect(place: &Place) -> Result<Connection> {
    let connection = match place {
        Place::Memory => Connection::open_in_memory()?,
        Place::File(file) => Connection::open_with_flags(
            file,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?,
    };
    connection.busy_timeout(BUSY_MAX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A commit that was answered is on the disk, whatever happens to the machine.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // Checkpoints are the checkpointer's: on the writer they would make one login in a thousand wait for all pages.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    // What a bulk of writing made of the log's file is given back when the log is begun anew.
    connection.pragma_update(None, "journal_size_limit", checkpoint::LOG_BYTES_KEPT)?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    // Else every new value of a parameter makes SQLite plan the statement anew, although no plan of ours depends on one.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// What a reading job wrote would vanish without a word.
fn connect_reader(place: &Place) -> Result<Connection> {
    let connection = connect(place)?;
    connection.pragma_update(None, "query_only", "ON")?;
    Ok(connection)
}

/// Two processes may open one new folder at once: the second waits for the first's migrations.
fn open_migrated(place: &Place) -> Result<Connection> {
    let _lock = match place {
        Place::Memory => None,
        Place::File(file) => Some(lock_beside(file)?),
    };
    let mut connection = connect(place)?;
    crate::migrate::lite(&mut connection)?;
    Ok(connection)
}

fn lock_beside(file: &Path) -> Result<std::fs::File> {
    let path = file.with_extension("lock");
    let lock = options().create(true).truncate(false).open(&path).and_then(|lock| lock.lock().map(|()| lock));
    // SQLite makes the files beside the database as open as the database itself, and would make that one by the umask.
    // One that exists is not opened: closing it again would drop the locks that SQLite holds on it in this process.
    let made = lock.and_then(|lock| match options().create_new(true).open(file) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(lock),
    });
    made.map_err(|error| Fault::Unavailable(format!("{}: {error}", file.display())))
}

/// For files of this user alone.
fn options() -> std::fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;

    let mut options = std::fs::OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn no_statement_is_planned_anew_for_another_value() {
        let mut connection = connect(&Place::Memory).unwrap();
        crate::migrate::lite(&mut connection).unwrap();
        for statement in crate::all_statements() {
            let mut prepared = connection.prepare(statement.lite()).unwrap();
            for value in [1_i64, 2] {
                let values = vec![value; prepared.parameter_count()];
                let mut rows = prepared.query(rusqlite::params_from_iter(values)).unwrap();
                // A constraint that refuses such a row has been asked by then.
                while rows.next().is_ok_and(|row| row.is_some()) {}
            }
            assert_eq!(prepared.get_status(StatementStatus::RePrepare), 0, "{}", statement.name);
        }
    }
}
