use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

pub(crate) const MASTER_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A command that has not ended by then never will.
const COMMAND_MAX: Duration = Duration::from_secs(60);

/// What a command ended with.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// What it answered, if it did what it was asked.
    pub(crate) fn done(self) -> String {
        assert_eq!(self.status, 0, "{self:?}");
        self.out
    }

    /// What it said, if it refused.
    pub(crate) fn refused(self) -> String {
        assert_eq!((self.status, self.out.as_str()), (1, ""), "{self:?}");
        self.err
    }
}

/// A folder in which the program is run, with the configuration of one installation.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    options: Vec<String>,
}

impl Home {
    /// A production on SQLite. Its data folder is there and empty.
    pub(crate) fn production() -> Self {
        let home = Self::with("");
        fs::create_dir(home.path("data")).unwrap();
        home.set_mode("data", 0o700);
        home
    }

    /// A production on PostgreSQL.
    pub(crate) fn on_postgres() -> Self {
        let home = Self::with("store.url_file = \"store.url\"\n");
        home.write("store.url", &scratch::Postgres::shared().unwrap().database().unwrap(), 0o600);
        home
    }

    fn with(more: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap(), options: vec!["--config=countersign.toml".to_owned()] };
        home.write("master.key", MASTER_KEY, 0o600);
        let config = format!(
            "{more}secrets.master_key_file = \"master.key\"\n\
             tenancy = {{ base_domains = [\"auth.example.com\"], public_url = \"https://{{tenant}}.auth.example.com\" }}\n\
             proxy.trusted = [\"127.0.0.1\"]\n"
        );
        home.write("countersign.toml", &config, 0o644);
        home
    }

    /// A folder for a sandbox; its commands look after it.
    pub(crate) fn sandbox() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), options: vec!["--sandbox".to_owned()] }
    }

    pub(crate) fn is_sandbox(&self) -> bool {
        self.options == ["--sandbox"]
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str, mode: u32) {
        fs::write(self.path(name), text).unwrap();
        self.set_mode(name, mode);
    }

    pub(crate) fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    /// Runs a command line of words without spaces inside.
    pub(crate) fn run(&self, line: &str) -> Ran {
        self.run_with(line, "")
    }

    /// Runs a command with something on its standard input.
    pub(crate) fn run_with(&self, line: &str, input: &str) -> Ran {
        let mut command = self.command();
        command.args(line.split_whitespace()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // One that ends before it has read everything has read enough.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let (tell, told) = mpsc::channel();
        let id = child.id();
        std::thread::spawn(move || tell.send(child.wait_with_output()));
        let Ok(output) = told.recv_timeout(COMMAND_MAX) else { panic!("{line} (process {id}) does not end") };
        let output = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// What a command answers programs.
    pub(crate) fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.run(&format!("--json {line}")).done()).unwrap()
    }

    /// The program in this folder, with nothing of our own environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.current_dir(self.folder.path()).env_clear().args(&self.options);
        command
    }

    // --- what most tests begin with ---

    /// A tenant with fast keys; the lockout after so many failures.
    pub(crate) fn make_tenant(&self, slug: &str, failures_max: u32) {
        let with = format!("--with lockout_failures_max={failures_max}");
        self.run(&format!("tenant create {slug} --algorithm ES256 {with}")).done();
    }

    /// An account; the answer is its id.
    pub(crate) fn make_account(&self, slug: &str, email: &str, role: &str, password: &str) -> String {
        let line = format!("--json account create -t {slug} {email} --role {role} --password-file -");
        let made: Value = serde_json::from_str(&self.run_with(&line, password).done()).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }
}
