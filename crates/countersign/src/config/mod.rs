//! What the operator decides: one table of keys, read from layers, each value with the place it came from.
//!
//! `table.rs` is the only list of keys. The typed [`Config`], the errors, `config print`, the commented sample and
//! `docs/configuration.md` are all made from it, so none of them can drift from the others. Layers, each over the
//! one before: the built-in defaults, the sandbox's defaults, the file, the environment, `--set` and the options of
//! the command line. Every fault of every layer is told at once, with the layer's own name for the place.
//!
//! Nothing here runs, listens or connects, and no value of a secret is ever printed: not by an error, not by
//! `config print`, not by `Debug`.
//!
//! To add a key: one entry in `table.rs`, then `UPDATE_GENERATED=1 cargo test -p countersign generated`.

mod document;
mod error;
mod hosts;
mod key;
mod kinds;
mod layers;
mod load;
mod mail;
mod merge;
mod nearest;
mod origin;
mod production;
mod secret_file;
mod secrets;
mod table;
mod value;

pub use document::{reference, sample};
pub use error::{ConfigError, ConfigErrors, Problem};
pub use hosts::{BaseDomain, PublicUrl};
pub use key::{Key, Section};
pub use kinds::{Library, LogFormat, LogLevel, Platform};
pub use load::{Entry, Flag, Loaded, Mode, Sources, parse_text};
pub use mail::{MailAddress, MailHost, MailPassword, MailSecurity, MailUser};
pub use origin::Origin;
pub use production::{Refusal, refusals};
pub use secrets::{MasterKey, NotAMasterKey, StoreUrl};
pub use table::{Config, Hashing, Http, Limits, Log, Mail, Passwords, Proxy, SECTIONS, Secrets, Store, Tenancy, Tls};

pub(crate) use nearest::nearest;
pub(crate) use secret_file::{Unfit, check_mode, read_key_text};

/// Begins the name of every environment variable of ours.
pub const VARIABLE_PREFIX: &str = "COUNTERSIGN_";
/// The variable that names the configuration file where `--config` does not.
pub const FILE_VARIABLE: &str = "COUNTERSIGN_CONFIG";

#[cfg(test)]
mod tests;
