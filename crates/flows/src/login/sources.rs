use std::time::Duration;

use countersign_domain::{Network, Timestamp};

use crate::Request;
use crate::windows::Windows;

/// Failed logins, and what strangers ask for besides, per client network, kept in this process: it slows one source down, and never a tenant or a name.
pub(crate) struct Sources(Windows<Network>);

impl Sources {
    pub(crate) fn new(failures_max: u32, window: Duration) -> Self {
        Self(Windows::new(failures_max, window))
    }

    /// So many failures within this time are too many.
    pub(crate) const fn limit(&self) -> (u32, Duration) {
        self.0.limit()
    }

    /// How long this source must wait before it may try again.
    pub(crate) fn must_wait(&self, request: &Request, now: Timestamp) -> Option<Duration> {
        if request.is_exempt { None } else { self.0.must_wait(&request.network(), now) }
    }

    /// Counts a failure of this source, or something asked for that costs as much.
    pub(crate) fn count(&self, request: &Request, now: Timestamp) {
        if !request.is_exempt {
            self.0.count(request.network(), now);
        }
    }
}
