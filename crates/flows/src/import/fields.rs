use countersign_domain::Timestamp;
use serde_json::{Map, Value};

use super::BadField;

/// The members of one record, and what is wrong with them. A member that is missing, null or an empty text is none: CSV
/// knows no other way to say so.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    bad: Vec<BadField>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(object: &'a Map<String, Value>) -> Self {
        Self { object, bad: Vec::new() }
    }

    pub(super) fn refuse(&mut self, field: &str, why: impl Into<String>) {
        self.bad.push(BadField { field: field.to_owned(), why: why.into() });
    }

    pub(super) fn take_bad(&mut self) -> Vec<BadField> {
        std::mem::take(&mut self.bad)
    }

    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// A text; a number is one too, since ids are written both ways.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => {
                self.refuse(name, "must be a text");
                None
            }
        }
    }

    /// A yes or no, as JSON, PostgreSQL and SQLite write it.
    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if matches!(text.as_str(), "true" | "t" | "1") => Some(true),
            Value::String(text) if matches!(text.as_str(), "false" | "f" | "0") => Some(false),
            _ => {
                self.refuse(name, "must be true or false");
                None
            }
        }
    }

    /// A moment: RFC 3339, or as PostgreSQL and Django write it, `2024-05-01 10:00:00.123+00`. Without a zone it is UTC.
    pub(super) fn moment(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.text(name)?;
        let usual = text.replacen(' ', "T", 1);
        let time_of_day = usual.get(10..).unwrap_or_default();
        let zoned = match time_of_day {
            "" => format!("{usual}T00:00:00Z"),
            _ if time_of_day.contains(['Z', 'z', '+', '-']) => usual.clone(),
            _ => format!("{usual}Z"),
        };
        let moment = zoned.parse().ok();
        if moment.is_none() {
            self.refuse(name, "must be a moment such as 2024-05-01T10:00:00Z");
        }
        moment
    }

    /// A moment in milliseconds since 1970.
    pub(super) fn millis(&mut self, name: &str) -> Option<Timestamp> {
        let moment = self.text(name)?.parse::<i64>().ok().and_then(|millis| millis.checked_mul(1_000));
        if moment.is_none() {
            self.refuse(name, "must be milliseconds since 1970");
        }
        moment.map(Timestamp::from_micros)
    }

    /// An object within.
    pub(super) fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        match self.value(name)? {
            Value::Object(object) => Some(object),
            _ => {
                self.refuse(name, "must be an object");
                None
            }
        }
    }

    /// An array within.
    pub(super) fn array(&mut self, name: &str) -> &'a [Value] {
        match self.value(name) {
            None => &[],
            Some(Value::Array(array)) => array,
            Some(_) => {
                self.refuse(name, "must be an array");
                &[]
            }
        }
    }
}

/// The text at the end of a path of members, if there is one.
pub(super) fn text_at(object: Option<&Map<String, Value>>, path: &[&str]) -> Option<String> {
    let (name, rest) = path.split_first()?;
    let value = object?.get(*name)?;
    if rest.is_empty() {
        value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    } else {
        text_at(value.as_object(), rest)
    }
}
