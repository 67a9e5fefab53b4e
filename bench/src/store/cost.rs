//! What a round costs besides time.

use std::fs;
use std::io::{Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use scratch::Postgres;

/// The kernel counts CPU time of processes in these (`sysconf(_SC_CLK_TCK)` is 100 on every Linux of ours).
const TICKS_A_SECOND: u64 = 100;

/// CPU time used so far.
pub(super) struct Cost {
    ours: Duration,
    servers: Duration,
}

impl Cost {
    pub(super) fn now(server: Option<&Postgres>) -> anyhow::Result<Self> {
        let ours = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        let servers = server.map_or(Ok(Duration::ZERO), |server| family(server.process_id()?))?;
        Ok(Self { ours: Duration::try_from(ours).unwrap_or_default(), servers })
    }

    pub(super) fn since(&self, before: &Self) -> [Duration; 2] {
        [self.ours.saturating_sub(before.ours), self.servers.saturating_sub(before.servers)]
    }
}

/// The CPU time of a process, its children, and those of them that have ended.
fn family(process: u32) -> anyhow::Result<Duration> {
    let mut ticks = 0;
    for entry in fs::read_dir("/proc").context("listing the processes")? {
        let Ok(stat) = fs::read_to_string(entry?.path().join("stat")) else { continue };
        let Some((head, rest)) = stat.rsplit_once(") ") else { continue };
        let fields: Vec<&str> = rest.split(' ').collect();
        let field = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        let is_it = head.split(' ').next().is_some_and(|id| id == process.to_string());
        if is_it || field(1) == u64::from(process) {
            // Fields 14 to 17 of proc(5): user and system time, and those of children that were waited for.
            ticks += field(11) + field(12) + if is_it { field(13) + field(14) } else { 0 };
        }
    }
    Ok(Duration::from_millis(ticks * 1_000 / TICKS_A_SECOND))
}

/// Writes of a page, each flushed: median and p99.
pub(super) fn flushes(folder: &Path) -> anyhow::Result<[Duration; 2]> {
    const COUNT: usize = 400;
    let mut file = fs::File::create(folder.join("flushed"))?;
    file.write_all(&[0; 4096 * 16])?;
    file.sync_all()?;
    let mut took = Vec::with_capacity(COUNT);
    for n in 0..COUNT {
        file.seek(std::io::SeekFrom::Start(4096 * (n as u64 % 16)))?;
        file.write_all(&[n as u8; 4096])?;
        let begun = Instant::now();
        file.sync_data()?;
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    let at = |share: usize| took.get(COUNT * share / 100).copied().unwrap_or_default();
    Ok([at(50), at(99)])
}
