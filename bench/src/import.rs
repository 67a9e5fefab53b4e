//! `bench import`: files of ten thousand to a million accounts through the code of `countersign account import`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, anyhow};
use countersign_domain::signing_key::Algorithm;
use countersign_flows::admin::{ImportOrder, ImportStep};
use countersign_flows::import::{Assumptions, Format, Layout};
use tokio::time::Instant;

use crate::options::Options;
use crate::process;
use crate::side::{PATIENT, TENANT};
use crate::stats::Spread;
use crate::table::{Table, Target};
use crate::world::{Engine, Site, add_tenant, seal_all};

/// Linear: a row of the largest file takes no more than this many times one of the smallest.
const LINEAR: f64 = 1.3;
const ROWS_A_SECOND_MIN: f64 = 10_000.0;
/// A factor that shares none with a power of ten: addresses come in no order, as in a file ordered by the time of making.
const STRIDE: usize = 7_919;
/// Names in use repeat: a few hundred first, some thousands of last ones.
const FIRST_NAMES: usize = 300;
const LAST_NAMES: usize = 5_000;

/// What one import took.
struct Took {
    size: usize,
    seconds: f64,
    judging_seconds: f64,
    /// Of this process, all threads; PostgreSQL's own is not in it.
    cpu_seconds: f64,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let site = options.site()?;
    let mut table = Table::new(
        "import: accounts with bcrypt hashes, two names, telephone and day of birth, each file into a new store"
            .to_owned(),
    );
    for engine in &options.engines {
        let mut imports = Vec::new();
        for size in &options.sizes {
            imports.push(import(&site, *engine, *size)?);
            report(*engine, &imports, &mut table)?;
        }
    }
    table.row(
        "peak resident memory of the importing process, MiB",
        Spread::of([process::peak_resident_mib(std::process::id())?])?,
        Target::None,
    );
    table.print();
    Ok(())
}

fn import(site: &Site, engine: Engine, size: usize) -> anyhow::Result<Took> {
    let world = site.world(engine, PATIENT)?;
    let path = world.folder().join("people.jsonl");
    write_file(&path, size)?;
    let took = world.flushing(async |flows| {
        add_tenant(flows, TENANT, Algorithm::Es256).await?;
        seal_all(flows).await?;
        let tenant = flows.tenant(&TENANT.parse()?).await?.context("the tenant is gone")?;
        let order = ImportOrder {
            format: Format::Native,
            layout: Layout::JsonLines,
            assumptions: Assumptions {
                roles: vec!["CUSTOMER".parse()?],
                takes_unverified: false,
                firebase: None,
                now: flows.now(),
            },
            is_dry_run: false,
            skips_refused: false,
            is_service_stopped: true,
        };
        let (begun, cpu) = (Instant::now(), process::own_cpu()?);
        let mut judged = begun;
        let mut told = async |step| match step {
            ImportStep::Judged { .. } => judged = Instant::now(),
            ImportStep::Written { .. } => {}
            other => eprintln!("{other:?}"),
        };
        let report = flows.import_accounts(&tenant, &order, File::open(&path)?, &mut told).await?;
        let report = report.map_err(|refusal| anyhow!("{refusal}"))?;
        anyhow::ensure!(report.written == size as u64, "{} of {size} rows were written", report.written);
        let seconds = begun.elapsed().as_secs_f64();
        let cpu_seconds = (process::own_cpu()?.saturating_sub(cpu)).as_secs_f64();
        Ok(Took { size, seconds, judging_seconds: judged.duration_since(begun).as_secs_f64(), cpu_seconds })
    })?;
    let rate = size as f64 / took.seconds;
    eprintln!(
        "{engine}: {size} rows in {:.1} s, {rate:.0} a second, of it judging {:.1} s",
        took.seconds, took.judging_seconds
    );
    Ok(took)
}

fn report(engine: Engine, imports: &[Took], table: &mut Table) -> anyhow::Result<()> {
    let (Some(first), Some(last)) = (imports.first(), imports.last()) else { return Ok(()) };
    let each = |took: &Took| took.seconds / took.size as f64;
    let name = |what: &str| format!("{engine}, {} rows: {what}", last.size);
    let target = if engine == Engine::Sqlite { Target::AtLeast(ROWS_A_SECOND_MIN) } else { Target::None };
    table.row(name("rows a second"), Spread::of([1.0 / each(last)])?, target);
    let cpu = |took: &Took| took.cpu_seconds * 1e6 / took.size as f64;
    table.row(name("processor time of a row, µs"), Spread::of([cpu(last)])?, Target::None);
    let judging = last.judging_seconds / last.seconds;
    table.row(name("share of the reading that judges"), Spread::of([judging])?, Target::None);
    if first.size != last.size {
        let ratio = Spread::of([each(last) / each(first)])?;
        table.row(name(&format!("time of a row ÷ with {} rows", first.size)), ratio, Target::AtMost(LINEAR));
    }
    Ok(())
}

fn write_file(path: &Path, size: usize) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for number in 0..size {
        let mixed = number * STRIDE % size;
        writeln!(
            file,
            r#"{{"id":"{number}","email":"p{mixed:07}.{last}@example.com","emailVerified":true,"firstName":"Given{first}","lastName":"Family{last}","phone":"+44770{mixed:07}","dob":"1990-02-28","passwordHash":"$2b$10$UnboWLFf01qiPiqewuL7OuwHHQm9xBFsHKdLopVv2gFbOurWUxAs6","createdAt":"2024-05-01T10:00:00Z"}}"#,
            first = mixed % FIRST_NAMES,
            last = mixed % LAST_NAMES,
        )?;
    }
    Ok(file.flush()?)
}
