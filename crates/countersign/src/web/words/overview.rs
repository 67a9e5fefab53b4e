//! What the overview says.

use super::words;

words! {
    /// The page about what happened lately.
    OverviewWords {
        title,
        /// What the list of periods is called.
        period,
        day,
        week,
        quarter,
        /// Before a moment.
        as_of,
        utc,
        /// What stands where nothing was counted.
        quiet,
        /// What the figures of the whole period are called.
        totals,
        /// What opens the table beside a picture.
        numbers,
        /// Above the beginnings of the steps.
        begins,
    }

    /// What charts are called, and what each shows.
    ChartWords {
        logins,
        logins_about,
        refusals,
        refusals_about,
        lockouts,
        lockouts_about,
        sessions,
        sessions_about,
        session_ends,
        session_ends_about,
        letters,
        letters_about,
    }

    /// What is counted.
    LineWords {
        login,
        logins_refused,
        wrong_password,
        unknown_name,
        locked,
        deactivated,
        too_many_requests,
        overloaded,
        refused,
        lockout_started,
        account_unlocked,
        sessions_opened,
        sessions_ended,
        logout,
        requested,
        revoked,
        reused,
        too_many_sessions,
        too_many_failures,
        ended,
        letter_sent,
        letter_dead,
        letter_dropped,
    }
}
