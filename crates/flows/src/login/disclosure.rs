use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use countersign_domain::{Network, TenantId, Timestamp};

/// The budget is counted in hours that begin with the first disclosure.
const WINDOW: Duration = Duration::from_secs(3600);
/// Budgets that are remembered at once; beyond, nothing is told until some are over.
const BUDGETS_MAX: usize = 65_536;

/// How many unknown names a tenant that tells may tell: enough for typing errors, too few for a harvester.
pub(crate) struct Disclosure {
    per_network_max: usize,
    per_tenant_max: usize,
    budgets: Mutex<Budgets>,
}

#[derive(Default)]
struct Budgets {
    networks: HashMap<(TenantId, Network), Budget>,
    tenants: HashMap<TenantId, Budget>,
}

struct Budget {
    began: Timestamp,
    /// Told once, a name may be told again: nothing more is learnt.
    names: HashSet<[u8; 32]>,
}

impl Disclosure {
    pub(crate) fn new(per_network_max: usize, per_tenant_max: usize) -> Self {
        Self { per_network_max, per_tenant_max, budgets: Mutex::default() }
    }

    /// Whether this name may be told to be unknown, and spends the budget on it.
    pub(super) fn may_tell(&self, tenant: TenantId, network: Network, name: [u8; 32], now: Timestamp) -> bool {
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        let Budgets { networks, tenants } = &mut *budgets;
        let (Some(of_network), Some(of_tenant)) =
            (running(networks, (tenant, network), now), running(tenants, tenant, now))
        else {
            return false;
        };
        let has_room = |budget: &Budget, max| budget.names.contains(&name) || budget.names.len() < max;
        if !has_room(of_network, self.per_network_max) || !has_room(of_tenant, self.per_tenant_max) {
            return false;
        }
        of_network.names.insert(name);
        of_tenant.names.insert(name);
        true
    }
}

/// The budget of this hour; none if there is no room for one more.
fn running<K: Eq + Hash>(budgets: &mut HashMap<K, Budget>, key: K, now: Timestamp) -> Option<&mut Budget> {
    if budgets.len() >= BUDGETS_MAX && !budgets.contains_key(&key) {
        budgets.retain(|_, budget| budget.began.plus(WINDOW) > now);
        if budgets.len() >= BUDGETS_MAX {
            return None;
        }
    }
    let budget = budgets.entry(key).or_insert_with(|| Budget { began: now, names: HashSet::new() });
    if budget.began.plus(WINDOW) <= now {
        *budget = Budget { began: now, names: HashSet::new() };
    }
    Some(budget)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_budget_is_spent_on_distinct_names_and_comes_back_after_an_hour() {
        let disclosure = Disclosure::new(2, 3);
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        let [home, office] = ["192.0.2.1", "192.0.2.2"].map(|ip| Network::of(ip.parse().unwrap()));
        let mut now = Timestamp::from_unix_seconds(0);
        let tell = |network, name, now| disclosure.may_tell(tenant, network, [name; 32], now);
        assert!(tell(home, 1, now) && tell(home, 1, now) && tell(home, 2, now));
        assert!(!tell(home, 3, now), "the network's budget is spent");
        assert!(tell(home, 1, now), "told before");
        assert!(tell(office, 3, now));
        assert!(!tell(office, 4, now), "the tenant's budget is spent");
        now = now.plus(WINDOW);
        assert!(tell(home, 4, now));
    }
}
