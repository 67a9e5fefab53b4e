use std::time::Duration;

use countersign_domain::{Email, Permission, Role, Standing};
use countersign_flows::admin::{AccountRefusal, RoleRefusal};
use countersign_flows::{Doer, NewStaff, PasswordSetByLink, Refusal, StaffEdit, StaffRefusal};

use super::{Door, NEW, account, caller, letters, mailed_token, name};
use crate::support::{ADA, PASSWORD, SignedIn, World, on_both};

const BOB: &str = "bob@example.com";

async fn manager(world: &World) -> SignedIn {
    world.operator().creates("MANAGER", ADA, PASSWORD).await;
    world.anonymous().logs_in(ADA, PASSWORD).await
}

fn staff(email: &str, roles: &[&str]) -> NewStaff {
    NewStaff {
        email: Email::parse(email).unwrap(),
        first_name: Some(name("Bob")),
        last_name: Some(name("Cash")),
        roles: self::roles(roles),
    }
}

fn roles(names: &[&str]) -> Vec<Role> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

async fn an_invited_cashier_sets_a_password_and_logs_in(world: World) {
    let (request, manager) = caller(&manager(&world).await).await;
    let by = Doer::Caller(&request, &manager);
    let (id, _) = world.flows.invite(by, &world.tenant, staff(BOB, &["CASHIER"])).await.unwrap().unwrap();
    assert_eq!(world.anonymous().tries(BOB, NEW).await, Refusal::WrongCredentials, "nobody knows a password");
    let invited = world.flows.invitations(&world.tenant, None, 10).await.unwrap();
    assert_eq!((invited.len(), invited[0].account.id, invited[0].invited_by), (1, id, Some(manager.account.id)));
    let token = mailed_token(&world).await;
    let door = Door::of(&world);
    assert!(matches!(door.sets(&token, NEW).await, PasswordSetByLink::Yes(who, _) if who.id == id));
    assert_eq!(world.anonymous().logs_in(BOB, NEW).await.claims()["roles"], serde_json::json!(["CASHIER"]));
    assert!(world.flows.invitations(&world.tenant, None, 10).await.unwrap().is_empty());
    assert!(letters(&world).await.is_empty(), "who accepts has just been written to");
    let again = world.flows.invite(by, &world.tenant, staff(BOB, &["AGENT"])).await.unwrap();
    assert_eq!(again.map(|_| ()), Err(StaffRefusal::EmailTaken));
}

async fn an_invitation_is_sent_again_and_taken_back(world: World) {
    let (request, manager) = caller(&manager(&world).await).await;
    let by = Doer::Caller(&request, &manager);
    let (id, _) = world.flows.invite(by, &world.tenant, staff(BOB, &["CASHIER"])).await.unwrap().unwrap();
    world.pass(71 * 3600);
    world.flows.invite_again(by, &world.tenant, id).await.unwrap().unwrap();
    world.pass(2 * 3600);
    let sent = letters(&world).await;
    let good: Vec<_> = sent.iter().flat_map(super::tokens).map(|(_, token)| token).collect();
    assert_eq!(good.len(), 1, "the first letter's link is over, so it is not sent any more");
    world.flows.withdraw_invitation(by, &world.tenant, id).await.unwrap().unwrap();
    assert!(matches!(Door::of(&world).sets(&good[0], NEW).await, PasswordSetByLink::BadToken));
    let gone = world.flows.withdraw_invitation(by, &world.tenant, id).await.unwrap();
    assert_eq!(gone, Err(StaffRefusal::NoSuchAccount));
    assert!(
        world.flows.invite(by, &world.tenant, staff(BOB, &["AGENT"])).await.unwrap().is_ok(),
        "the address is free"
    );
}

async fn roles_are_given_from_above_only(world: World) {
    let operator = world.operator();
    let by_operator = Doer::Operator;
    let may = [Permission::ChangeStaff, Permission::ReadStaff, Permission::ChangeStanding].into_iter().collect();
    let lead: Role = "LEAD".parse().unwrap();
    world.flows.create_role(by_operator, &world.tenant, lead.clone(), may).await.unwrap().unwrap();
    let ada = operator.creates("MANAGER", ADA, PASSWORD).await;
    operator.creates("LEAD", BOB, PASSWORD).await;
    let (request, bob) = caller(&world.anonymous().logs_in(BOB, PASSWORD).await).await;
    let by = Doer::Caller(&request, &bob);
    let invite = async |names: &[&str]| {
        world.flows.invite(by, &world.tenant, staff("eve@example.com", names)).await.map(|told| told.map(|_| ()))
    };
    assert_eq!(invite(&["MANAGER"]).await.unwrap(), Err(StaffRefusal::Beyond));
    assert_eq!(invite(&["LEAD", "AGENT"]).await.unwrap(), Err(StaffRefusal::Beyond), "AGENT reads customers");
    assert_eq!(invite(&["CUSTOMER"]).await.unwrap(), Err(StaffRefusal::NoStaffRoles));
    let nobody = world.flows.invite(by_operator, &world.tenant, staff("eve@example.com", &["NOBODY"])).await.unwrap();
    assert_eq!(nobody.map(|_| ()), Err(StaffRefusal::NoSuchRole("NOBODY".parse().unwrap())));
    assert_eq!(
        invite(&["CASHIER"]).await.unwrap(),
        Err(StaffRefusal::Beyond),
        "it opens nothing here, and much elsewhere"
    );
    assert!(invite(&["LEAD"]).await.unwrap().is_ok());
    let ada = account(&world, ada).await;
    let closed = world.flows.set_standing(by, &world.tenant, &ada, Standing::Deactivated).await.unwrap();
    assert_eq!(closed, Err(AccountRefusal::Beyond));
    let own = bob.account.id;
    let raised = StaffEdit { roles: Some(roles(&["MANAGER"])), ..StaffEdit::default() };
    assert_eq!(world.flows.edit_staff(by, &world.tenant, own, raised).await.unwrap(), Err(StaffRefusal::OwnRoles));
    let held = world.flows.delete_role(by_operator, &world.tenant, lead.clone()).await.unwrap();
    assert_eq!(held, Err(RoleRefusal::Held(lead)));
}

async fn a_change_of_roles_ends_the_sessions_of_the_old_ones(world: World) {
    let (request, manager) = caller(&manager(&world).await).await;
    let by = Doer::Caller(&request, &manager);
    let bob = world.operator().creates("CASHIER", BOB, PASSWORD).await;
    let before = world.anonymous().logs_in(BOB, PASSWORD).await;
    let edit = StaffEdit {
        names: Some((name("Robert"), name("Cash"))),
        roles: Some(roles(&["AGENT", "CASHIER"])),
        must_change_password: None,
        seen: None,
    };
    let edited = world.flows.edit_staff(by, &world.tenant, bob, edit).await.unwrap().unwrap();
    assert_eq!((edited.first_name.as_deref(), edited.roles.len()), (Some("Robert"), 2));
    assert!(!before.is_let_in().await && !before.can_refresh().await);
    let demand = StaffEdit { must_change_password: Some(true), ..StaffEdit::default() };
    world.flows.edit_staff(by, &world.tenant, bob, demand).await.unwrap().unwrap();
    assert_eq!(world.anonymous().logs_in(BOB, PASSWORD).await.claims()["roles"], serde_json::json!([]));
}

/// A form sends everything that it shows. Nobody is logged out, and the trail tells of nothing, for what was so already.
async fn what_stays_as_it_is_is_no_change(world: World) {
    let (request, manager) = caller(&manager(&world).await).await;
    let by = Doer::Caller(&request, &manager);
    let bob = world.operator().creates("CASHIER", BOB, PASSWORD).await;
    let both = StaffEdit { roles: Some(roles(&["CASHIER", "AGENT"])), ..StaffEdit::default() };
    world.flows.edit_staff(by, &world.tenant, bob, both).await.unwrap().unwrap();
    let session = world.anonymous().logs_in(BOB, PASSWORD).await;
    let told = world.telling("account_changed done").await.len();
    let same = StaffEdit {
        names: Some((name("Robert"), name("Cash"))),
        roles: Some(roles(&["AGENT", "CASHIER"])),
        must_change_password: Some(false),
        seen: Some((roles(&["AGENT", "CASHIER"]), false)),
    };
    for events in [1, 1] {
        world.flows.edit_staff(by, &world.tenant, bob, same.clone()).await.unwrap().unwrap();
        assert!(session.is_let_in().await, "the order of roles is none");
        assert_eq!(world.telling("account_changed done").await.len(), told + events);
    }
    let taken = StaffEdit { roles: Some(roles(&["CASHIER"])), ..StaffEdit::default() };
    world.flows.edit_staff(by, &world.tenant, bob, taken).await.unwrap().unwrap();
    let late = world.flows.edit_staff(by, &world.tenant, bob, same).await.unwrap();
    assert_eq!(late, Err(StaffRefusal::Meanwhile), "what was seen is no longer so");
    assert_eq!(account(&world, bob).await.roles, roles(&["CASHIER"]));
}

/// Whoever let an invitation run out is no member of staff: the address may be a stranger's by mistake.
async fn an_invitation_that_ran_out_is_not_revived_by_a_reset(world: World) {
    let (request, manager) = caller(&manager(&world).await).await;
    let by = Doer::Caller(&request, &manager);
    world.flows.invite(by, &world.tenant, staff(BOB, &["CASHIER"])).await.unwrap().unwrap();
    letters(&world).await;
    Door::of(&world).forgets(BOB).await;
    assert_eq!(letters(&world).await.len(), 1, "while it is good, a link is as good");
    world.pass(72 * 3600);
    Door::of(&world).forgets(BOB).await;
    assert_eq!(letters(&world).await.len(), 0);
}

async fn nobody_unlocks_those_above(world: World) {
    let may = [Permission::Unlock].into_iter().collect();
    let desk: Role = "DESK".parse().unwrap();
    world.flows.create_role(Doer::Operator, &world.tenant, desk, may).await.unwrap().unwrap();
    let ada = world.operator().creates("MANAGER", ADA, PASSWORD).await;
    world.operator().creates("DESK", BOB, PASSWORD).await;
    let (request, bob) = caller(&world.anonymous().logs_in(BOB, PASSWORD).await).await;
    world.anonymous().guesses(5, ADA).await;
    let ada = account(&world, ada).await;
    let unlocked = world.flows.unlock_account(Doer::Caller(&request, &bob), &world.tenant, &ada).await.unwrap();
    assert_eq!(unlocked, Err(AccountRefusal::Beyond));
    assert!(matches!(world.anonymous().tries(ADA, PASSWORD).await, Refusal::Locked(_)));
}

async fn the_last_manager_stays(world: World) {
    let (request, ada) = caller(&manager(&world).await).await;
    let by = Doer::Caller(&request, &ada);
    let id = ada.account.id;
    let closed = world.flows.set_standing(by, &world.tenant, &ada.account, Standing::Deactivated).await.unwrap();
    assert_eq!(closed, Err(AccountRefusal::LastManager));
    // Nobody else could, but the operator.
    let demoted = StaffEdit { roles: Some(roles(&["AGENT"])), ..StaffEdit::default() };
    let edit =
        async || world.flows.edit_staff(Doer::Operator, &world.tenant, id, demoted.clone()).await.unwrap().map(|_| ());
    assert_eq!(edit().await, Err(StaffRefusal::LastManager));
    world.flows.invite(by, &world.tenant, staff(BOB, &["MANAGER"])).await.unwrap().unwrap();
    assert_eq!(edit().await, Err(StaffRefusal::LastManager), "who is only invited cannot log in");
    let token = mailed_token(&world).await;
    assert!(matches!(Door::of(&world).sets(&token, NEW).await, PasswordSetByLink::Yes(..)));
    assert_eq!(edit().await, Ok(()));
}

/// Else a manager's stolen session demotes its owner, or a slip of the hand does.
async fn nobody_changes_the_own_roles(world: World) {
    let (request, ada) = caller(&manager(&world).await).await;
    world.operator().creates("MANAGER", BOB, PASSWORD).await;
    let by = Doer::Caller(&request, &ada);
    let edit = async |edit: StaffEdit| {
        world.flows.edit_staff(by, &world.tenant, ada.account.id, edit).await.unwrap().map(|now| now.roles)
    };
    for wanted in [&["AGENT"][..], &["MANAGER", "AGENT"]] {
        let wanted = StaffEdit { roles: Some(roles(wanted)), ..StaffEdit::default() };
        assert_eq!(edit(wanted).await, Err(StaffRefusal::OwnRoles));
    }
    let named = StaffEdit {
        names: Some((name("Augusta"), name("King"))),
        roles: Some(roles(&["MANAGER"])),
        ..StaffEdit::default()
    };
    assert_eq!(edit(named).await, Ok(roles(&["MANAGER"])), "the same roles are no change");
}

async fn invitations_are_bounded_by_tenant_and_person(world: World) {
    let (request, manager) = caller(&manager(&world).await).await;
    let by = Doer::Caller(&request, &manager);
    let invite = async |n: u32| {
        let new = staff(&format!("bob{n}@example.com"), &["CASHIER"]);
        world.flows.invite(by, &world.tenant, new).await.unwrap().map(|(id, _)| id)
    };
    let first = invite(0).await.unwrap();
    for _ in 0..4 {
        world.flows.invite_again(by, &world.tenant, first).await.unwrap().unwrap();
    }
    world.pass(60);
    let again = world.flows.invite_again(by, &world.tenant, first).await.unwrap();
    assert_eq!(again, Err(StaffRefusal::TooMany(Duration::from_secs(3540))), "five to one person");
    for n in 1..96 {
        // Taken back: its letter has gone out all the same.
        let id = invite(n).await.unwrap();
        if n % 2 == 0 {
            world.flows.withdraw_invitation(by, &world.tenant, id).await.unwrap().unwrap();
        }
    }
    assert_eq!(invite(96).await, Err(StaffRefusal::TooMany(Duration::from_secs(3540))));
    assert!(
        world.flows.accounts_of(&world.tenant, &Email::parse("bob96@example.com").unwrap()).await.unwrap().is_empty()
    );
    // The operator hands the link over, and mails nobody.
    world.flows.invite(Doer::Operator, &world.tenant, staff("bob97@example.com", &["CASHIER"])).await.unwrap().unwrap();
    world.pass(3540);
    invite(98).await.unwrap();
    world.flows.invite_again(by, &world.tenant, first).await.unwrap().unwrap();
}

on_both!(
    an_invited_cashier_sets_a_password_and_logs_in,
    an_invitation_is_sent_again_and_taken_back,
    roles_are_given_from_above_only,
    a_change_of_roles_ends_the_sessions_of_the_old_ones,
    what_stays_as_it_is_is_no_change,
    an_invitation_that_ran_out_is_not_revived_by_a_reset,
    nobody_unlocks_those_above,
    the_last_manager_stays,
    nobody_changes_the_own_roles,
    invitations_are_bounded_by_tenant_and_person,
);
