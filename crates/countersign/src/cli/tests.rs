//! Whole command lines, as typed.

use std::ffi::OsString;
use std::fs;

use clap::Subcommand;

use super::output::tests::Kept;
use super::*;

/// What a command line ended with.
#[derive(Debug)]
struct Ran {
    status: u8,
    out: String,
    err: String,
}

fn ran_with(variables: &[(&str, &str)], line: &str) -> Ran {
    let (out, err) = (Kept::default(), Kept::default());
    let output = Output::new(Box::new(out.clone()), Box::new(err.clone()), Form::Plain);
    let call = Call {
        line: std::iter::once("countersign").chain(line.split_whitespace()).map(OsString::from).collect(),
        variables: variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect(),
    };
    let status = run(&call, output);
    Ran { status, out: out.text(), err: err.text() }
}

fn ran(line: &str) -> Ran {
    ran_with(&[], line)
}

/// The line of `config print` about one key.
fn printed(key: &str, line: &str) -> String {
    let ran = ran(line);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.out.lines().find(|row| row.starts_with(&format!("{key}\t"))).unwrap().to_owned()
}

#[test]
fn the_line_is_well_formed() {
    Cli::command().debug_assert();
    for command in [
        tenant::TenantCommand::augment_subcommands as fn(clap::Command) -> clap::Command,
        account::AccountCommand::augment_subcommands,
        role::RoleCommand::augment_subcommands,
        key::KeyCommand::augment_subcommands,
        session::SessionCommand::augment_subcommands,
        api_token::ApiTokenCommand::augment_subcommands,
        mail::MailCommand::augment_subcommands,
        audit::AuditCommand::augment_subcommands,
        blocklist::BlocklistCommand::augment_subcommands,
    ] {
        command(clap::Command::new("countersign")).debug_assert();
    }
}

#[test]
fn the_status_says_done_failed_or_misused() {
    for (line, status) in [
        ("version", 0),
        ("--version", 0),
        ("--help", 0),
        ("config sample", 0),
        ("config print --set log.level=loud", 1),
        ("config check", 1),
        ("config check --sandbox", 0),
        ("serve", 1),
        ("serve --sandbox", 2),
        ("", 2),
        ("sevre", 2),
        ("config print --bogus", 2),
        ("config print --set", 2),
    ] {
        let ran = ran(line);
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        let told = if status == 0 { &ran.out } else { &ran.err };
        assert!(!told.is_empty() || line.starts_with("config check"), "{line}: {ran:?}");
        assert!(status == 0 || line.starts_with("config check") || ran.out.is_empty(), "{line}: {ran:?}");
    }
}

#[test]
fn every_set_counts_on_whichever_side_of_the_subcommand_it_stands() {
    let line = "--set log.level=warn --set=http.connections_max=2000 config --set store.readers=3 print --set \
                http.stop_seconds_max=50 --data-dir d --listen [::1]:1";
    for (key, row) in [
        ("log.level", "log.level\t\"warn\"\t--set"),
        ("http.connections_max", "http.connections_max\t2000\t--set"),
        ("store.readers", "store.readers\t3\t--set"),
        ("http.stop_seconds_max", "http.stop_seconds_max\t50\t--set"),
        ("data_dir", "data_dir\t\"d\"\t--data-dir"),
        ("listen", "listen\t\"[::1]:1\"\t--listen"),
    ] {
        assert_eq!(printed(key, line), row);
    }
    assert_eq!(
        printed("log.level", "config print --set log.level=warn --set log.level=debug"),
        "log.level\t\"debug\"\t--set"
    );
}

#[test]
fn print_shows_values_after_all_layers_and_of_secrets_only_that_they_are_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    fs::write(&path, "[limits]\nfailures_window_seconds = 60\n").unwrap();
    let line = format!("--config {} config print --json", path.display());
    let url = "postgres://u:hunter2@h/d";
    let ran = ran_with(&[("COUNTERSIGN_STORE__URL", url), ("COUNTERSIGN_LOG__FORMAT", "text")], &line);
    assert!(!ran.out.contains("hunter2"));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ran.out).unwrap();
    let row = |key: &str| rows.iter().find(|row| row["key"] == key).unwrap();
    assert_eq!(row("store.url")["value"], "set");
    assert_eq!(row("store.url")["from"], "variable COUNTERSIGN_STORE__URL");
    assert_eq!(row("secrets.master_key")["value"], "unset");
    assert_eq!(row("log.format")["value"], "\"text\"");
    assert_eq!(row("limits.failures_window_seconds")["value"], "60");
    assert_eq!(row("limits.failures_window_seconds")["from"], format!("{}:2", path.display()));
}

#[test]
fn check_says_everything_that_would_stop_the_start() {
    let good = "config check --set tenancy.base_domains=auth.example.com --set proxy.trusted=10.0.0.0/8 \
                --set tenancy.public_url=https://{tenant}.auth.example.com --data-dir /nowhere";
    let key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let ran_good = ran_with(&[("COUNTERSIGN_SECRETS__MASTER_KEY", key)], good);
    assert_eq!((ran_good.status, ran_good.err.as_str()), (0, "the configuration is good\n"));

    let refused = ran(good);
    assert_eq!(refused.status, 1);
    assert!(refused.out.contains("secrets.master_key is not set"), "{refused:?}");

    let wrong = ran("config check --json --set log.level=loud --set lsiten=x");
    let problems: serde_json::Value = serde_json::from_str(&wrong.out).unwrap();
    assert_eq!(problems.as_array().map(Vec::len), Some(2));
    assert_eq!(problems[1]["problem"], "there is no such key; the nearest is listen");
}

#[test]
fn the_sample_that_is_written_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    fs::write(&path, ran("config sample").out).unwrap();
    let ran = ran(&format!("config print --config {}", path.display()));
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.lines().skip(1).all(|row| row.ends_with("\tdefault")), "{ran:?}");
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(ran(&format!("completions {shell}")).out.contains("sandbox"), "{shell}");
    }
}

#[test]
fn a_password_is_never_an_argument() {
    let passwords = |command: &clap::Command| {
        let names: Vec<String> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
        names.into_iter().filter(|name| name.contains("password")).collect::<Vec<_>>()
    };
    let accounts = account::AccountCommand::augment_subcommands(clap::Command::new("account"));
    let blocklists = blocklist::BlocklistCommand::augment_subcommands(clap::Command::new("blocklist"));
    for command in accounts.get_subcommands().chain(blocklists.get_subcommands()) {
        let found = passwords(command);
        assert!(found.is_empty() || found == ["password_file"], "{found:?}");
    }
}

/// Parses the words of a noun's command.
fn parsed<C: Subcommand>(line: &str) -> Result<C, clap::Error> {
    let command = C::augment_subcommands(clap::Command::new("countersign"));
    let matches = command.try_get_matches_from(std::iter::once("countersign").chain(line.split_whitespace()))?;
    C::from_arg_matches(&matches)
}

#[test]
fn nouns_take_what_they_name_and_refuse_the_rest() {
    use account::{AccountCommand, Who};
    let id = "018f4c3e-0000-7000-8000-000000000001";
    let who = |text: &str| match parsed::<AccountCommand>(&format!("show -t remitjunction {text}")) {
        Ok(AccountCommand::Show(one)) => one.who,
        other => panic!("{other:?}"),
    };
    assert!(matches!(who(id), Who::Id(_)));
    assert!(matches!(who("hello+2@remitjunction.co.uk"), Who::Email(_)));

    for line in
        ["create -t t a@b.example --role MANAGER", "set-password -t t a@b.example --kind staff --password-file -"]
    {
        assert!(parsed::<AccountCommand>(line).is_ok(), "{line}");
    }
    for line in
        ["create -t t a@b.example", "create -t T a@b.example --role MANAGER", "show -t t nobody", "show a@b.example"]
    {
        assert!(parsed::<AccountCommand>(line).is_err(), "{line}");
    }

    use session::SessionCommand;
    for (line, good) in [
        (format!("end -t t {id}"), true),
        ("end -t t --account a@b.example --kind staff".to_owned(), true),
        ("end -t t".to_owned(), false),
        (format!("end -t t {id} --account a@b.example"), false),
    ] {
        assert_eq!(parsed::<SessionCommand>(&line).is_ok(), good, "{line}");
    }

    use api_token::ApiTokenCommand;
    assert!(parsed::<ApiTokenCommand>(&format!("invalidate -t t {id} {id}")).is_ok());
    assert!(parsed::<ApiTokenCommand>("delete -t t").is_err());

    use role::RoleCommand;
    assert!(parsed::<RoleCommand>("create -t t AUDITOR --permission audit.read --permission staff.read").is_ok());
    assert!(parsed::<RoleCommand>("create -t t AUDITOR --permission audit.write").is_err());
    assert!(parsed::<RoleCommand>("set -t t auditor").is_err());

    use tenant::TenantCommand;
    assert!(parsed::<TenantCommand>("set t lockout_failures_max=5 audience=").is_ok());
    assert!(parsed::<TenantCommand>("set t lockout").is_err());
    assert!(parsed::<TenantCommand>("list --limit 201").is_err());
    assert!(parsed::<key::KeyCommand>("rotate -t t --algorithm EdDSA").is_ok());
    for (line, good) in [
        ("list -t t --encryption", true),
        ("rotate -t t --encryption", true),
        ("rotate -t t --encryption --bits 3072", true),
        ("rotate -t t --encryption --bits 1024", false),
        ("rotate -t t --bits 3072", false),
        ("rotate -t t --encryption --algorithm RS256", false),
    ] {
        assert_eq!(parsed::<key::KeyCommand>(line).is_ok(), good, "{line}");
    }
    for line in ["retire -t t -OxV", "retire -t t -OxV --compromised", "retire --compromised -t t -OxV"] {
        let Ok(key::KeyCommand::Retire(retire)) = parsed(line) else { panic!("{line}") };
        assert_eq!((retire.key.as_str(), retire.compromised), ("-OxV", line.contains("--comp")), "{line}");
    }
    assert!(parsed::<audit::AuditCommand>("list -t t --since 2026-11-24T10:00:00Z --account a@b.example").is_ok());
    assert!(parsed::<audit::AuditCommand>("list -t t --since yesterday").is_err());
}
