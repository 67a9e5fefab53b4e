use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use countersign_domain::Secret;

use super::cost::Cost;
use super::engine::{Engine, Input};
use super::params::Params;
use super::phc::{Kind, NEW_SALT_BYTES, NEW_TAG_BYTES, PhcHash, SHA_CRYPT_PASSWORD_BYTES_MAX, Version};
use super::place::Verified;
use super::shared::{Chore, Job, Shared, Task, Work};
use super::step::SETTLE_ALLOWANCE;
use super::{HashFault, names, stopwatch};

/// The life of one hash thread.
pub(super) fn run(shared: &Shared, index: usize) {
    lower_priority(shared);
    let mut worker = Worker { shared, index, engine: Engine::new(shared.library) };
    while let Some(task) = shared.next(index, &mut worker.engine) {
        metrics::gauge!(names::BUSY).increment(1.0);
        // A thread lost is capacity lost until the restart. What a panic may have left behind is the engine: replaced.
        if catch_unwind(AssertUnwindSafe(|| worker.perform(task))).is_err() {
            tracing::error!(library = %shared.library, "a hash thread panicked and goes on with new memory");
            worker.engine = Engine::new(shared.library);
        }
        metrics::gauge!(names::BUSY).decrement(1.0);
    }
}

/// So that refresh, logout and health answers stay quick while every core hashes. On Linux a priority is a thread's.
fn lower_priority(shared: &Shared) {
    let done = rustix::process::setpriority_process(Some(rustix::thread::gettid()), shared.nice);
    if let Err(error) = done
        && !shared.nice_refused.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(%error, nice = shared.nice, "hash threads keep the normal priority: the system refused a lower one");
    }
}

struct Worker<'a> {
    shared: &'a Shared,
    index: usize,
    engine: Engine,
}

impl Worker<'_> {
    fn perform(&mut self, task: Task) {
        match task {
            Task::Job(job) => self.run_job(job),
            Task::Chore(Chore::Measure { cost, warm_ups, timed, tell }) => {
                let longest = self.measure(cost, warm_ups, timed);
                self.note_thread();
                tell(longest);
            }
            #[cfg(test)]
            Task::Chore(Chore::Hold(taken, until)) => {
                let _ = taken.send(());
                let _ = until.recv();
            }
        }
    }

    fn run_job(&mut self, job: Job) {
        let started = stopwatch::now();
        metrics::histogram!(names::QUEUE_SECONDS).record(started.duration_since(job.submitted));
        match job.work {
            Work::Verify { password, candidates, decoy, reply } => {
                let matched = self.first_match(&password, &candidates, decoy);
                drop(password);
                let took = self.note_job(started);
                let of_decoy = candidates.is_empty().then_some(Cost::from(decoy));
                let costs = candidates.iter().map(PhcHash::cost).chain(of_decoy);
                self.shared.steps.raise(costs, took.saturating_add(SETTLE_ALLOWANCE));
                let started = started.into();
                // Whether anybody still listens is no matter: the permit was the job's.
                let _ = reply.send(matched.map(|matched| Verified { matched, started, took }));
            }
            Work::Make { password, params, salt, reply } => {
                let made = self.make(&password, params, salt);
                drop(password);
                self.note_job(started);
                let _ = reply.send(made);
            }
            Work::Decrypt { key, fields, reply } => {
                let opened = key.decrypt_texts(&fields).map_err(|_| HashFault::Decrypt);
                drop(fields);
                metrics::histogram!(names::DECRYPT_SECONDS).record(started.elapsed());
                self.note_thread();
                let _ = reply.send(opened);
            }
            Work::Judge { password, known, reply } => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let strength = crate::strength(&password, &known);
                drop(password);
                self.note_thread();
                let _ = reply.send(Ok(strength));
            }
        }
    }

    fn first_match(
        &mut self,
        password: &Secret,
        candidates: &[PhcHash],
        decoy: Params,
    ) -> Result<Option<usize>, HashFault> {
        if candidates.is_empty() && crate::leaks::decoy_left_out() {
            return Ok(None);
        }
        if candidates.is_empty() {
            let salt = vec![0; NEW_SALT_BYTES];
            let never = PhcHash::argon2id(decoy, salt, vec![0; NEW_TAG_BYTES]);
            black_box(self.matches(password, &never)?);
            return Ok(None);
        }
        for (index, candidate) in candidates.iter().enumerate() {
            if self.matches(password, candidate)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    fn matches(&mut self, password: &Secret, hash: &PhcHash) -> Result<bool, HashFault> {
        self.timed(|engine| hash.is_of(password.expose().as_bytes(), engine))
    }

    fn make(&mut self, password: &Secret, params: Params, salt: [u8; NEW_SALT_BYTES]) -> Result<PhcHash, HashFault> {
        let mut tag = vec![0; NEW_TAG_BYTES];
        let (kind, version) = (Kind::Id, Version::V19);
        let password = password.expose().as_bytes();
        let input = Input { kind, version, params, password, salt: &salt, secret: &[], data: &[] };
        self.timed(|engine| engine.tag(&input, &mut tag))?;
        Ok(PhcHash::argon2id(params, salt.to_vec(), tag))
    }

    /// One hash of a job.
    fn timed<T>(&mut self, hash: impl FnOnce(&mut Engine) -> Result<T, HashFault>) -> Result<T, HashFault> {
        let started = stopwatch::now();
        let made = hash(&mut self.engine);
        self.shared.note_hashes(1);
        metrics::histogram!(names::HASH_SECONDS).record(started.elapsed());
        made
    }

    fn measure(&mut self, cost: Cost, warm_ups: u32, timed: u32) -> Result<Duration, HashFault> {
        let hash = match cost {
            Cost::Argon2(params) => PhcHash::argon2id(params, vec![0; NEW_SALT_BYTES], vec![0; NEW_TAG_BYTES]),
            Cost::Imported(class) => PhcHash::measure_of(class),
        };
        let mut longest = Duration::ZERO;
        for turn in 0..warm_ups.saturating_add(timed) {
            let started = stopwatch::now();
            // The longest password that any scheme takes longer for.
            black_box(hash.is_of(&[b'p'; SHA_CRYPT_PASSWORD_BYTES_MAX], &mut self.engine)?);
            if turn >= warm_ups {
                longest = longest.max(started.elapsed());
            }
        }
        Ok(longest)
    }

    /// Before the reply, so that whoever got it sees these figures.
    fn note_job(&self, started: Instant) -> Duration {
        let took = started.elapsed();
        self.shared.note_job(took);
        self.note_thread();
        took
    }

    fn note_thread(&self) {
        let clock = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        self.shared.note_cpu(self.index, Duration::try_from(clock).unwrap_or_default());
        self.shared.note_kept(self.index, self.engine.kept_kib());
    }
}
