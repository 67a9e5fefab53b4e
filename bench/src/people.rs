//! `bench people`: a page of a list, of a search, one person's access, in a store of a million accounts.

use anyhow::Context;
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{Email, Secret};
use countersign_flows::Flows;
use countersign_flows::admin::NewPerson;
use tokio::time::Instant;

use crate::options::{Options, on_one_thread};
use crate::requests::{self, PASSWORD};
use crate::server::Server;
use crate::side::{PATIENT, SINGLE, TENANT};
use crate::stats::{Spread, quantile};
use crate::table::{Table, Target};
use crate::wire::Connection;
use crate::world::{Engine, People, Site, World, add_people, add_tenant, seal_all};

/// Calls of each kind in a round.
const CALLS: usize = 200;
/// A page that takes longer is waited for.
const PAGE_MS_MAX: f64 = 50.0;
/// Who looks at it.
pub(crate) const MANAGER: &str = "manager@people.example";

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let site = options.site()?;
    let size = options.sizes.iter().copied().max().context("no size was given")?;
    let mut table =
        Table::new(format!("people: pages of 50 among {size} accounts, one call at a time, {CALLS} of each a round"));
    for engine in &options.engines {
        let world = fill(&site, *engine, size)?;
        let server = on_one_thread(Server::product(&world))?;
        let mut rounds = Vec::new();
        for _ in 0..options.rounds {
            rounds.push(on_one_thread(measure(&server, options.count(CALLS), size))?);
        }
        report(*engine, &mut rounds, &mut table)?;
    }
    table.print();
    Ok(())
}

fn fill(site: &Site, engine: Engine, size: usize) -> anyhow::Result<World> {
    let world = site.world(engine, PATIENT)?;
    let begun = Instant::now();
    world.prepare(async |flows| {
        let tenant = add_tenant(flows, TENANT, Algorithm::Rs256).await?;
        add_people(flows, People::customers(tenant, SINGLE), 0..size).await?;
        add_manager(flows).await?;
        seal_all(flows).await
    })?;
    eprintln!("{engine}: {size} accounts made in {:.0} s", begun.elapsed().as_secs_f64());
    Ok(world)
}

pub(crate) async fn add_manager(flows: &Flows) -> anyhow::Result<()> {
    let tenant = flows.tenant(&TENANT.parse()?).await?.context("the tenant is gone")?;
    let person = NewPerson {
        email: Email::parse(MANAGER)?,
        roles: vec!["MANAGER".parse()?],
        first_name: None,
        last_name: None,
        password: Secret::new(PASSWORD),
        must_change_password: false,
    };
    flows.create_account(&tenant, person).await??;
    Ok(())
}

/// Milliseconds of each call, by what was asked.
#[derive(Default)]
struct Samples {
    list: Vec<f64>,
    address: Vec<f64>,
    name: Vec<f64>,
    access: Vec<f64>,
}

/// A list walked page by page, searches for one address and for a name that everybody has, and access.
async fn measure(server: &Server, calls: usize, size: usize) -> anyhow::Result<Samples> {
    let mut connection = Connection::open(server.address).await?;
    let login = connection.ask(&requests::login(TENANT, MANAGER, PASSWORD)).await?;
    login.expect(200)?;
    let token = login.text("access_token")?.to_owned();
    let mut samples = Samples::default();
    let (mut listed, mut named) = (String::new(), String::new());
    for call in 0..calls {
        let address = requests::address(SINGLE, call * 7_919 % size).replace('@', "%40");
        let mut ask = Asking { connection: &mut connection, token: &token };
        let list = format!("usermanagement/customers?limit=50{listed}");
        listed = cursor(&ask.ask(&list, "nextCursor", &mut samples.list).await?);
        let name = format!("usermanagement/customers?limit=50&search=%C3%89xcel{named}");
        named = cursor(&ask.ask(&name, "nextCursor", &mut samples.name).await?);
        let found = format!("usermanagement/customers?limit=50&search={address}");
        let person = ask.ask(&found, "id", &mut samples.address).await?.context("nobody was found")?;
        let access = format!("usermanagement/accounts/{person}/access");
        ask.ask(&access, "id", &mut samples.access).await?;
    }
    Ok(samples)
}

fn cursor(next: &Option<String>) -> String {
    next.as_ref().map(|next| format!("&cursor={next}")).unwrap_or_default()
}

struct Asking<'c> {
    connection: &'c mut Connection,
    token: &'c str,
}

impl Asking<'_> {
    /// Asks, notes how long it took, and reads a member of the answer where it is a text.
    async fn ask(&mut self, path: &str, member: &str, times: &mut Vec<f64>) -> anyhow::Result<Option<String>> {
        let begun = Instant::now();
        let answer = self.connection.ask(&requests::get(TENANT, path, self.token)).await?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        answer.expect(200)?;
        Ok(answer.text(member).ok().map(str::to_owned))
    }
}

fn report(engine: Engine, rounds: &mut [Samples], table: &mut Table) -> anyhow::Result<()> {
    type Of = fn(&mut Samples) -> &mut Vec<f64>;
    let whats: [(&str, Of); 4] = [
        ("a page of the list", |of| &mut of.list),
        ("a search for an address", |of| &mut of.address),
        ("a search for a name that all have", |of| &mut of.name),
        ("an access call", |of| &mut of.access),
    ];
    for (what, of) in whats {
        for (name, q, target) in [("median", 0.5, Target::None), ("p99", 0.99, Target::AtMost(PAGE_MS_MAX))] {
            let times: Vec<f64> = rounds.iter_mut().map(|round| quantile(of(round), q)).collect();
            table.row(format!("{engine}: {what}, {name}, ms"), Spread::of(times)?, target);
        }
    }
    Ok(())
}
