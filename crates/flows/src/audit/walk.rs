use std::collections::{BTreeSet, VecDeque};

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
#[derive(Debug)]
pub(super) enum Stopped {
    Store(Fault),
    /// Retention removed a batch between two reads, of which a part may have been handed on.
    Overtaken,
}

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        Self::Store(fault)
    }
}

/// Reads every event of a trail once and every seal in order, each event before the seal that names it, while others
/// go on writing. It reads when it is asked, and holds nothing of the store in between.
pub(super) struct Walk {
    trail: TenantStore,
    /// Events handed on that no seal handed on has named.
    unnamed: BTreeSet<EventId>,
    /// Every event up to here has been handed on, but those that appeared later.
    read_to: EventId,
    /// Events up to here come before the next seal.
    due: Option<EventId>,
    /// Read and not handed on.
    seals: VecDeque<StoredSeal>,
    /// The number of the last seal read.
    number: i64,
    is_last_seal_read: bool,
}

impl Walk {
    /// Begins at the trail's beginning.
    pub(super) fn new(trail: TenantStore) -> Self {
        Self {
            trail,
            unnamed: BTreeSet::new(),
            read_to: EventId::from_uuid(Uuid::nil()),
            due: None,
            seals: VecDeque::new(),
            number: 0,
            is_last_seal_read: false,
        }
    }

    /// The next rows; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Piece>>, Stopped> {
        loop {
            if let Some(last) = self.due {
                let events = self.events_up_to(last).await?;
                if !events.is_empty() {
                    return Ok(Some(events));
                }
            } else if let Some(seal) = self.seals.pop_front() {
                return self.with_late_events(seal).await.map(Some);
            } else if self.is_last_seal_read {
                return Ok(None);
            } else {
                self.read_seals().await?;
            }
        }
    }

    async fn read_seals(&mut self) -> Result<(), Fault> {
        let seals = self.trail.seals_after(self.number, SEALS_AT_ONCE).await?;
        match seals.last() {
            Some(last) => {
                self.number = number_of(last);
                self.due = seals.iter().flat_map(ids).max().copied().filter(|last| self.read_to < *last);
            }
            None => {
                self.is_last_seal_read = true;
                self.due = Some(EventId::from_uuid(Uuid::max()));
            }
        }
        self.seals = seals.into();
        Ok(())
    }

    async fn events_up_to(&mut self, last: EventId) -> Result<Vec<Piece>, Fault> {
        let events = self.trail.events_between(self.read_to, last, EVENTS_AT_ONCE).await?;
        if let Some(newest) = events.last() {
            self.read_to = id_of(newest);
        }
        if events.len() < EVENTS_AT_ONCE {
            (self.read_to, self.due) = (last, None);
        }
        self.unnamed.extend(events.iter().map(id_of));
        Ok(events.into_iter().map(Piece::Event).collect())
    }

    /// A slow transaction's event appears behind younger ones that were read already: the seal that names it tells.
    async fn with_late_events(&mut self, seal: StoredSeal) -> Result<Vec<Piece>, Stopped> {
        let mut pieces = Vec::new();
        let mut is_whole = true;
        for id in ids(&seal) {
            if !self.unnamed.remove(id) {
                let late = self.trail.event(*id).await?;
                is_whole &= late.is_some();
                pieces.extend(late.map(Piece::Event));
            }
        }
        if !is_whole && self.has_lost_its_batch(&seal).await? {
            return Err(Stopped::Overtaken);
        }
        pieces.push(Piece::Seal(seal));
        Ok(pieces)
    }

    /// Whether retention has removed the batch since the seal was read. An edit would have left the ids.
    async fn has_lost_its_batch(&self, seal: &StoredSeal) -> Result<bool, Fault> {
        let again = self.trail.seals_after(number_of(seal).saturating_sub(1), 1).await?;
        let is_removed = |now: &StoredSeal| matches!(now, StoredSeal::Seal(now) if now.ids.is_none());
        Ok(again.first().is_some_and(|now| number_of(now) == number_of(seal) && is_removed(now)))
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
