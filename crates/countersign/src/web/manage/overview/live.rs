//! The part of the page that changes.

use countersign_domain::hourly::Measure;
use countersign_domain::{Language, Timestamp};
use countersign_flows::overview::{Chart, Line, Period};

use super::said;
use crate::web::chart::{self, Form, Series, Step, Table};
use crate::web::words::Words;

/// Sums of the period that stand on top, whether one that is not zero asks for a look, and where there is more about it.
const FIGURES: [(Line, bool, Option<&str>); 5] = [
    (Line::One(Measure::Login), false, Some("/manage/audit?action=login&outcome=done")),
    (Line::LoginsRefused, false, Some("/manage/audit?action=login&outcome=refused")),
    (Line::One(Measure::LockoutStarted), true, Some("/manage/audit?action=lockout_started")),
    (Line::SessionsOpened, false, None),
    (Line::One(Measure::LetterDead), true, Some("/manage/letters")),
];

/// What is shown anew every minute.
pub(super) struct Live {
    pub(super) at: String,
    pub(super) figures: Vec<Figure>,
    pub(super) pictures: Vec<Picture>,
}

/// One number of the whole period.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) sum: String,
    pub(super) is_bad: bool,
    pub(super) more: Option<&'static str>,
}

/// A chart, its key and its numbers.
pub(super) struct Picture {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    /// Our own template made it, of words that it escaped and of numbers: nothing in it is anybody's.
    pub(super) svg: String,
    pub(super) table: Table,
    /// The sum of each column.
    pub(super) sums: Vec<String>,
    pub(super) is_quiet: bool,
}

/// When it is counted, and how it is told.
pub(super) struct Frame<'o> {
    pub(super) period: Period,
    pub(super) starts: &'o [Timestamp],
    pub(super) now: Timestamp,
    pub(super) words: &'static Words,
    pub(super) language: Language,
}

impl Live {
    /// # Errors
    /// The template of a picture fails.
    pub(super) fn of(frame: &Frame<'_>, counts: impl Fn(Line) -> Vec<u64>) -> askama::Result<Self> {
        let figure = |(line, asks, more)| {
            let sum = sum(&counts(line));
            let name = said::line(line, &frame.words.manage.lines);
            Figure { name, sum: grouped(sum), is_bad: asks && sum > 0, more }
        };
        let pictures = Chart::ALL.into_iter().map(|chart| frame.picture(chart, &counts));
        Ok(Self {
            at: minute(frame.now),
            figures: FIGURES.map(figure).into(),
            pictures: pictures.collect::<askama::Result<_>>()?,
        })
    }
}

impl Frame<'_> {
    fn picture(&self, chart: Chart, counts: impl Fn(Line) -> Vec<u64>) -> askama::Result<Picture> {
        let words = &self.words.manage;
        let (id, title, about) = said::chart(chart, &words.charts);
        let series = |line| Series { name: said::line(line, &words.lines).to_owned(), counts: counts(line) };
        let series: Vec<_> = chart.lines().into_iter().map(series).collect();
        let sums: Vec<_> = series.iter().map(|series| sum(&series.counts)).collect();
        let drawn = chart::Chart {
            id,
            title: title.to_owned(),
            about: about.to_owned(),
            steps: self.starts.iter().map(|start| step(self.period, *start)).collect(),
            series,
            form: if chart.has_parts() { Form::Stacks } else { Form::Lines },
            is_right_to_left: self.language.is_right_to_left(),
        };
        Ok(Picture {
            id,
            title,
            about,
            svg: drawn.svg()?,
            table: drawn.table(),
            is_quiet: sums.iter().all(|sum| *sum == 0),
            sums: sums.into_iter().map(grouped).collect(),
        })
    }
}

fn minute(at: Timestamp) -> String {
    at.to_string().chars().take("2026-11-24T10:00".len()).collect::<String>().replace('T', " ")
}

/// How a step is told: by its beginning in UTC.
pub(super) fn step(period: Period, start: Timestamp) -> Step {
    let label = minute(start);
    let (day, time) = label.split_at_checked("2026-11-24 ".len()).unwrap_or((&label, ""));
    let day = day.trim_end();
    let short = day.get("2026-".len()..).unwrap_or(day);
    // Marks that stand on even hours, and on midnights: there is no room for all.
    let (mark, label) = match period {
        Period::Day if MARKED_HOURS.contains(&time) => (time, label.as_str()),
        Period::Week if time == "00:00" => (short, label.as_str()),
        Period::Day | Period::Week => ("", label.as_str()),
        Period::Quarter => (short, day),
    };
    Step { mark: mark.to_owned(), label: label.to_owned() }
}

const MARKED_HOURS: [&str; 6] = ["00:00", "04:00", "08:00", "12:00", "16:00", "20:00"];

fn sum(counts: &[u64]) -> u64 {
    counts.iter().copied().fold(0, u64::saturating_add)
}

/// A number with a thin space between its thousands, which no language takes for a decimal mark.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}
