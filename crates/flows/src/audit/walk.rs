use std::collections::BTreeSet;

use countersign_domain::EventId;
use countersign_store::{Fault, StoredEvent, StoredSeal, TenantStore};
use uuid::Uuid;

/// Seals read at a time; the events they name are at most 16 × 256.
const SEALS_AT_ONCE: usize = 16;
/// Events read at a time.
const EVENTS_AT_ONCE: usize = 512;

/// A row of the trail.
pub(super) enum Piece {
    Event(StoredEvent),
    Seal(StoredSeal),
}

/// Why a walk ended early.
pub(super) enum Stopped<E> {
    Store(Fault),
    Taker(E),
}

impl<E> From<Fault> for Stopped<E> {
    fn from(fault: Fault) -> Self {
        Self::Store(fault)
    }
}

/// Hands on every event of a trail once and every seal in order, each event before the seal that names it, while
/// others go on writing.
pub(super) async fn walk<E>(
    trail: &TenantStore,
    mut take: impl FnMut(Piece) -> Result<(), E>,
) -> Result<(), Stopped<E>> {
    let mut place = Place { unnamed: BTreeSet::new(), read_to: EventId::from_uuid(Uuid::nil()) };
    let mut number = 0;
    loop {
        let seals = trail.seals_after(number, SEALS_AT_ONCE).await?;
        if seals.is_empty() {
            return place.read_up_to(trail, EventId::from_uuid(Uuid::max()), &mut take).await;
        }
        if let Some(last) = seals.iter().flat_map(ids).max() {
            place.read_up_to(trail, *last, &mut take).await?;
        }
        for seal in seals {
            place.read_late(trail, &seal, &mut take).await?;
            number = number_of(&seal);
            take(Piece::Seal(seal)).map_err(Stopped::Taker)?;
        }
    }
}

/// How far a walk has come.
struct Place {
    /// Events handed on that no seal handed on has named.
    unnamed: BTreeSet<EventId>,
    /// Every event up to here has been handed on, but those that appeared later.
    read_to: EventId,
}

impl Place {
    async fn read_up_to<E>(
        &mut self,
        trail: &TenantStore,
        last: EventId,
        take: &mut impl FnMut(Piece) -> Result<(), E>,
    ) -> Result<(), Stopped<E>> {
        while self.read_to < last {
            let events = trail.events_between(self.read_to, last, EVENTS_AT_ONCE).await?;
            let is_all = events.len() < EVENTS_AT_ONCE;
            for event in events {
                self.read_to = id_of(&event);
                self.unnamed.insert(self.read_to);
                take(Piece::Event(event)).map_err(Stopped::Taker)?;
            }
            if is_all {
                self.read_to = last;
            }
        }
        Ok(())
    }

    /// A slow transaction's event appears behind younger ones that were read already: the seal that names it tells.
    async fn read_late<E>(
        &mut self,
        trail: &TenantStore,
        seal: &StoredSeal,
        take: &mut impl FnMut(Piece) -> Result<(), E>,
    ) -> Result<(), Stopped<E>> {
        for id in ids(seal) {
            if !self.unnamed.remove(id)
                && let Some(late) = trail.event(*id).await?
            {
                take(Piece::Event(late)).map_err(Stopped::Taker)?;
            }
        }
        Ok(())
    }
}

fn ids(seal: &StoredSeal) -> impl Iterator<Item = &EventId> {
    let ids = match seal {
        StoredSeal::Seal(seal) => seal.ids.as_deref(),
        StoredSeal::Unreadable(_) => None,
    };
    ids.unwrap_or_default().iter()
}

fn number_of(seal: &StoredSeal) -> i64 {
    match seal {
        StoredSeal::Seal(seal) => seal.number,
        StoredSeal::Unreadable(number) => *number,
    }
}

fn id_of(event: &StoredEvent) -> EventId {
    match event {
        StoredEvent::Event(event) => event.id,
        StoredEvent::Unreadable(id) => *id,
    }
}
