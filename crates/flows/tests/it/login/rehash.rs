//! A hash of an outdated cost is made anew at the first right password.

use std::sync::Arc;
use std::time::Duration;

use countersign_domain::AccountId;
use countersign_flows::hasher::Params;
use countersign_flows::{Flows, Refusal};
use countersign_store::Turnstile;

use crate::support::{ADA, PASSWORD, World, freely, let_one_through, next_to_come, on_both};

/// A node whose operator has made hashing dearer.
async fn dearer(world: &World, turnstile: Option<&Arc<Turnstile>>) -> Arc<Flows> {
    world
        .node(|setup| {
            setup.hashing.usual = Params::new(16, 2, 1).unwrap();
            if let Some(turnstile) = turnstile {
                setup.store = setup.store.behind(Arc::clone(turnstile));
            }
        })
        .await
}

async fn cost(world: &World, id: AccountId) -> String {
    let hash = world.operator().sees(id).await.password_hash.unwrap();
    hash.phc().split('$').nth(3).unwrap().to_owned()
}

/// The renewal follows the answer, so it is waited for.
async fn comes_to_cost(world: &World, id: AccountId, expected: &str) -> bool {
    for _ in 0..500 {
        if cost(world, id).await == expected {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

async fn an_outdated_hash_is_renewed_by_its_password_alone(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let node = dearer(&world, None).await;
    let door = world.anonymous().on(&node);
    door.guesses(1, ADA).await;
    assert_eq!(cost(&world, id).await, "m=8,t=1,p=1");
    let ada = door.logs_in(ADA, PASSWORD).await;
    assert!(comes_to_cost(&world, id, "m=16,t=2,p=1").await);
    assert!(ada.is_let_in().await, "it is no change of password");
    ada.refreshes().await;
    let ran = node.hasher().hashes_run();
    door.with_mark(ada.mark()).logs_in(ADA, PASSWORD).await;
    assert_eq!(node.hasher().hashes_run() - ran, 1, "once is enough");
}

/// The old password would come back with its new hash.
async fn a_password_that_changed_meanwhile_is_not_overwritten(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let turnstile = Arc::new(Turnstile::default());
    let door = freely(&turnstile, async {
        let door = world.anonymous().on(&dearer(&world, Some(&turnstile)).await);
        door.request().await;
        door
    })
    .await;
    let login = tokio::spawn(async move { door.logs_in(ADA, PASSWORD).await });
    let_one_through(&turnstile).await;
    let_one_through(&turnstile).await;
    login.await.unwrap();
    next_to_come(&turnstile).await;
    world.operator().sets_password(id, "Another-horse-2").await.unwrap();
    let_one_through(&turnstile).await;
    assert_eq!(world.anonymous().tries(ADA, PASSWORD).await, Refusal::WrongCredentials);
    world.anonymous().logs_in(ADA, "Another-horse-2").await;
    assert_eq!(cost(&world, id).await, "m=8,t=1,p=1");
}

on_both! {
    an_outdated_hash_is_renewed_by_its_password_alone,
    a_password_that_changed_meanwhile_is_not_overwritten,
}
