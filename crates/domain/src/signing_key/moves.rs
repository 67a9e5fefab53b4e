//! The moves between a tenant's keys: what becomes of the keys there are, and whose sessions end.

use super::{Refusal, Replacement, Schedule, SigningKeyRecord, compromise, retire, rotate};
use crate::{KeyId, Timestamp};

/// A move with a tenant's keys, asked for by an operator.
#[derive(Clone, Debug)]
pub enum Move {
    /// A new key comes into use as soon as verifiers can know it. Its moments are decided here.
    Rotate(SigningKeyRecord),
    /// A key that waits for its first use is withdrawn.
    Retire(KeyId),
    /// A key became known to others. The successor is for when nothing else could sign from then on.
    Compromise(KeyId, SigningKeyRecord),
}

/// What a move writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyWrite {
    /// A new key.
    pub insert: Option<SigningKeyRecord>,
    /// Keys that are known already, with new moments.
    pub update: Vec<SigningKeyRecord>,
    /// Whether every session of the tenant ends with it: what a stolen key signed cannot be told from the rest.
    pub ends_sessions: bool,
}

impl Move {
    /// What the keys become, all of the tenant's being these.
    ///
    /// # Errors
    /// Why they stay as they are.
    pub fn judge(&self, keys: &[SigningKeyRecord], now: Timestamp) -> Result<KeyWrite, Refusal> {
        match self {
            Self::Rotate(new) => {
                let insert = Some(new.scheduled(rotate(keys, now)?));
                Ok(KeyWrite { insert, ..KeyWrite::default() })
            }
            Self::Retire(id) => {
                let retired_at = Some(retire(keys, *id, now)?);
                let update = changed(keys, *id, |key| SigningKeyRecord { retired_at, ..key });
                Ok(KeyWrite { update, ..KeyWrite::default() })
            }
            Self::Compromise(id, successor) => {
                let replacement = compromise(keys, *id, now)?;
                let mut update = changed(keys, *id, |key| SigningKeyRecord { compromised_at: Some(now), ..key });
                let insert = match replacement {
                    Replacement::NotNeeded => None,
                    Replacement::Make(schedule) => Some(successor.scheduled(schedule)),
                    Replacement::Promote(next) => {
                        update.extend(changed(keys, next, |key| SigningKeyRecord { active_at: now, ..key }));
                        None
                    }
                };
                Ok(KeyWrite { insert, update, ends_sessions: true })
            }
        }
    }
}

fn changed(
    keys: &[SigningKeyRecord],
    id: KeyId,
    change: impl Fn(SigningKeyRecord) -> SigningKeyRecord,
) -> Vec<SigningKeyRecord> {
    keys.iter().filter(|key| key.id == id).cloned().map(change).collect()
}

impl SigningKeyRecord {
    fn scheduled(&self, schedule: Schedule) -> Self {
        Self { published_at: schedule.published_at, active_at: schedule.active_at, ..self.clone() }
    }
}
