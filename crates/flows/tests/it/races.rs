//! What many requests at once must not change. On PostgreSQL they are spread over two nodes.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_flows::{Flows, LoggedIn, Refreshed, Refusal};

use crate::support::{ADA, Anonymous, CONNECTIONS, PASSWORD, WRONG, World, on_both};

/// The nodes, and the tenant's door at each. SQLite's one process has one node.
async fn doors(world: &World) -> (Vec<Arc<Flows>>, Vec<Anonymous>) {
    let mut nodes = vec![Arc::clone(&world.flows)];
    if world.is_on_postgres() {
        nodes.push(world.another_node().await);
    }
    // What is tried here is not the limit by source.
    let doors: Vec<_> = nodes.iter().map(|node| world.anonymous().on(node).exempt()).collect();
    // Connections are opened when they are wanted, which takes longer than a transaction: else the first would be shut
    // before the second is open, and nobody would meet anybody.
    at_once(doors.len() * CONNECTIONS, |number| {
        let door = doors[number % doors.len()].clone();
        async move { door.guesses(1, &format!("nobody-{number}@example.com")).await }
    })
    .await;
    (nodes, doors)
}

fn hashes(nodes: &[Arc<Flows>]) -> u64 {
    nodes.iter().map(|node| node.hasher().hashes_run()).sum()
}

/// Runs as many at once as given and collects what they answer.
async fn at_once<F>(count: usize, one: impl Fn(usize) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|number| tokio::spawn(one(number))).collect();
    let mut out = Vec::new();
    for task in tasks {
        out.push(task.await.unwrap());
    }
    out
}

async fn guess_two_hundred_times(world: &World, email: &'static str) {
    let (nodes, doors) = doors(world).await;
    let before = hashes(&nodes);
    let out = at_once(200, |number| {
        let door = doors[number % doors.len()].clone();
        async move { door.tries(email, WRONG).await }
    })
    .await;
    assert_eq!(hashes(&nodes) - before, 5);
    let locked = out.iter().filter(|refusal| matches!(refusal, Refusal::Locked(Some(_)))).count();
    let turned_away = out.iter().filter(|refusal| matches!(refusal, Refusal::TooMany(_))).count();
    assert_eq!(200 - locked - turned_away, 4, "four are told that it is wrong, the fifth that it is locked: {out:?}");
    assert_eq!(world.telling("lockout_started done too_many_failures").await.len(), 1);
}

async fn two_hundred_wrong_guesses_run_five_hashes(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    guess_two_hundred_times(&world, ADA).await;
    assert_eq!(world.telling("login refused wrong_password").await.len(), 5);
}

async fn so_they_do_for_a_name_that_nobody_has(world: World) {
    guess_two_hundred_times(&world, "nobody@example.com").await;
    let told = world.telling("login refused unknown_name").await.len();
    assert_eq!(told, 5 + doors_warmed(&world));
}

/// Guesses that [`doors`] made.
fn doors_warmed(world: &World) -> usize {
    if world.is_on_postgres() { 2 * CONNECTIONS } else { CONNECTIONS }
}

async fn fifty_right_logins_of_one_account_all_succeed(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let (_, doors) = doors(&world).await;
    let out = at_once(50, |number| {
        let door = doors[number % doors.len()].clone();
        async move { door.logs_in(ADA, PASSWORD).await }
    })
    .await;
    let sessions: BTreeSet<_> = out.iter().map(|ada| ada.session().to_string()).collect();
    assert_eq!((sessions.len(), world.store.tenant(world.tenant.id).sessions(id, 100).await.unwrap().len()), (50, 50));
    assert_eq!(world.telling("login done").await.len(), 50);
    assert_eq!(world.anonymous().guesses(4, ADA).await, Refusal::WrongCredentials, "nothing was left behind");
}

async fn right_and_wrong_together_are_each_counted(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let (nodes, doors) = doors(&world).await;
    let before = hashes(&nodes);
    let out = at_once(60, |number| {
        let door = doors[number % doors.len()].clone().in_role("CUSTOMER");
        async move { door.sends(ADA, if number % 3 == 0 { WRONG } else { PASSWORD }).await }
    })
    .await;
    let opened = out.iter().filter(|answer| matches!(answer, LoggedIn::Yes(_))).count();
    let told = world.telling("login refused wrong_password").await.len();
    assert_eq!(hashes(&nodes) - before, (opened + told) as u64, "whatever was hashed was settled and told");
    assert_eq!(world.telling("login done").await.len(), opened);
    let wrong = out.iter().filter(|answer| matches!(answer, LoggedIn::No(Refusal::WrongCredentials))).count();
    let locks = world.telling("lockout_started done too_many_failures").await.len();
    assert_eq!(told, wrong + locks, "the one that locks is told so");
}

async fn twenty_refreshes_of_one_token_give_one_successor(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let ada = world.anonymous().logs_in(ADA, PASSWORD).await;
    let (_, doors) = doors(&world).await;
    let token = ada.refresh_token().clone();
    let out = at_once(20, |number| {
        let (door, token) = (doors[number % doors.len()].clone(), token.clone());
        async move { door.refreshes(&token).await }
    })
    .await;
    let mut successors = BTreeSet::new();
    for refreshed in out {
        match refreshed {
            Refreshed::Yes(tokens) => successors.insert(tokens.refresh_token.expose().to_owned()),
            other => panic!("{other:?}"),
        };
    }
    assert_eq!(successors.len(), 1);
    // The one branch goes on, and the token before it is dead.
    world.pass(11);
    let successor = countersign_domain::Secret::new(successors.pop_first().unwrap());
    assert!(matches!(doors[0].refreshes(&successor).await, Refreshed::Yes(_)));
    assert!(matches!(doors[0].refreshes(&token).await, Refreshed::Reused));
    assert!(!ada.is_let_in().await);
}

async fn twenty_refreshes_from_everywhere_end_the_session_once(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let (_, doors) = doors(&world).await;
    for _ in 0..10 {
        let ada = world.anonymous().logs_in(ADA, PASSWORD).await;
        let out = at_once(20, |number| {
            let door = doors[number % doors.len()].clone().from(&format!("198.51.100.{number}"));
            let token = ada.refresh_token().clone();
            async move { door.refreshes(&token).await }
        })
        .await;
        let count = |of: fn(&Refreshed) -> bool| out.iter().filter(|answer| of(answer)).count();
        assert_eq!(count(|answer| matches!(answer, Refreshed::Yes(_))), 1, "{out:?}");
        assert_eq!(count(|answer| matches!(answer, Refreshed::Reused)), 1);
        assert!(!ada.is_let_in().await);
    }
    assert_eq!(world.telling("refresh_reused refused reused").await.len(), 10);
}

/// Whoever logs out while tabs refresh is logged out.
async fn a_logout_among_refreshes_ends_the_session(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let (_, doors) = doors(&world).await;
    for _ in 0..5 {
        let ada = world.anonymous().exempt().logs_in(ADA, PASSWORD).await;
        let out = at_once(20, |number| {
            let (door, token) = (doors[number % doors.len()].clone(), ada.refresh_token().clone());
            async move {
                if number == 7 {
                    door.logs_out(None, Some(&token)).await;
                    return None;
                }
                Some(door.refreshes(&token).await)
            }
        })
        .await;
        for answer in out.into_iter().flatten() {
            match answer {
                Refreshed::Yes(tokens) => {
                    assert!(!doors[0].gets_in_with(&tokens.access_token).await);
                    assert!(matches!(doors[0].refreshes(&tokens.refresh_token).await, Refreshed::Refused));
                }
                Refreshed::Refused => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(!ada.is_let_in().await);
    }
    assert_eq!(world.telling("logout done").await.len(), 5);
}

on_both! {
    two_hundred_wrong_guesses_run_five_hashes,
    so_they_do_for_a_name_that_nobody_has,
    fifty_right_logins_of_one_account_all_succeed,
    right_and_wrong_together_are_each_counted,
    twenty_refreshes_of_one_token_give_one_successor,
    twenty_refreshes_from_everywhere_end_the_session_once,
    a_logout_among_refreshes_ends_the_session,
}
