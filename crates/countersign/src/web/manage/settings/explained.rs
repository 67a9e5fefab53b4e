use serde_json::Value;

use super::field::{Control, choices, control};
use crate::web::words::SettingWords;

type Title = fn(&SettingWords) -> &'static str;

/// The settings that a manager changes, in groups.
pub(super) const GROUPS: [(Title, &[&str]); 4] = [
    (
        |words| words.login,
        &["unknown_email", "confirm_email", "lockout_failures_max", "lockout_window_seconds", "lockout_seconds"],
    ),
    (
        |words| words.sessions,
        &["session_idle_seconds", "session_absolute_seconds", "staff_browser_idle_seconds", "refresh_replay"],
    ),
    (
        |words| words.passwords,
        &[
            "password_chars_min",
            "password_upper",
            "password_lower",
            "password_digit",
            "password_special",
            "password_strength_min",
            "password_refuse_listed",
        ],
    ),
    (|words| words.looks, &["mail_colour", "language"]),
];

/// The operator's. What the machine keeps for itself (`held_costs`, `held_imports`) is no setting to anybody.
pub(super) const OPERATORS: [&str; 8] = [
    "session_by_role",
    "audience",
    "public_url",
    "cors_origins",
    "hash_cost",
    "audit_retention_days",
    "mail_sender",
    "link_base",
];

impl SettingWords {
    /// What a setting is called, and what it does.
    pub(super) fn of(&self, name: &str) -> (&'static str, &'static str) {
        match name {
            "unknown_email" => (self.unknown_email, self.unknown_email_about),
            "confirm_email" => (self.confirm_email, self.confirm_email_about),
            "lockout_failures_max" => (self.lockout_failures_max, self.lockout_failures_max_about),
            "lockout_window_seconds" => (self.lockout_window_seconds, self.lockout_window_seconds_about),
            "lockout_seconds" => (self.lockout_seconds, self.lockout_seconds_about),
            "session_idle_seconds" => (self.session_idle_seconds, self.session_idle_seconds_about),
            "session_absolute_seconds" => (self.session_absolute_seconds, self.session_absolute_seconds_about),
            "staff_browser_idle_seconds" => (self.staff_browser_idle_seconds, self.staff_browser_idle_seconds_about),
            "refresh_replay" => (self.refresh_replay, self.refresh_replay_about),
            "password_chars_min" => (self.password_chars_min, self.password_chars_min_about),
            "password_upper" => (self.password_upper, self.password_upper_about),
            "password_lower" => (self.password_lower, self.password_lower_about),
            "password_digit" => (self.password_digit, self.password_digit_about),
            "password_special" => (self.password_special, self.password_special_about),
            "password_strength_min" => (self.password_strength_min, self.password_strength_min_about),
            "password_refuse_listed" => (self.password_refuse_listed, self.password_refuse_listed_about),
            "mail_colour" => (self.mail_colour, self.mail_colour_about),
            "language" => (self.language, self.language_about),
            "session_by_role" => (self.session_by_role, self.session_by_role_about),
            "audience" => (self.audience, self.audience_about),
            "public_url" => (self.public_url, self.public_url_about),
            "cors_origins" => (self.cors_origins, self.cors_origins_about),
            "hash_cost" => (self.hash_cost, self.hash_cost_about),
            "audit_retention_days" => (self.audit_retention_days, self.audit_retention_days_about),
            "mail_sender" => (self.mail_sender, self.mail_sender_about),
            "link_base" => (self.link_base, self.link_base_about),
            _ => ("", ""),
        }
    }
}

/// A value as a person reads it.
pub(super) fn told_value(words: &SettingWords, name: &str, value: &Value) -> String {
    let empty = || words.none.to_owned();
    match (control(name), value) {
        (Some(Control::Seconds), Value::Number(seconds)) => told_seconds(seconds.as_u64().unwrap_or_default()),
        (_, Value::Bool(is_on)) => (if *is_on { words.on } else { words.off }).to_owned(),
        (Some(Control::Choice | Control::Language), Value::String(chosen)) => {
            let choices = choices(words, name);
            let worded = choices.iter().find(|(choice, _)| choice == chosen).map(|(_, worded)| *worded);
            worded.unwrap_or(chosen).to_owned()
        }
        (_, Value::Null) => empty(),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Array(items)) if items.is_empty() => empty(),
        (_, Value::Object(members)) if members.is_empty() => empty(),
        (_, Value::Array(items)) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        (_, other) => other.to_string(),
    }
}

/// Seconds, and the same in the largest unit in which they are a whole number. The signs are those of the SI, which no
/// language changes.
pub(super) fn told_seconds(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    match units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit)) {
        Some((unit, sign)) => format!("{seconds} s = {} {sign}", seconds / unit),
        None => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use countersign_domain::{Language, Settings};

    use super::*;
    use crate::web::words::Words;

    #[test]
    fn seconds_are_told_in_a_unit_in_which_they_are_whole() {
        for (seconds, told) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "60 s = 1 min"),
            (900, "900 s = 15 min"),
            (901, "901 s"),
            (3_600, "3600 s = 1 h"),
            (5_400, "5400 s = 90 min"),
            (1_209_600, "1209600 s = 14 d"),
        ] {
            assert_eq!(told_seconds(seconds), told);
        }
    }

    #[test]
    fn every_setting_is_explained_once_and_only_what_the_machine_keeps_is_not() {
        let managed: Vec<_> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        assert_eq!(managed, Settings::MANAGED);
        let mut all: Vec<_> = managed.into_iter().chain(OPERATORS).chain(["held_costs", "held_imports"]).collect();
        let mut names = Settings::NAMES.to_vec();
        all.sort_unstable();
        names.sort_unstable();
        assert_eq!(all, names);
        let words = &Words::of(Language::English).manage.settings;
        for name in Settings::NAMES.into_iter().filter(|name| !name.starts_with("held_")) {
            let (label, about) = words.of(name);
            assert!(!label.is_empty() && !about.is_empty(), "{name}");
            assert_eq!(control(name).is_some(), Settings::MANAGED.contains(&name), "{name}");
        }
    }
}
