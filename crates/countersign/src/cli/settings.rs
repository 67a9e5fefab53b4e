//! Settings as they are typed: `lockout_failures_max=5`, `hash_cost={memory_kib=47104,iterations=1,parallelism=1}`.

use std::fmt;
use std::str::FromStr;

use countersign_domain::Settings;
use serde_json::{Map, Value};

use super::Failure;
use super::output::escaped;
use crate::config::nearest;

/// One setting and its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The name, as `tenant show` shows it.
    pub name: String,
    /// The new value; none takes the setting back to its default.
    pub value: Option<String>,
}

/// A text without `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write setting=value")]
pub struct NotAnAssignment;

impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value.as_deref().unwrap_or_default())
    }
}

impl FromStr for Assignment {
    type Err = NotAnAssignment;

    fn from_str(text: &str) -> Result<Self, NotAnAssignment> {
        let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or(NotAnAssignment)?;
        Ok(Self { name: name.to_owned(), value: (!value.is_empty()).then(|| value.to_owned()) })
    }
}

/// The settings with every assignment made; everything that is wrong with any of them is told at once.
pub(super) fn assign(settings: &Settings, assignments: &[Assignment]) -> Result<Settings, Failure> {
    let mut members = members(settings)?;
    let defaults = self::members(&Settings::default())?;
    let mut wrong = Vec::new();
    for Assignment { name, value } in assignments {
        let Some(default) = defaults.get(name) else {
            let nearest = nearest(name, Settings::NAMES.into_iter().map(str::to_owned));
            wrong.push(format!("there is no setting {name:?}; the nearest is {nearest}"));
            continue;
        };
        let values = value.as_deref().map_or_else(|| vec![default.clone()], readings);
        match fitting(&members, name, values) {
            Ok(fitting) => members = fitting,
            Err(why) => wrong.push(format!("{name}: {}{}", escaped(&in_words(&why)), example(name))),
        }
    }
    if wrong.is_empty() {
        read(&members).map_err(anyhow::Error::from).map_err(Into::into)
    } else {
        Err(Failure::Refused(wrong.join("\n")))
    }
}

/// Every setting by its name, as JSON.
pub(super) fn members(settings: &Settings) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(settings).map_err(anyhow::Error::from)? {
        Value::Object(members) => Ok(members),
        _ => Err(anyhow::anyhow!("settings are no object").into()),
    }
}

/// What serde says about a value, without the names of our types.
fn in_words(why: &str) -> String {
    [
        ("expected u32", "expected a whole number"),
        ("expected u8", "expected a whole number"),
        ("unknown variant", "unknown value"),
        ("expected struct HashCost", "expected a cost"),
        ("expected a map", "expected roles with their lives"),
    ]
    .into_iter()
    .fold(why.to_owned(), |why, (ours, theirs)| why.replace(ours, theirs))
}

/// How a setting is written that is no single word or number.
fn example(name: &str) -> &'static str {
    match name {
        "hash_cost" => "; write {memory_kib=47104,iterations=1,parallelism=1}",
        "session_by_role" => "; write {CASHIER={idle_seconds=1800,absolute_seconds=28800}}",
        _ => "",
    }
}

fn read(members: &Map<String, Value>) -> Result<Settings, serde_json::Error> {
    serde_json::from_value(Value::Object(members.clone()))
}

/// What a typed text can stand for, the likeliest first: JSON, TOML, itself, a list with commas.
fn readings(text: &str) -> Vec<Value> {
    let json = serde_json::from_str(text).ok();
    let toml = text.parse::<toml::Value>().ok().and_then(|value| serde_json::to_value(value).ok());
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from);
    json.into_iter().chain(toml).chain([Value::from(text), Value::Array(items.collect())]).collect()
}

/// The members with the first value that the setting takes; why it does not take the likeliest, if it takes none.
fn fitting(members: &Map<String, Value>, name: &str, values: Vec<Value>) -> Result<Map<String, Value>, String> {
    let mut why = None;
    for value in values {
        let mut changed = members.clone();
        changed.insert(name.to_owned(), value);
        match read(&changed) {
            Ok(_) => return Ok(changed),
            Err(error) => drop(why.get_or_insert(error.to_string())),
        }
    }
    Err(why.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use countersign_domain::{HashCost, RefreshReplay, UnknownEmail};

    use super::*;

    fn assigned(texts: &[&str]) -> Result<Settings, String> {
        let assignments: Vec<Assignment> = texts.iter().map(|text| text.parse().unwrap()).collect();
        assign(&Settings::default(), &assignments).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_value_is_typed_as_it_comes_to_mind() {
        let cost = HashCost { memory_kib: 47_104, iterations: 1, parallelism: 1 };
        for text in [
            "hash_cost={memory_kib=47104,iterations=1,parallelism=1}",
            "hash_cost={ memory_kib = 47104, iterations = 1, parallelism = 1 }",
            r#"hash_cost={"memory_kib":47104,"iterations":1,"parallelism":1}"#,
        ] {
            assert_eq!(assigned(&[text]).unwrap().hash_cost, Some(cost), "{text}");
        }
        for text in [
            "cors_origins=https://a.example,https://b.example",
            r#"cors_origins=["https://a.example","https://b.example"]"#,
            "cors_origins=['https://a.example', 'https://b.example']",
        ] {
            assert_eq!(assigned(&[text]).unwrap().cors_origins, ["https://a.example", "https://b.example"], "{text}");
        }
        let several = assigned(&["unknown_email=tell", "lockout_failures_max=3", "refresh_replay=strict"]).unwrap();
        assert_eq!((several.unknown_email, several.lockout_failures_max), (UnknownEmail::Tell, 3));
        assert_eq!(several.refresh_replay, RefreshReplay::Strict);
        for text in ["audience=api", "audience=\"api\"", "audience='api'"] {
            assert_eq!(assigned(&[text]).unwrap().audience.as_deref(), Some("api"), "{text}");
        }
        assert_eq!(assigned(&["audience=5"]).unwrap().audience.as_deref(), Some("5"));
        let lax = assigned(&["password_chars_min=12", "password_special=false", "password_strength_min=3"]).unwrap();
        assert_eq!((lax.password_chars_min, lax.password_special, lax.password_strength_min), (12, false, 3));
        let lives = assigned(&["session_by_role={CASHIER={idle_seconds=600,absolute_seconds=3600}}"]).unwrap();
        assert_eq!(lives.session_by_role.len(), 1);
    }

    #[test]
    fn nothing_after_the_equals_sign_is_the_default_again() {
        let set = assigned(&["lockout_failures_max=3", "audience=api", "lockout_failures_max=", "audience="]).unwrap();
        assert_eq!(set, Settings::default());
        assert_eq!(assigned(&["audience=null"]).unwrap(), Settings::default());
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let told = assigned(&[
            "lockout_failure_max=3",
            "lockout_seconds=soon",
            "lockout_seconds=-1",
            "unknown_email=whisper\u{1b}",
            "hash_cost={memory=5}",
            "colour=\u{1b}[2J",
            "password_strength_min=300",
            "password_upper=perhaps",
        ])
        .unwrap_err();
        insta::assert_snapshot!(told, @r#"
there is no setting "lockout_failure_max"; the nearest is lockout_failures_max
lockout_seconds: invalid type: string "soon", expected a whole number
lockout_seconds: invalid value: integer `-1`, expected a whole number
unknown_email: unknown value `whisper\u{1b}`, expected `tell` or `conceal`
hash_cost: unknown field `memory`, expected one of `memory_kib`, `iterations`, `parallelism`; write {memory_kib=47104,iterations=1,parallelism=1}
there is no setting "colour"; the nearest is mail_colour
password_strength_min: invalid value: integer `300`, expected a whole number
password_upper: invalid type: string "perhaps", expected a boolean
"#);
    }
}
