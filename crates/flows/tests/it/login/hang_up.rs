//! A request that hangs up neither leaves a reservation behind nor gets a guess for nothing.

use std::sync::Arc;
use std::time::Duration;

use countersign_domain::Secret;
use countersign_flows::hasher::Params;
use countersign_flows::{Flows, Limits, Refusal};
use countersign_store::Turnstile;
use tokio::task::JoinHandle;

use crate::support::{
    ADA, Anonymous, Operator, PASSWORD, WRONG, World, freely, let_one_through, next_to_come, on_both,
};

/// A door of a node with one hash thread, whose transactions stop at a turnstile.
async fn slow_door(world: &World) -> (Anonymous, Arc<Flows>, Arc<Turnstile>) {
    slow_door_with(world, |_| {}).await
}

async fn slow_door_with(world: &World, limit: impl FnOnce(&mut Limits)) -> (Anonymous, Arc<Flows>, Arc<Turnstile>) {
    let turnstile = Arc::new(Turnstile::default());
    let node = world.node(|setup| {
        limit(&mut setup.limits);
        setup.hashing.threads = 1;
        setup.store = setup.store.behind(Arc::clone(&turnstile));
    });
    let node = freely(&turnstile, node).await;
    let door = world.anonymous().on(&node);
    freely(&turnstile, door.request()).await;
    (door, node, turnstile)
}

fn login(door: &Anonymous, password: &'static str) -> JoinHandle<()> {
    let door = door.clone();
    tokio::spawn(async move { drop(door.sends(ADA, password).await) })
}

async fn hang_up(login: JoinHandle<()>) {
    login.abort();
    assert!(login.await.unwrap_err().is_cancelled());
}

/// Keeps the only thread busy for a quarter of a second, so that what comes after waits.
fn keep_busy(node: &Flows, world: &World) -> JoinHandle<()> {
    let place = node.hasher().place(world.tenant.id, false).unwrap();
    let job = place.verify(Secret::new(WRONG), Vec::new(), Params::new(256 * 1024, 4, 1).unwrap());
    tokio::spawn(async move {
        job.await.unwrap();
    })
}

/// How many wrong passwords it takes to lock.
async fn guesses_left(world: &World) -> u32 {
    for count in 1..6 {
        if matches!(world.anonymous().guesses(1, ADA).await, Refusal::Locked(_)) {
            return count;
        }
    }
    panic!("five failures have to lock");
}

async fn what_was_not_hashed_yet_is_released(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let (door, node, turnstile) = slow_door(&world).await;
    // A machine that stands still may finish the job in front meanwhile: then the try says nothing.
    for _ in 0..10 {
        let (busy, ran) = (keep_busy(&node, &world), node.hasher().hashes_run());
        let guess = login(&door, WRONG);
        let_one_through(&turnstile).await;
        hang_up(guess).await;
        let was_in_time = node.hasher().hashes_run() == ran;
        let_one_through(&turnstile).await;
        busy.await.unwrap();
        if was_in_time {
            assert_eq!(node.hasher().hashes_run() - ran, 1, "only the job in front");
            assert_eq!(guesses_left(&world).await, 5);
            assert!(world.telling("login refused wrong_password").await.len() == 5, "the guesses just made");
            return;
        }
        world.pass(900);
    }
    panic!("the machine never hung up in time");
}

async fn what_was_hashed_is_settled_and_charged_to_its_source(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let (door, node, turnstile) = slow_door_with(&world, |limits| limits.failures_per_network_max = 1).await;
    let guess = login(&door, WRONG);
    let_one_through(&turnstile).await;
    next_to_come(&turnstile).await;
    assert_eq!(node.hasher().hashes_run(), 1);
    hang_up(guess).await;
    let_one_through(&turnstile).await;
    assert_eq!(world.telling("login refused wrong_password").await.len(), 1);
    // The source is charged when the transaction has told what the guess was.
    freely(&turnstile, tokio::time::sleep(Duration::from_millis(100))).await;
    let next = freely(&turnstile, door.guesses(1, ADA)).await;
    assert!(matches!(next, Refusal::TooMany(_)), "{next:?}");
    assert_eq!(guesses_left(&world).await, 4);
}

/// The account changed while the password of somebody who is gone was hashed: there is no second round.
async fn a_change_during_the_hash_begins_nothing_anew(world: World) {
    let slow = world.node(|setup| setup.hashing.usual = Params::new(256 * 1024, 4, 1).unwrap()).await;
    let id = Operator::new(&slow, &world.tenant).creates("CUSTOMER", ADA, PASSWORD).await;
    let (door, node, turnstile) = slow_door(&world).await;
    let guess = login(&door, PASSWORD);
    let_one_through(&turnstile).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    hang_up(guess).await;
    next_to_come(&turnstile).await;
    assert_eq!(node.hasher().hashes_run(), 1, "it had begun");
    world.operator().sets_password(id, "Another-horse-2").await.unwrap();
    let_one_through(&turnstile).await;
    freely(&turnstile, tokio::time::sleep(Duration::from_millis(100))).await;
    assert_eq!(node.hasher().hashes_run(), 1);
    assert_eq!(guesses_left(&world).await, 5, "no reservation is left behind");
}

/// Who hung up while waiting for a free attempt has reserved none.
async fn who_waited_leaves_the_queue(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    world.anonymous().guesses(4, ADA).await;
    let (door, node, turnstile) = slow_door(&world).await;
    let first = login(&door, PASSWORD);
    let_one_through(&turnstile).await;
    let settling = next_to_come(&turnstile).await;
    let second = login(&door, WRONG);
    while turnstile.waiting().len() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let asking = turnstile.waiting()[1];
    assert!(turnstile.let_through(asking).await);
    hang_up(second).await;
    assert!(turnstile.let_through(settling).await);
    freely(&turnstile, first).await.unwrap();
    assert_eq!(node.hasher().hashes_run(), 1, "the second was never hashed");
    assert_eq!(guesses_left(&world).await, 5, "the first was right");
}

/// The session of an answer that nobody read can be used by nobody, and hurts nobody.
async fn a_refresh_that_nobody_read_can_be_sent_again(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    for polls in 0..24 {
        let ada = world.anonymous().logs_in(ADA, PASSWORD).await;
        let (who, token) = (ada.who.clone(), ada.refresh_token().clone());
        let refresh = tokio::spawn(async move { drop(who.refreshes(&token).await) });
        for _ in 0..polls {
            tokio::task::yield_now().await;
        }
        refresh.abort();
        let _ = refresh.await;
        assert!(ada.refreshes().await.is_let_in().await);
    }
}

on_both! {
    what_was_not_hashed_yet_is_released,
    what_was_hashed_is_settled_and_charged_to_its_source,
    a_change_during_the_hash_begins_nothing_anew,
    who_waited_leaves_the_queue,
    a_refresh_that_nobody_read_can_be_sent_again,
}
