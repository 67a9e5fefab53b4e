//! Medians, quantiles and the one test of likeness.

use std::fmt;

use anyhow::Context;

/// The least, the median and the most of several rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// # Errors
    /// Where there was no round.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> anyhow::Result<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let median = values.get(values.len() / 2).copied().context("nothing was measured")?;
        let least = values.first().copied().unwrap_or(median);
        let most = values.last().copied().unwrap_or(median);
        Ok(Self { least, median, most })
    }

    /// In another unit.
    pub(crate) fn times(self, factor: f64) -> Self {
        Self { least: self.least * factor, median: self.median * factor, most: self.most * factor }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { least, median, most } = *self;
        let digits = match median.abs() {
            size if size < 10.0 => 3,
            size if size < 100.0 => 1,
            _ => 0,
        };
        write!(f, "{median:.digits$} ({least:.digits$} to {most:.digits$})")
    }
}

/// The value below which the share `q` of the samples lies; sorts them. 0 where there are none.
pub(crate) fn quantile(samples: &mut [f64], q: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let rank = (samples.len() as f64 * q).ceil() as usize;
    samples.get(rank.saturating_sub(1)).or(samples.last()).copied().unwrap_or(0.0)
}

/// The area under the ROC curve (Mann and Whitney's U): how often a sample of `these` is larger than one of `those`,
/// equal ones counting half. 0.5 where nobody can tell them apart by size, 0 or 1 where everybody can.
pub(crate) fn auc(these: &[f64], those: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = these.iter().map(|value| (*value, true)).collect();
    all.extend(those.iter().map(|value| (*value, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut wins) = (0.0, 0.0);
    for equal in all.chunk_by(|a, b| a.0 == b.0) {
        let mine = equal.iter().filter(|sample| sample.1).count() as f64;
        let theirs = equal.len() as f64 - mine;
        wins += mine * (below + theirs / 2.0);
        below += theirs;
    }
    wins / (these.len() as f64 * those.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_says_how_well_two_sets_can_be_told_apart() {
        assert_eq!(auc(&[4.0, 5.0], &[1.0, 2.0, 3.0]), 1.0);
        assert_eq!(auc(&[1.0], &[2.0, 3.0]), 0.0);
        assert_eq!(auc(&[1.0, 2.0], &[1.0, 2.0]), 0.5);
        assert_eq!(auc(&[2.0, 2.0], &[1.0, 2.0, 3.0]), 0.5);
    }

    #[test]
    fn quantiles_are_samples() {
        let mut samples: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!([0.5, 0.99, 1.0].map(|q| quantile(&mut samples, q)), [100.0, 198.0, 200.0]);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }

    #[test]
    fn a_spread_shows_as_many_digits_as_it_means() {
        let spread = Spread::of([0.91, 0.9, 0.93]).unwrap();
        assert_eq!(spread.to_string(), "0.910 (0.900 to 0.930)");
        assert_eq!(spread.times(1000.0).to_string(), "910 (900 to 930)");
        assert!(Spread::of([]).is_err());
    }
}
