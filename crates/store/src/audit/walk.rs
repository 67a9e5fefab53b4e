use countersign_domain::{EventId, TenantId};

use super::read::{self, StoredEvent, StoredSeal};
use super::{EVENT_BY_ID, EVENTS_BETWEEN, SEALS_AFTER};
use crate::TenantStore;
use crate::fault::Result;
use crate::job::Job;
use crate::statement::Value;
use crate::tx::Tx;

impl TenantStore {
    /// The seals whose numbers are above `number`, in order, at most `seals_max`.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn seals_after(&self, number: i64, seals_max: usize) -> Result<Vec<StoredSeal>> {
        self.store.read(SealsAfter { tenant: self.id, number, seals_max }).await
    }

    /// The events above the first id, up to the second one, in the order of their ids, at most `events_max`.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn events_between(&self, above: EventId, up_to: EventId, events_max: usize) -> Result<Vec<StoredEvent>> {
        self.store.read(EventsBetween { tenant: self.id, above, up_to, events_max }).await
    }

    /// One event.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn event(&self, id: EventId) -> Result<Option<StoredEvent>> {
        self.store.read(OneEvent { tenant: self.id, id }).await
    }
}

struct SealsAfter {
    tenant: TenantId,
    number: i64,
    seals_max: usize,
}

impl Job for SealsAfter {
    type Out = Vec<StoredSeal>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<StoredSeal>> {
        let limit = i64::try_from(self.seals_max).unwrap_or(i64::MAX);
        let key = [Value::Id(self.tenant.uuid()), Value::Int(self.number), Value::Int(limit)];
        tx.rows(&SEALS_AFTER, &key, read::seal).await
    }
}

struct EventsBetween {
    tenant: TenantId,
    above: EventId,
    up_to: EventId,
    events_max: usize,
}

impl Job for EventsBetween {
    type Out = Vec<StoredEvent>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Vec<StoredEvent>> {
        let limit = i64::try_from(self.events_max).unwrap_or(i64::MAX);
        let ids = [self.tenant.uuid(), self.above.uuid(), self.up_to.uuid()].map(Value::Id);
        let [tenant, above, up_to] = ids;
        tx.rows(&EVENTS_BETWEEN, &[tenant, above, up_to, Value::Int(limit)], read::event).await
    }
}

struct OneEvent {
    tenant: TenantId,
    id: EventId,
}

impl Job for OneEvent {
    type Out = Option<StoredEvent>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<StoredEvent>> {
        tx.row(&EVENT_BY_ID, &[Value::Id(self.tenant.uuid()), Value::Id(self.id.uuid())], read::event).await
    }
}
