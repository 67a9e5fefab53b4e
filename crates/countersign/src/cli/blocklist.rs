use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use countersign_domain::password_text;
use countersign_flows::blocklist::{Blocklist, Builder, LineForm, Lines, ListFacts, ListFile, Progress};

use super::{Cell, Failure, Output, PasswordOptions};

/// `blocklist …`
#[derive(Subcommand, Clone, Debug)]
pub enum BlocklistCommand {
    /// Make a list for the key passwords.blocklist_file out of published hashes
    Build(BuildList),
    /// Read a whole list and say whether it is as it was made
    Check(OneList),
    /// Say whether a password is listed
    Test(TestPassword),
}

/// `blocklist build`
#[derive(Args, Clone, Debug)]
pub struct BuildList {
    /// Files with a hash on each line, in any order, with or without :COUNT; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub sources: Vec<PathBuf>,
    /// Where the list is to be; what is there is replaced when the new one is whole
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
    /// What the lines are: sha1 or ntlm, as the first line tells if left out; plain for passwords as they are typed
    #[arg(long, value_name = "KIND")]
    pub kind: Option<LineForm>,
}

/// A list that exists.
#[derive(Args, Clone, Debug)]
pub struct OneList {
    /// The list
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `blocklist test`
#[derive(Args, Clone, Debug)]
pub struct TestPassword {
    /// The list; the built-in one is asked as well
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the password comes from.
    #[command(flatten)]
    pub password: PasswordOptions,
}

/// Does what a `blocklist` command says.
pub(super) fn act(command: &BlocklistCommand, output: &mut Output) -> Result<(), Failure> {
    match command {
        BlocklistCommand::Build(build) => self::build(build, output),
        BlocklistCommand::Check(one) => {
            let facts = ListFile::check(&one.file).map_err(|bad| refused(&one.file, &bad))?;
            Ok(output.record(&fields(&one.file, &facts))?)
        }
        BlocklistCommand::Test(test) => self::test(test, output),
    }
}

fn build(build: &BuildList, output: &mut Output) -> Result<(), Failure> {
    let mut builder = Builder::begin(&build.out, build.kind)?;
    for source in &build.sources {
        let name = if is_standard_input(source) { "standard input".to_owned() } else { source.display().to_string() };
        let lines = Lines::new(name.as_str(), opened(source)?);
        builder.take(lines, |progress| output.progress(&in_words(&name, progress)))?;
    }
    let built = builder.finish(|progress| output.progress(&in_words("", progress)))?;
    output.progress("");
    let facts = ListFile::open(&build.out).map_err(|bad| refused(&build.out, &bad))?.facts();
    let mut fields = fields(&build.out, &facts);
    fields.push(("duplicates", count(built.duplicates)));
    Ok(output.record(&fields)?)
}

fn is_standard_input(source: &Path) -> bool {
    source == Path::new("-")
}

fn opened(source: &Path) -> Result<Box<dyn Read>, Failure> {
    if is_standard_input(source) {
        return Ok(Box::new(io::stdin()));
    }
    File::open(source)
        .map(|file| Box::new(file) as Box<dyn Read>)
        .map_err(|error| Failure::Refused(format!("{} cannot be read: {error}", source.display())))
}

fn in_words(source: &str, progress: Progress) -> String {
    match progress {
        Progress::Read(lines) => format!("{source}: {lines} lines"),
        Progress::Built(shard, shards) => format!("built {shard} of {shards} parts"),
    }
}

fn test(test: &TestPassword, output: &mut Output) -> Result<(), Failure> {
    let list = ListFile::open(&test.file).map_err(|bad| refused(&test.file, &bad))?;
    let typed = test.password.any_password()?;
    // What nobody can set may still be asked about.
    let text = password_text(&typed).unwrap_or(typed);
    let (in_file, built_in) = (list.contains(&text), Blocklist::built_in().is_listed(&text));
    Ok(output.record(&[
        ("listed", (in_file || built_in).into()),
        ("inFile", in_file.into()),
        ("builtIn", built_in.into()),
    ])?)
}

fn refused(file: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::Refused(format!("{} {why}", file.display()))
}

fn fields(file: &Path, facts: &ListFacts) -> Vec<(&'static str, Cell)> {
    vec![
        ("file", file.display().to_string().into()),
        ("kind", facts.kind.name().into()),
        ("entries", count(facts.entries)),
        ("shards", count(facts.shards as u64)),
        ("bytes", count(facts.bytes)),
    ]
}

fn count(count: u64) -> Cell {
    i64::try_from(count).unwrap_or(i64::MAX).into()
}
