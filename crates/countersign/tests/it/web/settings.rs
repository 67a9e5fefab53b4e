//! A manager reads every setting and changes those that are his.

use countersign_domain::{LANGUAGES, Settings};
use countersign_flows::Doer;
use reqwest::StatusCode;

use super::browser::{Browser, Kind};
use super::forged::{OWN, Visitor};
use super::people::logs_in;
use super::{at_a_desk_and_on_a_phone, on_postgres};
use crate::http::start::{Running, start};
use crate::http::world::{MANAGER, PASSWORD};

const PATH: &str = "/manage/settings";

async fn settings(server: &Running) -> Settings {
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    (*tenant.settings).clone()
}

/// Somebody at the command line changes a setting.
async fn operator_sets(server: &Running, change: impl FnOnce(&mut Settings)) {
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let mut settings = (*tenant.settings).clone();
    change(&mut settings);
    let set = server.flows.set_tenant_settings(Doer::Operator, &tenant, settings, "test".into()).await;
    set.unwrap().unwrap();
}

async fn changes_settings(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.goes_to(PATH).await;
    assert!(browser.text().await.contains("1209600 s = 14 d"));
    browser.types("lockout_failures_max", "0").await;
    browser.types("mail_colour", "reddish").await;
    browser.types("lockout_seconds", "soon").await;
    browser.presses("Save the settings").await;
    let told = browser.text().await;
    assert!(told.contains("There is a problem") && told.contains("must be a whole number from 1 to 100"), "{told}");
    assert_eq!(browser.value_of("lockout_seconds").await, "soon", "what was typed stays");
    browser.types("lockout_failures_max", "7").await;
    browser.types("lockout_seconds", "600").await;
    browser.presses("Save the settings").await;
    assert!(browser.text().await.contains("must be a colour such as #1f4e79"));
    browser.types("mail_colour", "#7a1f4e").await;
    browser.chooses("unknown_email", "conceal").await;
    browser.ticks("password_special", "yes").await;

    operator_sets(server, |settings| settings.lockout_window_seconds = 1_800).await;
    browser.presses("Save the settings").await;
    assert!(browser.text().await.contains("Somebody else changed the settings"));
    assert_eq!(browser.value_of("mail_colour").await, "#7a1f4e");
    assert_eq!(settings(server).await.mail_colour, None);
    browser.types("lockout_window_seconds", "1800").await;
    browser.presses("Save the settings").await;
    assert!(browser.text().await.contains("The settings are saved."));
    assert!(!browser.is_too_wide().await);
    let saved = settings(server).await;
    assert_eq!((saved.lockout_failures_max, saved.lockout_seconds, saved.lockout_window_seconds), (7, 600, 1_800));
    assert_eq!((saved.mail_colour.as_deref(), saved.password_special), (Some("#7a1f4e"), false));
    browser.presses("Save the settings").await;
    assert!(browser.text().await.contains("Nothing was different, so nothing was changed."));
    browser.closes().await;
}

at_a_desk_and_on_a_phone!(changes_settings);
on_postgres!(changes_settings);

#[tokio::test(flavor = "multi_thread")]
async fn every_setting_stands_on_the_page_in_every_language() {
    let server = start().await;
    let manager = Visitor::inside(&server, PATH).await;
    for language in LANGUAGES {
        let page = manager.sees(&format!("{PATH}?lang={language}")).await;
        for name in Settings::NAMES {
            let is_hidden = ["held_costs", "held_imports"].contains(&name);
            assert_eq!(page.contains(&format!("<code>{name}</code>")), !is_hidden, "{name} in {language}");
            let is_typed = page.contains(&format!("name=\"{name}\""));
            assert_eq!(is_typed, Settings::MANAGED.contains(&name), "{name} in {language}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_asks_for_the_operators_settings_changes_none_of_them() {
    let server = start().await;
    let manager = Visitor::inside(&server, PATH).await;
    let seen = manager.hidden(PATH, "seen").await.replace("&#34;", "\"");
    let before = settings(&server).await;
    let form = [
        ("form", manager.form.as_str()),
        ("seen", seen.as_str()),
        ("unknown_email", "conceal"),
        ("confirm_email", "on"),
        ("lockout_failures_max", "5"),
        ("lockout_window_seconds", "900"),
        ("lockout_seconds", "900"),
        ("session_idle_seconds", "1209600"),
        ("session_absolute_seconds", "7776000"),
        ("staff_browser_idle_seconds", "1800"),
        ("refresh_replay", "idempotent"),
        ("password_chars_min", "8"),
        ("password_strength_min", "0"),
        ("mail_colour", ""),
        ("language", "en"),
        ("link_base", "https://evil.example"),
        ("audit_retention_days", "1"),
    ];
    let saved = manager.posts(PATH, &[OWN], &form).await;
    assert_eq!(saved.status(), StatusCode::SEE_OTHER);
    let after = settings(&server).await;
    assert_eq!(after.differing_beyond_managers(&before), [""; 0]);
    assert!(after != before, "what is a manager's was changed");
    let mut made_up = form;
    made_up[2].1 = "perhaps";
    let seen = manager.hidden(PATH, "seen").await.replace("&#34;", "\"");
    made_up[1].1 = seen.as_str();
    assert_eq!(manager.posts(PATH, &[OWN], &made_up).await.status(), StatusCode::BAD_REQUEST);
}
