use std::fmt;

use super::Anchor;
use crate::{EventId, KeyId};

/// Most findings that a report lists; a trail written over from end to end would otherwise fill the memory. The rest
/// are counted.
pub const FINDINGS_MAX: usize = 1_000;

/// One thing in a trail that is not as it was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The events that a seal names are there, but not as they were sealed: one was edited, or their order.
    BatchChanged {
        /// The seal's number.
        number: i64,
    },
    /// An event that a seal names is gone, or stands in two seals.
    EventMissing {
        /// The seal's number.
        number: i64,
        /// The event.
        id: EventId,
    },
    /// An event's row cannot be read as one.
    EventUnreadable {
        /// The event.
        id: EventId,
    },
    /// Two events have the same id.
    EventRepeated {
        /// The event.
        id: EventId,
    },
    /// An event of another tenant stands in this trail.
    EventForeign {
        /// The event.
        id: EventId,
    },
    /// An event stands in no seal although it is old, or is dated in the future: it was put there, or a seal is gone.
    EventUnsealed {
        /// The event.
        id: EventId,
    },
    /// An event is dated long before events that an earlier seal names, or after its own seal: it was put there before
    /// it was sealed, or a clock was set back.
    EventMisdated {
        /// The seal's number.
        number: i64,
        /// The event.
        id: EventId,
    },
    /// A seal's row cannot be read as one.
    SealUnreadable {
        /// The seal's number.
        number: i64,
    },
    /// Seals are gone between two that are there.
    SealsMissing {
        /// The first number that is missing.
        first: i64,
        /// The last number that is missing.
        last: i64,
    },
    /// A seal stands where a later number was due: it is there twice, or out of order.
    SealMisplaced {
        /// The seal's number.
        number: i64,
    },
    /// A seal of another tenant stands in this trail.
    SealForeign {
        /// The seal's number.
        number: i64,
    },
    /// A seal does not name the one before it: either was written over.
    ChainBroken {
        /// The number of the later of the two.
        number: i64,
    },
    /// A seal's signature does not fit it.
    SignatureWrong {
        /// The seal's number.
        number: i64,
    },
    /// A seal names a key that the verifier does not know.
    KeyUnknown {
        /// The seal's number.
        number: i64,
        /// The key.
        key: KeyId,
    },
    /// A batch was removed before the retention allows it.
    RemovedEarly {
        /// The seal's number.
        number: i64,
    },
    /// The trail ends before a seal that is known from outside.
    TailCut {
        /// The number of the seal that is known.
        known: i64,
    },
    /// The seal that is known from outside has another hash in this trail.
    KnownDiffers {
        /// The number of the seal that is known.
        known: i64,
    },
}

impl Finding {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BatchChanged { .. } => "batch_changed",
            Self::EventMissing { .. } => "event_missing",
            Self::EventUnreadable { .. } => "event_unreadable",
            Self::EventRepeated { .. } => "event_repeated",
            Self::EventForeign { .. } => "event_foreign",
            Self::EventUnsealed { .. } => "event_unsealed",
            Self::EventMisdated { .. } => "event_misdated",
            Self::SealUnreadable { .. } => "seal_unreadable",
            Self::SealsMissing { .. } => "seals_missing",
            Self::SealMisplaced { .. } => "seal_misplaced",
            Self::SealForeign { .. } => "seal_foreign",
            Self::ChainBroken { .. } => "chain_broken",
            Self::SignatureWrong { .. } => "signature_wrong",
            Self::KeyUnknown { .. } => "key_unknown",
            Self::RemovedEarly { .. } => "removed_early",
            Self::TailCut { .. } => "tail_cut",
            Self::KnownDiffers { .. } => "known_differs",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BatchChanged { number } => {
                write!(f, "seal {number}: an event of its batch, or their order, was changed")
            }
            Self::EventMissing { number, id } => {
                write!(f, "seal {number}: its event {id} is missing")
            }
            Self::EventUnreadable { id } => write!(f, "event {id}: its row cannot be read"),
            Self::EventRepeated { id } => write!(f, "event {id}: there twice"),
            Self::EventForeign { id } => write!(f, "event {id}: belongs to another tenant"),
            Self::EventUnsealed { id } => write!(f, "event {id}: in no seal, and neither new nor of the present"),
            Self::EventMisdated { number, id } => {
                write!(f, "seal {number}: event {id} is dated long before events sealed earlier, or after the seal")
            }
            Self::SealUnreadable { number } => write!(f, "seal {number}: its row cannot be read"),
            Self::SealsMissing { first, last } if first == last => {
                write!(f, "seal {first}: missing")
            }
            Self::SealsMissing { first, last } => write!(f, "seals {first} to {last}: missing"),
            Self::SealMisplaced { number } => {
                write!(f, "seal {number}: there twice, or out of order")
            }
            Self::SealForeign { number } => write!(f, "seal {number}: belongs to another tenant"),
            Self::ChainBroken { number } => {
                write!(f, "seal {number}: does not follow from the seal before it")
            }
            Self::SignatureWrong { number } => write!(f, "seal {number}: wrong signature"),
            Self::KeyUnknown { number, key } => {
                write!(f, "seal {number}: signed by an unknown key {key}")
            }
            Self::RemovedEarly { number } => write!(f, "seal {number}: its events were removed before their time"),
            Self::TailCut { known } => write!(f, "the trail ends before seal {known}, which is known from outside"),
            Self::KnownDiffers { known } => {
                write!(f, "seal {known}: not the one that is known from outside")
            }
        }
    }
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order of the trail, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
    /// How many more there were.
    pub findings_omitted: u64,
    /// Seals read.
    pub seals: u64,
    /// Events read.
    pub events: u64,
    /// Events whose batch retention has removed.
    pub events_removed: u64,
    /// Whether that retention was known from outside. If not, the tenant's settings excused the removal, and whoever
    /// can write the store can write them: compare [`Report::events_removed`] with what is expected to be gone.
    pub is_retention_known: bool,
    /// Events that are too new to be sealed.
    pub events_unsealed: u64,
    /// The last seal: what to keep outside, to find a cut tail the next time.
    pub head: Option<Anchor>,
}

impl Report {
    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn add(&mut self, finding: Finding) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding);
        } else {
            self.findings_omitted += 1;
        }
    }
}
