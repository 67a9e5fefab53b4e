//! `bench growth`: what a login costs besides its hash in stores of ten thousand to a million accounts, and how many
//! bytes an account and a session take.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use countersign_domain::audit::Action;
use countersign_domain::lockout::Policy;
use countersign_domain::session::{Client, EndReason, Life, NewSession};
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{Account, Email, Kind, SessionId, TenantId};
use countersign_flows::{Flows, Random};
use countersign_store::{CounterKey, RightPassword, SettleAttempt, Settlement, Verdict};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::options::{Options, on_one_thread};
use crate::process::bytes_on_disk;
use crate::requests::{self, PASSWORD};
use crate::server::Server;
use crate::side::{PATIENT, SINGLE, TENANT};
use crate::stats::Spread;
use crate::table::{Table, Target};
use crate::wire::Connection;
use crate::world::{Engine, People, Site, World, add_people, add_tenant, event, seal_all};

/// Logins of one round, one after the other.
const LOGINS: usize = 150;
/// Sessions whose bytes are counted.
const SESSIONS: usize = 20_000;
/// Flat: no more than this many times the smallest store's.
const FLAT: f64 = 1.3;
const AT_ONCE: usize = 256;
const HASH_SECONDS: &str = "countersign_hash_seconds";
const QUEUE_SECONDS: &str = "countersign_hash_queue_seconds";
/// SQLite's last connection empties the log as it closes, a moment after the store is dropped.
const LOG_WAIT_MAX: Duration = Duration::from_secs(30);

/// A store of one size, served.
struct Sized {
    size: usize,
    server: Server,
    /// Kept until the server has ended: fields are dropped in their order.
    _world: World,
    /// Of each round: milliseconds of a login by the wall, and of the product's processors, without its hash.
    rounds: Vec<[f64; 2]>,
    /// Numbers of people who have logged in, so that each round takes others.
    asked: usize,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let site = options.site()?;
    let mut table = Table::new(format!(
        "growth: {LOGINS} logins of people picked evenly, one at a time, {} rounds of each size in turn",
        options.rounds
    ));
    for engine in &options.engines {
        let mut stores = Vec::new();
        for size in &options.sizes {
            stores.push(fill(&site, *engine, *size, &mut table)?);
        }
        bytes_of_sessions(&site, *engine, &mut table)?;
        for _ in 0..options.rounds {
            for store in &mut stores {
                let round = on_one_thread(measure(store, options.count(LOGINS)))?;
                store.rounds.push(round);
            }
        }
        report(*engine, &stores, &mut table)?;
    }
    table.print();
    Ok(())
}

fn fill(site: &Site, engine: Engine, size: usize, table: &mut Table) -> anyhow::Result<Sized> {
    let world = site.world(engine, PATIENT)?;
    let tenant = world.prepare(async |flows| add_tenant(flows, TENANT, Algorithm::Rs256).await)?;
    let (empty, begun) = (settled_bytes(&world)?, Instant::now());
    world.prepare(async |flows| {
        add_people(flows, People::customers(tenant, SINGLE), 0..size).await?;
        seal_all(flows).await
    })?;
    let bytes = settled_bytes(&world)?.saturating_sub(empty) as f64 / size as f64;
    let name = format!("{engine}, {size} accounts: bytes of an account with the event of its making");
    table.row(name, Spread::of([bytes])?, Target::None);
    eprintln!("{engine}: {size} accounts made in {:.0} s", begun.elapsed().as_secs_f64());
    let server = on_one_thread(Server::product(&world))?;
    Ok(Sized { size, server, _world: world, rounds: Vec::new(), asked: 0 })
}

/// The store's bytes once its log is empty. PostgreSQL's own log is of a fixed size and left out.
fn settled_bytes(world: &World) -> anyhow::Result<u64> {
    if world.engine == Engine::Postgres {
        return bytes_on_disk(&world.data().join("base"));
    }
    let log: PathBuf = world.data().join("countersign.db-wal");
    on_one_thread(async {
        let begun = Instant::now();
        while log.metadata().is_ok_and(|log| log.len() > 0) {
            if begun.elapsed() > LOG_WAIT_MAX {
                bail!("the store's log was not emptied");
            }
            sleep(Duration::from_millis(50)).await;
        }
        bytes_on_disk(&world.data())
    })
}

async fn measure(store: &mut Sized, logins: usize) -> anyhow::Result<[f64; 2]> {
    let mut connection = Connection::open(store.server.address).await?;
    let hashing = async || {
        let (hash, queue) = (store.server.histogram(HASH_SECONDS), store.server.histogram(QUEUE_SECONDS));
        anyhow::Ok(hash.await?.0 + queue.await?.0)
    };
    let (before, cpu) = (hashing().await?, store.server.cpu()?);
    let mut wall = 0.0;
    for _ in 0..logins {
        // A step that shares no factor with a power of ten meets everybody once, far apart.
        let number = store.asked * 7_919 % store.size;
        let login = requests::login(TENANT, &requests::address(SINGLE, number), PASSWORD);
        let begun = Instant::now();
        connection.ask(&login).await?.expect(200)?;
        wall += begun.elapsed().as_secs_f64();
        store.asked += 1;
    }
    let cpu = store.server.cpu()?.since(cpu).rest.as_secs_f64();
    let besides_hash = wall - (hashing().await? - before);
    Ok([besides_hash, cpu].map(|seconds| seconds * 1e3 / logins as f64))
}

fn report(engine: Engine, stores: &[Sized], table: &mut Table) -> anyhow::Result<()> {
    for store in stores {
        let name = |what: &str| format!("{engine}, {} accounts: {what}", store.size);
        for (which, what) in ["time", "processor time"].into_iter().enumerate() {
            let of = |store: &Sized| store.rounds.iter().filter_map(|r| r.get(which).copied()).collect::<Vec<_>>();
            let own = of(store);
            table.row(name(&format!("{what} of a login without its hash, ms")), Spread::of(own.clone())?, Target::None);
            let Some(first) = stores.first().filter(|first| first.size != store.size) else { continue };
            let ratio = Spread::of(own.iter().zip(of(first)).map(|(own, first)| own / first))?;
            let target = if which == 0 { Target::AtMost(FLAT) } else { Target::None };
            table.row(name(&format!("the same ÷ with {} accounts", first.size)), ratio, target);
        }
    }
    Ok(())
}

/// Opens sessions by the store's own method, then ends them: what a session takes with its event, and an event alone.
fn bytes_of_sessions(site: &Site, engine: Engine, table: &mut Table) -> anyhow::Result<()> {
    let world = site.world(engine, PATIENT)?;
    let (tenant, accounts) = world.prepare(async |flows| {
        let tenant = add_tenant(flows, TENANT, Algorithm::Rs256).await?;
        add_people(flows, People::customers(tenant, SINGLE), 0..SESSIONS / 10).await?;
        seal_all(flows).await?;
        let mut accounts = Vec::new();
        for number in 0..SESSIONS / 10 {
            let email = Email::parse(&requests::address(SINGLE, number))?;
            accounts.extend(flows.store().tenant(tenant).accounts_of(email.key()).await?);
        }
        Ok((tenant, accounts))
    })?;
    let empty = settled_bytes(&world)?;
    let sessions = world.prepare(async |flows| {
        let sessions = open(flows, tenant, &accounts).await?;
        seal_all(flows).await?;
        Ok(sessions)
    })?;
    let opened = settled_bytes(&world)?;
    world.prepare(async |flows| {
        end(flows, tenant, sessions).await?;
        seal_all(flows).await
    })?;
    let ended = settled_bytes(&world)?;
    let mut row = |what: &str, bytes: u64| {
        let each = Spread::of([bytes as f64 / SESSIONS as f64])?;
        table.row(format!("{engine}: bytes of {what}"), each, Target::None);
        anyhow::Ok(())
    };
    row("a session with the event of its login", opened.saturating_sub(empty))?;
    row("an event alone (a session's end)", ended.saturating_sub(opened))
}

async fn open(flows: &Arc<Flows>, tenant: TenantId, accounts: &[Account]) -> anyhow::Result<Vec<SessionId>> {
    let random = Random::system();
    let (mut opening, mut sessions) = (JoinSet::new(), Vec::with_capacity(SESSIONS));
    for (number, account) in accounts.iter().cycle().take(SESSIONS).enumerate() {
        if opening.len() >= AT_ONCE {
            sessions.extend(opening.join_next().await.transpose()?.transpose()?);
        }
        let settle = settle(flows, &random, tenant, account, number);
        let store = flows.store().tenant(tenant);
        opening.spawn(async move {
            match store.settle_attempt(settle).await? {
                Settlement::Opened(session) => Ok(session.id),
                other => bail!("a session was not opened: {other:?}"),
            }
        });
    }
    while let Some(opened) = opening.join_next().await {
        sessions.push(opened??);
    }
    Ok(sessions)
}

/// The second transaction of a login, as the story writes it.
fn settle(flows: &Flows, random: &Random, tenant: TenantId, account: &Account, number: usize) -> SettleAttempt {
    let id = SessionId::from_uuid(random.id(flows.store().now()));
    let event = |action| event(flows, random, tenant, action).about(account.id).in_session(id);
    let month = Duration::from_secs(30 * 24 * 3600);
    let session = NewSession {
        is_for_browser: false,
        id,
        secret: random.bytes(),
        client: Client { network: "203.0.113.7".to_owned(), user_agent: "Mozilla/5.0 (X11; Linux x86_64)".to_owned() },
        life: Life { idle: month, absolute: month },
    };
    let mut name_hash = [0; 32];
    name_hash.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    let right = RightPassword {
        account: account.clone(),
        session,
        event: event(Action::Login),
        refused_event: event(Action::Login),
        displaced_event: event(Action::SessionEnded),
    };
    SettleAttempt {
        row: CounterKey { name_hash, device: None },
        kinds: vec![Kind::Customer],
        attempt: random.id(flows.store().now()),
        policy: Policy { failures_max: 5, window: month, lockout: month },
        lock_event: event(Action::LockoutStarted),
        verdict: Verdict::Right(Box::new(right)),
    }
}

async fn end(flows: &Arc<Flows>, tenant: TenantId, sessions: Vec<SessionId>) -> anyhow::Result<()> {
    let random = Random::system();
    let mut ending = JoinSet::new();
    for session in sessions {
        if ending.len() >= AT_ONCE {
            ending.join_next().await.transpose()?.transpose()?;
        }
        let store = flows.store().tenant(tenant);
        let event = event(flows, &random, tenant, Action::SessionEnded);
        ending.spawn(async move { store.end_session(session, None, EndReason::Requested, event).await });
    }
    while let Some(ended) = ending.join_next().await {
        ended??;
    }
    Ok(())
}
