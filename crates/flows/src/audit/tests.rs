//! The trail on both engines: sealed under load, read back, and with every kind of edit planted in its tables.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign_domain::audit::{
    Action, Anchor, BadExport, Event, ExportReader, Finding, PersonalFields, READING_MAX, Reason, Report, SealKeys,
    Trust,
};
use countersign_domain::hourly::{Hour, Measure};
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{AccountId, KeyId, Settings, Slug, TenantId, Timestamp};
use countersign_store::{Clock, EventFilter, Location, Origin, Store};
use uuid::Uuid;

use super::sealer::{Sealer, public};
use super::trail::{Terms, verify};
use super::{Export, ExportFault, Exporting, Exports};
use crate::hasher::HasherConfig;
use crate::keys::KeyPair;
use crate::vault::MasterKey;
use crate::{Doer, Flows, Limits, Random, Setup};

const START: Timestamp = Timestamp::from_unix_seconds(1_795_514_400);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
const RETENTION: Duration = Duration::from_secs(30 * 86_400);
const KEY: KeyId = KeyId::from_uuid(Uuid::from_u128(9));

fn tenant(n: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(n))
}

fn pair() -> KeyPair {
    KeyPair::from_seed(&[7; 32]).unwrap()
}

fn terms() -> Terms {
    let keys = SealKeys::from_iter([(KEY, public(&pair()).unwrap())]);
    Terms { keys, retention: Some(RETENTION), is_retention_known: false }
}

async fn pass(store: &Store) -> super::Pass {
    Sealer { store, pair: &pair(), key: KEY }.pass().await.unwrap()
}

fn event(store: &Store, random: &Random, n: u128) -> Event {
    let now = store.now();
    let seed = random.seed(now);
    let fields = PersonalFields {
        name_hash: Some([1; 32]),
        client_address: Some([192, 0, 2, 1].into()),
        user_agent: Some("curl/8.5".into()),
        detail: Some(format!("number {n}")),
    };
    Event::refused(tenant(1 + n % 2), now, seed, Action::Login, Reason::WrongPassword)
        .about(AccountId::from_uuid(Uuid::from_u128(n % 3)))
        .request(Some("200"))
        .with(fields)
}

/// Where a store's data lies, so that it can be edited.
enum Data {
    File(tempfile::TempDir),
    Database(String),
}

impl Data {
    fn on_sqlite() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    fn on_postgres() -> Self {
        Self::Database(scratch::Postgres::shared().unwrap().database().unwrap())
    }

    fn file(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join("countersign.db")
    }

    async fn open(&self, clock: Clock) -> Store {
        let location = match self {
            Self::File(folder) => Location::File(Self::file(folder), 2),
            Self::Database(url) => Location::Postgres(url.clone(), 4),
        };
        Store::open(&location, clock).await.unwrap()
    }

    /// Runs SQL past every rule of the store; how many rows it touched.
    async fn edit(&self, sql: &str) -> u64 {
        match self {
            Self::File(folder) => {
                let touched = rusqlite::Connection::open(Self::file(folder)).unwrap().execute(sql, []).unwrap();
                u64::try_from(touched).unwrap()
            }
            Self::Database(url) => {
                let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                let touched = client.execute(sql, &[]).await.unwrap();
                drop(client);
                connection.await.unwrap().unwrap();
                touched
            }
        }
    }
}

/// Verifies in the store, and as an exported file; both must say the same.
async fn both(store: &Store, known: Option<Anchor>) -> Report {
    let report = verify(store, tenant(1), &terms(), known).await.unwrap();
    let mut reader = ExportReader::new(Trust { known, ..Trust::default() });
    let lines = all_of(exported(store)).await.unwrap();
    lines.lines().for_each(|line| reader.line(line.as_bytes()).unwrap());
    assert_eq!(reader.finish().unwrap(), report);
    report
}

fn exported(store: &Store) -> Export {
    Export::new(store, tenant(1), &terms(), Exports::default().begin(tenant(1), store.now()).unwrap())
}

async fn all_of(mut export: Export) -> Result<String, ExportFault> {
    let mut all = String::new();
    while let Some(lines) = export.next().await? {
        all += &lines;
    }
    Ok(all)
}

/// Five batches of two tenants, the first of them old enough to go, and one event without a seal.
async fn five_batches(data: &Data, clock: Clock) -> Store {
    let (store, random) = (data.open(clock).await, Random::seeded(1));
    for batch in 0..5 {
        let events = (0..8).map(|n| event(&store, &random, n)).collect();
        store.record(events).await.unwrap();
        store.clock().advance(Duration::from_secs(2));
        assert_eq!(pass(&store).await.events, 8);
        store.clock().advance(if batch == 0 { RETENTION } else { HOUR });
    }
    store.record(vec![event(&store, &random, 0)]).await.unwrap();
    store
}

async fn an_honest_trail_is_clean(data: Data) {
    let store = five_batches(&data, Clock::manual(START)).await;
    let report = both(&store, None).await;
    assert_eq!(report.findings, []);
    assert_eq!((report.seals, report.events, report.events_unsealed), (5, 21, 1));
    assert!(both(&store, report.head).await.is_clean());

    let trail = store.tenant(tenant(1));
    assert_eq!(trail.remove_oldest_batch(store.now().minus(RETENTION)).await.unwrap(), Some(4));
    let report = both(&store, report.head).await;
    assert_eq!((report.is_clean(), report.events, report.events_removed), (true, 17, 4));
    let for_ever = Terms { retention: None, ..terms() };
    let report = verify(&store, tenant(1), &for_ever, None).await.unwrap();
    assert_eq!(report.findings, [Finding::RemovedEarly { number: 1 }]);
}

/// `{t}` is the tenant's id, `{second}` the id of the second event of the second batch, as the engine writes a UUID.
const EDITS: &[&str] = &[
    "UPDATE event SET at = at + 1 WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET actor = 'system' WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET actor_account = {t}, actor = 'account' WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET subject = {t} WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET session = {t} WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET action = 'logout' WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET action = 'a newer name?' WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET outcome = 'done' WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET reason = NULL WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET count = 2 WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET request_id = '201' WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET salt = name_hash WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET name_hash = NULL WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET client_address = '192.0.2.2' WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET client_address = 'elsewhere' WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET user_agent = 'curl/8.6' WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET detail = NULL WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET salt = NULL, name_hash = NULL, client_address = NULL, user_agent = NULL, detail = NULL, \
     commitment = name_hash WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET tenant = {second} WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET id = {t} WHERE tenant = {t} AND id = {second}",
    "DELETE FROM event WHERE tenant = {t} AND id = {second}",
    "DELETE FROM event WHERE tenant = {t}",
    "INSERT INTO event (tenant, id, at, actor, action, outcome, count, salt) \
     SELECT tenant, {t}, at, actor, action, outcome, count, salt FROM event WHERE tenant = {t} AND id = {second}",
    "UPDATE event SET tenant = {t} WHERE tenant <> {t} AND at = (SELECT min(at) FROM event)",
    "UPDATE seal SET at = at + 1 WHERE tenant = {t} AND number = 3",
    "UPDATE seal SET previous = root WHERE tenant = {t} AND number = 3",
    "UPDATE seal SET count = 3 WHERE tenant = {t} AND number = 3",
    "UPDATE seal SET count = -1 WHERE tenant = {t} AND number = 3",
    "UPDATE seal SET root = previous WHERE tenant = {t} AND number = 3",
    "UPDATE seal SET key_id = {t} WHERE tenant = {t} AND number = 3",
    "UPDATE seal SET signature = root WHERE tenant = {t} AND number = 3",
    "UPDATE seal SET signature = (SELECT o.signature FROM seal o WHERE o.tenant = {t} AND o.number = 2) \
     WHERE tenant = {t} AND number = 3",
    "UPDATE seal SET ids = NULL WHERE tenant = {t} AND number = 3",
    "UPDATE seal SET ids = (SELECT o.ids FROM seal o WHERE o.tenant = {t} AND o.number = 2) \
     WHERE tenant = {t} AND number = 3",
    "UPDATE seal SET number = 30 WHERE tenant = {t} AND number = 3",
    "UPDATE seal SET number = 0 WHERE tenant = {t} AND number = 1",
    "UPDATE seal SET number = -number WHERE tenant = {t}",
    "UPDATE seal SET tenant = {second} WHERE tenant = {t} AND number = 3",
    "DELETE FROM seal WHERE tenant = {t} AND number = 3",
    "DELETE FROM seal WHERE tenant = {t} AND number = 1",
    "DELETE FROM seal WHERE tenant = {t} AND number = 5",
    "DELETE FROM seal WHERE tenant = {t}",
    "INSERT INTO seal SELECT tenant, 7, at, previous, count, root, key_id, signature, NULL FROM seal \
     WHERE tenant = {t} AND number = 6",
];

async fn every_planted_edit_is_found(data: Data) {
    let clock = Clock::manual(START);
    let store = five_batches(&data, clock.clone()).await;
    let written = |id: Uuid| match &data {
        Data::File(_) => format!("x'{}'", id.simple()),
        Data::Database(_) => format!("'{id}'::uuid"),
    };
    let second = match store.tenant(tenant(1)).seals_after(1, 1).await.unwrap().remove(0) {
        countersign_store::StoredSeal::Seal(seal) => seal.ids.unwrap()[1],
        unreadable @ countersign_store::StoredSeal::Unreadable(_) => panic!("{unreadable:?}"),
    };
    clock.advance(DAY);
    pass(&store).await;
    data.edit("CREATE TABLE event_was AS SELECT * FROM event").await;
    data.edit("CREATE TABLE seal_was AS SELECT * FROM seal").await;
    for edit in EDITS {
        let sql = edit.replace("{t}", &written(tenant(1).uuid())).replace("{second}", &written(second.uuid()));
        assert!(data.edit(&sql).await > 0, "{edit}");
        assert!(!both(&store, None).await.is_clean(), "not found: {edit}");
        for table in ["event", "seal"] {
            data.edit(&format!("DELETE FROM {table}")).await;
            data.edit(&format!("INSERT INTO {table} SELECT * FROM {table}_was")).await;
        }
    }
    assert!(both(&store, None).await.is_clean());
}

async fn a_cut_tail_is_found_by_a_seal_noted_before(data: Data) {
    let clock = Clock::manual(START);
    let store = five_batches(&data, clock.clone()).await;
    let head = both(&store, None).await.head;
    drop(store);
    let late = "at > (SELECT s.at FROM seal s WHERE s.number = 3 ORDER BY s.tenant LIMIT 1)";
    assert!(data.edit(&format!("DELETE FROM event WHERE {late}")).await > 0);
    assert!(data.edit("DELETE FROM seal WHERE number > 3").await > 0);
    let store = data.open(clock).await;
    assert!(both(&store, None).await.is_clean());
    assert_eq!(both(&store, head).await.findings, [Finding::TailCut { known: 5 }]);
}

/// A slow transaction's event appears after younger ones were sealed: its id lies behind theirs.
async fn a_late_event_is_sealed_and_found_clean(data: Data) {
    let (store, random) = (data.open(Clock::manual(START)).await, Random::seeded(1));
    let slow = event(&store, &random, 0);
    store.clock().advance(Duration::from_secs(5));
    store.record(vec![event(&store, &random, 0)]).await.unwrap();
    assert_eq!(pass(&store).await.seals, 1);
    store.record(vec![slow]).await.unwrap();
    assert_eq!(pass(&store).await.seals, 1);
    let report = both(&store, None).await;
    assert_eq!((report.is_clean(), report.seals, report.events), (true, 2, 2));
}

async fn a_pass_seals_more_than_one_batch_and_tells_how_old_the_oldest_was(data: Data) {
    let (store, random) = (data.open(Clock::manual(START)).await, Random::seeded(1));
    store.record((0..600).map(|n| event(&store, &random, n)).collect()).await.unwrap();
    store.clock().advance(Duration::from_secs(3));
    let done = pass(&store).await;
    assert_eq!((done.events, done.seals, done.oldest), (600, 6, Some(START)));
    assert_eq!(pass(&store).await, super::Pass::default());
    assert!(both(&store, None).await.is_clean());
}

/// What was handed on of an export that breaks off is no whole file: its last line is missing.
async fn an_export_of_a_store_that_fails_lacks_its_end(data: Data) {
    let (store, random) = (data.open(Clock::manual(START)).await, Random::seeded(1));
    store.record((0..1_200).map(|n| event(&store, &random, n)).collect()).await.unwrap();
    let mut export = exported(&store);
    let mut reader = ExportReader::new(Trust::default());
    for _ in 0..2 {
        let lines = export.next().await.unwrap().unwrap();
        lines.lines().for_each(|line| reader.line(line.as_bytes()).unwrap());
    }
    assert_eq!(export.counts().events, 512, "no more is read than is taken");
    data.edit("ALTER TABLE event RENAME TO elsewhere").await;
    assert!(matches!(export.next().await, Err(ExportFault::Fault(_))));
    assert!(matches!(reader.finish(), Err(BadExport::Truncated { .. })));
}

/// Retention takes a batch away of which the seal was read, and a part of the events perhaps.
async fn an_export_breaks_off_where_retention_overtakes_it(data: Data) {
    let (store, random) = (data.open(Clock::manual(START)).await, Random::seeded(1));
    store.record((0..1_200).map(|n| event(&store, &random, n)).collect()).await.unwrap();
    store.clock().advance(Duration::from_secs(3));
    pass(&store).await;
    store.clock().advance(RETENTION + DAY);
    let mut export = exported(&store);
    for _ in 0..2 {
        export.next().await.unwrap().unwrap();
    }
    let trail = store.tenant(tenant(1));
    while trail.remove_oldest_batch(store.now().minus(RETENTION)).await.unwrap().is_some() {}
    assert!(matches!(all_of(export).await, Err(ExportFault::Overtaken)));
    assert!(both(&store, None).await.is_clean());
}

async fn an_export_that_is_taken_too_slowly_breaks_off(data: Data) {
    let store = five_batches(&data, Clock::manual(START)).await;
    let mut export = exported(&store);
    export.next().await.unwrap().unwrap();
    store.clock().advance(READING_MAX + Duration::from_secs(1));
    assert!(matches!(export.next().await, Err(ExportFault::TooSlow)));
}

/// Writers that never wait, sealers that overtake each other, and readers that verify meanwhile.
async fn sealing_while_others_write_loses_and_doubles_nothing(data: Data) {
    const WRITERS: u64 = 4;
    const EVENTS_EACH: u128 = 100;
    let store = data.open(Clock::system()).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let sealers: Vec<_> = (0..3)
        .map(|_| {
            let (store, is_over) = (store.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut overtaken = 0;
                while !is_over.load(Ordering::Relaxed) {
                    overtaken += u32::from(pass(&store).await.overtaken);
                    tokio::task::yield_now().await;
                }
                overtaken
            })
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (store, random) = (store.clone(), Random::seeded(writer));
            tokio::spawn(async move {
                for n in 0..EVENTS_EACH {
                    store.record(vec![event(&store, &random, n)]).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        let report = verify(&store, tenant(1), &terms(), None).await.unwrap();
        assert_eq!(report.findings, []);
        writer.await.unwrap();
    }
    is_over.store(true, Ordering::Relaxed);
    for sealer in sealers {
        sealer.await.unwrap();
    }
    while pass(&store).await.overtaken {}
    let report = both(&store, None).await;
    assert_eq!(report.findings, []);
    assert_eq!((u128::from(report.events), report.events_unsealed), (u128::from(WRITERS) * EVENTS_EACH / 2, 0));
    // The test may run over the end of an hour.
    let (from, to) = (Hour::from_number(0), Hour::from_number(i64::MAX));
    let counts = store.tenant(tenant(1)).hourly_counts(from, to).await.unwrap();
    assert!(counts.iter().all(|count| count.measure == Measure::LoginWrongPassword), "{counts:?}");
    assert_eq!(counts.iter().map(|count| count.count).sum::<u64>(), report.events);
}

async fn flows(store: Store) -> Arc<Flows> {
    let random = Random::seeded(1);
    let setup = Setup {
        store,
        origin: Origin::Sandbox,
        master_key: MasterKey::generate(&random),
        hashing: HasherConfig { threads: 1, ..HasherConfig::new(random.bytes()) },
        random,
        blocklist: crate::blocklist::Blocklist::built_in(),
        issuer_pattern: "https://{tenant}.test".into(),
        limits: Limits::default(),
    };
    Flows::start(setup).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_keeper_seals_and_at_its_end_writes_what_it_has_counted() {
    let flows = flows(Store::open(&Location::Memory, Clock::manual(START)).await.unwrap()).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let keeper = tokio::spawn(Arc::clone(&flows).keep_trail(async { drop(stopped.await) }));
    flows.store.record(vec![event(&flows.store, &flows.random, 0)]).await.unwrap();
    while !flows.store.unsealed(None, 1).await.unwrap().events.is_empty() {
        tokio::time::sleep(super::SEAL_EVERY).await;
    }
    flows.store.clock().advance(HOUR);
    for _ in 0..7 {
        let source = (Some([1; 32]), [192, 0, 2, 1].into());
        flows.refusals.note(tenant(1), (Action::Login, Reason::Overloaded), source, flows.store.now());
    }
    stop.send(()).unwrap();
    keeper.await.unwrap();
    let filter = EventFilter { events_max: 9, ..EventFilter::default() };
    let page = flows.list_events(tenant(1), filter).await.unwrap();
    assert_eq!(page.events.iter().map(|event| event.count).collect::<Vec<_>>(), [7, 1]);
    let trail = Terms { keys: flows.seal_keys().unwrap(), retention: None, is_retention_known: false };
    let report = verify(&flows.store, tenant(1), &trail, None).await.unwrap();
    assert_eq!((report.findings, report.seals, report.events_unsealed), (vec![], 2, 0));
}

/// Whoever can remove events can shorten the setting that excuses it.
#[tokio::test]
async fn a_shortened_retention_excuses_nothing_to_who_knows_the_right_one() {
    let store = Store::open(&Location::Memory, Clock::manual(START)).await.unwrap();
    let flows = flows(store.clone()).await;
    let slug: Slug = "here".parse().unwrap();
    flows.create_tenant(slug.clone(), "Here".into(), Settings::default(), Algorithm::EdDsa).await.unwrap().unwrap();
    store.clock().advance(HOUR);
    flows.seal_events().await.unwrap();
    store.clock().advance(HOUR * 48);
    let tenant = flows.tenant(&slug).await.unwrap().unwrap();
    let shorter = Settings { audit_retention_days: 1, ..Settings::default() };
    flows.set_tenant_settings(crate::Doer::Operator, &tenant, shorter, "retention".into()).await.unwrap().unwrap();
    flows.seal_events().await.unwrap();
    assert_eq!(flows.remove_what_is_over().await.unwrap(), 1);

    let tenant = flows.tenant(&slug).await.unwrap().unwrap();
    let by_settings = flows.verify_trail(&tenant, None, None).await.unwrap();
    assert_eq!((by_settings.findings, by_settings.events_removed), (vec![], 1));
    assert!(!by_settings.is_retention_known, "and says so");
    for (days, findings) in [(1, vec![]), (730, vec![Finding::RemovedEarly { number: 1 }])] {
        let known = flows.verify_trail(&tenant, None, Some(days)).await.unwrap();
        assert_eq!((known.findings, known.is_retention_known), (findings, true));
    }
}

#[tokio::test]
async fn an_export_is_told_in_the_trail_and_two_of_a_tenant_run_at_once() {
    let flows = flows(Store::open(&Location::Memory, Clock::manual(START)).await.unwrap()).await;
    let slug: Slug = "here".parse().unwrap();
    flows.create_tenant(slug.clone(), "Here".into(), Settings::default(), Algorithm::EdDsa).await.unwrap().unwrap();
    let tenant = flows.tenant(&slug).await.unwrap().unwrap();
    let begin = async || flows.export_trail(Doer::Operator, &tenant).await.unwrap();
    let (Exporting::Begun(first), Exporting::Begun(second)) = (begin().await, begin().await) else { panic!() };
    assert!(matches!(begin().await, Exporting::Busy));
    drop(first);
    let Exporting::Begun(third) = begin().await else { panic!() };
    for (export, told) in [(second, 3), (third, 3)] {
        let lines = all_of(*export).await.unwrap();
        assert_eq!(lines.matches(r#""actor":"operator","action":"audit_exported","outcome":"done""#).count(), told);
    }
}

macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::Data::on_sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::Data::on_postgres()).await;
            })+
        }
    };
}

on_both_engines! {
    an_honest_trail_is_clean,
    every_planted_edit_is_found,
    a_cut_tail_is_found_by_a_seal_noted_before,
    a_late_event_is_sealed_and_found_clean,
    a_pass_seals_more_than_one_batch_and_tells_how_old_the_oldest_was,
    an_export_of_a_store_that_fails_lacks_its_end,
    an_export_breaks_off_where_retention_overtakes_it,
    an_export_that_is_taken_too_slowly_breaks_off,
    sealing_while_others_write_loses_and_doubles_nothing,
}
