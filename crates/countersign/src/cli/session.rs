use clap::{Args, Subcommand};
use countersign_domain::session::Session;
use countersign_domain::{Kind, SessionId};
use countersign_flows::Doer;

use super::account::{OneAccount, Who};
use super::desk::Desk;
use super::tenant::InTenant;
use super::{Cell, Failure, Output};

/// `session …`
#[derive(Subcommand, Clone, Debug)]
pub enum SessionCommand {
    /// List an account's living sessions
    List(OneAccount),
    /// End sessions
    End(EndSessions),
}

/// `session end`: some by their ids, or all of one account.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct EndSessions {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// The sessions' ids, the claim `sid` of their tokens
    #[arg(value_name = "SESSION", required_unless_present = "account", conflicts_with = "account")]
    pub sessions: Vec<SessionId>,
    /// All sessions of the account with this email address or id
    #[arg(long, value_name = "EMAIL|ID")]
    pub account: Option<Who>,
    /// Which account of the email, where it has two: customer or staff
    #[arg(long, requires = "account")]
    pub kind: Option<Kind>,
}

/// Does what a `session` command says.
pub(super) async fn act(command: &SessionCommand, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    match command {
        SessionCommand::List(one) => list(one, desk, output).await,
        SessionCommand::End(sessions) => end(sessions, desk, output).await,
    }
}

async fn list(one: &OneAccount, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let (tenant, account) = desk.account(one).await?;
    let sessions = desk.flows.living_sessions(&tenant, &account).await?;
    let columns = ["id", "createdAt", "rotatedAt", "refreshes", "idleExpiresAt", "expiresAt", "network", "userAgent"];
    Ok(output.rows(&columns, &sessions.iter().map(row).collect::<Vec<_>>())?)
}

fn row(session: &Session) -> Vec<Cell> {
    vec![
        session.id.to_string().into(),
        session.created_at.into(),
        session.rotated_at.into(),
        session.refresh_counter.into(),
        session.idle_expires_at.into(),
        session.expires_at.into(),
        session.client.network.as_str().into(),
        session.client.user_agent.as_str().into(),
    ]
}

async fn end(ends: &EndSessions, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&ends.tenant.tenant).await?;
    let sessions = match &ends.account {
        None => ends.sessions.clone(),
        Some(who) => {
            let one = OneAccount { tenant: ends.tenant.clone(), who: who.clone(), kind: ends.kind };
            let (tenant, account) = desk.account(&one).await?;
            desk.flows.living_sessions(&tenant, &account).await?.iter().map(|session| session.id).collect()
        }
    };
    let (mut rows, mut unknown) = (Vec::new(), false);
    for session in sessions {
        let ended = desk.flows.end_session(Doer::Operator, &tenant, None, session).await?;
        let ended = ended.map_err(|more| Failure::Refused(more.to_string()))?;
        unknown |= !ended;
        rows.push(vec![session.to_string().into(), ended.into()]);
    }
    output.rows(&["id", "ended"], &rows)?;
    // One that vanished between the two readings was ended by somebody else: just what was asked for.
    if unknown && ends.account.is_none() {
        return Err(Failure::Refused("not every one of them was a living session of the tenant".to_owned()));
    }
    Ok(())
}
