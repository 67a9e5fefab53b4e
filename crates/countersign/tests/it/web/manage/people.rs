//! A manager looks after people.

use std::time::Duration;

use countersign_flows::{Doer, StaffEdit};

use super::has;
use crate::http::start::Running;
use crate::http::world::{MANAGER, PASSWORD};
use crate::web::browser::{Browser, Kind};
use crate::web::people::{link_to, logs_in};
use crate::web::{at_a_desk_and_on_a_phone, on_postgres};

const AMINA: &str = "amina@example.com";

async fn locks(browser: &Browser, email: &str) {
    for _ in 0..5 {
        browser.goes_to("/login?role=customer&lang=en").await;
        browser.types("email", email).await;
        browser.types("password", "Wrong-password-1").await;
        browser.presses("Log in").await;
    }
}

async fn a_customer_is_found_and_let_in(kind: Kind, server: &Running) {
    has(server, AMINA, ("Amina", "O'Hara"), "CUSTOMER").await;
    has(server, "bo@example.com", ("Bo", "Li"), "CUSTOMER").await;
    let browser = Browser::open(kind, server.address).await;
    locks(&browser, AMINA).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.follows("Customers").await;
    assert!(browser.text().await.contains("Bo Li"));
    browser.types("search", "amin").await;
    browser.presses("Find").await;
    let found = browser.text().await;
    assert!(found.contains(AMINA) && !found.contains("Bo Li"), "{found}");
    browser.follows("Amina O'Hara").await;
    let told = browser.text().await;
    assert!(told.contains("This person cannot log in") && told.contains("Too many wrong passwords"), "{told}");
    assert!(!browser.is_too_wide().await);

    browser.presses("Unlock").await;
    let told = browser.text().await;
    assert!(told.contains("The account is unlocked."), "{told}");
    assert!(told.contains("The right password opens this account.") && told.contains("account_unlocked"), "{told}");
    browser.presses("Send a link for a new password").await;
    assert!(browser.text().await.contains("The link is on its way."));
    assert!(link_to(server, AMINA).await.contains("/reset-password#token="));
    browser.presses("Deactivate the account").await;
    let told = browser.text().await;
    assert!(!told.contains("Send a link for a new password"), "no letter opens a closed account");
    assert!(told.contains("The account is deactivated.") && told.contains("This person cannot log in"), "{told}");
    browser.presses("Activate the account").await;
    assert!(browser.text().await.contains("The right password opens this account."));

    browser.presses("Log out").await;
    browser.goes_to("/login?role=customer").await;
    browser.types("email", AMINA).await;
    browser.types("password", PASSWORD).await;
    browser.presses("Log in").await;
    assert_eq!(browser.heading().await, "My account");
    browser.closes().await;
}

async fn somebody_is_invited_and_given_roles(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.follows("Invitations").await;
    assert!(browser.text().await.contains("Nobody is waiting."));
    browser.types("email", "chi@example.com").await;
    browser.types("firstName", "Chi").await;
    browser.types("lastName", "Okafor").await;
    browser.presses("Send the invitation").await;
    let told = browser.text().await;
    assert!(told.contains("There is a problem"), "somebody without a role is no staff: {told}");
    assert_eq!(browser.value_of("email").await, "chi@example.com");
    browser.ticks("roles", "CASHIER").await;
    browser.presses("Send the invitation").await;
    let told = browser.text().await;
    assert!(told.contains("The invitation is on its way.") && told.contains("Chi Okafor"), "{told}");
    browser.follows("Chi Okafor").await;
    assert!(browser.text().await.contains("Invited, and no password is set yet."));
    browser.presses("Send the invitation again").await;
    assert!(browser.text().await.contains("Another invitation is on its way."));

    let link = link_to(server, "chi@example.com").await;
    browser.presses("Log out").await;
    browser.opens(&link).await;
    if kind == Kind::Phone {
        browser.types("token", link.split_once("#token=").unwrap().1).await;
    }
    browser.types("newPassword", "Correct-horse-7").await;
    browser.types("confirmPassword", "Correct-horse-7").await;
    browser.presses("Save the password").await;
    logs_in(&browser, "chi@example.com", "Correct-horse-7").await;
    assert_eq!(browser.heading().await, "My account", "a cashier has no dashboard");
    browser.goes_to("/manage/customers").await;
    assert_eq!(browser.heading().await, "This did not work");
    browser.presses("Log out").await;

    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.follows("Staff").await;
    browser.follows("Chi Okafor").await;
    assert!(!browser.has("#currentPassword").await, "the password was proved a moment ago");
    server.flows.clock().advance(Duration::from_secs(11 * 60));
    browser.types("lastName", "Okafor-Li").await;
    browser.ticks("roles", "AGENT").await;
    browser.presses("Save").await;
    let told = browser.text().await;
    assert!(told.contains("Type your password to make this change."), "{told}");
    assert_eq!(browser.value_of("lastName").await, "Okafor-Li", "nothing that was typed is lost");
    browser.types("currentPassword", "Wrong-password-1").await;
    browser.presses("Save").await;
    assert!(browser.text().await.contains("The password is not right."));
    browser.types("currentPassword", PASSWORD).await;
    browser.presses("Confirm").await;
    let told = browser.text().await;
    assert!(told.contains("You can make changes for ten minutes.") && told.contains("CASHIER"), "{told}");
    assert_eq!(browser.value_of("lastName").await, "Okafor-Li");
    browser.presses("Save").await;
    let told = browser.text().await;
    assert!(told.contains("The changes are saved.") && told.contains("AGENT CASHIER"), "{told}");
    assert_eq!(browser.heading().await, "Chi Okafor-Li");
    browser.closes().await;
}

async fn an_invitation_is_taken_back(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.follows("Invitations").await;
    browser.types("email", "dee@example.com").await;
    browser.types("firstName", "Dee").await;
    browser.types("lastName", "Vu").await;
    browser.ticks("roles", "AGENT").await;
    browser.presses("Send the invitation").await;
    browser.follows("Dee Vu").await;
    browser.presses("Withdraw the invitation").await;
    assert!(browser.path().await.starts_with("/manage/invitations"));
    let told = browser.text().await;
    assert!(told.contains("The invitation is withdrawn.") && !told.contains("Dee Vu"), "{told}");
    browser.closes().await;
}

async fn nobody_is_let_down_by_the_last_manager(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.goes_to(&format!("/manage/people/{}", server.manager)).await;
    assert!(browser.text().await.contains("This device"));
    browser.presses("Deactivate the account").await;
    let told = browser.text().await;
    assert!(told.contains("There is a problem") && told.contains("active"), "{told}");
    browser.presses("Log out everywhere else").await;
    let told = browser.text().await;
    assert!(told.contains("Done.") && told.contains("This device"), "the own stays: {told}");
    browser.closes().await;
}

/// A page that was opened long ago must not undo what another manager has done since.
async fn an_old_page_gives_no_role_back(kind: Kind, server: &Running) {
    let id = has(server, "bo@example.com", ("Bo", "Li"), "MANAGER").await;
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.goes_to(&format!("/manage/people/{id}")).await;
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let taken = StaffEdit { roles: Some(vec!["CASHIER".parse().unwrap()]), ..StaffEdit::default() };
    server.flows.edit_staff(Doer::Operator, &tenant, id, taken).await.unwrap().unwrap();
    browser.types("lastName", "Lee").await;
    browser.presses("Save").await;
    assert!(browser.text().await.contains("There is a problem"));
    let account = server.flows.account(&tenant, id).await.unwrap().unwrap();
    assert_eq!(account.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>(), ["CASHIER"]);
    browser.types("lastName", "Lee").await;
    browser.presses("Save").await;
    assert!(browser.text().await.contains("The changes are saved."), "beside what is so now");
    assert_eq!(browser.heading().await, "Bo Lee");
    browser.closes().await;
}

/// Whoever was closed out may sit at an open browser of a manager.
async fn staff_is_let_back_in_by_who_proves_to_be_there(kind: Kind, server: &Running) {
    let id = has(server, "bo@example.com", ("Bo", "Li"), "MANAGER").await;
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.goes_to(&format!("/manage/people/{id}")).await;
    browser.presses("Deactivate the account").await;
    server.flows.clock().advance(Duration::from_secs(11 * 60));
    browser.presses("Activate the account").await;
    let told = browser.text().await;
    assert!(told.contains("Type your password to make this change.") && told.contains("deactivated"), "{told}");
    browser.types("activate-password", PASSWORD).await;
    browser.presses("Activate the account").await;
    assert!(browser.text().await.contains("The account is active."));
    browser.closes().await;
}

at_a_desk_and_on_a_phone!(
    a_customer_is_found_and_let_in,
    somebody_is_invited_and_given_roles,
    an_invitation_is_taken_back,
    nobody_is_let_down_by_the_last_manager,
    an_old_page_gives_no_role_back,
    staff_is_let_back_in_by_who_proves_to_be_there,
);
on_postgres!(a_customer_is_found_and_let_in, somebody_is_invited_and_given_roles, an_invitation_is_taken_back);
