//! What a process costs, read from `/proc`: other processes' clocks and memory have no other door.

use std::fs;
use std::time::Duration;

use anyhow::Context;

/// The processor time of a process, its hash threads' apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cpu {
    /// Of the threads named `hash-…`, by their own clocks.
    pub(crate) hashing: Duration,
    /// Of all others.
    pub(crate) rest: Duration,
}

impl Cpu {
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self { hashing: self.hashing.saturating_sub(earlier.hashing), rest: self.rest.saturating_sub(earlier.rest) }
    }

    pub(crate) fn all(self) -> Duration {
        self.hashing + self.rest
    }
}

/// The processor time of every thread that a process has now.
pub(crate) fn cpu_of(process: u32) -> anyhow::Result<Cpu> {
    let mut cpu = Cpu::default();
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let task = task?.path();
        // A thread that ends meanwhile has no files any more.
        let Ok(name) = fs::read_to_string(task.join("comm")) else { continue };
        let Ok(clock) = fs::read_to_string(task.join("schedstat")) else { continue };
        let clock = on_processor(&clock)?;
        if name.starts_with("hash-") {
            cpu.hashing += clock;
        } else {
            cpu.rest += clock;
        }
    }
    Ok(cpu)
}

/// The first field of `schedstat`: nanoseconds on a processor.
fn on_processor(schedstat: &str) -> anyhow::Result<Duration> {
    let nanos = schedstat.split_whitespace().next().and_then(|field| field.parse().ok());
    nanos.map(Duration::from_nanos).context("the kernel keeps no schedstat")
}

/// The processor time of this process.
pub(crate) fn own_cpu() -> anyhow::Result<Duration> {
    Ok(cpu_of(std::process::id())?.all())
}

/// The processor time of a database server: of its main process and every child that it has now or had before, as
/// far as it has waited for them.
pub(crate) fn cpu_of_tree(parent: u32) -> anyhow::Result<Duration> {
    let mut total = cpu_of(parent)?.all() + waited_for(parent)?;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(process) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if fields_after_name(process).is_ok_and(|fields| fields.get(1) == Some(&parent.to_string())) {
            total += cpu_of(process).unwrap_or_default().all();
        }
    }
    Ok(total)
}

/// `cutime` and `cstime` of proc_pid_stat(5), in ticks of a hundredth of a second.
fn waited_for(process: u32) -> anyhow::Result<Duration> {
    let fields = fields_after_name(process)?;
    let ticks = fields.iter().skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
    Ok(Duration::from_millis(ticks * 10))
}

fn fields_after_name(process: u32) -> anyhow::Result<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("a stat without a name")?;
    Ok(fields.split_whitespace().map(str::to_owned).collect())
}

/// Resident memory in MiB.
pub(crate) fn resident_mib(process: u32) -> anyhow::Result<f64> {
    mib_of(process, "VmRSS:")
}

/// The most resident memory that a process ever had, in MiB.
pub(crate) fn peak_resident_mib(process: u32) -> anyhow::Result<f64> {
    mib_of(process, "VmHWM:")
}

fn mib_of(process: u32, name: &str) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}

/// The bytes of every file in a folder and below it, as the disk holds them.
pub(crate) fn bytes_on_disk(folder: &std::path::Path) -> anyhow::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A server removes files of its own while we look.
        let Ok(facts) = entry.metadata() else { continue };
        bytes += if facts.is_dir() { bytes_on_disk(&entry.path())? } else { facts.blocks() * 512 };
    }
    Ok(bytes)
}
