use std::borrow::Cow;
use std::sync::OnceLock;

use uuid::Uuid;

use crate::fault::{Fault, Result};

/// One SQL statement, written once for both engines.
///
/// Parameters are `$1`, `$2` …: PostgreSQL's own markers, rewritten to `?1` for SQLite, where `$1` would be a *name*
/// numbered by appearance. So no `$` may stand inside a literal. `{lock}` at the end of a read locks its rows on
/// PostgreSQL; on SQLite one writer at a time needs none. A locking read names one table and joins nothing: what is
/// judged with it is read in a later statement, since each statement sees a new snapshot. `{turn}` before a number in
/// brackets makes transactions with the same number take turns on PostgreSQL, where there is no row to lock.
pub(crate) struct Statement {
    /// The name it is known by in a fault.
    pub(crate) name: &'static str,
    text: &'static str,
    lite: OnceLock<String>,
    pg: OnceLock<String>,
}

impl Statement {
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text, lite: OnceLock::new(), pg: OnceLock::new() }
    }

    /// As SQLite prepares it.
    pub(crate) fn lite(&self) -> &str {
        self.lite.get_or_init(|| self.text.replace('$', "?").replace("{lock}", "").replace("{turn}", ""))
    }

    /// As PostgreSQL prepares it.
    pub(crate) fn pg(&self) -> &str {
        self.pg.get_or_init(|| self.text.replace("{lock}", "FOR UPDATE").replace("{turn}", "pg_advisory_xact_lock"))
    }
}

/// Declares statements and lists them as `STATEMENTS`, so that every one is prepared when a connection opens and
/// tried on both engines by one test.
macro_rules! statements {
    ($($reach:vis $name:ident = $text:expr;)+) => {
        $($reach static $name: $crate::statement::Statement = $crate::statement::Statement::new(stringify!($name), $text);)+
        pub(crate) static STATEMENTS: &[&$crate::statement::Statement] = &[$(&$name),+];
    };
}
pub(crate) use statements;

/// A parameter.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    Id(Uuid),
}

impl<'a> Value<'a> {
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn bytes(bytes: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }

    /// The value, or null where there is none.
    pub(crate) fn maybe<T>(value: Option<T>, wrap: impl FnOnce(T) -> Value<'a>) -> Self {
        value.map_or(Self::Null, wrap)
    }
}

/// One row of an answer, columns by position.
pub(crate) enum Row<'r> {
    Lite(&'r rusqlite::Row<'r>),
    Pg(&'r tokio_postgres::Row),
}

impl Row<'_> {
    pub(crate) fn int(&self, column: usize) -> Result<i64> {
        self.get::<i64>(column)
    }

    pub(crate) fn text(&self, column: usize) -> Result<String> {
        self.get::<String>(column)
    }

    pub(crate) fn bytes(&self, column: usize) -> Result<Vec<u8>> {
        self.get::<Vec<u8>>(column)
    }

    pub(crate) fn id(&self, column: usize) -> Result<Uuid> {
        match self {
            Self::Lite(_) => Uuid::from_slice(&self.bytes(column)?).map_err(|_| self.bad(column, "is no UUID")),
            Self::Pg(_) => self.get_pg(column),
        }
    }

    pub(crate) fn array<const N: usize>(&self, column: usize) -> Result<[u8; N]> {
        self.bytes(column)?.try_into().map_err(|_| self.bad(column, "has the wrong length"))
    }

    pub(crate) fn maybe_int(&self, column: usize) -> Result<Option<i64>> {
        self.get::<Option<i64>>(column)
    }

    pub(crate) fn maybe_text(&self, column: usize) -> Result<Option<String>> {
        self.get::<Option<String>>(column)
    }

    pub(crate) fn maybe_bytes(&self, column: usize) -> Result<Option<Vec<u8>>> {
        self.get::<Option<Vec<u8>>>(column)
    }

    pub(crate) fn maybe_id(&self, column: usize) -> Result<Option<Uuid>> {
        match self {
            Self::Lite(_) => self
                .maybe_bytes(column)?
                .map(|bytes| Uuid::from_slice(&bytes).map_err(|_| self.bad(column, "is no UUID")))
                .transpose(),
            Self::Pg(_) => self.get_pg(column),
        }
    }

    /// Reads a text into a closed type; a text that is none of it is a corrupt row.
    pub(crate) fn parsed<T: std::str::FromStr>(&self, column: usize) -> Result<T> {
        self.text(column)?.parse().map_err(|_| self.bad(column, "is none of the known values"))
    }

    /// A fault of this row; the statement and its key are added where they are known.
    pub(crate) fn bad(&self, column: usize, why: impl Into<String>) -> Fault {
        let name = match self {
            Self::Lite(row) => row.as_ref().column_name(column).ok().map(str::to_owned),
            Self::Pg(row) => row.columns().get(column).map(|column| column.name().to_owned()),
        };
        Fault::Corrupt {
            statement: "",
            column: name.unwrap_or_else(|| column.to_string()),
            why: why.into(),
            key: String::new(),
        }
    }

    fn get<T>(&self, column: usize) -> Result<T>
    where
        T: rusqlite::types::FromSql + for<'a> tokio_postgres::types::FromSql<'a>,
    {
        match self {
            Self::Lite(row) => row.get(column).map_err(|_| self.bad(column, "has the wrong type")),
            Self::Pg(_) => self.get_pg(column),
        }
    }

    fn get_pg<T: for<'a> tokio_postgres::types::FromSql<'a>>(&self, column: usize) -> Result<T> {
        match self {
            Self::Pg(row) => row.try_get(column).map_err(|_| self.bad(column, "has the wrong type")),
            Self::Lite(_) => Err(self.bad(column, "was read by the wrong engine")),
        }
    }
}

/// Names the statement and the ids it was asked for in a fault about one of its rows.
pub(crate) fn locate(fault: Fault, statement: &Statement, params: &[Value<'_>]) -> Fault {
    match fault {
        Fault::Corrupt { column, why, .. } => {
            let ids = params.iter().filter_map(|value| match value {
                Value::Id(id) => Some(id.to_string()),
                _ => None,
            });
            Fault::Corrupt { statement: statement.name, column, why, key: ids.collect::<Vec<_>>().join("/") }
        }
        Fault::Broken(told) => Fault::Broken(format!("{}: {told}", statement.name)),
        other => other,
    }
}
