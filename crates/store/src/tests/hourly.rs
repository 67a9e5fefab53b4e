//! What is counted by the hour: each event and each letter once, however many count and whatever is lost.

use std::time::Duration;

use countersign_domain::audit::{Action, Reason};
use countersign_domain::hourly::{Hour, Measure};
use countersign_domain::letter::{LETTER_LIFE_MAX, RESET_LIFE};
use countersign_domain::{AccountId, Letter};

use super::letters::{letter, reset};
use super::world::{START, counted, event, id, make_tenant, seals};
use super::{World, on_all};
use crate::{Attempted, Fault, Location, NewLetter, Retried, Sealed, Store, TakenLetter};

const LEASE: Duration = Duration::from_secs(60);
const HOUR_SECONDS: u64 = 3_600;

async fn record(world: &World, action: Action, times: u32) {
    world.store.record(vec![world.event(action).times(times)]).await.unwrap();
}

// --- events ---

async fn what_is_sealed_is_counted_in_its_hour(world: World) {
    let there = make_tenant(&world.store, "there").await;
    let locked = world.event(Action::Login).refused_because(Reason::Locked).times(40);
    world.store.record(vec![world.event(Action::Login), world.event(Action::RoleCreated), locked]).await.unwrap();
    world.store.record(vec![event(there, Action::Login).times(3)]).await.unwrap();
    assert_eq!(world.counted().await, [], "nothing is counted before its seal");
    // To the last microsecond of the hour, and the first of the next.
    world.store.clock().advance(Duration::from_micros(HOUR_SECONDS * 1_000_000 - 1));
    record(&world, Action::Login, 1).await;
    world.store.clock().advance(Duration::from_micros(1));
    record(&world, Action::Login, 1).await;
    world.pass(23 * HOUR_SECONDS);
    // Sealed a day later: what counts is when it happened.
    assert_eq!(world.seal().await, Sealed::Yes);
    record(&world, Action::Logout, 2).await;
    assert_eq!(world.seal().await, Sealed::Yes);
    let all = [
        (0, Measure::Login, 2),
        (0, Measure::LoginLocked, 40),
        (1, Measure::Login, 1),
        (24, Measure::SessionLogout, 2),
    ];
    assert_eq!(world.counted().await, all);
    assert_eq!(counted(&world.store.tenant(there)).await, [(0, Measure::Login, 3)]);

    let first = Hour::of(START);
    let between = async |from, to| {
        let counts = world.here().hourly_counts(first.plus(from), first.plus(to)).await.unwrap();
        counts.iter().map(|count| count.hour.number() - first.number()).collect::<Vec<_>>()
    };
    assert_eq!(between(0, 1).await, [0, 0]);
    assert_eq!(between(1, 24).await, [1]);
    assert_eq!(between(1, 25).await, [1, 24]);
    assert!(between(2, 24).await.is_empty());
}

async fn a_batch_is_added_to_what_was_counted(world: World) {
    for _ in 0..3 {
        for _ in 0..100 {
            record(&world, Action::Login, 2).await;
        }
        assert_eq!(world.seal().await, Sealed::Yes);
    }
    assert_eq!(world.counted().await, [(0, Measure::Login, 600)]);
}

async fn who_is_overtaken_counts_nothing(world: World) {
    record(&world, Action::Login, 7).await;
    let (mine, other) = (world.store.unsealed(None, 9).await.unwrap(), world.store.unsealed(None, 9).await.unwrap());
    assert_eq!(world.store.seal(&mine, seals(&world.store, &mine)).await.unwrap(), Sealed::Yes);
    assert_eq!(world.store.seal(&other, seals(&world.store, &other)).await.unwrap(), Sealed::Overtaken);
    assert_eq!(world.counted().await, [(0, Measure::Login, 7)]);
}

/// Sealers that never wait, on as many nodes as the engine has, while others write.
async fn sealers_at_once_count_every_event_once(world: World) {
    let other = match &world.location {
        Location::Postgres(..) => world.another_node().await,
        _ => world.store.clone(),
    };
    let seal = |store: Store| {
        tokio::spawn(async move {
            let mut sealed = 0;
            while sealed < 20 {
                let unsealed = store.unsealed(None, 16).await.unwrap();
                if unsealed.events.is_empty() {
                    break;
                }
                let seals = seals(&store, &unsealed);
                sealed += u32::from(store.seal(&unsealed, seals).await.unwrap() == Sealed::Yes);
            }
        })
    };
    for _ in 0..100 {
        record(&world, Action::Login, 3).await;
    }
    let sealers: Vec<_> = [&world.store, &other, &world.store, &other].map(|store| seal(store.clone())).into();
    for _ in 0..50 {
        record(&world, Action::Login, 3).await;
    }
    for sealer in sealers {
        sealer.await.unwrap();
    }
    while !world.store.unsealed(None, 1).await.unwrap().events.is_empty() {
        world.seal().await;
    }
    assert_eq!(world.counted().await, [(0, Measure::Login, 450)]);
}

async fn what_is_set_aside_is_counted_when_it_is_mended(world: World) {
    record(&world, Action::Login, 1).await;
    record(&world, Action::Logout, 1).await;
    world.meddle("UPDATE event SET action = 'Log out!' WHERE action = 'logout'").await;
    world.seal().await;
    assert_eq!(world.counted().await, [(0, Measure::Login, 1)]);
    world.meddle("UPDATE event SET action = 'logout' WHERE action = 'Log out!'").await;
    world.seal().await;
    assert_eq!(world.counted().await, [(0, Measure::Login, 1), (0, Measure::SessionLogout, 1)]);
}

/// A row that was edited is a fault of a chart, never of the trail.
async fn no_edited_count_holds_up_a_seal(world: World) {
    for (edited, is_read) in [(i64::MAX, true), (i64::MIN, false)] {
        record(&world, Action::Login, 1).await;
        world.seal().await;
        world.meddle(&format!("UPDATE hourly_count SET count = {edited}")).await;
        record(&world, Action::Login, u32::MAX).await;
        assert_eq!(world.seal().await, Sealed::Yes);
        let counts = world.here().hourly_counts(Hour::of(START), Hour::of(START).plus(1)).await;
        match counts {
            Ok(counts) => assert!(is_read && counts[0].count == i64::MAX.cast_unsigned(), "{counts:?}"),
            Err(Fault::Corrupt { column, .. }) => assert!(!is_read && column == "count"),
            other => panic!("{other:?}"),
        }
    }
}

async fn a_measure_of_a_newer_version_is_left_to_it(world: World) {
    record(&world, Action::Login, 1).await;
    world.seal().await;
    world.meddle("INSERT INTO hourly_count SELECT tenant, hour, 'login_by_pigeon', 5 FROM hourly_count").await;
    assert_eq!(world.counted().await, [(0, Measure::Login, 1)]);
}

async fn an_hour_has_no_more_rows_than_there_are_measures(world: World) {
    for name in Action::NAMES {
        let action: Action = name.parse().unwrap();
        let mut events = vec![world.event(action.clone())];
        events.extend(Reason::NAMES.iter().map(|reason| {
            let reason = Reason::read(reason).unwrap();
            world.event(action.clone()).refused_because(reason)
        }));
        events.push(world.event(action.clone()).refused_because(Reason::Other("of_a_newer_version".into())));
        world.store.record(events).await.unwrap();
    }
    while !world.store.unsealed(None, 1).await.unwrap().events.is_empty() {
        world.seal().await;
    }
    let rows = usize::try_from(world.number("SELECT count(*) FROM hourly_count").await).unwrap();
    assert!((12..=Measure::ALL.len()).contains(&rows), "{rows}");
}

async fn the_oldest_hours_are_forgotten_one_by_one(world: World) {
    let there = make_tenant(&world.store, "there").await;
    for _ in 0..3 {
        record(&world, Action::Login, 1).await;
        record(&world, Action::Logout, 1).await;
        world.store.record(vec![event(there, Action::Login)]).await.unwrap();
        world.seal().await;
        world.pass(HOUR_SECONDS);
    }
    let here = world.here();
    let third = START.plus(Duration::from_secs(2 * HOUR_SECONDS));
    assert_eq!(here.forget_oldest_hour(START).await.unwrap(), None);
    // Within the third hour the first two are over.
    let within = third.plus(Duration::from_secs(59 * 60));
    assert_eq!(here.forget_oldest_hour(within).await.unwrap(), Some(2));
    assert_eq!(here.forget_oldest_hour(within).await.unwrap(), Some(2));
    assert_eq!(here.forget_oldest_hour(within).await.unwrap(), None);
    assert_eq!(world.counted().await, [(2, Measure::Login, 1), (2, Measure::SessionLogout, 1)]);
    assert_eq!(counted(&world.store.tenant(there)).await.len(), 3, "another tenant's stay");
}

// --- letters ---

fn notice(world: &World) -> NewLetter {
    letter(world, Letter::PasswordChanged { account: AccountId::from_uuid(id()) })
}

async fn take(store: &Store) -> Vec<TakenLetter> {
    store.take_letters(8, LEASE).await.unwrap()
}

async fn post_and_take(world: &World) -> TakenLetter {
    world.here().post_letter(notice(world)).await.unwrap();
    take(&world.store).await.remove(0)
}

async fn a_letter_counts_once_as_what_became_of_it(world: World) {
    let ends = [Attempted::Sent, Attempted::Dead("550".into()), Attempted::Dropped("gone".into())];
    for attempted in ends {
        let taken = post_and_take(&world).await;
        for _ in 0..2 {
            world.store.settle_letter(&taken, attempted.clone()).await.unwrap();
        }
    }
    let taken = post_and_take(&world).await;
    let again = Attempted::Again(world.now().plus(LEASE), "451".into());
    world.store.settle_letter(&taken, again).await.unwrap();
    let once = [(0, Measure::LetterDead, 1), (0, Measure::LetterDropped, 1), (0, Measure::LetterSent, 1)];
    assert_eq!(world.counted().await, once);
    world.pass(HOUR_SECONDS);
    let taken = take(&world.store).await;
    world.store.settle_letter(&taken[0], Attempted::Sent).await.unwrap();
    assert_eq!(world.counted().await[3..], [(1, Measure::LetterSent, 1)], "it counts in the hour of its end");
}

/// What one node sent, another that has the letter since may send again, or drop.
async fn a_letter_that_was_sent_stays_sent_and_is_counted_once(world: World) {
    for later in [Attempted::Sent, Attempted::Dropped("gone".into()), Attempted::Dead("550".into())] {
        let first = post_and_take(&world).await;
        world.pass(LEASE.as_secs());
        let second = take(&world.store).await.remove(0);
        assert_eq!(second.id, first.id);
        world.store.settle_letter(&first, Attempted::Sent).await.unwrap();
        world.store.settle_letter(&second, later).await.unwrap();
    }
    assert_eq!(world.counted().await, [(0, Measure::LetterSent, 3)]);
    assert_eq!(world.number("SELECT count(*) FROM letter WHERE state = 'sent'").await, 3);
}

async fn letters_that_are_given_up_are_counted(world: World) {
    let there = make_tenant(&world.store, "there").await;
    world.here().post_letter(reset(&world)).await.unwrap();
    world.store.tenant(there).post_letter(NewLetter { tenant: there, ..reset(&world) }).await.unwrap();
    world.pass(RESET_LIFE.as_secs());
    assert_eq!(take(&world.store).await, []);
    assert_eq!(world.counted().await, [(0, Measure::LetterDead, 1)]);
    assert_eq!(counted(&world.store.tenant(there)).await, [(0, Measure::LetterDead, 1)]);
    // Where no node takes letters.
    for _ in 0..2 {
        world.here().post_letter(notice(&world)).await.unwrap();
    }
    world.pass(LETTER_LIFE_MAX.as_secs());
    assert_eq!(world.store.purge_waiting_letters().await.unwrap().gone, 2);
    assert_eq!(world.counted().await[1].2, 2);
}

async fn a_dead_letter_that_is_sent_after_all_counts_as_both(world: World) {
    let taken = post_and_take(&world).await;
    world.store.settle_letter(&taken, Attempted::Dead("550".into())).await.unwrap();
    assert_eq!(world.here().retry_letter(taken.id, world.event(Action::LetterRetried)).await.unwrap(), Retried::Yes);
    let taken = take(&world.store).await.remove(0);
    world.store.settle_letter(&taken, Attempted::Sent).await.unwrap();
    assert_eq!(world.counted().await, [(0, Measure::LetterDead, 1), (0, Measure::LetterSent, 1)]);
}

/// Nodes that settle at once add to one row.
async fn letters_that_end_at_once_are_all_counted(world: World) {
    let other = match &world.location {
        Location::Postgres(..) => world.another_node().await,
        _ => world.store.clone(),
    };
    let mut tasks = Vec::new();
    for n in 0..60 {
        let taken = post_and_take(&world).await;
        let store = if n % 2 == 0 { world.store.clone() } else { other.clone() };
        tasks.push(tokio::spawn(async move { store.settle_letter(&taken, Attempted::Sent).await.unwrap() }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(world.counted().await, [(0, Measure::LetterSent, 60)]);
}

on_all! {
    what_is_sealed_is_counted_in_its_hour,
    a_batch_is_added_to_what_was_counted,
    who_is_overtaken_counts_nothing,
    sealers_at_once_count_every_event_once,
    what_is_set_aside_is_counted_when_it_is_mended,
    no_edited_count_holds_up_a_seal,
    a_measure_of_a_newer_version_is_left_to_it,
    an_hour_has_no_more_rows_than_there_are_measures,
    the_oldest_hours_are_forgotten_one_by_one,
    a_letter_counts_once_as_what_became_of_it,
    a_letter_that_was_sent_stays_sent_and_is_counted_once,
    letters_that_are_given_up_are_counted,
    a_dead_letter_that_is_sent_after_all_counts_as_both,
    letters_that_end_at_once_are_all_counted,
}
