//! The audit trail: read, searched, and taken away.

use countersign_flows::Doer;
use countersign_flows::audit::Exporting;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::StatusCode;

use super::at_a_desk_and_on_a_phone;
use super::browser::{Browser, Kind};
use super::forged::{OWN, Visitor};
use super::overview::is_busy;
use super::people::logs_in;
use crate::http::start::{Running, start};
use crate::http::world::{MANAGER, PASSWORD};

const EXPORT: &str = "/manage/audit/export";

async fn looks_into_the_trail(kind: Kind, server: &Running) {
    is_busy(server).await;
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.follows("Audit trail").await;
    assert_eq!((browser.path().await.as_str(), browser.heading().await.as_str()), ("/manage/audit", "Audit trail"));
    assert!(!browser.is_too_wide().await);

    browser.goes_to("/manage/audit?action=login&outcome=refused&from=2026-11-25&to=2026-11-26").await;
    let told = browser.text().await;
    assert!(told.contains("login refused wrong_password") && !told.contains("login done"), "{told}");
    browser.presses("Show").await;
    let asked = "action=login&outcome=refused&from=2026-11-25&to=2026-11-26";
    assert_eq!(browser.path().await, format!("/manage/audit?{asked}&account="), "what was chosen stays chosen");
    browser.follows("Next page").await;
    assert!(browser.path().await.starts_with(&format!("/manage/audit?{asked}&cursor=")), "and goes along");
    assert!(browser.text().await.contains("unknown_name"));
    browser.follows("First page").await;
    assert_eq!(browser.path().await, format!("/manage/audit?{asked}&"));

    browser.goes_to("/manage/audit?account=ada&action=dance").await;
    let told = browser.text().await;
    assert!(told.contains("must be the id of an account") && told.contains("must be one of the events"), "{told}");
    assert_eq!(
        (browser.value_of("account").await.as_str(), browser.value_of("action").await.as_str()),
        ("ada", "dance")
    );
    browser.follows("Show everything").await;
    assert!(browser.text().await.contains("login ×2 refused locked"), "what was refused to a locked name is one event");

    browser.goes_to(&format!("/manage/people/{}", server.manager)).await;
    browser.follows("Everything about this person in the audit trail").await;
    assert_eq!(browser.value_of("account").await, server.manager.to_string());
    let told = browser.text().await;
    assert!(told.contains("login done account") && !told.contains("unknown_name"), "{told}");
    browser.goes_to("/manage/audit?from=2027-01-01").await;
    assert!(browser.text().await.contains("There is no such event."));
    browser.closes().await;
}

at_a_desk_and_on_a_phone!(looks_into_the_trail);

async fn exported(server: &Running) -> usize {
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let filter = countersign_store::EventFilter { events_max: 100, ..Default::default() };
    let events = server.flows.list_events(tenant.id, filter).await.unwrap().events;
    events.iter().filter(|event| event.action.as_str() == "audit_exported" && event.actor.id().is_some()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_taken_away_as_the_api_gives_it() {
    let server = start().await;
    server.flows.seal_events().await.unwrap();
    let manager = Visitor::inside(&server, "/manage/audit").await;
    let answer = manager.posts(EXPORT, &[OWN], &[("form", &manager.form)]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/jsonl");
    assert_eq!(answer.headers()[CONTENT_DISPOSITION], "attachment; filename=\"remitjunction-audit-2026-11-24.jsonl\"");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let text = answer.text().await.unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["kind"], "end");
    assert_eq!(exported(&server).await, 1, "the trail names who took it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_begins_no_download() {
    let server = start().await;
    let manager = Visitor::inside(&server, "/manage/audit").await;
    let link = manager.gets(EXPORT).await;
    assert_eq!((link.status(), &link.headers()[LOCATION]), (StatusCode::SEE_OTHER, &"/manage/audit".parse().unwrap()));
    for headers in [vec![("sec-fetch-site", "cross-site")], vec![("sec-fetch-site", "same-site")], vec![]] {
        let answer = manager.posts(EXPORT, &headers, &[("form", &manager.form)]).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert_eq!(manager.posts(EXPORT, &[OWN], &[]).await.status(), StatusCode::FORBIDDEN, "without the form's token");
    assert_eq!(exported(&server).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_too_many_is_told_on_the_page() {
    let server = start().await;
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let mut running = Vec::new();
    while let Exporting::Begun(export) = server.flows.export_trail(Doer::Operator, &tenant).await.unwrap() {
        running.push(export);
    }
    let manager = Visitor::inside(&server, "/manage/audit").await;
    let answer = manager.posts(EXPORT, &[OWN], &[("form", &manager.form)]).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()[RETRY_AFTER], "30");
    let page = answer.text().await.unwrap();
    assert!(page.contains("There is a problem") && page.contains("<h1>Audit trail</h1>"), "{page}");
    drop(running);
    let answer = manager.posts(EXPORT, &[OWN], &[("form", &manager.form)]).await;
    assert_eq!(answer.status(), StatusCode::OK);
}
