//! The cookies of a browser. Each has the prefix `__Host-`: a browser takes such a one from this very host alone, so no
//! sibling tenant can plant it (RFC 6265bis section 4.1.3).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_domain::Secret;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// What a browser keeps for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cookie {
    /// Names the session that is open.
    Session,
    /// Binds the forms of a browser that has no session.
    Visitor,
    /// Says that the browser has proved a password before.
    Device,
    /// The language that was chosen by hand.
    Language,
    /// Whether customers or staff logged in here last.
    Kind,
}

/// What an answer sets and takes back, whoever gives it in the end: one jar a request.
#[derive(Clone, Default)]
pub(super) struct Jar(Arc<Mutex<BTreeMap<Cookie, HeaderValue>>>);

impl Jar {
    /// In place of what it said of this cookie before.
    pub(super) fn put(&self, cookie: Cookie, field: Option<HeaderValue>) {
        if let Some(field) = field {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(cookie, field);
        }
    }

    /// The header's fields.
    pub(super) fn all(&self) -> Vec<HeaderValue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

/// Marks of people that a browser keeps, the newest first: terminals are shared (design section 3).
const MARKS_MAX: usize = 8;
/// Stands between them; no mark has one.
const BETWEEN: char = '.';

/// The marks that a browser was given when passwords were proved in it.
pub(super) fn marks(headers: &HeaderMap) -> Vec<Secret> {
    let kept = Cookie::Device.of(headers);
    let texts = kept.iter().flat_map(|kept| kept.expose().split(BETWEEN)).take(MARKS_MAX);
    texts.map(Secret::new).collect()
}

/// The same with a new one, which takes the place of the one that was used.
pub(super) fn with_mark(kept: &[Secret], new: &Secret, used: Option<&Secret>) -> Secret {
    let others = kept.iter().filter(|mark| used.is_none_or(|used| used.expose() != mark.expose()));
    let texts: Vec<&str> = std::iter::once(new).chain(others).take(MARKS_MAX).map(Secret::expose).collect();
    Secret::new(texts.join(&BETWEEN.to_string()))
}

/// As long as a device mark lives, and as long as anybody remembers which language they chose.
const LONG_SECONDS: u32 = 180 * 86_400;

impl Cookie {
    const fn name(self) -> &'static str {
        match self {
            Self::Session => "__Host-session",
            Self::Visitor => "__Host-visitor",
            Self::Device => "__Host-device",
            Self::Language => "__Host-language",
            Self::Kind => "__Host-kind",
        }
    }

    /// The value that the browser sent. None where it sent two: which one is ours would be a guess.
    pub(super) fn of(self, headers: &HeaderMap) -> Option<Secret> {
        let fields = headers.get_all(COOKIE).into_iter().filter_map(|field| field.to_str().ok());
        let pairs = fields.flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == self.name()).map(|(_, value)| value);
        let value = values.next()?;
        values.next().is_none().then(|| Secret::new(value))
    }

    /// Sets it. Session and visitor go when the browser is closed.
    pub(super) fn set(self, value: &Secret) -> Option<HeaderValue> {
        let life = match self {
            Self::Session | Self::Visitor => String::new(),
            Self::Device | Self::Language | Self::Kind => format!("; Max-Age={LONG_SECONDS}"),
        };
        self.field(value.expose(), &life)
    }

    /// Takes it back.
    pub(super) fn clear(self) -> Option<HeaderValue> {
        self.field("", "; Max-Age=0")
    }

    fn field(self, value: &str, life: &str) -> Option<HeaderValue> {
        let text = format!("{}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{life}", self.name());
        let mut field = HeaderValue::try_from(text).ok()?;
        field.set_sensitive(true);
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fields: &[&'static str]) -> HeaderMap {
        fields.iter().map(|field| (COOKIE, HeaderValue::from_static(field))).collect()
    }

    #[test]
    fn a_cookie_is_found_among_others_and_two_of_one_name_are_none() {
        let value = |fields: &[&'static str]| Cookie::Session.of(&sent(fields)).map(|value| value.expose().to_owned());
        assert_eq!(value(&["__Host-session=abc"]).as_deref(), Some("abc"));
        assert_eq!(value(&["a=b; __Host-session=abc; c=d"]).as_deref(), Some("abc"));
        assert_eq!(value(&["a=b", "__Host-session=abc"]).as_deref(), Some("abc"));
        assert_eq!(value(&["session=abc; __host-session=abc; x__Host-session=abc"]), None);
        assert_eq!(value(&["__Host-session=abc; __Host-session=def"]), None);
        assert_eq!(value(&["__Host-session=abc", "__Host-session=abc"]), None);
        assert_eq!(value(&["__Host-session"]), None);
        assert_eq!(value(&[]), None);
    }

    #[test]
    fn a_browser_keeps_the_marks_of_eight_people() {
        let secret = |text: &str| Secret::new(text);
        let mut kept = Vec::new();
        for n in 0..10 {
            let cookie = with_mark(&kept, &secret(&format!("mark{n}")), None);
            let field = format!("__Host-device={}", cookie.expose());
            kept = marks(&[(COOKIE, HeaderValue::try_from(field).unwrap())].into_iter().collect());
        }
        let texts = |kept: &[Secret]| kept.iter().map(|mark| mark.expose().to_owned()).collect::<Vec<_>>();
        assert_eq!(texts(&kept), ["mark9", "mark8", "mark7", "mark6", "mark5", "mark4", "mark3", "mark2"]);
        let again = with_mark(&kept, &secret("new"), Some(&secret("mark4")));
        assert_eq!(again.expose(), "new.mark9.mark8.mark7.mark6.mark5.mark3.mark2");
        assert!(marks(&HeaderMap::new()).is_empty());
    }

    #[test]
    fn every_cookie_is_for_this_host_over_tls_and_out_of_reach_of_scripts() {
        for cookie in [Cookie::Session, Cookie::Visitor, Cookie::Device, Cookie::Language, Cookie::Kind] {
            for field in [cookie.set(&Secret::new("v")), cookie.clear()] {
                let field = field.unwrap();
                let field = field.to_str().unwrap();
                assert!(field.starts_with("__Host-") && !field.contains("Domain"), "{field}");
                assert!(field.contains("; Path=/; Secure; HttpOnly; SameSite=Lax"), "{field}");
            }
        }
        assert_eq!(Cookie::Session.set(&Secret::new("a\nb")), None);
    }
}
