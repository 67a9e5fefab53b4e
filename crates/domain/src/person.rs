mod e164;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Language, Timestamp, UnknownName};

/// The contract: a name has 2 to 50 characters.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=50;
/// E.164: a number has at most 15 digits, its country code at most 3 of them.
const NUMBER_DIGITS_MAX: usize = 15;
const DIALING_DIGITS_MAX: usize = 3;
/// The shortest national number in use.
const PHONE_DIGITS_MIN: usize = 4;
/// The contract: at least 18 years old, and at most 120.
const AGE_YEARS: std::ops::RangeInclusive<i16> = 18..=120;
/// An address on four lines of an envelope, in any script.
const ADDRESS_CHARS_MAX: usize = 300;
/// A tenant's own form has fewer fields.
const DYNAMIC_FIELDS_MAX: usize = 32;
/// Longer names and values are documents, not fields.
const DYNAMIC_NAME_CHARS_MAX: usize = 64;
const DYNAMIC_VALUE_CHARS_MAX: usize = 255;

/// What is known of the person behind an account, besides the names. All of it may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// Country code and national number.
    pub phone: Option<Phone>,
    /// Day of birth.
    pub dob: Option<DayOfBirth>,
    /// Where the person lives.
    pub address: Option<Address>,
    /// A person or a company.
    pub customer_type: Option<CustomerType>,
    /// Fields of the tenant's own.
    pub dynamic_fields: DynamicFields,
    /// The language to write in.
    pub language: Option<Language>,
}

/// A first or last name: letters of any script, spaces, hyphens and apostrophes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, to keep.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl FromStr for PersonName {
    type Err = BadPerson;

    fn from_str(text: &str) -> Result<Self, BadPerson> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_letter = |c: char| c.is_alphabetic() || is_mark(c) || matches!(c, ' ' | '-' | '\'' | '\u{2019}');
        let good = NAME_CHARS.contains(&name.chars().count())
            && name.chars().all(is_letter)
            && name.chars().any(char::is_alphabetic);
        if good { Ok(Self(name)) } else { Err(BadPerson::Name) }
    }
}

/// Combining marks, which a decomposed letter ends with, and the joiners of Persian and Indic names.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c) || matches!(c, '\u{200c}' | '\u{200d}')
}

/// A telephone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// `+` and the country code.
    dialing_code: String,
    /// The national digits.
    national: String,
}

impl Phone {
    /// Reads the two fields of the contract; together they are a number of E.164.
    ///
    /// # Errors
    /// [`BadPerson::DialingCode`] or [`BadPerson::Phone`].
    pub fn new(dialing_code: &str, national: &str) -> Result<Self, BadPerson> {
        let code = dialing_code.strip_prefix('+').ok_or(BadPerson::DialingCode)?;
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        if !is_digits(code) || code.starts_with('0') || code.len() > DIALING_DIGITS_MAX {
            return Err(BadPerson::DialingCode);
        }
        let fits = national.len() >= PHONE_DIGITS_MIN && code.len() + national.len() <= NUMBER_DIGITS_MAX;
        if !is_digits(national) || !fits {
            return Err(BadPerson::Phone);
        }
        Ok(Self { dialing_code: dialing_code.to_owned(), national: national.to_owned() })
    }

    /// Reads a whole number of E.164, as other systems write it: `+447700900123`.
    ///
    /// # Errors
    /// [`BadPerson::Phone`].
    pub fn from_e164(text: &str) -> Result<Self, BadPerson> {
        let (code, national) = text.strip_prefix('+').and_then(e164::split).ok_or(BadPerson::Phone)?;
        Self::new(&format!("+{code}"), national).map_err(|_| BadPerson::Phone)
    }

    /// The whole number: `+447700900123`.
    pub fn e164(&self) -> String {
        format!("{}{}", self.dialing_code, self.national)
    }

    /// `+44`.
    pub fn dialing_code(&self) -> &str {
        &self.dialing_code
    }

    /// The national digits.
    pub fn national(&self) -> &str {
        &self.national
    }
}

/// A day of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayOfBirth(Date);

impl DayOfBirth {
    /// Whether somebody born then may be a customer at `now`: by the calendar of UTC.
    ///
    /// # Errors
    /// [`BadPerson::Age`].
    pub fn of_age(self, now: Timestamp) -> Result<Self, BadPerson> {
        let today = now.civil_date();
        let had_birthday = (today.month(), today.day()) >= (self.0.month(), self.0.day());
        let years = today.year() - self.0.year() - i16::from(!had_birthday);
        if AGE_YEARS.contains(&years) { Ok(self) } else { Err(BadPerson::Age) }
    }
}

impl FromStr for DayOfBirth {
    type Err = BadPerson;

    /// `2001-12-31`, and no other spelling.
    fn from_str(text: &str) -> Result<Self, BadPerson> {
        let date: Date = text.parse().map_err(|_| BadPerson::Dob)?;
        if date.to_string() == text { Ok(Self(date)) } else { Err(BadPerson::Dob) }
    }
}

impl fmt::Display for DayOfBirth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for DayOfBirth {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DayOfBirth {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A postal address, as typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = BadPerson;

    fn from_str(text: &str) -> Result<Self, BadPerson> {
        let is_line = |c: char| c == '\n' || !c.is_control();
        let text = text.trim().replace("\r\n", "\n");
        let good = !text.is_empty() && text.chars().count() <= ADDRESS_CHARS_MAX && text.chars().all(is_line);
        if good { Ok(Self(text)) } else { Err(BadPerson::Address) }
    }
}

/// What a customer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CustomerType {
    /// A person.
    Individual,
    /// A company.
    Company,
}

impl CustomerType {
    /// The name in table and wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Individual => "INDIVIDUAL",
            Self::Company => "COMPANY",
        }
    }
}

impl FromStr for CustomerType {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        [Self::Individual, Self::Company].into_iter().find(|kind| kind.name() == text).ok_or(UnknownName)
    }
}

/// Fields that a tenant's own form asks for: names and texts, kept as they come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DynamicFields(BTreeMap<String, String>);

impl DynamicFields {
    /// Takes over the fields of a request.
    ///
    /// # Errors
    /// [`BadPerson::DynamicFields`] where there are too many, or one is too long.
    pub fn new(fields: BTreeMap<String, String>) -> Result<Self, BadPerson> {
        let is_text = |text: &str, chars_max: usize| {
            text.chars().count() <= chars_max && !text.chars().any(|c| c.is_control() && c != '\n')
        };
        let is_good = |(name, value): (&String, &String)| {
            !name.is_empty() && is_text(name, DYNAMIC_NAME_CHARS_MAX) && is_text(value, DYNAMIC_VALUE_CHARS_MAX)
        };
        let good = fields.len() <= DYNAMIC_FIELDS_MAX && fields.iter().all(is_good);
        if good { Ok(Self(fields)) } else { Err(BadPerson::DynamicFields) }
    }

    /// The fields by their names.
    pub fn entries(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

/// What a text breaks that should say something of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPerson {
    /// A first or last name.
    #[error("must have 2 to 50 letters; spaces, hyphens and apostrophes may stand between them")]
    Name,
    /// A country code.
    #[error("must be a country code such as +44")]
    DialingCode,
    /// A national number.
    #[error("must be the national digits alone, 4 or more, and together with the country code at most 15")]
    Phone,
    /// A day.
    #[error("must be a day such as 2001-12-31")]
    Dob,
    /// An age.
    #[error("must be the day of birth of somebody who is at least 18 and at most 120 years old")]
    Age,
    /// A postal address.
    #[error("must be a postal address of at most 300 characters")]
    Address,
    /// Fields of the tenant's own.
    #[error("must have at most 32 fields, with names of at most 64 and texts of at most 255 characters")]
    DynamicFields,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_are_names() {
        for name in
            ["Ada", "O'Neill", "Nwáchukwu-Smith", "Ñu", "علي", "María José", "李明", "D\u{2019}Arcy", "n\u{303}a"]
        {
            assert_eq!(name.parse::<PersonName>().map(PersonName::into_text).as_deref(), Ok(name), "{name}");
        }
        assert_eq!("  Ada \t Mary ".parse::<PersonName>().unwrap().as_str(), "Ada Mary");
        for bad in ["", "A", "  ", "--", "Ada1", "Ada<b>", "Ada\u{0}b", "A\nB:", &"a".repeat(51), "a@b"] {
            assert_eq!(bad.parse::<PersonName>(), Err(BadPerson::Name), "{bad:?}");
        }
    }

    #[test]
    fn a_number_is_one_of_e164() {
        let phone = Phone::new("+44", "7911123456").unwrap();
        assert_eq!((phone.dialing_code(), phone.national()), ("+44", "7911123456"));
        for bad in ["44", "+", "+0", "+4444", "+4a", ""] {
            assert_eq!(Phone::new(bad, "7911123456"), Err(BadPerson::DialingCode), "{bad}");
        }
        for bad in ["", "123", "79 11", "+447911", "12345678901234", "٧٩١١١٢"] {
            assert_eq!(Phone::new("+44", bad), Err(BadPerson::Phone), "{bad}");
        }
    }

    #[test]
    fn a_whole_number_is_parted_after_its_country() {
        for (text, code, national) in [
            ("+447700900123", "+44", "7700900123"),
            ("+15551234567", "+1", "5551234567"),
            ("+79161234567", "+7", "9161234567"),
            ("+2348031234567", "+234", "8031234567"),
            ("+989121234567", "+98", "9121234567"),
            ("+4407700900123", "+44", "07700900123"),
        ] {
            let phone = Phone::from_e164(text).unwrap();
            assert_eq!((phone.dialing_code(), phone.national(), phone.e164().as_str()), (code, national, text));
        }
        for bad in ["", "+", "+1", "+44", "447700900123", "+0447700900", "+44 7700900123", "+1234567890123456", "+44é"]
        {
            assert_eq!(Phone::from_e164(bad), Err(BadPerson::Phone), "{bad}");
        }
    }

    #[test]
    fn a_customer_is_18_on_the_birthday() {
        let now: Timestamp = Timestamp::from_unix_seconds(1_795_564_800); // 2026-11-25
        let of_age = |text: &str| text.parse::<DayOfBirth>().and_then(|dob| dob.of_age(now)).map(|dob| dob.to_string());
        assert_eq!(of_age("2008-11-25").as_deref(), Ok("2008-11-25"));
        assert_eq!(of_age("2008-11-26"), Err(BadPerson::Age));
        assert_eq!(of_age("1906-01-01").as_deref(), Ok("1906-01-01"));
        assert_eq!(of_age("1905-11-25"), Err(BadPerson::Age));
        assert_eq!(of_age("2030-01-01"), Err(BadPerson::Age));
        for bad in ["", "2001-02-30", "2001-1-1", "01/02/2001", "2001-12-31T00:00", "20011231"] {
            assert_eq!(of_age(bad), Err(BadPerson::Dob), "{bad}");
        }
    }

    #[test]
    fn a_person_survives_its_text() {
        let person = Person {
            phone: Phone::new("+1", "5551234567").ok(),
            dob: "1990-05-17".parse().ok(),
            address: "1 High St\nLondon".parse().ok(),
            customer_type: Some(CustomerType::Company),
            dynamic_fields: DynamicFields::new(BTreeMap::from([("vat".to_owned(), "GB1".to_owned())])).unwrap(),
            language: Some(Language::Arabic),
        };
        let text = serde_json::to_string(&person).unwrap();
        assert_eq!(serde_json::from_str::<Person>(&text).unwrap(), person);
        assert_eq!(serde_json::from_str::<Person>("{}").unwrap(), Person::default());
    }

    #[test]
    fn texts_are_bounded() {
        assert!("a".repeat(300).parse::<Address>().is_ok());
        for bad in ["", " \n", &"a".repeat(301), "a\u{7}b"] {
            assert_eq!(bad.parse::<Address>(), Err(BadPerson::Address));
        }
        let of = |name: &str, value: &str| DynamicFields::new(BTreeMap::from([(name.to_owned(), value.to_owned())]));
        assert!(of("a", &"b".repeat(255)).is_ok());
        assert!(of("", "b").is_err() && of("a", &"b".repeat(256)).is_err() && of(&"a".repeat(65), "b").is_err());
        let many = (0..33).map(|n| (n.to_string(), String::new())).collect();
        assert_eq!(DynamicFields::new(many), Err(BadPerson::DynamicFields));
    }
}
