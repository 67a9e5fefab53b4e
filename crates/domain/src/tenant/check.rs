use crate::password_policy::{POLICY_CHARS_CEILING, POLICY_CHARS_FLOOR, STRENGTH_MAX};
use crate::{Host, ImportedCost, Role, RoleLife, Settings};

/// A setting that no tenant may have, and what it must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {must}")]
pub struct BadSetting {
    /// The setting's name.
    pub name: &'static str,
    /// What it must be.
    pub must: Must,
}

/// What a setting must be. It prints in English; what a page asks for is data, so that it can be said in every language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Must {
    /// A whole number within bounds.
    #[error("must be a whole number from {least} to {most}")]
    Number {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
    /// A colour.
    #[error("must be a colour such as #1f4e79")]
    Colour,
    /// Something that the operator alone sets: a text for him.
    #[error("{0}")]
    Other(String),
}

/// A number: its name, its value, the least in production, the least elsewhere (for trying things out), the most.
type Bounded = (&'static str, fn(&Settings) -> u32, u32, u32, u32);

const DAY_SECONDS: u32 = 86_400;
/// Nobody is still the same person at the same screen after a year.
const SESSION_SECONDS_MAX: u32 = 366 * DAY_SECONDS;
/// Whoever writes less has taken minutes for seconds.
const SESSION_SECONDS_MIN: u32 = 300;

/// A window or a lock of a day is a weapon for whoever can guess wrong; of less than a minute, no hindrance. Above 100
/// failures the streak of NIST 800-63B counts, which no tenant sets.
const BOUNDED: [Bounded; 8] = [
    ("lockout_failures_max", |s| s.lockout_failures_max, 1, 1, crate::lockout::STREAK_MAX),
    ("lockout_window_seconds", |s| s.lockout_window_seconds, 60, 1, DAY_SECONDS),
    ("lockout_seconds", |s| s.lockout_seconds, 60, 1, DAY_SECONDS),
    ("session_idle_seconds", |s| s.session_idle_seconds, SESSION_SECONDS_MIN, 1, SESSION_SECONDS_MAX),
    ("session_absolute_seconds", |s| s.session_absolute_seconds, SESSION_SECONDS_MIN, 1, SESSION_SECONDS_MAX),
    ("staff_browser_idle_seconds", |s| s.staff_browser_idle_seconds, SESSION_SECONDS_MIN, 1, DAY_SECONDS),
    ("password_chars_min", |s| s.password_chars_min, POLICY_CHARS_FLOOR, POLICY_CHARS_FLOOR, POLICY_CHARS_CEILING),
    ("password_strength_min", |s| s.password_strength_min.into(), 0, 0, STRENGTH_MAX as u32),
];

/// A hundred years: more is written as 0, for ever.
const AUDIT_RETENTION_DAYS_MAX: u32 = 36_600;
/// Every token carries it.
const AUDIENCE_BYTES_MAX: usize = 255;
/// Every answer to a browser is compared with each.
const CORS_ORIGINS_MAX: usize = 32;
/// Each is measured once by every node.
pub(super) const HELD_COSTS_MAX: usize = 16;
/// Read at every login and refresh.
const ROLES_WITH_LIVES_MAX: usize = 64;

impl Settings {
    /// The name of every setting, in the order in which pages show them.
    pub const NAMES: [&'static str; 28] = [
        "unknown_email",
        "confirm_email",
        "lockout_failures_max",
        "lockout_window_seconds",
        "lockout_seconds",
        "session_idle_seconds",
        "session_absolute_seconds",
        "staff_browser_idle_seconds",
        "session_by_role",
        "refresh_replay",
        "audience",
        "public_url",
        "cors_origins",
        "hash_cost",
        "held_costs",
        "held_imports",
        "audit_retention_days",
        "password_chars_min",
        "password_upper",
        "password_lower",
        "password_digit",
        "password_special",
        "password_strength_min",
        "password_refuse_listed",
        "mail_sender",
        "mail_colour",
        "link_base",
        "language",
    ];

    /// Everything in these settings that no tenant may have. Production is stricter: there nothing is set to try it.
    pub fn check(&self, in_production: bool) -> Vec<BadSetting> {
        let mut bad = Vec::new();
        for (name, value, ..) in BOUNDED {
            let Some((least, most)) = Self::bounds(name, in_production) else { continue };
            if !(least..=most).contains(&value(self)) {
                bad.push(BadSetting { name, must: Must::Number { least, most } });
            }
        }
        if self.audit_retention_days > AUDIT_RETENTION_DAYS_MAX {
            let must = format!("must be at most {AUDIT_RETENTION_DAYS_MAX}, or 0 for ever");
            bad.push(BadSetting { name: "audit_retention_days", must: Must::Other(must) });
        }
        bad.extend(self.check_lives_of_roles(in_production));
        bad.extend(self.check_texts(in_production));
        bad.extend(self.check_costs(in_production));
        bad.extend(self.check_mail(in_production));
        bad
    }

    /// Between which numbers a setting must be, where it is a number with bounds.
    pub fn bounds(name: &str, in_production: bool) -> Option<(u32, u32)> {
        let (_, _, in_production_least, least, most) = BOUNDED.into_iter().find(|(known, ..)| *known == name)?;
        Some((if in_production { in_production_least } else { least }, most))
    }

    fn check_lives_of_roles(&self, in_production: bool) -> Option<BadSetting> {
        let least = if in_production { SESSION_SECONDS_MIN } else { 1 };
        let is_life = |seconds: u32| (least..=SESSION_SECONDS_MAX).contains(&seconds);
        let is_good = |(role, life): (&String, &RoleLife)| {
            role.parse::<Role>().is_ok() && is_life(life.idle_seconds) && is_life(life.absolute_seconds)
        };
        let good = self.session_by_role.len() <= ROLES_WITH_LIVES_MAX && self.session_by_role.iter().all(is_good);
        (!good).then(|| BadSetting {
            name: "session_by_role",
            must: Must::Other(format!(
                "must name at most {ROLES_WITH_LIVES_MAX} roles, each with idle_seconds and absolute_seconds from \
                 {least} to {SESSION_SECONDS_MAX}"
            )),
        })
    }

    fn check_texts(&self, in_production: bool) -> Vec<BadSetting> {
        let mut bad = Vec::new();
        let is_audience =
            |text: &str| (1..=AUDIENCE_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if self.audience.as_deref().is_some_and(|text| !is_audience(text)) {
            let must = format!("must be 1 to {AUDIENCE_BYTES_MAX} visible ASCII characters");
            bad.push(BadSetting { name: "audience", must: Must::Other(must) });
        }
        let is_url = |text: &str| is_origin(text) && (text.starts_with("https://") || !in_production);
        if self.public_url.as_deref().is_some_and(|text| !is_url(text)) {
            let must = "must be a URL such as https://login.example.com: lower case, no path, no usual port".to_owned();
            bad.push(BadSetting { name: "public_url", must: Must::Other(must) });
        }
        if self.cors_origins.len() > CORS_ORIGINS_MAX || !self.cors_origins.iter().all(|text| is_origin(text)) {
            let must = format!(
                "must be at most {CORS_ORIGINS_MAX} origins, each as a browser writes it: https://app.example.com"
            );
            bad.push(BadSetting { name: "cors_origins", must: Must::Other(must) });
        }
        bad
    }

    fn check_costs(&self, in_production: bool) -> Vec<BadSetting> {
        let mut bad = Vec::new();
        if let Some(cost) = self.hash_cost {
            if let Err(why) = cost.check() {
                bad.push(BadSetting { name: "hash_cost", must: Must::Other(why.to_string()) });
            } else if in_production && cost.is_below_floor() {
                let must = format!(
                    "must be at least {} KiB, and times passes at least {} KiB",
                    crate::hash_cost::FLOOR_MEMORY_KIB,
                    crate::hash_cost::FLOOR_WORK_KIB
                );
                bad.push(BadSetting { name: "hash_cost", must: Must::Other(must) });
            }
        }
        if self.held_costs.len() > HELD_COSTS_MAX || self.held_costs.iter().any(|cost| cost.check().is_err()) {
            let must = format!("must be at most {HELD_COSTS_MAX} costs that a hash can have");
            bad.push(BadSetting { name: "held_costs", must: Must::Other(must) });
        }
        let is_the_only_one = |(index, cost): (usize, &ImportedCost)| {
            let before = self.held_imports.iter().take(index);
            cost.check().is_ok() && cost.class() == *cost && before.copied().all(|held| !held.is_of_scheme_of(*cost))
        };
        if !self.held_imports.iter().enumerate().all(is_the_only_one) {
            let must = "must be classes of costs that imports can have, at most one of each scheme".to_owned();
            bad.push(BadSetting { name: "held_imports", must: Must::Other(must) });
        }
        bad
    }
}

/// Whether a text is an origin as browsers write it (RFC 6454 section 6.2): it is compared byte for byte.
pub(super) fn is_origin(text: &str) -> bool {
    let (rest, usual_port) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, "443"),
        (_, Some(rest)) => (rest, "80"),
        _ => return false,
    };
    let Ok(host) = Host::parse(rest) else { return false };
    match rest.strip_prefix(host.as_str()) {
        Some("") => true,
        Some(port) => port.strip_prefix(':').is_some_and(|port| {
            port != usual_port && !port.starts_with('0') && port.parse::<u16>().is_ok_and(|port| port > 0)
        }),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HashCost;

    fn names(settings: &Settings, in_production: bool) -> Vec<&'static str> {
        settings.check(in_production).into_iter().map(|bad| bad.name).collect()
    }

    #[test]
    fn the_names_are_those_of_the_stored_text() {
        let text = serde_json::to_string(&Settings::default()).unwrap();
        let places: Vec<_> = Settings::NAMES.iter().map(|name| text.find(&format!("\"{name}\":")).unwrap()).collect();
        assert!(places.is_sorted(), "{places:?}");
        assert_eq!(
            serde_json::to_value(Settings::default()).unwrap().as_object().unwrap().len(),
            Settings::NAMES.len()
        );
    }

    #[test]
    fn what_a_setting_must_be_is_data_and_prints_as_it_always_did() {
        let bad = Settings { lockout_seconds: 5, password_strength_min: 9, ..Settings::default() }.check(true);
        let told: Vec<String> = bad.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "lockout_seconds must be a whole number from 60 to 86400",
                "password_strength_min must be a whole number from 0 to 4"
            ]
        );
        assert_eq!(bad[0].must, Must::Number { least: 60, most: 86_400 });
        assert_eq!(Settings::bounds("lockout_seconds", false), Some((1, 86_400)));
        assert_eq!(Settings::bounds("audience", true), None);
    }

    #[test]
    fn the_defaults_are_good_everywhere() {
        for in_production in [true, false] {
            assert_eq!(Settings::default().check(in_production), []);
        }
    }

    #[test]
    fn numbers_have_bounds_and_production_narrower_ones() {
        let usual = Settings::default;
        for (settings, name, elsewhere) in [
            (Settings { lockout_failures_max: 0, ..usual() }, "lockout_failures_max", false),
            (Settings { lockout_failures_max: 101, ..usual() }, "lockout_failures_max", false),
            (Settings { lockout_window_seconds: 5, ..usual() }, "lockout_window_seconds", true),
            (Settings { lockout_seconds: 0, ..usual() }, "lockout_seconds", false),
            (Settings { lockout_seconds: 1, ..usual() }, "lockout_seconds", true),
            (Settings { lockout_seconds: 86_401, ..usual() }, "lockout_seconds", false),
            (Settings { session_idle_seconds: 10, ..usual() }, "session_idle_seconds", true),
            (Settings { session_absolute_seconds: u32::MAX, ..usual() }, "session_absolute_seconds", false),
            (Settings { audit_retention_days: 40_000, ..usual() }, "audit_retention_days", false),
            (Settings { password_chars_min: 7, ..usual() }, "password_chars_min", false),
            (Settings { password_chars_min: 65, ..usual() }, "password_chars_min", false),
            (Settings { password_strength_min: 5, ..usual() }, "password_strength_min", false),
        ] {
            assert_eq!(names(&settings, true), [name]);
            assert_eq!(names(&settings, false).is_empty(), elsewhere, "{name}");
        }
        assert_eq!(names(&Settings { audit_retention_days: 0, ..usual() }, true), [""; 0]);
        let (shortest, loosest) = (POLICY_CHARS_FLOOR, 0);
        let lax = Settings { password_chars_min: shortest, password_strength_min: loosest, ..usual() };
        assert_eq!(names(&lax, true), [""; 0]);
    }

    #[test]
    fn a_public_url_is_an_origin_and_in_production_a_safe_one() {
        let check = |url: &str, in_production| {
            names(&Settings { public_url: Some(url.to_owned()), ..Settings::default() }, in_production).is_empty()
        };
        assert!(check("https://login.example.com", true) && check("https://login.example.com:8443", true));
        assert!(check("http://localhost:8080", false) && !check("http://localhost:8080", true));
        for bad in ["", "login.example.com", "https://", "https://a.b/", "https://a.b/c", "https://u@a.b", "ftp://a.b"]
        {
            assert!(!check(bad, false), "{bad}");
        }
    }

    #[test]
    fn an_origin_has_one_spelling() {
        for good in ["https://app.example.com", "http://localhost:3000", "https://[::1]:8443", "http://127.0.0.1"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "null",
            "*",
            "https://*.example.com",
            "https://App.example.com",
            "HTTPS://app.example.com",
            "https://app.example.com/",
            "https://app.example.com:443",
            "http://app.example.com:80",
            "https://app.example.com:",
            "https://app.example.com:08",
            "https://app.example.com:0",
            "https://app.example.com:70000",
            "https://app.example.com:+1",
            "https://[0:0:0:0:0:0:0:1]",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn lists_and_texts_are_bounded() {
        let usual = Settings::default;
        let life = |idle_seconds| RoleLife { idle_seconds, absolute_seconds: 3_600 };
        let lives = |role: &str, life| [(role.to_owned(), life)].into();
        for (settings, name) in [
            (Settings { audience: Some(String::new()), ..usual() }, "audience"),
            (Settings { audience: Some("a b".into()), ..usual() }, "audience"),
            (Settings { cors_origins: vec!["https://a.b".into(); 33], ..usual() }, "cors_origins"),
            (Settings { cors_origins: vec!["https://a.b/".into()], ..usual() }, "cors_origins"),
            (Settings { session_by_role: lives("cashier", life(600)), ..usual() }, "session_by_role"),
            (Settings { session_by_role: lives("CASHIER", life(0)), ..usual() }, "session_by_role"),
            (Settings { held_costs: vec![HashCost::default(); 17], ..usual() }, "held_costs"),
            (Settings { held_imports: vec![ImportedCost::Bcrypt { cost: 15 }], ..usual() }, "held_imports"),
            (Settings { held_imports: vec![ImportedCost::Sha512Crypt { rounds: 5_000 }], ..usual() }, "held_imports"),
            (Settings { held_imports: vec![ImportedCost::Bcrypt { cost: 10 }; 2], ..usual() }, "held_imports"),
        ] {
            assert_eq!(names(&settings, false), [name]);
        }
        let good = Settings { session_by_role: lives("CASHIER", life(600)), audience: Some("a".into()), ..usual() };
        assert_eq!(names(&good, true), [""; 0]);
    }

    #[test]
    fn a_cost_is_one_that_a_hash_can_have_and_in_production_not_a_cheap_one() {
        let costing = |memory_kib, iterations| Settings {
            hash_cost: Some(HashCost { memory_kib, iterations, parallelism: 1 }),
            ..Settings::default()
        };
        assert_eq!(names(&costing(47_104, 1), true), [""; 0]);
        assert_eq!(names(&costing(64, 1), true), ["hash_cost"]);
        assert_eq!(names(&costing(64, 1), false), [""; 0]);
        assert_eq!(names(&costing(4, 1), false), ["hash_cost"]);
        assert_eq!(names(&costing(1 << 20, 1), false), ["hash_cost"]);
    }
}
