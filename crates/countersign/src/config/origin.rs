use std::fmt;
use std::path::PathBuf;

/// Where a value came from, in the operator's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// Built in for the sandbox.
    SandboxDefault,
    /// A line of the configuration file; no line where the whole file is meant.
    File {
        /// As it was named.
        path: PathBuf,
        /// Counted from 1.
        line: Option<usize>,
    },
    /// An environment variable.
    Variable(String),
    /// `--set`.
    Set,
    /// An option that stands for one key, such as `--listen`.
    Option(&'static str),
    /// The contents of a file that another key names.
    Contents(Box<Origin>),
}

impl Origin {
    /// Layers lie over one another in this order.
    pub(super) const fn layer(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::SandboxDefault => 1,
            Self::File { .. } => 2,
            Self::Variable(_) => 3,
            Self::Set | Self::Option(_) => 4,
            Self::Contents(named_by) => named_by.layer(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::SandboxDefault => f.write_str("sandbox default"),
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Set => f.write_str("--set"),
            Self::Option(name) => f.write_str(name),
            Self::Contents(named_by) => write!(f, "the file named by {named_by}"),
        }
    }
}
