use crate::Settings;

impl Settings {
    /// The settings that a tenant's manager may change, in the order in which pages show them. All others are the
    /// operator's: they decide where secrets and links go (`audience`, `public_url`, `cors_origins`, `mail_sender`,
    /// `link_base`), what the machine pays (`hash_cost`, `held_costs`, `held_imports`), how long what other services see
    /// of a role lives (`session_by_role`), and how much of the trail is kept (`audit_retention_days`). Whoever steals a
    /// manager's session must not be able to lead reset links to a site of his own, nor to shorten the trail of it.
    pub const MANAGED: [&'static str; 18] = [
        "unknown_email",
        "confirm_email",
        "lockout_failures_max",
        "lockout_window_seconds",
        "lockout_seconds",
        "session_idle_seconds",
        "session_absolute_seconds",
        "staff_browser_idle_seconds",
        "refresh_replay",
        "password_chars_min",
        "password_upper",
        "password_lower",
        "password_digit",
        "password_special",
        "password_strength_min",
        "password_refuse_listed",
        "mail_colour",
        "language",
    ];

    /// The operator's settings in which these differ from others: what a manager may not change. A setting that is new
    /// does not compile until it is sorted here.
    pub fn differing_beyond_managers(&self, others: &Self) -> Vec<&'static str> {
        let Self {
            // Anybody's who may change settings.
            unknown_email: _,
            confirm_email: _,
            lockout_failures_max: _,
            lockout_window_seconds: _,
            lockout_seconds: _,
            session_idle_seconds: _,
            session_absolute_seconds: _,
            staff_browser_idle_seconds: _,
            refresh_replay: _,
            password_chars_min: _,
            password_upper: _,
            password_lower: _,
            password_digit: _,
            password_special: _,
            password_strength_min: _,
            password_refuse_listed: _,
            mail_colour: _,
            language: _,
            // The operator's.
            session_by_role,
            audience,
            public_url,
            cors_origins,
            hash_cost,
            held_costs,
            held_imports,
            audit_retention_days,
            mail_sender,
            link_base,
        } = self;
        let operators = [
            ("session_by_role", *session_by_role != others.session_by_role),
            ("audience", *audience != others.audience),
            ("public_url", *public_url != others.public_url),
            ("cors_origins", *cors_origins != others.cors_origins),
            ("hash_cost", *hash_cost != others.hash_cost),
            ("held_costs", *held_costs != others.held_costs),
            ("held_imports", *held_imports != others.held_imports),
            ("audit_retention_days", *audit_retention_days != others.audit_retention_days),
            ("mail_sender", *mail_sender != others.mail_sender),
            ("link_base", *link_base != others.link_base),
        ];
        operators.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{ConfirmEmail, HashCost, ImportedCost, Language, RoleLife, Settings, UnknownEmail};

    fn all_of_the_operators() -> Settings {
        let life = RoleLife { idle_seconds: 600, absolute_seconds: 3_600 };
        Settings {
            session_by_role: [("CASHIER".to_owned(), life)].into(),
            audience: Some("a".into()),
            public_url: Some("https://evil.example".into()),
            cors_origins: vec!["https://evil.example".into()],
            hash_cost: Some(HashCost::default()),
            held_costs: vec![HashCost::default()],
            held_imports: vec![ImportedCost::Bcrypt { cost: 4 }],
            audit_retention_days: 1,
            mail_sender: Some("evil@example.com".into()),
            link_base: Some("https://evil.example".into()),
            ..Settings::default()
        }
    }

    #[test]
    fn every_setting_is_a_managers_or_the_operators() {
        let operators = all_of_the_operators().differing_beyond_managers(&Settings::default());
        let left = |name: &&str| !operators.contains(name);
        assert_eq!(Settings::NAMES.into_iter().filter(left).collect::<Vec<_>>(), Settings::MANAGED);
        assert_eq!(operators.len() + Settings::MANAGED.len(), Settings::NAMES.len());
    }

    #[test]
    fn what_a_manager_may_change_is_beyond_nobody() {
        let usual = Settings::default();
        let changed = Settings {
            unknown_email: UnknownEmail::Tell,
            confirm_email: ConfirmEmail::Off,
            lockout_failures_max: 3,
            session_idle_seconds: 3_600,
            staff_browser_idle_seconds: 600,
            password_chars_min: 12,
            mail_colour: Some("#1f4e79".into()),
            language: Language::French,
            ..usual.clone()
        };
        assert_eq!(changed.differing_beyond_managers(&usual), [""; 0]);
        let stealing = Settings { link_base: Some("https://evil.example".into()), ..changed };
        assert_eq!(stealing.differing_beyond_managers(&usual), ["link_base"]);
    }
}
