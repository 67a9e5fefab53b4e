use std::time::Duration;

use countersign_domain::Timestamp;
use countersign_domain::hourly::{COUNTS_KEPT, Hour, Measure};
use countersign_flows::overview::{Line, Overview, Period};

use crate::support::{ADA, PASSWORD, World, on_both};

/// How often, step by step, where it happened at all: the step's number from the end, and the count.
fn told(overview: &Overview, line: Line) -> Vec<(usize, u64)> {
    let counts = overview.counts(line).into_iter().rev().enumerate();
    counts.filter(|(_, count)| *count > 0).collect()
}

async fn seal(world: &World) {
    std::sync::Arc::clone(&world.flows).keep_trail(std::future::ready(())).await;
}

async fn look(world: &World, period: Period) -> Overview {
    world.flows.overview(&world.tenant, period).await.unwrap()
}

async fn what_people_did_is_seen_in_its_hour(world: World) {
    let operator = world.operator();
    let id = operator.creates("CUSTOMER", ADA, PASSWORD).await;
    let door = world.anonymous();
    let ada = door.logs_in(ADA, PASSWORD).await;
    ada.logs_out().await;
    door.guesses(5, ADA).await;
    for _ in 0..3 {
        door.tries(ADA, PASSWORD).await;
    }
    world.pass(3_600);
    operator.unlocks(id).await.unwrap();
    let ada = door.logs_in(ADA, PASSWORD).await;
    operator.ends_session(ada.session()).await;
    let before = look(&world, Period::Day).await;
    assert_eq!(told(&before, Line::SessionsOpened), [], "nothing is seen before it is sealed");
    seal(&world).await;
    let day = look(&world, Period::Day).await;
    let expected = [
        (Line::One(Measure::Login), vec![(0, 1), (1, 1)]),
        (Line::One(Measure::LoginWrongPassword), vec![(1, 5)]),
        // Counted together, and told within a minute of their end: by the keeper, when this node was asked to stop.
        (Line::One(Measure::LoginLocked), vec![(0, 3)]),
        (Line::LoginsRefused, vec![(0, 3), (1, 5)]),
        (Line::One(Measure::LockoutStarted), vec![(1, 1)]),
        (Line::One(Measure::AccountUnlocked), vec![(0, 1)]),
        (Line::SessionsOpened, vec![(0, 1), (1, 1)]),
        (Line::SessionsEnded, vec![(0, 1), (1, 1)]),
        (Line::One(Measure::SessionLogout), vec![(1, 1)]),
        (Line::One(Measure::SessionRequested), vec![(0, 1)]),
        (Line::One(Measure::LetterSent), vec![]),
    ];
    for (line, counts) in expected {
        assert_eq!(told(&day, line), counts, "{line:?}");
    }
    let other = world.tenant_with(countersign_domain::Settings::default()).await;
    let other = world.flows.overview(&other, Period::Day).await.unwrap();
    assert_eq!(told(&other, Line::SessionsOpened), [], "another tenant's");
}

async fn a_period_reaches_as_far_as_it_says(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    world.anonymous().logs_in(ADA, PASSWORD).await;
    seal(&world).await;
    // Begun at ten o'clock: 23 hours later it is the first of 24, and gone with the next.
    let hours = [(23, Period::Day), (7 * 24 - 5, Period::Week), (90 * 24 - 11, Period::Quarter)];
    let begun = world.now();
    let at =
        |hours: u64| world.store.clock().advance(begun.plus(Duration::from_secs(hours * 3_600)).since(world.now()));
    for (last, period) in hours {
        at(last);
        assert_eq!(told(&look(&world, period).await, Line::SessionsOpened), [(period.steps() - 1, 1)], "{period:?}");
        at(last + 1);
        assert_eq!(told(&look(&world, period).await, Line::SessionsOpened), [], "{period:?}");
    }
}

async fn counts_are_forgotten_when_no_chart_reaches_them(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    for _ in 0..3 {
        world.anonymous().logs_in(ADA, PASSWORD).await;
        seal(&world).await;
        world.pass(3_600);
    }
    let all = async || {
        let (from, to) = (Hour::of(Timestamp::default()), Hour::of(world.now()));
        world.store.tenant(world.tenant.id).hourly_counts(from, to).await.unwrap().len()
    };
    assert_eq!(all().await, 3);
    world.store.clock().advance(COUNTS_KEPT - Duration::from_secs(2 * 3_600));
    world.flows.remove_what_is_over().await.unwrap();
    assert_eq!(all().await, 2);
    world.pass(2 * 3_600);
    world.flows.remove_what_is_over().await.unwrap();
    assert_eq!(all().await, 0);
}

on_both! {
    what_people_did_is_seen_in_its_hour,
    a_period_reaches_as_far_as_it_says,
    counts_are_forgotten_when_no_chart_reaches_them,
}
