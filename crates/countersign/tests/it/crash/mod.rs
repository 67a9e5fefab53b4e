//! The program killed in the middle of its work, again and again, on the same store: between the reservation of an
//! attempt and its settlement, between a commit and its answer, wherever it is. Whatever was answered still holds
//! afterwards. On PostgreSQL it is the program that is killed, not the database.

mod person;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign_domain::audit::{Event, Personal};
use countersign_domain::{AccountId, Kind, Settings, TenantId};
use countersign_store::{EventFilter, Store};

use crate::program::{Caller, Engine, House};
use person::{Chance, Kept, Person};

/// People who use the program at once.
const PEOPLE: u64 = 24;
/// Kills of the sample and of the whole proof.
const KILLS: (u32, u32) = (5, 200);
/// Answers that it gives between two kills: at least so many, and as many more at random, then a moment.
const ANSWERS: (u64, usize) = (40, 260);
const MOMENT_MICROS: usize = 20_000;
/// Longer than it takes a machine under load to answer as many.
const ANSWERS_WAIT_MAX: Duration = Duration::from_secs(30);

/// Whether the long proof is wanted, which `./dev/prove` says.
#[expect(clippy::disallowed_methods, reason = "no setting of the product: it says how long a test may take")]
fn kills() -> u32 {
    if std::env::var("COUNTERSIGN_PROOF").is_ok_and(|proof| proof == "whole") { KILLS.1 } else { KILLS.0 }
}

async fn nothing_that_was_answered_is_lost(engine: Engine) {
    // Locks end within the test, windows do not.
    let settings = Settings { lockout_seconds: 15, lockout_window_seconds: 86_400, ..Settings::default() };
    let house = House::of_sandbox(engine, settings).await;
    let mut people: Vec<_> = (0..PEOPLE).map(Person::new).collect();
    let emails: Vec<_> = people.iter().map(|person| person.email.clone()).collect();
    let accounts = house.creates(&emails).await;
    let (mut chance, mut names) = (Chance(1), BTreeMap::new());
    let kills = kills();
    for _ in 0..kills {
        let program = house.start().await;
        let caller = house.caller(&program);
        look_back(&house, &caller, &mut people, &accounts, &mut names).await;
        let answered = Arc::new(AtomicU64::new(0));
        let work = tokio::spawn(work(people, caller, Arc::clone(&answered)));
        wait_for(&answered, ANSWERS.0 + chance.of(ANSWERS.1) as u64).await;
        tokio::time::sleep(Duration::from_micros(chance.of(MOMENT_MICROS) as u64)).await;
        program.kill();
        people = work.await.unwrap();
    }
    let program = house.start().await;
    look_back(&house, &house.caller(&program), &mut people, &accounts, &mut names).await;
    program.kill();
    trail_is_whole(&house, &people, &accounts).await;
    println!("{kills} kills on {engine:?}: {:?}", person::Told::sum(people.iter().map(|person| &person.told)));
}

async fn wait_for(answered: &AtomicU64, count: u64) {
    let come = async {
        while answered.load(Ordering::Relaxed) < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(ANSWERS_WAIT_MAX, come).await.expect("it answers nobody");
}

/// Everybody at once, until the program is gone.
async fn work(people: Vec<Person>, caller: Caller, answered: Arc<AtomicU64>) -> Vec<Person> {
    let tasks = people.into_iter().map(|mut person| {
        let (caller, answered) = (caller.clone(), Arc::clone(&answered));
        tokio::spawn(async move {
            person.live(&caller, &answered).await;
            person
        })
    });
    all(tasks.collect()).await
}

async fn all<T>(tasks: Vec<tokio::task::JoinHandle<T>>) -> Vec<T> {
    let mut out = Vec::new();
    for task in tasks {
        out.push(task.await.unwrap());
    }
    out
}

async fn look_back(
    house: &House,
    caller: &Caller,
    people: &mut Vec<Person>,
    accounts: &[AccountId],
    names: &mut BTreeMap<AccountId, [u8; 32]>,
) {
    let (store, tenant) = (house.store().await, house.tenant.as_ref().unwrap().id);
    if names.len() < accounts.len() {
        learn_names(&store, tenant, names).await;
    }
    let mut tasks = Vec::new();
    for (mut person, id) in std::mem::take(people).into_iter().zip(accounts) {
        let kept = kept(&store, tenant, names.get(id)).await;
        let caller = caller.clone();
        tasks.push(tokio::spawn(async move {
            person.looks_back(&caller, &kept).await.expect("nobody kills it now");
            person
        }));
    }
    *people = all(tasks).await;
}

/// What the store keeps of somebody, as it was written.
async fn kept(store: &Store, tenant: TenantId, name: Option<&[u8; 32]>) -> Kept {
    let Some(name) = name else { return Kept { failures: 0, is_locked: false } };
    let rows = store.tenant(tenant).counters_of(*name).await.unwrap();
    let counter = rows.iter().find(|(device, _)| device.is_none()).map(|(_, row)| row.of(Kind::Customer).clone());
    let counter = counter.unwrap_or_default();
    Kept { failures: counter.failures, is_locked: counter.is_locked_at(store.now()) }
}

/// The names that people are counted under, which only the trail tells.
async fn learn_names(store: &Store, tenant: TenantId, names: &mut BTreeMap<AccountId, [u8; 32]>) {
    for event in trail(store, tenant).await {
        if let (Some(subject), Personal::Kept { fields, .. }) = (event.subject, &event.personal)
            && let Some(name) = fields.name_hash
        {
            names.insert(subject, name);
        }
    }
}

async fn trail(store: &Store, tenant: TenantId) -> Vec<Event> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let filter = EventFilter { before, events_max: 200, ..EventFilter::default() };
        let page = store.tenant(tenant).events(filter).await.unwrap();
        all.extend(page.events);
        before = page.next;
        if before.is_none() {
            return all;
        }
    }
}

/// Every fact that was answered is told once; beyond these, at most what was lost on the way.
async fn trail_is_whole(house: &House, people: &[Person], accounts: &[AccountId]) {
    let (store, tenant) = (house.store().await, house.tenant.clone().unwrap());
    let mut counts = BTreeMap::<(Option<AccountId>, String), u32>::new();
    for event in trail(&store, tenant.id).await {
        let reason = event.reason.as_ref().map(|reason| format!(" {reason}")).unwrap_or_default();
        let what = format!("{} {}{reason}", event.action, event.outcome.as_str());
        *counts.entry((event.subject, what)).or_default() += 1;
    }
    for (person, id) in people.iter().zip(accounts) {
        let count = |what: &str| counts.get(&(Some(*id), what.to_owned())).copied().unwrap_or_default();
        let told = &person.told;
        let logins = told.logins..=told.logins + told.lost_rights;
        let failures = told.failures..=told.failures + told.locked + told.lost_wrongs;
        assert!(logins.contains(&count("login done")), "{told:?} {}", count("login done"));
        let failed = count("login refused wrong_password");
        assert!(failures.contains(&failed), "{told:?} {failed}");
        assert_eq!(count("logout done"), told.logouts, "{told:?}");
        assert_eq!(count("refresh_reused refused reused"), 0, "{told:?}");
    }
    drop(store);
    let flows = house.flows().await;
    flows.seal_events().await.unwrap();
    let report = flows.verify_trail(&tenant, None, None).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}

mod sqlite {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_that_was_answered_is_lost() {
        super::nothing_that_was_answered_is_lost(super::Engine::Sqlite).await;
    }
}

mod postgres {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_that_was_answered_is_lost() {
        super::nothing_that_was_answered_is_lost(super::Engine::Postgres).await;
    }
}
