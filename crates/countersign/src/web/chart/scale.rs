/// Rungs above the lowest, at most: what can be told apart in a picture of this height.
const RUNGS_MAX: u128 = 4;

/// A count, and how it is written beside the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rung {
    pub(super) count: u128,
    pub(super) text: String,
}

/// The rungs of a scale that reaches `most`: from zero, by 1, 2 or 5 and so many zeros.
pub(super) fn rungs(most: u128) -> Vec<Rung> {
    let step = steps().find(|step| step.saturating_mul(RUNGS_MAX) >= most).unwrap_or(u128::MAX);
    let (unit, letter) = unit(step);
    let rung = |number: u128| {
        let count = step.saturating_mul(number);
        let text = if number == 0 { "0".to_owned() } else { format!("{}{letter}", count / unit) };
        Rung { count, text }
    };
    (0..=most.div_ceil(step).max(1)).map(rung).collect()
}

fn steps() -> impl Iterator<Item = u128> {
    let tens = std::iter::successors(Some(1_u128), |ten| ten.checked_mul(10));
    tens.flat_map(|ten| [1, 2, 5].map(|times| ten.saturating_mul(times)))
}

/// The largest unit that divides a step, so that every rung is a whole number of it: a decimal point would be another
/// language's comma.
fn unit(step: u128) -> (u128, &'static str) {
    let mut unit = (1, "");
    for letter in ["k", "M", "G", "T", "P", "E"] {
        let next = unit.0 * 1_000;
        if !step.is_multiple_of(next) {
            break;
        }
        unit = (next, letter);
    }
    unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_go_by_ones_twos_and_fives_and_are_written_short() {
        let table = [
            (0, "0 1"),
            (1, "0 1"),
            (3, "0 1 2 3"),
            (4, "0 1 2 3 4"),
            (5, "0 2 4 6"),
            (17, "0 5 10 15 20"),
            (99, "0 50 100"),
            (1_999, "0 500 1000 1500 2000"),
            (4_001, "0 2k 4k 6k"),
            (20_000, "0 5k 10k 15k 20k"),
            (1_900_000, "0 500k 1000k 1500k 2000k"),
            (40_000_000, "0 10M 20M 30M 40M"),
            (u128::from(u64::MAX), "0 5E 10E 15E 20E"),
        ];
        for (most, expected) in table {
            let texts: Vec<_> = rungs(most).into_iter().map(|rung| rung.text).collect();
            assert_eq!(texts.join(" "), expected, "{most}");
        }
    }

    #[test]
    fn a_scale_reaches_what_it_is_for_and_has_few_rungs() {
        let powers = (0..128).map(|power| 1_u128 << power);
        for most in powers.flat_map(|power| [power - 1, power, power + 1]).chain([u128::MAX]) {
            let rungs = rungs(most);
            assert!((2..=5).contains(&rungs.len()), "{most}");
            assert!(rungs[0].count == 0 && rungs[rungs.len() - 1].count >= most, "{most}");
            assert!(rungs.windows(2).all(|pair| pair[0].count < pair[1].count), "{most}");
        }
    }
}
