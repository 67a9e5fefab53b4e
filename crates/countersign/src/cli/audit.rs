use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use countersign_domain::audit::{Action, Anchor, Event, Line, Outcome, Personal, Report};
use countersign_domain::{EventId, Kind, Timestamp};
use countersign_flows::audit::ExportFault;
use countersign_store::EventFilter;
use serde_json::json;

use super::account::{OneAccount, Who};
use super::desk::Desk;
use super::files::new_file;
use super::tenant::InTenant;
use super::{Cell, Failure, Form, Output};
use crate::config::nearest;

/// `audit …`
#[derive(Subcommand, Clone, Debug)]
pub enum AuditCommand {
    /// List events, newest first
    List(ListEvents),
    /// Check that no sealed event was changed, added, removed or reordered
    Verify(VerifyEvents),
    /// Write the whole trail with its seals, one JSON object a line, in a form that is verified without the store
    Export(ExportEvents),
}

/// `audit list`
#[derive(Args, Clone, Debug)]
pub struct ListEvents {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// Only events about the account with this email address or id
    #[arg(long, value_name = "EMAIL|ID")]
    pub account: Option<Who>,
    /// Which account of the email, where it has two: customer or staff
    #[arg(long, requires = "account")]
    pub kind: Option<Kind>,
    /// Only this action, such as login
    #[arg(long, value_parser = action)]
    pub action: Option<Action>,
    /// Only what was done, or only what was refused
    #[arg(long, value_parser = ["done", "refused"])]
    pub outcome: Option<String>,
    /// From this time on (2026-11-24T10:00:00Z)
    #[arg(long, value_name = "TIME")]
    pub since: Option<Timestamp>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<Timestamp>,
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub limit: u32,
    /// Where the page before ended
    #[arg(long)]
    pub cursor: Option<EventId>,
}

fn action(text: &str) -> Result<Action, String> {
    text.parse().map_err(|_| {
        let nearest = nearest(text, Action::NAMES.iter().map(|name| (*name).to_owned()));
        format!("there is no such action; the nearest is {nearest}")
    })
}

/// `audit verify`
#[derive(Args, Clone, Debug)]
pub struct VerifyEvents {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// The end of the trail as an earlier verification told it: finds out whether it was cut off since
    #[arg(long, value_name = "NUMBER:HASH")]
    pub known: Option<Anchor>,
    /// An earlier export of this trail; its last seal is then the known end
    #[arg(long, value_name = "FILE", conflicts_with = "known")]
    pub export: Option<PathBuf>,
    /// How long events must be kept, whatever the tenant's settings say now; 0 for ever
    #[arg(long, value_name = "DAYS")]
    pub retention_days: Option<u32>,
}

/// `audit export`
#[derive(Args, Clone, Debug)]
pub struct ExportEvents {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// Write to this new file, for its owner alone, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Does what an `audit` command says.
pub(super) async fn act(command: &AuditCommand, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    match command {
        AuditCommand::List(list) => self::list(list, desk, output).await,
        AuditCommand::Verify(verify) => self::verify(verify, desk, output).await,
        AuditCommand::Export(export) => self::export(export, desk, output).await,
    }
}

async fn list(list: &ListEvents, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&list.tenant.tenant).await?;
    let subject = match &list.account {
        None => None,
        Some(who) => {
            let one = OneAccount { tenant: list.tenant.clone(), who: who.clone(), kind: list.kind };
            Some(desk.account(&one).await?.1.id)
        }
    };
    let filter = EventFilter {
        subject,
        action: list.action.clone(),
        outcome: list.outcome.as_deref().and_then(Outcome::read),
        from: list.since,
        to: list.until,
        before: list.cursor,
        events_max: usize::try_from(list.limit).map_err(anyhow::Error::from)?,
    };
    let page = desk.flows.list_events(tenant.id, filter).await?;
    let columns = [
        "at",
        "action",
        "outcome",
        "reason",
        "count",
        "actor",
        "subject",
        "session",
        "requestId",
        "address",
        "detail",
        "id",
    ];
    output.rows(&columns, &page.events.iter().map(row).collect::<Vec<_>>())?;
    for id in &page.unreadable {
        output.say(&format!("the row of event {id} cannot be read: run `countersign audit verify`"));
    }
    if let Some(next) = page.next {
        output.say(&format!("there may be more: --cursor {next}"));
    }
    Ok(())
}

fn row(event: &Event) -> Vec<Cell> {
    let fields = match &event.personal {
        Personal::Kept { fields, .. } => Some(fields),
        Personal::Erased { .. } => None,
    };
    let actor = event.actor.account().map_or_else(|| event.actor.kind().to_owned(), |id| id.to_string());
    vec![
        event.at.into(),
        event.action.as_str().into(),
        event.outcome.as_str().into(),
        event.reason.as_ref().map(|reason| reason.as_str()).into(),
        i64::from(event.count).into(),
        actor.into(),
        event.subject.map(|id| id.to_string()).into(),
        event.session.map(|id| id.to_string()).into(),
        event.request_id.as_deref().into(),
        fields.and_then(|fields| fields.client_address).map(|address| address.to_string()).into(),
        fields.and_then(|fields| fields.detail.as_deref()).into(),
        event.id.to_string().into(),
    ]
}

async fn verify(verify: &VerifyEvents, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&verify.tenant.tenant).await?;
    let known = match &verify.export {
        Some(file) => Some(last_seal(file)?),
        None => verify.known,
    };
    let report = desk.flows.verify_trail(&tenant, known, verify.retention_days).await?;
    tell(&report, output)?;
    if report.events_removed > 0 && !report.is_retention_known {
        output.say(
            "the tenant's own settings excuse what was removed, and whoever can edit the trail can edit them: \
             say with --retention-days how long events must be kept",
        );
    }
    if report.is_clean() { Ok(()) } else { Err(Failure::Refused("the trail is not as it was sealed".to_owned())) }
}

fn tell(report: &Report, output: &mut Output) -> io::Result<()> {
    let count = |count: u64| Cell::from(i64::try_from(count).unwrap_or(i64::MAX));
    let mut fields = vec![
        ("clean", report.is_clean().into()),
        ("seals", count(report.seals)),
        ("events", count(report.events)),
        ("eventsRemoved", count(report.events_removed)),
        ("eventsUnsealed", count(report.events_unsealed)),
        ("head", report.head.map(|head| head.to_string()).into()),
    ];
    let found = report.findings.iter();
    if output.form() == Form::Json {
        let findings = found.map(|found| json!({ "code": found.code(), "what": found.to_string() })).collect();
        fields.push(("findings", Cell::Value(findings)));
        fields.push(("findingsOmitted", count(report.findings_omitted)));
        return output.record(&fields);
    }
    fields.extend(found.map(|found| (found.code(), found.to_string().into())));
    fields.extend((report.findings_omitted > 0).then(|| ("findingsOmitted", count(report.findings_omitted))));
    output.record(&fields)
}

/// The last seal of an export. Whether the export is sound, its own verification says; here it is only remembered.
fn last_seal(file: &Path) -> Result<Anchor, Failure> {
    let unreadable = |error: &dyn std::fmt::Display| Failure::Refused(format!("{}: {error}", file.display()));
    let lines = BufReader::new(File::open(file).map_err(|error| unreadable(&error))?).lines();
    let mut last: Option<Anchor> = None;
    for line in lines {
        let line = line.map_err(|error| unreadable(&error))?;
        let line: Line = serde_json::from_str(&line).map_err(|_| unreadable(&"is no export of a trail"))?;
        if let Line::Seal(seal) = line
            && let Some(seal) = seal.seal()
        {
            last = last.into_iter().chain([seal.anchor()]).max_by_key(|anchor| anchor.number);
        }
    }
    last.ok_or_else(|| unreadable(&"holds no seal"))
}

async fn export(export: &ExportEvents, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&export.tenant.tenant).await?;
    let end = match &export.output {
        None => {
            let out = output.stream();
            desk.flows.export_trail(&tenant, |line| writeln!(out, "{line}")).await
        }
        Some(path) => {
            let mut file = BufWriter::new(new_file(path)?);
            let end = desk.flows.export_trail(&tenant, |line| writeln!(file, "{line}")).await;
            file.flush().and_then(|()| file.get_ref().sync_all())?;
            end
        }
    };
    let end = end.map_err(|fault| match fault {
        ExportFault::Taker(error) => Failure::Unwritten(error),
        ExportFault::Fault(fault) => fault.into(),
        ExportFault::Line(error) => anyhow::Error::from(error).into(),
    })?;
    output.say(&format!("{} events and {} seals", end.events, end.seals));
    Ok(())
}
