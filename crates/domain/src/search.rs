use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// Longer than any name or address; what is typed beyond it finds nothing more.
const WORD_CHARS_MAX: usize = 255;

/// A text as it is searched by: without accents, lower case, spaces made one. Two people who type one name find each
/// other's spelling.
pub fn fold(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    let lower: String = plain.flat_map(char::to_lowercase).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(WORD_CHARS_MAX).collect()
}

/// The words that an account is found by: the beginnings of its address, its first and its last name.
pub fn search_words(email_key: &str, first_name: Option<&str>, last_name: Option<&str>) -> BTreeSet<String> {
    let names = [Some(email_key), first_name, last_name].into_iter().flatten().map(fold);
    names.filter(|word| !word.is_empty()).collect()
}

/// The least text that is above every text with this beginning; nothing where there is none, so that the range is open.
pub fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut kept: Vec<char> = prefix.chars().collect();
    while let Some(last) = kept.pop() {
        // The code points between are surrogates, which no text has.
        let next = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(last as u32 + 1) };
        if let Some(next) = next {
            kept.push(next);
            return Some(kept.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_name_fold_alike() {
        for (text, folded) in [
            ("Éloïse", "eloise"),
            ("E\u{301}loise", "eloise"),
            ("  María  José ", "maria jose"),
            ("ＡＤＡ", "ada"),
            ("ÖZGÜR", "ozgur"),
            ("أحمد", "احمد"),
            ("Ada+1@Example.com", "ada+1@example.com"),
        ] {
            assert_eq!(fold(text), folded);
            assert_eq!(fold(&fold(text)), folded, "twice is once");
        }
    }

    #[test]
    fn equal_names_are_one_word() {
        let words = search_words("ada@example.com", Some("Ada"), Some("ADA"));
        assert_eq!(words.into_iter().collect::<Vec<_>>(), ["ada", "ada@example.com"]);
        assert_eq!(search_words("a@b.c", None, Some(" ")).len(), 1);
    }

    #[test]
    fn a_prefix_ends_above_all_that_begin_with_it() {
        assert_eq!(end_of_prefix("ada").as_deref(), Some("adb"));
        assert_eq!(end_of_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(end_of_prefix("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(end_of_prefix(""), None);
        assert_eq!(end_of_prefix("\u{10ffff}"), None);
    }
}
