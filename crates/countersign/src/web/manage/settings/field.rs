use countersign_domain::{LANGUAGES, Settings};
use serde_json::{Map, Value};

use super::explained::{told_seconds, told_value};
use crate::http::calls::App;
use crate::http::{Faults, FieldFault};
use crate::web::visit::Form;
use crate::web::words::{SettingWords, Words};

/// How a setting is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    Number,
    Seconds,
    Flag,
    Choice,
    Colour,
    Language,
}

/// How a manager types a setting; none for the operator's.
pub(super) fn control(name: &str) -> Option<Control> {
    Some(match name {
        "unknown_email" | "confirm_email" | "refresh_replay" => Control::Choice,
        "lockout_failures_max" | "password_chars_min" | "password_strength_min" => Control::Number,
        "lockout_window_seconds"
        | "lockout_seconds"
        | "session_idle_seconds"
        | "session_absolute_seconds"
        | "staff_browser_idle_seconds" => Control::Seconds,
        "password_upper" | "password_lower" | "password_digit" | "password_special" | "password_refuse_listed" => {
            Control::Flag
        }
        "mail_colour" => Control::Colour,
        "language" => Control::Language,
        _ => return None,
    })
}

/// What can be chosen for a setting, and each in words.
pub(super) fn choices(words: &SettingWords, name: &str) -> Vec<(&'static str, &'static str)> {
    match name {
        "unknown_email" => vec![("tell", words.tell), ("conceal", words.conceal)],
        "confirm_email" => vec![("on", words.on), ("off", words.off)],
        "refresh_replay" => vec![("idempotent", words.idempotent), ("strict", words.strict)],
        "language" => LANGUAGES.map(|language| (language.tag(), Words::of(language).name)).into(),
        _ => Vec::new(),
    }
}

/// A setting as a field of the form.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) about: &'static str,
    pub(super) control: Control,
    /// What stands in the field: what was typed, else what is set.
    pub(super) value: String,
    pub(super) is_ticked: bool,
    pub(super) choices: Vec<(&'static str, &'static str, bool)>,
    /// Between which numbers it must be, in words.
    pub(super) bounds: Option<String>,
    /// What seconds come to.
    pub(super) meaning: Option<String>,
    pub(super) default: String,
}

impl Field {
    pub(super) fn of(
        app: &App,
        words: &SettingWords,
        name: &'static str,
        (known, defaults): (&Map<String, Value>, &Map<String, Value>),
        typed: Option<&Form>,
    ) -> Self {
        let (label, about) = words.of(name);
        let known = known.get(name).unwrap_or(&Value::Null);
        let control = control(name).unwrap_or(Control::Number);
        let value = typed.map_or_else(|| plain(known), |form| form.text(name).to_owned());
        let bounds = app.flows.setting_bounds(name).map(|(least, most)| {
            words.between.replace("{least}", &least.to_string()).replace("{most}", &most.to_string())
        });
        Self {
            name,
            label,
            about,
            control,
            is_ticked: typed.map_or(known == &Value::Bool(true), |form| form.is_ticked(name)),
            choices: choices(words, name).into_iter().map(|(choice, word)| (choice, word, choice == value)).collect(),
            bounds,
            meaning: known.as_u64().filter(|_| control == Control::Seconds).map(told_seconds),
            default: told_value(words, name, defaults.get(name).unwrap_or(&Value::Null)),
            value,
        }
    }

    /// What describes the field to who cannot see it.
    pub(super) fn described(&self, is_bad: bool) -> String {
        let fault = if is_bad { format!(" {}-fault", self.name) } else { String::new() };
        format!("{}-about{fault}", self.name)
    }
}

/// A value as it is typed.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The settings with everything that was typed, and for the trail what differs; or what is wrong with which field.
///
/// # Errors
/// Something that was typed is no value of its setting.
pub(super) fn read(
    app: &App,
    words: &SettingWords,
    before: &Map<String, Value>,
    form: &Form,
) -> Result<(Map<String, Value>, String), Faults> {
    let (mut after, mut faults, mut changed) = (before.clone(), Faults::default(), Vec::new());
    for name in Settings::MANAGED {
        let Some(value) = faults.check(name, value(app, words, name, form)) else { continue };
        if before.get(name) != Some(&value) {
            changed.push(format!("{name}={}", plain(&value)));
        }
        after.insert(name.to_owned(), value);
    }
    if faults.is_empty() { Ok((after, changed.join(" "))) } else { Err(faults) }
}

fn value(app: &App, words: &SettingWords, name: &str, form: &Form) -> Result<Value, FieldFault> {
    let text = form.text(name).trim();
    match control(name) {
        Some(Control::Flag) => Ok(form.is_ticked(name).into()),
        Some(Control::Colour) => Ok(Some(text).filter(|text| !text.is_empty()).into()),
        Some(Control::Choice | Control::Language) => {
            let is_one = choices(words, name).iter().any(|(choice, _)| *choice == text);
            if is_one { Ok(text.into()) } else { Err(FieldFault::unknown("must be one of the choices")) }
        }
        Some(Control::Number | Control::Seconds) | None => {
            let (least, most) = app.flows.setting_bounds(name).unwrap_or_default();
            let number = text.parse::<u32>().ok().filter(|number| (least..=most).contains(number));
            number.map(Value::from).ok_or(FieldFault::Number(least, most))
        }
    }
}
