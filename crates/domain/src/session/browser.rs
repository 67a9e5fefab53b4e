//! The rules of a session that a browser holds: by a cookie, in place of tokens.

use std::time::Duration;

use aws_lc_rs::{constant_time, hmac};

use super::{Session, TokenId};
use crate::Timestamp;

/// How long a proved password is good for what is asked again (NIST 800-63B section 7.2).
pub const PROOF_LIFE: Duration = Duration::from_secs(600);

/// A page that is looked at keeps its session alive, and writes that no more often than this, or than a quarter of a
/// shorter life.
pub const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// What a session has that a browser holds. Its tokens were never given out, and a session of tokens has no cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Browser {
    /// Which of the session's cookies is good: each proof of the password makes another.
    pub counter: i64,
    /// When the password was proved last, at login or since.
    pub proved_at: Timestamp,
}

impl Browser {
    /// What a login opens.
    pub const fn opened(now: Timestamp) -> Self {
        Self { counter: 0, proved_at: now }
    }

    /// Whether what asks for the password again need not ask yet.
    pub fn is_proved(&self, now: Timestamp) -> bool {
        now.since(self.proved_at) < PROOF_LIFE
    }

    /// After the password was proved once more: the cookie from before it is worth nothing.
    #[must_use]
    pub const fn proved(&self, now: Timestamp) -> Self {
        Self { counter: self.counter.saturating_add(1), proved_at: now }
    }
}

impl Session {
    /// What tells the session's cookie from all others, made from the session's secret like [`Session::token_id`].
    pub fn cookie_id(&self, counter: i64) -> TokenId {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.secret);
        let mut context = hmac::Context::with_key(&key);
        context.update(b"browser cookie");
        context.update(self.id.uuid().as_bytes());
        context.update(&counter.to_be_bytes());
        let mut id = TokenId::default();
        id.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
        id
    }

    /// What the browser has, if this cookie is the one that is good now.
    pub fn browser_with(&self, counter: i64, cookie: &TokenId) -> Option<Browser> {
        let is_ours = constant_time::verify_slices_are_equal(&self.cookie_id(counter), cookie).is_ok();
        self.browser.filter(|browser| is_ours && browser.counter == counter)
    }

    /// Until when the session lives if it is looked at now; none while that would hardly be later than it is written.
    pub fn idle_end_if_touched(&self, idle: Duration, now: Timestamp) -> Option<Timestamp> {
        let end = now.plus(idle).min(self.expires_at);
        (end >= self.idle_expires_at.plus(TOUCH_EVERY.min(idle / 4))).then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Client, Life, NewSession};
    use super::*;
    use crate::{AccountId, SessionId};
    use uuid::Uuid;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn opened(is_for_browser: bool) -> Session {
        let life = Life { idle: Duration::from_secs(1_800), absolute: Duration::from_secs(10_000) };
        let id = SessionId::from_uuid(Uuid::from_u128(7));
        NewSession { id, secret: [7; 16], client: Client::default(), life, is_for_browser }.open(
            AccountId::from_uuid(Uuid::from_u128(1)),
            1,
            at(1_000),
        )
    }

    #[test]
    fn only_the_newest_cookie_of_a_browsers_session_is_good() {
        let mut session = opened(true);
        let browser = Browser { counter: 0, proved_at: at(1_000) };
        assert_eq!(session.browser_with(0, &session.cookie_id(0)), Some(browser));
        assert_eq!(session.browser_with(1, &session.cookie_id(1)), None, "not made yet");
        assert_eq!(session.browser_with(0, &session.token_id(0)), None, "a refresh token is no cookie");
        session.browser = Some(browser.proved(at(1_500)));
        assert_eq!(session.browser_with(0, &session.cookie_id(0)), None, "another came in its place");
        assert_eq!(session.browser_with(1, &session.cookie_id(1)).map(|browser| browser.proved_at), Some(at(1_500)));
        let other = opened(false);
        assert_eq!(other.browser_with(0, &other.cookie_id(0)), None, "its tokens were given out");
    }

    #[test]
    fn a_proof_is_good_for_ten_minutes() {
        let browser = Browser::opened(at(1_000));
        assert!(browser.is_proved(at(1_599)));
        assert!(!browser.is_proved(at(1_600)));
        assert!(browser.proved(at(1_600)).is_proved(at(2_199)));
    }

    #[test]
    fn a_touch_is_written_once_a_minute_and_never_beyond_the_end() {
        let session = opened(true);
        let idle = Duration::from_secs(1_800);
        assert_eq!(session.idle_end_if_touched(idle, at(1_059)), None);
        assert_eq!(session.idle_end_if_touched(idle, at(1_060)), Some(at(2_860)));
        assert_eq!(session.idle_end_if_touched(idle, at(10_500)), Some(at(11_000)));
        let short = Session { idle_expires_at: at(1_060), ..session.clone() };
        let idle = Duration::from_secs(60);
        assert_eq!(short.idle_end_if_touched(idle, at(1_014)), None);
        assert_eq!(short.idle_end_if_touched(idle, at(1_015)), Some(at(1_075)), "a short life is kept alive too");
        assert_eq!(session.idle_end_if_touched(idle, at(2_000)), None, "a shorter life shortens at the next login");
    }
}
