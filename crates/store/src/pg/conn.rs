use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use bytes::BytesMut;
use futures_util::future::join_all;
use tokio_postgres::error::{DbError, Severity, SqlState};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::link::Link;
use crate::fault::{Fault, Result};
use crate::job::Job;
use crate::statement::{Row, Statement, Value};

/// What went wrong with a connection while a job used it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing: it can be used again.
    None,
    /// The job can run again: nothing of it is kept.
    Passing,
    /// The session ended after COMMIT was sent: the work may be kept.
    CommitLost,
    /// The job cannot be run again with any more hope.
    Final,
}

/// How far a transaction has come.
pub(super) struct Progress {
    begun: AtomicBool,
    /// A statement failed: there is nothing left to commit.
    failed: AtomicBool,
    commit: AtomicU8,
    trouble: AtomicU8,
    autocommit: bool,
    begin: &'static str,
}

const BEGIN: &str = "BEGIN";
/// COMMIT is answered before the log is on the disk, or at a standby.
const BEGIN_UNFLUSHED: &str = "BEGIN; SET LOCAL synchronous_commit TO OFF";

/// Statements of one kind that are under way at once: each has its buffers until it is answered, and an import has many.
const FLYING_MAX: usize = 1_000;

/// COMMIT was not sent.
const OPEN: u8 = 0;
/// COMMIT was answered: the transaction has ended, kept or undone.
const ENDED: u8 = 1;
/// COMMIT was sent, and the connection ended instead of an answer.
const LOST: u8 = 2;

const PASSING: u8 = 1;
const FINAL: u8 = 2;

impl Progress {
    pub(super) fn transaction() -> Self {
        Self {
            begun: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            commit: AtomicU8::new(OPEN),
            trouble: AtomicU8::new(0),
            autocommit: false,
            begin: BEGIN,
        }
    }

    /// The transaction that a job asks for.
    pub(super) fn of<J: Job>() -> Self {
        Self { begin: if J::IS_FLUSHED { BEGIN } else { BEGIN_UNFLUSHED }, ..Self::transaction() }
    }

    pub(super) fn autocommit() -> Self {
        Self { autocommit: true, ..Self::transaction() }
    }

    fn commit_is(&self, state: u8) -> bool {
        self.commit.load(Ordering::Relaxed) == state
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
        let prepared = self.prepared(statement)?;
        let params = as_sql(params);
        let rows = self.begin_with(self.link.client.query(prepared, &params)).await?;
        rows.iter().map(|row| read(&Row::Pg(row))).collect()
    }

    pub(crate) async fn exec(&self, statement: &'static Statement, params: &[Value<'_>]) -> Result<u64> {
        if self.progress.autocommit {
            return Err(Fault::Broken("a reading job wrote".into()));
        }
        let prepared = self.prepared(statement)?;
        let params = as_sql(params);
        self.begin_with(self.link.client.execute(prepared, &params)).await
    }

    pub(crate) async fn rows_each<T>(
        &self,
        statement: &'static Statement,
        params: &[&[Value<'_>]],
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<Vec<T>>> {
        let flying = params.iter().map(|params| self.rows(statement, params, &read));
        join_all(flying).await.into_iter().collect()
    }

    pub(crate) async fn exec_each(&self, statement: &'static Statement, params: &[&[Value<'_>]]) -> Result<Vec<u64>> {
        let mut touched = Vec::with_capacity(params.len());
        for some in params.chunks(FLYING_MAX) {
            for outcome in join_all(some.iter().map(|params| self.exec(statement, params))).await {
                touched.push(outcome?);
            }
        }
        Ok(touched)
    }

    pub(crate) async fn exec_and_commit(&self, statement: &'static Statement, params: &[Value<'_>]) -> Result<u64> {
        let (touched, committed) = tokio::join!(biased; self.exec(statement, params), self.commit());
        let touched = touched?;
        committed?;
        Ok(touched)
    }

    fn prepared(&self, statement: &'static Statement) -> Result<&tokio_postgres::Statement> {
        self.link.prepared(statement).inspect_err(|_| self.progress.failed.store(true, Ordering::Relaxed))
    }

    /// Sends BEGIN in front of the first statement, without waiting for its answer.
    async fn begin_with<T>(
        &self,
        query: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        if self.progress.autocommit || self.progress.begun.swap(true, Ordering::Relaxed) {
            return query.await.map_err(|error| self.note(error));
        }
        let (begun, answer) = tokio::join!(biased; self.link.client.batch_execute(self.progress.begin), query);
        begun.map_err(|error| self.note(error))?;
        answer.map_err(|error| self.note(error))
    }

    /// Never sent after a statement that failed on this side: the server would keep what came before it.
    async fn commit(&self) -> Result<()> {
        if self.progress.autocommit || self.progress.failed.load(Ordering::Relaxed) {
            return Err(Fault::Broken("a job went on to commit though a statement of it had failed".into()));
        }
        let timer = crate::stopwatch::start();
        let answer = self.link.client.batch_execute("COMMIT").await;
        // Only an error in answer to COMMIT says that all is undone; where the session ended, it may be kept.
        let is_answer = |error: &tokio_postgres::Error| {
            error.as_db_error().is_some_and(|error| error.parsed_severity() == Some(Severity::Error))
        };
        let lost = answer.as_ref().is_err_and(|error| !is_answer(error));
        self.progress.commit.store(if lost { LOST } else { ENDED }, Ordering::Relaxed);
        answer.map_err(|error| self.note(error))?;
        metrics::histogram!("countersign_store_commit_seconds").record(timer.seconds());
        Ok(())
    }

    /// Ends what is open and says what became of the connection.
    pub(super) async fn finish<T>(&self, out: Result<T>) -> (Result<T>, Trouble) {
        let out = match out {
            Ok(out) if self.progress.begun.load(Ordering::Relaxed) && self.progress.commit_is(OPEN) => {
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
        if self.progress.commit_is(LOST) {
            return Trouble::CommitLost;
        }
        if self.link.client.is_closed() {
            return Trouble::Passing;
        }
        let has_ended = self.progress.autocommit
            || self.progress.commit_is(ENDED)
            || !self.progress.begun.load(Ordering::Relaxed)
            || self.link.client.batch_execute("ROLLBACK").await.is_ok();
        match self.progress.trouble.load(Ordering::Relaxed) {
            PASSING => Trouble::Passing,
            FINAL => Trouble::Final,
            _ if has_ended => Trouble::None,
            _ => Trouble::Final,
        }
    }

    fn note(&self, error: tokio_postgres::Error) -> Fault {
        self.progress.failed.store(true, Ordering::Relaxed);
        let passing = match error.as_db_error() {
            Some(error) => can_run_again(error),
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

/// A deadlock, a conflict, a primary that is none any more, and everything that ended the session.
fn can_run_again(error: &DbError) -> bool {
    let of_ours =
        [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE, SqlState::READ_ONLY_SQL_TRANSACTION];
    let ended_session = matches!(error.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    ended_session || of_ours.contains(error.code())
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
