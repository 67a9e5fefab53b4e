use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::{FaultCode, Faults, FormFault, Hidden, Json};

/// The digits of a number of 32 bits.
const NUMBER_BYTES_MAX: usize = 10;
/// What is said of a name that stands twice.
pub(crate) const TWICE: &str = "must stand there only once";

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

    /// The same of pairs of texts, as a query has them.
    pub fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let (mut entries, mut faults) = (BTreeMap::new(), Faults::default());
        for (name, text) in pairs {
            if entries.insert(name.clone(), Json::Text(Hidden::new(text))).is_some() {
                faults.add(&name, FormFault::by_client(FaultCode::Duplicate, TWICE));
            }
        }
        Self { entries, faults }
    }

    /// A whole number within bounds, written as a text, that may be missing.
    pub fn optional_number(&mut self, name: &str, bounds: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let text = self.optional_text(name, NUMBER_BYTES_MAX)?;
        match text.expose().parse().ok().filter(|number| bounds.contains(number)) {
            Some(number) => Some(number),
            None => self.outside(name, &bounds),
        }
    }

    /// A whole number within bounds, written as a number, that may be missing or null.
    pub fn optional_count(&mut self, name: &str, bounds: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let number = match self.entries.remove(name)? {
            Json::Null => return None,
            Json::Number(number) => number,
            _ => return self.wrong_type(name, "must be a number"),
        };
        // As a float writes it: what is no whole number, or too large for one, does not read as one.
        match number.to_string().parse().ok().filter(|number| bounds.contains(number)) {
            Some(number) => Some(number),
            None => self.outside(name, &bounds),
        }
    }

    fn outside<T>(&mut self, name: &str, bounds: &std::ops::RangeInclusive<u32>) -> Option<T> {
        let must = format!("must be a whole number from {} to {}", bounds.start(), bounds.end());
        self.fault(name, FormFault::by_client(FaultCode::Invalid, must))
    }

    /// A text that must be there; empty where a fault was noted instead.
    pub fn required_text(&mut self, name: &str, bytes_max: usize) -> Hidden {
        let found = self.optional_text(name, bytes_max);
        if found.is_none() {
            self.missing(name);
        }
        found.unwrap_or_default()
    }

    /// Whether something is wrong with a field already.
    pub fn has_fault(&self, name: &str) -> bool {
        self.faults.names(name)
    }

    /// Notes that a field should be there.
    pub fn missing(&mut self, name: &str) {
        self.faults.add(name, FormFault::Missing);
    }

    /// A text that may be missing or null.
    pub fn optional_text(&mut self, name: &str, bytes_max: usize) -> Option<Hidden> {
        let text = match self.entries.remove(name)? {
            Json::Null => return None,
            Json::Text(text) => text,
            _ => return self.wrong_type(name, "must be a text"),
        };
        if text.expose().len() > bytes_max {
            return self.fault(name, FormFault::TooLong(bytes_max));
        }
        // JSON can write it and neither a database nor a person's keyboard can.
        if text.expose().contains('\0') {
            return self.fault(name, FormFault::by_client(FaultCode::Invalid, "must not contain U+0000"));
        }
        Some(text)
    }

    /// A flag that may be missing or null.
    pub fn optional_flag(&mut self, name: &str) -> Option<bool> {
        match self.entries.remove(name)? {
            Json::Null => None,
            Json::Bool(flag) => Some(flag),
            _ => self.wrong_type(name, "must be true or false"),
        }
    }

    /// A list of texts that may be missing or null.
    pub fn optional_texts(&mut self, name: &str, items_max: usize, bytes_max: usize) -> Option<Vec<Hidden>> {
        let items = match self.entries.remove(name)? {
            Json::Null => return None,
            Json::List(items) => items,
            _ => return self.wrong_type(name, "must be a list of texts"),
        };
        if items.len() > items_max {
            let must = format!("must have at most {items_max} entries");
            return self.fault(name, FormFault::by_client(FaultCode::TooLong, must));
        }
        let mut texts = Vec::new();
        for item in items {
            match item {
                Json::Text(text) if text.expose().len() <= bytes_max && !text.expose().contains('\0') => {
                    texts.push(text)
                }
                _ => {
                    let must = format!("must be a list of texts of at most {bytes_max} bytes");
                    return self.wrong_type(name, must);
                }
            }
        }
        Some(texts)
    }

    /// An object of texts, numbers and flags that may be missing or null; every value as its text.
    pub fn optional_entries(&mut self, name: &str) -> Option<BTreeMap<String, String>> {
        let entries = match self.entries.remove(name)? {
            Json::Null => return None,
            Json::Object(entries) => entries,
            _ => return self.wrong_type(name, "must be an object"),
        };
        let mut texts = BTreeMap::new();
        for (key, value) in entries {
            let text = match value {
                Json::Null => continue,
                Json::Text(text) if !text.expose().contains('\0') => text.expose().to_owned(),
                Json::Number(number) => number.to_string(),
                Json::Bool(flag) => flag.to_string(),
                _ => {
                    let field = format!("{name}.{key}");
                    return self.wrong_type(&field, "must be a text, a number or true or false");
                }
            };
            texts.insert(key, text);
        }
        Some(texts)
    }

    /// What was wrong, when all has been taken.
    pub fn into_faults(self) -> Faults {
        self.faults
    }

    fn wrong_type<T>(&mut self, name: &str, must: impl Into<Cow<'static, str>>) -> Option<T> {
        self.fault(name, FormFault::by_client(FaultCode::WrongType, must))
    }

    fn fault<T>(&mut self, name: &str, fault: FormFault) -> Option<T> {
        self.faults.add(name, fault);
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
        let faults = fields.into_faults();
        let found: Vec<_> = faults.iter().map(|(field, fault)| (field, fault.code())).collect();
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

    #[test]
    fn counts_are_whole_numbers_within_their_bounds() {
        let mut fields =
            Fields::read(br#"{"a":60,"b":6e1,"c":1.5,"d":-1,"e":101,"f":"60","g":1e300,"h":null}"#).unwrap();
        let read: Vec<_> = "abcdefghi".chars().map(|name| fields.optional_count(&name.to_string(), 0..=100)).collect();
        assert_eq!(read, [Some(60), Some(60), None, None, None, None, None, None, None]);
        let faults = fields.into_faults();
        let named: Vec<_> = faults.iter().map(|(field, _)| field).collect();
        assert_eq!(named, ["c", "d", "e", "f", "g"]);
    }
}
