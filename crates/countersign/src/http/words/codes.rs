//! What a code says, in every language there is.
//!
//! A header or a member that a person never sees is named in brackets, so that the sentence can be read without it.

mod ar;
mod es;
mod fr;
mod pt;

use countersign_api::{Code, CodeWords};
use countersign_domain::Language;

/// The words of a code.
pub(crate) const fn of(language: Language, code: Code) -> CodeWords {
    match language {
        Language::English => code.words(),
        Language::French => fr::of(code),
        Language::Spanish => es::of(code),
        Language::Portuguese => pt::of(code),
        Language::Arabic => ar::of(code),
    }
}

const fn says(message: &'static str, solutions: &'static [&'static str]) -> CodeWords {
    CodeWords { message, solutions }
}

#[cfg(test)]
mod tests {
    use countersign_domain::LANGUAGES;

    use super::*;

    /// What is written alike in every language, since a person or a program has to find it again as it is.
    const FIXED: [&str; 10] = [
        "errors",
        "https://{tenant}.{domain}",
        "Retry-After",
        "Content-Type: application/json",
        "UTF-8",
        "JSON",
        "API",
        "Allow",
        "requestId",
        "Host",
    ];

    fn all(language: Language, code: Code) -> Vec<&'static str> {
        let words = of(language, code);
        std::iter::once(words.message).chain(words.solutions.iter().copied()).collect()
    }

    /// No text is exempt: a sentence that two languages happened to share would be looked at and named here.
    #[test]
    fn every_code_has_its_own_words_in_every_language() {
        for code in Code::ALL {
            let english = all(Language::English, *code);
            for (n, language) in LANGUAGES.into_iter().enumerate() {
                let texts = all(language, *code);
                assert_eq!(texts.len(), english.len(), "{language} {}: as many solutions", code.constant());
                for other in LANGUAGES.into_iter().skip(n + 1) {
                    let same = texts.iter().filter(|text| all(other, *code).contains(*text)).count();
                    assert_eq!(same, 0, "{language} and {other} {}", code.constant());
                }
            }
        }
    }

    #[test]
    fn every_language_says_the_same_things_in_the_same_form() {
        for (language, code) in LANGUAGES.into_iter().flat_map(|language| Code::ALL.iter().map(move |c| (language, *c)))
        {
            let (texts, english) = (all(language, code), all(Language::English, code));
            for (text, model) in texts.iter().zip(&english) {
                for fixed in FIXED {
                    assert_eq!(text.contains(fixed), model.contains(fixed), "{language} {fixed}: {text}");
                }
                assert_eq!(text.ends_with('.'), model.ends_with('.'), "{language}: {text}");
                assert_eq!(text.trim(), *text, "{language}: {text}");
                assert!(!text.contains(char::is_control) && !text.contains('\''), "{language}: {text}");
                let is_arabic = text.contains(|c: char| ('\u{600}'..='\u{6ff}').contains(&c));
                assert_eq!(is_arabic, language == Language::Arabic, "{language}: {text}");
            }
        }
    }
}
