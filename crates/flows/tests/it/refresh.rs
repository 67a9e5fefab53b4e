use countersign_domain::{RefreshReplay, RoleLife, Secret, Settings};
use countersign_flows::Refreshed;

use crate::support::{ADA, PASSWORD, SignedIn, World, on_both};

const DAY: u64 = 86_400;
const UUID: &str = "0192f5a1-7b3c-4d5e-8f60-718293a4b5c6";

async fn ada(world: &World) -> SignedIn {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    world.anonymous().logs_in(ADA, PASSWORD).await
}

fn token(refreshed: Refreshed) -> Secret {
    match refreshed {
        Refreshed::Yes(tokens) => tokens.refresh_token,
        other => panic!("{other:?}"),
    }
}

async fn a_token_gives_its_successor(world: World) {
    let first = ada(&world).await;
    world.pass(60);
    let second = first.refreshes().await;
    assert_ne!(second.refresh_token().expose(), first.refresh_token().expose());
    assert_eq!((second.session(), second.account()), (first.session(), first.account()));
    assert!(second.tokens.device_mark.is_none(), "no password was proved");
    assert!(first.is_let_in().await && second.is_let_in().await, "an access token lives its hour");
    assert_eq!(second.refreshes().await.session(), first.session());
    assert_eq!(world.trail().await.len(), 3, "an ordinary rotation is no event");
}

async fn a_repeat_from_the_same_place_gets_the_same_successor(world: World) {
    let first = ada(&world).await;
    world.pass(60);
    let second = first.refreshes().await;
    world.pass(9);
    let again = first.refreshes().await;
    assert_eq!(again.refresh_token().expose(), second.refresh_token().expose());
    assert_ne!(again.access_token().expose(), second.access_token().expose());
    world.pass(1);
    assert!(matches!(first.who.refreshes(first.refresh_token()).await, Refreshed::Reused));
}

async fn the_same_request_may_be_sent_again_for_a_day(world: World) {
    let first = ada(&world).await;
    let successor = token(first.who.clone().sending(UUID).refreshes(first.refresh_token()).await);
    world.pass(DAY - 1);
    let elsewhere = first.who.clone().from("198.51.100.9").with_agent("other").sending(UUID);
    assert_eq!(token(elsewhere.refreshes(first.refresh_token()).await).expose(), successor.expose());
    world.pass(1);
    assert!(matches!(elsewhere.refreshes(first.refresh_token()).await, Refreshed::Reused));
}

/// The documentation's examples send `200` with everything: it tells no request from another.
async fn a_constant_is_no_request_id(world: World) {
    let first = ada(&world).await;
    first.refreshes().await;
    world.pass(11);
    assert!(matches!(first.who.refreshes(first.refresh_token()).await, Refreshed::Reused));
}

async fn a_used_token_from_elsewhere_ends_the_session(world: World) {
    let first = ada(&world).await;
    let other = world.anonymous().logs_in(ADA, PASSWORD).await;
    let second = first.refreshes().await;
    let thief = first.who.clone().from("198.51.100.9");
    assert!(matches!(thief.refreshes(first.refresh_token()).await, Refreshed::Reused));
    for dead in [first.refresh_token(), second.refresh_token()] {
        assert!(matches!(first.who.refreshes(dead).await, Refreshed::Refused));
    }
    assert!(!first.is_let_in().await && !second.is_let_in().await);
    assert!(other.is_let_in().await && other.can_refresh().await, "another session is none of its business");
    let told = &world.telling("refresh_reused refused reused").await[0];
    assert_eq!((told.subject, told.session), (Some(first.account()), Some(first.session())));
}

async fn a_token_two_rotations_old_ends_the_session_whoever_sends_it(world: World) {
    let first = ada(&world).await;
    let third = first.refreshes().await.refreshes().await;
    assert!(matches!(first.who.refreshes(first.refresh_token()).await, Refreshed::Reused));
    assert!(!third.can_refresh().await && !third.is_let_in().await);
}

async fn a_strict_tenant_takes_every_token_once(world: World) {
    let strict = world.tenant_with(Settings { refresh_replay: RefreshReplay::Strict, ..Settings::default() }).await;
    world.operator_of(&strict).creates("CUSTOMER", ADA, PASSWORD).await;
    let first = world.anonymous_of(&strict).logs_in(ADA, PASSWORD).await;
    let second = first.refreshes().await;
    assert!(matches!(first.who.clone().sending(UUID).refreshes(first.refresh_token()).await, Refreshed::Reused));
    assert!(!second.can_refresh().await);
}

async fn an_ended_session_refreshes_no_more(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = world.anonymous();
    let (logged_out, revoked) = (door.logs_in(ADA, PASSWORD).await, door.logs_in(ADA, PASSWORD).await);
    logged_out.logs_out().await;
    assert!(world.operator().ends_session(revoked.session()).await);
    assert!(!world.operator().ends_session(revoked.session()).await, "once");
    assert!(!logged_out.can_refresh().await && !revoked.can_refresh().await);
    let closed = door.logs_in(ADA, PASSWORD).await;
    world.operator().deactivates(id).await.unwrap();
    assert!(!closed.can_refresh().await);
    world.operator().activates(id).await.unwrap();
    assert!(!closed.can_refresh().await, "what was ended stays so");
    let before = door.logs_in(ADA, PASSWORD).await;
    world.operator().sets_password(id, "Another-horse-2").await.unwrap();
    assert!(!before.can_refresh().await);
}

async fn a_session_ends_idle_or_absolutely(world: World) {
    let first = ada(&world).await;
    world.pass(14 * DAY - 1);
    let mut last = first.refreshes().await;
    for _ in 0..5 {
        world.pass(13 * DAY);
        last = last.refreshes().await;
    }
    // 79 days are over: what is left is less than the idle life.
    assert_eq!(last.tokens.refresh_expires_in_seconds, 11 * DAY + 1);
    world.pass(11 * DAY - 1799);
    let end = last.refreshes().await;
    assert_eq!(end.tokens.expires_in_seconds, 1800, "nor does an access token outlive its session");
    world.pass(1800);
    assert!(!end.can_refresh().await && !end.is_let_in().await);

    let idle = world.anonymous().logs_in(ADA, PASSWORD).await;
    world.pass(14 * DAY);
    assert!(!idle.can_refresh().await);
}

async fn a_role_may_have_a_shorter_life(world: World) {
    let mut settings = Settings::default();
    let life = RoleLife { idle_seconds: 600, absolute_seconds: 1000 };
    settings.session_by_role.insert("CASHIER".to_owned(), life);
    let shop = world.tenant_with(settings).await;
    world.operator_of(&shop).creates("CASHIER", ADA, PASSWORD).await;
    let cashier = world.anonymous_of(&shop).logs_in(ADA, PASSWORD).await;
    assert_eq!((cashier.tokens.refresh_expires_in_seconds, cashier.tokens.expires_in_seconds), (600, 1000));
    world.pass(599);
    let next = cashier.refreshes().await;
    assert_eq!(next.tokens.refresh_expires_in_seconds, 401);
    world.pass(401);
    assert!(!next.can_refresh().await && !next.is_let_in().await);
}

async fn the_hundred_and_first_session_displaces_the_oldest(world: World) {
    let first = ada(&world).await;
    world.pass(1);
    let second = world.anonymous().logs_in(ADA, PASSWORD).await;
    for _ in 2..100 {
        world.pass(1);
        world.anonymous().logs_in(ADA, PASSWORD).await;
    }
    assert!(first.is_let_in().await);
    world.pass(1);
    let newest = world.anonymous().logs_in(ADA, PASSWORD).await;
    assert!(!first.is_let_in().await && !first.can_refresh().await);
    assert!(second.is_let_in().await && newest.is_let_in().await);
    let displaced = world.telling("session_ended done too_many_sessions").await;
    let displaced: Vec<_> = displaced.iter().map(|event| (event.subject, event.session)).collect();
    assert_eq!(displaced, [(Some(first.account()), Some(first.session()))]);
}

async fn tokens_are_good_for_one_thing_in_one_tenant(world: World) {
    let ada = ada(&world).await;
    let other = world.tenant_with(Settings::default()).await;
    let abroad = world.anonymous_of(&other);
    let door = world.anonymous();
    assert!(matches!(abroad.refreshes(ada.refresh_token()).await, Refreshed::Refused));
    assert!(!abroad.gets_in_with(ada.access_token()).await);
    assert!(matches!(door.refreshes(ada.access_token()).await, Refreshed::Refused));
    assert!(matches!(door.refreshes(ada.mark()).await, Refreshed::Refused));
    assert!(!door.gets_in_with(ada.refresh_token()).await && !door.gets_in_with(ada.mark()).await);
    assert!(ada.can_refresh().await, "none of it hurt the session");
}

on_both! {
    a_token_gives_its_successor,
    a_repeat_from_the_same_place_gets_the_same_successor,
    the_same_request_may_be_sent_again_for_a_day,
    a_constant_is_no_request_id,
    a_used_token_from_elsewhere_ends_the_session,
    a_token_two_rotations_old_ends_the_session_whoever_sends_it,
    a_strict_tenant_takes_every_token_once,
    an_ended_session_refreshes_no_more,
    a_session_ends_idle_or_absolutely,
    a_role_may_have_a_shorter_life,
    the_hundred_and_first_session_displaces_the_oldest,
    tokens_are_good_for_one_thing_in_one_tenant,
}
