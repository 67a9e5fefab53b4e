//! How much happened in each hour, added up when it happens: events by the sealer, letters by whoever ends them.

use std::collections::BTreeMap;

use countersign_domain::audit::Event;
use countersign_domain::hourly::{Hour, Measure, counted};
use countersign_domain::{TenantId, Timestamp};

use crate::TenantStore;
use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;

// HOURLY_ADD: a count that somebody edited to the end of what its column holds stays as it is, or no event of its tenant
// could be sealed any more.
statements! {
    HOURLY_ADD = "INSERT INTO hourly_count (tenant, hour, measure, count) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant, hour, measure) DO UPDATE SET count = CASE \
         WHEN hourly_count.count < 1000000000000000 THEN hourly_count.count + excluded.count ELSE hourly_count.count END";
    HOURLY_BETWEEN = "SELECT hour, measure, count FROM hourly_count WHERE tenant = $1 AND hour >= $2 AND hour < $3 \
         ORDER BY hour, measure";
    HOURLY_OLDEST = "SELECT hour FROM hourly_count WHERE tenant = $1 AND hour < $2 ORDER BY hour, measure LIMIT 1";
    HOURLY_FORGET = "DELETE FROM hourly_count WHERE tenant = $1 AND hour = $2";
}

/// How often something happened in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourlyCount {
    /// When.
    pub hour: Hour,
    /// What.
    pub measure: Measure,
    /// How often.
    pub count: u64,
}

/// What a transaction adds to the counts, gathered so that each row is written once, and in the order of their keys, so
/// that transactions that add to the same rows wait for each other and never in a circle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally(BTreeMap<(TenantId, Hour, Measure), i64>);

impl Tally {
    /// What events add.
    pub(crate) fn of(events: &[Event]) -> Self {
        let mut tally = Self::default();
        for event in events {
            if let Some((measure, hour, times)) = counted(event) {
                tally.count(event.tenant, hour, measure, times);
            }
        }
        tally
    }

    pub(crate) fn count(&mut self, tenant: TenantId, hour: Hour, measure: Measure, times: u32) {
        let count = self.0.entry((tenant, hour, measure)).or_default();
        *count = count.saturating_add(times.into());
    }

    /// Adds all of it as the last writes of a job: whoever adds to the same rows waits no longer than for the commit.
    pub(crate) async fn add_last(&self, tx: &Tx<'_>) -> Result<()> {
        let rows: Vec<_> = self.0.iter().map(values).collect();
        let Some((last, others)) = rows.split_last() else { return Ok(()) };
        let others: Vec<&[Value<'_>]> = others.iter().map(<[_; 4]>::as_slice).collect();
        let (added, last) = tokio::join!(biased; tx.exec_each(&HOURLY_ADD, &others), tx.last(&HOURLY_ADD, last));
        added.and(last).map(|_| ())
    }
}

fn values((key, count): (&(TenantId, Hour, Measure), &i64)) -> [Value<'static>; 4] {
    let (tenant, hour, measure) = key;
    [Value::Id(tenant.uuid()), Value::Int(hour.number()), Value::text(measure.word()), Value::Int(*count)]
}

impl TenantStore {
    /// What was counted in the hours from one to before another, in the order of time. An hour has at most one count of
    /// each measure, and none where nothing happened.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn hourly_counts(&self, from: Hour, to: Hour) -> Result<Vec<HourlyCount>> {
        self.store.read(Between { tenant: self.id, from, to }).await
    }

    /// Removes the counts of the oldest hour if that was over before the moment. How many went; none: there was no such
    /// hour.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn forget_oldest_hour(&self, over_before: Timestamp) -> Result<Option<u64>> {
        // Most of the time nothing is so old: asking costs no write.
        let before = Hour::of(over_before);
        if !self.store.read(HasOlder { tenant: self.id, before }).await? {
            return Ok(None);
        }
        self.store.write(Forget { tenant: self.id, before }).await
    }
}

struct Between {
    tenant: TenantId,
    from: Hour,
    to: Hour,
}

impl Job for Between {
    type Out = Vec<HourlyCount>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let range = [Value::Id(self.tenant.uuid()), Value::Int(self.from.number()), Value::Int(self.to.number())];
        Ok(tx.rows(&HOURLY_BETWEEN, &range, read).await?.into_iter().flatten().collect())
    }
}

/// Nothing for a measure of a newer version, which draws it.
fn read(row: &Row<'_>) -> Result<Option<HourlyCount>> {
    let Ok(measure) = row.text(1)?.parse() else { return Ok(None) };
    let count = u64::try_from(row.int(2)?).map_err(|_| row.bad(2, "is below zero"))?;
    Ok(Some(HourlyCount { hour: Hour::from_number(row.int(0)?), measure, count }))
}

async fn oldest(tx: &Tx<'_>, tenant: TenantId, before: Hour) -> Result<Option<i64>> {
    tx.row(&HOURLY_OLDEST, &[Value::Id(tenant.uuid()), Value::Int(before.number())], |row| row.int(0)).await
}

struct HasOlder {
    tenant: TenantId,
    before: Hour,
}

impl Job for HasOlder {
    type Out = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool> {
        Ok(oldest(tx, self.tenant, self.before).await?.is_some())
    }
}

struct Forget {
    tenant: TenantId,
    before: Hour,
}

impl Job for Forget {
    type Out = Option<u64>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<u64>> {
        let Some(hour) = oldest(tx, self.tenant, self.before).await? else { return Ok(None) };
        tx.last(&HOURLY_FORGET, &[Value::Id(self.tenant.uuid()), Value::Int(hour)]).await.map(Some)
    }

    /// Doing it again removes the next one, which is as old or stays.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<Option<u64>>> {
        Ok(Seen::No)
    }
}
