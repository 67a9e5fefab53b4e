//! `bench pool`: the hashing pool's rate ÷ a bare loop of `argon2-rust`'s pooled hasher on as many threads, and beside
//! it what the crate `argon2` reaches with kept and with fresh memory.
//!
//! All four run alternately, at the same scheduling priority, with the default parameters and right passwords, so
//! that neighbours on the machine and its temperature touch them alike. Each round's ratio is its own.
#![expect(clippy::disallowed_methods, reason = "a bench measures on the real clock")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use countersign_domain::{Secret, TenantId};
use countersign_flows::hasher::{Hasher, HasherConfig, Params, PhcHash};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(3);

/// Before a round counts, caches and clocks settle.
const WARM_UP: Duration = Duration::from_millis(300);

/// Logins in flight, as in the bench of logins over HTTP.
const IN_FLIGHT: usize = 64;

/// On a busy machine 64 jobs may need longer than a login may wait; here every one counts.
const WAIT_MAX: Duration = Duration::from_secs(60);

const PASSWORD: &str = "Password@1";
const SALT: [u8; 16] = [7; 16];

const TARGET: f64 = 0.97;

/// Hashes a second of one round, by the wall and by the hashing threads' own clocks.
#[derive(Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
}

/// Measures and prints the table. Takes about two minutes.
pub(crate) fn run() -> anyhow::Result<()> {
    let begun = Instant::now();
    let pool = Pool::start()?;
    println!(
        "pool: {} threads, {}, {}, started in {:.0} ms; {ROUNDS} rounds of {:.0} s each\n",
        pool.hasher.threads(),
        pool.hasher.library(),
        Params::DEFAULT,
        begun.elapsed().as_secs_f64() * 1e3,
        ROUND.as_secs_f64(),
    );
    let threads = pool.hasher.threads();
    let mut rounds: [Vec<Rate>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let [bare, pooled, kept, fresh] = &mut rounds;
        bare.push(bare_loop(threads, argon2_rust_kept)?);
        pooled.push(pool.rate()?);
        kept.push(bare_loop(threads, argon2_kept)?);
        fresh.push(bare_loop(threads, argon2_fresh)?);
    }
    print_table(&rounds)
}

fn print_table(rounds: &[Vec<Rate>; 4]) -> anyhow::Result<()> {
    let names = ["argon2-rust, bare loop", "the pool", "argon2, kept memory", "argon2, fresh memory"];
    println!(
        "{:<24}{:>10}{:>14}{:>28}{:>28}",
        "", "hashes/s", "a CPU second", "÷ bare loop (min to max)", "the same a CPU second"
    );
    let bare = rounds.first().context("no rounds")?;
    let mut reached = 0.0;
    for (name, rates) in names.into_iter().zip(rounds) {
        let wall = spread(rates.iter().zip(bare).map(|(rate, bare)| rate.wall / bare.wall))?;
        let cpu = spread(rates.iter().zip(bare).map(|(rate, bare)| rate.cpu / bare.cpu))?;
        let [_, by_wall, _] = spread(rates.iter().map(|rate| rate.wall))?;
        let [_, by_cpu, _] = spread(rates.iter().map(|rate| rate.cpu))?;
        println!("{name:<24}{by_wall:>10.1}{by_cpu:>14.1}{:>28}{:>28}", ratio(wall), ratio(cpu));
        if name == "the pool" {
            reached = wall[1];
        }
    }
    let verdict = if reached >= TARGET { "reached" } else { "missed" };
    println!("\ntarget: the pool at least {TARGET} of the bare loop: {reached:.3}, {verdict}");
    Ok(())
}

fn ratio([least, median, most]: [f64; 3]) -> String {
    format!("{median:.3} ({least:.3} to {most:.3})")
}

/// Least, median, most.
fn spread(values: impl Iterator<Item = f64>) -> anyhow::Result<[f64; 3]> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let median = values.get(values.len() / 2);
    match (values.first(), median, values.last()) {
        (Some(least), Some(median), Some(most)) => Ok([*least, *median, *most]),
        _ => Err(anyhow!("nothing was measured")),
    }
}

/// The hashing pool by itself, with neither HTTP nor store.
pub(crate) struct Pool {
    hasher: Arc<Hasher>,
    runtime: tokio::runtime::Runtime,
    hash: PhcHash,
}

impl Pool {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let hasher = Hasher::start(HasherConfig { wait_max: WAIT_MAX, ..HasherConfig::new([1; 32]) })?;
        let runtime = tokio::runtime::Runtime::new()?;
        let place = hasher.place(tenant(), false).map_err(|_| anyhow!("busy"))?;
        let hash = runtime.block_on(place.hash(Secret::new(PASSWORD), Params::DEFAULT, SALT))?;
        let hasher = Arc::new(hasher);
        Ok(Self { hasher, runtime, hash })
    }

    /// `IN_FLIGHT` logins at a time, each verified by the pool.
    pub(crate) fn rate(&self) -> anyhow::Result<Rate> {
        self.runtime.block_on(async {
            let ended = Arc::new(AtomicBool::new(false));
            let logins: Vec<_> = (0..IN_FLIGHT)
                .map(|_| tokio::spawn(log_in(Arc::clone(&self.hasher), self.hash.clone(), Arc::clone(&ended))))
                .collect();
            tokio::time::sleep(WARM_UP).await;
            let (hashes, cpu, begun) = (self.hasher.hashes_run(), self.hasher.thread_cpu(), Instant::now());
            tokio::time::sleep(ROUND).await;
            let wall = begun.elapsed();
            let (hashes, cpu) = (self.hasher.hashes_run() - hashes, self.hasher.thread_cpu() - cpu);
            ended.store(true, Ordering::Relaxed);
            for login in logins {
                login.await??;
            }
            Ok(rate(hashes, wall, cpu))
        })
    }
}

async fn log_in(hasher: Arc<Hasher>, hash: PhcHash, ended: Arc<AtomicBool>) -> anyhow::Result<()> {
    while !ended.load(Ordering::Relaxed) {
        let place = hasher.place(tenant(), false).map_err(|_| anyhow!("the pool refused a place"))?;
        let verified = place.verify(Secret::new(PASSWORD), vec![hash.clone()], Params::DEFAULT).await?;
        ensure!(verified.matched == Some(0), "the right password did not match");
    }
    Ok(())
}

fn tenant() -> TenantId {
    TenantId::from_uuid(uuid::Uuid::nil())
}

fn rate(hashes: u64, wall: Duration, cpu: Duration) -> Rate {
    let hashes = hashes as f64;
    Rate { wall: hashes / wall.as_secs_f64(), cpu: hashes / cpu.as_secs_f64() }
}

/// A loop of nothing but hashes on each of `threads` threads at the pool's priority. `make` sets a thread up and gives
/// its hash.
fn bare_loop<H: FnMut() -> anyhow::Result<()>>(
    threads: usize,
    make: fn() -> anyhow::Result<H>,
) -> anyhow::Result<Rate> {
    let (counting, ended) = (AtomicBool::new(false), AtomicBool::new(false));
    let hashes = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let one = || -> anyhow::Result<Duration> {
            rustix::process::setpriority_process(Some(rustix::thread::gettid()), HasherConfig::new([0; 32]).nice)?;
            let mut hash = make()?;
            let mut counted_from = None;
            while !ended.load(Ordering::Relaxed) {
                hash()?;
                if counting.load(Ordering::Relaxed) {
                    counted_from.get_or_insert_with(thread_clock);
                    hashes.fetch_add(1, Ordering::Relaxed);
                }
            }
            Ok(thread_clock().saturating_sub(counted_from.unwrap_or_default()))
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        std::thread::sleep(WARM_UP);
        let begun = Instant::now();
        counting.store(true, Ordering::Relaxed);
        std::thread::sleep(ROUND);
        let wall = begun.elapsed();
        ended.store(true, Ordering::Relaxed);
        let mut cpu = Duration::ZERO;
        for worker in workers {
            cpu += worker.join().map_err(|_| anyhow!("a bare loop panicked"))??;
        }
        Ok(rate(hashes.load(Ordering::Relaxed), wall, cpu))
    })
}

fn thread_clock() -> Duration {
    Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime)).unwrap_or_default()
}

fn argon2_rust_kept() -> anyhow::Result<impl FnMut() -> anyhow::Result<()>> {
    let params = argon2_rust::Params::DEFAULT.to_builder().threads(1).build()?;
    ensure!(params.memory_kib() == Params::DEFAULT.memory_kib() && params.passes() == Params::DEFAULT.iterations());
    let (algorithm, version) = (argon2_rust::Algorithm::Argon2id, argon2_rust::Version::V0x13);
    let mut hasher = argon2_rust::Argon2::new(algorithm, version, params).hasher();
    Ok(move || Ok(hasher.hash_into(PASSWORD.as_bytes(), &SALT, &mut [0; 32])?))
}

fn argon2_kept() -> anyhow::Result<impl FnMut() -> anyhow::Result<()>> {
    let argon2 = argon2_crate();
    let mut memory = vec![argon2::Block::new(); argon2.params().block_count()];
    Ok(move || Ok(argon2.hash_password_into_with_memory(PASSWORD.as_bytes(), &SALT, &mut [0; 32], &mut memory)?))
}

fn argon2_fresh() -> anyhow::Result<impl FnMut() -> anyhow::Result<()>> {
    let argon2 = argon2_crate();
    Ok(move || Ok(argon2.hash_password_into(PASSWORD.as_bytes(), &SALT, &mut [0; 32])?))
}

fn argon2_crate() -> argon2::Argon2<'static> {
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, argon2::Params::DEFAULT)
}
