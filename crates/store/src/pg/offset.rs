use std::sync::Weak;
use std::time::Duration;

use deadpool::managed::Pool;

use super::conn::Trouble;
use super::link::Links;
use super::{Lease, Pg, no_connection};
use crate::Clock;
use crate::fault::{Fault, Result};

/// Clocks drift by seconds a day at most; this keeps a node within a fraction of a millisecond.
const MEASURE_EVERY: Duration = Duration::from_secs(10);
const DATABASE_MICROS: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// Takes over the database's time.
pub(super) async fn measure(pg: &Pg) -> Result<()> {
    ask(&pg.pool, &pg.clock).await
}

/// Measures again and again while the store is open.
pub(super) async fn follow(pool: Pool<Links>, clock: Clock, open: Weak<()>) {
    loop {
        tokio::time::sleep(MEASURE_EVERY).await;
        if open.strong_count() == 0 {
            return;
        }
        if let Err(fault) = ask(&pool, &clock).await {
            tracing::warn!(%fault, "the database's clock could not be read");
        }
    }
}

async fn ask(pool: &Pool<Links>, clock: &Clock) -> Result<()> {
    let lease = Lease(Some(pool.get().await.map_err(no_connection)?));
    let asked = clock.machine_micros();
    let row = lease.client.query_one(DATABASE_MICROS, &[]).await?;
    let database = row.try_get(0).map_err(|error| Fault::Broken(error.to_string()))?;
    clock.adjust(asked, database);
    lease.give_back(Trouble::None);
    Ok(())
}
