//! What is wrong with a field, in every language there is. A text goes on from the field's name or label: `must have a
//! digit`.

mod ar;
mod es;
mod fr;
mod pt;

use std::borrow::Cow;

use countersign_domain::{Language, PolicyFault};

use crate::http::faults::FieldFault;

/// The words of a fault.
pub(crate) fn of(language: Language, fault: &FieldFault) -> Cow<'static, str> {
    match language {
        Language::English => fault.to_string().into(),
        Language::French => fr::of(fault),
        Language::Spanish => es::of(fault),
        Language::Portuguese => pt::of(fault),
        Language::Arabic => ar::of(fault),
    }
}

/// What a policy has against a password, one after the other.
fn joined(faults: &[PolicyFault], word: fn(&PolicyFault) -> Cow<'static, str>, between: &str) -> String {
    faults.iter().map(word).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use countersign_api::FaultCode;
    use countersign_domain::{BadApiTokenName, BadEmail, BadPassword, BadPerson, LANGUAGES};

    use super::*;

    const POLICY: [PolicyFault; 9] = [
        PolicyFault::TooShort(12),
        PolicyFault::NoUpper,
        PolicyFault::NoLower,
        PolicyFault::NoDigit,
        PolicyFault::NoSpecial,
        PolicyFault::Listed,
        PolicyFault::TooWeak,
        PolicyFault::HasAddress,
        PolicyFault::IsName,
    ];

    /// Every fault that a person can cause, with what an English client has always been told.
    fn known() -> Vec<(FieldFault, &'static str)> {
        let mut known = vec![
            (FieldFault::Missing, "is missing"),
            (FieldFault::TooLong(400), "must have at most 400 bytes"),
            (BadEmail::Empty.into(), "must not be empty"),
            (BadEmail::TooLong.into(), "is longer than an email address can be"),
            (BadEmail::Malformed.into(), "must be an email address such as name@example.com"),
            (
                BadEmail::NotPlain.into(),
                "must be written in its plain form: the part after @ must not change under IDNA",
            ),
            (
                BadPerson::Name.into(),
                "must have 2 to 50 letters; spaces, hyphens and apostrophes may stand between them",
            ),
            (BadPerson::DialingCode.into(), "must be a country code such as +44"),
            (
                BadPerson::Phone.into(),
                "must be the national digits alone, 4 or more, and together with the country code at most 15",
            ),
            (BadPerson::Dob.into(), "must be a day such as 2001-12-31"),
            (
                BadPerson::Age.into(),
                "must be the day of birth of somebody who is at least 18 and at most 120 years old",
            ),
            (BadPerson::Address.into(), "must be a postal address of at most 300 characters"),
            (
                BadPerson::DynamicFields.into(),
                "must have at most 32 fields, with names of at most 64 and texts of at most 255 characters",
            ),
            (BadPassword::TooShort.into(), "must have at least 8 characters"),
            (BadPassword::TooLong.into(), "must have at most 256 characters"),
            (BadPassword::Unusable.into(), "has a character that a password cannot have"),
            (FieldFault::PasswordUnchanged, "must not be the password so far"),
            (FieldFault::PasswordPublished, "is one of the published sandbox passwords"),
            (FieldFault::PasswordsDiffer, "must be the same as password"),
            (FieldFault::NoSuchRole("TELLER".parse().unwrap()), "the tenant has no staff role TELLER"),
            (FieldFault::NoStaffRoles, "roles must be staff roles, and at least one"),
            (BadApiTokenName::Empty.into(), "must not be empty"),
            (BadApiTokenName::TooLong.into(), "must have at most 100 characters"),
            (BadApiTokenName::Control.into(), "must not contain control characters"),
            (FieldFault::Number(60, 86_400), "must be a whole number from 60 to 86400"),
            (FieldFault::Colour, "must be a colour such as #1f4e79"),
        ];
        let of_policy = [
            "must have at least 12 characters",
            "must have a capital letter",
            "must have a small letter",
            "must have a digit",
            "must have a special character such as ! @ # $ or a space",
            "is one that many people use or that was stolen somewhere: choose another",
            "is too easy to guess: make it longer, with words that do not belong together",
            "must not contain the email address or the part before its @",
            "must not be the person's own name",
        ];
        known.extend(POLICY.into_iter().map(|fault| FieldFault::Policy(vec![fault])).zip(of_policy));
        known
    }

    /// What must be found again as it is: numbers, signs, names.
    fn fixed(text: &str) -> Vec<&str> {
        let mut parts: Vec<_> = text
            .split(|c: char| !c.is_ascii_digit() && !"+-@#$".contains(c))
            .map(|part| part.trim_matches('-'))
            .filter(|part| !part.is_empty())
            .collect();
        parts.sort_unstable();
        parts
    }

    #[test]
    fn an_english_client_is_told_what_it_was_always_told() {
        for (fault, told) in known() {
            assert_eq!(of(Language::English, &fault), told);
        }
        let all = FieldFault::Policy(vec![PolicyFault::NoDigit, PolicyFault::NoLower]);
        assert_eq!(of(Language::English, &all), "must have a digit; must have a small letter");
    }

    /// No text is exempt.
    #[test]
    fn every_fault_has_its_own_words_in_every_language() {
        for (fault, english) in known() {
            let mut texts: Vec<_> = LANGUAGES.into_iter().map(|language| of(language, &fault)).collect();
            for (language, text) in LANGUAGES.into_iter().zip(&texts) {
                assert_eq!(fixed(text), fixed(english), "{language}: {text}");
                assert!(!text.contains(['\'', '{']) || language == Language::English, "{language}: {text}");
                assert!(!text.is_empty() && text.trim() == text && !text.ends_with('.'), "{language}: {text}");
                let is_arabic = text.contains(|c: char| ('\u{600}'..='\u{6ff}').contains(&c));
                assert_eq!(is_arabic, language == Language::Arabic, "{language}: {text}");
            }
            texts.sort_unstable();
            texts.dedup();
            assert_eq!(texts.len(), LANGUAGES.len(), "{english}");
        }
    }

    #[test]
    fn all_that_a_policy_says_is_said_in_each_language() {
        let all = FieldFault::Policy(POLICY.to_vec());
        for language in LANGUAGES {
            let told = of(language, &all);
            for fault in POLICY {
                let one = of(language, &FieldFault::Policy(vec![fault]));
                assert!(told.contains(&*one), "{language}: {told}");
            }
        }
    }

    #[test]
    fn what_only_a_client_can_cause_is_for_its_developer() {
        let fault = FieldFault::by_client(FaultCode::WrongType, "must be a text");
        assert!(LANGUAGES.into_iter().all(|language| of(language, &fault) == "must be a text"));
    }
}
