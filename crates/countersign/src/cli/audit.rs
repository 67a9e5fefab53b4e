mod file;
mod verify;

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_domain::audit::{Action, Event, KeyLine, Outcome, Personal};
use countersign_domain::{EventId, Kind, Timestamp};
use countersign_flows::Doer;
use countersign_flows::audit::Exporting;
use countersign_store::EventFilter;

pub use verify::VerifyTrail;
pub(super) use verify::in_file;

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
    /// Check that no sealed event was changed, added, removed or reordered: in the store, or in an exported file alone
    Verify(VerifyTrail),
    /// Write the whole trail with its seals, one JSON object a line, in a form that is verified without the store
    Export(ExportEvents),
    /// Print the public keys that seals are signed with, to keep where trails are verified
    Keys,
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
        AuditCommand::Verify(verify) => match &verify.tenant {
            Some(slug) => self::verify::in_store(verify, slug, desk, output).await,
            None => Err(Failure::Usage("say which tenant's trail, or which file".to_owned())),
        },
        AuditCommand::Export(export) => self::export(export, desk, output).await,
        AuditCommand::Keys => keys(desk, output),
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
    let actor = event.actor.id().map_or_else(|| event.actor.kind().to_owned(), |id| id.to_string());
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

/// The keys, as `audit verify FILE` takes them: whoever keeps them elsewhere can tell a forged export.
fn keys(desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let keys = desk.flows.seal_keys()?;
    let keys: Vec<_> = keys.iter().map(|(id, public)| KeyLine { id, public: *public }.to_string()).collect();
    if output.form() == Form::Json {
        let rows: Vec<_> = keys.into_iter().map(|key| vec![key.into()]).collect();
        return Ok(output.rows(&["key"], &rows)?);
    }
    Ok(keys.iter().try_for_each(|key| writeln!(output.stream(), "{key}"))?)
}

async fn export(export: &ExportEvents, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&export.tenant.tenant).await?;
    // Made first, so that a file that cannot be made leaves no event of an export that was none.
    let mut file = export.output.as_deref().map(new_file).transpose()?.map(BufWriter::new);
    let Exporting::Begun(mut trail) = desk.flows.export_trail(Doer::Operator, &tenant).await? else {
        return Err(Failure::Refused("the trail is being exported already".to_owned()));
    };
    while let Some(lines) = trail.next().await.map_err(anyhow::Error::from)? {
        match &mut file {
            Some(file) => file.write_all(lines.as_bytes())?,
            None => output.stream().write_all(lines.as_bytes())?,
        }
    }
    if let Some(mut file) = file {
        file.flush().and_then(|()| file.get_ref().sync_all())?;
    }
    let counts = trail.counts();
    output.say(&format!("{} events and {} seals", counts.events, counts.seals));
    Ok(())
}
