use countersign_domain::Timestamp;
use countersign_domain::audit::{Action, Reason};

use crate::Request;

/// Gathers refusals that cost no hash into one event per tenant, name, network and minute.
#[derive(Default)]
pub(crate) struct Refusals;

impl Refusals {
    /// Counts one.
    pub(crate) fn count(
        &self,
        _request: &Request,
        _action: Action,
        _reason: Reason,
        _name: Option<[u8; 32]>,
        _now: Timestamp,
    ) {
    }
}
