//! Managers who have somebody sent a link to set a new password.

use std::time::Duration;

use countersign_domain::audit::Actor;
use countersign_domain::{Email, Language, Settings};
use countersign_flows::{Caller, Doer, NewStaff, PasswordSetByLink, Request, SendResetRefusal};

use super::{Door, NEW, account, caller, letters, tokens};
use crate::support::{ADA, PASSWORD, World, on_both};

const BOB: &str = "bob@example.com";

async fn manager(world: &World) -> (Request, Caller) {
    world.operator().creates("MANAGER", ADA, PASSWORD).await;
    caller(&world.anonymous().logs_in(ADA, PASSWORD).await).await
}

async fn a_manager_has_a_link_sent_and_only_its_reader_sets_a_password(world: World) {
    let (request, manager) = manager(&world).await;
    let bob = world.operator().creates("CASHIER", BOB, PASSWORD).await;
    world.operator().creates("CUSTOMER", BOB, PASSWORD).await;
    let by = Doer::Caller(&request, &manager);
    world.flows.send_reset(by, &world.tenant, &account(&world, bob).await).await.unwrap().unwrap();
    let sent = letters(&world).await;
    assert_eq!(sent.iter().map(|letter| letter.to.0.as_str()).collect::<Vec<_>>(), [BOB]);
    let links = tokens(&sent[0]);
    assert_eq!(links.len(), 1, "the other account of the address was not asked about");
    let set = Door::of(&world).sets(&links[0].1, NEW).await;
    assert!(matches!(set, PasswordSetByLink::Yes(who, _) if who.id == bob));
    let told = world.telling("reset_requested done").await;
    let who: Vec<_> = told.iter().map(|event| (event.actor, event.subject)).collect();
    assert_eq!(who, [(Actor::Account(manager.account.id), Some(bob))]);
}

async fn turns_are_those_of_the_name_whoever_asks_and_a_manager_is_told(world: World) {
    let (request, manager) = manager(&world).await;
    let bob = world.operator().creates("CUSTOMER", BOB, PASSWORD).await;
    let bob = account(&world, bob).await;
    let by = Doer::Caller(&request, &manager);
    let send = async || world.flows.send_reset(by, &world.tenant, &bob).await.unwrap();
    Door::of(&world).forgets(BOB).await;
    world.pass(60);
    assert_eq!((send().await, send().await), (Ok(()), Ok(())));
    assert_eq!(send().await, Err(SendResetRefusal::TooMany(Duration::from_secs(29 * 60))));
    Door::of(&world).forgets(BOB).await;
    assert_eq!(letters(&world).await.len(), 3);
    assert_eq!(world.telling("reset_requested done").await.len(), 3);
    assert_eq!(world.telling("reset_requested refused too_many_requests").await.len(), 2, "nothing was sent");
    world.pass(29 * 60);
    assert_eq!(send().await, Ok(()));
}

async fn no_link_goes_to_who_is_closed_or_only_invited(world: World) {
    let (request, manager) = manager(&world).await;
    let by = Doer::Caller(&request, &manager);
    let send = async |id| world.flows.send_reset(by, &world.tenant, &account(&world, id).await).await.unwrap();
    let closed = world.operator().creates("CUSTOMER", BOB, PASSWORD).await;
    world.operator().deactivates(closed).await.unwrap();
    assert_eq!(send(closed).await, Err(SendResetRefusal::Deactivated));
    let new = NewStaff {
        email: Email::parse(BOB).unwrap(),
        first_name: None,
        last_name: None,
        roles: vec!["CASHIER".parse().unwrap()],
    };
    let (invited, _) = world.flows.invite(by, &world.tenant, new).await.unwrap().unwrap();
    assert_eq!(send(invited).await, Err(SendResetRefusal::Invited));
    world.pass(73 * 3600);
    assert_eq!(send(invited).await, Err(SendResetRefusal::Invited), "nor is one that ran out revived");
    assert!(world.telling("reset_requested done").await.is_empty());
}

async fn nobody_has_a_link_sent_to_somebody_above(world: World) {
    let ada = world.operator().creates("MANAGER", ADA, PASSWORD).await;
    world.operator().creates("AGENT", BOB, PASSWORD).await;
    let (request, bob) = caller(&world.anonymous().logs_in(BOB, PASSWORD).await).await;
    let ada = account(&world, ada).await;
    let sent = world.flows.send_reset(Doer::Caller(&request, &bob), &world.tenant, &ada).await.unwrap();
    assert_eq!(sent, Err(SendResetRefusal::Beyond));
    assert!(letters(&world).await.is_empty());
    world.flows.send_reset(Doer::Operator, &world.tenant, &ada).await.unwrap().unwrap();
    assert_eq!(letters(&world).await.len(), 1);
}

async fn the_letter_is_in_the_readers_language_not_in_the_managers(world: World) {
    let tenant = world.tenant_with(Settings { language: Language::Arabic, ..Settings::default() }).await;
    let operator = world.operator_of(&tenant);
    operator.creates("MANAGER", ADA, PASSWORD).await;
    let bob = operator.creates("CUSTOMER", BOB, PASSWORD).await;
    let (request, manager) = caller(&world.anonymous_of(&tenant).logs_in(ADA, PASSWORD).await).await;
    let request = Request { language: Some(Language::Spanish), ..request };
    let bob = operator.sees(bob).await;
    world.flows.send_reset(Doer::Caller(&request, &manager), &tenant, &bob).await.unwrap().unwrap();
    assert_eq!(letters(&world).await[0].language, Language::Arabic);
}

on_both! {
    a_manager_has_a_link_sent_and_only_its_reader_sets_a_password,
    turns_are_those_of_the_name_whoever_asks_and_a_manager_is_told,
    no_link_goes_to_who_is_closed_or_only_invited,
    nobody_has_a_link_sent_to_somebody_above,
    the_letter_is_in_the_readers_language_not_in_the_managers,
}
