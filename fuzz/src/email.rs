use countersign_domain::{EMAIL_BYTES_MAX, Email};

/// A key is visible ASCII of bounded length, and is its own key: else one name would have two counters.
pub(crate) fn holds(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let Ok(email) = Email::parse(text) else { return };
    let key = email.key().as_str();
    assert!(key.len() <= EMAIL_BYTES_MAX, "a key of {} bytes", key.len());
    assert!(key.bytes().all(|byte| byte.is_ascii_graphic()), "an invisible byte in {key:?}");
    let again = Email::parse(key).unwrap_or_else(|bad| panic!("the key {key:?} is refused: {bad}"));
    assert!(again.key() == email.key(), "the key {key:?} has another key");
}
