use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign_domain::{TenantId, Timestamp};

/// Exports of one tenant at once: one that is still being read, and one that somebody begins anew. Each reads the whole
/// trail.
const PER_TENANT_MAX: usize = 2;
/// Exports at once on this node. Each holds a page of the trail for as long as its client takes it.
const IN_ALL_MAX: usize = 16;
/// A client that has taken nothing for this long loses its turn to whoever wants one: over HTTP/2 it can keep its connection
/// alive by other requests for ever.
const IDLE_MAX: Duration = Duration::from_secs(90);

/// The exports that are being read on this node, and when each was last taken from.
#[derive(Clone, Default)]
pub(crate) struct Exports(Arc<Mutex<Running>>);

#[derive(Default)]
struct Running {
    turns: HashMap<u64, (TenantId, Timestamp)>,
    begun: u64,
}

impl Exports {
    /// A turn, until it is dropped or lost; none if there are too many.
    pub(super) fn begin(&self, tenant: TenantId, now: Timestamp) -> Option<Turn> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.turns.retain(|_, (_, last)| now.since(*last) < IDLE_MAX);
        let own = running.turns.values().filter(|(whose, _)| *whose == tenant).count();
        if running.turns.len() >= IN_ALL_MAX || own >= PER_TENANT_MAX {
            return None;
        }
        running.begun += 1;
        let number = running.begun;
        running.turns.insert(number, (tenant, now));
        Some(Turn { exports: self.clone(), number })
    }
}

/// One export that is being read.
pub(super) struct Turn {
    exports: Exports,
    number: u64,
}

impl Turn {
    /// Notes that it is read on; false where the turn was lost meanwhile.
    pub(super) fn goes_on(&self, now: Timestamp) -> bool {
        let mut running = self.exports.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.turns.get_mut(&self.number).map(|(_, last)| *last = now).is_some()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.exports.0.lock().unwrap_or_else(PoisonError::into_inner).turns.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn tenant(n: usize) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(n as u128))
    }

    #[test]
    fn a_tenant_has_two_turns_and_the_node_sixteen() {
        let (exports, now) = (Exports::default(), Timestamp::from_unix_seconds(1));
        let mut turns: Vec<_> = (0..PER_TENANT_MAX).map(|_| exports.begin(tenant(0), now).unwrap()).collect();
        assert!(exports.begin(tenant(0), now).is_none());
        turns.pop();
        turns.push(exports.begin(tenant(0), now).unwrap());
        turns.extend((1..).map_while(|n| exports.begin(tenant(n), now)));
        assert_eq!(turns.len(), IN_ALL_MAX);
        drop(turns);
        assert!(exports.0.lock().unwrap().turns.is_empty(), "nothing is kept of who has ended");
        assert!(exports.begin(tenant(0), now).is_some());
    }

    #[test]
    fn a_turn_that_nobody_uses_is_lost_to_whoever_wants_one() {
        let (exports, start) = (Exports::default(), Timestamp::from_unix_seconds(1));
        let later = |seconds| start.plus(Duration::from_secs(seconds));
        let (idle, read) = (exports.begin(tenant(0), start).unwrap(), exports.begin(tenant(0), start).unwrap());
        assert!(read.goes_on(later(60)) && exports.begin(tenant(0), later(89)).is_none());
        let third = exports.begin(tenant(0), later(90)).unwrap();
        assert!(!idle.goes_on(later(90)) && read.goes_on(later(90)) && third.goes_on(later(90)));
        drop(idle);
        assert!(third.goes_on(later(91)), "who lost a turn takes none along");
    }
}
