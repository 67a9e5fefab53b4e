//! One text, two engines: the tables must be the same, and opening must be safe.

use std::collections::BTreeMap;

use rusqlite::Connection;
use tokio_postgres::Client;

use super::World;
use super::world::{START, connect, statement};
use crate::{Clock, Location, Origin, Store};

/// Column, type as PostgreSQL calls it, whether it must be given.
type Columns = Vec<(String, String, bool)>;
/// Of each table its columns; of each index and key its name and columns, with `*` for unique ones.
type Schema = (BTreeMap<String, Columns>, BTreeMap<String, Vec<(String, String)>>);

fn schema_of_sqlite(connection: &Connection) -> Schema {
    let list = |sql: &str, of: &str| -> Vec<String> {
        let mut asked = connection.prepare(sql).unwrap();
        let rows = asked.query_map([of], |row| row.get(0)).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    };
    let tables = list("SELECT name FROM sqlite_schema WHERE type = ?1 AND name <> 'schema_version'", "table");
    let columns = |table: &String| {
        let mut asked = connection.prepare("SELECT name, type, \"notnull\" FROM pragma_table_info(?1)").unwrap();
        let rows = asked.query_map([table], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))).unwrap();
        (table.clone(), rows.collect::<rusqlite::Result<Columns>>().unwrap())
    };
    let keys = |table: &String| {
        let mut keys = vec![(
            "key".to_owned(),
            list("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk", table).join(","),
        )];
        for index in list("SELECT name FROM pragma_index_list(?1) WHERE origin <> 'pk'", table) {
            let on = list("SELECT name FROM pragma_index_xinfo(?1) WHERE key = 1", &index).join(",");
            // An index made by UNIQUE has a name of SQLite's own.
            let name = if index.starts_with("sqlite_autoindex") { "unique".into() } else { index };
            keys.push((name, on));
        }
        keys.sort();
        (table.clone(), keys)
    };
    (tables.iter().map(columns).collect(), tables.iter().map(keys).collect())
}

async fn schema_of_postgres(client: &Client) -> Schema {
    let asked = "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'NO' \
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_version' \
         ORDER BY table_name, ordinal_position";
    let mut tables = BTreeMap::<String, Columns>::new();
    for row in client.query(asked, &[]).await.unwrap() {
        tables.entry(row.get(0)).or_default().push((row.get(1), row.get(2), row.get(3)));
    }
    let asked = "SELECT t.relname::text, CASE WHEN i.indisprimary THEN 'key' \
             WHEN i.indisunique AND c.relname LIKE '%\\_key' THEN 'unique' ELSE c.relname::text END, \
             string_agg(a.attname, ',' ORDER BY k.at) \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid \
         CROSS JOIN unnest(i.indkey) WITH ORDINALITY k(column_number, at) \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.column_number \
         WHERE t.relnamespace = 'public'::regnamespace AND t.relname <> 'schema_version' GROUP BY 1, 2 ORDER BY 2";
    let mut keys = BTreeMap::<String, Vec<(String, String)>>::new();
    for row in client.query(asked, &[]).await.unwrap() {
        keys.entry(row.get(0)).or_default().push((row.get(1), row.get(2)));
    }
    keys.values_mut().for_each(|keys| keys.sort());
    (tables, keys)
}

/// What SQLite calls a type of PostgreSQL.
fn on_sqlite(kind: &str) -> &str {
    match kind {
        "bigint" => "INTEGER",
        "uuid" | "bytea" => "BLOB",
        "text" => "TEXT",
        other => other,
    }
}

/// Tables of a tenant's rows whose key begins otherwise, each with its reason.
const KEYED_OTHERWISE: [(&str, &str); 5] = [
    ("event_unsealed", "a work list, keyed by time"),
    ("letter_due", "a work list, keyed by time"),
    ("passing_due", "a work list, keyed by time"),
    ("session_due", "a work list, keyed by time"),
    ("tenant_host", "found by host, before the tenant is known"),
];

mod sqlite {
    use super::*;

    fn migrated() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::migrate::lite(&mut connection).unwrap();
        connection
    }

    #[test]
    fn tables_are_strict_and_without_rowid() {
        let connection = migrated();
        let asked = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
             AND name NOT LIKE 'sqlite%' AND name <> 'schema_version' AND NOT (strict AND wr)";
        let loose = connection.query_row(asked, [], |row| row.get::<_, String>(0));
        assert_eq!(loose, Err(rusqlite::Error::QueryReturnedNoRows));
    }

    #[test]
    fn keys_and_indexes_of_a_tenants_rows_begin_with_the_tenant() {
        let (tables, keys) = schema_of_sqlite(&migrated());
        let of_tenants = tables.iter().filter(|(_, columns)| columns.iter().any(|(name, ..)| name == "tenant"));
        for (table, _) in of_tenants {
            for (key, columns) in &keys[table] {
                let by_tenant = columns == "tenant" || columns.starts_with("tenant,");
                let excused = key == "key" && KEYED_OTHERWISE.iter().any(|(excused, _)| excused == table);
                assert!(by_tenant || excused, "{table}: {key} on {columns}");
            }
        }
        for (table, reason) in KEYED_OTHERWISE {
            assert!(!keys[table][0].1.starts_with("tenant,") && !reason.is_empty(), "{table} needs no excuse");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_new_file_is_opened_by_many_at_once() {
        for _ in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            many_open(Location::File(folder.path().join("store.db"), 1)).await;
        }
    }

    #[tokio::test]
    async fn what_was_answered_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        what_was_answered_is_there(Location::File(folder.path().join("store.db"), 1)).await;
    }

    #[tokio::test]
    async fn the_next_schema_is_opened_and_none_after_it() {
        super::the_next_schema_is_opened_and_none_after_it(World::in_a_file().await).await;
    }

    #[tokio::test]
    async fn a_file_is_its_users_alone() {
        use std::os::unix::fs::PermissionsExt;

        let world = World::in_a_file().await;
        let Location::File(file, _) = &world.location else { unreachable!() };
        for name in ["store.db", "store.db-wal", "store.db-shm", "store.lock"] {
            let mode = std::fs::metadata(file.with_file_name(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_no_store_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        std::fs::write(&file, "this is a letter to my aunt, and longer than any header of a database file is").unwrap();
        assert!(Store::open(&Location::File(file.clone(), 1), Clock::system()).await.is_err());
        assert!(std::fs::read_to_string(file).unwrap().starts_with("this is a letter"));
    }
}

mod postgres {
    use super::*;

    async fn client_of(world: &World) -> Client {
        let Location::Postgres(url, _) = &world.location else { unreachable!() };
        connect(url).await
    }

    #[tokio::test]
    async fn both_engines_have_the_same_tables() {
        let world = World::on_postgres().await;
        let (tables, keys) = schema_of_postgres(&client_of(&world).await).await;
        let mut connection = Connection::open_in_memory().unwrap();
        crate::migrate::lite(&mut connection).unwrap();
        let (tables_of_sqlite, keys_of_sqlite) = schema_of_sqlite(&connection);
        let renamed =
            |columns: Columns| columns.into_iter().map(|(n, t, g)| (n, on_sqlite(&t).to_owned(), g)).collect();
        let tables: BTreeMap<String, Columns> = tables.into_iter().map(|(t, columns)| (t, renamed(columns))).collect();
        assert!(tables.len() > 10);
        assert_eq!(tables, tables_of_sqlite);
        assert_eq!(keys, keys_of_sqlite);
    }

    #[tokio::test]
    async fn rows_that_are_rewritten_in_place_have_room() {
        let world = World::on_postgres().await;
        let asked = "SELECT string_agg(relname || reloptions::text, ' ' ORDER BY relname) FROM pg_class \
             WHERE relkind = 'r' AND reloptions IS NOT NULL";
        let row = client_of(&world).await.query_one(asked, &[]).await.unwrap();
        assert_eq!(
            row.get::<_, String>(0),
            "api_token{fillfactor=70} counter{fillfactor=70} hourly_count{fillfactor=70} letter{fillfactor=70} \
             session{fillfactor=70}"
        );
    }

    #[tokio::test]
    async fn a_rotation_touches_no_index() {
        let world = World::on_postgres().await;
        let account = world.account(countersign_domain::Kind::Customer, "ada@example.com").await;
        let session = world.log_in(&account).await;
        let mut client = client_of(&world).await;
        let rotation = client.transaction().await.unwrap();
        let (tenant, id) = (world.tenant.uuid(), session.id.uuid());
        let moment = world.now().micros();
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 8] =
            [&tenant, &id, &1_i64, &moment, &None::<uuid::Uuid>, &"192.0.2.9", &"a longer name than before", &moment];
        rotation.execute(statement("SESSION_ROTATE").pg(), &values).await.unwrap();
        let asked = "SELECT pg_stat_get_xact_tuples_updated(t), pg_stat_get_xact_tuples_hot_updated(t) \
             FROM (SELECT 'session'::regclass AS t) s";
        let row = rotation.query_one(asked, &[]).await.unwrap();
        let (all, in_place) = (row.get::<_, i64>(0), row.get::<_, i64>(1));
        assert_eq!((all, in_place), (1, 1));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_new_database_is_opened_by_many_at_once() {
        let url = scratch::Postgres::shared().unwrap().database().unwrap();
        many_open(Location::Postgres(url, 2)).await;
    }

    #[tokio::test]
    async fn what_was_answered_is_there_after_reopening() {
        let url = scratch::Postgres::shared().unwrap().database().unwrap();
        what_was_answered_is_there(Location::Postgres(url, 2)).await;
    }

    #[tokio::test]
    async fn the_next_schema_is_opened_and_none_after_it() {
        super::the_next_schema_is_opened_and_none_after_it(World::on_postgres().await).await;
    }

    #[tokio::test]
    async fn migrations_wait_for_another_nodes() {
        let url = scratch::Postgres::shared().unwrap().database().unwrap();
        let other = connect(&url).await;
        other.batch_execute("SELECT pg_advisory_lock(5069721436610560)").await.unwrap();
        let opening = tokio::spawn(async move { Store::open(&Location::Postgres(url, 2), Clock::system()).await });
        // The node is seen to wait for the lock.
        let asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        while other.query_one(asked, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert!(!opening.is_finished());
        let made = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
        assert_eq!(other.query_one(made, &[]).await.unwrap().get::<_, i64>(0), 0);
        drop(other);
        opening.await.unwrap().unwrap();
    }
}

/// While nodes are replaced one by one, an old one may start again on the schema of a newer.
async fn the_next_schema_is_opened_and_none_after_it(world: World) {
    let newest = world.number("SELECT CAST(max(version) AS BIGINT) FROM schema_version").await;
    let add = async |version: i64| {
        let columns = "(version, name, applied_on, checksum)";
        let row = format!("({version}, 'of_a_newer_version', '2030-01-01T00:00:00Z', '1')");
        world.meddle(&format!("INSERT INTO schema_version {columns} VALUES {row}")).await;
    };
    let open = async || Store::open(&world.location, Clock::manual(START)).await;
    add(newest + 1).await;
    assert!(open().await.unwrap().is_migrated().await.unwrap());
    // Two versions on, anything may be different.
    add(newest + 2).await;
    let fault = open().await.err().unwrap().to_string();
    assert!(fault.contains(&format!("version {}", newest + 2)), "{fault}");
}

/// Nodes that start together on a new store.
async fn many_open(location: Location) {
    let open = |_| {
        let location = location.clone();
        tokio::spawn(async move { Store::open(&location, Clock::system()).await })
    };
    let tasks: Vec<_> = (0..6).map(open).collect();
    for task in tasks {
        let store = task.await.unwrap().unwrap();
        assert_eq!(store.origin(Origin::Production).await.unwrap(), Origin::Production);
    }
}

async fn what_was_answered_is_there(location: Location) {
    let open = async || Store::open(&location, Clock::manual(START)).await.unwrap();
    let tenant = super::world::make_tenant(&open().await, "here").await;
    for _ in 0..3 {
        let store = open().await;
        let tenants = store.tenants_after("", 9).await.unwrap();
        assert_eq!(tenants.iter().map(|tenant| tenant.id).collect::<Vec<_>>(), [tenant]);
    }
}
