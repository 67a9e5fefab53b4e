use countersign_domain::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, Secret, password_text};

/// The text that is hashed has a bounded length and is its own text: else a password would match only as first typed.
pub(crate) fn holds(input: &[u8]) {
    let Ok(typed) = str::from_utf8(input) else { return };
    let Ok(text) = password_text(&Secret::new(typed.to_owned())) else { return };
    let chars = text.expose().chars().count();
    assert!((PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars), "{chars} characters");
    let again = password_text(&text).expect("a text that was made is accepted");
    assert!(again.expose() == text.expose(), "{typed:?} has two texts");
}
