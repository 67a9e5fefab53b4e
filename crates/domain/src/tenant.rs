mod check;
mod mail;
mod managed;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::audit::retention_of_days;
use crate::session::{Life, RefreshReplay};
use crate::{
    HashCost, ImportedCost, Kind, Language, PasswordPolicy, Role, TenantId, Timestamp, UnknownName, lockout,
    password_policy,
};

pub use check::{BadSetting, Must};

/// The name of a tenant in its host: one DNS label (RFC 1123 section 2.1), lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

/// RFC 1035 section 2.3.4.
const LABEL_BYTES_MAX: usize = 63;

impl Slug {
    /// The label itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Slug {
    type Err = BadSlug;

    fn from_str(text: &str) -> Result<Self, BadSlug> {
        let is_label = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let inside = !text.starts_with('-') && !text.ends_with('-') && !text.starts_with("xn--");
        if text.is_empty() || text.len() > LABEL_BYTES_MAX || !inside || !text.bytes().all(is_label) {
            return Err(BadSlug);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A text that cannot be a tenant's slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a DNS label: lower-case letters, digits and inner hyphens, at most 63")]
pub struct BadSlug;

/// Whether a tenant is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantState {
    /// As usual.
    Active,
    /// Refused everywhere but its published keys.
    Suspended,
}

impl TenantState {
    /// The name in table, wire and log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

impl FromStr for TenantState {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        [Self::Active, Self::Suspended].into_iter().find(|state| state.name() == text).ok_or(UnknownName)
    }
}

/// A tenant as every request of it needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Never changes.
    pub id: TenantId,
    /// Never changes: tokens and links carry it.
    pub slug: Slug,
    /// Shown to people.
    pub name: String,
    /// Served or suspended.
    pub state: TenantState,
    /// What the tenant may decide for itself.
    pub settings: Arc<Settings>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What is said to an email that nobody here has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownEmail {
    /// 404, as the documented contract says, inside a budget that starves harvesters.
    Tell,
    /// Exactly what a wrong password is answered.
    Conceal,
}

/// Whether a registration must be confirmed by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConfirmEmail {
    /// There is no account until the mailed token comes back with the password.
    On,
    /// Registering makes the account, and tells whether the address is taken.
    Off,
}

/// What a tenant decides for itself; kept as one JSON text, unknown members refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What an unknown email is told.
    pub unknown_email: UnknownEmail,
    /// Whether a registration must be confirmed by mail.
    pub confirm_email: ConfirmEmail,
    /// Failures that lock a name.
    pub lockout_failures_max: u32,
    /// Seconds within which those failures count together.
    pub lockout_window_seconds: u32,
    /// Seconds a lock lasts.
    pub lockout_seconds: u32,
    /// Seconds a session lives without a rotation.
    pub session_idle_seconds: u32,
    /// Seconds a session lives in all.
    pub session_absolute_seconds: u32,
    /// Seconds a staff session in a browser lives without a page being looked at.
    pub staff_browser_idle_seconds: u32,
    /// Shorter lives for accounts that hold a role; the shortest of several counts.
    pub session_by_role: BTreeMap<String, RoleLife>,
    /// `idempotent` or `strict`.
    pub refresh_replay: RefreshReplay,
    /// The claim `aud`, for verifiers that were told to expect one.
    pub audience: Option<String>,
    /// The `iss` of tokens and base of links, where it is not made from the configured pattern.
    pub public_url: Option<String>,
    /// Origins whose pages may call the API (exact, `https://app.example.com`).
    pub cors_origins: Vec<String>,
    /// The cost of new password hashes; none means the configured one.
    pub hash_cost: Option<HashCost>,
    /// Every cost that some stored hash of the tenant still has: the step of failed answers covers the dearest.
    pub held_costs: Vec<HashCost>,
    /// The dearest class of each scheme of another system that some stored hash of the tenant still has; the step covers
    /// them as well. They stay when the last such hash has been upgraded: counting those would cost a scan.
    pub held_imports: Vec<ImportedCost>,
    /// Days that events of the audit trail are kept, with the batch they were sealed in; 0 for ever.
    pub audit_retention_days: u32,
    /// Code points that a new password has at least.
    pub password_chars_min: u32,
    /// Whether a new password has a capital letter.
    pub password_upper: bool,
    /// Whether it has a small letter.
    pub password_lower: bool,
    /// Whether it has a digit.
    pub password_digit: bool,
    /// Whether it has anything that is neither letter nor digit.
    pub password_special: bool,
    /// How hard it is to guess at least, 0 to 4 as zxcvbn tells it.
    pub password_strength_min: u8,
    /// Whether common and breached passwords are refused.
    pub password_refuse_listed: bool,
    /// The address that letters come from, where it is not the configured one. Their name is the tenant's.
    pub mail_sender: Option<String>,
    /// The colour of letters, as `#1f4e79`.
    pub mail_colour: Option<String>,
    /// What links in letters begin with, where they do not lead to the public URL: `https://app.example.com/account`.
    pub link_base: Option<String>,
    /// The language of letters and refusals to people who have asked for none.
    pub language: Language,
}

/// Lives of sessions of accounts that hold a certain role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleLife {
    /// Seconds without a rotation.
    pub idle_seconds: u32,
    /// Seconds in all.
    pub absolute_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        let passwords = PasswordPolicy::DEFAULT;
        Self {
            unknown_email: UnknownEmail::Conceal,
            confirm_email: ConfirmEmail::On,
            lockout_failures_max: 5,
            lockout_window_seconds: 900,
            lockout_seconds: 900,
            session_idle_seconds: 14 * 86_400,
            session_absolute_seconds: 90 * 86_400,
            staff_browser_idle_seconds: 1_800,
            session_by_role: BTreeMap::new(),
            refresh_replay: RefreshReplay::Idempotent,
            audience: None,
            public_url: None,
            cors_origins: Vec::new(),
            hash_cost: None,
            held_costs: Vec::new(),
            held_imports: Vec::new(),
            audit_retention_days: 730,
            password_chars_min: password_policy::POLICY_CHARS_FLOOR,
            password_upper: passwords.upper,
            password_lower: passwords.lower,
            password_digit: passwords.digit,
            password_special: passwords.special,
            password_strength_min: passwords.strength_min,
            password_refuse_listed: passwords.refuse_listed,
            mail_sender: None,
            mail_colour: None,
            link_base: None,
            language: Language::English,
        }
    }
}

impl Settings {
    /// The lockout rule's numbers.
    pub fn lockout(&self) -> lockout::Policy {
        lockout::Policy {
            failures_max: self.lockout_failures_max.max(1),
            window: Duration::from_secs(self.lockout_window_seconds.into()),
            lockout: Duration::from_secs(self.lockout_seconds.into()),
        }
    }

    /// What a new password must be.
    pub fn password_policy(&self) -> PasswordPolicy {
        let chars = self.password_chars_min.max(password_policy::POLICY_CHARS_FLOOR);
        PasswordPolicy {
            chars_min: usize::try_from(chars).unwrap_or(usize::MAX),
            upper: self.password_upper,
            lower: self.password_lower,
            digit: self.password_digit,
            special: self.password_special,
            strength_min: self.password_strength_min,
            refuse_listed: self.password_refuse_listed,
        }
    }

    /// How long a session of an account with these roles lives.
    pub fn life(&self, roles: &[Role]) -> Life {
        let own = RoleLife { idle_seconds: self.session_idle_seconds, absolute_seconds: self.session_absolute_seconds };
        let lives = || roles.iter().filter_map(|role| self.session_by_role.get(role.as_str())).copied();
        let shortest = |of: fn(RoleLife) -> u32| lives().map(of).min().unwrap_or(u32::MAX).min(of(own));
        Life {
            idle: Duration::from_secs(shortest(|life| life.idle_seconds).into()),
            absolute: Duration::from_secs(shortest(|life| life.absolute_seconds).into()),
        }
    }

    /// How long a session lives that a browser holds. Staff walks away from counters and desks.
    pub fn browser_life(&self, kind: Kind, roles: &[Role]) -> Life {
        let life = self.life(roles);
        match kind {
            Kind::Customer => life,
            Kind::Staff => {
                Life { idle: life.idle.min(Duration::from_secs(self.staff_browser_idle_seconds.into())), ..life }
            }
        }
    }

    /// Notes that a stored Argon2 hash has this cost; whether that changes anything. One that is neither more work nor
    /// more memory than another changes nothing: the other's step covers it.
    pub fn hold(&mut self, cost: HashCost) -> bool {
        let covers = |dear: &HashCost, cheap: &HashCost| {
            dear.work_kib() >= cheap.work_kib() && dear.memory_kib >= cheap.memory_kib
        };
        if self.held_costs.iter().any(|held| covers(held, &cost)) {
            return false;
        }
        self.held_costs.retain(|held| !covers(&cost, held));
        if self.held_costs.len() >= check::HELD_COSTS_MAX {
            let cheapest = self.held_costs.iter().enumerate().min_by_key(|(_, held)| held.work_kib());
            if let Some((index, _)) = cheapest {
                self.held_costs.remove(index);
            }
        }
        self.held_costs.push(cost);
        true
    }

    /// Notes that a stored hash of another system costs this much; whether that changes anything.
    pub fn hold_import(&mut self, cost: ImportedCost) -> bool {
        let class = cost.class();
        match self.held_imports.iter_mut().find(|held| held.is_of_scheme_of(class)) {
            Some(held) if held.work() >= class.work() => false,
            Some(held) => {
                *held = class;
                true
            }
            None => {
                self.held_imports.push(class);
                true
            }
        }
    }

    /// How long events of the audit trail are kept; none: for ever.
    pub fn audit_retention(&self) -> Option<Duration> {
        retention_of_days(self.audit_retention_days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_plain_label() {
        assert!("remitjunction".parse::<Slug>().is_ok());
        for bad in ["", "-a", "a-", "A", "a.b", "xn--a", "a_b", &"a".repeat(64)] {
            assert_eq!(bad.parse::<Slug>(), Err(BadSlug), "{bad}");
        }
    }

    #[test]
    fn settings_survive_their_text_and_refuse_what_they_do_not_know() {
        let text = serde_json::to_string(&Settings::default()).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), Settings::default());
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
        assert!(serde_json::from_str::<Settings>(r#"{"lockout":1}"#).is_err());
    }

    #[test]
    fn only_the_dearest_costs_are_held() {
        let cost = |memory_kib, iterations| HashCost { memory_kib, iterations, parallelism: 1 };
        let mut settings = Settings::default();
        assert!(settings.hold(cost(64, 2)) && !settings.hold(cost(64, 2)) && !settings.hold(cost(32, 4)));
        assert!(settings.hold(cost(32, 5)), "more work");
        assert!(settings.hold(cost(128, 4)), "covers both");
        assert_eq!(settings.held_costs, [cost(128, 4)]);
        settings.held_costs = vec![cost(128, 4); 16];
        assert!(settings.hold(cost(256, 1)));
        assert_eq!(settings.check(true), [], "one that is less work went for it");

        let bcrypt = |cost| ImportedCost::Bcrypt { cost };
        assert!(
            settings.hold_import(bcrypt(10)) && !settings.hold_import(bcrypt(10)) && !settings.hold_import(bcrypt(4))
        );
        assert!(settings.hold_import(ImportedCost::Sha512Crypt { rounds: 5_000 }));
        assert!(settings.hold_import(bcrypt(12)));
        assert_eq!(settings.held_imports, [bcrypt(12), ImportedCost::Sha512Crypt { rounds: 5_120 }]);
    }

    #[test]
    fn the_usual_settings_ask_for_the_usual_passwords() {
        assert_eq!(Settings::default().password_policy(), PasswordPolicy::DEFAULT);
        let lax = Settings { password_chars_min: 1, password_digit: false, ..Settings::default() };
        assert_eq!(lax.password_policy(), PasswordPolicy { digit: false, ..PasswordPolicy::DEFAULT });
    }

    #[test]
    fn the_shortest_life_of_several_roles_counts() {
        let mut settings = Settings::default();
        settings.session_by_role.insert("CASHIER".into(), RoleLife { idle_seconds: 60, absolute_seconds: u32::MAX });
        let life = settings.life(&["AGENT".parse().unwrap(), "CASHIER".parse().unwrap()]);
        assert_eq!(life, Life { idle: Duration::from_secs(60), absolute: Duration::from_secs(90 * 86_400) });
    }
}
