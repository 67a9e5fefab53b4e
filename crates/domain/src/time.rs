use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment: microseconds since 1970-01-01T00:00:00 UTC, as both engines store it.
///
/// Rules take one as `now` and never fetch it, so that every rule can be tried at every moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

const MICROS_PER_SECOND: i64 = 1_000_000;

impl Timestamp {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From whole seconds since the epoch, as a JWT's NumericDate gives them (RFC 7519 section 2).
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// Later by `span`; stays at the last moment rather than wrap.
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(span)))
    }

    /// Earlier by `span`; stays at the first moment rather than wrap.
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(span)))
    }

    /// The time from `earlier` to here; zero if `earlier` is in fact later.
    pub fn since(self, earlier: Self) -> Duration {
        let micros = self.0.saturating_sub(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// Later by so many months of the calendar in UTC, on the last day of a month that has no such day; stays at the last
    /// moment rather than wrap.
    pub fn plus_months(self, months: i32) -> Self {
        let later = jiff::Timestamp::from_microsecond(self.0).ok().and_then(|moment| {
            let there = jiff::tz::TimeZone::UTC.to_datetime(moment);
            let later = there.checked_add(jiff::Span::new().try_months(months).ok()?).ok()?;
            jiff::tz::TimeZone::UTC.to_timestamp(later).ok()
        });
        later.map_or(Self(i64::MAX), |later| Self(later.as_microsecond()))
    }

    /// The day in UTC.
    pub fn civil_date(self) -> jiff::civil::Date {
        let moment = jiff::Timestamp::from_microsecond(self.0).unwrap_or_default();
        jiff::tz::TimeZone::UTC.to_datetime(moment).date()
    }
}

fn micros_of(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    /// RFC 3339 with microseconds, in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(moment) => write!(f, "{moment:.6}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        text.parse::<jiff::Timestamp>().map(|moment| Self(moment.as_microsecond())).map_err(|_| NotATime)
    }
}

/// A text that is no RFC 3339 time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time: write it as 2026-11-24T10:00:00Z")]
pub struct NotATime;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_survives_its_text() {
        let moment = Timestamp::from_micros(1_795_514_400_123_456);
        assert_eq!(moment.to_string(), "2026-11-24T10:00:00.123456Z");
        assert_eq!(moment.to_string().parse(), Ok(moment));
        assert_eq!("yesterday".parse::<Timestamp>(), Err(NotATime));
    }

    #[test]
    fn arithmetic_saturates() {
        let end = Timestamp::from_micros(i64::MAX);
        assert_eq!(end.plus(Duration::from_secs(1)), end);
        assert_eq!(Timestamp::default().since(end), Duration::ZERO);
        assert_eq!(Timestamp::from_unix_seconds(-1).unix_seconds(), -1);
    }
}
