//! The product as it runs: a process of its own, started by its own command line.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use crate::process::{self, Cpu};
use crate::wire::{Answer, Connection};
use crate::world::World;

/// How often a start is asked whether it is over.
const READY_PAUSE: Duration = Duration::from_millis(1);
/// A start that takes longer has failed.
const READY_WAIT_MAX: Duration = Duration::from_secs(60);
/// A stop that takes longer is one.
const STOP_WAIT_MAX: Duration = Duration::from_secs(20);

/// A program that listens on the port it is told.
pub(crate) struct Server {
    child: Child,
    /// Where it serves tenants.
    pub(crate) address: SocketAddr,
    operations: Option<SocketAddr>,
    /// From the start of the process to its first word that it is ready.
    pub(crate) start: Duration,
    messages: PathBuf,
}

impl Server {
    /// The product over a world, ready to serve.
    pub(crate) async fn product(world: &World) -> anyhow::Result<Self> {
        let program = beside("countersign")?;
        if !program.exists() {
            bail!("{} is missing: build it with `cargo build --release -p countersign`", program.display());
        }
        Self::serve(Command::new(program), world).await
    }

    /// A command that ends in the product's own words `serve …`.
    pub(crate) async fn serve(mut command: Command, world: &World) -> anyhow::Result<Self> {
        let (address, operations) = (free_port()?, free_port()?);
        command.arg("serve").arg("--config").arg(world.config());
        command.arg("--listen").arg(address.to_string()).arg("--ops-listen").arg(operations.to_string());
        let log = File::create(world.folder().join("requests.log"))?;
        Self::start(command.stdout(log), (address, Some(operations)), world.folder().join("messages.log")).await
    }

    /// The empty handler that signs.
    pub(crate) async fn bound(folder: &std::path::Path) -> anyhow::Result<Self> {
        let address = free_port()?;
        let mut command = Command::new(beside("countersign-bench")?);
        command.arg("bound").arg(address.to_string()).stdout(Stdio::null());
        Self::start(&mut command, (address, None), folder.join("bound.log")).await
    }

    async fn start(
        command: &mut Command,
        (address, operations): (SocketAddr, Option<SocketAddr>),
        messages: PathBuf,
    ) -> anyhow::Result<Self> {
        let begun = Instant::now();
        let child = command.env_clear().stdin(Stdio::null()).stderr(File::create(&messages)?).spawn()?;
        let mut server = Self { child, address, operations, start: Duration::ZERO, messages };
        while !server.is_ready().await {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended at its start, {status}: {}", server.messages());
            }
            if begun.elapsed() > READY_WAIT_MAX {
                bail!("the server is not ready: {}", server.messages());
            }
            sleep(READY_PAUSE).await;
        }
        server.start = begun.elapsed();
        Ok(server)
    }

    async fn is_ready(&self) -> bool {
        let Some(operations) = self.operations else { return Connection::open(self.address).await.is_ok() };
        get(operations, "/health/ready", |answer| Ok(answer.status)).await.is_ok_and(|status| status == 200)
    }

    fn messages(&self) -> String {
        std::fs::read_to_string(&self.messages).unwrap_or_default()
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Its processor time so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Cpu> {
        process::cpu_of(self.child.id())
    }

    /// The sum of a histogram's samples and their number, so far.
    pub(crate) async fn histogram(&self, name: &str) -> anyhow::Result<(f64, f64)> {
        let operations = self.operations.context("this server has no metrics")?;
        let text = get(operations, "/metrics", |answer| Ok(String::from_utf8(answer.body.to_vec())?)).await?;
        let value = |suffix| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(suffix));
            line.and_then(|value| value.trim().parse().ok()).unwrap_or(0.0)
        };
        Ok((value("_sum"), value("_count")))
    }

    /// Asks it to end in good order, and waits.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("a strange process id")?;
        kill_process(process, Signal::TERM)?;
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begun.elapsed() > STOP_WAIT_MAX {
                bail!("the server does not stop: {}", self.messages());
            }
            sleep(READY_PAUSE).await;
        }
        Ok(())
    }
}

impl Drop for Server {
    /// However the measurement ended, nothing of it goes on.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Another program of the same build.
pub(crate) fn beside(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.parent().context("a program without a folder")?.join(name))
}

/// Taken by nobody at the moment. Somebody else could take it before the server does: then the start fails, and says
/// so.
fn free_port() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

async fn get<T>(
    address: SocketAddr,
    path: &str,
    read: impl FnOnce(&Answer<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut connection = Connection::open(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    read(&connection.ask(request.as_bytes()).await?)
}
