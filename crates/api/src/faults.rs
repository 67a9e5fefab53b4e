use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// More bad fields than this in one answer help nobody, and a hostile body could name thousands.
pub const FAULTS_MAX: usize = 32;

/// A name that a client made up is repeated to it only this far.
const FIELD_CHARS_MAX: usize = 64;

/// One bad field of a request, or one bad header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field as the request writes it (`email`, `address.street`), a header's name, or `body` for the whole.
    #[schema(example = "currentPassword")]
    pub field: String,
    /// What is wrong with it.
    pub code: FaultCode,
    /// What to do about it: in the language of the problem's `message` where a person can have caused it, in English for
    /// a developer where only a program can.
    #[schema(example = "must have at least 8 characters")]
    pub message: String,
}

/// What can be wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FaultCode {
    /// It is missing, or null.
    Required,
    /// It is of another JSON type.
    WrongType,
    /// It stands there more than once: which one counts would be a guess.
    Duplicate,
    /// It has more bytes than any honest value.
    TooLong,
    /// It is nested deeper than any honest value.
    TooDeep,
    /// Its text breaks a rule of what it names.
    Invalid,
    /// It asks for something that this server does not do.
    Unsupported,
    /// It is not JSON, or its text is not Unicode.
    Malformed,
}

/// What can be wrong with the form of a field, whatever the field means. It prints as what to do about it, in English:
/// `must have at most 64 bytes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormFault {
    /// It is not there, or null.
    Missing,
    /// It has more bytes than this.
    TooLong(usize),
    /// No form lets a person do it: only whoever writes the client can have caused it, and reads what is said of it.
    ByClient(FaultCode, Cow<'static, str>),
}

impl FormFault {
    /// What only a client can have caused.
    pub fn by_client(code: FaultCode, must: impl Into<Cow<'static, str>>) -> Self {
        Self::ByClient(code, must.into())
    }

    /// The code on the wire.
    pub const fn code(&self) -> FaultCode {
        match self {
            Self::Missing => FaultCode::Required,
            Self::TooLong(_) => FaultCode::TooLong,
            Self::ByClient(code, _) => *code,
        }
    }
}

impl fmt::Display for FormFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::TooLong(bytes_max) => write!(f, "must have at most {bytes_max} bytes"),
            Self::ByClient(_, must) => f.write_str(must),
        }
    }
}

/// All that is wrong with a request, collected before it is refused, so that a person mends everything at once. What
/// can be wrong is up to who collects: here form alone; the server adds what its rules have against a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults<F = FormFault>(Vec<(String, F)>);

impl<F> Default for Faults<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F> Faults<F> {
    /// Notes a fault. The first of a field stays: a missing email need not be called malformed too.
    pub fn add(&mut self, field: &str, fault: F) {
        let field: String = field.chars().take(FIELD_CHARS_MAX).collect();
        if self.0.len() < FAULTS_MAX && !self.names(&field) {
            self.0.push((field, fault));
        }
    }

    /// Keeps what a rule made of a field, or notes what the rule says against it.
    pub fn check<T, E: Into<F>>(&mut self, field: &str, outcome: Result<T, E>) -> Option<T> {
        outcome.map_err(|why| self.add(field, why.into())).ok()
    }

    /// Whether a fault of this field is noted: then its value is not worth judging.
    pub fn names(&self, field: &str) -> bool {
        self.0.iter().any(|(known, _)| known == field)
    }

    /// Nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same faults among those that can be wrong with more than a form.
    pub fn widened<G>(self) -> Faults<G>
    where
        F: Into<G>,
    {
        Faults(self.0.into_iter().map(|(field, fault)| (field, fault.into())).collect())
    }

    /// The faults with their fields, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &F)> {
        self.0.iter().map(|(field, fault)| (field.as_str(), fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fault_of_a_field_stays() {
        let mut faults = Faults::default();
        faults.add("email", FormFault::Missing);
        assert_eq!(faults.check::<(), _>("email", Err(FormFault::TooLong(3))), None);
        assert_eq!(faults.check::<_, FormFault>("role", Ok(1)), Some(1));
        assert_eq!(faults.iter().collect::<Vec<_>>(), [("email", &FormFault::Missing)]);
    }

    #[test]
    fn a_hostile_body_cannot_make_the_answer_grow() {
        let mut faults = Faults::default();
        for n in 0..1_000 {
            faults.add(&format!("{n}{}", "x".repeat(1_000)), FormFault::Missing);
        }
        assert_eq!(faults.iter().count(), FAULTS_MAX);
        assert!(faults.iter().all(|(field, _)| field.chars().count() == FIELD_CHARS_MAX));
    }
}
