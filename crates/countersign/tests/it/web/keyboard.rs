//! People who use no mouse: everything is reached by the Tab key, and done by Enter.

use super::browser::{Browser, Kind};
use super::manage::has;
use super::people::link_to;
use crate::http::start::{Running, start};
use crate::http::world::{MANAGER, PASSWORD};

const NEW: &str = "Correct-horse-7";

async fn logs_in(browser: &Browser, password: &str) {
    browser.goes_to("/login?role=staff&lang=en").await;
    browser.tabs_to("email").await;
    browser.keys(MANAGER).await;
    browser.tabs_to("password").await;
    browser.keys(password).await;
    browser.enters().await;
}

async fn at_a_keyboard() -> (Running, Browser) {
    let server = start().await;
    let browser = Browser::open(Kind::Desk, server.address).await;
    (server, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_reset() {
    let (server, browser) = at_a_keyboard().await;
    browser.goes_to("/login?role=staff&lang=en").await;
    browser.tabs_to("Skip to the content").await;
    browser.tabs_to("Forgot your password?").await;
    browser.enters().await;
    browser.tabs_to("email").await;
    browser.keys(MANAGER).await;
    browser.enters().await;
    assert!(browser.text().await.contains("If this email address is registered"));
    browser.opens(&link_to(&server, MANAGER).await).await;
    for (password, again) in [(NEW, "Correct-horse-8"), (NEW, NEW)] {
        browser.tabs_to("newPassword").await;
        browser.keys(password).await;
        browser.tabs_to("confirmPassword").await;
        browser.keys(again).await;
        browser.enters().await;
    }
    assert!(browser.text().await.contains("Your password is set. You can log in now."));
    logs_in(&browser, NEW).await;
    browser.tabs_to("My account").await;
    browser.enters().await;
    assert!(browser.text().await.contains(MANAGER));
    browser.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_unlocked() {
    let (server, browser) = at_a_keyboard().await;
    has(&server, "amina@example.com", ("Amina", "O'Hara"), "CUSTOMER").await;
    for _ in 0..5 {
        browser.goes_to("/login?role=customer&lang=en").await;
        browser.tabs_to("email").await;
        browser.keys("amina@example.com").await;
        browser.tabs_to("password").await;
        browser.keys("Wrong-password-1").await;
        browser.enters().await;
    }
    logs_in(&browser, PASSWORD).await;
    browser.tabs_to("Customers").await;
    browser.enters().await;
    browser.tabs_to("search").await;
    browser.keys("amin").await;
    browser.enters().await;
    browser.tabs_to("Amina O'Hara").await;
    browser.enters().await;
    browser.tabs_to("Unlock").await;
    browser.enters().await;
    assert!(browser.text().await.contains("The account is unlocked."));
    browser.closes().await;
}
