//! The few statements that this crate sends itself.

use std::path::Path;
use std::thread;

use anyhow::{Context, Result, bail};
use tokio_postgres::{Config, NoTls};

/// Runs one statement over the socket in `folder` and waits for it.
///
/// It runs on a thread with a runtime of its own, so that a test may call it from inside its runtime.
pub(crate) fn run(folder: &Path, port: u16, statement: &str) -> Result<()> {
    thread::scope(|scope| match scope.spawn(|| connect_and_run(folder, port, statement)).join() {
        Ok(outcome) => outcome,
        Err(_) => bail!("the thread that talks to PostgreSQL panicked"),
    })
}

fn connect_and_run(folder: &Path, port: u16, statement: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (client, connection) =
            Config::new().host_path(folder).port(port).user("postgres").dbname("postgres").connect(NoTls).await?;
        let driver = tokio::spawn(connection);
        client.batch_execute(statement).await.with_context(|| format!("running {statement}"))?;
        drop(client);
        driver.await??;
        Ok(())
    })
}
