use std::future::Future;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::time::Duration;

use countersign_domain::{ImportedCost, Secret, TenantId};
use uuid::Uuid;

use super::shared::Chore;
use super::*;

/// The cheapest hash there is, some 20 µs.
const TINY: (u32, u32, u32) = (8, 1, 1);

fn params((m, t, p): (u32, u32, u32)) -> Params {
    Params::new(m, t, p).unwrap()
}

fn config(threads: usize) -> HasherConfig {
    HasherConfig { threads, usual: params(TINY), ..HasherConfig::new([7; 32]) }
}

fn one_thread() -> Hasher {
    Hasher::start(config(1)).unwrap()
}

fn tenant(number: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(number))
}

fn place(hasher: &Hasher, number: u128) -> Place {
    hasher.place(tenant(number), false).unwrap()
}

async fn hash_of(hasher: &Hasher, password: &str) -> PhcHash {
    let salt = [password.len() as u8; NEW_SALT_BYTES];
    place(hasher, 9).hash(Secret::new(password), params(TINY), salt).await.unwrap()
}

async fn matched(hasher: &Hasher, password: &str, candidates: &[PhcHash]) -> Option<usize> {
    let job = place(hasher, 9).verify(Secret::new(password), candidates.to_vec(), params(TINY));
    job.await.unwrap().matched
}

/// Keeps the only thread of the pool busy, from now until the sender is dropped.
fn hold(hasher: &Hasher) -> mpsc::Sender<()> {
    let ((taken, is_taken), (release, until)) = (mpsc::channel(), mpsc::channel());
    hasher.shared.add_chore(Chore::Hold(taken, until));
    is_taken.recv().unwrap();
    release
}

/// Polls once and expects nothing yet.
fn pending(future: std::pin::Pin<&mut (impl Future + ?Sized)>) {
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[tokio::test]
async fn a_password_matches_its_hash_and_no_other() {
    let hasher = one_thread();
    let hash = hash_of(&hasher, "Password@1").await;
    assert!(hash.to_string().starts_with("$argon2id$v=19$m=8,t=1,p=1$CgoKCgoKCgoKCgoKCgoKCg$"));
    let stored = [PhcHash::parse(&hash.to_string()).unwrap()];
    assert_eq!(matched(&hasher, "Password@1", &stored).await, Some(0));
    assert_eq!(matched(&hasher, "password@1", &stored).await, None);
    assert_eq!(matched(&hasher, "", &stored).await, None);
}

#[tokio::test]
async fn candidates_are_tried_in_order_up_to_the_first_match() {
    let hasher = one_thread();
    let (first, second) = (hash_of(&hasher, "first one").await, hash_of(&hasher, "second").await);
    for (password, candidates, found, hashes) in [
        ("first one", vec![&first, &second], Some(0), 1),
        ("second", vec![&first, &second], Some(1), 2),
        ("third", vec![&first, &second], None, 2),
        ("second", vec![&second, &second], Some(0), 1),
        ("first one", vec![], None, 1),
    ] {
        let before = hasher.hashes_run();
        let candidates: Vec<PhcHash> = candidates.into_iter().cloned().collect();
        assert_eq!(matched(&hasher, password, &candidates).await, found, "{password} of {candidates:?}");
        assert_eq!(hasher.hashes_run() - before, hashes, "{password} of {candidates:?}");
    }
}

#[tokio::test]
async fn both_libraries_verify_each_others_hashes() {
    let with = |library| Hasher::start(HasherConfig { library, ..config(1) }).unwrap();
    let (fast, plain) = (with(Library::Argon2Rust), with(Library::Argon2));
    assert_eq!((fast.library(), plain.library()), (Library::Argon2Rust, Library::Argon2));
    let hash = hash_of(&fast, "Password@1").await;
    assert_eq!(hash.to_string(), hash_of(&plain, "Password@1").await.to_string());
    assert_eq!(matched(&plain, "Password@1", std::slice::from_ref(&hash)).await, Some(0));
}

#[tokio::test]
async fn a_decoy_costs_what_a_candidate_costs() {
    let hasher = one_thread();
    let cost = params((4096, 2, 1));
    let hash = place(&hasher, 1).hash(Secret::new("Password@1"), cost, [1; 16]).await.unwrap();
    let mut least = [Duration::MAX; 2];
    for _ in 0..30 {
        for (candidates, least) in [vec![hash.clone()], vec![]].into_iter().zip(&mut least) {
            let job = place(&hasher, 1).verify(Secret::new("guess"), candidates, cost);
            *least = (*least).min(job.await.unwrap().took);
        }
    }
    let [candidate, decoy] = least.map(|took| took.as_secs_f64());
    assert!((0.7..1.4).contains(&(decoy / candidate)), "decoy {decoy} s, candidate {candidate} s");
}

#[tokio::test]
async fn a_dropped_job_is_skipped_and_its_place_is_free() {
    let hasher = one_thread();
    let held = hold(&hasher);
    let before = hasher.hashes_run();
    {
        let mut dropped = pin!(place(&hasher, 1).verify(Secret::new("a"), vec![], params(TINY)));
        pending(dropped.as_mut());
        drop(place(&hasher, 1).verify(Secret::new("b"), vec![], params(TINY)));
        assert_eq!(hasher.shared.waiting(), 1, "never polled, but queued by the call and dropped");
    }
    drop(place(&hasher, 1));
    assert_eq!(hasher.shared.waiting(), 0);
    let kept = place(&hasher, 1).verify(Secret::new("c"), vec![], params(TINY));
    drop(held);
    kept.await.unwrap();
    assert_eq!(hasher.hashes_run() - before, 1);
}

#[tokio::test]
async fn only_a_job_that_has_not_started_can_be_withdrawn() {
    let hasher = one_thread();
    let held = hold(&hasher);
    let mut job = place(&hasher, 1).verify(Secret::new("a"), vec![], params(TINY));
    assert!(job.withdraw());
    assert!(!job.withdraw(), "once");
    assert_eq!(hasher.shared.waiting(), 0);
    assert_eq!(job.await.unwrap_err(), HashFault::Stopped);
    drop(held);
    let mut job = place(&hasher, 1).verify(Secret::new("b"), vec![], params((65_536, 2, 1)));
    while hasher.shared.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(!job.withdraw());
    assert_eq!(job.await.unwrap().matched, None);
    assert_eq!(hasher.hashes_run(), 1);
}

#[tokio::test]
async fn a_started_job_runs_to_its_end() {
    let hasher = one_thread();
    let long = place(&hasher, 1).verify(Secret::new("a"), vec![], params((65_536, 2, 1)));
    while hasher.shared.waiting() > 0 {
        tokio::task::yield_now().await;
    }
    drop(long);
    assert_eq!(matched(&hasher, "b", &[]).await, None);
    assert_eq!(hasher.hashes_run(), 2, "the dropped one held its thread until done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_comes_and_goes_leaves_nothing_behind() {
    let patient = HasherConfig { wait_max: Duration::from_secs(60), ..config(2) };
    let hasher = Arc::new(Hasher::start(patient).unwrap());
    let logins: Vec<_> = (0..400_u128)
        .map(|number| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move {
                let place = hasher.place(tenant(number % 7), number % 3 == 0).unwrap();
                tokio::task::yield_now().await;
                place.verify(Secret::new("guess"), vec![], params((64, 1, 1))).await.unwrap();
            })
        })
        .collect();
    for (number, login) in logins.iter().enumerate() {
        if number % 5 == 0 {
            login.abort();
        }
    }
    let mut done = 0;
    for (number, login) in logins.into_iter().enumerate() {
        match login.await {
            Ok(()) => done += 1,
            Err(gone) => assert!(gone.is_cancelled() && number % 5 == 0),
        }
    }
    assert!(done >= 320 && hasher.hashes_run() >= done);
    assert_eq!(hasher.shared.waiting(), 0);
}

#[tokio::test]
async fn a_lane_is_bounded_by_the_waiting_time_it_implies() {
    let hasher = Hasher::start(HasherConfig { wait_max: Duration::from_millis(2), ..config(1) }).unwrap();
    let held = hold(&hasher);
    hasher.shared.expect_jobs_of(Duration::from_micros(500));
    let mut places = Vec::new();
    let busy = loop {
        match hasher.place(tenant(1), false) {
            Ok(place) => places.push(place),
            Err(busy) => break busy,
        }
    };
    assert_eq!(places.len(), 5, "one that starts at once and four that are ahead: 2 ms");
    assert_eq!(busy.retry_after, Duration::from_secs(1));
    // The flood is its own lane's: other tenants and marked devices come in.
    places.push(hasher.place(tenant(2), false).unwrap());
    places.push(hasher.place(tenant(1), true).unwrap());
    assert!(hasher.place(tenant(1), false).is_err());
    places.truncate(3);
    places.push(hasher.place(tenant(1), false).unwrap());
    drop((held, places));
    assert_eq!(hasher.shared.waiting(), 0);
}

#[tokio::test]
async fn places_are_bounded_in_number() {
    let hasher = one_thread();
    hasher.shared.expect_jobs_of(Duration::ZERO);
    let fill = |number| (0..10_000).map_while(|_| hasher.place(tenant(number), false).ok()).collect::<Vec<_>>();
    let flood = fill(1);
    assert_eq!(flood.len(), 512);
    assert_eq!(fill(2).len(), 256, "its fair share, for who is not the flood");
}

#[tokio::test]
async fn tenants_and_marks_take_turns_on_the_threads() {
    let hasher = one_thread();
    let held = hold(&hasher);
    let (tell, told) = mpsc::channel();
    let mut tasks = Vec::new();
    for (name, number, marked) in
        [("a1", 1, false), ("a2", 1, false), ("a3", 1, false), ("a4", 1, true), ("a5", 1, true), ("b1", 2, false)]
    {
        let job = hasher.place(tenant(number), marked).unwrap();
        let job = job.verify(Secret::new(name), vec![], params(TINY));
        let tell = tell.clone();
        tasks.push(tokio::spawn(async move { tell.send((job.await.unwrap().started, name)).unwrap() }));
    }
    drop(held);
    for task in tasks {
        task.await.unwrap();
    }
    let mut order: Vec<_> = told.try_iter().collect();
    order.sort();
    let order: Vec<&str> = order.into_iter().map(|(_, name)| name).collect();
    assert_eq!(order, ["a4", "b1", "a1", "a5", "a2", "a3"]);
}

#[tokio::test]
async fn the_step_is_measured_at_start_and_at_first_use() {
    let hasher = Hasher::start(config(2)).unwrap();
    let tiny = Cost::from(params(TINY));
    let usual = hasher.shared.steps.known(tiny).unwrap();
    assert_eq!(hasher.step(&[tiny]).await, usual);
    let dear = Cost::from(params((8192, 2, 1)));
    assert_eq!(hasher.shared.steps.known(dear), None);
    let step = hasher.step(&[dear]).await;
    assert!(step > SETTLE_ALLOWANCE + Duration::from_millis(1), "{step:?}");
    assert_eq!(hasher.shared.steps.known(dear), Some(step));
    assert_eq!(hasher.step(&[dear, tiny]).await, step.max(usual));
    hasher.raise_step(&[tiny, dear], step * 2);
    assert_eq!(hasher.shared.steps.known(dear), Some(step * 2 + step / 4));
    let bcrypt = Cost::from(ImportedCost::Bcrypt { cost: 8 });
    let step = hasher.step(&[tiny, bcrypt]).await;
    assert_eq!(hasher.shared.steps.known(bcrypt), Some(step));
    assert_eq!(hasher.step(&[]).await, Duration::ZERO);
    assert_eq!(hasher.hashes_run(), 0, "measurements are not jobs");
}

#[tokio::test]
async fn an_ended_pool_ends_what_has_started_and_drops_the_rest() {
    let hasher = one_thread();
    let held = hold(&hasher);
    let late = place(&hasher, 1);
    let waiting = place(&hasher, 1).verify(Secret::new("a"), vec![], params(TINY));
    let ended = std::thread::spawn(move || drop(hasher));
    assert_eq!(waiting.await.unwrap_err(), HashFault::Stopped);
    assert!(!ended.is_finished(), "the thread is still held");
    drop(held);
    ended.join().unwrap();
    let late = late.verify(Secret::new("a"), vec![], params(TINY));
    assert_eq!(late.await.unwrap_err(), HashFault::Stopped);
}

#[tokio::test]
async fn a_panic_costs_one_job_and_no_thread() {
    let hasher = one_thread();
    let (tell, told) = mpsc::channel::<()>();
    hasher.shared.measure(params(TINY).into(), 0, 1, &|| {
        let tell = tell.clone();
        Box::new(move |_| {
            let _tell = tell;
            panic!("a planted panic, caught by the hash thread")
        })
    });
    drop(tell);
    assert!(told.recv().is_err());
    assert_eq!(matched(&hasher, "a", &[]).await, None);
}

#[tokio::test]
async fn the_threads_run_at_their_priority_and_keep_their_clock() {
    let hasher = one_thread();
    matched(&hasher, "a", &[]).await;
    let before = hasher.thread_cpu();
    let job = place(&hasher, 1).verify(Secret::new("a"), vec![], params((16_384, 1, 1)));
    let took = job.await.unwrap().took;
    let spent = hasher.thread_cpu() - before;
    assert!(spent > Duration::ZERO && spent <= took + Duration::from_millis(20), "{spent:?} of {took:?}");
    let nices: Vec<i64> = std::fs::read_dir("/proc/self/task").unwrap().filter_map(nice_of_hash_thread).collect();
    assert!(nices.contains(&10), "{nices:?}");
}

/// Field 19 of `/proc/…/stat` (proc(5)), the priority, where the thread is one of ours.
fn nice_of_hash_thread(task: std::io::Result<std::fs::DirEntry>) -> Option<i64> {
    let stat = std::fs::read_to_string(task.ok()?.path().join("stat")).ok()?;
    let (name, rest) = stat.rsplit_once(')')?;
    let nice = rest.split_whitespace().nth(16)?;
    if name.ends_with("(hash-0") { nice.parse().ok() } else { None }
}

#[tokio::test]
async fn memory_is_kept_between_jobs_and_given_back_when_idle() {
    for library in [Library::Argon2Rust, Library::Argon2] {
        let with = |idle_after| Hasher::start(HasherConfig { library, idle_after, ..config(1) }).unwrap();
        let (keeps, gives) = (with(Duration::from_secs(60)), with(Duration::from_millis(20)));
        for hasher in [&keeps, &gives] {
            place(hasher, 1).verify(Secret::new("a"), vec![], params((8192, 1, 1))).await.unwrap();
        }
        while gives.memory_kept_kib() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(keeps.memory_kept_kib(), 8192, "{library}");
        place(&gives, 1).verify(Secret::new("a"), vec![], params((8192, 1, 1))).await.unwrap();
    }
}
