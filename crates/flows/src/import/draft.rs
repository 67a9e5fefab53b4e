use std::collections::BTreeMap;

use countersign_domain::{
    BadEmail, BadPerson, CustomerType, DynamicFields, Email, Language, Person, Phone, Role, Standing, Timestamp,
};

use super::{Assumptions, BadField, ImportRow};
use crate::hasher::{BadHash, PhcHash};

/// More is no id.
pub(super) const ID_BYTES_MAX: usize = 255;
/// The contract's longest name has 50; other systems keep longer ones, and an import is no reason to lose a person.
const NAME_CHARS_MAX: usize = 100;
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
    pub(super) address: Option<String>,
    pub(super) customer_type: Option<String>,
    pub(super) dynamic_fields: BTreeMap<String, String>,
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
            let why = match self.roles.is_empty() && assumptions.roles.is_empty() {
                true => "names no role: say with --role what such people may do",
                false => "must be all CUSTOMER or all staff roles, and at least one",
            };
            refuse("roles", why.to_owned());
        }
        for (field, text, is_good, why) in [
            ("id", &self.external_id, is_id as fn(&str) -> bool, "must be at most 255 bytes of text"),
            (names.first_name, &self.first_name, is_name, "must be at most 100 characters, none of control"),
            (names.last_name, &self.last_name, is_name, "must be at most 100 characters, none of control"),
            ("language", &self.language, is_language, "must be a language tag such as en-GB"),
        ] {
            if text.as_deref().is_some_and(|text| !is_good(text)) {
                refuse(field, why.to_owned());
            }
        }
        let person = self.person(&mut refuse);
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
                person,
                standing: if self.is_deactivated { Standing::Deactivated } else { Standing::Active },
                must_change_password: self.must_change_password,
                password: self.password.and_then(Result::ok),
                created_at: self.created_at,
            }),
            _ => Err(bad),
        }
    }

    /// What is known of the person. How old somebody must be, registration asks: whoever is a customer elsewhere stays one.
    fn person(&self, refuse: &mut dyn FnMut(&str, String)) -> Person {
        let mut bad = |field: &str, why: &dyn ToString| refuse(field, why.to_string());
        Person {
            phone: read(self.phone.as_deref(), Phone::from_e164, |_| bad(self.names.phone, &PHONE)),
            dob: read(self.dob.as_deref(), str::parse, |why: BadPerson| bad("dob", &why)),
            address: read(self.address.as_deref(), str::parse, |why: BadPerson| bad("address", &why)),
            customer_type: read(self.customer_type.as_deref(), str::parse::<CustomerType>, |_| {
                bad("customerType", &"must be INDIVIDUAL or COMPANY");
            }),
            dynamic_fields: DynamicFields::new(self.dynamic_fields.clone()).unwrap_or_else(|why| {
                bad("dynamicFields", &why);
                DynamicFields::default()
            }),
            language: self.language.as_deref().and_then(Language::accepted),
        }
    }
}

const PHONE: &str = "must be an E.164 number such as +447700900123";

/// What a text says, if there is one; what is wrong with it, `refuse` is told.
fn read<T, E>(text: Option<&str>, parse: impl Fn(&str) -> Result<T, E>, refuse: impl FnOnce(E)) -> Option<T> {
    text.and_then(|text| parse(text).map_err(refuse).ok())
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

/// The form of a tag. One of a language in which nobody is written to is taken, and says nothing.
fn is_language(text: &str) -> bool {
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    text.len() <= LANGUAGE_BYTES_MAX && text.split('-').all(is_part)
}
