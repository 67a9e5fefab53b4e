use std::str::FromStr;

use clap::{Args, Subcommand};
use countersign_domain::access::in_words;
use countersign_domain::lockout::Lock;
use countersign_domain::{Account, AccountId, BadEmail, Email, Kind, Role, Standing};
use countersign_flows::Doer;
use countersign_flows::admin::{Access, AccountRefusal, DeviceCounter, NewPerson};
use serde_json::json;

use super::desk::Desk;
#[cfg(feature = "export")]
use super::export::ExportAccounts;
use super::import::ImportAccounts;
use super::tenant::InTenant;
use super::{Cell, Failure, Form, Output, PasswordOptions};

/// `account …`
#[derive(Subcommand, Clone, Debug)]
pub enum AccountCommand {
    /// Make an account, such as a tenant's first manager
    Create(CreateAccount),
    /// Show an account: standing, roles, lock, sessions
    Show(OneAccount),
    /// End the lockout of an account's name
    Unlock(OneAccount),
    /// Send the person a link to set a new password, to the account's own address: nobody else sees it
    SendReset(OneAccount),
    /// Let a deactivated account log in again
    Activate(OneAccount),
    /// Close an account and end its sessions
    Deactivate(OneAccount),
    /// Set an account's password and end its sessions
    SetPassword(SetPassword),
    /// Take over accounts of another system, with their password hashes: first every row that would be refused is told
    Import(ImportAccounts),
    /// Write every account of a tenant, password hashes included, to a file in the age format
    #[cfg(feature = "export")]
    Export(ExportAccounts),
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

pub(super) fn parse_email(text: &str) -> Result<Email, BadEmail> {
    Email::parse(text)
}

/// Does what an `account` command says.
pub(super) async fn act(command: &AccountCommand, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    match command {
        AccountCommand::Create(create) => self::create(create, desk, output).await,
        AccountCommand::Show(one) => show(one, desk, output).await,
        AccountCommand::Unlock(one) => {
            let (tenant, account) = desk.account(one).await?;
            say_if_same(desk.flows.unlock_account(Doer::Operator, &tenant, &account).await?, output)?;
            show(one, desk, output).await
        }
        AccountCommand::SendReset(one) => {
            let (tenant, account) = desk.account(one).await?;
            desk.flows.send_reset(Doer::Operator, &tenant, &account).await??;
            output.say("The letter waits for a running service, which sends it; its link is good for half an hour.");
            show(one, desk, output).await
        }
        AccountCommand::Activate(one) => set_standing(one, Standing::Active, desk, output).await,
        AccountCommand::Deactivate(one) => set_standing(one, Standing::Deactivated, desk, output).await,
        AccountCommand::SetPassword(set) => set_password(set, desk, output).await,
        AccountCommand::Import(import) => super::import::import(import, desk, output).await,
        #[cfg(feature = "export")]
        AccountCommand::Export(export) => super::export::export(export, desk, output).await,
    }
}

async fn create(create: &CreateAccount, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&create.tenant.tenant).await?;
    let person = NewPerson {
        email: create.email.clone(),
        roles: create.roles.clone(),
        first_name: create.first_name.clone(),
        last_name: create.last_name.clone(),
        password: create.password.new_password()?,
        must_change_password: false,
    };
    let id = desk.flows.create_account(&tenant, person).await??;
    let one = OneAccount { tenant: create.tenant.clone(), who: Who::Id(id), kind: None };
    show(&one, desk, output).await
}

async fn set_standing(one: &OneAccount, standing: Standing, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let (tenant, account) = desk.account(one).await?;
    say_if_same(desk.flows.set_standing(Doer::Operator, &tenant, &account, standing).await?, output)?;
    show(one, desk, output).await
}

async fn set_password(set: &SetPassword, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let (tenant, account) = desk.account(&set.account).await?;
    let password = set.password.new_password()?;
    desk.flows.set_password(&tenant, &account, &password, false).await??;
    output.say("The password is set; sessions, remembered devices and locks of the account ended with the old one.");
    show(&set.account, desk, output).await
}

/// That it was so already is no failure: a script may say the same twice.
fn say_if_same(outcome: Result<(), AccountRefusal>, output: &mut Output) -> Result<(), AccountRefusal> {
    if outcome == Err(AccountRefusal::Already) {
        output.say("nothing to change: it is so already");
        return Ok(());
    }
    outcome
}

async fn show(one: &OneAccount, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let (tenant, account) = desk.account(one).await?;
    let access = desk.flows.access_of(&tenant, &account).await?;
    let sessions = desk.flows.living_sessions(&tenant, &account).await?.len();
    let mut fields = facts(&account);
    fields.push(("livingSessions", i64::try_from(sessions).unwrap_or(i64::MAX).into()));
    fields.push(("canLogIn", access.obstacles.is_empty().into()));
    fields.push(("why", access.obstacles.iter().map(ToString::to_string).collect::<Vec<_>>().into()));
    fields.push(("remedies", access.obstacles.iter().map(|why| in_words(why.remedies())).collect::<Vec<_>>().into()));
    fields.push(("notes", access.caveats.iter().map(ToString::to_string).collect::<Vec<_>>().into()));
    fields.push(("counters", counters(&access, output.form())));
    Ok(output.record(&fields)?)
}

fn facts(account: &Account) -> Vec<(&'static str, Cell)> {
    let roles: Vec<String> = account.roles.iter().map(ToString::to_string).collect();
    vec![
        ("id", account.id.to_string().into()),
        ("kind", account.kind.name().into()),
        ("email", account.email.as_str().into()),
        ("firstName", account.first_name.clone().into()),
        ("lastName", account.last_name.clone().into()),
        ("roles", roles.into()),
        ("standing", account.standing.name().into()),
        ("hasPassword", account.password_hash.is_some().into()),
        ("mustChangePassword", account.must_change_password.into()),
        ("generation", account.generation.into()),
        ("passwordVersion", account.password_version.into()),
        ("createdAt", account.created_at.into()),
    ]
}

/// What is counted for each class of devices.
fn counters(access: &Access, form: Form) -> Cell {
    if form == Form::Json {
        return Cell::Value(access.counters.iter().map(counter_for_programs).collect());
    }
    access.counters.iter().map(counter_in_words).collect::<Vec<_>>().into()
}

fn counter_for_programs(counted: &DeviceCounter) -> serde_json::Value {
    let counter = &counted.counter;
    json!({
        "device": counted.device.map(|device| uuid::Uuid::from_bytes(device).simple().to_string()),
        "failures": counter.failures,
        "failuresInARow": counter.streak,
        "lastFailureAt": counter.last_failure.map(|at| at.to_string()),
        "lockedUntil": counter.locked_until.map(|end| end.to_string()),
        "shut": counted.lock() == Some(Lock::Shut),
        "inFlight": counter.attempts.len(),
    })
}

fn counter_in_words(counted: &DeviceCounter) -> String {
    let device = match counted.device {
        None => "new devices".to_owned(),
        Some(device) => format!("device {}", uuid::Uuid::from_bytes(device).simple()),
    };
    let lock = match counted.lock() {
        None => String::new(),
        Some(Lock::Until(end)) => format!(", locked until {end}"),
        Some(Lock::Shut) => ", shut".to_owned(),
    };
    format!("{device}: {} failures, {} in a row{lock}", counted.counter.failures, counted.counter.streak)
}
