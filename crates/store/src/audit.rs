//! The trail as it is remembered: what waits for a seal, the chain of seals, and reading both back.
//!
//! Events are written by [`events`](crate::events) in the transaction of their fact; here they are never changed, only
//! sealed, listed and, batch by batch, removed when their retention is over.

mod list;
mod read;
mod retention;
mod sealing;
#[cfg(test)]
mod tests;
mod walk;

pub use list::{EventFilter, EventPage};
pub use read::{StoredEvent, StoredSeal};
pub use sealing::{Sealed, Unsealed};

use crate::statement::{Value, statements};

/// The columns that [`read::event`] reads, of a table named `e`.
macro_rules! event_columns {
    () => {
        "e.tenant, e.id, e.at, e.actor, e.actor_account, e.subject, e.session, e.action, e.outcome, e.reason, e.count, \
         e.request_id, e.salt, e.name_hash, e.client_address, e.user_agent, e.detail, e.commitment"
    };
}

/// The columns that [`read::seal`] reads.
macro_rules! seal_columns {
    () => {
        "tenant, number, at, previous, count, root, key_id, signature, ids"
    };
}

/// Ids that one DELETE names. A shorter list is filled up with its last id.
const IDS_AT_ONCE: usize = 32;

/// `$from` and the markers after it, [`IDS_AT_ONCE`] in all.
macro_rules! ids_from_1 {
    () => {
        "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, \
         $25, $26, $27, $28, $29, $30, $31, $32"
    };
}

macro_rules! ids_from_2 {
    () => {
        "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, \
         $25, $26, $27, $28, $29, $30, $31, $32, $33"
    };
}

// EVENTS_ABOUT_BEFORE finds the ids in the index of subjects first: asked for whole rows, SQLite walks the tenant's trail
// by the primary key and throws away what is about others.
statements! {
    SEALER_AT = "SELECT at FROM sealer WHERE id = 1";
    SEALER_MOVE = "UPDATE sealer SET at = $2 WHERE id = 1 AND at = $1";
    UNSEALED_OLDEST = "SELECT id FROM event_unsealed ORDER BY id LIMIT 1";
    UNSEALED_BATCH = concat!(
        "SELECT ", event_columns!(), " FROM event_unsealed u CROSS JOIN event e \
         WHERE u.id > $1 AND e.tenant = u.tenant AND e.id = u.id ORDER BY u.id LIMIT $2"
    );
    UNSEALED_DELETE = concat!("DELETE FROM event_unsealed WHERE id IN (", ids_from_1!(), ")");
    SEAL_HEAD = concat!("SELECT ", seal_columns!(), " FROM seal WHERE tenant = $1 ORDER BY number DESC LIMIT 1");
    SEAL_INSERT = concat!("INSERT INTO seal (", seal_columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    SEALS_AFTER = concat!(
        "SELECT ", seal_columns!(), " FROM seal WHERE tenant = $1 AND number > $2 ORDER BY number LIMIT $3"
    );
    SEAL_OLDEST_KEPT = concat!(
        "SELECT ", seal_columns!(), " FROM seal WHERE tenant = $1 AND ids IS NOT NULL AND at < $2 ORDER BY at, number LIMIT 1"
    );
    SEAL_FORGET_BATCH = "UPDATE seal SET ids = NULL WHERE tenant = $1 AND number = $2 AND ids IS NOT NULL";
    EVENT_BY_ID = concat!("SELECT ", event_columns!(), " FROM event e WHERE e.tenant = $1 AND e.id = $2");
    EVENTS_BETWEEN = concat!(
        "SELECT ", event_columns!(), " FROM event e WHERE e.tenant = $1 AND e.id > $2 AND e.id <= $3 \
         ORDER BY e.id LIMIT $4"
    );
    EVENTS_BEFORE = concat!(
        "SELECT ", event_columns!(), " FROM event e WHERE e.tenant = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $3"
    );
    EVENTS_ABOUT_BEFORE = concat!(
        "SELECT ", event_columns!(), " FROM event x CROSS JOIN event e \
         WHERE x.tenant = $1 AND x.subject = $4 AND x.id < $2 AND e.tenant = x.tenant AND e.id = x.id \
         ORDER BY x.id DESC LIMIT $3"
    );
    EVENTS_DELETE = concat!("DELETE FROM event WHERE tenant = $1 AND id IN (", ids_from_2!(), ")");
}

/// Parameters for statements that name [`IDS_AT_ONCE`] ids, one list for each time the statement must run.
fn id_lists(first: &[Value<'static>], ids: impl Iterator<Item = uuid::Uuid>) -> Vec<Vec<Value<'static>>> {
    let ids: Vec<_> = ids.map(Value::Id).collect();
    let fill = |chunk: &[Value<'static>]| {
        let last = chunk.last().cloned().into_iter().cycle();
        first.iter().chain(chunk).cloned().chain(last).take(first.len() + IDS_AT_ONCE).collect()
    };
    ids.chunks(IDS_AT_ONCE).map(fill).collect()
}
