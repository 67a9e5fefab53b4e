//! The monotonic clock of the pool: it measures how long hashes take and waits for steps. Nothing of it is stored or
//! judged by a rule of the domain, so it is not injected; waits and measurements are its very subject.
#![expect(clippy::disallowed_methods, reason = "hashes are measured on the monotonic clock, not on the injected one")]

use std::time::Instant;

pub(super) fn now() -> Instant {
    Instant::now()
}

/// As the runtime's timers see it, which tests may stop.
pub(super) fn timer_now() -> tokio::time::Instant {
    tokio::time::Instant::now()
}
