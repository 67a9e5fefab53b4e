//! The overview: what a manager sees of it, how it keeps itself fresh, and who does not see it.

use std::sync::Arc;
use std::time::Duration;

use countersign_domain::{Email, Secret};
use countersign_flows::Doer;
use countersign_flows::admin::NewPerson;
use serde_json::json;

use super::at_a_desk_and_on_a_phone;
use super::browser::{Browser, Kind};
use super::people::logs_in;
use crate::http::start::{Running, start};
use crate::http::wire::{LOGIN, exchange, request};
use crate::http::world::{MANAGER, PASSWORD};

const AGENT: &str = "agent@example.com";

async fn tries(server: &Running, email: &str, password: &str) {
    let body = json!({ "email": email, "currentPassword": password }).to_string();
    exchange(server.address, &request("PUT", LOGIN, &[], &body)).await.unwrap();
}

/// Counts what has happened: the sealer adds it up.
async fn is_counted(server: &Running) {
    Arc::clone(&server.flows).keep_trail(std::future::ready(())).await;
}

/// Three days on which people log in, guess, and are locked out.
pub(super) async fn is_busy(server: &Running) {
    for hour in 0..36_u64 {
        server.flows.clock().advance(Duration::from_secs(2 * 3_600));
        for person in 0..hour * 7 % 5 {
            tries(server, &format!("stranger-{person}@example.com"), "Wrong-password-1").await;
        }
        for _ in 0..hour * 5 % 4 {
            tries(server, MANAGER, PASSWORD).await;
        }
        let wrong = if hour % 9 == 0 { 7 } else { hour % 3 };
        for _ in 0..wrong {
            tries(server, "gone@example.com", "Wrong-password-1").await;
        }
    }
    is_counted(server).await;
}

async fn watches(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.follows("Overview").await;
    assert_eq!((browser.path().await.as_str(), browser.heading().await.as_str()), ("/manage", "Overview"));
    let told = browser.text().await;
    assert!(told.contains("Nothing was counted in this period."), "{told}");

    tries(server, "nobody@example.com", PASSWORD).await;
    is_counted(server).await;
    browser.follows("7 days").await;
    assert_eq!(browser.path().await, "/manage?period=7d");
    let told = browser.text().await;
    assert!(told.contains("Logged in\n1\n") && told.contains("Log-ins refused\n1\n"), "{told}");
    assert!(told.contains("Unknown address 1"), "{told}");
    assert!(!told.contains("2026-11-24 06:00"), "the numbers are shut");
    browser.clicks_on("refusals-open").await;
    assert!(browser.text().await.contains("2026-11-24 06:00"));
    assert!(!browser.is_too_wide().await);
    browser.follows("90 days").await;
    assert!(browser.text().await.contains("Logged in\n1\n"));
    browser.closes().await;
}

at_a_desk_and_on_a_phone!(watches);

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_itself_fresh_until_the_session_is_over() {
    let server = start().await;
    let browser = Browser::open(Kind::Desk, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    is_counted(&server).await;
    browser.goes_to("/manage?lang=en").await;
    browser.clicks_on("logins-open").await;
    for times in 2..4 {
        tries(&server, MANAGER, PASSWORD).await;
        is_counted(&server).await;
        browser.comes_back().await;
        browser.waits_for(&format!(">Logged in</a></dt><dd>{times}</dd>")).await;
        assert!(browser.has("#logins-numbers[open]").await, "what was open stays open");
        assert!(browser.has("#logins-open:focus").await, "and the keyboard is where it was");
    }
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let account = server.flows.account(&tenant, server.manager).await.unwrap().unwrap();
    server.flows.end_other_sessions(Doer::Operator, &tenant, &account, None).await.unwrap().unwrap();
    browser.comes_back().await;
    browser.waits_for("Staff log-in").await;
    assert_eq!(browser.path().await, "/login?to=%2Fmanage");
    browser.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_read_the_trail_sees_neither_the_place_nor_the_page() {
    let server = start().await;
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let agent = NewPerson {
        email: Email::parse(AGENT).unwrap(),
        roles: vec!["AGENT".parse().unwrap()],
        first_name: None,
        last_name: None,
        password: Secret::new(PASSWORD),
        must_change_password: false,
    };
    server.flows.create_account(&tenant, agent).await.unwrap().unwrap();
    let browser = Browser::open(Kind::Desk, server.address).await;
    logs_in(&browser, AGENT, PASSWORD).await;
    assert!(browser.has("header a[href='/manage/customers']").await && !browser.has("header a[href='/manage']").await);
    browser.goes_to("/manage").await;
    let told = browser.text().await;
    assert!(told.contains("There is a problem") && !browser.has("[data-live]").await, "{told}");
    browser.closes().await;
}
