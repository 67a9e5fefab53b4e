use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use countersign_domain::{Slug, Tenant};
use countersign_flows::Doer;
use countersign_store::{LetterState, Retried, StoredLetter};
use uuid::Uuid;

use super::desk::Desk;
use super::{Cell, Failure, Output};

/// `mail …`
#[derive(Subcommand, Clone, Debug)]
pub enum MailCommand {
    /// List letters, newest first: what they are and what became of them, never to whom they go
    List(ListLetters),
    /// Send letters again that were given up
    Retry(RetryLetters),
}

/// `mail list`
#[derive(Args, Clone, Debug)]
pub struct ListLetters {
    /// Only this tenant's
    #[arg(long, short, value_name = "SLUG")]
    pub tenant: Option<Slug>,
    /// Only those in this state
    #[arg(long, value_parser = state())]
    pub state: Option<LetterState>,
    /// How many of each tenant at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub limit: u32,
    /// Where the page before ended; needs a tenant
    #[arg(long, requires = "tenant")]
    pub cursor: Option<Uuid>,
}

/// `mail retry`
#[derive(Args, Clone, Debug)]
pub struct RetryLetters {
    /// Only this tenant's
    #[arg(long, short, value_name = "SLUG")]
    pub tenant: Option<Slug>,
    /// The letters' ids
    #[arg(value_name = "LETTER", required_unless_present = "all_dead", conflicts_with = "all_dead")]
    pub letters: Vec<Uuid>,
    /// Every letter that was given up and whose life is not over
    #[arg(long)]
    pub all_dead: bool,
}

fn state() -> impl TypedValueParser<Value = LetterState> {
    let states = [LetterState::Due, LetterState::Sent, LetterState::Dead, LetterState::Dropped];
    PossibleValuesParser::new(states.map(LetterState::name)).try_map(|name| name.parse::<LetterState>())
}

/// Does what a `mail` command says.
pub(super) async fn act(command: &MailCommand, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    match command {
        MailCommand::List(list) => self::list(list, desk, output).await,
        MailCommand::Retry(retry) => self::retry(retry, desk, output).await,
    }
}

/// Tenants read at a time.
const TENANTS_AT_ONCE: u32 = 200;

/// The tenant that the line names, or every one.
async fn tenants(named: Option<&Slug>, desk: &Desk) -> Result<Vec<Tenant>, Failure> {
    if let Some(slug) = named {
        return Ok(vec![desk.tenant(slug).await?]);
    }
    let mut all: Vec<Tenant> = Vec::new();
    loop {
        let after = all.last().map_or_else(String::new, |tenant| tenant.slug.to_string());
        let more = desk.flows.tenants_after(&after, TENANTS_AT_ONCE).await?;
        if more.is_empty() {
            return Ok(all);
        }
        all.extend(more);
    }
}

async fn list(list: &ListLetters, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let (mut rows, mut next) = (Vec::new(), None);
    for tenant in tenants(list.tenant.as_ref(), desk).await? {
        let (mut letters, mut before) = (Vec::new(), list.cursor);
        // A page is short where few letters are in the state.
        while letters.len() < usize::try_from(list.limit).unwrap_or(usize::MAX) {
            let left = list.limit.saturating_sub(u32::try_from(letters.len()).unwrap_or(u32::MAX));
            let page = desk.flows.letters(&tenant, list.state, before, left).await?;
            letters.extend(page.letters);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        rows.extend(letters.iter().map(|letter| row(&tenant, letter)));
        next = next.or(before);
    }
    let columns = ["tenant", "id", "kind", "state", "attempts", "lastError", "createdAt", "expiresAt", "doneAt"];
    output.rows(&columns, &rows)?;
    match (next, &list.tenant) {
        (Some(next), Some(_)) => output.say(&format!("There are more: --cursor {next}")),
        (Some(_), None) => output.say("There are more: see them tenant by tenant, with --tenant"),
        (None, _) => {}
    }
    Ok(())
}

fn row(tenant: &Tenant, letter: &StoredLetter) -> Vec<Cell> {
    vec![
        tenant.slug.as_str().into(),
        letter.id.to_string().into(),
        letter.kind.as_str().into(),
        letter.state.name().into(),
        i64::from(letter.attempts).into(),
        letter.last_error.as_deref().into(),
        letter.created_at.into(),
        letter.expires_at.into(),
        letter.done_at.into(),
    ]
}

async fn retry(retry: &RetryLetters, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenants = tenants(retry.tenant.as_ref(), desk).await?;
    let mut done = Vec::new();
    if retry.all_dead {
        for tenant in &tenants {
            done.extend(desk.flows.retry_dead_letters(Doer::Operator, tenant).await?);
        }
    }
    for id in &retry.letters {
        done.push((*id, retry_one(*id, &tenants, desk).await?));
    }
    let rows: Vec<Vec<Cell>> =
        done.iter().map(|(id, retried)| vec![id.to_string().into(), told(*retried).into()]).collect();
    output.rows(&["id", "outcome"], &rows)?;
    // One of all the dead whose life is over was not asked for by name.
    if !retry.all_dead && done.iter().any(|(_, retried)| *retried != Retried::Yes) {
        return Err(Failure::Refused("not every one of them could be made due again".to_owned()));
    }
    Ok(())
}

async fn retry_one(id: Uuid, tenants: &[Tenant], desk: &Desk) -> Result<Retried, Failure> {
    for tenant in tenants {
        match desk.flows.retry_letter(Doer::Operator, tenant, id).await? {
            Retried::NoSuchLetter => {}
            retried => return Ok(retried),
        }
    }
    Ok(Retried::NoSuchLetter)
}

const fn told(retried: Retried) -> &'static str {
    match retried {
        Retried::Yes => "due",
        Retried::NotDead => "not dead",
        Retried::Over => "over: nothing that it opens is good any more",
        Retried::NoSuchLetter => "no such letter",
    }
}
