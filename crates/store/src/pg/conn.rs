use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::link::Link;
use crate::fault::{Fault, Result};
use crate::statement::{Row, Statement, Value};

/// What went wrong with a connection while a job used it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing: it can be used again.
    None,
    /// The job can run again: nothing of it is kept.
    Passing,
    /// The connection broke after COMMIT was sent: the work may be kept.
    CommitLost,
    /// The job cannot be run again with any more hope.
    Final,
}

/// How far a transaction has come.
pub(super) struct Progress {
    begun: AtomicBool,
    commit_sent: AtomicBool,
    committed: AtomicBool,
    trouble: AtomicU8,
    autocommit: bool,
}

const PASSING: u8 = 1;
const FINAL: u8 = 2;

impl Progress {
    pub(super) fn transaction() -> Self {
        Self {
            begun: AtomicBool::new(false),
            commit_sent: AtomicBool::new(false),
            committed: AtomicBool::new(false),
            trouble: AtomicU8::new(0),
            autocommit: false,
        }
    }

    pub(super) fn autocommit() -> Self {
        Self { autocommit: true, ..Self::transaction() }
    }
}

/// A connection as a job sees it.
pub(crate) struct Conn<'t> {
    link: &'t Link,
    progress: Progress,
}

impl<'t> Conn<'t> {
    pub(super) fn new(link: &'t Link, progress: Progress) -> Self {
        Self { link, progress }
    }

    pub(crate) async fn rows<T>(
        &self,
        statement: &'static Statement,
        params: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let prepared = self.link.prepared(statement)?;
        let params = as_sql(params);
        let rows = self.begin_with(self.link.client.query(prepared, &params)).await?;
        rows.iter().map(|row| read(&Row::Pg(row))).collect()
    }

    pub(crate) async fn exec(&self, statement: &'static Statement, params: &[Value<'_>]) -> Result<u64> {
        let prepared = self.link.prepared(statement)?;
        let params = as_sql(params);
        self.begin_with(self.link.client.execute(prepared, &params)).await
    }

    pub(crate) async fn exec_and_commit(&self, statement: &'static Statement, params: &[Value<'_>]) -> Result<u64> {
        if self.progress.autocommit {
            return Err(Fault::Broken("a reading job wrote".into()));
        }
        let (touched, committed) = tokio::join!(biased; self.exec(statement, params), self.commit());
        let touched = touched?;
        committed?;
        Ok(touched)
    }

    /// Sends BEGIN in front of the first statement, without waiting for its answer.
    async fn begin_with<T>(
        &self,
        query: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        if self.progress.autocommit || self.progress.begun.swap(true, Ordering::Relaxed) {
            return query.await.map_err(|error| self.note(error));
        }
        let (begun, answer) = tokio::join!(biased; self.link.client.batch_execute("BEGIN"), query);
        begun.map_err(|error| self.note(error))?;
        answer.map_err(|error| self.note(error))
    }

    async fn commit(&self) -> Result<()> {
        self.progress.commit_sent.store(true, Ordering::Relaxed);
        let timer = crate::stopwatch::start();
        self.link.client.batch_execute("COMMIT").await.map_err(|error| self.note(error))?;
        self.progress.committed.store(true, Ordering::Relaxed);
        metrics::histogram!("countersign_store_commit_seconds").record(timer.seconds());
        Ok(())
    }

    /// Ends what is open and says what became of the connection.
    pub(super) async fn finish<T>(&self, out: Result<T>) -> (Result<T>, Trouble) {
        let done = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let out = match out {
            Ok(out) if done(&self.progress.begun) && !done(&self.progress.commit_sent) => {
                self.commit().await.map(|()| out)
            }
            other => other,
        };
        match out {
            // The server has committed, but no standby has confirmed it: a switch-over could still lose it.
            Ok(_) if self.link.take_warning() => {
                (Err(Fault::Uncertain("no standby confirmed the commit")), Trouble::Final)
            }
            Ok(out) => (Ok(out), Trouble::None),
            Err(fault) => {
                let trouble = self.trouble_of_failure().await;
                (Err(fault), trouble)
            }
        }
    }

    async fn trouble_of_failure(&self) -> Trouble {
        let noted = self.progress.trouble.load(Ordering::Relaxed);
        let was_sent = self.progress.commit_sent.load(Ordering::Relaxed);
        if self.link.client.is_closed() {
            return if was_sent { Trouble::CommitLost } else { Trouble::Passing };
        }
        // An aborted transaction answers COMMIT with ROLLBACK; anything else is rolled back here.
        let clean = was_sent || self.progress.autocommit || self.link.client.batch_execute("ROLLBACK").await.is_ok();
        match noted {
            PASSING => Trouble::Passing,
            FINAL => Trouble::Final,
            _ if clean => Trouble::None,
            _ => Trouble::Final,
        }
    }

    fn note(&self, error: tokio_postgres::Error) -> Fault {
        use tokio_postgres::error::SqlState;
        let passing = match error.code() {
            Some(code) => [
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::T_R_SERIALIZATION_FAILURE,
                SqlState::READ_ONLY_SQL_TRANSACTION,
                SqlState::ADMIN_SHUTDOWN,
                SqlState::CRASH_SHUTDOWN,
            ]
            .contains(code),
            None => error.is_closed(),
        };
        if passing {
            self.progress.trouble.store(PASSING, Ordering::Relaxed);
        } else if error.as_db_error().is_none() {
            self.progress.trouble.store(FINAL, Ordering::Relaxed);
        }
        Fault::from(error)
    }
}

fn as_sql<'p>(params: &'p [Value<'p>]) -> Vec<&'p (dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(int) => int.to_sql_checked(of, out),
            Self::Text(text) => text.as_ref().to_sql_checked(of, out),
            Self::Bytes(bytes) => bytes.as_ref().to_sql_checked(of, out),
            Self::Id(id) => id.to_sql_checked(of, out),
        }
    }

    fn accepts(_of: &Type) -> bool {
        // Each variant checks for itself: the enum as a whole has no type.
        true
    }

    to_sql_checked!();
}
