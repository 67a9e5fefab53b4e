use countersign_domain::lockout::{Counter, Counters};
use countersign_domain::{Kind, TenantId};

use crate::TenantStore;
use crate::fault::{Fault, Result};
use crate::job::Job;
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;

statements! {
    COUNTER_LOCK = "SELECT customer, staff FROM counter WHERE tenant = $1 AND name_hash = $2 AND device = $3 {lock}";
    COUNTER_LOCK_NAME = "SELECT customer, staff, device FROM counter WHERE tenant = $1 AND name_hash = $2 \
         ORDER BY device {lock}";
    COUNTERS_OF_NAME = "SELECT customer, staff, device FROM counter WHERE tenant = $1 AND name_hash = $2 ORDER BY device";
    COUNTER_INSERT = "INSERT INTO counter (tenant, name_hash, device, customer, staff) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant, name_hash, device) DO NOTHING";
    COUNTER_UPDATE = "UPDATE counter SET customer = $4, staff = $5 WHERE tenant = $1 AND name_hash = $2 AND device = $3";
    COUNTER_DELETE = "DELETE FROM counter WHERE tenant = $1 AND name_hash = $2 AND device = $3";
}

/// Names one row of counters: a name, and a class of devices.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CounterKey {
    /// The keyed hash of the email key: no address lies in this table, and unknown ones have rows too.
    pub name_hash: [u8; 32],
    /// The device that has proved a password of this name before, or nothing: every other.
    pub device: Option<[u8; 16]>,
}

impl CounterKey {
    fn values(&self, tenant: TenantId) -> [Value<'_>; 3] {
        let device = self.device.as_ref().map_or(&[][..], |id| &id[..]);
        [Value::Id(tenant.uuid()), Value::bytes(&self.name_hash), Value::bytes(device)]
    }
}

/// Reads the first two columns.
pub(crate) fn read(row: &Row<'_>) -> Result<Counters> {
    Ok(Counters::new(counter(row, 0)?, counter(row, 1)?))
}

/// An empty counter, the usual case, is an empty text.
fn counter(row: &Row<'_>, column: usize) -> Result<Counter> {
    let text = row.text(column)?;
    if text.is_empty() {
        return Ok(Counter::default());
    }
    serde_json::from_str(&text).map_err(|error| row.bad(column, format!("is no counter: {error}")))
}

fn text(counter: &Counter) -> Value<'static> {
    if counter.is_empty() {
        return Value::text("");
    }
    // A counter is numbers only: writing it cannot fail.
    Value::text(serde_json::to_string(counter).unwrap_or_default())
}

fn all_values<'v>(tenant: TenantId, key: &'v CounterKey, row: &Counters) -> [Value<'v>; 5] {
    let [tenant, name, device] = key.values(tenant);
    [tenant, name, device, text(row.of(Kind::Customer)), text(row.of(Kind::Staff))]
}

/// Reads a row and holds it against others until the job ends.
pub(crate) async fn lock(tx: &Tx<'_>, tenant: TenantId, key: &CounterKey) -> Result<Option<Counters>> {
    tx.row(&COUNTER_LOCK, &key.values(tenant), read).await
}

/// Writes a row that was not there, as the job's last write.
pub(crate) async fn insert_last(tx: &Tx<'_>, tenant: TenantId, key: &CounterKey, row: &Counters) -> Result<()> {
    made(tx.last(&COUNTER_INSERT, &all_values(tenant, key, row)).await?)
}

/// Writes a row that was not there.
pub(crate) async fn insert(tx: &Tx<'_>, tenant: TenantId, key: &CounterKey, row: &Counters) -> Result<()> {
    made(tx.exec(&COUNTER_INSERT, &all_values(tenant, key, row)).await?)
}

fn made(rows: u64) -> Result<()> {
    if rows == 1 { Ok(()) } else { Err(Fault::Contended) }
}

/// Writes a locked row as the job's last write.
pub(crate) async fn update_last(tx: &Tx<'_>, tenant: TenantId, key: &CounterKey, row: &Counters) -> Result<()> {
    tx.last(&COUNTER_UPDATE, &all_values(tenant, key, row)).await.map(|_| ())
}

/// Writes a locked row, or deletes it when nothing is left in it.
pub(crate) async fn put(tx: &Tx<'_>, tenant: TenantId, key: &CounterKey, row: &Counters) -> Result<()> {
    let done = if row.is_empty() {
        tx.exec(&COUNTER_DELETE, &key.values(tenant)).await
    } else {
        tx.exec(&COUNTER_UPDATE, &all_values(tenant, key, row)).await
    };
    done.map(|_| ())
}

/// Forgets every failure of one kind of a name on every device, in device order so that two such jobs cannot wait for
/// each other. Whether there was a failure to forget.
pub(crate) async fn clear_name(tx: &Tx<'_>, tenant: TenantId, name_hash: [u8; 32], kind: Kind) -> Result<bool> {
    let name = [Value::Id(tenant.uuid()), Value::bytes(&name_hash)];
    let rows = tx.rows(&COUNTER_LOCK_NAME, &name, read_with_device).await?;
    let mut had_any = false;
    for (device, mut row) in rows {
        had_any |= row.of(kind).streak > 0;
        row.clear(kind);
        put(tx, tenant, &CounterKey { name_hash, device }, &row).await?;
    }
    Ok(had_any)
}

/// A row of which the device stands in the third column; empty there means every unknown one.
fn read_with_device(row: &Row<'_>) -> Result<(Option<[u8; 16]>, Counters)> {
    Ok((row.bytes(2)?.try_into().ok(), read(row)?))
}

/// Every row of counters of a name, that of unknown devices first. They are as they were written: what is over by now
/// must be aged.
pub(crate) async fn of_name(
    tx: &Tx<'_>,
    tenant: TenantId,
    name_hash: [u8; 32],
) -> Result<Vec<(Option<[u8; 16]>, Counters)>> {
    let name = [Value::Id(tenant.uuid()), Value::bytes(&name_hash)];
    tx.rows(&COUNTERS_OF_NAME, &name, read_with_device).await
}

impl TenantStore {
    /// Every row of counters of a name, whether or not it has an account.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn counters_of(&self, name_hash: [u8; 32]) -> Result<Vec<(Option<[u8; 16]>, Counters)>> {
        self.store.read(OfName { tenant: self.id, name_hash }).await
    }
}

struct OfName {
    tenant: TenantId,
    name_hash: [u8; 32],
}

impl Job for OfName {
    type Out = Vec<(Option<[u8; 16]>, Counters)>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        of_name(tx, self.tenant, self.name_hash).await
    }
}
