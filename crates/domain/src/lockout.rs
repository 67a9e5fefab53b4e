//! The rule of lockout: how many wrong passwords a name may see before it must wait.
//!
//! A name (tenant and email) has one row per class of device: one for each device that has proved a password before,
//! and one for everything else. A row holds one [`Counter`] for each kind of account. A request reserves its attempt
//! before the password is hashed and settles it afterwards, so that any number of parallel guesses on any number of
//! nodes runs at most [`Policy::failures_max`] hashes, and any number of parallel right passwords all succeed.
//!
//! A lockout refuses only the proving of a password. It never ends, refuses or delays a session or a reset.

mod row;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Timestamp;

pub use row::{Counters, RowReserved};

/// The settings of a tenant that steer lockout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// This many failures within [`Policy::window`] lock the counter.
    pub failures_max: u32,
    /// Failures are forgotten when the first of them is this old.
    pub window: Duration,
    /// How long a lock lasts.
    pub lockout: Duration,
}

/// An attempt whose outcome is unknown after this long belongs to a process that died; it is taken for a failure,
/// since taking it for nothing would give an attacker a guess for every crash.
pub const ATTEMPT_LIFE: Duration = Duration::from_secs(30);

/// NIST 800-63B section 3.2.2: no more than 100 consecutive failures on one account, however slowly they come.
pub const STREAK_MAX: u32 = 100;

/// A row with a streak is kept this long after its last failure.
pub const STREAK_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// What is remembered of one kind of account in one row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Failures in the present window.
    pub failures: u32,
    /// When the first failure of the present window happened.
    pub window_start: Option<Timestamp>,
    /// The end of the lock, if there is one.
    pub locked_until: Option<Timestamp>,
    /// Failures since the last success, over all windows and locks.
    pub streak: u32,
    /// When the last failure happened: says when a streak may be forgotten.
    pub last_failure: Option<Timestamp>,
    /// Attempts that are being hashed right now.
    pub attempts: Vec<Attempt>,
}

/// One reserved attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Made anew for each login request.
    pub id: Uuid,
    /// When it was reserved.
    pub at: Timestamp,
}

/// The answer to a request for an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// The attempt is counted; hash, then settle.
    Yes,
    /// Locked until the given moment.
    Locked(Lock),
    /// As many attempts as the counter still allows are being hashed: one of them must settle first.
    Wait,
}

/// A lock that is in force; the lesser ends first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// It ends by itself.
    Until(Timestamp),
    /// [`STREAK_MAX`] was reached: only an unlock or a completed reset opens it.
    Shut,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The password was wrong.
    Wrong,
    /// The password was right, for this kind.
    Right,
    /// It was never decided: not hashed, refused elsewhere, or it was right for the other kind.
    Released,
}

impl Counter {
    /// Brings the counter to `now`: what is over is forgotten, and abandoned attempts become failures.
    pub fn age(&mut self, policy: &Policy, now: Timestamp) {
        let window_is_over =
            self.locked_until.is_none() && self.window_start.is_some_and(|start| start.plus(policy.window) <= now);
        // The tenant has lowered its limit below what was counted: the lock begins where it would have begun, else an
        // attempt would wait for others to be settled of which there are none.
        if self.failures >= policy.failures_max && self.locked_until.is_none() && !window_is_over {
            self.locked_until = self.last_failure.map(|last| last.plus(policy.lockout));
        }
        let lock_is_over = self.locked_until.is_some_and(|end| end <= now);
        if lock_is_over || window_is_over {
            self.failures = 0;
            self.window_start = None;
            self.locked_until = None;
        }
        let before = self.attempts.len();
        self.attempts.retain(|attempt| now < attempt.at.plus(ATTEMPT_LIFE));
        for _ in self.attempts.len()..before {
            self.fail(policy, now);
        }
    }

    /// The lock in force at `now`; the counter must have been aged.
    pub fn lock(&self) -> Option<Lock> {
        if self.streak >= STREAK_MAX {
            return Some(Lock::Shut);
        }
        self.locked_until.map(Lock::Until)
    }

    /// Whether a lock is in force at `now`, aged or not.
    pub fn is_locked_at(&self, now: Timestamp) -> bool {
        match self.lock() {
            Some(Lock::Until(end)) => now < end,
            Some(Lock::Shut) => true,
            None => false,
        }
    }

    /// Says whether one more attempt may be hashed, without counting it; the counter must have been aged.
    pub fn may_reserve(&self, policy: &Policy) -> Reserved {
        if let Some(lock) = self.lock() {
            return Reserved::Locked(lock);
        }
        let in_flight = u32::try_from(self.attempts.len()).unwrap_or(u32::MAX);
        if self.failures.saturating_add(in_flight) < policy.failures_max { Reserved::Yes } else { Reserved::Wait }
    }

    /// Counts an attempt that [`Counter::may_reserve`] allowed. A job that runs twice counts it once.
    pub fn reserve(&mut self, id: Uuid, now: Timestamp) {
        if !self.counts(id) {
            self.attempts.push(Attempt { id, at: now });
        }
    }

    /// Ends an attempt. A wrong one counts even if its id is gone (its process was taken for dead): counting twice
    /// is safe, never is not. A right one clears the counter, and any lock with it.
    pub fn settle(&mut self, id: Uuid, how: Settled, policy: &Policy, now: Timestamp) {
        self.attempts.retain(|attempt| attempt.id != id);
        self.age(policy, now);
        match how {
            Settled::Wrong => self.fail(policy, now),
            Settled::Right => self.clear(),
            Settled::Released => {}
        }
    }

    /// What a success, a manager's unlock and a completed reset do: everything but attempts in flight is forgotten.
    pub fn clear(&mut self) {
        *self = Self { attempts: std::mem::take(&mut self.attempts), ..Self::default() };
    }

    /// Whether the attempt is in flight.
    pub fn counts(&self, id: Uuid) -> bool {
        self.attempts.iter().any(|attempt| attempt.id == id)
    }

    /// Nothing is left to remember: the row can go.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Nothing that is left needs to be kept at `now`, so the purge may take the row.
    pub fn is_over(&self, policy: &Policy, now: Timestamp) -> bool {
        let mut aged = self.clone();
        // Ageing dates the failure of an attempt that a dead process left behind from the moment of looking: looked at
        // by nobody but the purge, it would be new for ever.
        aged.attempts.retain(|attempt| now < attempt.at.plus(STREAK_KEPT));
        aged.age(policy, now);
        let streak_is_over = aged.last_failure.is_none_or(|last| last.plus(STREAK_KEPT) <= now);
        aged.attempts.is_empty()
            && aged.failures == 0
            && aged.locked_until.is_none()
            && (aged.streak == 0 || streak_is_over)
    }

    fn fail(&mut self, policy: &Policy, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        self.streak = self.streak.saturating_add(1);
        self.window_start.get_or_insert(now);
        self.last_failure = Some(now);
        // A failure that arrives during a lock does not extend it.
        if self.failures >= policy.failures_max && self.locked_until.is_none() {
            self.locked_until = Some(now.plus(policy.lockout));
        }
    }
}

#[cfg(test)]
mod tests;
