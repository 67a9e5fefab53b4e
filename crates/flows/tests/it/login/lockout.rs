use std::time::Duration;

use countersign_domain::{Settings, UnknownEmail};
use countersign_flows::Refusal;
use countersign_flows::admin::AccountRefusal;

use crate::support::{ADA, PASSWORD, WRONG, World, on_both};

const LOCKOUT: Duration = Duration::from_secs(900);
const WRONG_TOLD: &str = "login refused wrong_password";
const LOCK_TOLD: &str = "lockout_started done too_many_failures";

async fn the_fifth_failure_locks_and_costs_nothing_from_then_on(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = world.anonymous();
    assert_eq!(door.guesses(4, ADA).await, Refusal::WrongCredentials);
    let locked = Refusal::Locked(Some(world.now().plus(LOCKOUT)));
    assert_eq!(door.guesses(1, ADA).await, locked);
    let before = world.hashes();
    world.pass(10);
    for password in [WRONG, PASSWORD, WRONG] {
        assert_eq!(door.tries(ADA, password).await, locked, "neither asked nor longer");
    }
    assert_eq!(world.hashes(), before);
    let [failures, locks] = [WRONG_TOLD, LOCK_TOLD].map(|what| world.telling(what));
    let (failures, locks) = (failures.await, locks.await);
    assert_eq!((failures.len(), locks.len(), world.trail().await.len()), (5, 1, 8));
    assert!(failures.iter().chain(&locks).all(|event| event.subject == Some(id)));
    // What cost no hash is told too, together, once its minute is over.
    world.pass(60);
    std::sync::Arc::clone(&world.flows).keep_trail(std::future::ready(())).await;
    let counted = world.telling("login refused locked").await;
    assert_eq!(counted.iter().map(|event| event.count).collect::<Vec<_>>(), [3]);
}

async fn a_lock_ends_by_itself_and_leaves_nothing(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = world.anonymous();
    door.guesses(5, ADA).await;
    world.pass(899);
    assert!(matches!(door.tries(ADA, PASSWORD).await, Refusal::Locked(_)));
    world.pass(1);
    assert_eq!(door.guesses(4, ADA).await, Refusal::WrongCredentials);
    door.logs_in(ADA, PASSWORD).await;
    assert_eq!(door.guesses(4, ADA).await, Refusal::WrongCredentials, "a success forgets all failures");
}

async fn failures_are_forgotten_when_their_window_is_over(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = world.anonymous();
    door.guesses(4, ADA).await;
    world.pass(900);
    assert_eq!(door.guesses(4, ADA).await, Refusal::WrongCredentials);
    assert!(matches!(door.guesses(1, ADA).await, Refusal::Locked(_)));
}

/// What a stranger sees of a name, up to its lock and beyond.
async fn seen(world: &World, unknown_email: UnknownEmail) -> [Vec<Refusal>; 2] {
    let tenant = world.tenant_with(Settings { unknown_email, ..Settings::default() }).await;
    world.operator_of(&tenant).creates("CUSTOMER", ADA, PASSWORD).await;
    let mut seen = [Vec::new(), Vec::new()];
    for (seen, email) in seen.iter_mut().zip([ADA, "nobody@example.com"]) {
        for _ in 0..7 {
            seen.push(world.anonymous_of(&tenant).tries(email, WRONG).await);
        }
    }
    seen
}

async fn a_lock_looks_the_same_whether_the_name_is_known_or_not(world: World) {
    let [known, unknown] = seen(&world, UnknownEmail::Conceal).await;
    assert_eq!(known, unknown);
    assert_eq!(known.iter().filter(|refusal| matches!(refusal, Refusal::Locked(Some(_)))).count(), 3);
    let [known, unknown] = seen(&world, UnknownEmail::Tell).await;
    assert_eq!((&known[..4], &unknown[..4]), (&[Refusal::WrongCredentials; 4][..], &[Refusal::UnknownEmail; 4][..]));
    assert_eq!(known[4..], unknown[4..]);
}

async fn an_operator_unlocks(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    assert_eq!(world.operator().unlocks(id).await, Err(AccountRefusal::Already));
    let door = world.anonymous();
    door.guesses(5, ADA).await;
    world.operator().unlocks(id).await.unwrap();
    assert_eq!(world.telling("account_unlocked done").await.len(), 1);
    assert_eq!(door.guesses(4, ADA).await, Refusal::WrongCredentials);
    door.logs_in(ADA, PASSWORD).await;
}

async fn a_new_password_unlocks(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = world.anonymous();
    door.guesses(5, ADA).await;
    world.operator().sets_password(id, "Another-horse-2").await.unwrap();
    assert_eq!(door.tries(ADA, PASSWORD).await, Refusal::WrongCredentials);
    door.logs_in(ADA, "Another-horse-2").await;
}

/// Else whoever fails five times would log everybody out.
async fn a_lock_refuses_passwords_and_nothing_else(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let ada = world.anonymous().logs_in(ADA, PASSWORD).await;
    assert!(matches!(world.anonymous().from("198.51.100.9").guesses(5, ADA).await, Refusal::Locked(_)));
    assert!(ada.is_let_in().await);
    let ada = ada.refreshes().await;
    assert!(ada.is_let_in().await);
    ada.logs_out().await;
}

async fn a_hundred_failures_shut_the_name_until_somebody_opens_it(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = world.anonymous().exempt();
    for _ in 0..19 {
        assert!(matches!(door.guesses(5, ADA).await, Refusal::Locked(Some(_))));
        world.pass(900);
    }
    assert_eq!(door.guesses(4, ADA).await, Refusal::WrongCredentials);
    assert_eq!(door.guesses(1, ADA).await, Refusal::Locked(None));
    world.pass(30 * 86_400 - 1);
    assert_eq!(door.tries(ADA, PASSWORD).await, Refusal::Locked(None));
    world.operator().unlocks(id).await.unwrap();
    door.logs_in(ADA, PASSWORD).await;
}

async fn both_nodes_count_in_one_row(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let other = world.another_node().await;
    let [here, there] = [world.anonymous(), world.anonymous().on(&other)];
    assert_eq!(here.guesses(2, ADA).await, Refusal::WrongCredentials);
    assert_eq!(there.guesses(2, ADA).await, Refusal::WrongCredentials);
    assert!(matches!(here.guesses(1, ADA).await, Refusal::Locked(_)));
    assert!(matches!(there.tries(ADA, PASSWORD).await, Refusal::Locked(_)));
    assert_eq!(other.hasher().hashes_run(), 2);
}

on_both! {
    the_fifth_failure_locks_and_costs_nothing_from_then_on,
    a_lock_ends_by_itself_and_leaves_nothing,
    failures_are_forgotten_when_their_window_is_over,
    a_lock_looks_the_same_whether_the_name_is_known_or_not,
    an_operator_unlocks,
    a_new_password_unlocks,
    a_lock_refuses_passwords_and_nothing_else,
    a_hundred_failures_shut_the_name_until_somebody_opens_it,
    both_nodes_count_in_one_row,
}
