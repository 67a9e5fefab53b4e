//! The trail as it is taken out over HTTP: by a client that reads it, that reads slowly, that does not read, and from a
//! store that breaks meanwhile.

use std::time::Duration;

use countersign::http::server::Limits;
use countersign_domain::audit::{Action, BadExport, Event, ExportReader, PersonalFields, Report, Trust};
use countersign_domain::{Email, Secret, Settings, TenantId};
use countersign_flows::admin::NewPerson;
use countersign_store::Store;
use reqwest::Response;

use super::start::{HOST, Options, Running, start, start_with};
use super::world::{MANAGER, PASSWORD};
use crate::program::{self, Caller, Engine, House};

const EXPORT: &str = "/api/v6/services/securitymanagement/audit-events/export";
/// About 20 MB of lines: more than the buffers of a connection between two processes of one machine hold.
const MANY_EVENTS: u128 = 24_000;
const EVENTS_AT_ONCE: usize = 1_000;

async fn fill(store: &Store, tenant: TenantId) {
    let random = countersign_flows::Random::seeded(5);
    let detail = "x".repeat(countersign_domain::audit::DETAIL_BYTES_MAX);
    let event = |_| {
        let fields = PersonalFields { detail: Some(detail.clone()), ..PersonalFields::default() };
        Event::done(tenant, store.now(), random.seed(store.now()), Action::Login).with(fields)
    };
    let events: Vec<_> = (0..MANY_EVENTS).map(event).collect();
    for events in events.chunks(EVENTS_AT_ONCE) {
        store.record(events.to_vec()).await.unwrap();
    }
}

/// A manager, logged in.
struct Manager {
    client: reqwest::Client,
    base: String,
    host: String,
    token: String,
}

impl Manager {
    async fn of(address: std::net::SocketAddr, host: &str, email: &str, password: &str) -> Self {
        let body = serde_json::json!({ "email": email, "currentPassword": password });
        let caller = Caller::new(address, host);
        let token = caller.puts("securitymanagement/login", "200", body).await.unwrap().access_token();
        Self { client: reqwest::Client::new(), base: format!("http://{address}"), host: host.to_owned(), token }
    }

    async fn at(running: &Running) -> Self {
        Self::of(running.address, HOST, MANAGER, PASSWORD).await
    }

    async fn exports(&self) -> Response {
        let request = self.client.get(format!("{}{EXPORT}", self.base)).header("Host", &self.host);
        let request = request.header("platform", "fincode").header("uuid", "200");
        request.header("X-Auth-Token", &self.token).send().await.unwrap()
    }
}

fn verify(text: &[u8], trust: Trust) -> Result<Report, BadExport> {
    let mut reader = ExportReader::new(trust);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        reader.line(line.strip_suffix(b"\n").unwrap_or(line))?;
    }
    reader.finish()
}

#[tokio::test]
async fn the_file_is_named_kept_by_nobody_and_verified_alone() {
    let running = start().await;
    running.flows.seal_events().await.unwrap();
    let manager = Manager::at(&running).await;
    let answer = manager.exports().await;
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/jsonl");
    assert_eq!(header("content-disposition"), "attachment; filename=\"remitjunction-audit-2026-11-24.jsonl\"");
    assert_eq!((header("cache-control"), header("uuid")), ("no-store".to_owned(), "200".to_owned()));
    let text = answer.bytes().await.unwrap();
    let trust = Trust { keys: Some(running.flows.seal_keys().unwrap()), ..Trust::default() };
    let report = verify(&text, trust).unwrap();
    // The login and the export itself came after the seal.
    assert_eq!((report.findings, report.seals, report.events_unsealed), (vec![], 1, 2));
    let told = format!(r#""actor_account":"{}","session":"#, running.manager);
    let export = String::from_utf8(text.to_vec()).unwrap();
    let export = export.lines().find(|line| line.contains(r#""action":"audit_exported""#)).unwrap();
    assert!(export.contains(&told) && export.contains(r#""request_id":"200""#), "{export}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_a_tenant_are_read_at_once_and_one_that_nobody_reads_is_given_up() {
    let stalled = Duration::from_secs(2);
    // A connection is looked at again after the shortest of its spans, which is that of a head.
    let limits = Limits { head: stalled, stalled, ..Limits::default() };
    let running = start_with(Options { limits, ..Options::default() }).await;
    let tenant = running.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    fill(running.flows.store(), tenant.id).await;
    let manager = Manager::at(&running).await;
    let mut slow = manager.exports().await;
    let unread = manager.exports().await;
    assert_eq!((slow.status(), unread.status()), (reqwest::StatusCode::OK, reqwest::StatusCode::OK));
    let refused = manager.exports().await;
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "30"));
    let code = refused.json::<serde_json::Value>().await.unwrap()["code"].clone();
    assert_eq!(code, "OVERLOADED");

    // Read slowly, it takes longer than a connection may stand still, and is whole.
    let (mut text, mut pauses) = (Vec::new(), 0);
    while let Some(part) = slow.chunk().await.unwrap() {
        text.extend_from_slice(&part);
        if text.len() >> 21 > pauses {
            pauses += 1;
            tokio::time::sleep(stalled / 6).await;
        }
    }
    assert!(pauses >= 8, "{} bytes", text.len());
    assert!(verify(&text, Trust::default()).unwrap().events > 24_000);
    // The other was not read at all meanwhile: its connection is closed, before the end of its body.
    let read = unread.bytes().await;
    assert!(read.is_err(), "{:?} bytes", read.map(|bytes| bytes.len()));
    let again = manager.exports().await;
    assert_eq!(again.status(), 200, "its turn is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_broken_store_leaves_does_not_look_whole() {
    let house = House::of_sandbox(Engine::Sqlite, Settings::default()).await;
    let tenant = house.tenant.clone().unwrap();
    let person = NewPerson {
        email: Email::parse(MANAGER).unwrap(),
        roles: vec!["MANAGER".parse().unwrap()],
        first_name: None,
        last_name: None,
        password: Secret::new(program::PASSWORD),
        must_change_password: false,
    };
    house.flows().await.create_account(&tenant, person).await.unwrap().unwrap();
    fill(&house.store().await, tenant.id).await;
    let program = house.start().await;
    let manager = Manager::of(program.address, "here.localhost", MANAGER, program::PASSWORD).await;
    let mut answer = manager.exports().await;
    let first = answer.chunk().await.unwrap().unwrap();
    let store = rusqlite::Connection::open(house.database_file()).unwrap();
    store.busy_timeout(Duration::from_secs(20)).unwrap();
    store.execute("ALTER TABLE event RENAME TO elsewhere", []).unwrap();
    let mut text = first.to_vec();
    let why = loop {
        match answer.chunk().await {
            Ok(Some(part)) => text.extend_from_slice(&part),
            Ok(None) => panic!("the body has an end"),
            Err(why) => break why,
        }
    };
    assert!(why.is_body() || why.is_decode(), "{why:?}");
    let whole = text.rsplitn(2, |byte| *byte == b'\n').last().unwrap();
    assert!(matches!(verify(whole, Trust::default()), Err(BadExport::Truncated { .. })));
}
