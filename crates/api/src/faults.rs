use std::fmt::Display;

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
    /// What to do about it, in a sentence for a developer or a form.
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

/// All that is wrong with a request, collected before it is refused, so that a person mends everything at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// Notes a fault. The first of a field stays: a missing email need not be called malformed too.
    pub fn add(&mut self, field: &str, code: FaultCode, message: impl Into<String>) {
        let field: String = field.chars().take(FIELD_CHARS_MAX).collect();
        if self.0.len() < FAULTS_MAX && !self.0.iter().any(|known| known.field == field) {
            self.0.push(FieldError { field, code, message: message.into() });
        }
    }

    /// Keeps what a rule made of a field, or notes what the rule says against it.
    pub fn check<T, E: Display>(&mut self, field: &str, outcome: Result<T, E>) -> Option<T> {
        outcome.map_err(|why| self.add(field, FaultCode::Invalid, why.to_string())).ok()
    }

    /// Whether a fault of this field is noted: then its value is not worth judging.
    pub fn names(&self, field: &str) -> bool {
        self.0.iter().any(|known| known.field == field)
    }

    /// Nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults in the order in which they were found.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fault_of_a_field_stays() {
        let mut faults = Faults::default();
        faults.add("email", FaultCode::Required, "is missing");
        assert_eq!(faults.check::<(), _>("email", Err("must not be empty")), None);
        assert_eq!(faults.check::<_, String>("role", Ok(1)), Some(1));
        let errors = faults.into_errors();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].code, FaultCode::Required);
    }

    #[test]
    fn a_hostile_body_cannot_make_the_answer_grow() {
        let mut faults = Faults::default();
        for n in 0..1_000 {
            faults.add(&format!("{n}{}", "x".repeat(1_000)), FaultCode::Duplicate, "stands twice");
        }
        let errors = faults.into_errors();
        assert_eq!(errors.len(), FAULTS_MAX);
        assert!(errors.iter().all(|error| error.field.chars().count() == FIELD_CHARS_MAX));
    }
}
