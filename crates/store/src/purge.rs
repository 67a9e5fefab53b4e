use std::time::Duration;

use countersign_domain::lockout::Counters;
use countersign_domain::session::Session;
use countersign_domain::{Settings, TenantId, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::counters::{self, CounterKey};
use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::sessions;
use crate::statement::{Row, Value, statements};
use crate::tenants;
use crate::tx::Tx;

statements! {
    SESSIONS_DUE = "SELECT tenant, session, due_at FROM session_due WHERE due_at <= $1 ORDER BY due_at, session LIMIT $2";
    SESSION_DUE_MOVE = "UPDATE session_due SET due_at = $4 WHERE tenant = $1 AND session = $2 AND due_at = $3";
    SESSION_DUE_DELETE = "DELETE FROM session_due WHERE tenant = $1 AND session = $2 AND due_at = $3";
    SESSION_DELETE = "DELETE FROM session WHERE tenant = $1 AND id = $2";
    COUNTERS_AFTER = "SELECT customer, staff, tenant, name_hash, device FROM counter \
         WHERE (tenant, name_hash, device) > ($1, $2, $3) ORDER BY tenant, name_hash, device LIMIT $4";
    SETTINGS_OF = "SELECT settings FROM tenant WHERE id = $1";
}

/// Rows that one transaction looks at: a writer that waits behind it waits a few milliseconds.
pub(crate) const BATCH: i64 = 100;

/// A session whose row cannot be read is looked at again after this long.
const UNREADABLE_AGAIN: Duration = Duration::from_secs(86_400);

/// What one batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Rows that were looked at.
    pub seen: usize,
    /// Rows that went.
    pub gone: usize,
}

/// Where the walk over the counters has come to.
#[derive(Clone, Debug, Default)]
pub struct CounterCursor(Option<(Uuid, Vec<u8>, Vec<u8>)>);

impl CounterCursor {
    /// Whether the walk begins here: after a batch, that every counter has been looked at.
    pub fn is_start(&self) -> bool {
        self.0.is_none()
    }
}

impl Store {
    /// Removes sessions that are over, up to a batch of those that are due; a session that was rotated since is due
    /// again at its new end.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn purge_sessions(&self) -> Result<Purged> {
        self.write(Sessions).await
    }

    /// Looks at the next batch of counters and removes those that are over. Counters have no list of due times: one
    /// entry for each would cost every login a write, so they are walked by their key, round and round.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn purge_counters(&self, from: CounterCursor) -> Result<(Purged, CounterCursor)> {
        self.write(Walk { from }).await
    }
}

struct Sessions;

impl Job for Sessions {
    type Out = Purged;

    async fn run(&self, tx: &Tx<'_>) -> Result<Purged> {
        let due = tx
            .rows(&SESSIONS_DUE, &[Value::Int(tx.now().micros()), Value::Int(BATCH)], |row| {
                Ok((row.id(0)?, row.id(1)?, row.int(2)?))
            })
            .await?;
        let mut purged = Purged { seen: due.len(), gone: 0 };
        for (tenant, session, due_at) in due {
            let id = countersign_domain::SessionId::from_uuid(session);
            let entry = [Value::Id(tenant), Value::Id(session), Value::Int(due_at)];
            let row = match sessions::lock(tx, TenantId::from_uuid(tenant), id).await {
                // Whoever asks for the session is told that its row is broken; the others' purge goes on behind it.
                Err(Fault::Corrupt { .. }) => {
                    let [tenant, id, due_at] = entry;
                    let again = Value::Int(tx.now().plus(UNREADABLE_AGAIN).micros());
                    tx.exec(&SESSION_DUE_MOVE, &[tenant, id, due_at, again]).await?;
                    continue;
                }
                row => row?,
            };
            match row.filter(|session| !is_over(session, tx.now())) {
                Some(session) => {
                    let [tenant, id, due_at] = entry;
                    let end = Value::Int(session.ends_at().micros());
                    tx.exec(&SESSION_DUE_MOVE, &[tenant, id, due_at, end]).await?;
                }
                None => {
                    tx.exec(&SESSION_DELETE, &[Value::Id(tenant), Value::Id(session)]).await?;
                    tx.exec(&SESSION_DUE_DELETE, &entry).await?;
                    purged.gone += 1;
                }
            }
        }
        Ok(purged)
    }

    /// What has gone is not found again.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<Purged>> {
        Ok(Seen::No)
    }
}

fn is_over(session: &Session, now: Timestamp) -> bool {
    session.ended.is_some() || session.ends_at() <= now
}

struct Walk {
    from: CounterCursor,
}

impl Job for Walk {
    type Out = (Purged, CounterCursor);

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let (tenant, name, device) = self.from.0.clone().unwrap_or_default();
        let from = [Value::Id(tenant), Value::bytes(&name), Value::bytes(&device), Value::Int(BATCH)];
        let read = |row: &Row<'_>| Ok((counters::read(row)?, row.id(2)?, row.bytes(3)?, row.bytes(4)?));
        let rows = tx.rows(&COUNTERS_AFTER, &from, read).await?;
        let full = i64::try_from(rows.len()).is_ok_and(|seen| seen == BATCH);
        let next =
            rows.last().filter(|_| full).map(|(_, tenant, name, device)| (*tenant, name.clone(), device.clone()));
        let mut purged = Purged { seen: rows.len(), gone: 0 };
        for (row, tenant, name, device) in rows {
            let Ok(name_hash) = name.try_into() else { continue };
            let key = CounterKey { name_hash, device: device.try_into().ok() };
            purged.gone += usize::from(drop_if_over(tx, TenantId::from_uuid(tenant), &key, &row).await?);
        }
        Ok((purged, CounterCursor(next)))
    }

    /// What has gone is not found again.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<Self::Out>> {
        Ok(Seen::No)
    }
}

/// Judges twice: most rows are not over, and only one that is gets locked.
async fn drop_if_over(tx: &Tx<'_>, tenant: TenantId, key: &CounterKey, row: &Counters) -> Result<bool> {
    let settings = tx.row(&SETTINGS_OF, &[Value::Id(tenant.uuid())], |row| Ok(tenants::settings(row, 0).ok())).await?;
    let policy = match settings {
        Some(Some(settings)) => settings.lockout(),
        // A newer version wrote them, which purges too; nobody else's rows wait for it.
        Some(None) => return Ok(false),
        // A tenant that is gone has left its counters to the usual numbers.
        None => Settings::default().lockout(),
    };
    if !row.is_over(&policy, tx.now()) {
        return Ok(false);
    }
    match counters::lock(tx, tenant, key).await? {
        Some(row) if row.is_over(&policy, tx.now()) => {
            counters::put(tx, tenant, key, &Counters::default()).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}
