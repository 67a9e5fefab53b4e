//! What is counted per key within a window, in this process and bounded in memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use countersign_domain::Timestamp;

/// Keys that are remembered at once; at this bound the older half goes. About 6 MiB where a key is a network.
const KEYS_MAX: usize = 65_536;

/// At most so many within a window that begins with the first.
pub(crate) struct Windows<K> {
    most: u32,
    window: Duration,
    kept: Mutex<HashMap<K, Window>>,
}

struct Window {
    began: Timestamp,
    count: u32,
}

impl<K: Eq + Hash> Windows<K> {
    pub(crate) fn new(most: u32, window: Duration) -> Self {
        Self { most, window, kept: Mutex::default() }
    }

    /// So many within this time.
    pub(crate) const fn limit(&self) -> (u32, Duration) {
        (self.most, self.window)
    }

    /// How long until this key is let through again; nothing: it is now.
    pub(crate) fn must_wait(&self, key: &K, now: Timestamp) -> Option<Duration> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let window = kept.get(key)?;
        let end = window.began.plus(self.window);
        (window.count >= self.most && now < end).then(|| end.since(now))
    }

    /// Counts one.
    pub(crate) fn count(&self, key: K, now: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEYS_MAX {
            make_room(&mut kept, now, self.window);
        }
        let window = kept.entry(key).or_insert(Window { began: now, count: 0 });
        if window.began.plus(self.window) <= now {
            *window = Window { began: now, count: 0 };
        }
        window.count = window.count.saturating_add(1);
    }
}

/// Drops windows that are over; if none is, the older half, so that this is not done for every key of a botnet.
fn make_room<K: Eq + Hash>(kept: &mut HashMap<K, Window>, now: Timestamp, window: Duration) {
    kept.retain(|_, kept| kept.began.plus(window) > now);
    if kept.len() >= KEYS_MAX {
        let mut begins: Vec<Timestamp> = kept.values().map(|kept| kept.began).collect();
        let middle = begins.len() / 2;
        let (_, median, _) = begins.select_nth_unstable(middle);
        let median = *median;
        kept.retain(|_, kept| kept.began > median);
    }
}
