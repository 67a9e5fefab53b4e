use std::sync::Arc;

use countersign_domain::{Kind, PersonName, Phone, Settings, Standing};
use countersign_flows::{Confirmed, Doer, Flows, PasswordChanged, PasswordSetByLink, ProfileEdit, Refreshed};

use super::{Door, NEW, account, caller, letters, mailed_token, secret, tokens};
use crate::support::{ADA, PASSWORD, World, on_both};

/// The nodes that requests are spread over. SQLite's one process has one.
async fn nodes(world: &World) -> Vec<Arc<Flows>> {
    let mut nodes = vec![Arc::clone(&world.flows)];
    if world.is_on_postgres() {
        nodes.push(world.another_node().await);
    }
    nodes
}

async fn all<T: Send + 'static>(tasks: Vec<tokio::task::JoinHandle<T>>) -> Vec<T> {
    let mut out = Vec::new();
    for task in tasks {
        out.push(task.await.unwrap());
    }
    out
}

async fn six_uses_of_one_link_give_one_success(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    Door::of(&world).forgets(ADA).await;
    let (token, nodes) = (mailed_token(&world).await, nodes(&world).await);
    let tasks = (0..6_usize).map(|n| {
        let (node, token) = (Arc::clone(&nodes[n % nodes.len()]), token.clone());
        let who = world.anonymous().on(&node).exempt();
        tokio::spawn(async move {
            let password = secret(&format!("Battery-staple-{n}"));
            node.reset_password(&who.request().await, token.expose(), &password).await.unwrap()
        })
    });
    let out = all(tasks.collect()).await;
    assert_eq!(out.iter().filter(|one| matches!(one, PasswordSetByLink::Yes(..))).count(), 1, "{out:?}");
    assert_eq!(world.telling("password_set done reset").await.len(), 1);
}

async fn a_reset_against_fifty_refreshes_leaves_no_living_session(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = Door::of(&world);
    let mut sessions = Vec::new();
    for _ in 0..50 {
        sessions.push(door.who.clone().exempt().logs_in(ADA, PASSWORD).await);
    }
    door.forgets(ADA).await;
    let (token, nodes) = (mailed_token(&world).await, nodes(&world).await);
    let refreshing: Vec<_> = sessions
        .into_iter()
        .enumerate()
        .map(|(n, session)| {
            let who = session.who.clone().on(&nodes[n % nodes.len()]);
            tokio::spawn(async move {
                match who.refreshes(session.refresh_token()).await {
                    Refreshed::Yes(tokens) => who.gets_in_with(&tokens.access_token).await.then_some(tokens),
                    _ => None,
                }
            })
        })
        .collect();
    assert!(matches!(door.sets(&token, NEW).await, PasswordSetByLink::Yes(..)));
    for tokens in all(refreshing).await.into_iter().flatten() {
        assert!(!door.who.gets_in_with(&tokens.access_token).await, "a session outlived the reset");
        assert!(!matches!(door.who.refreshes(&tokens.refresh_token).await, Refreshed::Yes(_)));
    }
    let living = world.flows.living_sessions(&world.tenant, &account(&world, id).await).await.unwrap();
    assert_eq!(living.len(), 0);
}

async fn one_of_many_registrations_of_an_address_becomes_the_account(world: World) {
    let door = Door::of(&world);
    for n in 0..3 {
        door.registers(ADA, &format!("Registering-horse-{n}")).await;
    }
    let nodes = nodes(&world).await;
    let sent = letters(&world).await;
    assert_eq!(sent.len(), 3);
    let mut tasks = Vec::new();
    for (n, letter) in sent.iter().enumerate() {
        let token = tokens(letter).remove(0).1;
        // Letters of one moment have no order, so each token is tried with each password.
        for m in 0..3 {
            let (node, token) = (Arc::clone(&nodes[(n + m) % nodes.len()]), token.clone());
            let who = world.anonymous().on(&node).exempt();
            tasks.push(tokio::spawn(async move {
                let password = secret(&format!("Registering-horse-{m}"));
                node.confirm_email(&who.request().await, token.expose(), password).await.unwrap()
            }));
        }
    }
    let out = all(tasks).await;
    assert_eq!(out.iter().filter(|one| matches!(one, Confirmed::Yes(..))).count(), 1, "{out:?}");
    assert_eq!(world.telling("email_confirmed done").await.len(), 1);
}

async fn many_wrong_confirmations_at_once_are_five(world: World) {
    Door::of(&world).registers(ADA, PASSWORD).await;
    let (token, nodes) = (mailed_token(&world).await, nodes(&world).await);
    let tasks = (0..20_usize).map(|n| {
        let (node, token) = (Arc::clone(&nodes[n % nodes.len()]), token.clone());
        let who = world.anonymous().on(&node).exempt();
        tokio::spawn(async move {
            node.confirm_email(&who.request().await, token.expose(), secret("Wrong-horse-1")).await.unwrap()
        })
    });
    let out = all(tasks.collect()).await;
    assert_eq!(out.iter().filter(|one| matches!(one, Confirmed::WrongPassword)).count(), 5, "{out:?}");
}

async fn many_wrong_current_passwords_at_once_are_five(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let here = world.anonymous().exempt().logs_in(ADA, PASSWORD).await;
    let nodes = nodes(&world).await;
    let (request, who) = caller(&here).await;
    let tasks = (0..20_usize).map(|n| {
        let (node, request, who) = (Arc::clone(&nodes[n % nodes.len()]), request.clone(), who.clone());
        tokio::spawn(async move {
            node.change_password(&request, &who, secret("Wrong-horse-1"), &secret(NEW)).await.unwrap()
        })
    });
    let out = all(tasks.collect()).await;
    assert_eq!(out.iter().filter(|one| matches!(one, PasswordChanged::WrongPassword)).count(), 5, "{out:?}");
    assert!(!here.is_let_in().await);
}

async fn two_managers_who_close_each_other_leave_one(world: World) {
    let nodes = nodes(&world).await;
    for _ in 0..10 {
        let tenant = world.tenant_with(Settings::default()).await;
        let mut accounts = Vec::new();
        for email in [ADA, "bob@example.com"] {
            let id = world.operator_of(&tenant).creates("MANAGER", email, PASSWORD).await;
            accounts.push(world.flows.account(&tenant, id).await.unwrap().unwrap());
        }
        let mut callers = Vec::new();
        for (n, account) in accounts.iter().enumerate() {
            let door = world.anonymous_of(&tenant).on(&nodes[n % nodes.len()]);
            callers.push(caller(&door.logs_in(&account.email, PASSWORD).await).await);
        }
        let tasks = callers.into_iter().enumerate().map(|(n, (request, who))| {
            let (node, tenant, other) = (Arc::clone(&nodes[n % nodes.len()]), tenant.clone(), accounts[1 - n].clone());
            tokio::spawn(async move {
                let by = Doer::Caller(&request, &who);
                node.set_standing(by, &tenant, &other, Standing::Deactivated).await.unwrap()
            })
        });
        let out = all(tasks.collect()).await;
        assert_eq!(out.iter().filter(|one| one.is_ok()).count(), 1, "{out:?}");
    }
}

/// Each changes another thing, and each has its way.
async fn changes_of_different_fields_at_once_are_all_kept(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let here = world.anonymous().logs_in(ADA, PASSWORD).await;
    let (nodes, (request, who)) = (nodes(&world).await, caller(&here).await);
    for round in 0..10 {
        let letter = char::from(b'a' + round);
        let edits = [
            ProfileEdit { first_name: format!("Ada{letter}").parse().ok(), ..ProfileEdit::default() },
            ProfileEdit { last_name: format!("King{letter}").parse().ok(), ..ProfileEdit::default() },
            ProfileEdit { phone: Phone::new("+44", &format!("791112345{round}")).ok(), ..ProfileEdit::default() },
            ProfileEdit { address: format!("{round} St James's Square").parse().ok(), ..ProfileEdit::default() },
        ];
        let tasks = edits.clone().into_iter().enumerate().map(|(n, edit)| {
            let (node, request, who) = (Arc::clone(&nodes[n % nodes.len()]), request.clone(), who.clone());
            tokio::spawn(async move { node.edit_profile(&request, &who, edit).await.unwrap().unwrap() })
        });
        all(tasks.collect()).await;
        let id = who.account.id;
        let (account, person) = world.flows.view_person(&world.tenant, Kind::Customer, id).await.unwrap().unwrap();
        assert_eq!(account.first_name, edits[0].first_name.clone().map(PersonName::into_text));
        assert_eq!(account.last_name, edits[1].last_name.clone().map(PersonName::into_text));
        assert_eq!((&person.phone, &person.address), (&edits[2].phone, &edits[3].address));
    }
}

on_both!(
    changes_of_different_fields_at_once_are_all_kept,
    six_uses_of_one_link_give_one_success,
    a_reset_against_fifty_refreshes_leaves_no_living_session,
    one_of_many_registrations_of_an_address_becomes_the_account,
    many_wrong_confirmations_at_once_are_five,
    many_wrong_current_passwords_at_once_are_five,
    two_managers_who_close_each_other_leave_one,
);
