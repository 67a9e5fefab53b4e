use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use countersign_domain::{Network, Timestamp};

use crate::Request;

/// Networks that are remembered at once; at this bound the older half goes. About 6 MiB.
const NETWORKS_MAX: usize = 65_536;

/// Failed logins, and what strangers ask for besides, per client network, kept in this process: it slows one source down, and never a tenant or a name.
pub(crate) struct Sources {
    failures_max: u32,
    window: Duration,
    networks: Mutex<HashMap<Network, Window>>,
}

struct Window {
    began: Timestamp,
    failures: u32,
}

impl Sources {
    pub(crate) fn new(failures_max: u32, window: Duration) -> Self {
        Self { failures_max, window, networks: Mutex::default() }
    }

    /// How long this source must wait before it may try again.
    pub(crate) fn must_wait(&self, request: &Request, now: Timestamp) -> Option<Duration> {
        let networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        let window = networks.get(&request.network()).filter(|_| !request.is_exempt)?;
        let end = window.began.plus(self.window);
        (window.failures >= self.failures_max && now < end).then(|| end.since(now))
    }

    /// Counts a failure of this source, or something asked for that costs as much.
    pub(crate) fn count(&self, request: &Request, now: Timestamp) {
        if request.is_exempt {
            return;
        }
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        if networks.len() >= NETWORKS_MAX {
            make_room(&mut networks, now, self.window);
        }
        let window = networks.entry(request.network()).or_insert(Window { began: now, failures: 0 });
        if window.began.plus(self.window) <= now {
            *window = Window { began: now, failures: 0 };
        }
        window.failures = window.failures.saturating_add(1);
    }
}

/// Drops windows that are over; if none is, the older half, so that this is not done for every failure of a botnet.
fn make_room(networks: &mut HashMap<Network, Window>, now: Timestamp, window: Duration) {
    networks.retain(|_, kept| kept.began.plus(window) > now);
    if networks.len() >= NETWORKS_MAX {
        let mut begins: Vec<Timestamp> = networks.values().map(|kept| kept.began).collect();
        let middle = begins.len() / 2;
        let (_, median, _) = begins.select_nth_unstable(middle);
        let median = *median;
        networks.retain(|_, kept| kept.began > median);
    }
}
