use std::time::Duration;

use countersign_domain::audit::{Action, Event, PersonalFields, Seed, Sha256};
use countersign_domain::{AccountId, EventId, TenantId, Timestamp};
use uuid::{Builder, Uuid};

use super::*;
use crate::fault::Result;
use crate::job::Job;
use crate::statement::Statement;
use crate::tests::seals;
use crate::tx::Tx;
use crate::{Clock, Location, Store, events};

const START: Timestamp = Timestamp::from_unix_seconds(1_795_514_400);

fn tenant(n: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(n))
}

struct Write(Vec<Event>);

impl Job for Write {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        for event in &self.0 {
            events::insert(tx, event).await?;
        }
        Ok(())
    }
}

/// A store, and a way past its rules, as somebody with the database's password has it.
struct Place {
    store: Store,
    url: Option<String>,
}

struct Meddle(Statement);

impl Job for &'static Meddle {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        tx.exec(&self.0, &[]).await.map(|_| ())
    }
}

impl Place {
    async fn open(url: Option<String>) -> Self {
        let location = url.clone().map_or(Location::Memory, |url| Location::Postgres(url, 4));
        Self { store: Store::open(&location, Clock::manual(START)).await.unwrap(), url }
    }

    async fn meddle(&self, sql: &'static str) {
        let Some(url) = &self.url else {
            let meddle = Box::leak(Box::new(Meddle(Statement::new("MEDDLE", sql))));
            return self.store.write(&*meddle).await.unwrap();
        };
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
    }
}

fn event(store: &Store, tenant: TenantId, n: u8) -> Event {
    let at = store.now();
    let millis = u64::try_from(at.micros() / 1_000).unwrap();
    let id = Builder::from_unix_timestamp_millis(millis, &[0, 0, 0, 0, 0, 0, 0, 0, 0, n]).into_uuid();
    let personal = PersonalFields {
        name_hash: Some([n; 32]),
        client_address: Some([192, 0, 2, n].into()),
        user_agent: Some("tests".into()),
        detail: None,
    };
    Event::done(tenant, at, Seed { id: EventId::from_uuid(id), salt: [n; 16] }, Action::Login)
        .about(AccountId::from_uuid(Uuid::from_u128(u128::from(n % 3))))
        .request(Some("200"))
        .with(personal)
}

async fn write(store: &Store, tenant: TenantId, numbers: std::ops::Range<u8>) -> Vec<Event> {
    let events: Vec<_> = numbers.map(|n| event(store, tenant, n)).collect();
    store.write(Write(events.clone())).await.unwrap();
    store.clock().advance(Duration::from_secs(1));
    events
}

async fn seal_all(store: &Store) -> usize {
    let unsealed = store.unsealed(None, 256).await.unwrap();
    let seals = seals(store, &unsealed);
    let count = seals.len();
    assert_eq!(store.seal(&unsealed, seals).await.unwrap(), Sealed::Yes);
    store.clock().advance(Duration::from_secs(1));
    count
}

fn ids(events: &[Event]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}

async fn what_waits_is_sealed_once_and_chained(place: Place) {
    let store = &place.store;
    let one = write(store, tenant(1), 0..3).await;
    let two = write(store, tenant(2), 3..5).await;
    let unsealed = store.unsealed(None, 256).await.unwrap();
    assert_eq!(unsealed.events, [one.clone(), two.clone()].concat());
    assert_eq!((unsealed.oldest, unsealed.last), (Some(one[0].id), Some(two[1].id)));
    assert!(unsealed.heads.is_empty() && unsealed.stuck.is_empty());
    assert_eq!(seal_all(store).await, 2);
    let none = store.unsealed(None, 256).await.unwrap();
    assert!(none.events.is_empty() && none.oldest.is_none() && none.last.is_none());

    let later = write(store, tenant(1), 5..6).await;
    assert_eq!(seal_all(store).await, 1);
    let stored = store.tenant(tenant(1)).seals_after(0, 10).await.unwrap();
    let [StoredSeal::Seal(first), StoredSeal::Seal(second)] = stored.as_slice() else { panic!("{stored:?}") };
    assert_eq!(first.ids, Some(ids(&one)));
    assert_eq!((first.number, first.previous, first.count), (1, Sha256::ZERO, 3));
    assert_eq!((second.number, second.previous), (2, first.hash()));
    assert_eq!(second.ids, Some(ids(&later)));
    assert_eq!(store.tenant(tenant(1)).seals_after(1, 10).await.unwrap(), [StoredSeal::Seal(second.clone())]);
}

async fn the_slower_of_two_sealers_writes_nothing(place: Place) {
    let store = &place.store;
    write(store, tenant(1), 0..3).await;
    let (mine, other) = (store.unsealed(None, 256).await.unwrap(), store.unsealed(None, 256).await.unwrap());
    assert_eq!(store.seal(&mine, seals(store, &mine)).await.unwrap(), Sealed::Yes);
    // Another's events have come meanwhile: they must stay on the list.
    write(store, tenant(1), 3..4).await;
    assert_eq!(store.seal(&other, seals(store, &other)).await.unwrap(), Sealed::Overtaken);
    assert_eq!(store.unsealed(None, 256).await.unwrap().events.len(), 1);
    assert_eq!(store.tenant(tenant(1)).seals_after(0, 10).await.unwrap().len(), 1);
}

async fn a_batch_is_bounded_and_goes_on_where_it_ended(place: Place) {
    let store = &place.store;
    let events = write(store, tenant(1), 0..100).await;
    let first = store.unsealed(None, 64).await.unwrap();
    assert_eq!(first.events, events[..64]);
    assert_eq!(store.seal(&first, seals(store, &first)).await.unwrap(), Sealed::Yes);
    let rest = store.unsealed(first.last, 64).await.unwrap();
    assert_eq!(rest.events, events[64..]);
}

async fn a_row_that_was_edited_into_nonsense_hides_nothing_else(place: Place) {
    let store = &place.store;
    let events = write(store, tenant(1), 0..3).await;
    place.meddle("UPDATE event SET action = 'Log in!' WHERE client_address = '192.0.2.1'").await;
    let unsealed = store.unsealed(None, 256).await.unwrap();
    assert_eq!((ids(&unsealed.events), &unsealed.stuck), (vec![events[0].id, events[2].id], &vec![events[1].id]));
    let page = store.tenant(tenant(1)).events(EventFilter { events_max: 9, ..EventFilter::default() }).await.unwrap();
    assert_eq!((page.events.len(), page.unreadable), (2, vec![events[1].id]));
    assert_eq!(store.tenant(tenant(1)).event(events[1].id).await.unwrap(), Some(StoredEvent::Unreadable(events[1].id)));

    seal_all(store).await;
    place.meddle("UPDATE seal SET count = -1 WHERE number = 1").await;
    write(store, tenant(1), 7..8).await;
    let other = write(store, tenant(2), 8..9).await;
    let unsealed = store.unsealed(None, 256).await.unwrap();
    assert_eq!((unsealed.events, unsealed.stuck.len()), (other, 2));
    assert_eq!(store.tenant(tenant(1)).seals_after(0, 9).await.unwrap(), [StoredSeal::Unreadable(1)]);
}

async fn retention_removes_whole_old_batches_and_keeps_their_seals(place: Place) {
    let store = &place.store;
    let events = write(store, tenant(1), 0..40).await;
    let foreign = write(store, tenant(2), 40..41).await;
    seal_all(store).await;
    let horizon = store.now();
    let young = write(store, tenant(1), 50..51).await;
    seal_all(store).await;
    let trail = store.tenant(tenant(1));
    assert_eq!(trail.remove_oldest_batch(START).await.unwrap(), None);
    assert_eq!(trail.remove_oldest_batch(horizon).await.unwrap(), Some(40));
    assert_eq!(trail.remove_oldest_batch(horizon).await.unwrap(), None);
    let stored = trail.seals_after(0, 10).await.unwrap();
    let [StoredSeal::Seal(first), StoredSeal::Seal(second)] = stored.as_slice() else { panic!("{stored:?}") };
    assert_eq!((first.ids.as_ref(), first.count), (None, 40));
    assert_eq!((second.ids.clone(), second.previous), (Some(ids(&young)), first.hash()));
    assert_eq!(trail.event(events[0].id).await.unwrap(), None);
    assert!(trail.event(young[0].id).await.unwrap().is_some());
    assert!(store.tenant(tenant(2)).event(foreign[0].id).await.unwrap().is_some());
}

async fn the_trail_is_listed_newest_first_page_by_page(place: Place) {
    let store = &place.store;
    let early = write(store, tenant(1), 0..100).await;
    let cut = store.now();
    let late = write(store, tenant(1), 100..200).await;
    write(store, tenant(2), 200..210).await;
    let trail = store.tenant(tenant(1));
    let list = async |filter: EventFilter| {
        let (mut found, mut filter) = (Vec::new(), EventFilter { events_max: 30, ..filter });
        loop {
            let page = trail.events(filter.clone()).await.unwrap();
            found.extend(page.events);
            filter.before = page.next;
            if page.next.is_none() {
                found.reverse();
                return found;
            }
        }
    };
    assert_eq!(list(EventFilter::default()).await, [early.clone(), late.clone()].concat());
    assert_eq!(list(EventFilter { from: Some(cut), ..EventFilter::default() }).await, late);
    assert_eq!(list(EventFilter { to: Some(cut), ..EventFilter::default() }).await, early);
    let subject = Some(AccountId::from_uuid(Uuid::from_u128(2)));
    let about = list(EventFilter { subject, ..EventFilter::default() }).await;
    assert!(about.len() == 66 && about.iter().all(|event| event.subject == subject));
    assert_eq!(list(EventFilter { action: Some(Action::Logout), ..EventFilter::default() }).await, []);

    let between = trail.events_between(early[9].id, late[4].id, 50).await.unwrap();
    assert_eq!(between.len(), 50);
    assert_eq!(between[0], StoredEvent::Event(Box::new(early[10].clone())));
}

async fn refusals_are_recorded_all_or_none(place: Place) {
    let store = &place.store;
    let events: Vec<_> = (0..3).map(|n| event(store, tenant(1), n).times(7)).collect();
    store.record(events.clone()).await.unwrap();
    let again = [vec![event(store, tenant(1), 9)], events.clone()].concat();
    assert!(matches!(store.record(again).await, Err(crate::Fault::Taken)));
    assert_eq!(store.unsealed(None, 9).await.unwrap().events, events);
}

macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Place::open(None).await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                let url = scratch::Postgres::shared().unwrap().database().unwrap();
                super::$test(super::Place::open(Some(url)).await).await;
            })+
        }
    };
}

on_both_engines! {
    what_waits_is_sealed_once_and_chained,
    the_slower_of_two_sealers_writes_nothing,
    a_batch_is_bounded_and_goes_on_where_it_ended,
    a_row_that_was_edited_into_nonsense_hides_nothing_else,
    retention_removes_whole_old_batches_and_keeps_their_seals,
    the_trail_is_listed_newest_first_page_by_page,
    refusals_are_recorded_all_or_none,
}

#[test]
fn lists_of_ids_are_cut_and_filled_up() {
    let tenant = [Value::Id(Uuid::nil())];
    for (count, lists) in [(0, 0), (1, 1), (32, 1), (33, 2), (256, 8)] {
        let made = id_lists(&tenant, (0..count).map(Uuid::from_u128));
        assert_eq!(made.len(), lists, "{count} ids");
        assert!(made.iter().all(|list| list.len() == IDS_AT_ONCE + 1));
    }
    assert!(UNSEALED_DELETE.pg().contains("$32)") && EVENTS_DELETE.pg().contains("$33)"));
}
