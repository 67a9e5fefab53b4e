use countersign_domain::Timestamp;

use crate::fault::Result;
use crate::statement::{Row, Statement, Value, locate};
use crate::{lite, pg};

/// A transaction in progress: all that a job may touch.
///
/// On SQLite its statements are done when they are first polled. On PostgreSQL statements that are polled together
/// (`tokio::join!` with `biased;`) fly together, the first of them with BEGIN and the last with COMMIT.
pub(crate) struct Tx<'t> {
    conn: Conn<'t>,
    now: Timestamp,
}

pub(crate) enum Conn<'t> {
    Lite(lite::Conn<'t>),
    Pg(pg::Conn<'t>),
}

impl<'t> Tx<'t> {
    pub(crate) fn new(conn: Conn<'t>, now: Timestamp) -> Self {
        Self { conn, now }
    }

    pub(crate) fn into_conn(self) -> Conn<'t> {
        self.conn
    }

    /// The moment of this transaction, by the database's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The rows of an answer.
    pub(crate) async fn rows<T: Send>(
        &self,
        statement: &'static Statement,
        params: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T> + Send + Sync,
    ) -> Result<Vec<T>> {
        match &self.conn {
            Conn::Lite(conn) => conn.rows(statement, params, read),
            Conn::Pg(conn) => conn.rows(statement, params, read).await,
        }
        .map_err(|fault| locate(fault, statement, params))
    }

    /// The first row of an answer, or nothing.
    pub(crate) async fn row<T: Send>(
        &self,
        statement: &'static Statement,
        params: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T> + Send + Sync,
    ) -> Result<Option<T>> {
        Ok(self.rows(statement, params, read).await?.into_iter().next())
    }

    /// Runs a change; how many rows it touched.
    pub(crate) async fn exec(&self, statement: &'static Statement, params: &[Value<'_>]) -> Result<u64> {
        match &self.conn {
            Conn::Lite(conn) => conn.exec(statement, params),
            Conn::Pg(conn) => conn.exec(statement, params).await,
        }
        .map_err(|fault| locate(fault, statement, params))
    }

    /// Runs one change with many sets of parameters, in their order: how many rows each touched. On PostgreSQL they fly
    /// together, a thousand at a time: what must come after the last is not joined with it.
    pub(crate) async fn exec_each(&self, statement: &'static Statement, params: &[&[Value<'_>]]) -> Result<Vec<u64>> {
        match &self.conn {
            Conn::Lite(conn) => conn.exec_each(statement, params),
            Conn::Pg(conn) => conn.exec_each(statement, params).await,
        }
        .map_err(|fault| locate(fault, statement, &[]))
    }

    /// Asks one question with many sets of parameters: the rows of each answer, in their order.
    pub(crate) async fn rows_each<T: Send>(
        &self,
        statement: &'static Statement,
        params: &[&[Value<'_>]],
        read: impl Fn(&Row<'_>) -> Result<T> + Send + Sync,
    ) -> Result<Vec<Vec<T>>> {
        match &self.conn {
            Conn::Lite(conn) => params.iter().map(|params| conn.rows(statement, params, &read)).collect(),
            Conn::Pg(conn) => conn.rows_each(statement, params, &read).await,
        }
        .map_err(|fault| locate(fault, statement, &[]))
    }

    /// The last change of the job: on PostgreSQL COMMIT flies with it, so nothing may follow. A job that ends
    /// without one is committed when it returns.
    pub(crate) async fn last(&self, statement: &'static Statement, params: &[Value<'_>]) -> Result<u64> {
        match &self.conn {
            Conn::Lite(conn) => conn.exec(statement, params),
            Conn::Pg(conn) => conn.exec_and_commit(statement, params).await,
        }
        .map_err(|fault| locate(fault, statement, params))
    }
}
