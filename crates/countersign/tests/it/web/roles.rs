//! A manager makes a role, says what it opens, and deletes it.

use reqwest::StatusCode;

use super::browser::{Browser, Kind};
use super::forged::{OWN, Visitor};
use super::people::logs_in;
use super::{at_a_desk_and_on_a_phone, on_postgres};
use crate::http::start::{Running, start};
use crate::http::world::{MANAGER, PASSWORD};

const PATH: &str = "/manage/roles";

/// What a role opens, by name.
async fn opens(server: &Running, role: &str) -> Option<Vec<&'static str>> {
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let records = server.flows.roles(&tenant).await.unwrap();
    let record = records.into_iter().find(|record| record.role.as_str() == role)?;
    Some(record.permissions().into_iter().map(|permission| permission.name()).collect())
}

async fn makes_changes_and_deletes_a_role(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.goes_to(PATH).await;
    assert!(browser.text().await.contains("This role cannot be changed, or a company could shut itself out."));
    browser.types("name", "front desk").await;
    browser.ticks("permissions", "audit.read").await;
    browser.presses("Make the role").await;
    assert!(browser.text().await.contains("There is a problem"));
    assert_eq!(browser.value_of("name").await, "front desk");
    browser.types("name", "FRONT_DESK").await;
    browser.presses("Make the role").await;
    assert_eq!(browser.heading().await, "FRONT_DESK");
    assert_eq!(opens(server, "FRONT_DESK").await.unwrap(), ["audit.read"]);
    assert!(!browser.is_too_wide().await);
    browser.ticks("permissions", "accounts.unlock").await;
    browser.presses("Save the role").await;
    assert!(browser.text().await.contains("The role is saved."));
    assert_eq!(opens(server, "FRONT_DESK").await.unwrap(), ["accounts.unlock", "audit.read"]);
    browser.presses("Save the role").await;
    assert!(browser.text().await.contains("Nothing was different, so nothing was changed."));
    browser.presses("Delete the role").await;
    assert!(browser.text().await.contains("The role is deleted."));
    assert_eq!(opens(server, "FRONT_DESK").await, None);
    browser.closes().await;
}

at_a_desk_and_on_a_phone!(makes_changes_and_deletes_a_role);
on_postgres!(makes_changes_and_deletes_a_role);

#[tokio::test(flavor = "multi_thread")]
async fn a_form_does_not_change_the_built_in_roles() {
    let server = start().await;
    let manager = Visitor::inside(&server, PATH).await;
    let form = [("form", manager.form.as_str()), ("act", "save"), ("permissions", "audit.read")];
    for role in ["MANAGER", "CUSTOMER"] {
        let path = format!("{PATH}/{role}");
        let before = opens(&server, role).await;
        assert_eq!(manager.posts(&path, &[OWN], &form).await.status(), StatusCode::FORBIDDEN, "{role}");
        assert_eq!(opens(&server, role).await, before);
    }
    assert_eq!(manager.posts("/manage/roles/NOBODY", &[OWN], &form).await.status(), StatusCode::NOT_FOUND);
}
