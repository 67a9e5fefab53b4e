use countersign_domain::{Secret, Settings};
use countersign_flows::LoggedOut;

use crate::support::{ADA, PASSWORD, World, on_both};

async fn either_token_ends_both_on_every_node(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let (door, other) = (world.anonymous(), world.another_node().await);
    let untouched = door.logs_in(ADA, PASSWORD).await;
    for (access, refresh) in [(true, true), (true, false), (false, true)] {
        let ada = door.logs_in(ADA, PASSWORD).await;
        let (access, refresh) = (access.then(|| ada.access_token()), refresh.then(|| ada.refresh_token()));
        assert_eq!(door.logs_out(access, refresh).await, LoggedOut::Yes);
        for node in [&world.flows, &other] {
            let there = door.clone().on(node);
            assert!(!there.gets_in_with(ada.access_token()).await);
            assert!(!matches!(
                there.refreshes(ada.refresh_token()).await,
                countersign_flows::Refreshed::Yes(_) | countersign_flows::Refreshed::Reused
            ));
        }
        let told = world.telling("logout done").await;
        let told = told.iter().find(|event| event.session == Some(ada.session())).unwrap();
        assert_eq!(told.subject, Some(ada.account()));
        assert_eq!(told.actor, countersign_domain::audit::Actor::Account(ada.account()));
    }
    assert!(untouched.is_let_in().await && untouched.can_refresh().await);
}

async fn an_old_token_still_ends_its_session(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = world.anonymous();
    let first = door.logs_in(ADA, PASSWORD).await;
    let third = first.refreshes().await.refreshes().await;
    assert_eq!(door.logs_out(None, Some(first.refresh_token())).await, LoggedOut::Yes);
    assert!(!third.is_let_in().await);
    let ada = door.logs_in(ADA, PASSWORD).await;
    world.pass(3600);
    assert!(!ada.is_let_in().await);
    assert_eq!(door.logs_out(Some(ada.access_token()), None).await, LoggedOut::Yes, "expired");
    assert!(!ada.can_refresh().await);
}

async fn a_session_ends_once(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let ada = world.anonymous().logs_in(ADA, PASSWORD).await;
    for _ in 0..3 {
        assert_eq!(ada.logs_out().await, LoggedOut::Yes);
    }
    assert_eq!(world.telling("logout done").await.len(), 1);
}

async fn tokens_that_do_not_belong_end_nothing(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = world.anonymous();
    let (one, two) = (door.logs_in(ADA, PASSWORD).await, door.logs_in(ADA, PASSWORD).await);
    let swapped = door.logs_out(Some(one.access_token()), Some(two.refresh_token())).await;
    assert_eq!(swapped, LoggedOut::TwoSessions);
    let garbage = Secret::new("eyJhbGciOiJub25lIn0.e30.");
    for (access, refresh) in [
        (None, None),
        (Some(&garbage), None),
        (Some(&garbage), Some(one.refresh_token())),
        (Some(one.access_token()), Some(&garbage)),
        (Some(one.refresh_token()), None),
        (None, Some(one.access_token())),
    ] {
        assert_eq!(door.logs_out(access, refresh).await, LoggedOut::Refused);
    }
    let abroad = world.anonymous_of(&world.tenant_with(Settings::default()).await);
    for (access, refresh) in [(Some(one.access_token()), None), (None, Some(one.refresh_token()))] {
        assert_eq!(abroad.logs_out(access, refresh).await, LoggedOut::Refused);
    }
    assert!(one.is_let_in().await && two.is_let_in().await);
}

on_both! {
    either_token_ends_both_on_every_node,
    an_old_token_still_ends_its_session,
    a_session_ends_once,
    tokens_that_do_not_belong_end_nothing,
}
