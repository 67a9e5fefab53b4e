//! Every statement there is, prepared on both engines and its plan read.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use serde_json::Value as Json;
use tokio_postgres::Client;

use super::World;
use super::world::{connect, leak};
use crate::all_statements;
use crate::statement::Statement;

/// Statements that do not name the tenant of the rows they touch, each with its reason. A new one needs a new reason.
const NAMES_NO_TENANT: &[(&str, &str)] = &[
    ("TENANT_BY_HOST", "finds out which tenant a request is for"),
    ("SESSIONS_DUE", "a work list over all tenants, keyed by time"),
    ("UNSEALED_OLDEST", "the head of the work list of seals, for its age"),
    ("UNSEALED_BATCH", "the work list of seals, over all tenants"),
    ("UNSEALED_DELETE", "the work list of seals, over all tenants"),
    ("COUNTERS_AFTER", "the purge's walk over all tenants, a batch at a time"),
    ("TENANTS_WITH_NAME", "three known names in every tenant, once at the start of a production"),
    ("PASSING_DUE", "a work list over all tenants, keyed by time"),
    ("LETTERS_DUE", "a work list over all tenants, keyed by time"),
    ("LETTERS_DUE_WITH_KIND", "the same list, with what kind each letter is of"),
    ("LETTERS_DUE_OLDEST", "the head of the work list, for its age"),
];

/// Tables that no tenant owns.
const NOBODYS: &[(&str, &str)] = &[
    ("tenant", "the tenants themselves: reached by id or slug"),
    ("store_mark", "one row"),
    ("secret", "the service's own keys"),
    ("sealer", "one row"),
    ("schema_version", "a row for each migration"),
];

/// Tables whose rows are a tenant's and whose key begins otherwise.
const KEYED_OTHERWISE: &[(&str, &str)] = &[
    ("tenant_host", "a host belongs to one tenant, and the host is what a request tells"),
    ("session_due", "a work list, keyed by time"),
    ("event_unsealed", "a work list, keyed by time"),
    ("letter_due", "a work list, keyed by time"),
    ("passing_due", "a work list, keyed by time"),
];

/// Tables that are read whole, since they hold a handful of rows for ever.
const SMALL: &[&str] = &["store_mark", "secret", "sealer", "schema_version"];

/// Tables that grow within one tenant, each with its primary key: there `tenant = $1` alone bounds nothing.
const GROWS_IN_A_TENANT: &[(&str, &[&str])] = &[
    ("account", &["tenant", "id"]),
    ("counter", &["tenant", "name_hash", "device"]),
    ("session", &["tenant", "id"]),
    ("session_due", &["due_at", "session"]),
    ("event", &["tenant", "id"]),
    ("event_unsealed", &["id"]),
    ("seal", &["tenant", "number"]),
    ("hourly_count", &["tenant", "hour", "measure"]),
    ("person", &["tenant", "account"]),
    ("account_word", &["tenant", "kind", "word", "account"]),
    ("role_holder", &["tenant", "role", "account"]),
    ("registration", &["tenant", "id"]),
    ("import", &["tenant", "id"]),
    ("one_time_token", &["tenant", "id"]),
    ("invitation", &["tenant", "account"]),
    ("letter", &["tenant", "id"]),
    ("letter_due", &["due_at", "letter"]),
    ("passing_due", &["due_at", "id"]),
    ("api_token", &["tenant", "id"]),
    ("api_token_secret", &["tenant", "hash"]),
];

/// Statements with a condition that their index does not search by, each with its reason. Else a walk would read and
/// throw away any number of rows, however few the statement's LIMIT lets through.
const FILTERS: &[(&str, &str)] = &[
    ("SEAL_OLDEST_KEPT", "its index holds only the rows that pass"),
    ("LETTERS_DEAD_BEFORE", "its index holds only the rows that pass"),
    ("REGISTRATIONS_OF_NAME", "the condition is the outer table's, which is searched by its whole key"),
];

/// Statements that look at every tenant, each with its reason.
const EVERY_TENANT: &[(&str, &str)] = &[("TENANTS_WITH_NAME", "three looks into an index for each, once at a start")];

/// What a subquery is called that its own LIMIT bounds: reading it whole reads no more. Its own access is judged apart.
const BOUNDED_SUBQUERY: &str = "page";

/// Statements whose rows are sorted after they were found, each with its reason.
const SORTS: &[(&str, &str)] = &[("TENANT_AND_ACCOUNTS", "two rows at most")];

fn is_listed(list: &[(&str, &str)], name: &str) -> bool {
    list.iter().any(|(listed, _)| *listed == name)
}

/// The tables of a statement by the names its plan calls them.
fn tables(text: &str) -> BTreeMap<String, String> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let starts = |word: &str| matches!(word, "FROM" | "JOIN" | "INTO" | "UPDATE");
    let mut found = BTreeMap::new();
    for at in (0..words.len()).filter(|at| starts(words[*at])) {
        let Some(table) = words.get(at + 1).filter(|word| word.chars().all(|c| c.is_lowercase() || c == '_')) else {
            continue;
        };
        let alias = words.get(at + 2).filter(|word| word.len() == 1).unwrap_or(table);
        found.insert((*alias).to_owned(), (*table).to_owned());
    }
    found
}

/// What is wrong with a statement's words.
fn faults_of_text(statement: &Statement) -> Vec<String> {
    let text = statement.pg();
    let upper = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut faults = Vec::new();
    if text.split('\'').skip(1).step_by(2).any(|literal| literal.contains('$')) {
        faults.push("a literal holds a $, which SQLite's text would lose".into());
    }
    if upper.starts_with("WITH ") {
        faults.push("a WITH is not understood alike by both engines".into());
    }
    if let Some(read) = upper.strip_suffix(" FOR UPDATE") {
        if read.contains(" JOIN ") || tables(text).len() != 1 {
            faults.push("a locking read names more than one table".into());
        }
    } else if upper.contains("FOR UPDATE") {
        faults.push("the lock does not stand at the end".into());
    }
    let highest = (1..=99).rev().find(|n| {
        text.match_indices(&format!("${n}"))
            .any(|(at, marker)| !text[at + marker.len()..].starts_with(|c: char| c.is_ascii_digit()))
    });
    for n in 1..=highest.unwrap_or(0) {
        if !text.contains(&format!("${n}")) {
            faults.push(format!("${n} is missing"));
        }
    }
    let is_insert = upper.starts_with("INSERT INTO");
    for table in tables(text).values().filter(|table| !is_listed(NOBODYS, table)) {
        let named = if is_insert {
            upper.split(')').next().is_some_and(|head| head.contains("tenant"))
        } else {
            upper.contains("tenant = $1") || upper.contains("t.id = $1")
        };
        if !named && !is_listed(NAMES_NO_TENANT, statement.name) {
            faults.push(format!("it touches {table} and names no tenant"));
        }
    }
    faults
}

/// What is wrong with SQLite's plan.
fn faults_on_sqlite(connection: &Connection, statement: &Statement) -> Vec<String> {
    let prepared = match connection.prepare(statement.lite()) {
        Ok(prepared) => prepared,
        Err(error) => return vec![error.to_string()],
    };
    let mut faults = Vec::new();
    if prepared.parameter_count() != highest_parameter(statement) {
        faults.push(format!("SQLite counts {} parameters", prepared.parameter_count()));
    }
    let aliases = tables(statement.lite());
    for detail in plan_on_sqlite(connection, statement) {
        let words: Vec<&str> = detail.split_whitespace().collect();
        match *words.as_slice() {
            ["USE", "TEMP", "B-TREE", ..] => faults.push(detail),
            ["SCAN", "CONSTANT", "ROW"] => {}
            ["SCAN", BOUNDED_SUBQUERY, ..] if statement.lite().contains(&format!(") {BOUNDED_SUBQUERY} ")) => {}
            [how @ ("SCAN" | "SEARCH"), alias, ..] => {
                let table = aliases.get(alias).map_or(alias, String::as_str);
                let condition = detail.split_once('(').map_or("", |(_, rest)| rest);
                faults.extend(
                    fault_of_access(statement, table, how == "SCAN", condition).map(|why| format!("{detail}: {why}")),
                );
            }
            _ => {}
        }
    }
    faults
}

fn plan_on_sqlite(connection: &Connection, statement: &Statement) -> Vec<String> {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.lite())).unwrap();
    let nothing = vec![rusqlite::types::Null; explain.parameter_count()];
    let rows = explain.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

/// What is wrong with the way to one table's rows, by the index condition that a plan tells.
fn fault_of_access(statement: &Statement, table: &str, is_scan: bool, condition: &str) -> Option<&'static str> {
    if SMALL.contains(&table) {
        return None;
    }
    if is_scan && table == "tenant" && is_listed(EVERY_TENANT, statement.name) {
        return None;
    }
    let is_head = statement.pg().contains(" LIMIT ") && !statement.pg().contains(" WHERE ");
    if is_scan && !(is_head && is_listed(KEYED_OTHERWISE, table)) {
        return Some("reads every row of a table that grows");
    }
    let by_tenant = ["tenant=?", "tenant = ", "tenant,"].iter().any(|start| condition.contains(start));
    let may_else = is_listed(NOBODYS, table) || is_listed(KEYED_OTHERWISE, table);
    if !may_else && !by_tenant && !is_listed(NAMES_NO_TENANT, statement.name) {
        return Some("reaches a tenant's rows by something else than the tenant");
    }
    let (_, key) = GROWS_IN_A_TENANT.iter().find(|(name, _)| *name == table)?;
    if key.iter().all(|column| is_searched(column, condition, true)) {
        return None;
    }
    let is_walk = by_tenant && !condition.contains("AND") && !condition.contains("tenant,");
    if is_walk && !statement.pg().contains(" LIMIT ") {
        return Some("reads every row of a tenant");
    }
    let filtered = compared(statement.pg(), table).into_iter().any(|column| !is_searched(&column, condition, false));
    (filtered && !is_listed(FILTERS, statement.name)).then_some("throws away rows that it has read")
}

/// The columns of a table that a statement compares with something.
fn compared(text: &str, table: &str) -> Vec<String> {
    let names = tables(text);
    let of_table = |alias: &str| names.get(alias).is_some_and(|of| of == table);
    let upper = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let conditions = upper.replace(" WHERE ", " AND ").replace(" ON ", " AND ");
    let mut columns = Vec::new();
    for condition in conditions.split(" AND ").skip(1) {
        let left = condition.split(['=', '<', '>']).next().unwrap_or(condition);
        let left = left.split(" IN ").next().and_then(|left| left.split(" IS ").next()).unwrap_or(left);
        for column in left.trim().trim_matches(['(', ')']).split(", ") {
            match column.split_once('.') {
                Some((alias, column)) if of_table(alias) => columns.push(column.to_owned()),
                None if names.len() == 1 && of_table(table) => columns.push(column.to_owned()),
                _ => {}
            }
        }
    }
    columns
}

/// Whether an index condition of either engine names a column, if wanted with one value only.
fn is_searched(column: &str, condition: &str, is_equal: bool) -> bool {
    condition.match_indices(column).any(|(at, _)| {
        let before = condition[..at].chars().next_back();
        let after = &condition[at + column.len()..];
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        !before.is_some_and(is_word)
            && !after.starts_with(is_word)
            && (!is_equal || after.starts_with('=') || after.starts_with(" = "))
    })
}

fn highest_parameter(statement: &Statement) -> usize {
    let text = statement.pg();
    let after = |(at, _): (usize, &str)| {
        let digits: String = text[at + 1..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    };
    text.match_indices('$').map(after).max().unwrap_or(0)
}

/// What is wrong with PostgreSQL's plan, made without knowing the parameters.
async fn faults_on_postgres(client: &Client, statement: &Statement) -> Vec<String> {
    let count = match client.prepare(statement.pg()).await {
        Ok(prepared) => prepared.params().len(),
        Err(error) => return vec![format!("{error}: {:?}", error.as_db_error())],
    };
    let mut faults = Vec::new();
    if count != highest_parameter(statement) {
        faults.push(format!("PostgreSQL counts {count} parameters"));
    }
    let arguments = if count == 0 { String::new() } else { format!("({})", vec!["NULL"; count].join(", ")) };
    client.batch_execute(&format!("PREPARE asked AS {}", statement.pg())).await.unwrap();
    let explain = format!("EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE asked{arguments}");
    let plan = client.query_one(&explain, &[]).await;
    client.batch_execute("DEALLOCATE asked").await.unwrap();
    let plan: String = match plan.and_then(|row| row.try_get::<_, JsonText>(0)) {
        Ok(text) => text.0,
        Err(error) => return vec![error.to_string()],
    };
    let plan: Json = serde_json::from_str(&plan).unwrap();
    collect_faults(statement, &plan[0]["Plan"], &mut faults);
    faults
}

fn collect_faults(statement: &Statement, node: &Json, faults: &mut Vec<String>) {
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let table = node["Relation Name"].as_str().unwrap_or_default();
    let condition = node["Index Cond"].as_str().unwrap_or_default();
    match kind {
        "Seq Scan" | "Index Scan" | "Index Only Scan" | "Bitmap Heap Scan" => {
            let is_scan = condition.is_empty();
            let why = fault_of_access(statement, table, is_scan, condition);
            faults.extend(why.map(|why| format!("{kind} on {table} ({condition}): {why}")));
        }
        "Sort" | "Incremental Sort" if is_listed(SORTS, statement.name) => {}
        "Sort" | "Incremental Sort" => faults.push(format!("{kind} by {}", node["Sort Key"])),
        _ => {}
    }
    for below in node["Plans"].as_array().into_iter().flatten() {
        collect_faults(statement, below, faults);
    }
}

/// The type `json`, which the driver reads only with a feature that nobody else needs.
struct JsonText(String);

impl<'a> tokio_postgres::types::FromSql<'a> for JsonText {
    fn from_sql(
        _: &tokio_postgres::types::Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(of: &tokio_postgres::types::Type) -> bool {
        *of == tokio_postgres::types::Type::JSON
    }
}

fn migrated() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    crate::migrate::lite(&mut connection).unwrap();
    connection
}

/// Rows enough in every table that the planner must choose: 4,000, of 20 tenants; 20 where a tenant has one.
const FILL: &str = "DO $$ DECLARE t record; columns text; made text; BEGIN \
     FOR t IN SELECT conrelid::regclass AS of, conname FROM pg_constraint WHERE contype IN ('c', 'f') \
         AND connamespace = 'public'::regnamespace LOOP \
         EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', t.of, t.conname); END LOOP; \
     FOR t IN SELECT table_name AS of FROM information_schema.tables WHERE table_schema = 'public' \
         AND table_name <> 'schema_version' LOOP \
         SELECT string_agg(quote_ident(column_name), ', '), string_agg(CASE \
             WHEN column_name = 'tenant' THEN 'md5((n % 20)::text)::uuid' WHEN data_type = 'uuid' THEN 'md5(n::text)::uuid' \
             WHEN data_type = 'bigint' THEN 'n' WHEN data_type = 'bytea' THEN 'sha256(n::text::bytea)' ELSE 'md5(n::text)' \
             END, ', ') INTO columns, made FROM information_schema.columns WHERE table_name = t.of; \
         EXECUTE format('INSERT INTO %I (%s) SELECT %s FROM generate_series(10, 4009) n ON CONFLICT DO NOTHING', t.of, columns, made); \
     END LOOP; END $$";

/// A session in which a plan shows whether there is an index.
async fn planner() -> (World, Client) {
    let world = World::on_postgres().await;
    let crate::Location::Postgres(url, _) = &world.location else { unreachable!() };
    let client = connect(url).await;
    let settings = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; \
         SET plan_cache_mode = force_generic_plan";
    client.batch_execute(settings).await.unwrap();
    client.batch_execute(FILL).await.unwrap();
    client.batch_execute("ANALYZE").await.unwrap();
    (world, client)
}

/// Statements that must be found out, with a word of what is said about each.
fn bad() -> [(&'static Statement, &'static str); 16] {
    [
        (leak("SELECT id FROM account WHERE tenant = $1 AND email = $2 AND created_at > $4"), "$3 is missing"),
        (leak("SELECT id FROM account WHERE tenant = $1 AND email_key = '$2'"), "literal"),
        (leak("SELECT id FROM account a WHERE tenant = $1 AND id = $2 {lock} LIMIT 1"), "end"),
        (leak("SELECT a.id FROM account a JOIN role r ON r.tenant = a.tenant WHERE a.tenant = $1 {lock}"), "one table"),
        (leak("WITH gone AS (DELETE FROM role WHERE tenant = $1 RETURNING name) SELECT name FROM gone"), "WITH"),
        (leak("SELECT id FROM account WHERE id = $1"), "names no tenant"),
        (leak("INSERT INTO session_due (session, due_at) VALUES ($1, $2)"), "names no tenant"),
        (leak("DELETE FROM event_unsealed WHERE id = $1"), "names no tenant"),
        (leak("SELECT nothing FROM account WHERE tenant = $1"), "nothing"),
        (leak("SELECT id FROM account WHERE email = $1"), "every row"),
        (leak("SELECT id FROM account WHERE tenant = $1 AND first_name = $2"), "every row of a tenant"),
        (leak("UPDATE session SET ended_at = $2 WHERE tenant = $1"), "every row of a tenant"),
        (
            leak("SELECT id FROM event WHERE tenant = $1 AND id < $2 AND action = $3 ORDER BY id LIMIT $4"),
            "throws away",
        ),
        (leak("SELECT id FROM session WHERE tenant = $1 AND account = $2 AND network = $3 LIMIT $4"), "throws away"),
        (leak("SELECT id FROM tenant WHERE name = $1"), "every row"),
        (leak("SELECT slug FROM tenant WHERE id > $1 ORDER BY name"), "TEMP B-TREE"),
    ]
}

#[test]
fn names_are_told_apart() {
    let mut names = BTreeSet::new();
    for statement in all_statements() {
        assert!(names.insert(statement.name), "{} is there twice", statement.name);
    }
    for list in [NAMES_NO_TENANT, FILTERS, EVERY_TENANT, SORTS] {
        for (name, reason) in list {
            assert!(names.contains(name) && !reason.is_empty(), "{name} is excused and not there");
        }
    }
}

mod sqlite {
    use super::*;

    #[test]
    fn every_statement_prepares_and_reads_no_growing_table_whole() {
        let connection = migrated();
        let faults: Vec<_> = all_statements()
            .into_iter()
            .flat_map(|s| faults_of_text(s).into_iter().chain(faults_on_sqlite(&connection, s)).map(|f| (s.name, f)))
            .collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn a_bad_statement_is_found_out() {
        let connection = migrated();
        for (statement, said) in bad() {
            let faults = [faults_of_text(statement), faults_on_sqlite(&connection, statement)].concat();
            assert!(faults.iter().any(|fault| fault.contains(said)), "{}: {faults:?}", statement.pg());
        }
    }
}

mod postgres {
    use super::*;

    #[tokio::test]
    async fn every_statement_prepares_and_reads_no_growing_table_whole() {
        let (_world, client) = planner().await;
        let mut faults = Vec::new();
        for statement in all_statements() {
            faults.extend(faults_on_postgres(&client, statement).await.into_iter().map(|f| (statement.name, f)));
        }
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[tokio::test]
    async fn a_bad_statement_is_found_out() {
        let (_world, client) = planner().await;
        for (statement, said) in bad() {
            let said = if said == "TEMP B-TREE" { "Sort" } else { said };
            let faults = [faults_of_text(statement), faults_on_postgres(&client, statement).await].concat();
            assert!(faults.iter().any(|fault| fault.contains(said)), "{}: {faults:?}", statement.pg());
        }
    }
}
