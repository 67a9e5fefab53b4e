use std::collections::BTreeMap;

use crate::{FaultCode, Faults, Hidden, Json};

/// A request that can be read out of the fields of a JSON object.
pub trait FromFields: Sized {
    /// Takes the fields it knows; what is wrong with them is noted in `fields` and the value is then worth nothing.
    fn from_fields(fields: &mut Fields) -> Self;
}

/// The fields of a request's JSON object, from which a request takes what it knows. The rest is ignored, so that a
/// newer client can speak to an older server.
#[derive(Debug)]
pub struct Fields {
    entries: BTreeMap<String, Json>,
    faults: Faults,
}

impl Fields {
    /// Reads a body.
    ///
    /// # Errors
    /// The body is no JSON object, so no field of it can be looked at.
    pub fn read(body: &[u8]) -> Result<Self, Faults> {
        Json::read_object(body).map(|(entries, faults)| Self { entries, faults })
    }

    /// A text that must be there; empty where a fault was noted instead.
    pub fn required_text(&mut self, name: &str, bytes_max: usize) -> Hidden {
        let found = self.optional_text(name, bytes_max);
        if found.is_none() {
            self.faults.add(name, FaultCode::Required, "is missing");
        }
        found.unwrap_or_default()
    }

    /// A text that may be missing or null.
    pub fn optional_text(&mut self, name: &str, bytes_max: usize) -> Option<Hidden> {
        let text = match self.entries.remove(name)? {
            Json::Null => return None,
            Json::Text(text) => text,
            _ => return self.fault(name, FaultCode::WrongType, "must be a text"),
        };
        if text.expose().len() > bytes_max {
            return self.fault(name, FaultCode::TooLong, &format!("must have at most {bytes_max} bytes"));
        }
        // JSON can write it and neither a database nor a person's keyboard can.
        if text.expose().contains('\0') {
            return self.fault(name, FaultCode::Invalid, "must not contain U+0000");
        }
        Some(text)
    }

    /// A flag that may be missing or null.
    pub fn optional_flag(&mut self, name: &str) -> Option<bool> {
        match self.entries.remove(name)? {
            Json::Null => None,
            Json::Bool(flag) => Some(flag),
            _ => self.fault(name, FaultCode::WrongType, "must be true or false"),
        }
    }

    /// What was wrong, when all has been taken.
    pub fn into_faults(self) -> Faults {
        self.faults
    }

    fn fault<T>(&mut self, name: &str, code: FaultCode, message: &str) -> Option<T> {
        self.faults.add(name, code, message);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_field_is_named_at_once() {
        let mut fields = Fields::read(br#"{"a":5,"b":null,"c":"\u0000","d":"four","e":"yes","f":1,"f":1}"#).unwrap();
        for name in ["a", "b", "c"] {
            assert_eq!(fields.required_text(name, 10).expose(), "");
        }
        assert_eq!(fields.optional_text("d", 3), None);
        assert_eq!(fields.optional_flag("e"), None);
        assert_eq!(fields.optional_text("nowhere", 3), None);
        let errors = fields.into_faults().into_errors();
        let found: Vec<_> = errors.iter().map(|error| (error.field.as_str(), error.code)).collect();
        assert_eq!(
            found,
            [
                ("f", FaultCode::Duplicate),
                ("a", FaultCode::WrongType),
                ("b", FaultCode::Required),
                ("c", FaultCode::Invalid),
                ("d", FaultCode::TooLong),
                ("e", FaultCode::WrongType),
            ]
        );
    }
}
