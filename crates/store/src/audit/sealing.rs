use std::collections::{BTreeMap, BTreeSet};

use countersign_domain::audit::{Anchor, Event, Seal};
use countersign_domain::{EventId, TenantId, Timestamp};
use futures_util::future::join_all;

use super::read::{self, StoredEvent, StoredSeal};
use super::{
    EVENT_BY_ID, SEAL_HEAD, SEAL_INSERT, SEALER_AT, SEALER_MOVE, UNSEALED_BATCH, UNSEALED_DELETE, UNSEALED_OLDEST,
    id_lists,
};
use crate::fault::{Fault, Result};
use crate::hourly::Tally;
use crate::job::{Job, Seen};
use crate::statement::Value;
use crate::tx::Tx;
use crate::{Store, events};

/// What waits for a seal, and where the chains end that it will be added to.
#[derive(Clone, Debug)]
pub struct Unsealed {
    /// Committed events without a seal, in the order of their ids.
    pub events: Vec<Event>,
    /// Events that cannot be read, or whose chain's end cannot: somebody edited a row. They wait until it is mended.
    pub stuck: Vec<EventId>,
    /// The end of each chain; none for a tenant's first.
    pub heads: BTreeMap<TenantId, Anchor>,
    /// The greatest id looked at: where the next batch begins. None: there was nothing.
    pub last: Option<EventId>,
    /// The oldest event without a seal, this batch or not.
    pub oldest: Option<EventId>,
    /// What its events add to the hourly counts.
    tally: Tally,
    seen: Timestamp,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// The seals are there.
    Yes,
    /// Another sealer was faster; nothing was written.
    Overtaken,
}

impl Store {
    /// The events without a seal whose ids are above `after`, at most `events_max`.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn unsealed(&self, after: Option<EventId>, events_max: usize) -> Result<Unsealed> {
        let after = after.unwrap_or(EventId::from_uuid(uuid::Uuid::nil()));
        self.read(ReadUnsealed { after, events_max }).await
    }

    /// Writes seals over the events of one [`Unsealed`], all or none, takes these off the list and adds them to the hourly
    /// counts.
    ///
    /// One sealer at a time: whoever has read before another's seals were written is overtaken, else two seals of one
    /// tenant would follow the same one.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn seal(&self, unsealed: &Unsealed, seals: Vec<Seal>) -> Result<Sealed> {
        self.write(WriteSeals { seen: unsealed.seen, seals, tally: unsealed.tally.clone() }).await
    }

    /// Writes events that tell of no change: refusals, counted together. All or none; they are dated by this
    /// transaction.
    ///
    /// # Errors
    /// [`Fault`] where the store fails; [`Fault::Taken`] if they are there already.
    pub async fn record(&self, events: Vec<Event>) -> Result<()> {
        self.write(Record(events)).await
    }
}

struct ReadUnsealed {
    after: EventId,
    events_max: usize,
}

impl Job for ReadUnsealed {
    type Out = Unsealed;

    async fn run(&self, tx: &Tx<'_>) -> Result<Unsealed> {
        // First of all: what is sealed after this moment makes this batch overtaken.
        let seen = tx.row(&SEALER_AT, &[], |row| row.int(0)).await?;
        let seen = seen.map(Timestamp::from_micros).ok_or_else(|| Fault::Broken("the sealer's row is gone".into()))?;
        let oldest = tx.row(&UNSEALED_OLDEST, &[], |row| row.id(0)).await?.map(EventId::from_uuid);
        let limit = i64::try_from(self.events_max).unwrap_or(i64::MAX);
        let rows = tx.rows(&UNSEALED_BATCH, &[Value::Id(self.after.uuid()), Value::Int(limit)], read::event).await?;

        let mut unsealed = Unsealed {
            events: Vec::new(),
            stuck: Vec::new(),
            heads: BTreeMap::new(),
            last: None,
            oldest,
            tally: Tally::default(),
            seen,
        };
        for row in rows {
            match row {
                StoredEvent::Event(event) => {
                    unsealed.last = Some(event.id);
                    unsealed.events.push(*event);
                }
                StoredEvent::Unreadable(id) => {
                    unsealed.last = Some(id);
                    unsealed.stuck.push(id);
                }
            }
        }
        find_heads(tx, &mut unsealed).await?;
        // What is set aside is counted when it is sealed.
        unsealed.tally = Tally::of(&unsealed.events);
        Ok(unsealed)
    }
}

/// Reads where each chain ends; events of a chain whose end cannot be read are set aside.
async fn find_heads(tx: &Tx<'_>, unsealed: &mut Unsealed) -> Result<()> {
    let tenants: BTreeSet<_> = unsealed.events.iter().map(|event| event.tenant).collect();
    let keys: Vec<_> = tenants.iter().map(|tenant| [Value::Id(tenant.uuid())]).collect();
    let heads = join_all(keys.iter().map(|key| tx.row(&SEAL_HEAD, key, read::seal))).await;
    for (tenant, head) in tenants.into_iter().zip(heads) {
        match head? {
            None => {}
            Some(StoredSeal::Seal(seal)) => {
                unsealed.heads.insert(tenant, seal.anchor());
            }
            Some(StoredSeal::Unreadable(_)) => {
                let (stuck, events) =
                    std::mem::take(&mut unsealed.events).into_iter().partition(|e| e.tenant == tenant);
                unsealed.events = events;
                let stuck: Vec<Event> = stuck;
                unsealed.stuck.extend(stuck.iter().map(|event| event.id));
            }
        }
    }
    Ok(())
}

struct WriteSeals {
    seen: Timestamp,
    seals: Vec<Seal>,
    tally: Tally,
}

impl WriteSeals {
    /// What the sealer's row becomes: always later than it was, or two passes in one microsecond would look alike.
    fn moved(&self, tx: &Tx<'_>) -> i64 {
        tx.now().micros().max(self.seen.micros().saturating_add(1))
    }
}

impl Job for WriteSeals {
    type Out = Sealed;

    async fn run(&self, tx: &Tx<'_>) -> Result<Sealed> {
        let turn = [Value::Int(self.seen.micros()), Value::Int(self.moved(tx))];
        if tx.exec(&SEALER_MOVE, &turn).await? == 0 {
            return Ok(Sealed::Overtaken);
        }
        let rows: Vec<_> = self.seals.iter().map(values).collect();
        let ids = self.seals.iter().flat_map(|seal| seal.ids.iter().flatten()).map(|id| id.uuid());
        let lists = id_lists(&[], ids);
        let inserts = rows.iter().map(|row| tx.exec(&SEAL_INSERT, row));
        let written = join_all(inserts)
            .await
            .into_iter()
            .chain(join_all(lists.iter().map(|list| tx.exec(&UNSEALED_DELETE, list))).await);
        written.into_iter().try_for_each(|touched| touched.map(|_| ()))?;
        self.tally.add_last(tx).await?;
        Ok(Sealed::Yes)
    }

    /// The seals themselves tell, of the counts beside them, too: a number of a chain is written once.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Sealed>> {
        let turn = [Value::Int(self.seen.micros()), Value::Int(self.seen.micros())];
        // Waits for the lost transaction by the lock on the sealer's row, and changes nothing.
        tx.exec(&SEALER_MOVE, &turn).await?;
        let Some(first) = self.seals.first() else { return Ok(Seen::Yes(Sealed::Yes)) };
        let key = [Value::Id(first.tenant.uuid()), Value::Int(first.number - 1), Value::Int(1)];
        match tx.row(&super::SEALS_AFTER, &key, read::seal).await? {
            Some(StoredSeal::Seal(there)) if there.signature == first.signature => Ok(Seen::Yes(Sealed::Yes)),
            _ => Ok(Seen::No),
        }
    }
}

fn values(seal: &Seal) -> [Value<'_>; 9] {
    let ids = seal.ids.as_ref().map(|ids| ids.iter().flat_map(|id| *id.uuid().as_bytes()).collect::<Vec<u8>>());
    [
        Value::Id(seal.tenant.uuid()),
        Value::Int(seal.number),
        Value::Int(seal.at.micros()),
        Value::bytes(seal.previous.as_bytes()),
        Value::Int(seal.count.into()),
        Value::bytes(seal.root.as_bytes()),
        Value::Id(seal.key_id.uuid()),
        Value::bytes(&seal.signature),
        Value::maybe(ids, |ids| Value::Bytes(ids.into())),
    ]
}

struct Record(Vec<Event>);

impl Job for Record {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        join_all(self.0.iter().map(|event| events::insert(tx, event))).await.into_iter().collect()
    }

    /// The events themselves tell. If the lost transaction is still on its way, running again waits for it.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<()>> {
        let Some(first) = self.0.first() else { return Ok(Seen::Yes(())) };
        let key = [Value::Id(first.tenant.uuid()), Value::Id(first.id.uuid())];
        Ok(match tx.row(&EVENT_BY_ID, &key, read::event).await? {
            Some(_) => Seen::Yes(()),
            None => Seen::No,
        })
    }
}
