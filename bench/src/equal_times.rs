//! `bench equal-times`: whether answers that must look alike can be told apart by their time.
//!
//! Every pair of classes is compared by the area under the ROC curve: 0.5 where nobody can tell, 1 where everybody can.
//! Then the same with the product's means left out, which only a build with the feature `leaky` can: a measurement that
//! finds no leak must be seen to find one that is there.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;

use anyhow::anyhow;
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{Kind, Standing};
use countersign_flows::Random;
use tokio::task::spawn_local;
use tokio::time::Instant;

use crate::callers::Logins;
use crate::load::Crowd;
use crate::options::{Options, on_one_thread};
use crate::requests::{self, WRONG_PASSWORD};
use crate::server::{Server, beside};
use crate::side::{PATIENT, TENANT};
use crate::stats::{Spread, auc};
use crate::table::{Table, Target};
use crate::wire::Connection;
use crate::world::{People, World, add_people, add_tenant, seal_all};

/// Answers of each class.
const ANSWERS: usize = 1_000;
/// A leak is found with fewer.
const ANSWERS_OF_LEAKS: usize = 300;
/// Names that are locked; an attempt at one counts for nothing, so they are asked again and again.
const LOCKED_NAMES: usize = 50;
const FAILURES_MAX: usize = 5;
/// Requests at once with nothing else going on: no more than there are cores to hash on.
const QUIET_AT_ONCE: usize = 2;
/// Under load: ours, beside as many right logins.
const LOADED_AT_ONCE: usize = 32;
/// People who log in for the load.
const BUSY: usize = 500;
const BUSY_PEOPLE: &str = "busy";
/// One comparison is looked at in so many parts, for its least and most.
const PARTS: usize = 5;
const ALIKE: (f64, f64) = (0.45, 0.55);

/// What is compared with one another; the status is the same within a group.
struct Class {
    name: &'static str,
    purpose: &'static str,
    names: usize,
    status: u16,
}

/// Answered after a hash.
const HASHED: usize = 4;

fn classes(answers: usize) -> [Class; 6] {
    let class = |name, purpose, names, status| Class { name, purpose, names, status };
    [
        class("unknown", "nobody", answers, 401),
        class("wrong", "single", answers, 401),
        class("two accounts", "double", answers, 401),
        class("deactivated", "closed", answers, 401),
        class("locked, known", "shut", LOCKED_NAMES, 403),
        class("locked, unknown", "shut-nobody", LOCKED_NAMES, 403),
    ]
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let answers = options.count(ANSWERS);
    let engine = options.engines.first().copied().unwrap_or(crate::world::Engine::Sqlite);
    let site = options.site()?;
    let world = site.world(engine, PATIENT)?;
    fill(&world, answers)?;
    let mut table = Table::new(format!(
        "equal times on {engine}: {answers} answers of each kind, interleaved; area under the ROC curve of each pair, \
         with the range over {PARTS} parts of the run"
    ));
    let classes = classes(answers);
    on_one_thread(async {
        let server = Server::product(&world).await?;
        lock(server.address).await?;
        let quiet = compare(server.address, &classes, answers, QUIET_AT_ONCE).await?;
        report("quiet", &classes, &quiet, &mut table)?;
        let busy = Logins::new(TENANT, BUSY_PEOPLE, BUSY);
        let crowd = Crowd::start(server.address, vec![busy; LOADED_AT_ONCE]);
        let loaded = compare(server.address, &classes, answers, LOADED_AT_ONCE).await?;
        crowd.end().await?;
        report("under load", &classes, &loaded, &mut table)?;
        server.stop().await
    })?;
    leaks(&world, &classes, answers.min(ANSWERS_OF_LEAKS), &mut table)?;
    table.print();
    Ok(())
}

fn fill(world: &World, answers: usize) -> anyhow::Result<()> {
    world.prepare(async |flows| {
        let tenant = add_tenant(flows, TENANT, Algorithm::Rs256).await?;
        let people = |purpose| People::customers(tenant, purpose);
        add_people(flows, people("single"), 0..answers).await?;
        add_people(flows, people("double"), 0..answers).await?;
        add_people(flows, People { kind: Kind::Staff, ..people("double") }, 0..answers).await?;
        add_people(flows, People { standing: Standing::Deactivated, ..people("closed") }, 0..answers).await?;
        add_people(flows, people("shut"), 0..LOCKED_NAMES).await?;
        add_people(flows, people(BUSY_PEOPLE), 0..BUSY).await?;
        seal_all(flows).await
    })
}

/// Fails at each name of the locked classes until it is shut.
async fn lock(address: SocketAddr) -> anyhow::Result<()> {
    let shut = |purpose: &'static str| async move {
        let mut connection = Connection::open(address).await?;
        for number in 0..LOCKED_NAMES {
            for failure in 1..=FAILURES_MAX {
                let status = if failure < FAILURES_MAX { 401 } else { 403 };
                connection.ask(&wrong(purpose, number)).await?.expect(status)?;
            }
        }
        anyhow::Ok(())
    };
    tokio::try_join!(shut("shut"), shut("shut-nobody"))?;
    Ok(())
}

fn wrong(purpose: &str, number: usize) -> Vec<u8> {
    requests::login(TENANT, &requests::address(purpose, number), WRONG_PASSWORD)
}

/// Seconds of each answer, class by class, in the order in which they were asked.
type Times = Vec<Vec<f64>>;

/// One comparison under way, shared by the clients that ask.
struct Comparison {
    /// Class and number of each request.
    plan: Vec<(usize, usize)>,
    next: Cell<usize>,
    /// Of each class: what its addresses begin with, how many there are, the status of its answers.
    classes: Vec<(&'static str, usize, u16)>,
    times: RefCell<Times>,
}

/// Asks every class as often, in an order that is new each time.
async fn compare(address: SocketAddr, classes: &[Class], answers: usize, at_once: usize) -> anyhow::Result<Times> {
    let comparison = Rc::new(Comparison {
        plan: plan(classes.len(), answers),
        next: Cell::new(0),
        classes: classes.iter().map(|class| (class.purpose, class.names, class.status)).collect(),
        times: RefCell::new(vec![Vec::with_capacity(answers); classes.len()]),
    });
    let ask = || spawn_local(ask_as_planned(address, Rc::clone(&comparison)));
    let tasks: Vec<_> = (0..at_once).map(|_| ask()).collect();
    for task in tasks {
        task.await.map_err(|_| anyhow!("a client panicked"))??;
    }
    Ok(comparison.times.take())
}

async fn ask_as_planned(address: SocketAddr, comparison: Rc<Comparison>) -> anyhow::Result<()> {
    let mut connection = Connection::open(address).await?;
    let next = || comparison.next.replace(comparison.next.get() + 1);
    while let Some((class, number)) = comparison.plan.get(next()) {
        let Some((purpose, names, status)) = comparison.classes.get(*class) else { continue };
        let request = wrong(purpose, number % names);
        let asked = Instant::now();
        let answer = connection.ask(&request).await?;
        let seconds = asked.elapsed().as_secs_f64();
        answer.expect(*status)?;
        if let Some(times) = comparison.times.borrow_mut().get_mut(*class) {
            times.push(seconds);
        }
    }
    Ok(())
}

/// Class and number of every request: each number for every class, in an order drawn for it.
fn plan(classes: usize, answers: usize) -> Vec<(usize, usize)> {
    let random = Random::seeded(7);
    let order = |number: usize| {
        let mut order: Vec<(u32, usize)> =
            (0..classes).map(|class| (u32::from_be_bytes(random.bytes()), class)).collect();
        order.sort_unstable();
        order.into_iter().map(move |(_, class)| (class, number))
    };
    (0..answers).flat_map(order).collect()
}

fn pairs(classes: usize) -> impl Iterator<Item = (usize, usize)> {
    let within = |(one, other): &(usize, usize)| (*one < HASHED) == (*other < HASHED);
    (0..classes).flat_map(move |one| (one + 1..classes).map(move |other| (one, other))).filter(within)
}

/// The area over all answers, with the least and the most of its parts.
fn area(times: &Times, one: usize, other: usize) -> anyhow::Result<Spread> {
    let of = |class: usize| times.get(class).map_or(&[][..], Vec::as_slice);
    let (one, other) = (of(one), of(other));
    let size = (one.len().min(other.len()) / PARTS).max(1);
    let parts = one.chunks(size).zip(other.chunks(size)).take(PARTS).map(|(one, other)| auc(one, other));
    Ok(Spread { median: auc(one, other), ..Spread::of(parts)? })
}

fn report(when: &str, classes: &[Class], times: &Times, table: &mut Table) -> anyhow::Result<()> {
    let name = |class: usize| classes.get(class).map_or("", |class| class.name);
    for (one, other) in pairs(classes.len()) {
        let row = format!("{when}: {} / {}", name(one), name(other));
        table.row(row, area(times, one, other)?, Target::Within(ALIKE.0, ALIKE.1));
    }
    for (class, times) in classes.iter().zip(times) {
        let median = Spread::of(times.iter().map(|seconds| seconds * 1e3))?;
        table.row(format!("{when}: {}, ms (all)", class.name), median, Target::None);
    }
    Ok(())
}

/// The same comparisons with the means left out: now they must find what is there.
fn leaks(world: &World, classes: &[Class], answers: usize, table: &mut Table) -> anyhow::Result<()> {
    if !cfg!(feature = "leaky") {
        table.note("with the step left out", "needs a build with --features leaky");
        return Ok(());
    }
    // One hash against two; and, with no decoy either, none against one.
    for (left_out, told) in [("step", (1, 2)), ("step,decoy", (0, 1))] {
        let times = on_one_thread(async {
            let mut command = Command::new(beside("countersign-bench")?);
            command.arg("leaky").arg(left_out);
            let server = Server::serve(command, world).await?;
            let times = compare(server.address, classes, answers, QUIET_AT_ONCE).await?;
            server.stop().await?;
            Ok(times)
        })?;
        let name = |class: usize| classes.get(class).map_or("", |class| class.name);
        for (one, other) in pairs(HASHED) {
            let row = format!("{left_out} left out: {} / {}", name(one), name(other));
            let must_tell = (one, other) == told;
            let target = if must_tell { Target::Outside(ALIKE.0, ALIKE.1) } else { Target::None };
            table.row(row, area(&times, one, other)?, target);
        }
    }
    Ok(())
}
