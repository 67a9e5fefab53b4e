use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_domain::TenantId;

/// Exports of one tenant at once: one that is still being read, and one that somebody begins anew. Each reads the whole
/// trail.
const PER_TENANT_MAX: usize = 2;
/// Exports at once on this node. Each holds a page of the trail for as long as its client takes it.
const IN_ALL_MAX: usize = 16;

/// How many exports are being read on this node, and whose.
#[derive(Clone, Default)]
pub(crate) struct Exports(Arc<Mutex<HashMap<TenantId, usize>>>);

impl Exports {
    /// A turn, until it is dropped; none if there are too many.
    pub(super) fn begin(&self, tenant: TenantId) -> Option<Turn> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if running.values().sum::<usize>() >= IN_ALL_MAX {
            return None;
        }
        let own = running.entry(tenant).or_default();
        if *own >= PER_TENANT_MAX {
            return None;
        }
        *own += 1;
        Some(Turn { exports: self.clone(), tenant })
    }
}

/// One export that is being read.
pub(super) struct Turn {
    exports: Exports,
    tenant: TenantId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut running = self.exports.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = running.get_mut(&self.tenant) {
            *own = own.saturating_sub(1);
        }
        running.retain(|_, own| *own > 0);
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
        let exports = Exports::default();
        let mut turns: Vec<_> = (0..PER_TENANT_MAX).map(|_| exports.begin(tenant(0)).unwrap()).collect();
        assert!(exports.begin(tenant(0)).is_none());
        turns.pop();
        turns.push(exports.begin(tenant(0)).unwrap());
        turns.extend((1..).map_while(|n| exports.begin(tenant(n))));
        assert_eq!(turns.len(), IN_ALL_MAX);
        drop(turns);
        assert!(exports.0.lock().unwrap().is_empty(), "nothing is kept of who has ended");
        assert!(exports.begin(tenant(0)).is_some());
    }
}
