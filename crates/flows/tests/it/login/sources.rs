//! Limits by source: one network may fail so often, whatever the names.

use std::time::Duration;

use countersign_flows::{Limits, Refusal};

use crate::support::{ADA, Anonymous, PASSWORD, World, on_both};

const WINDOW: Duration = Duration::from_secs(900);

/// At a node that lets a network fail three times.
async fn door(world: &World) -> Anonymous {
    let limits = Limits { failures_per_network_max: 3, failures_window: WINDOW, ..Limits::default() };
    let node = world.node(|setup| setup.limits = limits).await;
    world.anonymous().on(&node)
}

async fn a_network_that_failed_too_often_must_wait(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let home = door(&world).await;
    home.logs_in(ADA, PASSWORD).await;
    for name in ["a", "b", "c"] {
        assert_eq!(home.guesses(1, &format!("{name}@example.com")).await, Refusal::UnknownEmail);
    }
    world.pass(100);
    let told = world.told().await;
    for password in [PASSWORD, "Wrong-horse-1"] {
        assert_eq!(home.tries(ADA, password).await, Refusal::TooMany(Duration::from_secs(800)));
    }
    assert_eq!(world.told().await, told, "neither asked nor counted");
    home.clone().from("192.0.2.2").logs_in(ADA, PASSWORD).await;
    home.clone().exempt().logs_in(ADA, PASSWORD).await;
    world.pass(800);
    home.logs_in(ADA, PASSWORD).await;
}

async fn an_ipv6_site_is_one_source(world: World) {
    let home = door(&world).await;
    for last in 1..4 {
        home.clone().from(&format!("2001:db8:0:1::{last}")).guesses(1, ADA).await;
    }
    assert_eq!(home.clone().from("2001:db8:0:1:ffff::9").guesses(1, ADA).await, Refusal::TooMany(WINDOW));
    assert_eq!(home.from("2001:db8:0:2::1").guesses(1, ADA).await, Refusal::UnknownEmail);
}

async fn a_known_device_passes(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let home = door(&world).await;
    let phone = home.logs_in(ADA, PASSWORD).await;
    let marked = home.clone().with_mark(phone.mark());
    // Neither do its own failures count against everybody who shares its network.
    assert_eq!(marked.guesses(4, ADA).await, Refusal::WrongCredentials);
    home.guesses(3, "b@example.com").await;
    assert!(matches!(home.guesses(1, "c@example.com").await, Refusal::TooMany(_)));
    marked.logs_in(ADA, PASSWORD).await;
    // A mark of an old password is good for nothing, so its failures are anybody's.
    world.operator().sets_password(id, "Another-horse-2").await.unwrap();
    world.pass(900);
    marked.guesses(3, ADA).await;
    assert!(matches!(home.guesses(1, "c@example.com").await, Refusal::TooMany(_)));
    // Nor does it let anybody past the limit, or leave a reservation behind when it is refused.
    let before = world.hashes();
    for _ in 0..6 {
        assert!(matches!(marked.tries(ADA, "Another-horse-2").await, Refusal::TooMany(_)));
    }
    assert_eq!(world.hashes(), before);
    world.anonymous().from("192.0.2.2").logs_in(ADA, "Another-horse-2").await;
}

on_both! {
    a_network_that_failed_too_often_must_wait,
    an_ipv6_site_is_one_source,
    a_known_device_passes,
}
