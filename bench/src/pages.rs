//! `bench pages`: each page of the dashboard among a million accounts and ten million events, and the log-in page while every
//! core hashes.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use countersign_domain::audit::Action;
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{AccountId, Email, TenantId};
use countersign_flows::{Flows, Random};
use tokio::time::{Instant, sleep};

use crate::callers::Logins;
use crate::load::{Crowd, at_rate};
use crate::options::{Options, on_one_thread};
use crate::people::{MANAGER, add_manager};
use crate::requests::{self, PASSWORD};
use crate::server::Server;
use crate::side::{PATIENT, SINGLE, TENANT};
use crate::stats::{Spread, quantile};
use crate::table::{Table, Target};
use crate::wire::{Connection, Connections};
use crate::world::{Engine, People, Site, World, add_people, add_tenant, event, seal_all};

/// Views of each page in a round.
const VIEWS: usize = 50;
const PAGE_MS_MAX: f64 = 150.0;
/// Events for each account that there is.
const EVENTS_PER_ACCOUNT: usize = 10;
/// Accounts that those events are about.
const PEOPLE_WITH_EVENTS: usize = 1_000;
/// Events of one transaction.
const EVENTS_AT_ONCE: usize = 10_000;

const LOGINS_IN_FLIGHT: usize = 64;
const LOGIN_PAGES_PER_SECOND: f64 = 200.0;
const LOGIN_PAGE_MS_MAX: f64 = 10.0;
const ROUND_SECONDS: f64 = 8.0;
const WARM_UP: Duration = Duration::from_secs(1);

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let site = options.site()?;
    let size = options.sizes.iter().copied().max().context("no size was given")?;
    let (views, events) = (options.count(VIEWS), size * EVENTS_PER_ACCOUNT);
    let mut table = Table::new(format!(
        "pages: the dashboard among {size} accounts and {events} events, {views} views of each page a round; then the \
         log-in page, {LOGIN_PAGES_PER_SECOND} a second beside {LOGINS_IN_FLIGHT} logins, from when each was due"
    ));
    for engine in &options.engines {
        let (world, somebody) = fill(&site, *engine, size, events)?;
        let server = on_one_thread(Server::product(&world))?;
        let (mut rounds, mut login_page) = (Vec::new(), Vec::new());
        for _ in 0..options.rounds {
            rounds.push(on_one_thread(look(&server, views, somebody))?);
            login_page.push(on_one_thread(look_while_hashing(&server, size, options.round(ROUND_SECONDS)))?);
        }
        report(*engine, &mut rounds, &mut table)?;
        for (name, q, target) in [("p50", 0.5, Target::None), ("p99", 0.99, Target::AtMost(LOGIN_PAGE_MS_MAX))] {
            let times = Spread::of(login_page.iter_mut().map(|round| quantile(round, q) * 1e3))?;
            table.row(format!("{engine}: /login while every core hashes, {name}, ms"), times, target);
        }
    }
    table.print();
    Ok(())
}

fn fill(site: &Site, engine: Engine, size: usize, events: usize) -> anyhow::Result<(World, AccountId)> {
    let world = site.world(engine, PATIENT)?;
    let begun = Instant::now();
    let somebody = world.prepare(async |flows| {
        let tenant = add_tenant(flows, TENANT, Algorithm::Rs256).await?;
        add_people(flows, People::customers(tenant, SINGLE), 0..size).await?;
        add_manager(flows).await?;
        let somebody = add_events(flows, tenant, size, events).await?;
        seal_all(flows).await?;
        Ok(somebody)
    })?;
    eprintln!("{engine}: {size} accounts and {events} events made in {:.0} s", begun.elapsed().as_secs_f64());
    Ok((world, somebody))
}

/// Logins, done and refused, of some of the people; one of these.
async fn add_events(flows: &Flows, tenant: TenantId, size: usize, events: usize) -> anyhow::Result<AccountId> {
    let mut people = Vec::new();
    for number in 0..PEOPLE_WITH_EVENTS.min(size) {
        let email = Email::parse(&requests::address(SINGLE, number))?;
        let accounts = flows.store().tenant(tenant).accounts_of(email.key()).await?;
        people.extend(accounts.first().map(|account| account.id));
    }
    let (random, mut made) = (Random::system(), 0);
    while made < events {
        let batch = people.iter().cycle().skip(made).take(EVENTS_AT_ONCE.min(events - made));
        let batch: Vec<_> = batch.map(|account| event(flows, &random, tenant, Action::Login).about(*account)).collect();
        made += batch.len();
        flows.store().record(batch).await?;
    }
    people.first().copied().context("nobody is there")
}

/// Milliseconds of the views of each page.
type Views = Vec<(&'static str, Vec<f64>)>;

async fn look(server: &Server, views: usize, somebody: AccountId) -> anyhow::Result<Views> {
    let mut manager = Manager::log_in(server).await?;
    let person = format!("/manage/people/{somebody}");
    let trail = format!("/manage/audit?account={somebody}");
    let pages = [
        ("overview, a day", "/manage"),
        ("overview, 90 days", "/manage?period=90d"),
        ("customers", "/manage/customers"),
        ("customers who are closed", "/manage/customers?standing=deactivated"),
        ("customers of a name that all have", "/manage/customers?search=excel"),
        ("customers of one address", "/manage/customers?search=single0004711%40people.example"),
        ("staff", "/manage/staff?role=MANAGER"),
        ("a person with the most events", &person),
        ("invitations", "/manage/invitations"),
        ("API tokens", "/manage/api-tokens"),
        ("audit trail", "/manage/audit"),
        ("audit trail, of one account", &trail),
        ("audit trail, of an action that nobody did", "/manage/audit?action=key_compromised"),
        ("keys", "/manage/keys"),
        ("settings", "/manage/settings"),
        ("roles", "/manage/roles"),
        ("letters that were given up", "/manage/letters"),
    ];
    let mut all = Views::new();
    for (name, path) in pages {
        let mut times = Vec::with_capacity(views);
        for _ in 0..views {
            times.push(manager.look(path).await?);
        }
        all.push((name, times));
    }
    let mut times = Vec::with_capacity(views);
    let mut path = "/manage/customers".to_owned();
    for _ in 0..views {
        times.push(manager.look(&path).await?);
        path = manager.next.clone().unwrap_or_else(|| "/manage/customers".to_owned());
    }
    all.push(("customers, page after page", times));
    Ok(all)
}

/// A manager's browser.
struct Manager {
    connection: Connection,
    cookie: String,
    /// The path of the next page, where the last one had any.
    next: Option<String>,
}

impl Manager {
    async fn log_in(server: &Server) -> anyhow::Result<Self> {
        let mut connection = Connection::open(server.address).await?;
        let page = connection.ask(&requests::page(TENANT, "/login", "")).await?;
        page.expect(200)?;
        let (visitor, body) = (cookies(page.head), std::str::from_utf8(page.body)?);
        let form = between(body, "name=\"form\" value=\"", "\"").context("a page without a form")?.to_owned();
        let fields = [("form", form.as_str()), ("role", "staff"), ("email", MANAGER), ("currentPassword", PASSWORD)];
        let post = requests::form(TENANT, "/login", &visitor, &fields);
        let answer = connection.ask(&post).await?;
        answer.expect(303)?;
        let cookie = cookies(answer.head);
        Ok(Self { connection, cookie, next: None })
    }

    async fn look(&mut self, path: &str) -> anyhow::Result<f64> {
        let begun = Instant::now();
        let answer = self.connection.ask(&requests::page(TENANT, path, &self.cookie)).await?;
        let milliseconds = begun.elapsed().as_secs_f64() * 1e3;
        if answer.status != 200 {
            bail!("{path}: status {}", answer.status);
        }
        let body = std::str::from_utf8(answer.body)?;
        let link = body.split("<a href=\"").find(|link| link.contains("rel=\"next\""));
        self.next = link.and_then(|link| link.split('"').next()).map(|path| path.replace("&#38;", "&"));
        Ok(milliseconds)
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(text, _)| text)
}

fn cookies(head: &str) -> String {
    let lines = head.split("\r\n").filter_map(|line| line.split_once(": "));
    let set = lines.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")).map(|(_, cookie)| cookie);
    let pairs = set.filter_map(|cookie| cookie.split(';').next()).filter(|pair| !pair.ends_with('='));
    pairs.collect::<Vec<_>>().join("; ")
}

/// Seconds from when each log-in page was due.
async fn look_while_hashing(server: &Server, size: usize, length: Duration) -> anyhow::Result<Vec<f64>> {
    let logins = Logins::new(TENANT, SINGLE, size);
    let crowd = Crowd::start(server.address, vec![logins; LOGINS_IN_FLIGHT]);
    sleep(WARM_UP).await;
    let (to, samples) = (Rc::new(Connections::new(server.address)), Rc::new(RefCell::new(Vec::new())));
    let sent = RefCell::new(Vec::new());
    at_rate(LOGIN_PAGES_PER_SECOND, Instant::now() + length, |due| {
        let (to, samples) = (Rc::clone(&to), Rc::clone(&samples));
        sent.borrow_mut().push(tokio::task::spawn_local(async move {
            let answer = to.ask(&requests::page(TENANT, "/login", "")).await?;
            samples.borrow_mut().push(due.elapsed().as_secs_f64());
            answer.view().expect(200)
        }));
    })
    .await;
    for task in sent.take() {
        task.await.map_err(|_| anyhow!("a client panicked"))??;
    }
    crowd.end().await?;
    Ok(samples.take())
}

fn report(engine: Engine, rounds: &mut [Views], table: &mut Table) -> anyhow::Result<()> {
    let names: Vec<&str> = rounds.first().into_iter().flatten().map(|(name, _)| *name).collect();
    for (place, page) in names.into_iter().enumerate() {
        for (name, q, target) in [("median", 0.5, Target::None), ("slowest", 1.0, Target::AtMost(PAGE_MS_MAX))] {
            let times = rounds.iter_mut().filter_map(|round| Some(quantile(&mut round.get_mut(place)?.1, q)));
            table.row(format!("{engine}: {page}, {name}, ms"), Spread::of(times)?, target);
        }
    }
    Ok(())
}
