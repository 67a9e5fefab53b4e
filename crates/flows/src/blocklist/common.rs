use std::sync::LazyLock;

use countersign_domain::Secret;

use crate::sandbox;

/// One a line, in small letters, sorted; `crates/flows/assets/README.md` says where they are from.
const TEXT: &str = include_str!("../../assets/common-passwords.txt");

static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| TEXT.lines().collect());

/// Whether a password is common, however it is capitalised, or published for the sandbox.
pub(super) fn is_common(password: &Secret) -> bool {
    let lowered = || password.expose().chars().flat_map(char::to_lowercase);
    let is_published = |published: &str| published.chars().flat_map(char::to_lowercase).eq(lowered());
    WORDS.binary_search_by(|word| word.chars().cmp(lowered())).is_ok()
        || sandbox::USERS.iter().any(|(_, _, published)| is_published(published))
}

#[cfg(test)]
mod tests {
    use countersign_domain::PASSWORD_CHARS_MIN;

    use super::*;

    #[test]
    fn the_list_is_in_the_order_that_the_search_takes_for_granted() {
        assert!(WORDS.is_sorted_by(|a, b| a < b) && WORDS.len() > 10_000);
        for word in WORDS.iter() {
            assert!(word.chars().count() >= PASSWORD_CHARS_MIN && word.to_lowercase() == *word, "{word}");
            assert!(is_common(&Secret::new(*word)), "{word}");
        }
    }

    #[test]
    fn common_and_published_passwords_are_found_however_they_are_capitalised() {
        for (text, is_so) in [
            ("password", true),
            ("PassWord", true),
            ("TRUSTNO1", true),
            ("Password@1", true),
            ("PQW7ERMP", true),
            ("pqw7ermp", true),
            ("Correct-horse-1", false),
            ("password-", false),
            ("passwor", false),
            ("", false),
            ("🦀", false),
        ] {
            assert_eq!(is_common(&Secret::new(text)), is_so, "{text}");
        }
    }
}
