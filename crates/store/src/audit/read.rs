use countersign_domain::audit::{Action, Actor, Event, Outcome, Personal, PersonalFields, Reason, Seal, Sha256};
use countersign_domain::{AccountId, EventId, KeyId, SessionId, TenantId, Timestamp};
use uuid::Uuid;

use crate::fault::{Fault, Result};
use crate::statement::Row;

/// An event's row: one that somebody edited into nonsense must not hide the rest of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredEvent {
    /// As it was written, or edited into another event.
    Event(Box<Event>),
    /// No event of ours.
    Unreadable(EventId),
}

/// A seal's row, likewise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredSeal {
    /// As it was written, or edited into another seal.
    Seal(Seal),
    /// No seal of ours.
    Unreadable(i64),
}

/// Reads `event_columns` as the event it says it is.
pub(super) fn event(row: &Row<'_>) -> Result<StoredEvent> {
    let id = EventId::from_uuid(row.id(1)?);
    match whole_event(row, id) {
        Ok(event) => Ok(StoredEvent::Event(Box::new(event))),
        Err(Fault::Corrupt { .. }) => Ok(StoredEvent::Unreadable(id)),
        Err(fault) => Err(fault),
    }
}

fn whole_event(row: &Row<'_>, id: EventId) -> Result<Event> {
    Ok(Event {
        id,
        at: Timestamp::from_micros(row.int(2)?),
        tenant: TenantId::from_uuid(row.id(0)?),
        actor: Actor::read(&row.text(3)?, row.maybe_id(4)?).ok_or_else(|| row.bad(3, "is no actor"))?,
        subject: row.maybe_id(5)?.map(AccountId::from_uuid),
        session: row.maybe_id(6)?.map(SessionId::from_uuid),
        action: Action::read(&row.text(7)?).ok_or_else(|| row.bad(7, "is no action"))?,
        outcome: Outcome::read(&row.text(8)?).ok_or_else(|| row.bad(8, "is no outcome"))?,
        reason: match row.maybe_text(9)? {
            Some(text) => Some(Reason::read(&text).ok_or_else(|| row.bad(9, "is no reason"))?),
            None => None,
        },
        count: u32::try_from(row.int(10)?).map_err(|_| row.bad(10, "is no count"))?,
        request_id: row.maybe_text(11)?,
        personal: personal(row)?,
    })
}

fn personal(row: &Row<'_>) -> Result<Personal> {
    let fields = PersonalFields {
        name_hash: maybe_array(row, 13)?,
        client_address: match row.maybe_text(14)? {
            Some(text) => Some(text.parse().map_err(|_| row.bad(14, "is no address"))?),
            None => None,
        },
        user_agent: row.maybe_text(15)?,
        detail: row.maybe_text(16)?,
    };
    match (maybe_array(row, 12)?, maybe_array(row, 17)?) {
        (Some(salt), None) => Ok(Personal::Kept { salt, fields }),
        (None, Some(hash)) if fields == PersonalFields::default() => {
            Ok(Personal::Erased { commitment: Sha256::from_bytes(hash) })
        }
        _ => Err(row.bad(17, "does not go with the personal columns")),
    }
}

/// Reads `seal_columns` as the seal it says it is.
pub(super) fn seal(row: &Row<'_>) -> Result<StoredSeal> {
    let number = row.int(1)?;
    match whole_seal(row, number) {
        Ok(seal) => Ok(StoredSeal::Seal(seal)),
        Err(Fault::Corrupt { .. }) => Ok(StoredSeal::Unreadable(number)),
        Err(fault) => Err(fault),
    }
}

fn whole_seal(row: &Row<'_>, number: i64) -> Result<Seal> {
    Ok(Seal {
        tenant: TenantId::from_uuid(row.id(0)?),
        number,
        at: Timestamp::from_micros(row.int(2)?),
        previous: Sha256::from_bytes(row.array(3)?),
        count: u32::try_from(row.int(4)?).map_err(|_| row.bad(4, "is no count"))?,
        root: Sha256::from_bytes(row.array(5)?),
        key_id: KeyId::from_uuid(row.id(6)?),
        signature: row.array(7)?,
        ids: match row.maybe_bytes(8)? {
            Some(bytes) => Some(ids(&bytes).ok_or_else(|| row.bad(8, "is no list of ids"))?),
            None => None,
        },
    })
}

fn ids(bytes: &[u8]) -> Option<Vec<EventId>> {
    let (whole, rest) = bytes.as_chunks::<16>();
    rest.is_empty().then(|| whole.iter().map(|id| EventId::from_uuid(Uuid::from_bytes(*id))).collect())
}

fn maybe_array<const N: usize>(row: &Row<'_>, column: usize) -> Result<Option<[u8; N]>> {
    let bytes = row.maybe_bytes(column)?;
    bytes.map(|bytes| bytes.try_into().map_err(|_| row.bad(column, "has the wrong length"))).transpose()
}
