//! What a story of an order is, and how it is told to the stories.

use std::sync::Arc;
use std::time::Duration;

use countersign_domain::{Account, Email, Secret, Standing, Tenant};
use countersign_flows::admin::AccountRefusal;
use countersign_flows::{Doer, Flows, LoggedIn, LoggedOut, Login, Refreshed, Refusal, Request, SignedIn};

use crate::support::{ADA, PASSWORD, WRONG};

/// What somebody does, or what happens by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    /// A login with the password that the customer account had at the beginning.
    Right,
    /// The same, from the device that has proved it before.
    KnownRight,
    /// A login with the password of the staff account.
    StaffRight,
    /// A login with nobody's password.
    Wrong,
    /// The same, from the known device.
    KnownWrong,
    /// The current refresh token, from where it was given out.
    Refresh,
    /// A refresh token that somebody copied, from elsewhere.
    Replay,
    /// The session's end, by its refresh token.
    Logout,
    /// By the operator: the customer account's.
    Unlock,
    /// By the operator: the customer account's.
    Deactivate,
    /// By the operator: the customer account's.
    SetPassword,
    /// Half a minute and a second: attempts that nobody settled are over, and so is the grace for repeats.
    TimePasses,
}

impl Deed {
    pub(super) fn is_login(self) -> bool {
        self.is_known_device() || matches!(self, Self::Right | Self::StaffRight | Self::Wrong)
    }

    pub(super) fn is_known_device(self) -> bool {
        matches!(self, Self::KnownRight | Self::KnownWrong)
    }

    pub(super) fn password(self) -> &'static str {
        match self {
            Self::Right | Self::KnownRight => PASSWORD,
            Self::StaffRight => STAFF_PASSWORD,
            _ => WRONG,
        }
    }
}

/// What [`Deed::TimePasses`] lets pass.
pub(super) const A_WHILE: Duration = Duration::from_secs(31);
pub(super) const STAFF_PASSWORD: &str = "Staffs-horse-1";
/// What [`Deed::SetPassword`] sets.
pub(super) const NEW_PASSWORD: &str = "Another-horse-2";

/// What a deed came to, as far as the one who did it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Opened,
    Wrong,
    Locked,
    Deactivated,
    Overloaded,
    Rotated,
    Reused,
    Refused,
    Done,
    Already,
    LoggedOut,
}

/// What came of a deed, with the tokens that it was given.
pub(super) type Told = (Outcome, Option<Box<SignedIn>>);

/// Everything that a deed may need. Requests are made before the order begins: looking a tenant up is no step of it.
#[derive(Clone)]
pub(super) struct Means {
    pub(super) flows: Arc<Flows>,
    pub(super) tenant: Tenant,
    pub(super) customer: Account,
    /// From where the session was opened, with an id of its own.
    pub(super) request: Request,
    /// From elsewhere, with an id of its own.
    pub(super) from_elsewhere: Request,
    pub(super) mark: Secret,
    /// What the session's owner holds.
    pub(super) current: Secret,
    /// What was copied.
    pub(super) copied: Secret,
}

impl Means {
    pub(super) async fn perform(self, deed: Deed) -> Told {
        match deed {
            _ if deed.is_login() => self.log_in(deed).await,
            Deed::Refresh => refreshed(self.flows.refresh(&self.request, self.current.expose()).await.unwrap()),
            Deed::Replay => refreshed(self.flows.refresh(&self.from_elsewhere, self.copied.expose()).await.unwrap()),
            Deed::Logout => {
                let done = self.flows.logout(&self.request, None, Some(self.current.expose())).await.unwrap();
                assert_eq!(done, LoggedOut::Yes);
                (Outcome::LoggedOut, None)
            }
            _ => (self.operate(deed).await, None),
        }
    }

    async fn log_in(self, deed: Deed) -> Told {
        let login = Login {
            email: Email::parse(ADA).unwrap(),
            password: Secret::new(deed.password()),
            kind: None,
            device_mark: deed.is_known_device().then(|| self.mark.clone()),
        };
        match self.flows.login(&self.request, login).await.unwrap() {
            LoggedIn::Yes(tokens) => (Outcome::Opened, Some(tokens)),
            LoggedIn::No(refusal) => (worded(refusal), None),
        }
    }

    async fn operate(self, deed: Deed) -> Outcome {
        let (flows, tenant, customer) = (&self.flows, &self.tenant, &self.customer);
        let done = match deed {
            Deed::Unlock => flows.unlock_account(Doer::Operator, tenant, customer).await,
            Deed::Deactivate => flows.set_standing(Doer::Operator, tenant, customer, Standing::Deactivated).await,
            Deed::SetPassword => flows.set_password(tenant, customer, &Secret::new(NEW_PASSWORD), false).await,
            other => unreachable!("{other:?} is none of the operator's"),
        };
        match done.unwrap() {
            Ok(()) => Outcome::Done,
            Err(AccountRefusal::Already) => Outcome::Already,
            Err(refusal) => panic!("{refusal}"),
        }
    }
}

pub(super) fn worded(refusal: Refusal) -> Outcome {
    match refusal {
        Refusal::WrongCredentials => Outcome::Wrong,
        Refusal::Locked(Some(_)) => Outcome::Locked,
        Refusal::Deactivated => Outcome::Deactivated,
        Refusal::Overloaded(_) => Outcome::Overloaded,
        other => panic!("nothing here is refused with {other:?}"),
    }
}

fn refreshed(refreshed: Refreshed) -> Told {
    match refreshed {
        Refreshed::Yes(tokens) => (Outcome::Rotated, Some(tokens)),
        Refreshed::Refused => (Outcome::Refused, None),
        Refreshed::Reused => (Outcome::Reused, None),
        Refreshed::TenantSuspended => panic!("nobody suspends"),
    }
}
