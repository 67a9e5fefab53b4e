//! The audit trail: what an event is, how a batch of events is sealed, and how every later edit is found.
//!
//! The fact and its event are written in one transaction; the seal comes afterwards, so that no login waits for
//! the one before it. What the proof does and does not show stands at [`Verifier`].

mod encoding;
mod event;
mod export;
mod finding;
mod leaf;
mod merkle;
#[cfg(test)]
mod planted;
mod seal;
mod verify;
mod words;

pub use encoding::{NotAHash, Sha256};
pub use event::{
    Actor, DETAIL_BYTES_MAX, Event, Outcome, Personal, PersonalFields, REQUEST_ID_BYTES_MAX, SALT_BYTES, Seed,
};
pub use export::{
    BadExport, EXPORT_VERSION, EndLine, EventLine, ExportReader, KeyLine, LINE_BYTES_MAX, Line, NotAKey, PersonalLine,
    SealLine, TrailLine, Trust,
};
pub use finding::{FINDINGS_MAX, Finding, Report};
pub use seal::{Anchor, BATCH_EVENTS_MAX, SIGNATURE_BYTES, Seal, SealKeys, Unsigned};
pub use verify::{Expect, READING_MAX, UNSEALED_GRACE, Verifier, retention_of_days};
pub use words::{Action, Reason, UnknownWord};
