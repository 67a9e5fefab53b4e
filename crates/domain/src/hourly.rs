use std::str::FromStr;
use std::time::Duration;

use crate::audit::{Action, Event, Outcome, Reason};
use crate::{Timestamp, UnknownName};

/// How long counts stay: a year and a month, so that a month can be laid beside the same one of the year before.
pub const COUNTS_KEPT: Duration = Duration::from_secs(400 * 86_400);

const SECONDS_PER_HOUR: i64 = 3_600;

/// An hour, by its number since 1970-01-01T00:00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(i64);

impl Hour {
    /// The hour that a moment lies in.
    pub const fn of(at: Timestamp) -> Self {
        Self(at.unix_seconds().div_euclid(SECONDS_PER_HOUR))
    }

    /// By its number.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Its first moment.
    pub const fn start(self) -> Timestamp {
        Timestamp::from_unix_seconds(self.0.saturating_mul(SECONDS_PER_HOUR))
    }

    /// The hour so many later; earlier where it is negative.
    #[must_use]
    pub const fn plus(self, hours: i64) -> Self {
        Self(self.0.saturating_add(hours))
    }
}

macro_rules! measures {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)+) => {
        /// What is counted by the hour. The list is closed, and so is the room that its counts take: however much happens,
        /// an hour of a tenant has no more rows than there are measures.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Measure {
            $($(#[$doc])* $name,)+
        }

        impl Measure {
            /// Every measure there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name in the store. It never changes.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }

        impl FromStr for Measure {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                match text {
                    $($word => Ok(Self::$name),)+
                    _ => Err(UnknownName),
                }
            }
        }
    };
}

measures! {
    /// Somebody logged in, which opened a session.
    Login = "login",
    /// A login with a wrong password.
    LoginWrongPassword = "login_wrong_password",
    /// A login under a name that has no account.
    LoginUnknownName = "login_unknown_name",
    /// A login under a name that was locked.
    LoginLocked = "login_locked",
    /// A login to an account that is closed.
    LoginDeactivated = "login_deactivated",
    /// A login from a network, or under a name, that had tried too often.
    LoginTooManyRequests = "login_too_many_requests",
    /// A login for which there was no room to hash.
    LoginOverloaded = "login_overloaded",
    /// A login that was refused for what a newer version knows.
    LoginRefused = "login_refused",
    /// A name was locked.
    LockoutStarted = "lockout_started",
    /// Somebody unlocked an account by hand.
    AccountUnlocked = "account_unlocked",
    /// A session that its owner ended.
    SessionLogout = "session_logout",
    /// A session that its owner, a manager or an operator ended from a list.
    SessionRequested = "session_requested",
    /// A session that a holder of its token gave up.
    SessionRevoked = "session_revoked",
    /// A session that ended since a used refresh token came back.
    SessionReused = "session_reused",
    /// A session that gave way to a newer one of its account.
    SessionTooManySessions = "session_too_many_sessions",
    /// A session that ended since it guessed at the current password.
    SessionTooManyFailures = "session_too_many_failures",
    /// A session that ended for what a newer version knows.
    SessionEnded = "session_ended",
    /// A letter that a mail server took.
    LetterSent = "letter_sent",
    /// A letter that was given up.
    LetterDead = "letter_dead",
    /// A letter that nobody needed any more.
    LetterDropped = "letter_dropped",
}

impl Measure {
    /// Logins that were refused, by reason.
    pub const LOGINS_REFUSED: &'static [Self] = &[
        Self::LoginWrongPassword,
        Self::LoginUnknownName,
        Self::LoginLocked,
        Self::LoginDeactivated,
        Self::LoginTooManyRequests,
        Self::LoginOverloaded,
        Self::LoginRefused,
    ];

    /// Sessions that somebody or something ended, by reason. One that runs out, or falls with its account's password, role
    /// or standing, has no event of its own and is none of these.
    pub const SESSIONS_ENDED: &'static [Self] = &[
        Self::SessionLogout,
        Self::SessionRequested,
        Self::SessionRevoked,
        Self::SessionReused,
        Self::SessionTooManySessions,
        Self::SessionTooManyFailures,
        Self::SessionEnded,
    ];

    /// What an event counts as; most count as nothing.
    pub const fn of(event: &Event) -> Option<Self> {
        match (&event.action, event.outcome) {
            (Action::Login, Outcome::Done) => Some(Self::Login),
            (Action::Login, Outcome::Refused) => Some(Self::of_refused_login(event.reason.as_ref())),
            (Action::LockoutStarted, Outcome::Done) => Some(Self::LockoutStarted),
            (Action::AccountUnlocked, Outcome::Done) => Some(Self::AccountUnlocked),
            (Action::Logout, Outcome::Done) => Some(Self::SessionLogout),
            // What was refused is the token; the session ended with it.
            (Action::RefreshReused, _) => Some(Self::SessionReused),
            (Action::SessionEnded, Outcome::Done) => Some(Self::of_ended_session(event.reason.as_ref())),
            _ => None,
        }
    }

    const fn of_refused_login(reason: Option<&Reason>) -> Self {
        match reason {
            Some(Reason::WrongPassword) => Self::LoginWrongPassword,
            Some(Reason::UnknownName) => Self::LoginUnknownName,
            Some(Reason::Locked) => Self::LoginLocked,
            Some(Reason::Deactivated) => Self::LoginDeactivated,
            Some(Reason::TooManyRequests) => Self::LoginTooManyRequests,
            Some(Reason::Overloaded) => Self::LoginOverloaded,
            _ => Self::LoginRefused,
        }
    }

    const fn of_ended_session(reason: Option<&Reason>) -> Self {
        match reason {
            Some(Reason::Requested) => Self::SessionRequested,
            Some(Reason::Revoked) => Self::SessionRevoked,
            Some(Reason::TooManySessions) => Self::SessionTooManySessions,
            Some(Reason::TooManyFailures) => Self::SessionTooManyFailures,
            _ => Self::SessionEnded,
        }
    }
}

/// What an event adds to the counts: to which measure, in which hour, how many. Nothing, where it is not counted.
pub const fn counted(event: &Event) -> Option<(Measure, Hour, u32)> {
    match Measure::of(event) {
        Some(measure) if event.count > 0 => Some((measure, Hour::of(event.at), event.count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;
    use crate::audit::{SALT_BYTES, Seed};
    use crate::{EventId, TenantId};

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_795_521_600);

    fn done(action: Action) -> Event {
        let seed = Seed { id: EventId::from_uuid(Uuid::from_u128(1)), salt: [7; SALT_BYTES] };
        Event::done(TenantId::from_uuid(Uuid::from_u128(2)), NOON, seed, action)
    }

    #[test]
    fn every_word_is_one_measures_and_reads_back() {
        let words: BTreeSet<_> = Measure::ALL.iter().map(|measure| measure.word()).collect();
        assert_eq!(words.len(), Measure::ALL.len());
        for measure in Measure::ALL {
            assert_eq!(measure.word().parse(), Ok(*measure));
        }
        assert_eq!("login_by_pigeon".parse::<Measure>(), Err(UnknownName));
    }

    #[test]
    fn events_are_counted_by_what_they_tell() {
        let newer = Reason::Other("of_a_newer_version".into());
        let table = [
            (done(Action::Login), Some(Measure::Login)),
            (done(Action::Login).refused_because(Reason::WrongPassword), Some(Measure::LoginWrongPassword)),
            (done(Action::Login).refused_because(Reason::UnknownName), Some(Measure::LoginUnknownName)),
            (done(Action::Login).refused_because(Reason::Locked), Some(Measure::LoginLocked)),
            (done(Action::Login).refused_because(Reason::Deactivated), Some(Measure::LoginDeactivated)),
            (done(Action::Login).refused_because(Reason::TooManyRequests), Some(Measure::LoginTooManyRequests)),
            (done(Action::Login).refused_because(Reason::Overloaded), Some(Measure::LoginOverloaded)),
            (done(Action::Login).refused_because(newer.clone()), Some(Measure::LoginRefused)),
            (done(Action::LockoutStarted).because(Reason::TooManyFailures), Some(Measure::LockoutStarted)),
            (done(Action::AccountUnlocked), Some(Measure::AccountUnlocked)),
            (done(Action::Logout), Some(Measure::SessionLogout)),
            (done(Action::RefreshReused).refused_because(Reason::Reused), Some(Measure::SessionReused)),
            (done(Action::SessionEnded).because(Reason::Requested), Some(Measure::SessionRequested)),
            (done(Action::SessionEnded).because(Reason::Revoked), Some(Measure::SessionRevoked)),
            (done(Action::SessionEnded).because(Reason::TooManySessions), Some(Measure::SessionTooManySessions)),
            (done(Action::SessionEnded).because(Reason::TooManyFailures), Some(Measure::SessionTooManyFailures)),
            (done(Action::SessionEnded).because(newer), Some(Measure::SessionEnded)),
            (done(Action::SessionEnded), Some(Measure::SessionEnded)),
            (done(Action::PasswordChanged).refused_because(Reason::WrongPassword), None),
            (done(Action::Other("logged_in_by_pigeon".into())), None),
        ];
        for (event, measure) in table {
            assert_eq!(Measure::of(&event), measure, "{} {:?}", event.action, event.reason);
            let is_refusal = event.action == Action::Login && event.outcome == Outcome::Refused;
            let is_end = [Action::Logout, Action::RefreshReused, Action::SessionEnded].contains(&event.action);
            assert_eq!(measure.is_some_and(|measure| Measure::LOGINS_REFUSED.contains(&measure)), is_refusal);
            assert_eq!(measure.is_some_and(|measure| Measure::SESSIONS_ENDED.contains(&measure)), is_end);
        }
    }

    #[test]
    fn an_event_counts_as_often_as_it_stands_for_in_the_hour_of_its_moment() {
        let locked = done(Action::Login).refused_because(Reason::Locked).times(7);
        assert_eq!(counted(&locked), Some((Measure::LoginLocked, Hour::of(NOON), 7)));
        let before = Event { at: NOON.minus(Duration::from_micros(1)), ..locked.clone() };
        assert_eq!(counted(&before), Some((Measure::LoginLocked, Hour::of(NOON).plus(-1), 7)));
        assert_eq!(counted(&locked.times(0)), None);
        assert_eq!(counted(&done(Action::RoleCreated)), None);
    }

    #[test]
    fn hours_follow_one_another_on_both_sides_of_1970() {
        for micros in [i64::MIN, -1, 0, 1, NOON.micros(), i64::MAX] {
            let at = Timestamp::from_micros(micros);
            let hour = Hour::of(at);
            assert!(hour.start() <= at || hour.start() == Timestamp::from_micros(i64::MIN), "{micros}");
            assert_eq!(Hour::from_number(hour.number()), hour);
        }
        assert_eq!(Hour::of(Timestamp::from_micros(-1)).number(), -1);
        assert_eq!(Hour::of(NOON).start(), NOON);
        assert_eq!(Hour::of(NOON.plus(Duration::from_secs(3_599))), Hour::of(NOON));
        assert_eq!(Hour::of(NOON.plus(Duration::from_secs(3_600))), Hour::of(NOON).plus(1));
    }
}
