//! The command line: what can be typed, and what each command answers.
//!
//! A command is an argument struct and one function: it loads the configuration, asks one story and answers through
//! [`Output`]. No rule and no SQL stands here. Exit status: 0 done, 1 refused or failed, 2 the line makes no sense, 3
//! rows of a file are refused.
//!
//! To add a command: its arguments and its function in the file of its noun, one arm in its `act`.

/// `account …`: people of a tenant.
pub mod account;
/// `api-token …`: what servers show.
pub mod api_token;
/// `audit …`: the trail and its proof.
pub mod audit;
/// `blocklist …`: the passwords that nobody should have.
pub mod blocklist;
mod config;
mod desk;
/// Every account given back, encrypted.
#[cfg(feature = "export")]
pub mod export;
mod failure;
mod files;
/// Accounts of other systems.
pub mod import;
/// `key …`: what signs a tenant's tokens.
pub mod key;
/// `mail …`: letters and what became of them.
pub mod mail;
mod options;
mod output;
mod place;
mod progress;
mod prompt;
mod role;
/// `session …`: who is logged in.
pub mod session;
mod settings;
/// `tenant …`: the customers of the platform.
pub mod tenant;
mod welcome;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

pub use config::ConfigCommand;
pub use failure::{Failure, STATUS_FAILED, STATUS_ROWS_REFUSED, STATUS_USAGE};
pub use options::{GlobalOptions, ListenOptions};
pub use output::{Cell, Form, Output};
pub use place::Place;
pub use prompt::PasswordOptions;

use countersign_flows::Random;

use account::AccountCommand;
use api_token::ApiTokenCommand;
use audit::{AuditCommand, VerifyTrail};
use blocklist::BlocklistCommand;
use desk::Desk;
use key::KeyCommand;
use mail::MailCommand;
use role::RoleCommand;
use session::SessionCommand;
use tenant::TenantCommand;

use crate::config::{Mode, Sources};
use crate::serve;

/// What can be typed.
#[derive(Parser, Debug)]
#[command(name = "countersign", version, about = "A multi-tenant login service", max_term_width = 100)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Try everything on this machine: needs no configuration, knows the documented users
    Sandbox(SandboxOptions),
    /// Serve tenants in production
    Serve(ServeOptions),
    /// Check or show the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Make and check lists of common and breached passwords
    #[command(subcommand)]
    Blocklist(BlocklistCommand),
    /// What looks after a store.
    #[command(flatten)]
    Store(StoreCommand),
    /// Write a shell's completion script to standard output
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Say which version this is
    Version,
}

/// Commands that open a store that exists, beside a service that may be running on it.
#[derive(Subcommand, Debug)]
pub enum StoreCommand {
    /// Look after tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Look after the people of a tenant
    #[command(subcommand)]
    Account(AccountCommand),
    /// Say what the roles of a tenant open
    #[command(subcommand)]
    Role(RoleCommand),
    /// Look after what signs a tenant's tokens
    #[command(subcommand)]
    Key(KeyCommand),
    /// Look after who is logged in
    #[command(subcommand)]
    Session(SessionCommand),
    /// See and end what servers show in place of a password
    #[command(subcommand)]
    ApiToken(ApiTokenCommand),
    /// See what became of letters, and send again what was given up
    #[command(subcommand)]
    Mail(MailCommand),
    /// Read the audit trail, and prove that nobody changed it
    #[command(subcommand)]
    Audit(AuditCommand),
}

/// Options of `sandbox`.
#[derive(Args, Clone, Debug, Default)]
pub struct SandboxOptions {
    /// Start over: delete what the sandbox kept
    #[arg(long)]
    pub fresh: bool,
    /// Where to listen.
    #[command(flatten)]
    pub listen: ListenOptions,
}

/// Options of `serve`.
#[derive(Args, Clone, Debug, Default)]
pub struct ServeOptions {
    /// Where to listen.
    #[command(flatten)]
    pub listen: ListenOptions,
}

/// How the program was called: its line and its environment.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The words of the line, the program's name first.
    pub line: Vec<OsString>,
    /// The environment.
    pub variables: Vec<(OsString, OsString)>,
}

impl Call {
    /// This process's own.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment, for the configuration's layers"
    )]
    pub fn of_process() -> Self {
        Self { line: std::env::args_os().collect(), variables: std::env::vars_os().collect() }
    }
}

/// The program, from its line to its exit status.
pub fn main() -> ExitCode {
    ExitCode::from(run(&Call::of_process(), Output::of_process()))
}

/// Reads the line, does what it says, and returns the exit status.
pub fn run(call: &Call, mut output: Output) -> u8 {
    let mut cli = match Cli::try_parse_from(&call.line) {
        Ok(cli) => cli,
        Err(answer) => return tell(&answer, &mut output),
    };
    cli.global.take_every_set(&call.line);
    if cli.global.json {
        output.set_json();
    }
    match act(&cli, call, &mut output) {
        Ok(()) => 0,
        Err(failure) => {
            let status = failure.status();
            if status != 0 {
                output.say(&format!("countersign: {failure}"));
            }
            status
        }
    }
}

/// clap's own answers: help and version to standard output, complaints to standard error.
fn tell(answer: &clap::Error, output: &mut Output) -> u8 {
    let text = answer.render();
    let shown = if output.form() == Form::Terminal { text.ansi().to_string() } else { text.to_string() };
    if answer.use_stderr() {
        output.say(shown.trim_end());
        return STATUS_USAGE;
    }
    let written = write!(output.stream(), "{shown}");
    written.map_or_else(|error| Failure::from(error).status(), |()| 0)
}

fn act(cli: &Cli, call: &Call, output: &mut Output) -> Result<(), Failure> {
    let sources = |mode, listen: &ListenOptions| cli.global.sources(mode, listen, &call.variables);
    match &cli.command {
        Command::Sandbox(options) => {
            let sources = sources(Mode::Sandbox, &options.listen);
            let place = Place::sandbox(&sources, options.fresh, |bytes| Random::system().fill(bytes))?;
            serve::run(place, Mode::Sandbox, |loaded, place| output.say(&welcome::text(loaded, place)))
        }
        Command::Serve(options) => {
            if cli.global.sandbox {
                return Err(Failure::Usage("serve is for production: `countersign sandbox` is the sandbox".to_owned()));
            }
            let place = Place::production(&sources(Mode::Production, &options.listen))?;
            serve::run(place, Mode::Production, |loaded, _| {
                output.say(&format!("countersign {VERSION} serves on {}", loaded.config.listen));
            })
        }
        Command::Config(command) => config::act(command, &sources(Mode::Production, command.listen()), output),
        Command::Blocklist(command) => blocklist::act(command, output),
        Command::Store(StoreCommand::Audit(AuditCommand::Verify(verify @ VerifyTrail { file: Some(file), .. }))) => {
            audit::in_file(verify, file, output)
        }
        Command::Store(command) => look_after(command, &sources(Mode::Production, &ListenOptions::default()), output),
        Command::Completions { shell } => {
            // By itself it panics where nobody reads on.
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "countersign", &mut script);
            Ok(output.stream().write_all(&script)?)
        }
        Command::Version => Ok(output.record(&[("name", "countersign".into()), ("version", VERSION.into())])?),
    }
}

fn look_after(command: &StoreCommand, sources: &Sources, output: &mut Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(anyhow::Error::from)?;
    runtime.block_on(async {
        let desk = Desk::open(sources).await?;
        match command {
            StoreCommand::Tenant(command) => tenant::act(command, &desk, output).await,
            StoreCommand::Account(command) => account::act(command, &desk, output).await,
            StoreCommand::Role(command) => role::act(command, &desk, output).await,
            StoreCommand::Key(command) => key::act(command, &desk, output).await,
            StoreCommand::Session(command) => session::act(command, &desk, output).await,
            StoreCommand::ApiToken(command) => api_token::act(command, &desk, output).await,
            StoreCommand::Mail(command) => mail::act(command, &desk, output).await,
            StoreCommand::Audit(command) => audit::act(command, &desk, output).await,
        }
    })
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(test)]
mod tests;
