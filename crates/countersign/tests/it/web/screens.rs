//! Every page in every language, light and dark, at a desk and on a phone: none is wider than its screen, and
//! none keeps anybody out who cannot see it. Where `COUNTERSIGN_SCREENS` names a folder (`./dev/screens FOLDER`), a picture of each is put there.

use std::path::PathBuf;

use super::browser::{Browser, Kind};
use super::letters::are_given_up;
use super::manage::{has, invites};
use super::overview::is_busy;
use super::people::logs_in;
use crate::http::start::start;
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
    let name = if kind == Kind::Desk { "desk" } else { "phone" };
    for language in LANGUAGES {
        let mark = if path.contains('?') { '&' } else { '?' };
        browser.goes_to(&format!("{path}{mark}lang={language}")).await;
        assert!(!browser.is_too_wide().await, "{path} in {language} {name}");
        // Colours are the same in every language: the dark is tried in one, or where pictures are wanted.
        let dark = language == "en" || wanted().is_some();
        for is_dark in [false, true].into_iter().filter(|is_dark| dark || !is_dark) {
            browser.is_in_the_dark(is_dark).await;
            // What judges is a script itself, and waits for what a browser without script never does.
            if kind == Kind::Desk {
                let barriers = browser.barriers().await;
                assert_eq!(barriers, Vec::<String>::new(), "{path} in {language}, dark: {is_dark}");
            }
            if let Some(folder) = wanted() {
                let shade = if is_dark { "dark" } else { "light" };
                let page = path.trim_start_matches('/').replace(['/', '?', '=', '&'], "-");
                std::fs::create_dir_all(&folder).unwrap();
                browser.is_drawn(&folder.join(format!("{page}-{language}-{name}-{shade}.png"))).await;
            }
        }
    }
}

async fn every_page_fits(kind: Kind) {
    let server = start().await;
    is_busy(&server).await;
    are_given_up(&server, 3).await;
    let browser = Browser::open(kind, server.address).await;
    for path in OUTSIDE {
        sees(&browser, path, kind).await;
    }
    browser.goes_to("/login?lang=en").await;
    browser.types("email", "nobody@example.com").await;
    browser.types("password", PASSWORD).await;
    browser.presses("Log in").await;
    assert!(!browser.is_too_wide().await);
    logs_in(&browser, MANAGER, PASSWORD).await;
    let customer = has(&server, "amina.o.hara-nwachukwu@example.com", ("Amina", "O'Hara-Nwachukwu"), "CUSTOMER").await;
    has(&server, "bo@example.com", ("Bo", "Li"), "CASHIER").await;
    let invited = invites(&server, "chi@example.com").await;
    // Late enough that forms ask for the password again.
    server.flows.clock().advance(std::time::Duration::from_secs(11 * 60));
    for path in INSIDE {
        let path = path.replace("{customer}", &customer.to_string()).replace("{invited}", &invited.to_string());
        sees(&browser, &path, kind).await;
    }
    browser.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_at_a_desk() {
    every_page_fits(Kind::Desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_on_a_phone() {
    every_page_fits(Kind::Phone).await;
}
