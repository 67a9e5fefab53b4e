//! How hard a password is to guess, as zxcvbn counts it. It stands here and not among the rules: zxcvbn looks at the
//! clock, since the year is a thing that people put into passwords.

use countersign_domain::Secret;
use countersign_domain::password_policy::STRENGTH_MAX;

/// Of a password that is looked at; what is that long and no repetition is not weak.
const CHARS_MAX: usize = 64;
/// Of a piece that is looked at whole. zxcvbn looks at every part of it in nine dictionaries, so its work grows with the
/// square of the length, and its search for repeats with the cube, up to a bound of its own where it would panic.
const PIECE_CHARS_MAX: usize = 32;
/// Of the different signs that stand for letters in a piece. zxcvbn tries every combination of what they can stand for:
/// with all twenty, a quarter of a second for 64 characters. With seven it is four milliseconds for a piece, and a piece
/// that ends for its signs has seven characters at least: 10^7 guesses where there is no pattern, strength 2.
const SIGNS_MAX: usize = 7;
/// The signs that zxcvbn takes for letters: `4` and `@` for an a.
const SIGNS: &str = "4@8({[<369!1|7$5+%20";

/// Shorter words are in every password.
const WORD_CHARS_MIN: usize = 3;
/// Longer ones are no words, and ways to capitalise them are more than zxcvbn counts without overflow.
const WORD_CHARS_MAX: usize = 24;
/// Of what is known about a person; each is looked up in every part of the password.
const WORDS_MAX: usize = 32;

/// How hard a text is to guess for somebody who knows the person: 0 (a thousand tries) to 4 (more than ten billion).
///
/// What is repeated counts once. A text is as strong as its strongest piece, where its length or its signs make more
/// than one: who guesses the whole has guessed the piece.
pub fn strength(password: &Secret, known: &[&str]) -> u8 {
    let words: Vec<&str> = known
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| (WORD_CHARS_MIN..=WORD_CHARS_MAX).contains(&word.chars().count()))
        .take(WORDS_MAX)
        .collect();
    let (mut rest, mut strongest) = (repeated(start(password.expose(), CHARS_MAX)), 0);
    while !rest.is_empty() && strongest < STRENGTH_MAX {
        let (piece, later) = rest.split_at_checked(piece_bytes(rest)).unwrap_or((rest, ""));
        strongest = strongest.max(u8::from(zxcvbn::zxcvbn(piece, &words).score()));
        rest = later;
    }
    strongest
}

fn start(text: &str, chars: usize) -> &str {
    text.char_indices().nth(chars).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// What a text is made of, if it is one thing over and over, the last time perhaps in part: a piece that begins elsewhere
/// would look like no repetition.
fn repeated(text: &str) -> &str {
    let is_period = |period: usize| text.chars().skip(period).eq(text.chars().take(text.chars().count() - period));
    let half = text.chars().count() / 2;
    (1..=half).find(|period| is_period(*period)).map_or(text, |period| start(text, period))
}

/// Where the first piece of a text ends.
fn piece_bytes(text: &str) -> usize {
    let mut signs = 0_u32;
    for (chars, (end, c)) in text.char_indices().enumerate() {
        // A bit for each sign that was met.
        signs |= SIGNS.chars().position(|sign| sign == c).map_or(0, |place| 1 << place);
        if chars >= PIECE_CHARS_MAX || signs.count_ones() as usize > SIGNS_MAX {
            return end;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> u8 {
        strength(
            &Secret::new(text),
            &["Ada", "Lovelace", "AdaLovelace", "ada.lovelace@analytical.example", "RemitJunction"],
        )
    }

    #[test]
    fn patterns_are_weak_and_the_person_is_one() {
        for (text, least, most) in [
            ("Password@1", 0, 1),
            ("P@ssw0rd2026", 0, 1),
            ("Qwerty123!", 0, 1),
            ("Lovelace-1", 0, 1),
            ("AdaLovelace1!", 0, 1),
            ("Remitjunction1", 0, 1),
            ("Analytical-1", 0, 1),
            ("Xk9#mQ2v", 2, 2),
            ("Correct-horse-1", 3, 4),
            ("Пароль-Ёлка7", 3, 4),
            ("", 0, 0),
        ] {
            assert!((least..=most).contains(&of(text)), "{text}: {}", of(text));
        }
        assert!(of("Remitjunction1") < strength(&Secret::new("Remitjunction1"), &[]));
    }

    #[test]
    fn length_alone_is_no_strength_and_a_good_piece_is_enough() {
        for text in ["a".repeat(256), "Aa1!".repeat(64), "0123456789".repeat(6), "Password@1".repeat(25)] {
            assert!(of(&text) <= 1, "{text}: {}", of(&text));
        }
        for text in ["1234567890-correct-horse".to_owned(), format!("{}Vq8-zu-Ojx", "a".repeat(40))] {
            assert_eq!(of(&text), STRENGTH_MAX, "{text}");
        }
        // More signs than are tried together, and still no pattern.
        assert!(of("4@8({[<369!1|7$5") >= 2);
    }

    #[test]
    fn a_piece_has_few_signs_and_ends_between_characters() {
        let pieces = |text: &str| {
            let (mut rest, mut chars) = (text.to_owned(), Vec::new());
            while !rest.is_empty() {
                let later = rest.split_off(piece_bytes(&rest));
                chars.push(rest.chars().count());
                rest = later;
            }
            chars
        };
        assert_eq!(pieces(&"ü".repeat(70)), [32, 32, 6]);
        assert_eq!(pieces(SIGNS), [7, 7, 6]);
        assert_eq!(pieces("4444444444"), [10]);
        assert_eq!(start("üüü", 2), "üü");
        for (text, once) in [("üaüaü", "üa"), ("aaaa", "a"), ("abcab", "abcab"), ("abab", "ab"), ("a", "a"), ("", "")]
        {
            assert_eq!(repeated(text), once);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_text_has_a_strength(text in ".{0,80}", more in "[aA4@1!|7+ŐßİΣ19-]{0,80}", word in ".{0,40}") {
            for text in [text, more] {
                prop_assert!(strength(&Secret::new(text), &[&word]) <= STRENGTH_MAX);
            }
        }
    }
}
