//! What a tenant asks of a new password. A login is never asked: who set a password under another policy still knows it.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::{PASSWORD_CHARS_MIN, Secret};

/// A tenant may ask for more characters than the contract's eight, never for less.
pub const POLICY_CHARS_FLOOR: u32 = 8;
/// NIST 800-63B section 3.1.1.2 wants 64 to be possible; who asks for more gets passwords that are written down.
pub const POLICY_CHARS_CEILING: u32 = 64;
/// The strongest that strength is told apart: a score of zxcvbn, 0 to 4.
pub const STRENGTH_MAX: u8 = 4;

/// A local part of one or two characters is in half of all good passwords.
const LOCAL_PART_CHARS_MIN: usize = 3;

/// What a new password must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Code points.
    pub chars_min: usize,
    /// A capital letter of any script.
    pub upper: bool,
    /// A small letter of any script.
    pub lower: bool,
    /// A digit of any script.
    pub digit: bool,
    /// Anything that is neither letter nor digit; a space counts.
    pub special: bool,
    /// The least strength, 0 to [`STRENGTH_MAX`].
    pub strength_min: u8,
    /// Whether common and breached passwords are refused.
    pub refuse_listed: bool,
}

impl PasswordPolicy {
    /// The contract's policy. Its eight characters and a higher strength exclude each other: eight characters that
    /// follow no pattern are 10^8 guesses to zxcvbn, the upper edge of strength 2.
    pub const DEFAULT: Self = Self {
        chars_min: PASSWORD_CHARS_MIN,
        upper: true,
        lower: true,
        digit: true,
        special: true,
        strength_min: 2,
        refuse_listed: true,
    };
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Whose password it is to be: what is known of a person is the first that is guessed.
#[derive(Clone, Copy, Debug, Default)]
pub struct PersonWords<'a> {
    /// The address, as typed or as its key.
    pub email: &'a str,
    /// Given name.
    pub first_name: Option<&'a str>,
    /// Family name.
    pub last_name: Option<&'a str>,
}

/// What was found out about a text beside its characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Findings {
    /// How hard it is to guess, 0 to [`STRENGTH_MAX`].
    pub strength: u8,
    /// Whether it is a common or breached password.
    pub is_listed: bool,
}

/// What the policy has against a text. It prints as what to do about it: `must have a digit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PolicyFault {
    /// Fewer code points than the tenant asks for.
    #[error("must have at least {0} characters")]
    TooShort(usize),
    /// No capital letter.
    #[error("must have a capital letter")]
    NoUpper,
    /// No small letter.
    #[error("must have a small letter")]
    NoLower,
    /// No digit.
    #[error("must have a digit")]
    NoDigit,
    /// Nothing but letters and digits.
    #[error("must have a special character such as ! @ # $ or a space")]
    NoSpecial,
    /// It is common, or was breached somewhere.
    #[error("is one that many people use or that was stolen somewhere: choose another")]
    Listed,
    /// It follows a pattern that is guessed early.
    #[error("is too easy to guess: make it longer, with words that do not belong together")]
    TooWeak,
    /// It holds the address, or what stands before its `@`.
    #[error("must not contain the email address or the part before its @")]
    HasAddress,
    /// It is nothing but the person's own names.
    #[error("must not be the person's own name")]
    IsName,
}

impl PolicyFault {
    /// The name in answers to programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort(_) => "too_short",
            Self::NoUpper => "no_upper",
            Self::NoLower => "no_lower",
            Self::NoDigit => "no_digit",
            Self::NoSpecial => "no_special",
            Self::Listed => "listed",
            Self::TooWeak => "too_weak",
            Self::HasAddress => "has_address",
            Self::IsName => "is_name",
        }
    }
}

/// Several faults in one text, a line each.
pub struct Told<'a>(pub &'a [PolicyFault]);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            let start = if n == 0 { "" } else { "\n" };
            write!(f, "{start}the password {fault}")?;
        }
        Ok(())
    }
}

impl PasswordPolicy {
    /// Everything that this policy has against a text in its hashed form ([`crate::password_text`]), at once, so that
    /// a person mends it in one go.
    pub fn faults(&self, text: &Secret, person: &PersonWords<'_>, found: Findings) -> Vec<PolicyFault> {
        let has = |is_of_class: fn(char) -> bool| text.expose().chars().any(is_of_class);
        let told = [
            (text.expose().chars().count() < self.chars_min, PolicyFault::TooShort(self.chars_min)),
            (self.upper && !has(char::is_uppercase), PolicyFault::NoUpper),
            (self.lower && !has(char::is_lowercase), PolicyFault::NoLower),
            (self.digit && !has(char::is_numeric), PolicyFault::NoDigit),
            (self.special && !has(|c| !c.is_alphanumeric()), PolicyFault::NoSpecial),
            (self.refuse_listed && found.is_listed, PolicyFault::Listed),
            (found.strength < self.strength_min, PolicyFault::TooWeak),
            (has_address(text, person.email), PolicyFault::HasAddress),
            (is_name(text, person), PolicyFault::IsName),
        ];
        told.into_iter().filter_map(|(is_so, fault)| is_so.then_some(fault)).collect()
    }
}

fn has_address(text: &Secret, email: &str) -> bool {
    let address = email.trim().to_lowercase();
    let local = address.rsplit_once('@').map_or(address.as_str(), |(local, _)| local);
    // Whatever holds the address holds its local part; only of a short one the whole is asked for.
    let forbidden = if local.chars().count() >= LOCAL_PART_CHARS_MIN { local } else { address.as_str() };
    let text = Secret::new(text.expose().to_lowercase());
    !forbidden.is_empty() && text.expose().contains(forbidden)
}

/// Whether the text is a name, or both in either order, however they are joined and capitalised.
fn is_name(text: &Secret, person: &PersonWords<'_>) -> bool {
    let [first, last] = [person.first_name, person.last_name].map(|name| bare(name.unwrap_or_default()));
    let text = bare(text.expose());
    let names = [first.expose().to_owned(), last.expose().to_owned()];
    let joined = [names.concat(), [last.expose(), first.expose()].concat()];
    !text.expose().is_empty() && names.iter().chain(&joined).any(|name| name == text.expose())
}

/// Letters and digits alone, in small letters.
fn bare(text: &str) -> Secret {
    Secret::new(text.nfc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::PolicyFault::*;
    use super::*;

    const GOOD: Findings = Findings { strength: STRENGTH_MAX, is_listed: false };
    const ADA: PersonWords<'_> = PersonWords {
        email: "Ada.Lovelace+1@Example.com",
        first_name: Some("Ada-Zo\u{308}e"),
        last_name: Some("Lovelace"),
    };

    fn faults(policy: PasswordPolicy, text: &str) -> Vec<PolicyFault> {
        policy.faults(&Secret::new(text), &ADA, GOOD)
    }

    #[test]
    fn every_class_is_asked_for_unless_the_tenant_does_not() {
        let off =
            PasswordPolicy { upper: false, lower: false, digit: false, special: false, ..PasswordPolicy::DEFAULT };
        for (text, told) in [
            ("Correct-horse-1", vec![]),
            ("Пароль-Ёлка7", vec![]),
            ("Correct horse 1", vec![]),
            ("Größe-über-٣", vec![]),
            ("correct-horse-1", vec![NoUpper]),
            ("CORRECT-HORSE-1", vec![NoLower]),
            ("Correct-horse-x", vec![NoDigit]),
            ("Correcthorse1", vec![NoSpecial]),
            ("密码密码密码密码", vec![NoUpper, NoLower, NoDigit, NoSpecial]),
            ("🦀🦀🦀🦀🦀🦀🦀🦀", vec![NoUpper, NoLower, NoDigit]),
            ("PQW7ERMP", vec![NoLower, NoSpecial]),
        ] {
            assert_eq!(faults(PasswordPolicy::DEFAULT, text), told, "{text}");
            assert_eq!(faults(off, text), [], "{text}");
        }
        for (text, fault) in
            [("a-1bbbbb", NoUpper), ("A-1BBBBB", NoLower), ("A-ibbbbb", NoDigit), ("A1ibbbbb", NoSpecial)]
        {
            let only = match fault {
                NoUpper => PasswordPolicy { upper: true, ..off },
                NoLower => PasswordPolicy { lower: true, ..off },
                NoDigit => PasswordPolicy { digit: true, ..off },
                _ => PasswordPolicy { special: true, ..off },
            };
            assert_eq!(faults(only, text), [fault]);
        }
    }

    #[test]
    fn length_is_counted_in_code_points() {
        let twelve = PasswordPolicy { chars_min: 12, ..PasswordPolicy::DEFAULT };
        assert_eq!(faults(twelve, "Größe-über1"), [TooShort(12)]);
        assert_eq!(faults(twelve, "Größe-über12"), []);
        assert_eq!(faults(twelve, "Aa1🦀🦀🦀🦀🦀🦀🦀🦀🦀"), []);
    }

    #[test]
    fn what_was_found_counts_as_the_tenant_says() {
        let text = Secret::new("Correct-horse-1");
        let lax = PasswordPolicy { strength_min: 0, refuse_listed: false, ..PasswordPolicy::DEFAULT };
        for (strength, is_listed, told) in
            [(2, false, vec![]), (1, false, vec![TooWeak]), (2, true, vec![Listed]), (0, true, vec![Listed, TooWeak])]
        {
            let found = Findings { strength, is_listed };
            assert_eq!(PasswordPolicy::DEFAULT.faults(&text, &ADA, found), told);
            assert_eq!(lax.faults(&text, &ADA, found), []);
        }
    }

    #[test]
    fn the_address_and_the_names_are_no_passwords() {
        for (text, told) in [
            ("x1-ADA.lovelace+1-X", vec![HasAddress]),
            ("Ada.Lovelace+1@example.com", vec![HasAddress]),
            ("Ada.Lovelace-1x", vec![]),
            ("1-Lovelace-of-Ada", vec![]),
        ] {
            assert_eq!(faults(PasswordPolicy::DEFAULT, text), told, "{text}");
        }
        let off =
            PasswordPolicy { upper: false, lower: false, digit: false, special: false, ..PasswordPolicy::DEFAULT };
        for text in ["LOVELACE", "ada-zöe lovelace", "Lovelace, Ada Zöe", "lovelaceAdaZöe!"] {
            assert_eq!(faults(off, text), [IsName], "{text}");
        }
        let nobody = PersonWords { email: "al@x.com", first_name: None, last_name: Some("") };
        for (text, told) in [("Al-is-here-1", vec![]), ("1-Al@x.com-or-so", vec![HasAddress]), ("--------", vec![])] {
            assert_eq!(off.faults(&Secret::new(text), &nobody, GOOD), told, "{text}");
        }
        assert_eq!(off.faults(&Secret::new("whatever-else"), &PersonWords::default(), GOOD), []);
    }

    #[test]
    fn all_is_told_at_once_and_says_what_to_do() {
        let found = Findings { strength: 0, is_listed: true };
        let person = PersonWords { email: "aaaaaa@x.com", first_name: Some("aaaaaa"), last_name: None };
        let faults = PasswordPolicy::DEFAULT.faults(&Secret::new("aaaaaa"), &person, found);
        let codes: Vec<&str> = faults.iter().map(|fault| fault.code()).collect();
        let all = ["too_short", "no_upper", "no_digit", "no_special", "listed", "too_weak", "has_address", "is_name"];
        assert_eq!(codes, all);
        assert_eq!(NoLower.code(), "no_lower");
        let told = Told(&faults).to_string();
        assert_eq!(told.lines().count(), all.len());
        assert!(
            told.lines().all(|line| line.starts_with("the password must ") || line.starts_with("the password is "))
        );
    }
}
