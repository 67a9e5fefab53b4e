//! What letters say, in every language there is. A letter that lacks its words in one does not compile.
//!
//! `{tenant}` is the tenant's name and `{at}` the moment of the fact; the same of them must stand in each language.

mod ar;
mod en;
mod es;
mod fr;
mod pt;

use countersign_domain::Language;
use countersign_flows::mail::Content;

/// One letter's words.
pub(super) struct Letter {
    /// The subject.
    pub(super) subject: &'static str,
    /// What happened, and what to do.
    pub(super) body: &'static str,
    /// What the link is called; empty where there is none.
    pub(super) action: &'static str,
    /// What to do if it was not you.
    pub(super) closing: &'static str,
}

/// Everything that letters say in one language.
pub(super) struct Words {
    /// `{name}` is the first name.
    pub(super) greeting: &'static str,
    /// To somebody whose name is not known.
    pub(super) greeting_of_nobody: &'static str,
    /// Stands before a token.
    pub(super) paste: &'static str,
    /// Until when a link is good: `{until}`.
    pub(super) until: &'static str,
    /// Which account a link is for.
    pub(super) customer: &'static str,
    pub(super) staff: &'static str,
    pub(super) confirmation: Letter,
    pub(super) address_taken: Letter,
    pub(super) invitation: Letter,
    pub(super) reset: Letter,
    pub(super) password_changed: Letter,
    pub(super) password_reset: Letter,
    pub(super) refresh_reused: Letter,
}

impl Words {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &en::WORDS,
            Language::French => &fr::WORDS,
            Language::Spanish => &es::WORDS,
            Language::Portuguese => &pt::WORDS,
            Language::Arabic => &ar::WORDS,
        }
    }

    pub(super) const fn letter(&self, content: &Content) -> &Letter {
        match content {
            Content::Confirmation(_) => &self.confirmation,
            Content::AddressTaken => &self.address_taken,
            Content::Invitation(_) => &self.invitation,
            Content::Reset(_) => &self.reset,
            Content::PasswordChanged => &self.password_changed,
            Content::PasswordReset => &self.password_reset,
            Content::RefreshReused => &self.refresh_reused,
        }
    }
}

#[cfg(test)]
mod tests {
    use countersign_domain::LANGUAGES;

    use super::*;

    fn all(words: &Words) -> Vec<(&'static str, bool)> {
        let letters = [
            &words.confirmation,
            &words.address_taken,
            &words.invitation,
            &words.reset,
            &words.password_changed,
            &words.password_reset,
            &words.refresh_reused,
        ];
        let alone = [words.greeting, words.greeting_of_nobody, words.paste, words.until, words.customer, words.staff];
        let of_letters = letters.iter().flat_map(|letter| {
            [(letter.subject, true), (letter.body, true), (letter.action, false), (letter.closing, true)]
        });
        alone.into_iter().map(|text| (text, true)).chain(of_letters).collect()
    }

    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<_> =
            ["{tenant}", "{at}", "{name}", "{until}"].into_iter().filter(|p| text.contains(p)).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn every_language_says_the_same_things() {
        let english = all(Words::of(Language::English));
        for language in LANGUAGES {
            for ((text, must), (model, _)) in all(Words::of(language)).into_iter().zip(&english) {
                assert!(!must || !text.is_empty(), "{language}: {model}");
                assert_eq!(text.is_empty(), model.is_empty(), "{language}: {model}");
                assert_eq!(places(text), places(model), "{language}: {text}");
                assert_eq!(text.matches('{').count(), places(text).len(), "{language}: {text}");
                assert_eq!(text.trim(), text, "{language}: {text}");
                assert!(!text.contains(char::is_control), "{language}: {text}");
            }
        }
    }

    #[test]
    fn no_language_was_copied_from_another() {
        for language in LANGUAGES.into_iter().skip(1) {
            let pairs = all(Words::of(language)).into_iter().zip(all(Words::of(Language::English)));
            assert!(pairs.into_iter().all(|((text, _), (model, _))| text.is_empty() || text != model), "{language}");
        }
        let is_arabic = |c: char| ('\u{600}'..='\u{6ff}').contains(&c);
        assert!(all(Words::of(Language::Arabic)).iter().all(|(text, _)| text.is_empty() || text.contains(is_arabic)));
    }
}
