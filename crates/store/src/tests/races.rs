//! What many requests at once must not change. On PostgreSQL the tasks are spread over two handles, as over two nodes.

use std::future::Future;
use std::time::Duration;

use countersign_domain::audit::Action;
use countersign_domain::lockout::Lock;
use countersign_domain::session::{Client, EndReason};
use countersign_domain::{Account, Kind, TenantId};

use super::world::{self, POLICY, name_hash};
use super::{World, on_all};
use crate::{
    Changed, Created, Location, ReserveAttempt, ReservedKinds, Rotated, SettleAttempt, Settlement, TenantStore, Verdict,
};

const ADA: &str = "ada@example.com";

/// Both nodes' handles on the tenant.
async fn nodes(world: &World) -> [TenantStore; 2] {
    let other = match &world.location {
        Location::Postgres(..) => world.another_node().await,
        _ => world.store.clone(),
    };
    [world.here().clone(), other.tenant(world.tenant)]
}

/// Runs as many at once as given and collects what they answer.
async fn at_once<F>(count: usize, one: impl Fn(usize) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|n| tokio::spawn(one(n))).collect();
    let mut out = Vec::new();
    for task in tasks {
        out.push(task.await.unwrap());
    }
    out
}

/// Asks for an attempt until it is counted or refused; whether it was counted, and for which kinds.
async fn reserve(node: &TenantStore, ask: &ReserveAttempt) -> Result<(SettleAttempt, Vec<Account>), Lock> {
    loop {
        let reserved = node.reserve_attempt(ask.clone()).await.unwrap();
        match reserved.attempt {
            ReservedKinds::Yes(kinds) => {
                let (row, attempt, policy) = (reserved.row, ask.attempt, ask.policy);
                let (lock_event, verdict) = (ask.lock_event.clone(), Verdict::Released);
                return Ok((SettleAttempt { row, kinds, attempt, policy, lock_event, verdict }, reserved.accounts));
            }
            ReservedKinds::Locked(lock) => return Err(lock),
            // Stories wait to be woken; this room only says that they must.
            ReservedKinds::Wait => tokio::time::sleep(Duration::from_millis(2)).await,
            ReservedKinds::Suspended => panic!("nobody suspends"),
        }
    }
}

async fn guess(node: TenantStore, ask: ReserveAttempt, tenant: TenantId) -> Result<Settlement, Lock> {
    let (settle, _) = reserve(&node, &ask).await?;
    let settle = SettleAttempt { verdict: world::wrong(tenant), ..settle };
    Ok(node.settle_attempt(settle).await.unwrap())
}

async fn prove(node: TenantStore, ask: ReserveAttempt, tenant: TenantId) -> Result<Settlement, Lock> {
    let (settle, accounts) = reserve(&node, &ask).await?;
    let verdict = Verdict::Right(Box::new(world::right(tenant, &accounts[0])));
    Ok(node.settle_attempt(SettleAttempt { verdict, ..settle }).await.unwrap())
}

async fn two_hundred_wrong_guesses_hash_five_times(world: World) {
    world.account(Kind::Customer, ADA).await;
    let nodes = nodes(&world).await;
    let asks: Vec<_> = (0..200).map(|_| world.ask(ADA)).collect();
    let out = at_once(200, |n| guess(nodes[n % 2].clone(), asks[n].clone(), world.tenant)).await;
    let hashed: Vec<_> = out.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
    assert_eq!(hashed.len(), POLICY.failures_max as usize);
    assert_eq!(hashed.iter().filter(|settled| matches!(settled, Settlement::Failed(Some(_)))).count(), 1);
    assert_eq!((world.told(&Action::Login).await, world.told(&Action::LockoutStarted).await), (5, 1));
}

async fn fifty_right_passwords_all_open(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let nodes = nodes(&world).await;
    let asks: Vec<_> = (0..50).map(|_| world.ask(ADA)).collect();
    let out = at_once(50, |n| prove(nodes[n % 2].clone(), asks[n].clone(), world.tenant)).await;
    assert_eq!(out.iter().filter(|settled| matches!(settled, Ok(Settlement::Opened(_)))).count(), 50, "{out:?}");
    assert_eq!(world.here().sessions(account.id, 100).await.unwrap().len(), 50);
    assert_eq!(world.number("SELECT count(*) FROM counter").await, 0);
}

async fn right_and_wrong_together_are_each_counted_once(world: World) {
    world.account(Kind::Customer, ADA).await;
    let nodes = nodes(&world).await;
    let asks: Vec<_> = (0..40).map(|_| world.ask(ADA)).collect();
    let tenant = world.tenant;
    let out = at_once(40, |n| {
        let (node, ask) = (nodes[n % 2].clone(), asks[n].clone());
        async move { if n % 2 == 0 { guess(node, ask, tenant).await } else { prove(node, ask, tenant).await } }
    })
    .await;
    let count = |of: fn(&Settlement) -> bool| out.iter().filter(|out| out.as_ref().is_ok_and(of)).count();
    let wrong = count(|settled| matches!(settled, Settlement::Failed(_)));
    let opened = count(|settled| matches!(settled, Settlement::Opened(_)));
    assert_eq!(wrong + opened + out.iter().filter(|out| out.is_err()).count(), 40);
    assert_eq!(world.number("SELECT count(*) FROM session").await, opened as i64);
    assert_eq!(world.told(&Action::Login).await, (wrong + opened) as i64);
    assert_eq!(world.number("SELECT count(*) FROM counter WHERE staff LIKE '%attempts\":[{%'").await, 0);
}

async fn twenty_rotations_of_one_token_give_one_successor(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let session = world.log_in(&account).await;
    let nodes = nodes(&world).await;
    let tokens: Vec<_> = (0..20).map(|_| world.token(&session, 0)).collect();
    let out = at_once(20, |n| {
        let (node, token) = (nodes[n % 2].clone(), tokens[n].clone());
        async move { node.rotate(token).await.unwrap() }
    })
    .await;
    let mut successors = out.iter().map(|rotated| match rotated {
        Rotated::Yes(session, _) => session.clone(),
        other => panic!("{other:?}"),
    });
    let first = successors.next().unwrap();
    assert_eq!(first.refresh_counter, 1);
    assert!(successors.all(|other| *other == *first));
    assert_eq!(world.here().sessions(account.id, 9).await.unwrap(), [*first]);
}

async fn twenty_rotations_from_strange_places_end_the_session(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let session = world.log_in(&account).await;
    let nodes = nodes(&world).await;
    let tokens: Vec<_> = (0..20)
        .map(|n| {
            let mut token = world.token(&session, 0);
            token.presented.client = Client { network: format!("192.0.2.{n}"), ..Client::default() };
            token
        })
        .collect();
    let out = at_once(20, |n| {
        let (node, token) = (nodes[n % 2].clone(), tokens[n].clone());
        async move { node.rotate(token).await.unwrap() }
    })
    .await;
    let count = |of: fn(&Rotated) -> bool| out.iter().filter(|rotated| of(rotated)).count();
    assert_eq!(count(|rotated| matches!(rotated, Rotated::Yes(..))), 1);
    assert_eq!(count(|rotated| matches!(rotated, Rotated::Reuse)), 1);
    assert_eq!(world.told(&Action::RefreshReused).await, 1);
    let kept = world.here().sessions(account.id, 9).await.unwrap();
    assert_eq!(kept[0].ended.map(|(_, why)| why), Some(EndReason::Reused));
}

async fn logins_beside_unlocks_never_deadlock(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let nodes = nodes(&world).await;
    let asks: Vec<_> = (0..30).map(|_| world.ask(ADA)).collect();
    let tenant = world.tenant;
    let out = at_once(60, |n| {
        let (node, ask) = (nodes[n % 2].clone(), asks[n / 2].clone());
        async move {
            if n % 2 == 0 {
                return prove(node, ask, tenant).await.is_ok();
            }
            let event = world::event(tenant, Action::AccountUnlocked);
            let changed = node.unlock(account.id, name_hash(ADA), event).await.unwrap();
            matches!(changed, Changed::Yes | Changed::Already)
        }
    })
    .await;
    assert!(out.into_iter().all(|done| done));
    assert_eq!(world.number("SELECT count(*) FROM session").await, 30);
}

async fn one_address_is_given_once(world: World) {
    let nodes = nodes(&world).await;
    let tenant = world.tenant;
    let out = at_once(10, |n| {
        let node = nodes[n % 2].clone();
        let account = world::new_account(Kind::Customer, ADA, &["CUSTOMER"]);
        async move { node.create_account(account, world::event(tenant, Action::AccountCreated)).await.unwrap() }
    })
    .await;
    assert_eq!(out.iter().filter(|made| **made == Created::Yes).count(), 1);
    assert_eq!(out.iter().filter(|made| **made == Created::EmailTaken).count(), 9);
    assert_eq!(world.told(&Action::AccountCreated).await, 1);
}

on_all! {
    two_hundred_wrong_guesses_hash_five_times,
    fifty_right_passwords_all_open,
    right_and_wrong_together_are_each_counted_once,
    twenty_rotations_of_one_token_give_one_successor,
    twenty_rotations_from_strange_places_end_the_session,
    logins_beside_unlocks_never_deadlock,
    one_address_is_given_once,
}
