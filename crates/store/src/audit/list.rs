use std::time::Duration;

use countersign_domain::audit::{Action, Event, Outcome};
use countersign_domain::{AccountId, EventId, TenantId, Timestamp};
use uuid::{Builder, Uuid};

use super::read::{self, StoredEvent};
use super::{EVENTS_ABOUT_BEFORE, EVENTS_BEFORE};
use crate::TenantStore;
use crate::fault::Result;
use crate::job::Job;
use crate::statement::Value;
use crate::tx::Tx;

/// Rows read at a time while looking for events that pass the filter.
const ROWS_AT_ONCE: usize = 256;
/// Rows looked at for one page. A filter that almost nothing passes ends its page early rather than read the whole
/// trail; the cursor goes on from there.
const ROWS_MAX: usize = 4_096;
/// An id is made when its request arrives, its event is dated when the fact is written: never later than this.
const ID_OLDER_MAX: Duration = Duration::from_secs(120);

/// Which events to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only those about this account.
    pub subject: Option<AccountId>,
    /// Only of this action.
    pub action: Option<Action>,
    /// Only done or only refused ones.
    pub outcome: Option<Outcome>,
    /// Only at or after this moment.
    pub from: Option<Timestamp>,
    /// Only before this moment.
    pub to: Option<Timestamp>,
    /// Only those older than this one: the cursor.
    pub before: Option<EventId>,
    /// At most so many.
    pub events_max: usize,
}

/// A page of the trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// Newest first. It may be short, even empty, though there is a next page.
    pub events: Vec<Event>,
    /// Rows among them that cannot be read.
    pub unreadable: Vec<EventId>,
    /// Where the next page begins.
    pub next: Option<EventId>,
}

impl TenantStore {
    /// Lists the trail.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn events(&self, filter: EventFilter) -> Result<EventPage> {
        self.store.read(ListEvents { tenant: self.id, filter }).await
    }
}

struct ListEvents {
    tenant: TenantId,
    filter: EventFilter,
}

impl Job for ListEvents {
    type Out = EventPage;

    async fn run(&self, tx: &Tx<'_>) -> Result<EventPage> {
        let mut page = EventPage::default();
        let (mut before, oldest) = (self.filter.newest(), self.filter.oldest());
        for _ in 0..ROWS_MAX / ROWS_AT_ONCE {
            let rows = self.rows(tx, before).await?;
            let last = rows.len() < ROWS_AT_ONCE;
            for row in rows {
                before = id_of(&row).uuid();
                if before < oldest {
                    return Ok(page);
                }
                self.filter.add(&mut page, row);
                if page.events.len() >= self.filter.events_max {
                    page.next = Some(EventId::from_uuid(before));
                    return Ok(page);
                }
            }
            if last {
                return Ok(page);
            }
        }
        page.next = Some(EventId::from_uuid(before));
        Ok(page)
    }
}

impl ListEvents {
    async fn rows(&self, tx: &Tx<'_>, before: Uuid) -> Result<Vec<StoredEvent>> {
        let [tenant, before] = [self.tenant.uuid(), before].map(Value::Id);
        let limit = Value::Int(i64::try_from(ROWS_AT_ONCE).unwrap_or(i64::MAX));
        match self.filter.subject {
            None => tx.rows(&EVENTS_BEFORE, &[tenant, before, limit], read::event).await,
            Some(subject) => {
                let key = [tenant, before, limit, Value::Id(subject.uuid())];
                tx.rows(&EVENTS_ABOUT_BEFORE, &key, read::event).await
            }
        }
    }
}

impl EventFilter {
    /// The id that every event listed is below.
    fn newest(&self) -> Uuid {
        let by_time = self.to.map_or(Uuid::max(), |to| first_id_at(to.plus(Duration::from_millis(1))));
        self.before.map_or(by_time, |before| before.uuid().min(by_time))
    }

    /// An id that no event listed is below.
    fn oldest(&self) -> Uuid {
        self.from.map_or(Uuid::nil(), |from| first_id_at(from.minus(ID_OLDER_MAX)))
    }

    fn add(&self, page: &mut EventPage, row: StoredEvent) {
        match row {
            StoredEvent::Event(event) if self.passes(&event) => page.events.push(*event),
            StoredEvent::Event(_) => {}
            StoredEvent::Unreadable(id) => page.unreadable.push(id),
        }
    }

    fn passes(&self, event: &Event) -> bool {
        self.action.as_ref().is_none_or(|action| *action == event.action)
            && self.outcome.is_none_or(|outcome| outcome == event.outcome)
            && self.from.is_none_or(|from| event.at >= from)
            && self.to.is_none_or(|to| event.at < to)
    }
}

fn id_of(row: &StoredEvent) -> EventId {
    match row {
        StoredEvent::Event(event) => event.id,
        StoredEvent::Unreadable(id) => *id,
    }
}

/// The lowest UUIDv7 of a moment's millisecond.
fn first_id_at(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.micros().div_euclid(1_000)).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_bound_the_ids() {
        let at = Timestamp::from_micros(1_795_514_400_123_456);
        let id = Builder::from_unix_timestamp_millis(1_795_514_400_123, &[0xff; 10]).into_uuid();
        let filter = EventFilter { from: Some(at), to: Some(at), ..EventFilter::default() };
        assert!(filter.oldest() < id && id < filter.newest());
        assert_eq!(EventFilter::default().oldest(), Uuid::nil());
        assert_eq!(EventFilter::default().newest(), Uuid::max());
        let paged = EventFilter { before: Some(EventId::from_uuid(Uuid::from_u128(5))), ..filter };
        assert_eq!(paged.newest(), Uuid::from_u128(5));
    }
}
