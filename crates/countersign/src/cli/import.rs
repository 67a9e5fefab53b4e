use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use countersign_domain::{Role, Tenant};
use countersign_flows::admin::{ImportOrder, ImportReport, ImportStep, RefusedRow};
use countersign_flows::hasher::FirebaseKeys;
use countersign_flows::import::{Assumptions, FORMATS, Format, firebase_keys};
use serde_json::json;

use super::desk::Desk;
use super::output::escaped;
use super::progress::Progress;
use super::tenant::InTenant;
use super::{Cell, Failure, Form, Output};

/// `account import`
#[derive(Args, Clone, Debug)]
pub struct ImportAccounts {
    /// A file of accounts; nobody may write into it meanwhile
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// Whose export it is: native, keycloak, kratos, supabase, firebase or django (docs/import.md shows each)
    #[arg(long, default_value = "native", value_parser = format)]
    pub format: Format,
    /// What people may do whose row names no role of ours; repeatable
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<Role>,
    /// Take addresses too that their system says were never proved
    #[arg(long)]
    pub take_unverified: bool,
    /// The hash parameters of a Firebase project
    #[arg(long, value_name = "FILE")]
    pub firebase_config: Option<PathBuf>,
    /// Only say which rows would be refused
    #[arg(long)]
    pub dry_run: bool,
    /// Write the good rows though others are refused
    #[arg(long)]
    pub skip_refused: bool,
    /// The service is not running anywhere: do not wait a minute until every node knows which hashes come
    #[arg(long)]
    pub service_stopped: bool,
}

fn format(text: &str) -> Result<Format, String> {
    let names = FORMATS.map(Format::name).join(", ");
    text.parse().map_err(|_| format!("must be one of {names}"))
}

/// Does what `account import` says.
pub(super) async fn import(import: &ImportAccounts, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&import.tenant.tenant).await?;
    let mut file = File::open(&import.file).map_err(|error| unreadable(&import.file, &error))?;
    if is_encrypted(&mut file).map_err(|error| unreadable(&import.file, &error))? {
        let name = import.file.display();
        return Err(Failure::Refused(format!("{name} is encrypted: decrypt it first, with `age --decrypt`")));
    }
    let bytes = file.metadata().map_err(|error| unreadable(&import.file, &error))?.len();
    let order = order(import, desk)?;
    let mut told = Teller { progress: Progress::begin(output, bytes), output, unwritten: None, rows: 0 };
    let outcome = desk.flows.import_accounts(&tenant, &order, file, &mut async |step| told.tell(step).await).await;
    let Teller { progress, unwritten, .. } = told;
    progress.end();
    if let Some(error) = unwritten {
        return Err(error.into());
    }
    let report = outcome?.map_err(|refusal| Failure::Refused(format!("{}: {refusal}", import.file.display())))?;
    summary(&tenant, &report, output)?;
    judged(import, &report, output)
}

/// Whether the file is one of the format age (age-encryption.org/v1), as `account export` writes it.
fn is_encrypted(file: &mut File) -> io::Result<bool> {
    let mut start = Vec::new();
    file.by_ref().take(MARKS.iter().map(|mark| mark.len() as u64).max().unwrap_or_default()).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(MARKS.iter().any(|mark| start.starts_with(mark)))
}

/// How such a file begins, as bytes and as text.
const MARKS: [&[u8]; 2] = [b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----"];

fn order(import: &ImportAccounts, desk: &Desk) -> Result<ImportOrder, Failure> {
    Ok(ImportOrder {
        format: import.format,
        layout: import.format.layout(&import.file.to_string_lossy()),
        assumptions: Assumptions {
            roles: import.roles.clone(),
            takes_unverified: import.take_unverified,
            firebase: import.firebase_config.as_deref().map(firebase).transpose()?,
            now: desk.flows.now(),
        },
        is_dry_run: import.dry_run,
        skips_refused: import.skip_refused,
        is_service_stopped: import.service_stopped,
    })
}

fn firebase(path: &Path) -> Result<FirebaseKeys, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    firebase_keys(&text).map_err(|bad| Failure::Refused(format!("{}: {bad}", path.display())))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Refused(format!("{}: {error}", path.display()))
}

/// Shows what the import tells.
struct Teller<'o> {
    progress: Progress,
    output: &'o mut Output,
    /// Whoever read the refused rows has closed the pipe. The import goes on all the same.
    unwritten: Option<io::Error>,
    /// Rows of the file, as far as they were judged.
    rows: u64,
}

impl Teller<'_> {
    async fn tell(&mut self, step: ImportStep) {
        match step {
            ImportStep::Judged { rows, bytes } => {
                self.rows = rows;
                self.progress.judged(self.output, rows, bytes);
            }
            ImportStep::Written { row, .. } => self.progress.written(self.output, row, self.rows),
            ImportStep::Refused(row) => {
                let written = self.progress.aside(|| refused(&row, self.output));
                self.unwritten = self.unwritten.take().or(written.err());
            }
            ImportStep::Wait(left) => {
                let seconds = left.as_secs_f64().ceil();
                self.progress.aside(|| {
                    self.output.say(&format!(
                        "waiting {seconds} s, until every node knows how long hashes of this file take to verify"
                    ));
                });
                tokio::time::sleep(left.max(Duration::from_millis(1))).await;
            }
        }
    }
}

/// One line for each thing that is wrong; for programs one object for each row.
fn refused(row: &RefusedRow, output: &mut Output) -> io::Result<()> {
    let form = output.form();
    let out = output.stream();
    if form == Form::Json {
        let faults: Vec<_> = row.faults.iter().map(|fault| json!({ "field": fault.field, "why": fault.why })).collect();
        return writeln!(out, "{}", json!({ "row": row.number, "line": row.line, "faults": faults }));
    }
    for fault in &row.faults {
        let (field, why) = (escaped(&fault.field), escaped(&fault.why));
        writeln!(out, "row {}, line {}: {field} {why}", row.number, row.line)?;
    }
    Ok(())
}

fn summary(tenant: &Tenant, report: &ImportReport, output: &mut Output) -> io::Result<()> {
    let file: String = report.file.iter().map(|byte| format!("{byte:02x}")).collect();
    let count = |count: u64| Cell::from(i64::try_from(count).unwrap_or(i64::MAX));
    let fields = [
        ("tenant", tenant.slug.to_string().into()),
        ("file", file.into()),
        ("rows", count(report.rows)),
        ("refused", count(report.refused)),
        ("written", count(report.written)),
        ("writtenBefore", count(report.written_before)),
        ("done", report.is_done.into()),
    ];
    output.record_on_one_line(&fields)
}

/// Refused rows have an exit status of their own, so that a script need not read the answer.
fn judged(import: &ImportAccounts, report: &ImportReport, output: &mut Output) -> Result<(), Failure> {
    let rows = match report.refused {
        0 => {
            if report.rows == 0 {
                output.say("the file has no rows");
            } else if import.dry_run {
                output.say("nothing is refused; nothing was written, since this was a dry run");
            }
            return Ok(());
        }
        all if all == report.rows => {
            let format = import.format.name();
            return Err(Failure::RowsRefused(format!("every row is refused: is the file of the format {format}?")));
        }
        1 => "1 row is".to_owned(),
        many => format!("{many} rows are"),
    };
    Err(Failure::RowsRefused(match () {
        () if import.dry_run => format!("{rows} refused; nothing was written, since this was a dry run"),
        () if report.is_done => format!("{rows} refused; the others were written"),
        () => format!("{rows} refused, so nothing was written: mend them, or write the others with --skip-refused"),
    }))
}
