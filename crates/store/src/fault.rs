/// Something is broken. What a story may be refused is never among these: a refusal is a value of its own.
///
/// No variant carries a parameter of a statement, so a fault can be logged.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store cannot be reached, is full or too busy: trying again later may work.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// The store was asked to keep a fact and did not say whether it does: the fact may hold.
    #[error("the store did not confirm a change: {0}")]
    Uncertain(&'static str),
    /// A row holds what no row of ours can hold.
    #[error("row of {statement}: column {column} {why}, key {key}")]
    Corrupt {
        /// The statement that read it.
        statement: &'static str,
        /// The column's name.
        column: String,
        /// What is wrong with it.
        why: String,
        /// The ids the statement was asked for.
        key: String,
    },
    /// A unique value is taken. Methods that can be refused for it turn it into their own answer.
    #[error("a unique value is taken")]
    Taken,
    /// A row was made or deleted by another between our reading and our writing: the job is run again.
    #[error("a row changed hands every time it was tried")]
    Contended,
    /// A mistake of ours or a broken database file.
    #[error("the store failed: {0}")]
    Broken(String),
}

/// What every store call returns.
pub type Result<T> = std::result::Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{CannotOpen, ConstraintViolation, DatabaseBusy, DatabaseLocked, DiskFull};
        match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked | DiskFull | CannotOpen) => Self::Unavailable(error.to_string()),
            Some(ConstraintViolation) if is_unique(&error) => Self::Taken,
            _ => Self::Broken(error.to_string()),
        }
    }
}

fn is_unique(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_UNIQUE))
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        let Some(database) = error.as_db_error() else {
            return Self::Unavailable(error.to_string());
        };
        // The detail of a database error quotes values; the message does not.
        let told = format!("{} ({})", database.message(), database.code().code());
        match *database.code() {
            SqlState::UNIQUE_VIOLATION => Self::Taken,
            ref code if is_passing(code) => Self::Unavailable(told),
            _ => Self::Broken(told),
        }
    }
}

/// What says that the server is not well rather than that we erred: 25006 read-only, 25P03 we stood still inside a
/// transaction, 55P03 a lock was held too long; classes 08 connection, 40 rollback, 53 resources, 57 operator
/// intervention, 58 system.
fn is_passing(code: &tokio_postgres::error::SqlState) -> bool {
    let code = code.code();
    let classes = ["08", "40", "53", "57", "58"];
    ["25006", "25P03", "55P03"].contains(&code) || classes.iter().any(|class| code.starts_with(class))
}
