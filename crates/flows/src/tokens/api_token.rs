//! The API token: opaque, so only this service can tell what it opens, and recognisable, so that whoever scans code and logs
//! for secrets finds one that was left there.
//!
//! `countersign_`, then 64 hexadecimal digits: 256 random bits, then 8 more: the first four bytes of the SHA-256 of all that
//! stands before them. The check tells a token from a text that looks like one without asking anybody.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use countersign_domain::Secret;
use countersign_store::ApiTokenSecret;

use crate::Random;

/// What every API token begins with.
pub const API_TOKEN_PREFIX: &str = "countersign_";

const SECRET_BYTES: usize = 32;
const CHECK_BYTES: usize = 4;
/// What people are shown of it: enough to tell tokens apart, and too little to guess the rest.
const HINT_CHARS: usize = API_TOKEN_PREFIX.len() + 6;

/// The length of a token's text.
pub const API_TOKEN_CHARS: usize = API_TOKEN_PREFIX.len() + 2 * (SECRET_BYTES + CHECK_BYTES);

/// Makes a token, and what is kept of it.
pub fn make(random: &Random) -> (Secret, ApiTokenSecret) {
    let mut text = API_TOKEN_PREFIX.to_owned();
    write_hex(&mut text, &random.bytes::<SECRET_BYTES>());
    let check = check(&text);
    write_hex(&mut text, &check);
    let kept = ApiTokenSecret { hash: hash(&text), hint: text.chars().take(HINT_CHARS).collect() };
    (Secret::new(text), kept)
}

/// What a token is found by, if the text is one by its form.
pub fn read(text: &str) -> Option<[u8; 32]> {
    let split = API_TOKEN_CHARS - 2 * CHECK_BYTES;
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() != API_TOKEN_CHARS || !text.strip_prefix(API_TOKEN_PREFIX).is_some_and(is_hex) {
        return None;
    }
    let (body, sent) = text.split_at_checked(split)?;
    let mut expected = String::new();
    write_hex(&mut expected, &check(body));
    (expected == sent).then(|| hash(text))
}

fn hash(text: &str) -> [u8; 32] {
    digest(&SHA256, text.as_bytes()).as_ref().try_into().unwrap_or_default()
}

fn check(body: &str) -> [u8; CHECK_BYTES] {
    hash(body).first_chunk().copied().unwrap_or_default()
}

fn write_hex(to: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // A string takes everything that is written to it.
        let _ = write!(to, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_form_and_no_other_text_is() {
        let (token, kept) = make(&Random::seeded(1));
        let text = token.expose();
        assert_eq!(text.len(), API_TOKEN_CHARS);
        assert_eq!(read(text), Some(kept.hash));
        assert_eq!(kept.hint, text[..18]);
        let mut changed = text.as_bytes().to_vec();
        for at in 0..text.len() {
            let was = changed[at];
            changed[at] = if was == b'0' { b'1' } else { b'0' };
            assert_eq!(read(std::str::from_utf8(&changed).unwrap()), None, "character {at}");
            changed[at] = was;
        }
        for other in [&text.to_uppercase(), &text[1..], &format!("{text}0"), "", "countersign_", &format!(" {text}")] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    /// Whoever scans for tokens checks them by this: it never changes.
    #[test]
    fn the_check_is_that_of_the_documentation() {
        let body = format!("countersign_{}", "00".repeat(32));
        let text = format!("{body}d12d4540");
        assert!(read(&text).is_some(), "{text}");
    }

    #[test]
    fn two_tokens_share_nothing() {
        let random = Random::seeded(2);
        let ((one, _), (two, _)) = (make(&random), make(&random));
        assert_ne!(one.expose()[12..76], two.expose()[12..76]);
    }
}
