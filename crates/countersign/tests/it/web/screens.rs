//! Every page in every language, light and dark, at a desk and on a phone: none is wider than its screen, and
//! none keeps anybody out who cannot see it. Where `COUNTERSIGN_SCREENS` names a folder (`./dev/screens FOLDER`), a picture of each is put there.

use std::path::PathBuf;

use super::at_a_desk_and_on_a_phone;
use super::browser::{Browser, Kind};
use super::letters::are_given_up;
use super::manage::{has, invites};
use super::overview::is_busy;
use super::people::logs_in;
use crate::http::start::Running;
use crate::http::world::{MANAGER, PASSWORD};

const OUTSIDE: [&str; 7] = [
    "/login",
    "/login?role=staff",
    "/forgot-password",
    "/register",
    "/reset-password",
    "/accept-invitation",
    "/confirm-email",
];
const INSIDE: [&str; 20] = [
    "/account",
    "/account/password",
    "/account/sessions",
    "/manage",
    "/manage?period=7d",
    "/manage?period=90d",
    "/manage/customers",
    "/manage/staff?role=CASHIER&standing=active",
    "/manage/invitations",
    "/manage/people/{customer}",
    "/manage/people/{invited}",
    "/manage/api-tokens",
    "/manage/audit",
    "/manage/audit?account=ada&from=yesterday",
    "/manage/letters?again=2&over=1",
    "/manage/keys",
    "/manage/roles",
    "/manage/roles/CASHIER",
    "/manage/settings",
    "/manage/settings/logo",
];
const LANGUAGES: [&str; 5] = ["en", "fr", "es", "pt", "ar"];

/// Where pictures are wanted, which `./dev/screens` says.
#[expect(clippy::disallowed_methods, reason = "no setting of the product: it says where a test puts its pictures")]
fn wanted() -> Option<PathBuf> {
    std::env::var_os("COUNTERSIGN_SCREENS").map(PathBuf::from)
}

async fn sees(browser: &Browser, path: &str, kind: Kind) {
    for language in LANGUAGES {
        let mark = if path.contains('?') { '&' } else { '?' };
        browser.goes_to(&format!("{path}{mark}lang={language}")).await;
        assert!(!browser.is_too_wide().await, "{path} in {language}");
        // Colours are the same in every language: the dark is tried in one, or where pictures are wanted.
        let dark = language == "en" || wanted().is_some();
        for is_dark in [false, true].into_iter().filter(|is_dark| dark || !is_dark) {
            is_judged(browser, &format!("{path}-{language}"), kind, is_dark).await;
        }
    }
}

/// The page that is shown, which comes of what was done and at no address of its own.
async fn sees_now(browser: &Browser, page: &str, kind: Kind) {
    assert!(!browser.is_too_wide().await, "{page}");
    for is_dark in [false, true] {
        is_judged(browser, page, kind, is_dark).await;
    }
}

async fn is_judged(browser: &Browser, page: &str, kind: Kind, is_dark: bool) {
    browser.is_in_the_dark(is_dark).await;
    // What judges is a script itself, and waits for what a browser without script never does.
    if kind == Kind::Desk {
        assert_eq!(browser.barriers().await, Vec::<String>::new(), "{page}, dark: {is_dark}");
    }
    let Some(folder) = wanted() else { return };
    let (name, shade) = (if kind == Kind::Desk { "desk" } else { "phone" }, if is_dark { "dark" } else { "light" });
    let page = page.trim_start_matches('/').replace(['/', '?', '=', '&'], "-");
    std::fs::create_dir_all(&folder).unwrap();
    browser.is_drawn(&folder.join(format!("{page}-{name}-{shade}.png"))).await;
}

async fn every_page_fits(kind: Kind, server: &Running) {
    is_busy(server).await;
    are_given_up(server, 3).await;
    let browser = Browser::open(kind, server.address).await;
    for path in OUTSIDE {
        sees(&browser, path, kind).await;
    }
    logs_in(&browser, MANAGER, PASSWORD).await;
    let customer = has(server, "amina.o.hara-nwachukwu@example.com", ("Amina", "O'Hara-Nwachukwu"), "CUSTOMER").await;
    has(server, "bo@example.com", ("Bo", "Li"), "CASHIER").await;
    let invited = invites(server, "chi@example.com").await;
    // Late enough that forms ask for the password again.
    server.flows.clock().advance(std::time::Duration::from_secs(11 * 60));
    for path in INSIDE {
        let path = path.replace("{customer}", &customer.to_string()).replace("{invited}", &invited.to_string());
        sees(&browser, &path, kind).await;
    }
    browser.closes().await;
}

/// Pages that no address shows: refused, done, locked, shown once.
async fn every_answer_fits(kind: Kind, server: &Running) {
    let bo = has(server, "bo@example.com", ("Bo", "Li"), "CASHIER").await;
    has(server, "ada@example.com", ("Ada", "O'Hara"), "AGENT").await;
    let browser = Browser::open(kind, server.address).await;
    everyones_answers_fit(&browser, kind).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    server.flows.clock().advance(std::time::Duration::from_secs(11 * 60));
    answers_about_people_fit(&browser, kind, &bo.to_string()).await;
    answers_about_secrets_fit(&browser, kind).await;
    server.flows.clock().advance(std::time::Duration::from_secs(61));
    browser.goes_to("/manage/staff").await;
    sees_now(&browser, "answer-page-with-logo", kind).await;
    browser.presses("Log out").await;
    sees_now(&browser, "answer-logged-out-with-logo", kind).await;
    logs_in(&browser, "ada@example.com", PASSWORD).await;
    browser.goes_to("/manage/keys").await;
    sees_now(&browser, "answer-not-allowed", kind).await;
    browser.goes_to("/manage").await;
    sees_now(&browser, "answer-overview-of-an-agent", kind).await;
    browser.closes().await;
}

/// An empty form, which the browser itself holds back where no script says otherwise.
async fn sends_nothing(browser: &Browser, kind: Kind, path: &str, button: &str) {
    browser.goes_to(path).await;
    match kind {
        Kind::Desk => {
            browser.believes_anything().await;
            browser.presses(button).await;
        }
        Kind::Phone => browser.touches(button).await,
    }
}

async fn everyones_answers_fit(browser: &Browser, kind: Kind) {
    for (path, button, name) in [
        ("/login", "Log in", "login"),
        ("/register", "Open the account", "register"),
        ("/reset-password", "Save the password", "reset"),
        ("/confirm-email", "Confirm", "confirm"),
    ] {
        sends_nothing(browser, kind, path, button).await;
        sees_now(browser, &format!("answer-{name}-empty"), kind).await;
    }
    browser.goes_to("/forgot-password").await;
    browser.types("email", "nobody@example.com").await;
    browser.presses("Send the link").await;
    sees_now(browser, "answer-forgot-sent", kind).await;
    browser.goes_to("/login?role=staff").await;
    for name in ["answer-login-wrong", "", "", "", "answer-login-locked"] {
        browser.types("email", "bo@example.com").await;
        browser.types("password", "Not-the-password-1").await;
        browser.presses("Log in").await;
        if !name.is_empty() {
            sees_now(browser, name, kind).await;
        }
    }
}

async fn answers_about_people_fit(browser: &Browser, kind: Kind, bo: &str) {
    for (path, name) in [
        ("/manage/customers?search=nobody+at+all", "nobody-found"),
        ("/manage/audit?from=never", "filter-refused"),
        ("/manage/audit?action=key_compromised", "no-event"),
        ("/manage/people/00000000-0000-7000-8000-000000000000", "no-such-person"),
        (&format!("/manage/people/{bo}"), "person-locked"),
    ] {
        browser.goes_to(path).await;
        sees_now(browser, &format!("answer-{name}"), kind).await;
    }
    sends_nothing(browser, kind, "/manage/invitations", "Send the invitation").await;
    sees_now(browser, "answer-invitation-empty", kind).await;
}

async fn answers_about_secrets_fit(browser: &Browser, kind: Kind) {
    browser.goes_to("/manage/api-tokens").await;
    browser.types("name", "payments server of the branch in Kumasi").await;
    browser.ticks("roles", "AGENT").await;
    browser.types("currentPassword", "Not-the-password-1").await;
    browser.presses("Make the token").await;
    sees_now(browser, "answer-proof-wrong", kind).await;
    browser.types("currentPassword", PASSWORD).await;
    browser.presses("Make the token").await;
    sees_now(browser, "answer-secret-shown-once", kind).await;
    browser.goes_to("/manage/api-tokens").await;
    sees_now(browser, "answer-api-tokens", kind).await;
    browser.follows("payments server of the branch in Kumasi").await;
    sees_now(browser, "answer-api-token", kind).await;
    browser.goes_to("/manage/keys").await;
    browser.presses("Make the next key").await;
    sees_now(browser, "answer-next-key", kind).await;
    browser.follows("It was stolen …").await;
    sees_now(browser, "answer-key-stolen", kind).await;
    let folder = tempfile::tempdir().unwrap();
    let dot = folder.path().join("dot.png");
    std::fs::write(&dot, super::logo::PNG).unwrap();
    browser.goes_to("/manage/settings/logo").await;
    browser.attaches("file", &dot).await;
    browser.presses("Use this logo").await;
    sees_now(browser, "answer-logo", kind).await;
}

at_a_desk_and_on_a_phone!(every_page_fits, every_answer_fits);
