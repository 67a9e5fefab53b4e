use std::fmt;
use std::fmt::Write as _;

use askama::Template;

use super::scale::{Rung, rungs};
use super::{Chart, Form, Series, Step, colour};

/// A place or a length in the picture, in tenths of its unit. At a width of 360 pixels, the smallest of phones, a unit is
/// one of them. All is reckoned in whole tenths, so that no input makes a number that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tenths(i64);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 10 {
            0 => write!(f, "{}", self.0 / 10),
            tenth => write!(f, "{}.{tenth}", self.0 / 10),
        }
    }
}

const WIDTH: i64 = 3_600;
const HEIGHT: i64 = 2_000;
/// Where the picture's field begins and ends: there is room beside it for five letters, and below it for a line.
const LEFT: i64 = 440;
const RIGHT: i64 = 3_520;
const TOP: i64 = 120;
const BOTTOM: i64 = 1_720;
/// Between the field and what is written beside it.
const GAP: i64 = 50;
/// The line of text below the field.
const BASELINE: i64 = 1_890;
/// About as wide as a letter is: 13 units high, it is read at a width of 360 pixels, too.
const LETTER: i64 = 75;
/// What a stack takes of the width of its step.
const STACK_PERCENT: i64 = 80;

/// The picture of a chart.
#[derive(Template)]
#[template(path = "chart.svg")]
pub(super) struct Drawing<'c> {
    chart: &'c Chart,
    width: Tenths,
    height: Tenths,
    direction: &'static str,
    rungs: Vec<(Tenths, String)>,
    /// Where every rung begins and ends, and where its text does.
    rung_ends: (Tenths, Tenths),
    rung_text: Tenths,
    shapes: Vec<Shape>,
    /// The lowest rung, drawn once more over the shapes that stand on it.
    base: Tenths,
    marks: Vec<(Tenths, &'c str)>,
    baseline: Tenths,
}

/// All that is drawn of one series.
struct Shape {
    class: String,
    path: String,
}

impl<'c> Drawing<'c> {
    pub(super) fn of(chart: &'c Chart) -> Self {
        let field = Field::of(chart);
        let rung = |rung: &Rung| (Tenths(field.y(rung.count)), rung.text.clone());
        Self {
            chart,
            width: Tenths(WIDTH),
            height: Tenths(HEIGHT),
            direction: if chart.is_right_to_left { "rtl" } else { "ltr" },
            rungs: field.rungs.iter().map(rung).collect(),
            rung_ends: (Tenths(field.x(LEFT)), Tenths(field.x(RIGHT))),
            rung_text: Tenths(field.x(LEFT - GAP)),
            shapes: match chart.form {
                Form::Lines => field.lines(),
                Form::Stacks => field.stacks(),
            },
            base: Tenths(BOTTOM),
            marks: field.marks(),
            baseline: Tenths(BASELINE),
        }
    }
}

/// Where things lie in the picture.
struct Field<'c> {
    chart: &'c Chart,
    rungs: Vec<Rung>,
    /// The count of the highest rung.
    top: u128,
}

impl<'c> Field<'c> {
    fn of(chart: &'c Chart) -> Self {
        let rungs = rungs(most(chart));
        let top = rungs.last().map_or(1, |rung| rung.count).max(1);
        Self { chart, rungs, top }
    }

    /// How many steps, and how far into the field so many halves of one reach.
    fn halves(&self, count: usize) -> i64 {
        let steps = length(self.chart.steps.len()).max(1);
        LEFT + (RIGHT - LEFT).saturating_mul(length(count)) / steps.saturating_mul(2)
    }

    /// Where that lies: read from right to left, everything stands on the other side.
    const fn x(&self, from_start: i64) -> i64 {
        if self.chart.is_right_to_left { WIDTH - from_start } else { from_start }
    }

    fn y(&self, count: u128) -> i64 {
        let height = (BOTTOM - TOP).cast_unsigned();
        let up = u128::from(height).saturating_mul(count.min(self.top)) / self.top;
        BOTTOM - i64::try_from(up).unwrap_or(0)
    }

    fn lines(&self) -> Vec<Shape> {
        let shape = |(place, series): (usize, &Series)| {
            let mut path = String::new();
            for step in 0..self.chart.steps.len() {
                let (x, y) = (self.x(self.halves(2 * step + 1)), self.y(series.count(step).into()));
                // A line of no length is a dot: with one step alone there would be nothing to see.
                let _ = match step {
                    0 => write!(path, "M{x},{y}H{x}", x = Tenths(x), y = Tenths(y)),
                    _ => write!(path, "L{},{}", Tenths(x), Tenths(y)),
                };
            }
            Shape { class: format!("chart-line {}", colour(place)), path }
        };
        self.chart.series.iter().enumerate().map(shape).collect()
    }

    fn stacks(&self) -> Vec<Shape> {
        let mut below = vec![0_u128; self.chart.steps.len()];
        let shape = |(place, series): (usize, &Series)| {
            let mut path = String::new();
            for (step, below) in below.iter_mut().enumerate() {
                let foot = self.y(*below);
                *below = below.saturating_add(series.count(step).into());
                let head = self.y(*below);
                if head < foot {
                    let (left, right) = self.sides(step);
                    let _ = write!(
                        path,
                        "M{left},{foot}V{head}H{right}V{foot}Z",
                        left = Tenths(left),
                        foot = Tenths(foot),
                        head = Tenths(head),
                        right = Tenths(right),
                    );
                }
            }
            Shape { class: format!("chart-stack {}", colour(place)), path }
        };
        self.chart.series.iter().enumerate().map(shape).collect()
    }

    /// The sides of the stack of a step.
    fn sides(&self, step: usize) -> (i64, i64) {
        let (from, to) = (self.halves(2 * step), self.halves(2 * step + 2));
        let margin = (to - from) * (100 - STACK_PERCENT) / 200;
        (self.x(from + margin), self.x(to - margin))
    }

    /// As many marks as have room, equally far apart where those of the steps are, and none beyond the picture's edge.
    fn marks(&self) -> Vec<(Tenths, &'c str)> {
        let steps: Vec<_> = self.chart.steps.iter().enumerate().filter(|(_, step)| !step.mark.is_empty()).collect();
        let widest = steps.iter().map(|(_, step)| length(step.mark.chars().count())).max().unwrap_or(0);
        let room = widest.saturating_mul(LETTER).saturating_add(2 * GAP);
        let marks_max = usize::try_from((RIGHT - LEFT) / room).unwrap_or(0).max(1);
        let apart = steps.len().div_ceil(marks_max).max(1);
        let half = (room / 2).min(WIDTH / 2);
        let mark = |(place, step): (usize, &'c Step)| {
            let x = self.x(self.halves(2 * place + 1)).clamp(half, WIDTH - half);
            (Tenths(x), step.mark.as_str())
        };
        steps.into_iter().step_by(apart).map(mark).collect()
    }
}

/// The most that is drawn at one place.
fn most(chart: &Chart) -> u128 {
    let at = |step: usize| {
        let counts = chart.series.iter().map(|series| u128::from(series.count(step)));
        match chart.form {
            Form::Lines => counts.max().unwrap_or(0),
            Form::Stacks => counts.fold(0, u128::saturating_add),
        }
    };
    (0..chart.steps.len()).map(at).max().unwrap_or(0)
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
