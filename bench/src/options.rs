//! What every measurement can be told, and the thread that the load comes from.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::task::LocalSet;

use crate::world::{Engine, Site};

#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Engines to measure on
    #[arg(long, global = true, value_delimiter = ',', default_values_t = [Engine::Sqlite, Engine::Postgres], value_enum)]
    pub(crate) engines: Vec<Engine>,
    /// Alternations: what is compared runs in turn as often
    #[arg(long, global = true, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Length of one round; each measurement has its own default
    #[arg(long, global = true)]
    pub(crate) seconds: Option<f64>,
    /// Accounts that log in, or requests of each kind; each measurement has its own default
    #[arg(long, global = true)]
    pub(crate) count: Option<usize>,
    /// Sizes that `growth` and `import` compare, in accounts
    #[arg(long, global = true, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    pub(crate) sizes: Vec<usize>,
    /// Where stores are made: on a disk, or nothing is flushed
    #[arg(long, global = true, default_value_os_t = std::env::temp_dir())]
    pub(crate) folder: PathBuf,
}

impl Options {
    pub(crate) fn site(&self) -> anyhow::Result<Site> {
        Site::new(&self.folder, &self.engines)
    }

    pub(crate) fn round(&self, default_seconds: f64) -> Duration {
        Duration::from_secs_f64(self.seconds.unwrap_or(default_seconds))
    }

    pub(crate) fn count(&self, default: usize) -> usize {
        self.count.unwrap_or(default)
    }
}

/// Runs the load, all of it on this one thread.
pub(crate) fn on_one_thread<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, work)
}
