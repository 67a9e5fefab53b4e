//! One email, a customer account and a staff account, each with its own password.

use countersign_flows::Refusal;

use crate::support::{ADA, Anonymous, WRONG, World, on_both};

const CUSTOMERS: &str = "Customers-pass-1";
const STAFFS: &str = "Cashiers-pass-1";

async fn both(world: &World) -> [countersign_domain::AccountId; 2] {
    let operator = world.operator();
    [operator.creates("CUSTOMER", ADA, CUSTOMERS).await, operator.creates("CASHIER", ADA, STAFFS).await]
}

/// How many hashes a login runs.
async fn hashes(world: &World, who: &Anonymous, password: &str) -> u64 {
    let before = world.hashes();
    who.sends(ADA, password).await;
    world.hashes() - before
}

async fn each_password_opens_its_own_account_customer_first(world: World) {
    let [customer, staff] = both(&world).await;
    let door = world.anonymous();
    let opened = door.logs_in(ADA, CUSTOMERS).await;
    assert_eq!((opened.account(), opened.claims()["roles"].clone()), (customer, serde_json::json!(["CUSTOMER"])));
    let opened = door.logs_in(ADA, STAFFS).await;
    assert_eq!((opened.account(), opened.claims()["roles"].clone()), (staff, serde_json::json!(["CASHIER"])));
    assert_eq!(hashes(&world, &door, CUSTOMERS).await, 1, "it stops at the first match");
    assert_eq!(hashes(&world, &door, STAFFS).await, 2);
    assert_eq!(hashes(&world, &door, WRONG).await, 2);
}

async fn a_role_selects_a_kind_and_no_more(world: World) {
    let [customer, staff] = both(&world).await;
    let door = world.anonymous();
    assert_eq!(door.clone().in_role("CUSTOMER").logs_in(ADA, CUSTOMERS).await.account(), customer);
    // The account is a cashier: asking as a manager selects the staff account all the same.
    assert_eq!(door.clone().in_role("MANAGER").logs_in(ADA, STAFFS).await.account(), staff);
    assert_eq!(door.clone().in_role("AGENT").tries(ADA, CUSTOMERS).await, Refusal::WrongCredentials);
    assert_eq!(hashes(&world, &door.clone().in_role("AGENT"), CUSTOMERS).await, 1);
    assert_eq!(door.in_role("CUSTOMER").tries(ADA, STAFFS).await, Refusal::WrongCredentials);
}

async fn a_failure_counts_for_every_kind_that_was_asked(world: World) {
    both(&world).await;
    let door = world.anonymous();
    assert_eq!(door.clone().in_role("CUSTOMER").guesses(4, ADA).await, Refusal::WrongCredentials);
    let locked = Refusal::Locked(Some(world.now().plus(std::time::Duration::from_secs(900))));
    assert_eq!(door.guesses(1, ADA).await, Refusal::WrongCredentials, "only the customer's side is locked");
    assert_eq!(door.clone().in_role("CUSTOMER").tries(ADA, CUSTOMERS).await, locked);
    assert_eq!(door.tries(ADA, CUSTOMERS).await, Refusal::WrongCredentials, "a locked account is no candidate");
    assert_eq!(door.clone().in_role("CASHIER").guesses(2, ADA).await, Refusal::WrongCredentials);
    assert_eq!(door.clone().in_role("CASHIER").guesses(1, ADA).await, locked, "one, one more, two and this");
    assert_eq!(door.tries(ADA, STAFFS).await, locked);
    assert_eq!(world.telling("lockout_started done too_many_failures").await.len(), 2, "each side's own");
}

/// Whoever owns the customer account could choose guesses as its password, if its match hid them from the other
/// account's counter or said anything about the other account's hash.
async fn the_owner_of_one_account_learns_nothing_of_the_other(world: World) {
    let [customer, _] = both(&world).await;
    let (operator, door) = (world.operator(), world.anonymous());
    for guess in ["Cashiers-pass-0", STAFFS] {
        operator.sets_password(customer, guess).await.unwrap();
        assert_eq!(door.logs_in(ADA, guess).await.account(), customer);
        assert_eq!(hashes(&world, &door, guess).await, 1, "the staff account is not asked");
    }
}

async fn a_success_clears_its_own_kind_only(world: World) {
    let [customer, staff] = both(&world).await;
    let door = world.anonymous();
    door.guesses(4, ADA).await;
    assert_eq!(door.logs_in(ADA, CUSTOMERS).await.account(), customer);
    assert_eq!(door.clone().in_role("CUSTOMER").guesses(4, ADA).await, Refusal::WrongCredentials);
    assert!(matches!(door.clone().in_role("CASHIER").guesses(1, ADA).await, Refusal::Locked(Some(_))));
    world.operator().unlocks(staff).await.unwrap();
    assert_eq!(door.logs_in(ADA, STAFFS).await.account(), staff);
    assert_eq!(world.operator().unlocks(customer).await, Ok(()), "its four failures were still there");
}

/// Many right logins of one kind leave nothing behind on the other.
async fn the_other_kinds_reservation_is_released(world: World) {
    both(&world).await;
    let door = world.anonymous();
    for _ in 0..12 {
        door.logs_in(ADA, CUSTOMERS).await;
    }
    assert_eq!(door.clone().in_role("CASHIER").guesses(4, ADA).await, Refusal::WrongCredentials);
    assert!(matches!(door.in_role("CASHIER").guesses(1, ADA).await, Refusal::Locked(Some(_))));
}

on_both! {
    each_password_opens_its_own_account_customer_first,
    a_role_selects_a_kind_and_no_more,
    a_failure_counts_for_every_kind_that_was_asked,
    the_owner_of_one_account_learns_nothing_of_the_other,
    a_success_clears_its_own_kind_only,
    the_other_kinds_reservation_is_released,
}
