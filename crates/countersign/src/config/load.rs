use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::error::{ConfigError, ConfigErrors, Problem};
use super::layers::{Assignment, Layer, keys};
use super::merge::{Chosen, Merge};
use super::value::Given;
use super::{Config, FILE_VARIABLE, Origin, PublicUrl};

/// A configuration is a page of text; more is some other file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Which built-in defaults apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// `serve`, and commands on a production's store.
    #[default]
    Production,
    /// `sandbox`, and commands with `--sandbox`: nothing needs to be configured.
    Sandbox,
}

/// Everything a configuration is made from.
#[derive(Clone, Default)]
pub struct Sources {
    /// Which defaults.
    pub mode: Mode,
    /// The file of `--config`; otherwise the variable `COUNTERSIGN_CONFIG` may name one.
    pub file: Option<PathBuf>,
    /// The environment.
    pub variables: Vec<(OsString, OsString)>,
    /// The values of `--set`, each `key=value`.
    pub set: Vec<String>,
    /// The options that stand for one key.
    pub flags: Vec<Flag>,
}

/// An option of the command line that stands for one key.
#[derive(Clone)]
pub struct Flag {
    /// As it is typed, `--listen`.
    pub option: &'static str,
    /// The key it stands for.
    pub key: &'static str,
    /// The value.
    pub value: String,
}

/// A configuration that knows where each value came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    mode: Mode,
    chosen: BTreeMap<&'static str, Chosen>,
}

/// One line of `config print`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: &'static str,
    /// As TOML would write it; of a secret only `set` or `unset`.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

impl Config {
    /// Reads every layer.
    ///
    /// # Errors
    /// Everything that is wrong in any of them, all at once.
    pub fn load(sources: &Sources) -> Result<Loaded, ConfigErrors> {
        let mut merge = Merge::default();
        if sources.mode == Mode::Sandbox {
            merge.take(sandbox_defaults());
        }
        merge.take(file_layer(sources));
        merge.take(Layer::of_variables(&sources.variables));
        merge.take(Layer::of_set(&sources.set));
        merge.take(flag_layer(&sources.flags));
        merge.read_secret_files();
        merge.check_files_with_secrets();
        let (config, chosen) = merge.finish()?;
        let mut loaded = Loaded { config, mode: sources.mode, chosen };
        loaded.fill_public_url();
        Ok(loaded)
    }
}

/// Reads a configuration file's text alone, over the defaults; secret files are not opened.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse_text(text: &str) -> Result<Config, ConfigErrors> {
    let mut merge = Merge::default();
    merge.take(Layer::of_text(text, Path::new("text")));
    merge.finish().map(|(config, _)| config)
}

fn sandbox_defaults() -> Layer {
    let defaults = [("data_dir", "data/sandbox"), ("tenancy.base_domains", "localhost"), ("log.format", "text")];
    let assignments = defaults.map(|(name, value)| Assignment {
        name: name.to_owned(),
        origin: Origin::SandboxDefault,
        given: Given::Loose(value.to_owned()),
    });
    Layer { assignments: assignments.into(), errors: Vec::new() }
}

fn flag_layer(flags: &[Flag]) -> Layer {
    let assignments = flags.iter().map(|flag| Assignment {
        name: flag.key.to_owned(),
        origin: Origin::Option(flag.option),
        given: Given::Loose(flag.value.clone()),
    });
    Layer { assignments: assignments.collect(), errors: Vec::new() }
}

fn file_layer(sources: &Sources) -> Layer {
    let variable = || sources.variables.iter().find(|(name, value)| name == FILE_VARIABLE && !value.is_empty());
    let Some(path) = sources.file.clone().or_else(|| variable().map(|(_, path)| path.into())) else {
        return Layer::default();
    };
    match read_file(&path) {
        Ok(text) => Layer::of_text(&text, &path),
        Err(reason) => {
            let origin = Origin::File { path, line: None };
            let error = ConfigError { origin, key: String::new(), problem: Problem::BadFile { reason } };
            Layer { assignments: Vec::new(), errors: vec![error] }
        }
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("is longer than {FILE_BYTES_MAX} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
}

impl Loaded {
    /// Where the value of a key came from.
    pub fn origin(&self, key: &str) -> Origin {
        self.chosen.get(key).map_or(Origin::Default, |chosen| chosen.origin.clone())
    }

    /// Whether the value was given on the command line, by `--set` or an option of its own.
    pub fn is_on_the_line(&self, key: &str) -> bool {
        self.origin(key).layer() == Origin::Set.layer()
    }

    /// Every key, its value and where it came from, in the table's order.
    pub fn entries(&self) -> Vec<Entry> {
        keys()
            .map(|key| Entry { key: key.name, value: key.shown(&self.config), origin: self.origin(key.name) })
            .collect()
    }

    /// Tells the configuration which address was really taken: a listening port of 0 becomes the port, and the
    /// sandbox's own public URL follows it.
    pub fn listening_on(&mut self, bound: SocketAddr) {
        self.config.listen = bound;
        self.fill_public_url();
    }

    fn fill_public_url(&mut self) {
        let own = self.origin(PUBLIC_URL).layer() <= Origin::SandboxDefault.layer();
        if self.mode == Mode::Sandbox
            && own
            && let Some(base) = self.config.tenancy.base_domains.first()
        {
            self.config.tenancy.public_url = Some(PublicUrl::sandbox(base.clone(), self.config.listen.port()));
            self.chosen.insert(PUBLIC_URL, Chosen { origin: Origin::SandboxDefault, filled: true, text: None });
        }
    }
}

const PUBLIC_URL: &str = "tenancy.public_url";
