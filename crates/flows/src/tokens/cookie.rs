//! What a browser is given in place of tokens: the cookie that names its session, and the text in every form by which a
//! post is known to come from a page of ours.
//!
//! Like a refresh token a cookie is made of two secrets, a key of this installation and the session's own. It is no token:
//! it opens pages and nothing else, and no token opens a page.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_domain::session::TokenId;
use countersign_domain::{Secret, SessionId, TenantId};
use uuid::Uuid;

use crate::random::Random;
use crate::vault::{MAC_BYTES, Purpose, SecretKey, Secrets, same};

/// Session (16), counter (8, big-endian), what the session's secret gives for it (16), MAC (32): a multiple of three bytes,
/// so that its Base64url has one spelling.
const PAYLOAD_BYTES: usize = 16 + 8 + 16;
const COOKIE_BYTES: usize = PAYLOAD_BYTES + MAC_BYTES;

/// The length of a cookie's text.
pub const COOKIE_CHARS: usize = COOKIE_BYTES / 3 * 4;

/// What a genuine cookie says; whether it is the good one, its session knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// The session.
    pub session: SessionId,
    /// Which of the session's cookies it is.
    pub counter: i64,
    /// What the session's secret gives for it (`Session::cookie_id`).
    pub id: TokenId,
}

/// Makes a cookie's text.
pub fn make(secrets: &Secrets, tenant: TenantId, cookie: &Cookie) -> Secret {
    let payload = [&cookie.session.uuid().as_bytes()[..], &cookie.counter.to_be_bytes(), &cookie.id].concat();
    let tag = cookie_tag(secrets.newest(Purpose::Browser), tenant, &payload);
    Secret::new(BASE64_URL_SAFE_NO_PAD.encode([&payload[..], &tag].concat()))
}

/// Reads a cookie of this tenant. None for whatever is no genuine one: a browser without is asked to log in.
pub fn read(text: &str, secrets: &Secrets, tenant: TenantId) -> Option<Cookie> {
    if text.len() != COOKIE_CHARS {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let (payload, presented) = bytes.split_at_checked(PAYLOAD_BYTES)?;
    let genuine = |key: &SecretKey| same(&cookie_tag(key, tenant, payload), presented);
    if !secrets.all(Purpose::Browser).any(genuine) {
        return None;
    }
    let (session, rest) = payload.split_first_chunk()?;
    let (counter, id) = rest.split_first_chunk()?;
    Some(Cookie {
        session: SessionId::from_uuid(Uuid::from_bytes(*session)),
        counter: i64::from_be_bytes(*counter),
        id: id.try_into().ok()?,
    })
}

/// A text by which a browser without a session is told from others, so that a form is bound to it all the same.
pub fn visitor(random: &Random) -> Secret {
    Secret::new(BASE64_URL_SAFE_NO_PAD.encode(random.bytes::<24>()))
}

/// What a form is bound to. The two are told apart in its token: a session's id is no secret, and a visitor who names one
/// as its own text must not learn what the forms of that session carry.
pub enum FormOf {
    /// The session that the page was served in, whatever its cookie is by now.
    Session(SessionId),
    /// The browser without a session that it was served to, by its [`visitor`] text.
    Visitor(Secret),
}

/// What the forms of a page carry.
pub fn form_token(secrets: &Secrets, tenant: TenantId, of: &FormOf) -> Secret {
    form_tag(secrets.newest(Purpose::Browser), tenant, of)
}

/// Whether a form came from a page that was served in this session, or to this visitor.
pub fn is_form_token(text: &str, secrets: &Secrets, tenant: TenantId, of: &FormOf) -> bool {
    secrets.all(Purpose::Browser).any(|key| same(form_tag(key, tenant, of).expose().as_bytes(), text.as_bytes()))
}

fn cookie_tag(key: &SecretKey, tenant: TenantId, payload: &[u8]) -> [u8; MAC_BYTES] {
    key.mac(&[b"browser cookie", tenant.uuid().as_bytes(), payload])
}

fn form_tag(key: &SecretKey, tenant: TenantId, of: &FormOf) -> Secret {
    let tenant = tenant.uuid();
    let tag = match of {
        FormOf::Session(id) => key.mac(&[b"form of a session", tenant.as_bytes(), id.uuid().as_bytes()]),
        FormOf::Visitor(text) => key.mac(&[b"form of a visitor", tenant.as_bytes(), text.expose().as_bytes()]),
    };
    Secret::new(BASE64_URL_SAFE_NO_PAD.encode(tag))
}

#[cfg(test)]
mod tests {
    use countersign_domain::Timestamp;

    use super::*;

    fn secrets(seed: u64) -> Secrets {
        Secrets::new(Secrets::generate(&Random::seeded(seed), Timestamp::default())).unwrap()
    }

    fn tenant(n: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn a_cookie_is_read_as_it_was_made_and_any_other_byte_makes_none() {
        let secrets = secrets(1);
        let cookie = Cookie { session: SessionId::from_uuid(Uuid::from_u128(7)), counter: 3, id: [9; 16] };
        let text = make(&secrets, tenant(1), &cookie);
        assert_eq!(text.expose().len(), COOKIE_CHARS);
        assert_eq!(read(text.expose(), &secrets, tenant(1)), Some(cookie));
        assert_eq!(read(text.expose(), &secrets, tenant(2)), None);
        assert_eq!(read(text.expose(), &self::secrets(2), tenant(1)), None);
        for at in 0..COOKIE_CHARS {
            let mut bent = text.expose().to_owned().into_bytes();
            bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(read(std::str::from_utf8(&bent).unwrap(), &secrets, tenant(1)), None, "{at}");
        }
        for text in ["", "A", &text.expose()[1..], &format!("{}A", text.expose())] {
            assert_eq!(read(text, &secrets, tenant(1)), None);
        }
    }

    #[test]
    fn a_form_is_good_with_its_browser_alone() {
        let secrets = secrets(1);
        let random = Random::seeded(3);
        let (mine, other) = (FormOf::Visitor(visitor(&random)), FormOf::Visitor(visitor(&random)));
        let form = form_token(&secrets, tenant(1), &mine);
        assert!(is_form_token(form.expose(), &secrets, tenant(1), &mine));
        assert!(!is_form_token(form.expose(), &secrets, tenant(1), &other));
        assert!(!is_form_token(form.expose(), &secrets, tenant(2), &mine));
        assert!(!is_form_token("", &secrets, tenant(1), &mine));
    }

    #[test]
    fn a_visitor_who_names_a_session_learns_nothing_of_its_forms() {
        let secrets = secrets(1);
        let id = SessionId::from_uuid(Uuid::from_u128(7));
        let bytes = String::from_utf8_lossy(id.uuid().as_bytes()).into_owned();
        for text in [id.to_string(), bytes] {
            let posing = form_token(&secrets, tenant(1), &FormOf::Visitor(Secret::new(text)));
            assert!(!is_form_token(posing.expose(), &secrets, tenant(1), &FormOf::Session(id)));
        }
    }
}
