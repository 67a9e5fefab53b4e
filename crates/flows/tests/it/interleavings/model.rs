//! What must come of the deeds in a given order: a second, simple telling of the rules, which shares no code with the
//! first. It knows no time but the moments that pass between deeds, and no lock or window ends within one order.

use std::collections::BTreeMap;

use super::deeds::{A_WHILE, Deed, NEW_PASSWORD, Outcome, STAFF_PASSWORD};
use crate::support::PASSWORD;

const CUSTOMER: usize = 0;
const STAFF: usize = 1;
const FAILURES_MAX: u32 = 5;
/// Seconds after which an attempt that nobody settled is a failure.
const ATTEMPT_LIFE: u64 = 30;
/// Seconds within which a repeat from the same place is honest.
const REPEAT_GRACE: u64 = 10;
/// A login whose account changes under it begins again once.
const ROUNDS_MAX: u32 = 2;

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) now: u64,
    accounts: [Option<Account>; 2],
    /// Of unknown devices, and of the known one.
    rows: [[Counter; 2]; 2],
    pub(super) sessions: Vec<Session>,
    logins: BTreeMap<usize, Login>,
    /// Deeds that wait for somebody else's attempt to settle, in the order in which they came.
    queue: Vec<usize>,
    /// What the trail must tell, in words, with how often.
    pub(super) told: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Account {
    password: &'static str,
    password_version: u32,
    generation: u32,
    is_active: bool,
}

#[derive(Clone, Debug, Default)]
struct Counter {
    failures: u32,
    is_locked: bool,
    /// Whose attempts are being hashed, and since when.
    attempts: Vec<(usize, u64)>,
}

/// One session: a chain of tokens of which one is current.
#[derive(Clone, Debug)]
pub(super) struct Session {
    account: usize,
    generation: u32,
    pub(super) counter: u32,
    rotated_at: u64,
    /// Whether the last rotation came from elsewhere.
    is_elsewhere: bool,
    is_ended: bool,
}

/// A login that has begun.
#[derive(Clone, Debug, Default)]
struct Login {
    rounds: u32,
    /// The row, the kinds that were open, and the accounts as they were read.
    reserved: Option<(usize, Vec<usize>, [Option<Account>; 2])>,
}

/// What one transaction of a deed must come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// The deed has ended, so.
    pub(super) outcome: Option<Outcome>,
    /// Password hashes that it runs before its next transaction, or after its last.
    pub(super) hashes: u64,
    /// It waits for others; asking again before they have done something is useless.
    pub(super) waits: bool,
    /// The session that it opened or rotated, which is the number of a session and its counter.
    pub(super) token: Option<(usize, u32)>,
}

impl Step {
    fn ended(outcome: Outcome) -> Self {
        Self { outcome: Some(outcome), ..Self::default() }
    }

    fn hashing(hashes: u64) -> Self {
        Self { hashes, ..Self::default() }
    }
}

/// Whose attempt it is that nobody will ever settle.
const NOBODY: usize = usize::MAX;

// --- how an order begins ---

impl Model {
    pub(super) fn add_account(&mut self, is_staff: bool) {
        let password = if is_staff { STAFF_PASSWORD } else { PASSWORD };
        let account = Account { password, password_version: 1, generation: 1, is_active: true };
        self.accounts[usize::from(is_staff)] = Some(account);
        self.tell("account_created done", 1);
    }

    /// A login that was alone in the world.
    pub(super) fn has_opened_session(&mut self) {
        self.open(CUSTOMER);
    }

    /// So many guesses of unknown devices, at the customer account or at both.
    pub(super) fn has_failed(&mut self, times: u32, only_customer: bool) {
        let kinds = if only_customer { &[CUSTOMER][..] } else { &[CUSTOMER, STAFF] };
        for _ in 0..times {
            self.changing_locks(0, |model| {
                for kind in kinds {
                    model.rows[0][*kind].fail();
                }
            });
            self.tell("login refused wrong_password", 1);
        }
    }

    /// An attempt of a process that died.
    pub(super) fn has_abandoned(&mut self) {
        let now = self.now;
        self.rows[0].iter_mut().for_each(|counter| counter.attempts.push((NOBODY, now)));
    }

    /// The session's owner has refreshed.
    pub(super) fn has_rotated(&mut self) {
        self.rotate(0, 0, false);
    }

    pub(super) fn tell(&mut self, what: &str, times: u32) {
        *self.told.entry(what.to_owned()).or_default() += times;
    }
}

// --- what deeds come to ---

impl Model {
    /// The next transaction of a deed, or the moment that it lets pass.
    pub(super) fn step(&mut self, number: usize, deed: Deed, copied: u32, current: u32) -> Step {
        match deed {
            Deed::TimePasses => {
                self.now += A_WHILE.as_secs();
                Step::ended(Outcome::Done)
            }
            Deed::Refresh => self.rotate(0, current, false),
            Deed::Replay => self.rotate(0, copied, true),
            Deed::Logout => {
                if !self.sessions[0].is_ended {
                    self.sessions[0].is_ended = true;
                    self.tell("logout done", 1);
                }
                Step::ended(Outcome::LoggedOut)
            }
            Deed::Unlock => self.unlock(),
            Deed::Deactivate => self.deactivate(),
            Deed::SetPassword => {
                self.clear_customer();
                let account = self.accounts[CUSTOMER].as_mut().unwrap();
                account.password = NEW_PASSWORD;
                account.password_version += 1;
                account.generation += 1;
                self.tell("password_set done", 1);
                Step::ended(Outcome::Done)
            }
            login if self.logins.entry(number).or_default().reserved.is_some() => self.settle(number, login),
            login => self.reserve(number, login),
        }
    }

    fn unlock(&mut self) -> Step {
        if !self.clear_customer() {
            return Step::ended(Outcome::Already);
        }
        self.tell("account_unlocked done", 1);
        Step::ended(Outcome::Done)
    }

    fn deactivate(&mut self) -> Step {
        let account = self.accounts[CUSTOMER].as_mut().unwrap();
        if !account.is_active {
            return Step::ended(Outcome::Already);
        }
        account.is_active = false;
        account.generation += 1;
        self.tell("account_deactivated done", 1);
        Step::ended(Outcome::Done)
    }

    /// Whether there was a failure to forget.
    fn clear_customer(&mut self) -> bool {
        let had_any = self.rows.iter().any(|row| row[CUSTOMER].failures > 0);
        self.rows.iter_mut().for_each(|row| row[CUSTOMER].clear());
        had_any
    }

    fn open(&mut self, kind: usize) -> (usize, u32) {
        let generation = self.accounts[kind].as_ref().unwrap().generation;
        self.sessions.push(Session {
            account: kind,
            generation,
            counter: 0,
            rotated_at: self.now,
            is_elsewhere: false,
            is_ended: false,
        });
        self.tell("login done", 1);
        (self.sessions.len() - 1, 0)
    }

    pub(super) fn is_live(&self, session: usize) -> bool {
        let session = &self.sessions[session];
        let account = self.accounts[session.account].as_ref().unwrap();
        !session.is_ended && account.is_active && account.generation == session.generation
    }

    fn rotate(&mut self, number: usize, presented: u32, is_elsewhere: bool) -> Step {
        if !self.is_live(number) {
            return Step::ended(Outcome::Refused);
        }
        let now = self.now;
        let session = &mut self.sessions[number];
        let is_repeat = presented + 1 == session.counter
            && session.is_elsewhere == is_elsewhere
            && now - session.rotated_at < REPEAT_GRACE;
        if presented == session.counter {
            (session.counter, session.rotated_at, session.is_elsewhere) = (presented + 1, now, is_elsewhere);
        } else if !is_repeat {
            session.is_ended = true;
            self.tell("refresh_reused refused reused", 1);
            return Step::ended(Outcome::Reused);
        }
        let token = Some((number, self.sessions[number].counter));
        Step { token, ..Step::ended(Outcome::Rotated) }
    }
}

// --- logins ---

impl Model {
    fn row(&self, deed: Deed) -> usize {
        // The mark was made under the first password.
        let is_good = self.accounts[CUSTOMER].as_ref().is_some_and(|account| account.password_version == 1);
        usize::from(deed.is_known_device() && is_good)
    }

    fn reserve(&mut self, number: usize, deed: Deed) -> Step {
        let (row, now) = (self.row(deed), self.now);
        let mut open = Vec::new();
        let mut must_wait = false;
        self.changing_locks(row, |model| {
            for kind in [CUSTOMER, STAFF] {
                let counter = &mut model.rows[row][kind];
                counter.age(now);
                if counter.is_locked {
                    continue;
                }
                if counter.failures + counter.attempts.len() as u32 >= FAILURES_MAX {
                    must_wait = true;
                    return;
                }
                open.push(kind);
            }
        });
        if must_wait {
            return self.wait(number);
        }
        self.queue.retain(|waiting| *waiting != number);
        if open.is_empty() {
            self.tell("login refused locked", 1);
            return Step::ended(Outcome::Locked);
        }
        open.iter().for_each(|kind| self.rows[row][*kind].attempts.push((number, now)));
        let login = self.logins.get_mut(&number).unwrap();
        login.rounds += 1;
        let mut hashes = 0;
        for account in open.iter().filter_map(|kind| self.accounts[*kind].as_ref()) {
            hashes += 1;
            if account.password == deed.password() {
                break;
            }
        }
        login.reserved = Some((row, open, self.accounts.clone()));
        Step::hashing(hashes.max(1))
    }

    /// The first in the queue asks again; whoever stands behind it has nobody to be woken by while all stand still.
    fn wait(&mut self, number: usize) -> Step {
        let is_first = self.queue.first().is_none_or(|first| *first == number);
        if !is_first {
            return self.gives_up(number);
        }
        if self.queue.is_empty() {
            self.queue.push(number);
        }
        Step { waits: true, ..Step::default() }
    }

    /// The wait was too long.
    pub(super) fn gives_up(&mut self, number: usize) -> Step {
        self.queue.retain(|waiting| *waiting != number);
        self.tell("login refused overloaded", 1);
        Step::ended(Outcome::Overloaded)
    }

    fn settle(&mut self, number: usize, deed: Deed) -> Step {
        let (row, kinds, then) = self.logins.get_mut(&number).unwrap().reserved.take().unwrap();
        let matched =
            kinds.iter().copied().find(|kind| then[*kind].as_ref().is_some_and(|a| a.password == deed.password()));
        let Some(matched) = matched else { return self.settle_wrong(number, row, &kinds) };
        let now = self.accounts[matched].clone().unwrap();
        let was = then[matched].as_ref().unwrap();
        let is_same = now.generation == was.generation && now.password_version == was.password_version;
        self.changing_locks(row, |model| {
            for kind in &kinds {
                model.release(number, row, *kind);
                if is_same && *kind == matched {
                    model.rows[row][*kind].clear();
                }
            }
        });
        if !is_same {
            return self.begins_again(number);
        }
        if !now.is_active {
            self.tell("login refused deactivated", 1);
            return Step::ended(Outcome::Deactivated);
        }
        Step { token: Some(self.open(matched)), ..Step::ended(Outcome::Opened) }
    }

    fn settle_wrong(&mut self, number: usize, row: usize, kinds: &[usize]) -> Step {
        self.changing_locks(row, |model| {
            for kind in kinds {
                model.release(number, row, *kind);
                model.rows[row][*kind].fail();
            }
        });
        self.tell("login refused wrong_password", 1);
        let all_locked = kinds.iter().all(|kind| self.rows[row][*kind].is_locked);
        Step::ended(if all_locked { Outcome::Locked } else { Outcome::Wrong })
    }

    fn begins_again(&mut self, number: usize) -> Step {
        if self.logins[&number].rounds < ROUNDS_MAX {
            return Step::default();
        }
        self.tell("login refused overloaded", 1);
        Step::ended(Outcome::Overloaded)
    }

    fn release(&mut self, number: usize, row: usize, kind: usize) {
        let now = self.now;
        let counter = &mut self.rows[row][kind];
        counter.attempts.retain(|(whose, _)| *whose != number);
        counter.age(now);
    }

    /// One event tells the locks that begin in one transaction.
    fn changing_locks(&mut self, row: usize, change: impl FnOnce(&mut Self)) {
        let before = self.rows[row].clone().map(|counter| counter.is_locked);
        change(self);
        let after = self.rows[row].clone().map(|counter| counter.is_locked);
        if before.iter().zip(after).any(|(before, after)| after && !before) {
            self.tell("lockout_started done too_many_failures", 1);
        }
    }

    /// How many wrong passwords of unknown devices it takes from here to lock each kind, once nobody is hashing.
    pub(super) fn guesses_left(&mut self) -> [u32; 2] {
        let now = self.now;
        [CUSTOMER, STAFF].map(|kind| {
            let counter = &mut self.rows[0][kind];
            counter.age(now);
            if counter.is_locked { 0 } else { FAILURES_MAX - counter.failures }
        })
    }
}

impl Counter {
    fn fail(&mut self) {
        self.failures += 1;
        self.is_locked |= self.failures >= FAILURES_MAX;
    }

    fn clear(&mut self) {
        (self.failures, self.is_locked) = (0, false);
    }

    fn age(&mut self, now: u64) {
        let before = self.attempts.len();
        self.attempts.retain(|(_, since)| now < since + ATTEMPT_LIFE);
        for _ in self.attempts.len()..before {
            self.fail();
        }
    }
}
