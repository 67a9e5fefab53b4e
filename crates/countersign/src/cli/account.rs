use std::str::FromStr;

use clap::{Args, Subcommand};
use countersign_domain::{AccountId, BadEmail, Email, Kind, Role};

use super::PasswordOptions;
use super::tenant::InTenant;

/// `account …`
#[derive(Subcommand, Clone, Debug)]
pub enum AccountCommand {
    /// Make an account, such as a tenant's first manager
    Create(CreateAccount),
    /// Show an account: standing, roles, lock, sessions
    Show(OneAccount),
    /// End the lockout of an account's name
    Unlock(OneAccount),
    /// Let a deactivated account log in again
    Activate(OneAccount),
    /// Close an account and end its sessions
    Deactivate(OneAccount),
    /// Set an account's password and end its sessions
    SetPassword(SetPassword),
}

/// `account create`
#[derive(Args, Clone, Debug)]
pub struct CreateAccount {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// The email address that the person logs in with
    #[arg(value_parser = parse_email)]
    pub email: Email,
    /// What the person may do: MANAGER, AGENT, CASHIER, CUSTOMER or a role of the tenant's; repeatable. CUSTOMER makes
    /// a customer account, every other role a staff account
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub roles: Vec<Role>,
    /// Given name
    #[arg(long)]
    pub first_name: Option<String>,
    /// Family name
    #[arg(long)]
    pub last_name: Option<String>,
    /// Where the password comes from.
    #[command(flatten)]
    pub password: PasswordOptions,
}

/// An account that exists.
#[derive(Args, Clone, Debug)]
pub struct OneAccount {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// The account's email address or id
    #[arg(value_name = "EMAIL|ID")]
    pub who: Who,
    /// Which account of the email, where it has two: customer or staff
    #[arg(long)]
    pub kind: Option<Kind>,
}

/// `account set-password`
#[derive(Args, Clone, Debug)]
pub struct SetPassword {
    /// The account.
    #[command(flatten)]
    pub account: OneAccount,
    /// Where the password comes from.
    #[command(flatten)]
    pub password: PasswordOptions,
}

/// How an account is named on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// By its id.
    Id(AccountId),
    /// By its email.
    Email(Email),
}

impl FromStr for Who {
    type Err = BadEmail;

    fn from_str(text: &str) -> Result<Self, BadEmail> {
        text.parse().map(Self::Id).or_else(|_| Email::parse(text).map(Self::Email))
    }
}

fn parse_email(text: &str) -> Result<Email, BadEmail> {
    Email::parse(text)
}
