use countersign_domain::Kind;
use countersign_flows::mail::Content;
use countersign_flows::{PasswordChanged, PasswordRefusal, PasswordSetByLink, Refusal};

use super::{Door, NEW, changes, letters, mailed_token, tokens};
use crate::support::{ADA, PASSWORD, World, on_both};

async fn a_reset_opens_a_locked_account_and_ends_its_sessions(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = Door::of(&world);
    let before = door.who.logs_in(ADA, PASSWORD).await;
    assert!(matches!(door.who.guesses(5, ADA).await, Refusal::Locked(_)));
    door.forgets(ADA).await;
    let token = mailed_token(&world).await;
    let weak = door.sets(&token, "weak").await;
    assert!(
        matches!(weak, PasswordSetByLink::Password(PasswordRefusal::Form(_))),
        "{weak:?}: and the token stays good"
    );
    assert!(matches!(door.sets(&token, NEW).await, PasswordSetByLink::Yes(..)));
    assert!(!before.is_let_in().await && !before.can_refresh().await);
    door.who.logs_in(ADA, NEW).await;
    assert!(matches!(door.sets(&token, PASSWORD).await, PasswordSetByLink::BadToken), "spent");
    let notice = letters(&world).await;
    assert!(matches!(notice[..], [ref letter] if matches!(letter.content, Content::PasswordReset)), "{notice:?}");
}

async fn a_link_is_good_for_half_an_hour_and_spending_one_voids_all(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = Door::of(&world);
    for _ in 0..5 {
        door.forgets(ADA).await;
    }
    let sent = letters(&world).await;
    assert_eq!(sent.len(), 3, "capped, and nobody is told");
    let links: Vec<_> = sent.iter().map(|letter| tokens(letter).remove(0).1).collect();
    assert!(matches!(door.sets(&links[0], NEW).await, PasswordSetByLink::Yes(..)));
    assert!(matches!(door.sets(&links[1], PASSWORD).await, PasswordSetByLink::BadToken), "voided by the first");
    letters(&world).await;
    world.pass(1800);
    door.forgets(ADA).await;
    let token = mailed_token(&world).await;
    world.pass(1800);
    assert!(matches!(door.sets(&token, PASSWORD).await, PasswordSetByLink::BadToken), "too late");
}

async fn a_letter_lists_both_accounts_and_each_link_touches_one(world: World) {
    let operator = world.operator();
    operator.creates("CUSTOMER", ADA, PASSWORD).await;
    operator.creates("CASHIER", ADA, "Cashiers-horse-1").await;
    let door = Door::of(&world);
    door.forgets(ADA).await;
    let sent = letters(&world).await;
    let links = tokens(&sent[0]);
    assert_eq!(links.iter().map(|(kind, _)| kind.unwrap()).collect::<Vec<_>>(), [Kind::Customer, Kind::Staff]);
    assert!(matches!(door.sets(&links[1].1, NEW).await, PasswordSetByLink::Yes(..)));
    door.who.clone().in_role("CASHIER").logs_in(ADA, NEW).await;
    door.who.clone().in_role("CUSTOMER").logs_in(ADA, PASSWORD).await;
}

async fn nobody_learns_from_forgetting_who_is_known(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    world.operator().deactivates(id).await.unwrap();
    let door = Door::of(&world);
    for email in [ADA, "nobody@example.com"] {
        door.forgets(email).await;
    }
    assert_eq!(letters(&world).await.len(), 0, "a letter opens no closed account");
    assert_eq!(world.telling("reset_requested done").await.len(), 2);
}

async fn changing_a_password_ends_every_other_session(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = Door::of(&world);
    let (here, elsewhere) = (door.who.logs_in(ADA, PASSWORD).await, door.who.logs_in(ADA, PASSWORD).await);
    let changed = changes(&world, &here, PASSWORD, NEW).await;
    assert!(matches!(changed, PasswordChanged::Yes(_)), "{changed:?}");
    assert!(here.is_let_in().await && here.can_refresh().await, "the acting session moves along");
    assert!(!elsewhere.is_let_in().await && !elsewhere.can_refresh().await);
    assert_eq!(door.who.tries(ADA, PASSWORD).await, Refusal::WrongCredentials);
    let notice = letters(&world).await;
    assert!(matches!(notice[..], [ref letter] if matches!(letter.content, Content::PasswordChanged)), "{notice:?}");
}

async fn wrong_current_passwords_count_on_the_session_and_nowhere_else(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = Door::of(&world);
    let (here, elsewhere) = (door.who.logs_in(ADA, PASSWORD).await, door.who.logs_in(ADA, PASSWORD).await);
    for _ in 0..4 {
        assert!(matches!(changes(&world, &here, "Wrong-horse-1", NEW).await, PasswordChanged::WrongPassword));
    }
    assert!(here.is_let_in().await);
    assert!(matches!(changes(&world, &here, "Wrong-horse-1", NEW).await, PasswordChanged::WrongPassword));
    assert!(!here.is_let_in().await, "the fifth ends it");
    assert!(elsewhere.is_let_in().await);
    door.who.logs_in(ADA, PASSWORD).await;
    assert_eq!(world.telling("session_ended done too_many_failures").await.len(), 1);
}

async fn a_refused_new_password_costs_no_try(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let here = world.anonymous().logs_in(ADA, PASSWORD).await;
    for _ in 0..6 {
        let refused = changes(&world, &here, "Wrong-horse-1", "weak").await;
        assert!(matches!(refused, PasswordChanged::Password(_)), "{refused:?}");
    }
    assert!(here.is_let_in().await);
}

async fn a_password_is_changed_into_another(world: World) {
    world.operator().creates_temporary("MANAGER", ADA, PASSWORD).await;
    let here = world.anonymous().logs_in(ADA, PASSWORD).await;
    let same = changes(&world, &here, PASSWORD, PASSWORD).await;
    assert!(matches!(same, PasswordChanged::Password(PasswordRefusal::Unchanged)), "{same:?}");
    let told = world.telling("password_changed refused wrong_password").await.len();
    changes(&world, &here, "Wrong-horse-1", NEW).await;
    let events = world.telling("password_changed refused wrong_password").await;
    assert_eq!((events.len(), events[0].subject), (told + 1, Some(here.account())), "a guess is told at once");
}

async fn a_reuse_is_told_to_the_owner(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let stolen = world.anonymous().logs_in(ADA, PASSWORD).await;
    stolen.refreshes().await.refreshes().await;
    assert!(!stolen.can_refresh().await);
    let told = letters(&world).await;
    assert!(matches!(told[..], [ref letter] if matches!(letter.content, Content::RefreshReused)), "{told:?}");
    assert_eq!(told[0].to.0, ADA);
}

async fn who_must_change_the_password_may_do_so_and_then_has_roles_again(world: World) {
    world.operator().creates_temporary("MANAGER", ADA, PASSWORD).await;
    let here = world.anonymous().logs_in(ADA, PASSWORD).await;
    assert_eq!(here.claims()["roles"], serde_json::json!([]));
    assert!(matches!(changes(&world, &here, PASSWORD, NEW).await, PasswordChanged::Yes(_)));
    assert_eq!(here.refreshes().await.claims()["roles"], serde_json::json!(["MANAGER"]));
}

on_both!(
    a_reset_opens_a_locked_account_and_ends_its_sessions,
    a_link_is_good_for_half_an_hour_and_spending_one_voids_all,
    a_letter_lists_both_accounts_and_each_link_touches_one,
    nobody_learns_from_forgetting_who_is_known,
    changing_a_password_ends_every_other_session,
    wrong_current_passwords_count_on_the_session_and_nowhere_else,
    a_refused_new_password_costs_no_try,
    a_password_is_changed_into_another,
    a_reuse_is_told_to_the_owner,
    who_must_change_the_password_may_do_so_and_then_has_roles_again,
);
