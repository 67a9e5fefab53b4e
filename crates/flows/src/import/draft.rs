use countersign_domain::{BadEmail, Email, Role, Standing, Timestamp};

use super::{Assumptions, BadField, ImportRow};
use crate::hasher::{BadHash, PhcHash};

/// More is no id.
pub(super) const ID_BYTES_MAX: usize = 255;
/// The contract's longest name has 50; other systems keep longer ones, and an import is no reason to lose a person.
const NAME_CHARS_MAX: usize = 100;
/// E.164: at most 15 digits.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// RFC 5646 section 4.4.1: what a program must at least keep.
const LANGUAGE_BYTES_MAX: usize = 35;

/// What a format found in a record, by the names that its fields have there.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) names: Names,
    pub(super) external_id: Option<String>,
    pub(super) email: Option<String>,
    /// None: the system does not say.
    pub(super) is_verified: Option<bool>,
    pub(super) roles: Vec<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) dob: Option<String>,
    pub(super) language: Option<String>,
    pub(super) is_deactivated: bool,
    pub(super) must_change_password: bool,
    pub(super) password: Option<Result<PhcHash, BadHash>>,
    pub(super) created_at: Option<Timestamp>,
}

/// What a format calls the fields that are judged here, where it is not what we call them.
pub(super) struct Names {
    pub(super) email: &'static str,
    pub(super) verified: &'static str,
    pub(super) password: &'static str,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) phone: &'static str,
}

impl Names {
    pub(super) const OURS: Self = Self {
        email: "email",
        verified: "emailVerified",
        password: "passwordHash",
        first_name: "firstName",
        last_name: "lastName",
        phone: "phone",
    };
}

impl Default for Names {
    fn default() -> Self {
        Self::OURS
    }
}

impl Draft {
    /// The row, or everything that is wrong with it: what its format found, then what is found here.
    pub(super) fn finish(self, mut bad: Vec<BadField>, assumptions: &Assumptions) -> Result<ImportRow, Vec<BadField>> {
        let mut refuse = |field: &str, why: String| bad.push(BadField { field: field.to_owned(), why });
        let names = &self.names;
        let email = Email::parse(self.email.as_deref().unwrap_or_default());
        if let Err(why) = &email {
            let why = if *why == BadEmail::Empty { "is missing".to_owned() } else { why.to_string() };
            refuse(names.email, why);
        }
        if self.is_verified == Some(false) && !assumptions.takes_unverified {
            refuse(names.verified, "was never proved there".to_owned());
        }
        let roles = roles(&self.roles, assumptions, &mut refuse);
        let kind = Role::common_kind(&roles);
        if kind.is_none() && (self.roles.is_empty() || !roles.is_empty()) {
            refuse("roles", "must be all CUSTOMER or all staff roles, and at least one".to_owned());
        }
        for (field, text, is_good, why) in [
            ("id", &self.external_id, is_id as fn(&str) -> bool, "must be at most 255 bytes of text"),
            (names.first_name, &self.first_name, is_name, "must be at most 100 characters, none of control"),
            (names.last_name, &self.last_name, is_name, "must be at most 100 characters, none of control"),
            (names.phone, &self.phone, is_phone, "must be an E.164 number such as +447700900123"),
            ("dob", &self.dob, is_date, "must be a date such as 1990-02-28"),
            ("language", &self.language, is_language, "must be a language tag such as en-GB"),
        ] {
            if text.as_deref().is_some_and(|text| !is_good(text)) {
                refuse(field, why.to_owned());
            }
        }
        if let Some(Err(why)) = &self.password {
            refuse(names.password, why.to_string());
        }
        match (email, kind) {
            (Ok(email), Some(kind)) if bad.is_empty() => Ok(ImportRow {
                external_id: self.external_id,
                email,
                kind,
                roles,
                first_name: self.first_name,
                last_name: self.last_name,
                phone: self.phone,
                dob: self.dob,
                language: self.language,
                standing: if self.is_deactivated { Standing::Deactivated } else { Standing::Active },
                must_change_password: self.must_change_password,
                password: self.password.and_then(Result::ok),
                created_at: self.created_at,
            }),
            _ => Err(bad),
        }
    }
}

fn roles(named: &[String], assumptions: &Assumptions, refuse: &mut dyn FnMut(&str, String)) -> Vec<Role> {
    if named.is_empty() {
        return assumptions.roles.clone();
    }
    let mut roles = Vec::new();
    for name in named {
        match name.parse::<Role>() {
            Ok(role) if roles.contains(&role) => {}
            Ok(role) => roles.push(role),
            Err(why) => refuse("roles", why.to_string()),
        }
    }
    roles
}

fn is_id(text: &str) -> bool {
    text.len() <= ID_BYTES_MAX && !text.chars().any(char::is_control)
}

fn is_name(text: &str) -> bool {
    text.chars().count() <= NAME_CHARS_MAX && !text.chars().any(char::is_control)
}

fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').filter(|digits| !digits.starts_with('0'));
    digits.is_some_and(|digits| PHONE_DIGITS.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn is_date(text: &str) -> bool {
    text.len() == "1990-02-28".len() && format!("{text}T00:00:00Z").parse::<Timestamp>().is_ok()
}

/// The form of a tag; whether there is such a language is no matter here.
fn is_language(text: &str) -> bool {
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    text.len() <= LANGUAGE_BYTES_MAX && text.split('-').all(is_part)
}
