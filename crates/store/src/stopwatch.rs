//! Durations of what the store does, for metrics and back-off: never stored, never judged by a rule.
#![expect(
    clippy::disallowed_methods,
    reason = "a duration is measured on the monotonic clock, not on the injected one"
)]

use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

pub(crate) fn start() -> Stopwatch {
    Stopwatch(Instant::now())
}

impl Stopwatch {
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    pub(crate) fn seconds(self) -> f64 {
        self.elapsed().as_secs_f64()
    }
}
