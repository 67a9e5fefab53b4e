use std::time::Duration;

use super::{EXPORT_VERSION, EndLine, KeyLine, LINE_BYTES_MAX, Line, TrailLine};
use crate::audit::{Anchor, Expect, Report, SealKeys, Verifier};
use crate::{TenantId, Timestamp};

/// Most keys in one file: one a month for longer than any trail is kept.
const KEYS_MAX: usize = 1_000;

/// What the one who verifies a file knows without it. What is missing here is taken from the file, which then vouches
/// for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Whose trail it must be.
    pub tenant: Option<TenantId>,
    /// The keys; those in the file are then ignored.
    pub keys: Option<SealKeys>,
    /// A seal noted earlier.
    pub known: Option<Anchor>,
    /// How long events are kept; [`Duration::MAX`] for ever.
    pub retention: Option<Duration>,
    /// The time; a file that says it was exported later is read as of this moment.
    pub now: Option<Timestamp>,
}

/// Verifies an exported trail line by line. Only events that no seal has named yet are held in memory.
#[derive(Debug)]
pub struct ExportReader {
    trust: Trust,
    lines: u64,
    trail: Option<TrailLine>,
    keys: SealKeys,
    state: State,
}

#[derive(Debug)]
enum State {
    Start,
    Keys { trail: TrailLine },
    Body { verifier: Box<Verifier>, counts: EndLine },
    Ended { report: Report },
}

/// Why a file is no export.
#[derive(Debug, thiserror::Error)]
pub enum BadExport {
    /// A line is longer than [`LINE_BYTES_MAX`].
    #[error("line {line} is longer than {LINE_BYTES_MAX} bytes")]
    LineTooLong {
        /// Its number, from 1.
        line: u64,
    },
    /// A line is no JSON of the expected form.
    #[error("line {line}: {cause}")]
    NotALine {
        /// Its number, from 1.
        line: u64,
        /// What the JSON reader says.
        cause: serde_json::Error,
    },
    /// A line does not belong where it stands, or its values name nothing.
    #[error("line {line}: {why}")]
    OutOfPlace {
        /// Its number, from 1.
        line: u64,
        /// What is wrong.
        why: &'static str,
    },
    /// The file ends too early.
    #[error("the file ends after line {line}, before its last line")]
    Truncated {
        /// The number of the last line.
        line: u64,
    },
}

impl ExportReader {
    /// Begins a file.
    pub fn new(trust: Trust) -> Self {
        Self { trust, lines: 0, trail: None, keys: SealKeys::new(), state: State::Start }
    }

    /// Whether the keys were known before the file.
    pub fn are_keys_known(&self) -> bool {
        self.trust.keys.is_some()
    }

    /// The first line, once it has been read.
    pub fn trail(&self) -> Option<&TrailLine> {
        self.trail.as_ref()
    }

    /// The keys that the file brings. Nobody vouches for them but whoever vouches for the file.
    pub fn keys(&self) -> &SealKeys {
        &self.keys
    }

    /// Takes the next line, without its end.
    pub fn line(&mut self, bytes: &[u8]) -> Result<(), BadExport> {
        self.lines += 1;
        let line = self.lines;
        if bytes.len() > LINE_BYTES_MAX {
            return Err(BadExport::LineTooLong { line });
        }
        let parsed = serde_json::from_slice(bytes).map_err(|cause| BadExport::NotALine { line, cause })?;
        self.take(parsed).map_err(|why| BadExport::OutOfPlace { line, why })
    }

    /// Ends the file.
    pub fn finish(self) -> Result<Report, BadExport> {
        match self.state {
            State::Ended { report } => Ok(report),
            State::Start | State::Keys { .. } | State::Body { .. } => Err(BadExport::Truncated { line: self.lines }),
        }
    }

    fn take(&mut self, line: Line) -> Result<(), &'static str> {
        let state = std::mem::replace(&mut self.state, State::Start);
        self.state = match (state, line) {
            (State::Start, Line::Trail(trail)) => {
                begin(&self.trust, &trail)?;
                self.trail = Some(trail.clone());
                State::Keys { trail }
            }
            (State::Start, _) => return Err("the first line must be of kind \"trail\""),
            (State::Keys { trail }, Line::Key(key)) => {
                add(&mut self.keys, &key)?;
                State::Keys { trail }
            }
            (State::Keys { trail }, line) => {
                let verifier = Box::new(verifier(&self.trust, &trail, &self.keys));
                body(verifier, EndLine { events: 0, seals: 0 }, line)?
            }
            (State::Body { verifier, counts }, line) => body(verifier, counts, line)?,
            (State::Ended { .. }, _) => return Err("a line after the last"),
        };
        Ok(())
    }
}

fn begin(trust: &Trust, trail: &TrailLine) -> Result<(), &'static str> {
    if trail.version != EXPORT_VERSION {
        return Err("a version of the export that is not known");
    }
    if trust.tenant.is_some_and(|tenant| tenant != trail.tenant) {
        return Err("the trail of another tenant");
    }
    Ok(())
}

fn add(keys: &mut SealKeys, key: &KeyLine) -> Result<(), &'static str> {
    if keys.iter().count() >= KEYS_MAX {
        return Err("too many keys");
    }
    keys.insert(key.id, key.public);
    Ok(())
}

fn verifier(trust: &Trust, trail: &TrailLine, keys: &SealKeys) -> Verifier {
    let expect = Expect {
        now: trust.now.map_or(trail.exported_at, |now| now.min(trail.exported_at)),
        retention: trust.retention.or(trail.retention_seconds.map(Duration::from_secs)),
        is_retention_known: trust.retention.is_some(),
        known: trust.known,
    };
    Verifier::new(trail.tenant, trust.keys.as_ref().unwrap_or(keys).clone(), expect)
}

fn body(mut verifier: Box<Verifier>, mut counts: EndLine, line: Line) -> Result<State, &'static str> {
    match line {
        Line::Event(event) => {
            counts.events += 1;
            verifier.event(&event.event().ok_or("its values name no event")?);
        }
        Line::UnreadableEvent { id } => {
            counts.events += 1;
            verifier.unreadable(id);
        }
        Line::Seal(seal) => {
            counts.seals += 1;
            verifier.seal(&seal.seal().ok_or("its values name no seal")?);
        }
        Line::UnreadableSeal { number } => {
            counts.seals += 1;
            verifier.unreadable_seal(number);
        }
        Line::End(end) if end == counts => {
            return Ok(State::Ended { report: verifier.finish() });
        }
        Line::End(_) => {
            return Err("the file has lost or gained lines: its last one counts others");
        }
        Line::Trail(_) | Line::Key(_) => return Err("of a kind that belongs to the beginning"),
    }
    Ok(State::Body { verifier, counts })
}
