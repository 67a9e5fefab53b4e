use unicode_normalization::UnicodeNormalization;

use crate::Secret;

/// NIST 800-63B section 3.1.1.2 and the contract: a password that proves a person has at least 8 characters.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// The contract: at most 256, so that a request cannot make the hasher work on a book.
pub const PASSWORD_CHARS_MAX: usize = 256;

/// Why a text cannot be a password of anybody. It says nothing about whether it is a good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Fewer than [`PASSWORD_CHARS_MIN`] code points.
    #[error("must have at least 8 characters")]
    TooShort,
    /// More than [`PASSWORD_CHARS_MAX`] code points.
    #[error("must have at most 256 characters")]
    TooLong,
    /// A control character, U+0000 among them.
    #[error("has a character that a password cannot have")]
    Unusable,
}

/// A password in the form that is hashed, after PRECIS OpaqueString (RFC 8265 section 4.2): NFC, every other space as
/// an ASCII space; never trimmed, truncated or case-folded. Two keyboards that type one password agree on this form.
///
/// Unlike the RFC it takes characters newer than Unicode 6.3 and joined emoji, which people do type
/// (`docs/decisions/0002-password-text.md`).
///
/// # Errors
/// [`BadPassword`], counted in code points of that form.
pub fn password_text(typed: &Secret) -> Result<Secret, BadPassword> {
    // Counted before normalising as well: its work grows with the text.
    if typed.expose().chars().count() > PASSWORD_CHARS_MAX {
        return Err(BadPassword::TooLong);
    }
    if typed.expose().chars().any(char::is_control) {
        return Err(BadPassword::Unusable);
    }
    let text = Secret::new(typed.expose().chars().map(ascii_space).nfc().collect::<String>());
    match text.expose().chars().count() {
        n if n < PASSWORD_CHARS_MIN => Err(BadPassword::TooShort),
        n if n > PASSWORD_CHARS_MAX => Err(BadPassword::TooLong),
        _ => Ok(text),
    }
}

/// Category Zs of Unicode, which a keyboard may type for a space.
fn ascii_space(c: char) -> char {
    match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(typed: &str) -> Result<String, BadPassword> {
        password_text(&Secret::new(typed)).map(|text| text.expose().to_owned())
    }

    #[test]
    fn two_keyboards_agree_and_nothing_is_lost() {
        assert_eq!(text("Password@1").as_deref(), Ok("Password@1"));
        assert_eq!(text("  Password@1 ").as_deref(), Ok("  Password@1 "));
        assert_eq!(text("cafe\u{301}-12345").as_deref(), Ok("caf\u{e9}-12345"));
        assert_eq!(text("correct\u{a0}horse").as_deref(), Ok("correct horse"));
        assert_eq!(text("ПарольЁ12").as_deref(), Ok("ПарольЁ12"));
        assert_eq!(text("🦀🦀🦀🦀🦀🦀🦀🦀").as_deref(), Ok("🦀🦀🦀🦀🦀🦀🦀🦀"));
    }

    #[test]
    fn what_nobody_can_have_is_refused() {
        assert_eq!(text("seven77"), Err(BadPassword::TooShort));
        assert_eq!(text(&"x".repeat(257)), Err(BadPassword::TooLong));
        assert_eq!(text("Password\u{0}1"), Err(BadPassword::Unusable));
        assert_eq!(text("Pass\nword1"), Err(BadPassword::Unusable));
        // Eight code points typed, seven in the form that would be hashed.
        assert_eq!(text("secure\u{65}\u{301}"), Err(BadPassword::TooShort));
    }
}
