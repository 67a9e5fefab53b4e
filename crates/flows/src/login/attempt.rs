use std::sync::Arc;
use std::time::Duration;

use countersign_domain::audit::{Action, Actor, Event, Reason};
use countersign_domain::session::{NewSession, Session};
use countersign_domain::{Account, AccountId, DeviceMark, Kind, SessionId};
use countersign_store::{
    Reservation, ReserveAttempt, ReservedKinds, RightPassword, SettleAttempt, Settlement, Verdict,
};
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Login, QUEUE_RETRY, Refusal, end_of, kinds};
use crate::hasher::{PhcHash, Place, Verified};
use crate::{Fault, Flows, PasswordAdvice, Request};

/// One request's try at a password: reserved before it is hashed, settled afterwards, whatever happens between.
///
/// It runs to its end though its caller is gone, since a request that hangs up must neither leave a reservation behind nor get a guess
/// for nothing: what has not started is released, what has started is settled.
pub(super) struct Attempt {
    pub(super) flows: Arc<Flows>,
    pub(super) request: Request,
    pub(super) login: Login,
    pub(super) name_hash: [u8; 32],
    pub(super) mark: Option<DeviceMark>,
    pub(super) id: Uuid,
    pub(super) is_for_browser: bool,
}

/// Resolves when the request has hung up: its sender, which the request holds, is never used.
pub(super) type HungUp = oneshot::Receiver<()>;

/// How the attempt ended.
pub(super) enum Opening {
    Opened(Box<Session>, Box<Account>, Option<PasswordAdvice>),
    /// Nothing was hashed.
    Refused(Refusal),
    Failed {
        started: Instant,
        lock: Option<countersign_domain::lockout::Lock>,
        is_known: bool,
    },
    Deactivated {
        started: Instant,
    },
}

/// An account may change between the reservation and the settlement; a second change in a row is told to come back.
const ROUNDS_MAX: u32 = 2;

impl Attempt {
    pub(super) async fn run(self, mut hung_up: HungUp) -> Result<Opening, Fault> {
        for _ in 0..ROUNDS_MAX {
            let (place, reservation, kinds) = match self.reserve(&mut hung_up).await? {
                Ok(reserved) => reserved,
                Err(refusal) => return Ok(Opening::Refused(refusal)),
            };
            let row = reservation.row.clone();
            let settled = self.hash_and_settle(place, reservation, kinds, &mut hung_up).await;
            self.flows.waiting.settled(self.request.tenant_id(), &row);
            if let Some(opening) = settled? {
                return Ok(opening);
            }
            // Nobody is left to answer, and what told us so must not be asked again.
            if hung_up.is_terminated() {
                break;
            }
        }
        Ok(Opening::Refused(Refusal::Overloaded(QUEUE_RETRY)))
    }

    /// Takes a place in the hash queue, then transaction 1. Who must wait for the row holds no place meanwhile.
    async fn reserve(&self, hung_up: &mut HungUp) -> Result<Result<(Place, Reservation, Vec<Kind>), Refusal>, Fault> {
        let mut turn = None;
        loop {
            let place = match self.flows.hasher.place(self.request.tenant_id(), self.mark.is_some()) {
                Ok(place) => place,
                Err(busy) => return Ok(Err(busy.into())),
            };
            let reservation = self.flows.store.tenant(self.request.tenant_id()).reserve_attempt(self.ask()).await?;
            if let Some(wait) = self.source_must_wait(&reservation) {
                self.release(&reservation).await?;
                return Ok(Err(Refusal::TooMany(wait)));
            }
            match reservation.attempt.clone() {
                ReservedKinds::Yes(kinds) => return Ok(Ok((place, reservation, kinds))),
                ReservedKinds::Locked(lock) => return Ok(Err(Refusal::Locked(end_of(lock)))),
                ReservedKinds::Suspended => return Ok(Err(Refusal::TenantSuspended)),
                ReservedKinds::Wait => {}
            }
            drop(place);
            if turn.is_none() {
                match self.flows.waiting.join(self.request.tenant_id(), &reservation.row) {
                    Ok(joined) => turn = Some(joined),
                    Err(_full) => return Ok(Err(Refusal::TooMany(QUEUE_RETRY))),
                }
            }
            if let Some(turn) = &mut turn {
                let is_worth_asking = tokio::select! { came = turn.come() => came, _ = &mut *hung_up => false };
                if !is_worth_asking {
                    return Ok(Err(Refusal::Overloaded(QUEUE_RETRY)));
                }
            }
        }
    }

    /// The limit of the source, for a request that was let past it by a mark which the store then found to be good for
    /// nothing here: it is judged as one without.
    fn source_must_wait(&self, reservation: &Reservation) -> Option<Duration> {
        let is_unmarked = self.mark.is_some() && reservation.row.device.is_none();
        self.flows.sources.must_wait(&self.request, self.flows.store.now()).filter(|_| is_unmarked)
    }

    /// Gives back what was reserved and is not to be hashed.
    async fn release(&self, reservation: &Reservation) -> Result<(), Fault> {
        if let ReservedKinds::Yes(kinds) = &reservation.attempt {
            self.settle(reservation, kinds.clone(), Verdict::Released).await?;
            self.flows.waiting.settled(self.request.tenant_id(), &reservation.row);
        }
        Ok(())
    }

    fn ask(&self) -> ReserveAttempt {
        ReserveAttempt {
            email: self.login.email.key().clone(),
            name_hash: self.name_hash,
            mark: self.mark,
            kinds: kinds(self.login.kind),
            attempt: self.id,
            policy: self.request.tenant.tenant.settings.lockout(),
            lock_event: self.lock_event(),
        }
    }

    /// The hash job and transaction 2. Nothing: the account changed meanwhile, and all begins again.
    async fn hash_and_settle(
        &self,
        place: Place,
        reservation: Reservation,
        kinds: Vec<Kind>,
        hung_up: &mut HungUp,
    ) -> Result<Option<Opening>, Fault> {
        let candidates = match candidates(&reservation.accounts, &kinds) {
            Ok(candidates) => candidates,
            Err(unreadable) => {
                self.settle(&reservation, kinds, Verdict::Released).await?;
                return Err(unreadable);
            }
        };
        let hashes = candidates.iter().map(|(_, hash)| hash.clone()).collect();
        let mut job = place.verify(self.login.password.clone(), hashes, self.flows.cost(&self.request));
        let verified = tokio::select! {
            biased;
            verified = &mut job => Some(verified),
            _ = hung_up => if job.withdraw() { None } else { Some(job.await) },
        };
        let Some(Ok(verified)) = verified else {
            self.settle(&reservation, kinds, Verdict::Released).await?;
            return match verified {
                Some(Err(fault)) => Err(fault.into()),
                _ => Ok(Some(Opening::Refused(Refusal::Overloaded(QUEUE_RETRY)))),
            };
        };
        let matched = verified.matched.and_then(|index| candidates.into_iter().nth(index));
        let verdict = match &matched {
            Some((account, _)) => self.right(account.clone()),
            None => self.wrong(&reservation.accounts),
        };
        let settlement = self.settle(&reservation, kinds, verdict).await?;
        self.opening(settlement, verified, matched, &reservation)
    }

    async fn settle(&self, reservation: &Reservation, kinds: Vec<Kind>, verdict: Verdict) -> Result<Settlement, Fault> {
        let settle = SettleAttempt {
            row: reservation.row.clone(),
            kinds,
            attempt: self.id,
            policy: self.request.tenant.tenant.settings.lockout(),
            lock_event: self.lock_event().about(one_of(&reservation.accounts)),
            verdict,
        };
        Ok(self.flows.store.tenant(self.request.tenant_id()).settle_attempt(settle).await?)
    }

    fn opening(
        &self,
        settlement: Settlement,
        verified: Verified,
        matched: Option<(Account, PhcHash)>,
        reservation: &Reservation,
    ) -> Result<Option<Opening>, Fault> {
        let started = verified.started;
        Ok(Some(match (settlement, matched) {
            (Settlement::Opened(session), Some((account, hash))) => {
                if hash.is_outdated(self.flows.cost(&self.request)) {
                    self.flows.rehash_later(&self.request, &account, self.login.password.clone());
                }
                // The session is open: what is advised cannot keep anybody out.
                let advice = self.flows.password_advice(&self.login.password);
                Opening::Opened(session, Box::new(account), advice)
            }
            (Settlement::Deactivated, _) => Opening::Deactivated { started },
            (Settlement::Suspended, _) => Opening::Refused(Refusal::TenantSuspended),
            (Settlement::Failed(lock), _) => {
                // Here, where it is told though nobody waits for the answer. What was counted in the row of a known
                // device says nothing about the network.
                if reservation.row.device.is_none() {
                    self.flows.sources.count(&self.request, self.flows.store.now());
                }
                Opening::Failed { started, lock, is_known: !reservation.accounts.is_empty() }
            }
            _ => return Ok(None),
        }))
    }

    fn right(&self, account: Account) -> Verdict {
        let flows = &self.flows;
        let settings = &self.request.tenant.tenant.settings;
        let session = NewSession {
            id: SessionId::from_uuid(flows.random.id(flows.store.now())),
            secret: flows.random.bytes(),
            client: self.request.client(),
            life: match self.is_for_browser {
                true => settings.browser_life(account.kind, &account.roles),
                false => settings.life(&account.roles),
            },
            is_for_browser: self.is_for_browser,
        };
        let event = self.event(Action::Login).by(Actor::Account(account.id)).about(account.id).in_session(session.id);
        let refused_event = self.event(Action::Login).refused_because(Reason::Deactivated).about(account.id);
        let displaced_event = self.event(Action::SessionEnded).by(Actor::System).because(Reason::TooManySessions);
        let displaced_event = displaced_event.about(account.id);
        Verdict::Right(Box::new(RightPassword { account, session, event, refused_event, displaced_event }))
    }

    fn wrong(&self, accounts: &[Account]) -> Verdict {
        let reason = if accounts.is_empty() { Reason::UnknownName } else { Reason::WrongPassword };
        Verdict::Wrong { event: self.event(Action::Login).refused_because(reason).about(one_of(accounts)) }
    }

    fn lock_event(&self) -> Event {
        self.event(Action::LockoutStarted).by(Actor::System).because(Reason::TooManyFailures)
    }

    fn event(&self, action: Action) -> Event {
        self.request.done(action, &self.flows.random, self.flows.store.now(), Some(self.name_hash))
    }
}

/// The account that a guess was at. With two it was at neither in particular.
fn one_of(accounts: &[Account]) -> Option<AccountId> {
    match accounts {
        [one] => Some(one.id),
        _ => None,
    }
}

/// The accounts of the reserved kinds that have a password, with it, customer first. One that cannot be read keeps out
/// nobody but its own: where there is another, that is tried, and its guesses count.
fn candidates(accounts: &[Account], kinds: &[Kind]) -> Result<Vec<(Account, PhcHash)>, Fault> {
    let of_kinds = accounts.iter().filter(|account| kinds.contains(&account.kind));
    let (mut readable, mut unreadable) = (Vec::new(), None);
    for account in of_kinds {
        match account.password_hash.as_ref().map(|hash| PhcHash::parse(hash.phc())) {
            None => {}
            Some(Ok(hash)) => readable.push((account.clone(), hash)),
            Some(Err(_)) => unreadable = Some(Fault::PasswordHash(account.id)),
        }
    }
    match unreadable {
        Some(fault) if readable.is_empty() => Err(fault),
        Some(fault) => {
            tracing::warn!(%fault, "a login went on with the other account of the address");
            Ok(readable)
        }
        None => Ok(readable),
    }
}
