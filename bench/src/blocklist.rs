//! `bench blocklist`: a list as large as the published ones, made by the code of the command line, and asked.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use countersign_domain::Secret;
use countersign_flows::blocklist::{Blocklist, Builder, HashKind, LineForm, Lines, ListFile};
use countersign_flows::strength;
use rustix::fs::{Advice, fadvise};
use tokio::time::Instant;

use crate::options::Options;
use crate::process;
use crate::stats::{Spread, quantile};
use crate::table::{Table, Target};

const ENTRIES: usize = 50_000_000;
/// A rate of one in fifty thousand shows as a hundred.
const PROBES_ABSENT: u64 = 5_000_000;
const PROBES_PRESENT: u64 = 1_000_000;
/// Look-ups that are timed one by one: on pages that the system has to fetch, and again when it has them.
const LOOK_UPS_COLD: u64 = 2_000;
const LOOK_UPS_WARM: u64 = 1_000_000;
/// An odd number that visits every entry in no order.
const STRIDE: u64 = 2_654_435_761;

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let entries = options.count(ENTRIES) as u64;
    let folder = tempfile::Builder::new().prefix("countersign-bench-").tempdir_in(&options.folder)?;
    let path = folder.path().join("list");
    let mut table = Table::new(format!("blocklist: {entries} generated entries, SHA-1, one thread"));
    build(&path, entries, &mut table)?;
    ask(&path, entries, &mut table)?;
    judge(&mut table)?;
    table.print();
    Ok(())
}

fn one(value: f64) -> anyhow::Result<Spread> {
    Spread::of([value])
}

fn build(path: &Path, entries: u64, table: &mut Table) -> anyhow::Result<()> {
    // What generating alone takes is no part of the build.
    let begun = Instant::now();
    io::copy(&mut Published::new(entries), &mut io::sink())?;
    let generating = begun.elapsed();
    let before_mib = process::peak_resident_mib(std::process::id())?;
    let begun = Instant::now();
    let mut builder = Builder::begin(path, Some(LineForm::Hash(HashKind::Sha1)))?;
    builder.take(Lines::new("generated", Published::new(entries)), |_| ())?;
    let read = begun.elapsed();
    let built = builder.finish(|_| ())?;
    let took = begun.elapsed().saturating_sub(generating);
    anyhow::ensure!(built.entries + built.duplicates == entries, "{} entries were made", built.entries);
    let peak_mib = process::peak_resident_mib(std::process::id())?;
    table.note("shards by hash prefix", built.shards.to_string());
    table.row("build, s", one(took.as_secs_f64())?, Target::None);
    table.row("  of it reading lines, s", one(read.saturating_sub(generating).as_secs_f64())?, Target::None);
    table.row("peak resident memory of the build, MiB", one(peak_mib)?, Target::AtMost(512.0));
    table.row("  before it, MiB", one(before_mib)?, Target::None);
    table.row("file, MiB", one(built.bytes as f64 / (1024.0 * 1024.0))?, Target::None);
    table.row("bytes an entry", one(built.bytes as f64 / built.entries as f64)?, Target::None);
    Ok(())
}

fn ask(path: &Path, entries: u64, table: &mut Table) -> anyhow::Result<()> {
    // What was just written is in memory: it is put out, and each look-up then waits for the disk.
    fadvise(File::open(path)?, 0, None, Advice::DontNeed)?;
    let list = Blocklist::with(ListFile::open(path)?);
    let mut cold = timed(&list, entries, LOOK_UPS_COLD, 1);
    let begun = Instant::now();
    ListFile::check(path)?;
    let check = begun.elapsed();
    let step = entries.div_ceil(PROBES_PRESENT).max(1);
    let present = (0..entries).step_by(usize::try_from(step)?);
    let (asked, lost) = present.fold((0_u64, 0_u64), |(asked, lost), number| {
        (asked + 1, lost + u64::from(!list.is_listed(&password("present", number))))
    });
    let found = (0..PROBES_ABSENT).filter(|number| list.is_listed(&password("absent", *number))).count();
    let mut warm = timed(&list, entries, LOOK_UPS_WARM, 7);
    table.row(format!("lost of {asked} that were put in"), one(lost as f64)?, Target::AtMost(0.0));
    let one_in = PROBES_ABSENT as f64 / found.max(1) as f64;
    table.row(format!("absent ones of {PROBES_ABSENT} for one that is found"), one(one_in)?, Target::AtLeast(50_000.0));
    for (name, samples, target) in
        [("warm", &mut warm, Target::AtMost(10.0)), ("pages not read before", &mut cold, Target::None)]
    {
        for (q, words) in [(0.5, "p50"), (0.99, "p99")] {
            table.row(format!("look-up with its hash, {name}, {words}, µs"), one(quantile(samples, q))?, target);
        }
    }
    table.row("check of every byte, s", one(check.as_secs_f64())?, Target::None);
    Ok(())
}

/// Microseconds of look-ups in no order, of ones that are there and ones that are not in turn.
fn timed(list: &Blocklist, entries: u64, count: u64, salt: u64) -> Vec<f64> {
    let asked = (0..count).map(|number| {
        let purpose = if number % 2 == 0 { "present" } else { "absent" };
        let password = password(purpose, (number + salt).wrapping_mul(STRIDE) % entries);
        let begun = Instant::now();
        std::hint::black_box(list.is_listed(std::hint::black_box(&password)));
        begun.elapsed().as_secs_f64() * 1e6
    });
    asked.collect()
}

/// Strength beside it: the rest of what a new password costs before it is hashed.
fn judge(table: &mut Table) -> anyhow::Result<()> {
    let known = ["Ada", "Lovelace", "ada.lovelace@example.com", "RemitJunction"];
    strength(&Secret::new("the dictionaries are made at the first use"), &known);
    let hostile = "1|7+!4@ab1|7+!4@cd1|7+!4@efg1|7+!4@xyzw".repeat(2);
    let long = "correct horse battery staple ".repeat(9);
    for (name, text) in
        [("a usual password", "Correct-horse-1"), ("a passphrase", &long), ("the dearest found", &hostile)]
    {
        let text = Secret::new(format!("{text}{}", if text.len() > 20 { "9" } else { "" }));
        let rounds = (0..50).map(|_| {
            let begun = Instant::now();
            std::hint::black_box(strength(&text, &known));
            begun.elapsed().as_secs_f64() * 1e3
        });
        table.row(format!("strength of {name}, ms"), Spread::of(rounds)?, Target::None);
    }
    Ok(())
}

fn password(purpose: &str, number: u64) -> Secret {
    Secret::new(format!("{purpose}-{number}"))
}

/// The lines of a published list, made as they are read: the SHA-1 of a password each, in no order, and a count.
struct Published {
    next: u64,
    entries: u64,
    line: Vec<u8>,
    read: usize,
}

impl Published {
    fn new(entries: u64) -> Self {
        Self { next: 0, entries, line: Vec::new(), read: 0 }
    }

    fn write_line(&mut self) {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password("present", self.next).expose().as_bytes());
        self.line.clear();
        for byte in hash.as_ref() {
            // Formatting each would take longer than the build that is measured.
            self.line.extend([byte >> 4, byte & 15].map(|half| if half < 10 { b'0' + half } else { b'A' - 10 + half }));
        }
        self.line.extend_from_slice(format!(":{}\r\n", self.next % 97 + 1).as_bytes());
        self.read = 0;
        self.next += 1;
    }
}

impl Read for Published {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < out.len() {
            if self.read == self.line.len() {
                if self.next == self.entries {
                    break;
                }
                self.write_line();
            }
            let left = self.line.get(self.read..).unwrap_or_default();
            let part = left.len().min(out.len() - filled);
            let (Some(to), Some(from)) = (out.get_mut(filled..filled + part), left.get(..part)) else { break };
            to.copy_from_slice(from);
            filled += part;
            self.read += part;
        }
        Ok(filled)
    }
}
