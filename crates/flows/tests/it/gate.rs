//! The one gate: what opens nothing any more, whatever the token itself says. What it says of suspension stands in
//! `login/standing.rs`, of strange tokens in `refresh.rs`.

use countersign_domain::signing_key::Algorithm;
use countersign_flows::Doer;

use crate::support::{ADA, PASSWORD, SignedIn, World, on_both};

/// What may happen to a session, and whether its access token still opens.
async fn is_closed_by<F>(world: &World, happens: impl FnOnce(SignedIn) -> F) -> bool
where
    F: Future<Output = SignedIn>,
{
    let ada = world.anonymous().logs_in(ADA, PASSWORD).await;
    assert!(ada.is_let_in().await);
    let other = world.another_node().await;
    assert!(ada.who.clone().on(&other).gets_in_with(ada.access_token()).await);
    let ada = happens(ada).await;
    let is_closed = !ada.is_let_in().await;
    // Standing is never cached: the other node has just let the token in, and obeys at once.
    assert_eq!(!ada.who.clone().on(&other).gets_in_with(ada.access_token()).await, is_closed);
    is_closed
}

async fn each_end_is_obeyed_at_once(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let operator = world.operator();
    assert!(!is_closed_by(&world, |ada| async { ada }).await, "nothing happened");
    let expired = |ada| async {
        world.pass(3600);
        ada
    };
    assert!(is_closed_by(&world, expired).await);
    let logged_out = |ada: SignedIn| async {
        ada.logs_out().await;
        ada
    };
    assert!(is_closed_by(&world, logged_out).await);
    let revoked = |ada: SignedIn| async {
        operator.ends_session(ada.session()).await;
        ada
    };
    assert!(is_closed_by(&world, revoked).await);
    let stolen = |ada: SignedIn| async {
        ada.refreshes().await.refreshes().await;
        assert!(!ada.can_refresh().await);
        ada
    };
    assert!(is_closed_by(&world, stolen).await);
    let closed = |ada| async {
        operator.deactivates(id).await.unwrap();
        ada
    };
    assert!(is_closed_by(&world, closed).await);
    operator.activates(id).await.unwrap();
    let opened_again = |ada| async {
        operator.deactivates(id).await.unwrap();
        operator.activates(id).await.unwrap();
        ada
    };
    assert!(is_closed_by(&world, opened_again).await);
    let set = |ada| async {
        operator.sets_password(id, PASSWORD).await.unwrap();
        ada
    };
    assert!(is_closed_by(&world, set).await, "even the same one");
}

async fn what_ends_is_told_whole(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let operator = world.operator();
    operator.deactivates(id).await.unwrap();
    operator.activates(id).await.unwrap();
    operator.sets_password(id, PASSWORD).await.unwrap();
    operator.suspends().await;
    operator.resumes().await;
    for (what, subject) in [
        ("account_deactivated done", Some(id)),
        ("account_activated done", Some(id)),
        ("password_set done", Some(id)),
        ("tenant_suspended done", None),
        ("tenant_resumed done", None),
    ] {
        let told = world.telling(what).await;
        assert_eq!(told.iter().map(|event| event.subject).collect::<Vec<_>>(), [subject], "{what}");
    }
    assert_eq!(world.trail().await.len(), 7);
}

/// A stolen signing key could have made access tokens of any session.
async fn a_compromised_key_ends_every_session(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let ada = world.anonymous().logs_in(ADA, PASSWORD).await;
    let stolen = world.flows.signing_keys(&world.tenant).await.unwrap()[0].record.id;
    world.flows.compromise_key(Doer::Operator, &world.tenant, stolen).await.unwrap().unwrap();
    assert!(!ada.is_let_in().await && !ada.can_refresh().await);
    world.pass(60);
    assert!(world.anonymous().logs_in(ADA, PASSWORD).await.is_let_in().await);
}

/// Published ten minutes before it signs, and long enough afterwards.
async fn a_rotated_key_logs_nobody_out(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    world.flows.rotate_key(Doer::Operator, &world.tenant, Algorithm::Es256).await.unwrap().unwrap();
    let mut kids = std::collections::BTreeSet::new();
    for _ in 0..6 {
        let ada = world.anonymous().logs_in(ADA, PASSWORD).await;
        kids.insert(ada.access_token().expose().split('.').next().unwrap().to_owned());
        world.pass(180);
        assert!(ada.is_let_in().await);
        world.pass(3419);
        assert!(ada.is_let_in().await);
    }
    assert_eq!(kids.len(), 2);
}

on_both! {
    each_end_is_obeyed_at_once,
    what_ends_is_told_whole,
    a_compromised_key_ends_every_session,
    a_rotated_key_logs_nobody_out,
}
