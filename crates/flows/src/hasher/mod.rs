//! The hashing pool: every password of the service is hashed, verified and judged here, and encrypted fields are opened.
//!
//! One thread for each core, each with its own memory on huge pages, mapped once, wiped after every hash, given back
//! when idle. They run at a lower priority than everything else. A login takes a [`Place`] first, which is refused at
//! once when its turn would come too late, and turns it into a job later; a job owns its thread until it ends,
//! whoever hung up. Each tenant has a lane, lanes are served in turn, so a flood fills its own lane only.
//!
//! What never happens here: no password, salt or tag is logged or printed; no text from a row decides how much memory
//! or time a hash takes beyond the caps of [`Params`] and `domain::imported_cost`; no hash runs outside these threads.
//!
//! To add a scheme for imported hashes: its cost and caps in `domain::imported_cost`, a file in `phc/` with its text and
//! its verification, a variant of `phc::Scheme`, what other systems write for it in `phc/foreign.rs`.

mod arena;
mod cost;
mod engine;
mod lanes;
mod params;
mod phc;
mod place;
mod self_test;
mod shared;
mod step;
mod stopwatch;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use countersign_domain::TenantId;

pub use cost::Cost;
pub use engine::Library;
pub use params::{BadParams, Params};
pub use phc::{
    BadHash, FOREIGN_BYTES_MAX, FirebaseKeys, NEW_SALT_BYTES, NEW_TAG_BYTES, PHC_BYTES_MAX, PhcHash, base64,
};
pub use place::{Busy, Place, Verified};
pub use step::{SETTLE_ALLOWANCE, leave_at_step};

use shared::Shared;

/// The pool's metrics, without labels.
pub mod names {
    /// Histogram: seconds from a job's submission to its start.
    pub const QUEUE_SECONDS: &str = "countersign_hash_queue_seconds";
    /// Histogram: seconds of one hash.
    pub const HASH_SECONDS: &str = "countersign_hash_seconds";
    /// Histogram: seconds of opening the encrypted fields of one request.
    pub const DECRYPT_SECONDS: &str = "countersign_decrypt_seconds";
    /// Counter: places refused.
    pub const REFUSED: &str = "countersign_hash_refused_total";
    /// Gauge: threads at work.
    pub const BUSY: &str = "countersign_hash_threads_busy";
}

/// At start each thread hashes this often unmeasured (its memory is mapped then) and this often by the clock.
const START_WARM_UPS: u32 = 1;
const START_TIMED: u32 = 2;

/// A start that has not measured by then has threads that do not hash.
const START_WAIT_MAX: Duration = Duration::from_secs(30);

/// How a pool is set up.
pub struct HasherConfig {
    /// Hash threads; 0 for one on each core.
    pub threads: usize,
    /// The library wanted; [`Hasher::library`] says which was taken.
    pub library: Library,
    /// The threads' scheduling priority, 0 (normal) to 19 (lowest).
    pub nice: i32,
    /// A place that would wait longer is refused.
    pub wait_max: Duration,
    /// A thread without work for as long gives its memory back.
    pub idle_after: Duration,
    /// The parameters that most tenants use: their step is measured at start.
    pub usual: Params,
    /// Fresh random bytes, from which the self-test makes its inputs.
    pub seed: [u8; 32],
}

impl HasherConfig {
    /// Every setting at its default.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            threads: 0,
            library: Library::default(),
            nice: 10,
            wait_max: Duration::from_secs(2),
            idle_after: Duration::from_secs(60),
            usual: Params::DEFAULT,
            seed,
        }
    }
}

/// The pool. Dropped, it waits for what has started and drops what has not.
pub struct Hasher {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// One measurement at a time: two would measure each other.
    measuring: tokio::sync::Mutex<()>,
}

impl Hasher {
    /// Tests the library, starts the threads and measures the usual step; some 70 ms, blocking.
    pub fn start(config: HasherConfig) -> Result<Self, StartFault> {
        let library = self_test::choose(config.library, &config.seed, config.usual)?;
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let count = if config.threads == 0 { cores() } else { config.threads };
        let usual = config.usual;
        let mut hasher = Self {
            shared: Arc::new(Shared::new(config, count, library)),
            threads: Vec::with_capacity(count),
            measuring: tokio::sync::Mutex::new(()),
        };
        for index in 0..count {
            let shared = Arc::clone(&hasher.shared);
            let thread = std::thread::Builder::new().name(format!("hash-{index}"));
            let thread = thread.spawn(move || worker::run(&shared, index));
            hasher.threads.push(thread.map_err(|_| StartFault::Thread)?);
        }
        hasher.measure_usual(usual)?;
        Ok(hasher)
    }

    fn measure_usual(&self, usual: Params) -> Result<(), StartFault> {
        let (tell, told) = mpsc::channel();
        self.shared.measure(usual.into(), START_WARM_UPS, START_TIMED, &|| {
            let tell = tell.clone();
            Box::new(move |took| {
                let _ = tell.send(took);
            })
        });
        let mut longest = Duration::ZERO;
        for _ in 0..self.shared.threads {
            let took = told.recv_timeout(START_WAIT_MAX).map_err(|_| StartFault::Measure(HashFault::Stopped))?;
            longest = longest.max(took.map_err(StartFault::Measure)?);
        }
        self.shared.steps.learn(usual.into(), longest);
        self.shared.expect_jobs_of(longest);
        Ok(())
    }

    /// A place in the tenant's lane. `marked`: the request presented a valid device mark.
    pub fn place(&self, tenant: TenantId, marked: bool) -> Result<Place, Busy> {
        Place::take(&self.shared, tenant, marked)
    }

    /// The step of a tenant that holds hashes of these costs (its own among them): failed answers leave at a multiple of
    /// it. A cost never seen before is measured, on every thread at once, before this returns.
    pub async fn step(&self, costs: &[Cost]) -> Duration {
        let mut step = Duration::ZERO;
        for cost in costs {
            step = step.max(self.step_of(*cost).await);
        }
        step
    }

    async fn step_of(&self, cost: Cost) -> Duration {
        let steps = &self.shared.steps;
        if let Some(known) = steps.known(cost) {
            return known;
        }
        let _alone = self.measuring.lock().await;
        if let Some(known) = steps.known(cost) {
            return known;
        }
        let longest = if steps.has_room() { self.measure(cost).await } else { None };
        match longest {
            Some(longest) => steps.learn(cost, longest),
            None => steps.reckoned(cost),
        }
    }

    /// The longest of one hash on each thread; none if one failed.
    async fn measure(&self, cost: Cost) -> Option<Duration> {
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        self.shared.measure(cost, 0, 1, &|| {
            let tell = tell.clone();
            Box::new(move |took| {
                let _ = tell.send(took);
            })
        });
        drop(tell);
        let mut longest = None;
        while let Some(took) = told.recv().await {
            longest = longest.max(Some(took.ok()?));
        }
        longest
    }

    /// A failed login took `took` from its job's start until its answer was ready. If that is longer than the largest
    /// step of `costs`, that one is raised at once. Jobs that outlast it by themselves do so without this.
    pub fn raise_step(&self, costs: &[Cost], took: Duration) {
        self.shared.steps.raise(costs.iter().copied(), took);
    }

    /// The library that hashes, after the self-test.
    pub fn library(&self) -> Library {
        self.shared.library
    }

    /// How many threads hash.
    pub fn threads(&self) -> usize {
        self.shared.threads
    }

    /// How many hashes jobs have run, decoys included, measurements not.
    pub fn hashes_run(&self) -> u64 {
        self.shared.hashes()
    }

    /// The memory that the threads keep for their next hashes, in KiB; none once all have been idle long enough.
    pub fn memory_kept_kib(&self) -> usize {
        self.shared.kept_kib()
    }

    /// The processor time of all hash threads, by their own clocks as of each one's last job.
    pub fn thread_cpu(&self) -> Duration {
        self.shared.cpu()
    }
}

impl Drop for Hasher {
    fn drop(&mut self) {
        self.shared.stop();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Something is broken: a job ended without a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashFault {
    /// The pool was stopped, or the thread failed, before the job was done.
    #[error("the hashing pool stopped before the hash was done")]
    Stopped,
    /// The system has no memory for the hash.
    #[error("no memory for the hash")]
    Memory,
    /// The library refused inputs that are within Argon2's bounds.
    #[error("the hashing library failed")]
    Library,
    /// The library could not do the operation of a private key.
    #[error("the private-key operation failed")]
    Decrypt,
}

/// Why a pool does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartFault {
    /// Neither library gives RFC 9106's vector on this machine.
    #[error("the hashing self-test failed: no library gives the test vector of RFC 9106 on this machine")]
    SelfTest,
    /// The system allows no more threads.
    #[error("the system refused to start a hash thread")]
    Thread,
    /// The threads do not hash.
    #[error("the hash threads could not be measured: {0}")]
    Measure(#[source] HashFault),
}
