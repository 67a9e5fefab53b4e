//! A manager makes the next signing key, withdraws it, and declares one stolen.

use std::time::Duration;

use countersign_domain::signing_key::State;

use super::browser::{Browser, Kind};
use super::people::logs_in;
use super::{at_a_desk_and_on_a_phone, on_postgres};
use crate::http::start::Running;
use crate::http::world::{MANAGER, PASSWORD};

async fn states(server: &Running) -> Vec<State> {
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    server.flows.signing_keys(&tenant).await.unwrap().into_iter().map(|key| key.state).collect()
}

async fn rotates_and_withdraws(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    server.flows.clock().advance(Duration::from_secs(11 * 60));
    browser.goes_to("/manage/keys").await;
    assert_eq!(browser.value_of("algorithm").await, "ES256", "that of the key in use");
    browser.presses("Make the next key").await;
    assert!(browser.text().await.contains("Type your password to make this change."));
    browser.chooses("algorithm", "EdDSA").await;
    browser.types("currentPassword", PASSWORD).await;
    browser.enters_in("currentPassword").await;
    assert!(browser.text().await.contains("You can make changes for ten minutes"));
    assert_eq!(states(server).await, [State::Active], "Enter does nothing but confirm");
    assert_eq!(browser.value_of("algorithm").await, "EdDSA");
    browser.presses("Make the next key").await;
    assert!(browser.text().await.contains("The next key is published."));
    assert_eq!(states(server).await, [State::Active, State::Next]);
    assert!(!browser.is_too_wide().await);
    browser.presses("Make the next key").await;
    assert!(browser.text().await.contains("A next key waits for its first use already."));
    browser.presses("Withdraw").await;
    assert!(browser.text().await.contains("The key is withdrawn."));

    assert!(browser.text().await.contains("There is none yet"));
    browser.chooses("bits", "3072").await;
    browser.presses("Make a new encryption key").await;
    let told = browser.text().await;
    assert!(told.contains("The new encryption key is in use.") && told.contains("3072"), "{told}");
    assert_eq!(browser.value_of("bits").await, "3072", "that of the key in use");
    browser.closes().await;
}

async fn declares_a_key_stolen(kind: Kind, server: &Running) {
    let (browser, other) = (Browser::open(kind, server.address).await, Browser::open(Kind::Desk, server.address).await);
    for browser in [&browser, &other] {
        logs_in(browser, MANAGER, PASSWORD).await;
    }
    browser.goes_to("/manage/keys").await;
    browser.follows("It was stolen …").await;
    let told = browser.text().await;
    assert!(told.contains("Everybody of this company is logged out: every customer, all staff, and you."), "{told}");
    assert!(!browser.is_too_wide().await);
    if kind == Kind::Desk {
        assert_eq!(browser.barriers().await, Vec::<String>::new());
    }
    browser.presses("Declare the key stolen").await;
    assert!(browser.text().await.contains("Tick the box first. Nothing was changed yet."));
    assert_eq!(states(server).await, [State::Active]);
    browser.ticks("known", "yes").await;
    browser.presses("Declare the key stolen").await;
    assert_eq!(browser.heading().await, "Staff log-in");
    assert!(browser.text().await.contains("The key is declared stolen, and everybody is logged out."));
    assert_eq!(states(server).await, [State::Compromised, State::Active]);
    other.goes_to("/account").await;
    assert_eq!(other.heading().await, "Staff log-in");
    server.flows.clock().advance(Duration::from_secs(1));
    logs_in(&browser, MANAGER, PASSWORD).await;
    assert_eq!(browser.heading().await, "My account");
    browser.closes().await;
    other.closes().await;
}

at_a_desk_and_on_a_phone!(rotates_and_withdraws, declares_a_key_stolen);
on_postgres!(rotates_and_withdraws, declares_a_key_stolen);
