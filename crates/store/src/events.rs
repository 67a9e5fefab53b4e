use countersign_domain::audit::{Event, Personal, PersonalFields};

use crate::fault::Result;
use crate::statement::{Value, statements};
use crate::tx::Tx;

statements! {
    EVENT_INSERT = "INSERT INTO event (tenant, id, at, actor, actor_account, subject, session, action, outcome, reason, \
         count, request_id, salt, name_hash, client_address, user_agent, detail, commitment) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    EVENT_TOLD = "SELECT id FROM event WHERE tenant = $1 AND id = $2";
    UNSEALED_INSERT = "INSERT INTO event_unsealed (tenant, id) VALUES ($1, $2)";
}

/// Writes an event into the transaction of the fact it tells, dated by that transaction.
pub(crate) async fn insert(tx: &Tx<'_>, event: &Event) -> Result<()> {
    let (row, listed) = (values(event, tx), listing(event));
    let (row, listed) = tokio::join!(biased; tx.exec(&EVENT_INSERT, &row), tx.exec(&UNSEALED_INSERT, &listed));
    row.and(listed).map(|_| ())
}

/// The same as the last writes of a job.
pub(crate) async fn insert_last(tx: &Tx<'_>, event: &Event) -> Result<()> {
    let (row, listed) = (values(event, tx), listing(event));
    let (row, listed) = tokio::join!(biased; tx.exec(&EVENT_INSERT, &row), tx.last(&UNSEALED_INSERT, &listed));
    row.and(listed).map(|_| ())
}

/// Whether an event is there, which says of the transaction that would have written it whether it was committed: ids are
/// made for one request. The caller holds the row that this transaction held, so that it has ended.
pub(crate) async fn is_told(tx: &Tx<'_>, event: &Event) -> Result<bool> {
    Ok(tx.row(&EVENT_TOLD, &listing(event), |row| row.id(0)).await?.is_some())
}

fn listing(event: &Event) -> [Value<'static>; 2] {
    [Value::Id(event.tenant.uuid()), Value::Id(event.id.uuid())]
}

fn values<'e>(event: &'e Event, tx: &Tx<'_>) -> [Value<'e>; 18] {
    let nothing = PersonalFields::default();
    let (salt, fields, commitment) = match &event.personal {
        Personal::Kept { salt, fields } => (Some(salt), fields.clone(), None),
        Personal::Erased { commitment } => (None, nothing, Some(commitment)),
    };
    [
        Value::Id(event.tenant.uuid()),
        Value::Id(event.id.uuid()),
        Value::Int(tx.now().micros()),
        Value::text(event.actor.kind()),
        Value::maybe(event.actor.id(), Value::Id),
        Value::maybe(event.subject, |id| Value::Id(id.uuid())),
        Value::maybe(event.session, |id| Value::Id(id.uuid())),
        Value::text(event.action.as_str()),
        Value::text(event.outcome.as_str()),
        Value::maybe(event.reason.as_ref(), |reason| Value::text(reason.as_str())),
        Value::Int(event.count.into()),
        Value::maybe(event.request_id.as_deref(), Value::text),
        Value::maybe(salt, |salt| Value::bytes(salt)),
        Value::maybe(fields.name_hash, |hash| Value::Bytes(hash.to_vec().into())),
        Value::maybe(fields.client_address, |address| Value::text(address.to_string())),
        Value::maybe(fields.user_agent, Value::text),
        Value::maybe(fields.detail, Value::text),
        Value::maybe(commitment, |hash| Value::bytes(hash.as_bytes())),
    ]
}
