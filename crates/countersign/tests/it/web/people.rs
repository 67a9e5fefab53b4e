//! A person's ways through the pages, at a desk with script and on a phone without.

use std::sync::Arc;

use super::browser::{Browser, Kind};
use super::{at_a_desk_and_on_a_phone, on_postgres};
use crate::http::start::Running;
use crate::http::world::{MANAGER, PASSWORD};

const NEW: &str = "Correct-horse-7";

pub(super) async fn logs_in(browser: &Browser, email: &str, password: &str) {
    browser.goes_to("/login?role=staff&lang=en").await;
    browser.types("email", email).await;
    browser.types("password", password).await;
    browser.presses("Log in").await;
}

async fn in_and_out(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    browser.goes_to("/account/sessions").await;
    assert_eq!(browser.path().await, "/login?to=%2Faccount%2Fsessions");
    browser.follows("I work here: staff log-in").await;
    assert_eq!(browser.heading().await, "Staff log-in");
    assert!(!browser.is_too_wide().await);

    browser.types("email", MANAGER).await;
    browser.types("password", "Wrong-password-1").await;
    browser.presses("Log in").await;
    let told = browser.text().await;
    assert!(told.contains("The email or the password is incorrect."), "{told}");
    assert_eq!(browser.value_of("email").await, MANAGER, "what was typed stays, but the password");
    assert_eq!(browser.value_of("password").await, "");

    browser.types("password", PASSWORD).await;
    browser.presses("Log in").await;
    browser.follows("My account").await;
    assert!(browser.text().await.contains(MANAGER));
    browser.follows("Where you are logged in").await;
    assert!(browser.text().await.contains("This device"));

    browser.presses("Log out").await;
    assert!(browser.text().await.contains("You are logged out."));
    browser.goes_back().await;
    assert!(!browser.text().await.contains("This device"), "nothing of it is shown again");
    browser.goes_to("/account").await;
    assert_eq!(browser.path().await, "/login?to=%2Faccount");
    assert_eq!(browser.heading().await, "Staff log-in", "it is remembered who logs in here");
    browser.closes().await;
}

/// The last link that was sent to an address.
pub(super) async fn link_to(server: &Running, address: &str) -> String {
    server.flows.mail_once(Arc::new(server.letters.clone())).await.unwrap();
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap().id;
    server.letters.letters(tenant, Some(address)).first().unwrap().links.first().unwrap().clone()
}

async fn forgets(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    browser.goes_to("/login?role=staff").await;
    browser.follows("Forgot your password?").await;
    browser.types("email", MANAGER).await;
    browser.presses("Send the link").await;
    assert!(browser.text().await.contains("If this email address is registered"));
    let link = link_to(server, MANAGER).await;
    let (_, token) = link.split_once("#token=").unwrap();
    browser.opens(&link).await;
    match kind {
        Kind::Desk => assert_eq!(browser.value_of("token").await, token),
        Kind::Phone => browser.types("token", token).await,
    }
    assert_eq!(browser.path().await, "/reset-password", "the token is not in the address");

    browser.types("newPassword", "short").await;
    browser.types("confirmPassword", "short").await;
    browser.presses("Save the password").await;
    let told = browser.text().await;
    assert!(told.contains("There is a problem") && told.contains("8"), "{told}");
    assert_eq!(browser.value_of("token").await, token, "the token stays good, and in its field");
    browser.types("newPassword", NEW).await;
    browser.types("confirmPassword", NEW).await;
    browser.presses("Save the password").await;
    assert!(browser.text().await.contains("Your password is set. You can log in now."));
    assert_eq!(browser.heading().await, "Staff log-in", "of the account that the link was for");

    logs_in(&browser, MANAGER, NEW).await;
    browser.follows("My account").await;
    browser.goes_to("/account/password").await;
    browser.types("currentPassword", NEW).await;
    browser.types("newPassword", "Another-horse-8").await;
    browser.types("confirmPassword", "Another-horse-8").await;
    browser.presses("Change the password").await;
    assert!(browser.text().await.contains("Your password is changed."));
    browser.types("firstName", "<b>Ada</b>").await;
    browser.types("lastName", "O'Hara").await;
    browser.presses("Save").await;
    assert!(browser.text().await.contains("There is a problem"), "no name has angle brackets");
    browser.types("firstName", "Ada").await;
    browser.types("lastName", "O'Hara").await;
    browser.presses("Save").await;
    assert!(browser.text().await.contains("Your changes are saved."));
    browser.types("dialingCode", "+44").await;
    browser.presses("Save").await;
    assert!(browser.text().await.contains("There is a problem"), "half a number is none");
    assert_eq!(browser.value_of("dialingCode").await, "+44");
    browser.types("phone", "7700900123").await;
    browser.types("address", "1 High Street").await;
    browser.presses("Save").await;
    assert_eq!(browser.value_of("phone").await, "7700900123");
    assert_eq!(browser.value_of("address").await, "1 High Street");
    browser.closes().await;
}

async fn registers(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    browser.goes_to("/login").await;
    browser.follows("Open an account").await;
    for (field, text) in [
        ("firstName", "Amina"),
        ("lastName", "O'Hara-Nwachukwu"),
        ("email", "amina@example.com"),
        ("dialingCode", "+44"),
        ("phone", "7700900123"),
        // As the keys of a date are pressed in English.
        ("dob", "02281990"),
        ("password", NEW),
        ("confirmPassword", "Correct-horse-8"),
    ] {
        browser.types(field, text).await;
    }
    browser.presses("Open the account").await;
    let told = browser.text().await;
    assert!(told.contains("must be the same as password"), "{told}");
    assert_eq!(browser.value_of("lastName").await, "O'Hara-Nwachukwu");
    assert_eq!(browser.value_of("dob").await, "1990-02-28");
    browser.types("password", NEW).await;
    browser.types("confirmPassword", NEW).await;
    browser.presses("Open the account").await;
    assert!(browser.text().await.contains("We have sent you an email."));

    let link = link_to(server, "amina@example.com").await;
    browser.opens(&link).await;
    if kind == Kind::Phone {
        browser.types("token", link.split_once("#token=").unwrap().1).await;
    }
    browser.types("password", "Wrong-horse-1").await;
    browser.presses("Confirm").await;
    assert!(browser.text().await.contains("There is a problem"));
    browser.types("password", NEW).await;
    browser.presses("Confirm").await;
    assert!(browser.text().await.contains("Your account is ready. You can log in now."));
    browser.types("email", "amina@example.com").await;
    browser.types("password", NEW).await;
    browser.presses("Log in").await;
    assert_eq!(browser.heading().await, "My account");
    browser.opens(&link).await;
    assert_eq!(browser.heading().await, "Confirm your email address");
    browser.closes().await;
}

async fn is_locked_out(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    for _ in 0..5 {
        logs_in(&browser, MANAGER, "Wrong-password-1").await;
    }
    logs_in(&browser, MANAGER, PASSWORD).await;
    let told = browser.text().await;
    assert!(told.contains("too many failed attempts") && told.contains("You can try again in"), "{told}");
    match kind {
        Kind::Desk => assert!(told.contains("14:5") || told.contains("15:00"), "it counts down: {told}"),
        Kind::Phone => assert!(told.contains("15 min"), "{told}"),
    }
    browser.closes().await;
}

at_a_desk_and_on_a_phone!(in_and_out, forgets, registers, is_locked_out);
on_postgres!(in_and_out, forgets, registers, is_locked_out);
