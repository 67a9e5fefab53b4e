use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use countersign_domain::audit::{Action, Event, PersonalFields, Reason};
use countersign_domain::{Network, TenantId, Timestamp};

use crate::{Random, Request};

/// Sources that are told apart at one time, over all tenants: what a flood can make us keep in memory (about 1 MB) and
/// write (one event each a minute).
const SOURCES_MAX: usize = 4_096;
/// Of these, one tenant's: a flood against one does not hide what happens to the others.
const SOURCES_OF_TENANT_MAX: usize = 512;
const SECONDS_PER_MINUTE: i64 = 60;

/// Counts refusals that cost no hash, so that the trail tells of every one and a flood cannot fill the disk: one event
/// per tenant, name, network and minute, with a count. What exceeds the room for sources becomes one event per tenant.
///
/// The counts lie in memory until they are written: a process that is killed loses those of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<Gathered>);

#[derive(Debug, Default)]
struct Gathered {
    counts: HashMap<Key, u32>,
    sources: usize,
    sources_of: HashMap<TenantId, usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    tenant: TenantId,
    action: Action,
    reason: Reason,
    /// None: all beyond those that are told apart.
    source: Option<Source>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Source {
    name: Option<[u8; 32]>,
    network: Network,
    minute: i64,
}

impl Refusals {
    /// Counts one.
    pub(crate) fn count(
        &self,
        request: &Request,
        action: Action,
        reason: Reason,
        name: Option<[u8; 32]>,
        now: Timestamp,
    ) {
        self.note(request.tenant_id(), (action, reason), (name, request.address), now);
    }

    pub(super) fn note(
        &self,
        tenant: TenantId,
        (action, reason): (Action, Reason),
        (name, address): (Option<[u8; 32]>, IpAddr),
        now: Timestamp,
    ) {
        let source = Source { name, network: Network::of(address), minute: minute(now) };
        self.lock().note(Key { tenant, action, reason, source: Some(source) });
    }

    /// Takes the counts of every minute that is over, as events of `now`.
    pub(crate) fn take(&self, now: Timestamp, random: &Random) -> Vec<Event> {
        self.take_before(minute(now), now, random)
    }

    /// Takes every count, at the end of the program.
    pub(crate) fn take_all(&self, now: Timestamp, random: &Random) -> Vec<Event> {
        self.take_before(i64::MAX, now, random)
    }

    fn take_before(&self, minute: i64, now: Timestamp, random: &Random) -> Vec<Event> {
        let taken = self.lock().take_before(minute);
        taken.into_iter().map(|(key, count)| event(key, count, now, random)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gathered {
    fn note(&mut self, mut key: Key) {
        let tenant = key.tenant;
        if !self.counts.contains_key(&key) {
            if self.has_room(tenant) {
                self.sources += 1;
                *self.sources_of.entry(tenant).or_default() += 1;
            } else {
                key.source = None;
            }
        }
        let count = self.counts.entry(key).or_default();
        *count = count.saturating_add(1);
    }

    fn has_room(&self, tenant: TenantId) -> bool {
        self.sources < SOURCES_MAX && self.sources_of.get(&tenant).is_none_or(|count| *count < SOURCES_OF_TENANT_MAX)
    }

    fn take_before(&mut self, minute: i64) -> Vec<(Key, u32)> {
        let is_over = |key: &Key| key.source.as_ref().is_none_or(|source| source.minute < minute);
        let taken = self.counts.extract_if(|key, _| is_over(key)).collect();
        self.sources_of.clear();
        for key in self.counts.keys() {
            *self.sources_of.entry(key.tenant).or_default() += 1;
        }
        self.sources = self.counts.len();
        taken
    }
}

fn minute(at: Timestamp) -> i64 {
    at.unix_seconds().div_euclid(SECONDS_PER_MINUTE)
}

fn event(key: Key, count: u32, now: Timestamp, random: &Random) -> Event {
    let detail = match &key.source {
        Some(source) => format!("from {} within one minute", source.network),
        None => "from more sources than are listed one by one".to_owned(),
    };
    Event::refused(key.tenant, now, random.seed(now), key.action, key.reason).times(count).with(PersonalFields {
        name_hash: key.source.as_ref().and_then(|source| source.name),
        client_address: key.source.as_ref().map(|source| source.network.address()),
        user_agent: None,
        detail: Some(detail),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_514_400);
    const LOCKED: (Action, Reason) = (Action::Login, Reason::Locked);

    fn tenant(n: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(n))
    }

    fn later() -> Timestamp {
        NOW.plus(Duration::from_secs(60))
    }

    fn counts(events: &[Event]) -> Vec<u32> {
        let mut counts: Vec<_> = events.iter().map(|event| event.count).collect();
        counts.sort_unstable();
        counts
    }

    fn address(n: u32) -> IpAddr {
        n.to_be_bytes().into()
    }

    #[test]
    fn like_refusals_of_a_minute_are_one_event() {
        let (refusals, random) = (Refusals::default(), Random::seeded(1));
        for _ in 0..5 {
            refusals.note(tenant(1), LOCKED, (Some([1; 32]), address(1)), NOW);
        }
        refusals.note(tenant(1), LOCKED, (Some([2; 32]), address(1)), NOW);
        refusals.note(tenant(1), LOCKED, (Some([1; 32]), address(2)), NOW);
        refusals.note(tenant(2), LOCKED, (Some([1; 32]), address(1)), NOW);
        refusals.note(tenant(1), (Action::Login, Reason::Overloaded), (Some([1; 32]), address(1)), NOW);
        assert!(refusals.take(NOW, &random).is_empty());
        refusals.note(tenant(1), LOCKED, (Some([1; 32]), address(1)), later());
        assert_eq!(counts(&refusals.take(later(), &random)), [1, 1, 1, 1, 5]);
        assert!(refusals.take(later(), &random).is_empty());
        assert_eq!(counts(&refusals.take_all(later(), &random)), [1]);
    }

    #[test]
    fn one_ipv6_site_is_one_source() {
        let (refusals, random) = (Refusals::default(), Random::seeded(1));
        for last in 0..9 {
            let address = IpAddr::V6([0x2001, 0xdb8, 0, 1, 0, 0, 0, last].into());
            refusals.note(tenant(1), LOCKED, (None, address), NOW);
        }
        assert_eq!(counts(&refusals.take(later(), &random)), [9]);
    }

    #[test]
    fn a_flood_of_sources_is_bounded_and_counted_whole() {
        let (refusals, random) = (Refusals::default(), Random::seeded(1));
        let flood = 20_000;
        for n in 0..flood {
            refusals.note(tenant(1), LOCKED, (None, address(n)), NOW);
        }
        refusals.note(tenant(2), LOCKED, (None, address(1)), NOW);
        let events = refusals.take(later(), &random);
        assert_eq!(events.len(), SOURCES_OF_TENANT_MAX + 2);
        assert_eq!(events.iter().map(|event| event.count).sum::<u32>(), flood + 1);
        refusals.note(tenant(1), LOCKED, (None, address(1)), later());
        assert!(refusals.take_all(later(), &random).iter().all(|event| event.count == 1));
    }

    #[test]
    fn a_flood_over_many_tenants_is_bounded_too() {
        let (refusals, random) = (Refusals::default(), Random::seeded(1));
        for n in 0..60_000 {
            refusals.note(tenant(u128::from(n % 100)), LOCKED, (None, address(n)), NOW);
        }
        let events = refusals.take(later(), &random);
        assert!(events.len() <= SOURCES_MAX + 100);
        assert_eq!(events.iter().map(|event| event.count).sum::<u32>(), 60_000);
    }
}
