//! A manager makes API tokens, and sees each secret once.

use std::time::Duration;

use reqwest::StatusCode;

use super::browser::{Browser, Kind};
use super::forged::{OWN, Visitor, cookies};
use super::people::logs_in;
use super::{at_a_desk_and_on_a_phone, on_postgres};
use crate::http::start::{Running, start};
use crate::http::world::{MANAGER, PASSWORD};

const PATH: &str = "/manage/api-tokens";

async fn tokens(server: &Running) -> usize {
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    server.flows.list_api_tokens(&tenant).await.unwrap().len()
}

async fn makes_rotates_and_ends_a_token(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    server.flows.clock().advance(Duration::from_secs(11 * 60));
    browser.goes_to(PATH).await;
    assert!(browser.text().await.contains("There is no API token yet."));
    browser.types("name", "payments <server>").await;
    browser.chooses("expiry", "3 months").await;
    browser.ticks("roles", "AGENT").await;
    browser.types("currentPassword", PASSWORD).await;
    browser.enters_in("currentPassword").await;
    let told = browser.text().await;
    assert!(told.contains("You can make changes for ten minutes"), "{told}");
    assert_eq!(browser.value_of("name").await, "payments <server>", "what was typed stays");
    assert_eq!(browser.value_of("expiry").await, "3m");
    assert_eq!(tokens(server).await, 0);
    browser.presses("Make the token").await;
    assert_eq!(browser.heading().await, "payments <server>");
    let first = browser.value_of("secret").await;
    assert!(first.len() > 30, "{first}");
    match kind {
        Kind::Desk => {
            assert_eq!(browser.barriers().await, Vec::<String>::new());
            browser.touches("Copy").await;
            assert!(browser.shows("[role=status]:not(:empty)").await);
            browser.reloads().await;
            assert_eq!(browser.heading().await, "API tokens", "no form is sent again");
        }
        Kind::Phone => browser.goes_to(PATH).await,
    }
    assert_eq!(tokens(server).await, 1);
    assert!(!browser.is_too_wide().await);

    server.flows.clock().advance(Duration::from_secs(60));
    browser.follows("payments <server>").await;
    assert!(!browser.shows("#secret").await, "it is shown once");
    browser.chooses("overlap", "1 hour").await;
    browser.presses("Make a new secret").await;
    assert_ne!(browser.value_of("secret").await, first);
    assert!(!browser.is_too_wide().await);
    browser.follows("API tokens").await;
    browser.follows("payments <server>").await;
    browser.presses("Make a new secret").await;
    assert!(browser.text().await.contains("There is a problem"), "not twice within ten seconds");

    browser.presses("End the token").await;
    let told = browser.text().await;
    assert!(told.contains("The token has ended.") && !told.contains("Make a new secret"), "{told}");
    assert!(browser.path().await.ends_with("?done=ended"));
    browser.presses("Delete the token").await;
    assert!(browser.text().await.contains("The token is deleted."));
    assert_eq!(tokens(server).await, 0);
    browser.closes().await;
}

at_a_desk_and_on_a_phone!(makes_rotates_and_ends_a_token);
on_postgres!(makes_rotates_and_ends_a_token);

/// An API token that the manager has made; its id.
pub(super) async fn makes(server: &Running) -> String {
    let manager = Visitor::inside(server, PATH).await;
    let seen = manager.hidden(PATH, "seen").await;
    let form = [("form", manager.form.as_str()), ("seen", &seen), ("name", "one"), ("expiry", "24h")];
    assert_eq!(manager.posts(PATH, &[OWN], &form).await.status(), StatusCode::OK);
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    server.flows.list_api_tokens(&tenant).await.unwrap()[0].id.uuid().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_again_makes_nothing_and_shows_nothing() {
    let server = start().await;
    let manager = Visitor::inside(&server, PATH).await;
    let seen = manager.hidden(PATH, "seen").await;
    let form = [("form", manager.form.as_str()), ("seen", &seen), ("name", "one"), ("expiry", "24h")];
    let made = manager.posts(PATH, &[OWN], &form).await;
    assert_eq!(made.status(), StatusCode::OK);
    assert_eq!(made.headers()["cache-control"], "no-store");
    assert!(made.text().await.unwrap().contains("id=\"secret\""));
    let again = manager.posts(PATH, &[OWN], &form).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    let page = again.text().await.unwrap();
    assert!(page.contains("Nothing was made") && !page.contains("id=\"secret\""));
    assert_eq!(tokens(&server).await, 1);

    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let id = server.flows.list_api_tokens(&tenant).await.unwrap()[0].id;
    let path = format!("{PATH}/{}", id.uuid());
    let seen = manager.hidden(&path, "seen").await;
    let form = [("form", manager.form.as_str()), ("seen", &seen), ("act", "rotate"), ("overlap", "0")];
    assert!(manager.posts(&path, &[OWN], &form).await.text().await.unwrap().contains("id=\"secret\""));
    server.flows.clock().advance(Duration::from_secs(60));
    let again = manager.posts(&path, &[OWN], &form).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    assert!(!again.text().await.unwrap().contains("id=\"secret\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_that_is_pressed_twice_is_told_that_it_is_done() {
    let server = start().await;
    let manager = Visitor::inside(&server, PATH).await;
    let token = format!("{PATH}/{}", makes(&server).await);
    let invited = format!("/manage/people/{}/withdraw", super::manage::invites(&server, "chi@example.com").await);
    let form = manager.form.as_str();
    for (path, fields, told) in [
        (&token, vec![("form", form), ("act", "delete")], "/manage/api-tokens?done=deleted"),
        (&invited, vec![("form", form)], "/manage/invitations?done=withdrawn"),
    ] {
        for _ in 0..2 {
            let answer = manager.posts(path, &[OWN], &fields).await;
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{path}");
            assert_eq!(answer.headers()["location"], told);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_after_the_password_was_proved_logs_nobody_out() {
    let server = start().await;
    let manager = Visitor::inside(&server, PATH).await;
    let token = format!("{PATH}/{}", makes(&server).await);
    server.flows.clock().advance(Duration::from_secs(11 * 60));
    let form = [("form", manager.form.as_str()), ("act", "nothing we know"), ("currentPassword", PASSWORD)];
    let refused = manager.posts(&token, &[OWN], &form).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let renewed = cookies(&refused);
    assert!(renewed.contains("__Host-session="), "the cookie before it opens nothing more: {renewed}");
    assert_eq!(manager.gets(PATH).await.status(), StatusCode::SEE_OTHER);
    let renewed = Visitor { cookies: renewed, ..manager };
    assert_eq!(renewed.gets(PATH).await.status(), StatusCode::OK);
}
