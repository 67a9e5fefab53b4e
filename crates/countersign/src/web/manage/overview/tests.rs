use std::time::Duration;

use askama::Template;
use countersign_domain::{LANGUAGES, Timestamp};
use countersign_flows::overview::{Chart, Line, Period};

use super::live::{Frame, Live, grouped, step};
use crate::web::words::{OverviewWords, Words};

/// 2026-11-24T00:00:00Z.
const MIDNIGHT: Timestamp = Timestamp::from_unix_seconds(1_795_478_400);
const HOUR: Duration = Duration::from_secs(3_600);
/// What a phone on a slow line takes in a few seconds, once.
const BYTES_MAX: usize = 192 * 1024;

#[derive(Template)]
#[template(path = "web/manage/overview_live.html")]
struct Part<'w> {
    words: &'w OverviewWords,
    live: Live,
}

fn shown(period: Period, counts: impl Fn(Line) -> Vec<u64>) -> Vec<String> {
    let hours = u32::try_from(period.step_hours()).unwrap();
    let starts: Vec<_> = (0..).take(period.steps()).map(|place: u32| MIDNIGHT.plus(HOUR * hours * place)).collect();
    let show = |language| {
        let words = Words::of(language);
        let frame = Frame { period, starts: &starts, now: MIDNIGHT, words, language };
        let live = Live::of(&frame, &counts).unwrap();
        Part { words: &words.manage.overview, live }.render().unwrap()
    };
    LANGUAGES.map(show).into()
}

#[test]
fn a_full_quarter_is_a_page_that_a_phone_can_take() {
    let number = |place: usize| 1_234_567 + u64::try_from(place).unwrap() * 7_919 % 100_000;
    for page in shown(Period::Quarter, |_| (0..90).map(number).collect()) {
        assert!(page.len() < BYTES_MAX, "{} bytes", page.len());
        assert_eq!(page.matches("<svg class=\"chart\"").count(), Chart::ALL.len());
        assert_eq!(page.matches("<tr><th scope=\"row\">").count(), Chart::ALL.len() * 90);
        assert!(!page.contains("style=") && !page.contains("&lt;svg") && !page.contains("&#60;svg"));
    }
}

#[test]
fn where_nothing_happened_a_sentence_says_so() {
    for (page, language) in shown(Period::Day, |_| vec![0; 24]).into_iter().zip(LANGUAGES) {
        let quiet = Words::of(language).manage.overview.quiet;
        assert_eq!(page.matches(quiet).count(), Chart::ALL.len());
        assert!(!page.contains("<svg") && !page.contains("class=\"bad\""));
    }
}

#[test]
fn what_asks_for_a_look_is_marked() {
    let lockouts = |line| vec![u64::from(line == Line::One(countersign_domain::hourly::Measure::LockoutStarted)); 24];
    let page = shown(Period::Day, lockouts).remove(0);
    assert_eq!(page.matches("class=\"bad\"").count(), 1);
    assert!(page.contains("<dd>24</dd>"));
}

#[test]
fn steps_are_told_by_their_beginning_and_marked_where_the_day_is_divided() {
    for (period, hour, mark, label) in [
        (Period::Day, 0, "00:00", "2026-11-24 00:00"),
        (Period::Day, 1, "", "2026-11-24 01:00"),
        (Period::Day, 20, "20:00", "2026-11-24 20:00"),
        (Period::Week, 0, "11-24", "2026-11-24 00:00"),
        (Period::Week, 6, "", "2026-11-24 06:00"),
        (Period::Quarter, 24, "11-25", "2026-11-25"),
    ] {
        let step = step(period, MIDNIGHT.plus(HOUR * hour));
        assert_eq!((step.mark.as_str(), step.label.as_str()), (mark, label));
    }
}

#[test]
fn numbers_are_read_by_their_thousands() {
    for (number, text) in [
        (0, "0"),
        (999, "999"),
        (1_000, "1\u{202f}000"),
        (12_345_678, "12\u{202f}345\u{202f}678"),
        (100_000, "100\u{202f}000"),
    ] {
        assert_eq!(grouped(number), text);
    }
}
