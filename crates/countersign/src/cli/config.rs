use clap::Subcommand;

use super::place::obstacles;
use super::{Cell, Failure, Form, ListenOptions, Output};
use crate::config::{Config, ConfigError, Entry, Loaded, Mode, Sources, sample};

/// `config …`
#[derive(Subcommand, Clone, Debug)]
pub enum ConfigCommand {
    /// Say what is wrong with the configuration, and why `serve` would refuse it
    Check(ListenOptions),
    /// Show every key, its value and where it came from; secrets only as set or unset
    Print(ListenOptions),
    /// Write a file with every key, explained and commented out, to standard output
    Sample,
}

impl ConfigCommand {
    /// The listening options, which count as for `serve`.
    pub(super) fn listen(&self) -> &ListenOptions {
        static NONE: ListenOptions = ListenOptions { listen: None, ops_listen: None };
        match self {
            Self::Check(listen) | Self::Print(listen) => listen,
            Self::Sample => &NONE,
        }
    }
}

/// Does what a `config` command says.
pub(super) fn act(command: &ConfigCommand, sources: &Sources, output: &mut Output) -> Result<(), Failure> {
    match command {
        ConfigCommand::Check(_) => check(sources, output),
        ConfigCommand::Print(_) => print(&Config::load(sources)?, output),
        ConfigCommand::Sample => Ok(output.stream().write_all(sample().as_bytes())?),
    }
}

fn print(loaded: &Loaded, output: &mut Output) -> Result<(), Failure> {
    let row = |entry: Entry| vec![entry.key.into(), entry.value.into(), entry.origin.to_string().into()];
    let rows: Vec<Vec<Cell>> = loaded.entries().into_iter().map(row).collect();
    Ok(output.rows(&["key", "value", "from"], &rows)?)
}

/// What is wrong is this command's answer, so it goes to standard output: a line each, or rows for programs.
fn check(sources: &Sources, output: &mut Output) -> Result<(), Failure> {
    let problems = problems(sources);
    if output.form() == Form::Json {
        let rows: Vec<Vec<Cell>> =
            problems.iter().map(|[from, key, what]| [from, key, what].map(|text| cell(text)).into()).collect();
        output.rows(&["from", "key", "problem"], &rows)?;
    } else {
        for problem in &problems {
            let said: Vec<&str> = problem.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            writeln!(output.stream(), "{}", said.join(": "))?;
        }
    }
    if problems.is_empty() {
        output.say("the configuration is good");
        Ok(())
    } else {
        Err(Failure::Refused("the configuration would stop the start".to_owned()))
    }
}

fn cell(text: &str) -> Cell {
    if text.is_empty() { Cell::Nothing } else { text.into() }
}

/// Where from, which key, what is wrong; the first two empty where they are not to blame.
fn problems(sources: &Sources) -> Vec<[String; 3]> {
    match Config::load(sources) {
        Ok(_) if sources.mode == Mode::Sandbox => Vec::new(),
        Ok(loaded) => obstacles(&loaded.config).into_iter().map(|what| [String::new(), String::new(), what]).collect(),
        Err(errors) => {
            let error = |error: &ConfigError| [error.origin.to_string(), error.key.clone(), error.problem.to_string()];
            let more = (errors.more > 0).then(|| [String::new(), String::new(), format!("and {} more", errors.more)]);
            errors.listed.iter().map(error).chain(more).collect()
        }
    }
}
