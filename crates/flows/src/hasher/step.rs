use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::cost::Cost;
use super::params::Params;
use super::stopwatch;

/// Time for the transaction that settles a login after its hash, so that it too fits into the step. A group commit
/// takes 1 to 5 ms on a disk that is well; failed answers only, so generosity costs nobody but a guesser.
pub const SETTLE_ALLOWANCE: Duration = Duration::from_millis(10);

/// "A little above": one eighth, for a hash that takes longer than those measured at start.
const MARGIN_DIVISOR: u32 = 8;

/// A step is never raised beyond this many times what was measured first. What takes longer is a machine that stood
/// still, which says nothing about the account asked for, and must not slow every failed answer until the restart.
const RAISED_TIMES_MAX: u32 = 8;

/// How many costs have a step of their own. They come from tenants' settings and imports; beyond, the step is reckoned
/// from the work alone. Those of other systems' schemes are some two hundred classes.
const STEPS_MAX: usize = 1024;

/// What the caps of imported hashes are chosen by: none takes longer on a machine that is well.
const IMPORTED_HASH_MAX: Duration = Duration::from_secs(1);

/// The step of each cost: failed answers leave at a multiple of it.
///
/// A failed login runs one hash, two hashes (an email with two accounts) or a decoy, then settles. If it answered when
/// it is done, its time would tell which. So it leaves at the first multiple of
///
/// ```text
/// step = 2 × hash × 9/8 + 10 ms
/// ```
///
/// after its job started, `hash` being the longest of those measured with every thread busy. One hash, two and a
/// decoy all fit below the first multiple, idle and under load, for waiting in the queue is not counted. A job that
/// outlasts its step raises it at once, so that the next ones look alike again; it is never lowered while running.
/// Where a tenant holds hashes of several costs, the largest of their steps serves them all; so a tenant that has
/// imported hashes of other systems answers every failure as late as two of the dearest of them take, and the decoy can
/// stay its own Argon2id. Costs of other systems come rounded up, and each is measured at its first use.
pub(super) struct Steps {
    table: Mutex<HashMap<Cost, Step>>,
    usual: Params,
}

#[derive(Clone, Copy)]
struct Step {
    now: Duration,
    first: Duration,
}

impl Steps {
    pub(super) fn new(usual: Params) -> Self {
        Self { table: Mutex::new(HashMap::new()), usual }
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<Cost, Step>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The step of this cost, if it has been measured.
    pub(super) fn known(&self, cost: Cost) -> Option<Duration> {
        self.table().get(&cost).map(|step| step.now)
    }

    /// Whether another cost may have a step of its own.
    pub(super) fn has_room(&self) -> bool {
        self.table().len() < STEPS_MAX
    }

    /// Keeps the step for a hash that took `hash`, unless there is one already; says which holds.
    pub(super) fn learn(&self, cost: Cost, hash: Duration) -> Duration {
        let first = step_for(hash);
        let mut table = self.table();
        if table.len() >= STEPS_MAX && !table.contains_key(&cost) {
            return first;
        }
        table.entry(cost).or_insert(Step { now: first, first }).now
    }

    /// The step of a cost that could not be measured: Argon2's from the work of what was, others' from their cap.
    pub(super) fn reckoned(&self, cost: Cost) -> Duration {
        let Cost::Argon2(params) = cost else { return step_for(IMPORTED_HASH_MAX) };
        let usual = self.known(self.usual.into()).unwrap_or(SETTLE_ALLOWANCE);
        let times = params.cost().work_kib().div_ceil(self.usual.cost().work_kib().max(1));
        usual.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX))
    }

    /// Something that should have fitted below the largest step of `costs` took `took`.
    pub(super) fn raise(&self, costs: impl IntoIterator<Item = Cost>, took: Duration) {
        let mut table = self.table();
        let largest = costs.into_iter().max_by_key(|cost| table.get(cost).map(|step| step.now));
        let Some(step) = largest.and_then(|cost| table.get_mut(&cost)) else {
            return;
        };
        let wanted = took.saturating_add(took / MARGIN_DIVISOR);
        if took > step.now && wanted <= step.first.saturating_mul(RAISED_TIMES_MAX) {
            step.now = wanted;
        }
    }
}

fn step_for(hash: Duration) -> Duration {
    let two = hash.saturating_mul(2);
    two.saturating_add(two / MARGIN_DIVISOR).saturating_add(SETTLE_ALLOWANCE)
}

/// Sleeps until the first multiple of `step` after `started`, which is when the login's job started, or when the
/// request came if it had no job. A step of zero does not wait.
pub async fn leave_at_step(started: Instant, step: Duration) {
    tokio::time::sleep_until(next_leave(started, stopwatch::timer_now(), step)).await;
}

fn next_leave(started: Instant, now: Instant, step: Duration) -> Instant {
    let past = now.saturating_duration_since(started).as_nanos();
    let steps = past.checked_div(step.as_nanos()).unwrap_or(0).saturating_add(1);
    let wait = step.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX));
    started.checked_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use countersign_domain::ImportedCost;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn usual(kib: u32) -> Params {
        Params::new(kib, 1, 1).unwrap()
    }

    fn params(kib: u32) -> Cost {
        usual(kib).into()
    }

    #[test]
    fn answers_leave_at_the_first_multiple() {
        let started = stopwatch::timer_now();
        for (past, leaves) in [(0, 20), (1, 20), (9, 20), (18, 20), (20, 40), (39, 40), (41, 60), (1999, 2000)] {
            assert_eq!(next_leave(started, started + past * MS, 20 * MS), started + leaves * MS, "after {past} ms");
        }
        assert_eq!(next_leave(started, started + 7 * MS, Duration::ZERO), started, "no step, no wait");
        assert_eq!(next_leave(started + 7 * MS, started, 20 * MS), started + 27 * MS, "a start yet to come");
    }

    #[test]
    fn the_step_is_a_little_above_two_hashes_and_the_settling() {
        let steps = Steps::new(usual(64));
        assert_eq!(steps.known(params(64)), None);
        assert_eq!(steps.learn(params(64), 8 * MS), 28 * MS);
        assert_eq!(steps.known(params(64)), Some(28 * MS));
        assert_eq!(steps.learn(params(64), 4 * MS), 28 * MS, "never lowered");
    }

    #[test]
    fn what_outlasts_the_step_raises_it_for_good() {
        let steps = Steps::new(usual(64));
        steps.learn(params(64), 8 * MS);
        steps.raise([params(64)], 27 * MS);
        assert_eq!(steps.known(params(64)), Some(28 * MS));
        steps.raise([params(64)], 40 * MS);
        assert_eq!(steps.known(params(64)), Some(45 * MS));
        steps.raise([params(64)], 30 * MS);
        assert_eq!(steps.known(params(64)), Some(45 * MS), "never lowered");
        steps.raise([params(64)], Duration::from_secs(3));
        assert_eq!(steps.known(params(64)), Some(45 * MS), "the machine stood still");
        steps.raise([params(32)], 40 * MS);
        assert_eq!(steps.known(params(32)), None);
    }

    #[test]
    fn steps_are_bounded_and_reckoned_beyond() {
        let steps = Steps::new(usual(64));
        steps.learn(params(64), 8 * MS);
        for kib in 0..2 * u32::try_from(STEPS_MAX).unwrap() {
            steps.learn(params(100 + kib), MS);
        }
        assert_eq!(steps.table().len(), STEPS_MAX);
        assert_eq!(steps.reckoned(params(65)), 56 * MS);
        assert_eq!(steps.reckoned(params(8)), 28 * MS);
        assert_eq!(steps.reckoned(ImportedCost::Bcrypt { cost: 12 }.into()), 2_260 * MS);
    }

    #[test]
    fn of_several_the_largest_is_raised() {
        let steps = Steps::new(usual(64));
        let (own, bcrypt) = (params(64), Cost::from(ImportedCost::Bcrypt { cost: 10 }));
        steps.learn(own, 8 * MS);
        steps.raise([own, bcrypt], 40 * MS);
        assert_eq!(steps.known(own), Some(45 * MS), "the other is not known yet");
        steps.learn(bcrypt, 40 * MS);
        steps.raise([own, bcrypt], 80 * MS);
        steps.raise([own, bcrypt], 200 * MS);
        assert_eq!((steps.known(own), steps.known(bcrypt)), (Some(45 * MS), Some(225 * MS)));
    }
}
