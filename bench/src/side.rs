//! One engine's product with its people, as most measurements want it.

use std::time::Duration;

use countersign_domain::signing_key::Algorithm;

use crate::options::on_one_thread;
use crate::process::{self, Cpu};
use crate::server::Server;
use crate::world::{Engine, People, Site, World, add_people, add_tenant, seal_all};

/// The tenant that most load is for.
pub(crate) const TENANT: &str = "one";
/// The tenant that suffers no harm from it.
pub(crate) const OTHER_TENANT: &str = "two";
/// On a machine that does other things too, 64 logins in flight may have to wait longer than the product lets anyone;
/// one that is refused would void the measurement. Only `overload` measures with the product's own bound.
pub(crate) const PATIENT: &str = "hashing.wait_ms_max = 60000";
/// What the addresses of its single accounts begin with.
pub(crate) const SINGLE: &str = "single";

/// A world and its product. Dropped, both end, the product first.
pub(crate) struct Side {
    pub(crate) server: Server,
    pub(crate) world: World,
}

impl Side {
    /// Two tenants that sign with RS256, each with `people` customers of one account, served.
    pub(crate) fn start(site: &Site, engine: Engine, people: usize, more: &str) -> anyhow::Result<Self> {
        let world = site.world(engine, more)?;
        fill(&world, people)?;
        let server = on_one_thread(Server::product(&world))?;
        Ok(Self { server, world })
    }

    pub(crate) fn engine(&self) -> Engine {
        self.world.engine
    }

    /// What everything has cost so far.
    pub(crate) fn costs(&self) -> anyhow::Result<Costs> {
        let database = self.world.database_process()?.map(process::cpu_of_tree).transpose()?;
        Ok(Costs { server: self.server.cpu()?, database: database.unwrap_or_default(), generator: process::own_cpu()? })
    }
}

/// Fills a world with the two tenants.
pub(crate) fn fill(world: &World, people: usize) -> anyhow::Result<()> {
    world.prepare(async |flows| {
        for slug in [TENANT, OTHER_TENANT] {
            let tenant = add_tenant(flows, slug, Algorithm::Rs256).await?;
            add_people(flows, People::customers(tenant, SINGLE), 0..people).await?;
        }
        seal_all(flows).await
    })
}

/// Processor time: of the product, of the database's server, of the load itself.
#[derive(Clone, Copy)]
pub(crate) struct Costs {
    pub(crate) server: Cpu,
    pub(crate) database: Duration,
    pub(crate) generator: Duration,
}

impl Costs {
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            server: self.server.since(earlier.server),
            database: self.database.saturating_sub(earlier.database),
            generator: self.generator.saturating_sub(earlier.generator),
        }
    }

    pub(crate) fn all(self) -> Duration {
        self.server.all() + self.database + self.generator
    }
}
