//! What periods, charts and lines are called.

use countersign_domain::hourly::Measure;
use countersign_flows::overview::{Chart, Line, Period};

use crate::web::words::{ChartWords, LineWords, OverviewWords};

pub(super) const fn period(period: Period, words: &OverviewWords) -> &'static str {
    match period {
        Period::Day => words.day,
        Period::Week => words.week,
        Period::Quarter => words.quarter,
    }
}

/// What a chart's elements are named after, its title, and what it shows.
pub(super) const fn chart(chart: Chart, words: &ChartWords) -> (&'static str, &'static str, &'static str) {
    match chart {
        Chart::Logins => ("logins", words.logins, words.logins_about),
        Chart::Refusals => ("refusals", words.refusals, words.refusals_about),
        Chart::Lockouts => ("lockouts", words.lockouts, words.lockouts_about),
        Chart::Sessions => ("sessions", words.sessions, words.sessions_about),
        Chart::SessionEnds => ("session-ends", words.session_ends, words.session_ends_about),
        Chart::Letters => ("letters", words.letters, words.letters_about),
    }
}

pub(super) const fn line(line: Line, words: &LineWords) -> &'static str {
    match line {
        Line::One(measure) => self::measure(measure, words),
        Line::LoginsRefused => words.logins_refused,
        Line::SessionsOpened => words.sessions_opened,
        Line::SessionsEnded => words.sessions_ended,
    }
}

const fn measure(measure: Measure, words: &LineWords) -> &'static str {
    match measure {
        Measure::Login => words.login,
        Measure::LoginWrongPassword => words.wrong_password,
        Measure::LoginUnknownName => words.unknown_name,
        Measure::LoginLocked => words.locked,
        Measure::LoginDeactivated => words.deactivated,
        Measure::LoginTooManyRequests => words.too_many_requests,
        Measure::LoginOverloaded => words.overloaded,
        Measure::LoginRefused => words.refused,
        Measure::LockoutStarted => words.lockout_started,
        Measure::AccountUnlocked => words.account_unlocked,
        Measure::SessionLogout => words.logout,
        Measure::SessionRequested => words.requested,
        Measure::SessionRevoked => words.revoked,
        Measure::SessionReused => words.reused,
        Measure::SessionTooManySessions => words.too_many_sessions,
        Measure::SessionTooManyFailures => words.too_many_failures,
        Measure::SessionEnded => words.ended,
        Measure::LetterSent => words.letter_sent,
        Measure::LetterDead => words.letter_dead,
        Measure::LetterDropped => words.letter_dropped,
    }
}
