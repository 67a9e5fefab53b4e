use clap::{Args, Subcommand};
use countersign_domain::{Kind, SessionId};

use super::account::{OneAccount, Who};
use super::tenant::InTenant;

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
