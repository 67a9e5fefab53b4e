use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::Args;

use crate::config::{Flag, Mode, Sources};

/// Options that every command has.
#[derive(Args, Clone, Debug, Default)]
pub struct GlobalOptions {
    /// Configuration file (TOML); the variable COUNTERSIGN_CONFIG means the same
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data folder, the key data_dir
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// Set any key of the configuration, over file and environment; repeatable
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Use the sandbox's defaults, to look after a sandbox
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// Answer in JSON, for programs
    #[arg(long, global = true)]
    pub json: bool,
}

/// Options of commands that listen, or that ask what would be listened on.
#[derive(Args, Clone, Debug, Default)]
pub struct ListenOptions {
    /// Address and port that tenants are served on, the key listen
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Address and port of health and metrics, the key ops_listen
    #[arg(long, value_name = "ADDRESS")]
    pub ops_listen: Option<String>,
}

impl GlobalOptions {
    /// What the configuration is made from. A sandbox is asked for by its command or by `--sandbox`.
    pub fn sources(&self, mode: Mode, listen: &ListenOptions, variables: &[(OsString, OsString)]) -> Sources {
        let flags = [
            ("--listen", "listen", &listen.listen),
            ("--ops-listen", "ops_listen", &listen.ops_listen),
            ("--data-dir", "data_dir", &self.data_dir),
        ];
        let flag =
            |(option, key, value): (_, _, &Option<String>)| value.clone().map(|value| Flag { option, key, value });
        Sources {
            mode: if self.sandbox { Mode::Sandbox } else { mode },
            file: self.config.clone(),
            variables: variables.to_vec(),
            set: self.set.clone(),
            flags: flags.into_iter().filter_map(flag).collect(),
        }
    }

    /// Takes every `--set` of the line. clap keeps only those on one side of the subcommand and would drop the other
    /// side's without a word.
    pub(super) fn take_every_set(&mut self, line: &[OsString]) {
        let mut all = Vec::new();
        let mut words = line.iter().take_while(|word| *word != "--");
        while let Some(word) = words.next() {
            let text = if word == "--set" { words.next().and_then(|next| next.to_str()) } else { after_equals(word) };
            all.extend(text.map(str::to_owned));
        }
        self.set = all;
    }
}

fn after_equals(word: &OsStr) -> Option<&str> {
    word.to_str()?.strip_prefix("--set=")
}
