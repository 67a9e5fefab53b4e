use std::fmt::Write as _;

use countersign_domain::audit::{Action, EXPORT_VERSION, EndLine, KeyLine, Line, READING_MAX, TrailLine};
use countersign_domain::{Tenant, TenantId, Timestamp};
use countersign_store::{Store, StoredEvent, StoredSeal};

use super::exports::Turn;
use super::trail::Terms;
use super::walk::{Piece, Stopped, Walk};
use crate::{Doer, Fault, Flows};

/// What became of the wish for an export.
pub enum Exporting {
    /// It can be read.
    Begun(Box<Export>),
    /// As many of this tenant, or in all, are being read already.
    Busy,
}

/// Why an export broke off. What has been handed on lacks its last line, by which a verifier tells.
#[derive(Debug, thiserror::Error)]
pub enum ExportFault {
    /// The trail could not be read.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A line could not be made.
    #[error("a line of the export could not be made: {0}")]
    Line(#[from] serde_json::Error),
    /// Retention removed what was being read.
    #[error("a batch whose retention is over was removed while it was being exported: export again")]
    Overtaken,
    /// It was read so slowly that a verifier would take its last events for made up.
    #[error("the export was read for longer than {} s, or lost its turn while nothing was taken", READING_MAX.as_secs())]
    TooSlow,
}

impl From<Stopped> for ExportFault {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Store(fault) => Self::Fault(fault.into()),
            Stopped::Overtaken => Self::Overtaken,
        }
    }
}

impl Flows {
    /// Begins to export a tenant's whole trail with its seals, in a form that is verified without the store. That it
    /// was taken out is an event of the trail, however little of it is then read.
    ///
    /// # Errors
    /// [`Fault`] where the store or a key fails.
    pub async fn export_trail(&self, doer: Doer<'_>, tenant: &Tenant) -> Result<Exporting, Fault> {
        let Some(turn) = self.exports.begin(tenant.id, self.store.now()) else { return Ok(Exporting::Busy) };
        let keys = self.seal_keys()?;
        let event = self.done_by(doer, tenant.id, Action::AuditExported, None);
        self.store.record(vec![event]).await?;
        let terms = Terms { keys, retention: tenant.settings.audit_retention(), is_retention_known: false };
        Ok(Exporting::Begun(Box::new(Export::new(&self.store, tenant.id, &terms, turn))))
    }
}

/// A trail on its way out. It is read from the store as it is asked for, so that whoever takes it slowly holds nothing
/// there, and no more of it is in memory than is handed on at once: at most 512 events, some hundred kilobytes.
pub struct Export {
    store: Store,
    walk: Walk,
    /// When it was begun, by the database's clock.
    pub begun: Timestamp,
    counts: EndLine,
    stage: Stage,
    turn: Turn,
}

enum Stage {
    Begins(Vec<Line>),
    Walks,
    Ended,
}

impl Export {
    pub(super) fn new(store: &Store, tenant: TenantId, terms: &Terms, turn: Turn) -> Self {
        let begun = store.now();
        let trail = TrailLine {
            version: EXPORT_VERSION,
            tenant,
            exported_at: begun,
            retention_seconds: terms.retention.map(|retention| retention.as_secs()),
        };
        let keys = terms.keys.iter().map(|(id, public)| Line::Key(KeyLine { id, public: *public }));
        let stage = Stage::Begins(std::iter::once(Line::Trail(trail)).chain(keys).collect());
        let walk = Walk::new(store.tenant(tenant));
        Self { store: store.clone(), walk, begun, counts: EndLine { events: 0, seals: 0 }, stage, turn }
    }

    /// How many events and seals were handed on.
    pub const fn counts(&self) -> &EndLine {
        &self.counts
    }

    /// The next lines, each with its end; none after the last. One that failed is not asked again.
    ///
    /// # Errors
    /// [`ExportFault`]
    pub async fn next(&mut self) -> Result<Option<String>, ExportFault> {
        let now = self.store.now();
        if now.since(self.begun) > READING_MAX || !self.turn.goes_on(now) {
            return Err(ExportFault::TooSlow);
        }
        let lines = match std::mem::replace(&mut self.stage, Stage::Walks) {
            Stage::Begins(lines) => lines,
            Stage::Walks => match self.walk.next().await? {
                Some(pieces) => pieces.into_iter().map(|piece| self.line(piece)).collect(),
                None => {
                    self.stage = Stage::Ended;
                    vec![Line::End(self.counts.clone())]
                }
            },
            Stage::Ended => {
                self.stage = Stage::Ended;
                return Ok(None);
            }
        };
        text(&lines).map(Some).map_err(ExportFault::Line)
    }

    fn line(&mut self, piece: Piece) -> Line {
        match &piece {
            Piece::Event(_) => self.counts.events += 1,
            Piece::Seal(_) => self.counts.seals += 1,
        }
        match piece {
            Piece::Event(StoredEvent::Event(event)) => Line::from(&*event),
            Piece::Event(StoredEvent::Unreadable(id)) => Line::UnreadableEvent { id },
            Piece::Seal(StoredSeal::Seal(seal)) => Line::from(&seal),
            Piece::Seal(StoredSeal::Unreadable(number)) => Line::UnreadableSeal { number },
        }
    }
}

fn text(lines: &[Line]) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for line in lines {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{}", line.to_json()?);
    }
    Ok(text)
}
