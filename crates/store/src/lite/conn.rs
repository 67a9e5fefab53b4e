use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, params_from_iter};

use crate::fault::Result;
use crate::statement::{Row, Statement, Value};

/// A connection as a job sees it. The mutex is never contended: it makes the borrow `Sync`, which a future that can
/// move between threads needs though this one never does.
pub(crate) struct Conn<'t>(Mutex<&'t mut Connection>);

impl<'t> Conn<'t> {
    pub(super) fn new(connection: &'t mut Connection) -> Self {
        Self(Mutex::new(connection))
    }

    fn lock(&self) -> MutexGuard<'_, &'t mut Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rows<T>(
        &self,
        statement: &Statement,
        params: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let connection = self.lock();
        let mut prepared = connection.prepare_cached(statement.lite())?;
        let mut rows = prepared.query(params_from_iter(params))?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            out.push(read(&Row::Lite(row))?);
        }
        Ok(out)
    }

    pub(crate) fn exec(&self, statement: &Statement, params: &[Value<'_>]) -> Result<u64> {
        let connection = self.lock();
        let mut prepared = connection.prepare_cached(statement.lite())?;
        let touched = prepared.execute(params_from_iter(params))?;
        Ok(u64::try_from(touched).unwrap_or(u64::MAX))
    }

    pub(crate) fn exec_each(&self, statement: &Statement, params: &[&[Value<'_>]]) -> Result<Vec<u64>> {
        let connection = self.lock();
        let mut prepared = connection.prepare_cached(statement.lite())?;
        let touched = params.iter().map(|params| {
            let touched = prepared.execute(params_from_iter(*params))?;
            Ok(u64::try_from(touched).unwrap_or(u64::MAX))
        });
        touched.collect()
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(int) => ValueRef::Integer(*int),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Id(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}
