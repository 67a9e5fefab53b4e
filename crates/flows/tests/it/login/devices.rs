//! Device marks: a stranger who keeps an account locked does not lock its owner's devices out.

use countersign_domain::{Settings, UnknownEmail};
use countersign_flows::Refusal;

use crate::support::{ADA, PASSWORD, World, on_both};

fn is_locked(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::Locked(Some(_)))
}

async fn a_stranger_does_not_lock_the_owners_device(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let phone = world.anonymous().logs_in(ADA, PASSWORD).await;
    let stranger = world.anonymous().from("198.51.100.9");
    assert!(is_locked(stranger.guesses(5, ADA).await));
    assert!(is_locked(world.anonymous().tries(ADA, PASSWORD).await), "without its mark a device is any other");
    let marked = world.anonymous().with_mark(phone.mark());
    let again = marked.logs_in(ADA, PASSWORD).await;
    assert!(is_locked(stranger.tries(ADA, PASSWORD).await), "the device's success opens its own row only");
    // The new mark is of the same device.
    let renewed = world.anonymous().with_mark(again.mark());
    assert_eq!(renewed.guesses(3, ADA).await, Refusal::WrongCredentials);
    assert!(is_locked(marked.guesses(2, ADA).await));
}

async fn a_device_locks_itself_only(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let [phone, laptop] = [world.anonymous(), world.anonymous()];
    let (phone, laptop) = (phone.logs_in(ADA, PASSWORD).await, laptop.logs_in(ADA, PASSWORD).await);
    let thief = world.anonymous().from("198.51.100.9").with_mark(phone.mark());
    assert!(is_locked(thief.guesses(5, ADA).await));
    let before = world.hashes();
    assert!(is_locked(thief.tries(ADA, PASSWORD).await), "a locked device is not moved to the unknown ones");
    assert_eq!(world.hashes(), before);
    world.anonymous().with_mark(laptop.mark()).logs_in(ADA, PASSWORD).await;
    world.anonymous().logs_in(ADA, PASSWORD).await;
}

async fn a_mark_dies_with_its_password(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let phone = world.anonymous().logs_in(ADA, PASSWORD).await;
    world.operator().sets_password(id, "Another-horse-2").await.unwrap();
    let marked = world.anonymous().with_mark(phone.mark());
    assert!(is_locked(marked.guesses(5, ADA).await));
    assert!(is_locked(world.anonymous().tries(ADA, "Another-horse-2").await), "it counted as any other device");
}

/// Whoever owns the customer account of a name could else be given a new mark for each five guesses at the staff account.
async fn the_owner_of_one_account_gets_no_fresh_guesses_at_the_other(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    world.operator().creates("CASHIER", ADA, "Cashiers-pass-1").await;
    let owner = world.anonymous().in_role("CUSTOMER");
    let mut hashes = 0;
    for _ in 0..4 {
        let fresh = owner.logs_in(ADA, PASSWORD).await;
        let thief = world.anonymous().in_role("CASHIER").with_mark(fresh.mark());
        let before = world.hashes();
        thief.guesses(5, ADA).await;
        hashes += world.hashes() - before;
    }
    assert_eq!(hashes, 5, "one row of guesses, however many marks");
    let fresh = owner.logs_in(ADA, PASSWORD).await;
    let thief = world.anonymous().in_role("CASHIER").with_mark(fresh.mark());
    assert!(is_locked(thief.tries(ADA, "Cashiers-pass-1").await));
    let before = world.hashes();
    let both = world.anonymous().with_mark(fresh.mark());
    assert_eq!(both.guesses(1, ADA).await, Refusal::WrongCredentials, "the customer's side is open");
    assert_eq!(world.hashes() - before, 1, "and the staff account is not asked");
}

async fn the_owner_of_two_accounts_keeps_a_device_by_naming_the_role(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    world.operator().creates("CASHIER", ADA, "Cashiers-pass-1").await;
    let owner = world.anonymous().in_role("CASHIER");
    let till = owner.logs_in(ADA, "Cashiers-pass-1").await;
    let stranger = world.anonymous().from("198.51.100.9").in_role("CASHIER");
    assert!(is_locked(stranger.guesses(5, ADA).await));
    assert!(is_locked(owner.tries(ADA, "Cashiers-pass-1").await));
    owner.clone().with_mark(till.mark()).logs_in(ADA, "Cashiers-pass-1").await;
}

async fn a_mark_is_good_for_one_name_in_one_tenant_for_half_a_year(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    world.operator().creates("CUSTOMER", "bob@example.com", PASSWORD).await;
    let other = world.tenant_with(Settings { unknown_email: UnknownEmail::Tell, ..Settings::default() }).await;
    world.operator_of(&other).creates("CUSTOMER", ADA, PASSWORD).await;
    let phone = world.anonymous().logs_in(ADA, PASSWORD).await;
    // Bob's name is locked for strangers, and Ada's mark changes nothing about it.
    world.anonymous().guesses(5, "bob@example.com").await;
    let borrowed = world.anonymous().with_mark(phone.mark());
    assert!(is_locked(borrowed.tries("bob@example.com", PASSWORD).await));
    let abroad = world.anonymous_of(&other).with_mark(phone.mark());
    world.anonymous_of(&other).guesses(5, ADA).await;
    assert!(is_locked(abroad.tries(ADA, PASSWORD).await));
    world.pass(180 * 86_400 - 1);
    world.anonymous().guesses(5, ADA).await;
    borrowed.logs_in(ADA, PASSWORD).await;
    world.pass(1);
    assert!(is_locked(borrowed.tries(ADA, PASSWORD).await));
}

async fn an_unlock_opens_every_row_of_the_name(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let phone = world.anonymous().logs_in(ADA, PASSWORD).await;
    let marked = world.anonymous().with_mark(phone.mark());
    assert!(is_locked(marked.guesses(5, ADA).await) && is_locked(world.anonymous().guesses(5, ADA).await));
    world.operator().unlocks(id).await.unwrap();
    marked.logs_in(ADA, PASSWORD).await;
    world.anonymous().logs_in(ADA, PASSWORD).await;
}

on_both! {
    a_stranger_does_not_lock_the_owners_device,
    a_device_locks_itself_only,
    a_mark_dies_with_its_password,
    the_owner_of_one_account_gets_no_fresh_guesses_at_the_other,
    the_owner_of_two_accounts_keeps_a_device_by_naming_the_role,
    a_mark_is_good_for_one_name_in_one_tenant_for_half_a_year,
    an_unlock_opens_every_row_of_the_name,
}
