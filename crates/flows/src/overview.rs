use std::collections::BTreeMap;

use countersign_domain::hourly::{Hour, Measure};
use countersign_domain::{Tenant, Timestamp, UnknownName};
use countersign_store::HourlyCount;

use crate::{Fault, Flows};

/// How far back an overview looks, and how finely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    /// 24 hours, each by itself.
    #[default]
    Day,
    /// 7 days, by quarters of a day.
    Week,
    /// 90 days, each by itself.
    Quarter,
}

impl Period {
    /// Every period, the shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Quarter];

    /// The name in an address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Quarter => "90d",
        }
    }

    /// Hours that a step of it takes. Steps begin where they divide the day in UTC.
    pub const fn step_hours(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Week => 6,
            Self::Quarter => 24,
        }
    }

    /// How many steps it has. The last is the present one, which is not over.
    pub const fn steps(self) -> usize {
        match self {
            Self::Day => 24,
            Self::Week => 28,
            Self::Quarter => 90,
        }
    }
}

impl std::str::FromStr for Period {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Self::ALL.into_iter().find(|period| period.name() == text).ok_or(UnknownName)
    }
}

/// What belongs into one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chart {
    /// Logins that were done and that were refused.
    Logins,
    /// Why logins were refused.
    Refusals,
    /// Names that were locked, and accounts that were unlocked.
    Lockouts,
    /// Sessions that were opened and that were ended.
    Sessions,
    /// Why sessions were ended.
    SessionEnds,
    /// What became of letters.
    Letters,
}

impl Chart {
    /// Every chart, in the order of a page.
    pub const ALL: [Self; 6] =
        [Self::Logins, Self::Refusals, Self::Lockouts, Self::Sessions, Self::SessionEnds, Self::Letters];

    /// Its lines.
    pub fn lines(self) -> Vec<Line> {
        let each = |measures: &[Measure]| measures.iter().copied().map(Line::One).collect();
        match self {
            Self::Logins => vec![Line::One(Measure::Login), Line::LoginsRefused],
            Self::Refusals => each(Measure::LOGINS_REFUSED),
            Self::Lockouts => each(&[Measure::LockoutStarted, Measure::AccountUnlocked]),
            Self::Sessions => vec![Line::SessionsOpened, Line::SessionsEnded],
            Self::SessionEnds => each(Measure::SESSIONS_ENDED),
            Self::Letters => each(&[Measure::LetterSent, Measure::LetterDead, Measure::LetterDropped]),
        }
    }

    /// Whether its lines are the parts of a whole, so that they may be drawn one on top of the other.
    pub const fn has_parts(self) -> bool {
        matches!(self, Self::Refusals | Self::SessionEnds | Self::Letters)
    }
}

/// One line of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// What one measure counts.
    One(Measure),
    /// Logins that were refused, for whatever reason.
    LoginsRefused,
    /// Sessions that were opened: each login opens one, and nothing else does.
    SessionsOpened,
    /// Sessions that were ended, for whatever reason.
    SessionsEnded,
}

/// What happened at a tenant in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// Which period.
    pub period: Period,
    /// The first moments of its steps, in the order of time.
    pub starts: Vec<Timestamp>,
    /// A count for each step; a measure of which there is nothing has none.
    counts: BTreeMap<Measure, Vec<u64>>,
}

impl Flows {
    /// What happened lately, step by step, up to the present hour. Who may read the trail may see it.
    ///
    /// It reads what the sealer has counted and not the trail, so it costs the same however much there was to count.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn overview(&self, tenant: &Tenant, period: Period) -> Result<Overview, Fault> {
        let (first, end) = hours(period, self.store.now());
        let counts = self.store.tenant(tenant.id).hourly_counts(first, end).await?;
        Ok(Overview::gather(period, first, &counts))
    }
}

/// The first hour of a period, and the one after its last.
fn hours(period: Period, now: Timestamp) -> (Hour, Hour) {
    let step = period.step_hours();
    let present = Hour::of(now);
    let begun = Hour::from_number(present.number().div_euclid(step).saturating_mul(step));
    let before = i64::try_from(period.steps()).unwrap_or(i64::MAX).saturating_sub(1);
    (begun.plus(before.saturating_mul(step).saturating_neg()), present.plus(1))
}

impl Overview {
    fn gather(period: Period, first: Hour, counts: &[HourlyCount]) -> Self {
        let step = period.step_hours();
        let starts = (0..).take(period.steps()).map(|number: i64| first.plus(number.saturating_mul(step)).start());
        let mut overview = Self { period, starts: starts.collect(), counts: BTreeMap::new() };
        for HourlyCount { hour, measure, count } in counts {
            let place = hour.number().saturating_sub(first.number()).div_euclid(step);
            let steps = overview.counts.entry(*measure).or_insert_with(|| vec![0; period.steps()]);
            if let Some(sum) = usize::try_from(place).ok().and_then(|place| steps.get_mut(place)) {
                *sum = sum.saturating_add(*count);
            }
        }
        overview
    }

    /// What a line counts, step by step: zero where nothing happened.
    pub fn counts(&self, line: Line) -> Vec<u64> {
        match line {
            Line::One(measure) => self.sum(&[measure]),
            Line::LoginsRefused => self.sum(Measure::LOGINS_REFUSED),
            Line::SessionsOpened => self.sum(&[Measure::Login]),
            Line::SessionsEnded => self.sum(Measure::SESSIONS_ENDED),
        }
    }

    fn sum(&self, measures: &[Measure]) -> Vec<u64> {
        let mut sums = vec![0; self.period.steps()];
        for counts in measures.iter().filter_map(|measure| self.counts.get(measure)) {
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum = u64::saturating_add(*sum, *count);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-24, twenty minutes after 10 in UTC.
    const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_515_600);

    fn at(overview: &Overview, number: usize) -> String {
        overview.starts[number].to_string().replace(":00.000000Z", "")
    }

    fn gathered(period: Period, counts: &[(i64, Measure, u64)]) -> Overview {
        let present = Hour::of(NOW);
        let count = |(back, measure, count): &(i64, Measure, u64)| HourlyCount {
            hour: present.plus(-back),
            measure: *measure,
            count: *count,
        };
        let counts: Vec<_> = counts.iter().map(count).collect();
        Overview::gather(period, hours(period, NOW).0, &counts)
    }

    #[test]
    fn a_period_ends_with_the_present_hour_and_its_steps_divide_the_day() {
        let table = [
            (Period::Day, "2026-11-23T11:00", "2026-11-24T10:00"),
            (Period::Week, "2026-11-17T12:00", "2026-11-24T06:00"),
            (Period::Quarter, "2026-08-27T00:00", "2026-11-24T00:00"),
        ];
        for (period, first, last) in table {
            let overview = gathered(period, &[]);
            assert_eq!(overview.starts.len(), period.steps());
            assert_eq!((at(&overview, 0).as_str(), at(&overview, period.steps() - 1).as_str()), (first, last));
            assert!(overview.starts.is_sorted());
            let (from, to) = hours(period, NOW);
            assert_eq!((from.start(), to), (overview.starts[0], Hour::of(NOW).plus(1)));
            assert_eq!(period.name().parse(), Ok(period));
        }
        assert_eq!("24H".parse::<Period>(), Err(UnknownName));
    }

    #[test]
    fn counts_fall_into_their_steps_and_the_gaps_are_zero() {
        let counts = [
            (0, Measure::Login, 1),
            (4, Measure::Login, 2),
            (5, Measure::Login, 4),
            (23, Measure::Login, 8),
            (4, Measure::LoginLocked, 16),
            (4, Measure::LoginOverloaded, 32),
        ];
        let day = gathered(Period::Day, &counts);
        let logins = day.counts(Line::One(Measure::Login));
        assert_eq!((logins.len(), logins[0], logins[18], logins[19], logins[23]), (24, 8, 4, 2, 1));
        assert_eq!(logins.iter().sum::<u64>(), 15);
        assert_eq!(day.counts(Line::LoginsRefused)[19], 48);
        assert_eq!(day.counts(Line::SessionsOpened), logins);
        assert_eq!(day.counts(Line::SessionsEnded), [0; 24]);
        // 10 o'clock and 6 o'clock are of one quarter of the day, 5 o'clock is of the one before.
        let week = gathered(Period::Week, &counts).counts(Line::One(Measure::Login));
        assert_eq!(week[23..], [8, 0, 0, 4, 3]);
        let quarter = gathered(Period::Quarter, &counts).counts(Line::One(Measure::Login));
        assert_eq!(quarter[87..], [0, 8, 7]);
    }

    #[test]
    fn counts_beyond_all_bounds_stay_at_the_end_of_them() {
        let counts =
            [(0, Measure::LoginLocked, u64::MAX), (0, Measure::LoginUnknownName, u64::MAX), (99, Measure::Login, 1)];
        let day = gathered(Period::Day, &counts);
        assert_eq!(day.counts(Line::LoginsRefused)[23], u64::MAX);
        assert_eq!(day.counts(Line::One(Measure::Login)), [0; 24], "what lies outside is left out");
    }

    #[test]
    fn every_measure_is_drawn_somewhere_and_parts_once() {
        let lines: Vec<_> = Chart::ALL.into_iter().flat_map(Chart::lines).collect();
        for measure in Measure::ALL {
            assert_eq!(lines.iter().filter(|line| **line == Line::One(*measure)).count(), 1, "{measure:?}");
        }
        assert!(Chart::ALL.into_iter().all(|chart| !chart.lines().is_empty()));
        assert!(Chart::Refusals.has_parts() && !Chart::Logins.has_parts());
    }
}
