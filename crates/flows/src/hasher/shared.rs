use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use countersign_domain::{Secret, TenantId};
use tokio::sync::oneshot;

use super::cost::Cost;
use super::engine::{Engine, Library};
use super::lanes::{Lanes, Ticket};
use super::params::Params;
use super::phc::{NEW_SALT_BYTES, PhcHash};
use super::place::{Busy, Verified};
use super::step::Steps;
use super::{HashFault, HasherConfig, names, stopwatch};
use crate::keys::OaepKey;

/// Jobs and places at once, for each thread: their memory, not their time, which `wait_max` bounds lane by lane. At
/// 9 ms a hash a lane of its own holds 230 for each thread within 2 s.
const JOBS_PER_THREAD_MAX: usize = 512;

/// A new job weighs one sixteenth in the mean: it follows a change of load within a second or so, not one odd job.
const MEAN_WEIGHT: u32 = 16;

/// What the hash threads and those who wait for them share.
pub(super) struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    pub(super) threads: usize,
    pub(super) library: Library,
    pub(super) nice: i32,
    /// So that a system that forbids the lower priority is told of once, not by every thread.
    pub(super) nice_refused: AtomicBool,
    pub(super) steps: Steps,
    wait_max: Duration,
    idle_after: Duration,
    hashes: AtomicU64,
    gauges: Vec<Gauges>,
}

/// What each hash thread tells of itself after every task.
#[derive(Default)]
struct Gauges {
    /// Its own clock.
    cpu_nanos: AtomicU64,
    /// The memory it keeps.
    kept_kib: AtomicUsize,
}

struct State {
    lanes: Lanes<Job>,
    /// Measurements: few and short, so they go first.
    chores: VecDeque<Chore>,
    /// Of one job that hashes, as long as it holds its thread. Decryptions do not count, which take a tenth: a flood of
    /// them would make the wait of the hashes behind it look short.
    mean: Duration,
    stopped: bool,
}

/// What a thread does next.
pub(super) enum Task {
    Job(Job),
    Chore(Chore),
}

/// One login's hashing, one new hash, the encrypted fields of one request, or the strength of a new password.
pub(super) struct Job {
    pub(super) submitted: Instant,
    pub(super) work: Work,
}

pub(super) enum Work {
    Verify {
        password: Secret,
        candidates: Vec<PhcHash>,
        decoy: Params,
        reply: oneshot::Sender<Result<Verified, HashFault>>,
    },
    Make {
        password: Secret,
        params: Params,
        salt: [u8; NEW_SALT_BYTES],
        reply: oneshot::Sender<Result<PhcHash, HashFault>>,
    },
    Decrypt {
        key: Arc<OaepKey>,
        fields: Vec<Secret>,
        reply: oneshot::Sender<Result<Option<Vec<Secret>>, HashFault>>,
    },
    Judge {
        password: Secret,
        known: Vec<String>,
        reply: oneshot::Sender<Result<u8, HashFault>>,
    },
}

/// Told how long the longest hash of a measurement took.
pub(super) type Tell = Box<dyn FnOnce(Result<Duration, HashFault>) + Send>;

pub(super) enum Chore {
    /// Hashes `warm_ups + timed` times.
    Measure { cost: Cost, warm_ups: u32, timed: u32, tell: Tell },
    /// Occupies a thread, says so, until the test lets go.
    #[cfg(test)]
    Hold(std::sync::mpsc::Sender<()>, std::sync::mpsc::Receiver<()>),
}

impl Shared {
    pub(super) fn new(config: HasherConfig, threads: usize, library: Library) -> Self {
        Self {
            state: Mutex::new(State {
                lanes: Lanes::new(),
                chores: VecDeque::new(),
                mean: Duration::ZERO,
                stopped: false,
            }),
            wake: Condvar::new(),
            threads,
            library,
            nice: config.nice,
            nice_refused: AtomicBool::new(false),
            steps: Steps::new(config.usual),
            wait_max: config.wait_max,
            idle_after: config.idle_after,
            hashes: AtomicU64::new(0),
            gauges: (0..threads).map(|_| Gauges::default()).collect(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, if what is ahead of it could be done within `wait_max`.
    pub(super) fn take_place(&self, tenant: TenantId, marked: bool) -> Result<(), Busy> {
        let mut state = self.state();
        let ahead = u32::try_from(state.lanes.ahead(tenant, marked)).unwrap_or(u32::MAX);
        let threads = u32::try_from(self.threads).unwrap_or(u32::MAX).max(1);
        let wait = state.mean.saturating_mul(ahead) / threads;
        let all_max = self.threads.saturating_mul(JOBS_PER_THREAD_MAX);
        if wait > self.wait_max || !state.lanes.has_room(tenant, all_max) {
            drop(state);
            metrics::counter!(names::REFUSED).increment(1);
            return Err(Busy::after(wait));
        }
        state.lanes.take_place(tenant, marked);
        Ok(())
    }

    pub(super) fn give_back_place(&self, tenant: TenantId, marked: bool) {
        self.state().lanes.give_back_place(tenant, marked);
    }

    /// Turns a place into a job. After the stop the job is dropped, and with it the reply that its caller awaits.
    pub(super) fn submit(&self, tenant: TenantId, marked: bool, work: Work) -> Ticket {
        let job = Job { submitted: stopwatch::now(), work };
        let mut state = self.state();
        let ticket = state.lanes.push(tenant, marked, job);
        let dropped = if state.stopped { state.lanes.remove(tenant, ticket) } else { None };
        drop(state);
        drop(dropped);
        self.wake.notify_one();
        ticket
    }

    /// Drops a job that nobody waits for, unless a thread has it already; whether it was still waiting.
    pub(super) fn withdraw(&self, tenant: TenantId, ticket: Ticket) -> bool {
        let withdrawn = self.state().lanes.remove(tenant, ticket);
        withdrawn.is_some() // dropped outside the lock: that wipes a password
    }

    /// One measurement on every thread at once.
    pub(super) fn measure(&self, cost: Cost, warm_ups: u32, timed: u32, tell: &dyn Fn() -> Tell) {
        for _ in 0..self.threads {
            let tell = tell();
            self.add_chore(Chore::Measure { cost, warm_ups, timed, tell });
        }
    }

    pub(super) fn add_chore(&self, chore: Chore) {
        let mut state = self.state();
        if !state.stopped {
            state.chores.push_back(chore);
        }
        drop(state);
        self.wake.notify_one();
    }

    /// The next task, waiting for it; none once stopped. A thread that has waited for `idle_after` gives its memory
    /// back and waits on.
    pub(super) fn next(&self, thread: usize, engine: &mut Engine) -> Option<Task> {
        let idle_since = stopwatch::now();
        let mut state = self.state();
        loop {
            if state.stopped {
                return None;
            }
            if let Some(chore) = state.chores.pop_front() {
                return Some(Task::Chore(chore));
            }
            if let Some(job) = state.lanes.next() {
                return Some(Task::Job(job));
            }
            if engine.kept_kib() == 0 {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let left = self.idle_after.saturating_sub(idle_since.elapsed());
            if left.is_zero() {
                drop(state);
                engine.give_back();
                self.note_kept(thread, engine.kept_kib());
                state = self.state();
                continue;
            }
            let woken = self.wake.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What is waiting is dropped; what has started ends.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        let dropped = (std::mem::replace(&mut state.lanes, Lanes::new()), std::mem::take(&mut state.chores));
        drop(state);
        drop(dropped);
        self.wake.notify_all();
    }

    /// A job held its thread for `took`.
    pub(super) fn note_job(&self, took: Duration) {
        let mut state = self.state();
        let mean = state.mean;
        state.mean = mean.saturating_sub(mean / MEAN_WEIGHT).saturating_add(took / MEAN_WEIGHT);
    }

    /// What a job is taken to cost until jobs have run.
    pub(super) fn expect_jobs_of(&self, took: Duration) {
        self.state().mean = took;
    }

    pub(super) fn note_hashes(&self, count: u64) {
        self.hashes.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn hashes(&self) -> u64 {
        self.hashes.load(Ordering::Relaxed)
    }

    pub(super) fn note_cpu(&self, thread: usize, clock: Duration) {
        if let Some(gauges) = self.gauges.get(thread) {
            gauges.cpu_nanos.store(u64::try_from(clock.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    pub(super) fn cpu(&self) -> Duration {
        let nanos = self.gauges.iter().map(|gauges| gauges.cpu_nanos.load(Ordering::Relaxed));
        Duration::from_nanos(nanos.fold(0, u64::saturating_add))
    }

    pub(super) fn note_kept(&self, thread: usize, kib: usize) {
        if let Some(gauges) = self.gauges.get(thread) {
            gauges.kept_kib.store(kib, Ordering::Relaxed);
        }
    }

    pub(super) fn kept_kib(&self) -> usize {
        self.gauges.iter().map(|gauges| gauges.kept_kib.load(Ordering::Relaxed)).fold(0, usize::saturating_add)
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.state().lanes.len()
    }
}
