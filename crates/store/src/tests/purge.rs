use countersign_domain::audit::Action;
use countersign_domain::lockout::STREAK_KEPT;
use countersign_domain::session::EndReason;
use countersign_domain::{Kind, Settings};

use super::world::make_tenant;
use super::{World, on_both};
use crate::{CounterCursor, Purged, ReserveAttempt, TenantChange};

const ADA: &str = "ada@example.com";
const IDLE_SECONDS: u64 = 14 * 86_400;

async fn walk(world: &World) -> Purged {
    let mut sum = Purged::default();
    let mut from = CounterCursor::default();
    loop {
        let (purged, next) = world.store.purge_counters(from).await.unwrap();
        sum = Purged { seen: sum.seen + purged.seen, gone: sum.gone + purged.gone };
        if next.is_start() {
            return sum;
        }
        from = next;
    }
}

async fn sessions_go_when_they_are_over_and_move_on_when_they_were_rotated(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    let (rotated, ended) = (world.log_in(&account).await, world.log_in(&account).await);
    world.log_in(&account).await;
    world.pass(IDLE_SECONDS - 1);
    world.here().rotate(world.token(&rotated, 0)).await.unwrap();
    world.here().end_session(ended.id, None, EndReason::Logout, world.event(Action::Logout)).await.unwrap();
    assert_eq!(world.store.purge_sessions().await.unwrap(), Purged::default());
    world.pass(1);
    assert_eq!(world.store.purge_sessions().await.unwrap(), Purged { seen: 3, gone: 2 });
    assert_eq!(world.store.purge_sessions().await.unwrap(), Purged::default());
    let left = world.here().sessions(account.id, 9).await.unwrap();
    assert_eq!(left.iter().map(|session| session.id).collect::<Vec<_>>(), [rotated.id]);
    let due = left[0].idle_expires_at.micros();
    assert_eq!(world.number(&format!("SELECT count(*) FROM session_due WHERE due_at = {due}")).await, 1);
    world.pass(IDLE_SECONDS);
    assert_eq!(world.store.purge_sessions().await.unwrap(), Purged { seen: 1, gone: 1 });
    assert_eq!(world.number("SELECT count(*) FROM session_due").await, 0);
}

async fn a_batch_of_sessions_is_bounded(world: World) {
    for n in 0..3 {
        let account = world.account(Kind::Customer, &format!("ada{n}@example.com")).await;
        for _ in 0..50 {
            world.log_in(&account).await;
        }
    }
    world.pass(IDLE_SECONDS);
    assert_eq!(world.store.purge_sessions().await.unwrap(), Purged { seen: 100, gone: 100 });
    assert_eq!(world.store.purge_sessions().await.unwrap(), Purged { seen: 50, gone: 50 });
}

async fn two_purgers_do_not_get_in_each_others_way(world: World) {
    let account = world.account(Kind::Customer, ADA).await;
    for _ in 0..90 {
        world.log_in(&account).await;
    }
    world.pass(IDLE_SECONDS);
    let purge = || {
        let store = world.store.clone();
        tokio::spawn(async move { store.purge_sessions().await.unwrap() })
    };
    for task in [purge(), purge(), purge()] {
        task.await.unwrap();
    }
    assert_eq!(world.number("SELECT count(*) FROM session").await, 0);
    assert_eq!(world.number("SELECT count(*) FROM session_due").await, 0);
}

async fn counters_are_walked_in_batches_through_every_tenant(world: World) {
    let there = make_tenant(&world.store, "there").await;
    for n in 0..210 {
        let tenant = if n % 2 == 0 { world.here().clone() } else { world.store.tenant(there) };
        let ask = ReserveAttempt { name_hash: [n; 32], ..world.ask(ADA) };
        let reserved = tenant.reserve_attempt(ask.clone()).await.unwrap();
        tenant.settle_attempt(world.settling(&ask, reserved.row, world.wrong())).await.unwrap();
    }
    assert_eq!(walk(&world).await, Purged { seen: 210, gone: 0 });
    world.pass(STREAK_KEPT.as_secs());
    let (purged, next) = world.store.purge_counters(CounterCursor::default()).await.unwrap();
    assert_eq!((purged, next.is_start()), (Purged { seen: 100, gone: 100 }, false));
    assert_eq!(walk(&world).await, Purged { seen: 110, gone: 110 });
    assert_eq!(world.number("SELECT count(*) FROM counter").await, 0);
}

async fn a_counter_goes_by_its_tenants_own_numbers(world: World) {
    let settings = Settings { lockout_seconds: 40 * 86_400, ..Settings::default() };
    let policy = settings.lockout();
    for _ in 0..5 {
        world.guess(&ReserveAttempt { policy, ..world.ask(ADA) }).await;
    }
    let change = TenantChange::Settings { was: Box::default(), to: Box::new(settings) };
    world.here().change_tenant(change, world.event(Action::TenantChanged)).await.unwrap();
    world.pass(STREAK_KEPT.as_secs());
    assert_eq!(walk(&world).await, Purged { seen: 1, gone: 0 });
    world.pass(10 * 86_400);
    assert_eq!(walk(&world).await, Purged { seen: 1, gone: 1 });
}

async fn settings_that_cannot_be_read_forget_no_lock_and_hold_up_nobody(world: World) {
    world.guess(&world.ask(ADA)).await;
    world.pass(STREAK_KEPT.as_secs());
    world.meddle("UPDATE tenant SET settings = 'gone'").await;
    assert_eq!(walk(&world).await, Purged { seen: 1, gone: 0 });
}

async fn what_a_dead_process_left_behind_goes_with_its_streak(world: World) {
    world.reserve(&world.ask(ADA)).await;
    world.pass(STREAK_KEPT.as_secs() - 1);
    assert_eq!(walk(&world).await, Purged { seen: 1, gone: 0 });
    world.pass(1);
    assert_eq!(walk(&world).await, Purged { seen: 1, gone: 1 });
}

on_both! {
    what_a_dead_process_left_behind_goes_with_its_streak,
    sessions_go_when_they_are_over_and_move_on_when_they_were_rotated,
    a_batch_of_sessions_is_bounded,
    two_purgers_do_not_get_in_each_others_way,
    counters_are_walked_in_batches_through_every_tenant,
    a_counter_goes_by_its_tenants_own_numbers,
    settings_that_cannot_be_read_forget_no_lock_and_hold_up_nobody,
}
