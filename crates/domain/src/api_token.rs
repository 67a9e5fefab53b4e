use std::str::FromStr;
use std::time::Duration;

use crate::{
    AccountId, ApiTokenId, Kind, Permission, Permissions, Role, RoleRecord, Timestamp, UnknownName, may_give,
    permissions_of, reaches,
};

/// Longest name, in code points.
pub const API_TOKEN_NAME_CHARS_MAX: usize = 100;
/// As many a tenant may have, dead ones that nobody has deleted among them: a page shows all of them.
pub const API_TOKENS_MAX: usize = 100;
/// The longest that a secret stays good beside the one that took its place: a week, for a change that is rolled out
/// machine by machine.
const OVERLAP_SECONDS_MAX: u32 = 7 * 86_400;
/// A token is not rotated again before that: of several who do it at once, the later would void what the earlier have
/// just been given.
pub const ROTATIONS_APART: Duration = Duration::from_secs(10);
/// That it was used is written down at most so often: reading with a token must not be a write each time.
const USE_NOTED_EVERY: Duration = Duration::from_secs(60);

/// How long an API token is good (contract, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiTokenLife {
    /// 24 hours.
    Day,
    /// One month.
    Month,
    /// Three months.
    ThreeMonths,
    /// Six months.
    SixMonths,
    /// One year.
    Year,
}

/// Every life, in the order of the contract.
pub const API_TOKEN_LIVES: [ApiTokenLife; 5] =
    [ApiTokenLife::Day, ApiTokenLife::Month, ApiTokenLife::ThreeMonths, ApiTokenLife::SixMonths, ApiTokenLife::Year];

impl ApiTokenLife {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Month => "1m",
            Self::ThreeMonths => "3m",
            Self::SixMonths => "6m",
            Self::Year => "1y",
        }
    }

    /// When a token made `now` ends: months are those of the calendar in UTC, at the same time of the day; a day that
    /// the last month lacks is its last.
    pub fn end(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Day => now.plus(Duration::from_secs(86_400)),
            Self::Month => now.plus_months(1),
            Self::ThreeMonths => now.plus_months(3),
            Self::SixMonths => now.plus_months(6),
            Self::Year => now.plus_months(12),
        }
    }
}

impl FromStr for ApiTokenLife {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        API_TOKEN_LIVES.into_iter().find(|life| life.name() == text).ok_or(UnknownName)
    }
}

/// How long a secret stays good beside the one that takes its place; none by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap(Duration);

/// Longer than a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be at most {OVERLAP_SECONDS_MAX} seconds, a week")]
pub struct TooLongAnOverlap;

impl Overlap {
    /// So many seconds.
    ///
    /// # Errors
    /// It is longer than a week.
    pub fn seconds(seconds: u32) -> Result<Self, TooLongAnOverlap> {
        if seconds <= OVERLAP_SECONDS_MAX {
            Ok(Self(Duration::from_secs(seconds.into())))
        } else {
            Err(TooLongAnOverlap)
        }
    }

    /// As a span.
    pub const fn span(self) -> Duration {
        self.0
    }
}

/// A name for an API token, as people tell it from others: 1 to [`API_TOKEN_NAME_CHARS_MAX`] code points, trimmed,
/// without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiTokenName(String);

/// Why a text is no name of an API token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadApiTokenName {
    /// Nothing is left of it.
    #[error("must not be empty")]
    Empty,
    /// Too long.
    #[error("must have at most {API_TOKEN_NAME_CHARS_MAX} characters")]
    TooLong,
    /// It has something that cannot be shown.
    #[error("must not contain control characters")]
    Control,
}

impl FromStr for ApiTokenName {
    type Err = BadApiTokenName;

    fn from_str(text: &str) -> Result<Self, BadApiTokenName> {
        let text = text.trim();
        match text {
            "" => Err(BadApiTokenName::Empty),
            _ if text.chars().count() > API_TOKEN_NAME_CHARS_MAX => Err(BadApiTokenName::TooLong),
            _ if text.chars().any(char::is_control) => Err(BadApiTokenName::Control),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl ApiTokenName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An API token: what a server shows in place of an access token. Its secret is not here, nor anywhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// What people call it.
    pub name: String,
    /// The first characters of its secret, by which it is recognised.
    pub hint: String,
    /// What it may do at most; none: only ask about tokens.
    pub roles: Vec<Role>,
    /// Who was last shown its secret, and answers for it.
    pub maker: AccountId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its secret was last replaced.
    pub rotated_at: Option<Timestamp>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was ended: by somebody, or because its maker lost what it needs.
    pub invalidated_at: Option<Timestamp>,
    /// When it was last shown, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// Whether an API token still opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiTokenState {
    /// It does.
    Active,
    /// Its time is over.
    Expired,
    /// It was ended.
    Invalidated,
}

impl ApiTokenState {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Invalidated => "invalidated",
        }
    }
}

impl ApiToken {
    /// Its state at a moment.
    pub fn state(&self, now: Timestamp) -> ApiTokenState {
        match self.invalidated_at {
            Some(_) => ApiTokenState::Invalidated,
            None if now >= self.expires_at => ApiTokenState::Expired,
            None => ApiTokenState::Active,
        }
    }

    /// Whether it is time to write down again that it is used.
    pub fn is_use_due(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|last| now.since(last) >= USE_NOTED_EVERY)
    }

    /// When it may be rotated next, if not now.
    pub fn rotates_at(&self, now: Timestamp) -> Option<Timestamp> {
        let next = self.rotated_at?.plus(ROTATIONS_APART);
        (now < next).then_some(next)
    }

    /// What it opens: what its roles open and its maker's still do, but nothing that is for people alone.
    pub fn permissions(&self, maker: &[Role], records: &[RoleRecord]) -> Permissions {
        let (own, makers) = (permissions_of(&self.roles, records), permissions_of(maker, records));
        own.intersection(&makers).copied().filter(|permission| permission.is_for_servers()).collect()
    }
}

/// Whether somebody with these roles may make an API token with those, be shown its secret, and answer for it: he manages
/// API tokens, and gives no role that he has not himself, unless he is a manager, nor one that opens more than his own. A
/// token opens only while this holds of whoever was shown the secret.
pub fn may_answer_for(own: &[Role], wanted: &[Role], records: &[RoleRecord]) -> bool {
    let opens = permissions_of(own, records);
    let is_there = |role: &Role| role.kind() == Kind::Staff && records.iter().any(|record| record.role == *role);
    opens.contains(&Permission::ManageApiTokens)
        && wanted.iter().all(is_there)
        && may_give(own, &opens, wanted)
        && reaches(&opens, &permissions_of(wanted, records))
}

impl Permission {
    /// Whether an API token may open it: the contract keeps sessions, and changes of API tokens, keys, staff and settings
    /// (roles are settings of the tenant), for people.
    pub const fn is_for_servers(self) -> bool {
        match self {
            Self::ReadCustomers
            | Self::ReadStaff
            | Self::ChangeStanding
            | Self::Unlock
            | Self::ExplainAccess
            | Self::ReadAudit => true,
            Self::ChangeStaff
            | Self::ManageSessions
            | Self::ManageApiTokens
            | Self::ManageKeys
            | Self::ManageRoles
            | Self::ManageSettings => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn lives_follow_the_calendar() {
        for (life, made, end) in [
            (ApiTokenLife::Day, "2026-10-24T23:00:00Z", "2026-10-25T23:00:00Z"),
            (ApiTokenLife::Month, "2026-01-31T12:00:00.5Z", "2026-02-28T12:00:00.5Z"),
            (ApiTokenLife::ThreeMonths, "2026-11-30T00:00:00Z", "2027-02-28T00:00:00Z"),
            (ApiTokenLife::SixMonths, "2026-08-31T00:00:00Z", "2027-02-28T00:00:00Z"),
            (ApiTokenLife::Year, "2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z"),
        ] {
            assert_eq!(life.end(at(made)), at(end), "{life:?}");
            assert_eq!(life.name().parse(), Ok(life));
        }
        assert_eq!("2y".parse::<ApiTokenLife>(), Err(UnknownName));
        assert_eq!(ApiTokenLife::Year.end(Timestamp::from_micros(i64::MAX)), Timestamp::from_micros(i64::MAX));
    }

    #[test]
    fn a_secret_overlaps_for_a_week_at_most() {
        assert_eq!(Overlap::seconds(604_800).map(Overlap::span), Ok(Duration::from_secs(604_800)));
        assert_eq!(Overlap::seconds(604_801), Err(TooLongAnOverlap));
    }

    #[test]
    fn names_are_what_people_can_read() {
        assert_eq!(" Paying out, night job ".parse::<ApiTokenName>().unwrap().as_str(), "Paying out, night job");
        for (text, why) in [
            ("  ", BadApiTokenName::Empty),
            ("a\u{1b}[31mb", BadApiTokenName::Control),
            (&"x".repeat(101), BadApiTokenName::TooLong),
        ] {
            assert_eq!(text.parse::<ApiTokenName>(), Err(why));
        }
        assert!("é".repeat(100).parse::<ApiTokenName>().is_ok());
    }

    fn token(roles: &[&str]) -> ApiToken {
        ApiToken {
            id: ApiTokenId::from_uuid(Uuid::nil()),
            name: "job".to_owned(),
            hint: "countersign_1a2b3c".to_owned(),
            roles: roles.iter().map(|name| name.parse().unwrap()).collect(),
            maker: AccountId::from_uuid(Uuid::nil()),
            created_at: at("2026-11-30T00:00:00Z"),
            rotated_at: None,
            expires_at: at("2026-12-01T00:00:00Z"),
            invalidated_at: None,
            last_used_at: None,
        }
    }

    #[test]
    fn a_token_is_over_at_its_end_and_once_it_was_ended() {
        let (before, end) = (at("2026-11-30T23:59:59.999999Z"), at("2026-12-01T00:00:00Z"));
        assert_eq!(token(&[]).state(before), ApiTokenState::Active);
        assert_eq!(token(&[]).state(end), ApiTokenState::Expired);
        let ended = ApiToken { invalidated_at: Some(before), ..token(&[]) };
        assert_eq!(ended.state(before), ApiTokenState::Invalidated);
        assert_eq!(ended.state(end), ApiTokenState::Invalidated);
    }

    #[test]
    fn it_is_not_rotated_twice_at_once() {
        let rotated = at("2026-11-30T00:00:00Z");
        let token = ApiToken { rotated_at: Some(rotated), ..token(&[]) };
        assert_eq!(token.rotates_at(rotated), Some(at("2026-11-30T00:00:10Z")));
        assert_eq!(token.rotates_at(at("2026-11-30T00:00:10Z")), None);
    }

    #[test]
    fn nobody_answers_for_more_than_his_own() {
        let record = |name: &str, own: Option<&[Permission]>| RoleRecord {
            role: name.parse().unwrap(),
            own: own.map(|own| own.iter().copied().collect()),
        };
        let records = [
            record("MANAGER", None),
            record("AGENT", None),
            record("CASHIER", None),
            record("CUSTOMER", None),
            record("LEAD", Some(&[Permission::ManageApiTokens, Permission::ReadCustomers])),
        ];
        let roles = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<Role>>();
        for (own, wanted, may) in [
            (&["MANAGER"][..], &["MANAGER", "CASHIER", "AGENT"][..], true),
            (&["MANAGER"], &[], true),
            (&["MANAGER"], &["CUSTOMER"], false),
            (&["MANAGER"], &["GONE"], false),
            (&["LEAD"], &[], true),
            (&["LEAD"], &["LEAD"], true),
            // It opens nothing here, and cash elsewhere.
            (&["LEAD"], &["CASHIER"], false),
            (&["LEAD", "CASHIER"], &["CASHIER"], true),
            (&["LEAD"], &["MANAGER"], false),
            (&["AGENT"], &["AGENT"], false),
            (&["AGENT"], &[], false),
            (&["GONE"], &[], false),
        ] {
            assert_eq!(may_answer_for(&roles(own), &roles(wanted), &records), may, "{own:?} for {wanted:?}");
        }
    }

    #[test]
    fn it_opens_no_more_than_its_roles_its_maker_and_what_servers_may() {
        let role = |name: &str| name.parse::<Role>().unwrap();
        let record = |name, own: Option<&[Permission]>| RoleRecord {
            role: role(name),
            own: own.map(|own| own.iter().copied().collect()),
        };
        let records = [
            record("MANAGER", None),
            record("AGENT", None),
            record("AUDITOR", Some(&[Permission::ReadAudit, Permission::ManageApiTokens])),
        ];
        let opens = |roles: &[&str], maker: &str| token(roles).permissions(&[role(maker)], &records);
        let servers: BTreeSet<_> = crate::PERMISSIONS.iter().copied().filter(|one| one.is_for_servers()).collect();
        assert_eq!(opens(&["MANAGER"], "MANAGER"), servers);
        assert_eq!(opens(&["AUDITOR"], "MANAGER"), BTreeSet::from([Permission::ReadAudit]));
        assert_eq!(opens(&["MANAGER"], "AUDITOR"), BTreeSet::from([Permission::ReadAudit]));
        assert_eq!(opens(&["AGENT"], "AUDITOR"), BTreeSet::new());
        assert_eq!(opens(&[], "MANAGER"), BTreeSet::new());
    }
}
