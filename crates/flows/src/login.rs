//! The order of a login, for every door: one reservation, one hash job, one settlement.

mod attempt;
mod disclosure;
mod rehash;
mod sources;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use countersign_domain::audit::{Action, Reason};
use countersign_domain::lockout::Lock;
use countersign_domain::session::Session;
use countersign_domain::{Account, AccountId, DeviceMark, Email, KINDS, Kind, Secret, Timestamp, UnknownEmail};
use countersign_store::to_its_end;
use tokio::sync::oneshot;
use tokio::time::Instant;

pub(crate) use disclosure::Disclosure;
pub(crate) use sources::Sources;
pub(crate) use waiting::Waiting;

use crate::hasher::{Busy, Params, leave_at_step};
use crate::signed_in::SignedIn;
use crate::tokens::device_mark;
use crate::{Fault, Flows, PasswordAdvice, Request};
use attempt::{Attempt, Opening};

/// What a person brings to prove who they are; its form has been checked.
pub struct Login {
    /// The name.
    pub email: Email,
    /// What proves it, in its text form (`domain::password_text`).
    pub password: Secret,
    /// Selects one of the two accounts that a name can have. Whether the account holds a role is not looked at.
    pub kind: Option<Kind>,
    /// What the device was given when it proved a password before.
    pub device_mark: Option<Secret>,
}

/// What a login answers.
#[derive(Debug)]
pub enum LoggedIn {
    /// The session is open.
    Yes(Box<SignedIn>),
    /// It is not.
    No(Refusal),
}

/// Why nobody was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No account of the name has this password, or there is none and the tenant does not tell.
    WrongCredentials,
    /// The name has no account, and the tenant tells.
    UnknownEmail,
    /// Every selected account is locked, until the moment given or until somebody opens it.
    Locked(Option<Timestamp>),
    /// The password is right, and the account is closed.
    Deactivated,
    /// The tenant is not served.
    TenantSuspended,
    /// The client's network, or the queue behind the name, has had enough for now.
    TooMany(Duration),
    /// The hash queue is full, or the account kept changing: nothing was counted.
    Overloaded(Duration),
}

/// A password that was right, and the session that is open.
pub(crate) struct Proved {
    pub(crate) session: Box<Session>,
    pub(crate) account: Box<Account>,
    pub(crate) device_mark: Secret,
    pub(crate) password_advice: Option<PasswordAdvice>,
}

/// How long somebody whose name has a full queue is asked to stay away.
const QUEUE_RETRY: Duration = Duration::from_secs(5);

impl Flows {
    /// Logs a person in.
    ///
    /// # Errors
    /// [`Fault`] where the store, the hasher or the signing fails.
    pub async fn login(self: &Arc<Self>, request: &Request, login: Login) -> Result<LoggedIn, Fault> {
        Ok(match self.prove(request, login, false).await? {
            Ok(Proved { session, account, device_mark, password_advice }) => {
                let tokens = self.tokens(request, &session, *account)?;
                LoggedIn::Yes(Box::new(SignedIn { device_mark: Some(device_mark), password_advice, ..tokens }))
            }
            Err(refusal) => LoggedIn::No(refusal),
        })
    }

    /// The login of every door: proves the password and opens the session.
    pub(crate) async fn prove(
        self: &Arc<Self>,
        request: &Request,
        login: Login,
        is_for_browser: bool,
    ) -> Result<Result<Proved, Refusal>, Fault> {
        let arrived = Instant::now();
        let name_hash = self.secrets.name_hash(request.tenant_id(), login.email.key().as_str());
        let mark = self.mark(request, &name_hash, login.device_mark.as_ref());
        // With a mark, the limit is looked at when the store has said whether the mark is good for anything here.
        if mark.is_none()
            && let Some(wait) = self.source_limit(request, Action::Login, Some(name_hash))
        {
            return Ok(Err(Refusal::TooMany(wait)));
        }
        match self.attempt(request, login, name_hash, mark, is_for_browser).await? {
            Opening::Opened(session, account, password_advice) => {
                let device = mark.map(|mark| mark.device);
                let device_mark = self.new_mark(request, &name_hash, (account.id, account.password_version), device);
                Ok(Ok(Proved { session, account, device_mark, password_advice }))
            }
            Opening::Refused(refusal) => Ok(Err(self.refuse(request, name_hash, refusal, arrived).await)),
            Opening::Failed { started, lock, is_known } => {
                let refusal = self.word_failure(request, name_hash, lock, is_known);
                self.leave(request, started).await;
                Ok(Err(refusal))
            }
            Opening::Deactivated { started } => {
                self.leave(request, started).await;
                Ok(Err(Refusal::Deactivated))
            }
        }
    }

    /// Runs the attempt to its end; it learns when this request hangs up.
    async fn attempt(
        self: &Arc<Self>,
        request: &Request,
        login: Login,
        name_hash: [u8; 32],
        mark: Option<DeviceMark>,
        is_for_browser: bool,
    ) -> Result<Opening, Fault> {
        let id = self.random.id(self.store.now());
        let attempt =
            Attempt { flows: Arc::clone(self), request: request.clone(), login, name_hash, mark, id, is_for_browser };
        let (_here, hung_up) = oneshot::channel();
        to_its_end(attempt.run(hung_up)).await.unwrap_or(Err(Fault::Panicked("login")))
    }

    /// A refusal that cost no hash. Locked ones leave at a step counted from their arrival, known and unknown alike.
    async fn refuse(&self, request: &Request, name: [u8; 32], refusal: Refusal, arrived: Instant) -> Refusal {
        let reason = match refusal {
            Refusal::Locked(_) => Some(Reason::Locked),
            Refusal::TooMany(_) => Some(Reason::TooManyRequests),
            Refusal::Overloaded(_) => Some(Reason::Overloaded),
            _ => None,
        };
        if let Some(reason) = reason {
            self.refusals.count(request, Action::Login, reason, Some(name), self.store.now());
        }
        if matches!(refusal, Refusal::Locked(_)) {
            self.leave(request, arrived).await;
        }
        refusal
    }

    /// What a failure is called: locked before unknown before wrong, so that a lock looks the same for every name.
    fn word_failure(&self, request: &Request, name: [u8; 32], lock: Option<Lock>, is_known: bool) -> Refusal {
        match lock {
            Some(lock) => Refusal::Locked(end_of(lock)),
            None if !is_known && self.tells_unknown(request, name) => Refusal::UnknownEmail,
            None => Refusal::WrongCredentials,
        }
    }

    fn tells_unknown(&self, request: &Request, name: [u8; 32]) -> bool {
        request.tenant.tenant.settings.unknown_email == UnknownEmail::Tell
            && (request.is_exempt
                || self.disclosure.may_tell(request.tenant_id(), request.network(), name, self.store.now()))
    }

    /// A mark that is genuine, of this name and young enough; whether it is good for this attempt, the store says.
    pub(crate) fn mark(&self, request: &Request, name_hash: &[u8; 32], text: Option<&Secret>) -> Option<DeviceMark> {
        let now = self.store.now();
        device_mark::read(text?.expose(), &self.secrets, request.tenant_id(), name_hash, now)
    }

    /// The mark of a device that has just proved or set this password.
    pub(crate) fn new_mark(
        &self,
        request: &Request,
        name_hash: &[u8; 32],
        (account, password_version): (AccountId, i64),
        device: Option<[u8; 16]>,
    ) -> Secret {
        let mark = DeviceMark { account, password_version, device: device.unwrap_or_else(|| self.random.bytes()) };
        device_mark::make(&self.secrets, request.tenant_id(), name_hash, &mark, self.store.now())
    }

    /// How long the client's network must wait, if it has failed too often; tells the trail.
    pub(crate) fn source_limit(&self, request: &Request, tried: Action, name: Option<[u8; 32]>) -> Option<Duration> {
        let now = self.store.now();
        let wait = self.sources.must_wait(request, now)?;
        self.refusals.count(request, tried, Reason::TooManyRequests, name, now);
        Some(wait)
    }

    /// The limit of the source for what strangers may ask without a password: each counts like a failed login.
    pub(crate) fn ask_limit(&self, request: &Request, action: Action) -> Option<Duration> {
        let now = self.store.now();
        let wait = self.sources.must_wait(request, now);
        match wait {
            Some(_) => self.refusals.count(request, action, Reason::TooManyRequests, None, now),
            None => self.sources.count(request, now),
        }
        wait
    }

    /// Waits for the first multiple of the tenant's step, so that one hash, two hashes and a decoy look alike.
    pub(crate) async fn leave(&self, request: &Request, started: Instant) {
        let costs = request.tenant.costs(self.usual_cost);
        // Taken before the step, which is measured at the first use of new costs.
        let took = started.elapsed();
        self.hasher.step(&costs).await;
        self.hasher.raise_step(&costs, took);
        self.wait_for_step(request, started).await;
    }

    /// The same for what is no hash alone, and says nothing about how long one takes.
    pub(crate) async fn wait_for_step(&self, request: &Request, started: Instant) {
        let step = self.hasher.step(&request.tenant.costs(self.usual_cost)).await;
        if !crate::leaks::step_left_out() {
            leave_at_step(started, step).await;
        }
    }

    pub(crate) fn cost(&self, request: &Request) -> Params {
        request.tenant.cost(self.usual_cost)
    }
}

fn end_of(lock: Lock) -> Option<Timestamp> {
    match lock {
        Lock::Until(end) => Some(end),
        Lock::Shut => None,
    }
}

fn kinds(selected: Option<Kind>) -> Vec<Kind> {
    selected.map_or_else(|| KINDS.to_vec(), |kind| vec![kind])
}

impl From<Busy> for Refusal {
    fn from(busy: Busy) -> Self {
        Self::Overloaded(busy.retry_after)
    }
}
