//! The schema: one text for both engines, embedded, checksummed, forwards only.

use refinery::{Migration, Runner};

use crate::Store;
use crate::fault::{Fault, Result};
use crate::job::Job;
use crate::statement::statements;
use crate::tx::Tx;

statements! {
    SCHEMA_VERSION = "SELECT CAST(max(version) AS BIGINT) FROM schema_version";
}

/// Every version of the schema. A version runs on the schema of the one before and of the one after it; what destroys
/// comes one version later.
const VERSIONS: &[(&str, &str)] = &[
    ("V1__login", include_str!("../migrations/V1__login.sql")),
    ("V2__people", include_str!("../migrations/V2__people.sql")),
    ("V3__encryption_key", include_str!("../migrations/V3__encryption_key.sql")),
    ("V4__api_token", include_str!("../migrations/V4__api_token.sql")),
    ("V5__import", include_str!("../migrations/V5__import.sql")),
    ("V6__browser", include_str!("../migrations/V6__browser.sql")),
    ("V7__hourly_count", include_str!("../migrations/V7__hourly_count.sql")),
    ("V8__tenant_logo", include_str!("../migrations/V8__tenant_logo.sql")),
];

/// The version that this program brings a store to.
fn newest() -> i64 {
    i64::try_from(VERSIONS.len()).unwrap_or(i64::MAX)
}

/// Words of the one text and what SQLite calls them: column types by their affinity, every table STRICT.
const LITE: &[(&str, &str)] = &[
    ("BIGINT", "INTEGER"),
    ("BYTEA", "BLOB"),
    ("UUID", "BLOB"),
    // The order that SQLite knows anyway.
    (" COLLATE \"C\"", ""),
    (") {hot};", ") STRICT, WITHOUT ROWID;"),
    (") {table};", ") STRICT, WITHOUT ROWID;"),
];
/// Rows that are rewritten in place find room on their own page.
const PG: &[(&str, &str)] = &[(") {hot};", ") WITH (fillfactor = 70);"), (") {table};", ");")];

pub(crate) fn lite(connection: &mut rusqlite::Connection) -> Result<()> {
    runner(LITE)?.run(connection).map_err(broken)?;
    connection.query_row(&there(), [], |row| Ok(judge(row.get(0)?, row.get(1)?)))?
}

pub(crate) async fn pg(client: &mut tokio_postgres::Client) -> Result<()> {
    runner(PG)?.run_async(client).await.map_err(broken)?;
    let row = client.query_one(&there(), &[]).await?;
    judge(row.try_get(0)?, row.try_get(1)?)
}

/// The newest version in the store, and how many of ours are there.
fn there() -> String {
    let ours = newest();
    format!("SELECT CAST(max(version) AS BIGINT), count(CASE WHEN version <= {ours} THEN 1 END) FROM schema_version")
}

/// The program was tried on its own schema and is written for the next one: what comes later it may misread.
fn judge(newest_there: i64, ours_there: i64) -> Result<()> {
    if newest_there > newest().saturating_add(1) || ours_there != newest() {
        return Err(Fault::Broken(format!(
            "the schema is of version {newest_there} with {ours_there} of the first {}, and this program runs on \
             version {0} and the one after it: start a program of the store's own version",
            newest()
        )));
    }
    Ok(())
}

fn runner(words: &[(&str, &str)]) -> Result<Runner> {
    let migrations = VERSIONS.iter().map(|(name, text)| {
        let sql = words.iter().fold((*text).to_owned(), |sql, (from, to)| sql.replace(from, to));
        Migration::unapplied(name, &sql).map_err(broken)
    });
    let mut runner = Runner::new(&migrations.collect::<Result<Vec<_>>>()?);
    runner.set_migration_table_name("schema_version");
    // A version that this program does not know is a newer one's: judged below.
    Ok(runner.set_abort_missing(false))
}

fn broken(error: refinery::Error) -> Fault {
    Fault::Broken(format!("the schema could not be brought to this version: {error}"))
}

impl Store {
    /// Whether the schema is this version's or a newer one, on which this version runs too.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn is_migrated(&self) -> Result<bool> {
        let version = self.read(SchemaVersion).await?;
        Ok(version >= Some(newest()))
    }
}

struct SchemaVersion;

impl Job for SchemaVersion {
    type Out = Option<i64>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        Ok(tx.row(&SCHEMA_VERSION, &[], |row| row.maybe_int(0)).await?.flatten())
    }
}
