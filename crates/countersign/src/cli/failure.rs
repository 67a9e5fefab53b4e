use std::io;

use countersign_domain::signing_key::Refusal as KeyRefusal;
use countersign_flows::admin::{AccountRefusal, RoleRefusal, TenantRefusal};
use countersign_flows::blocklist::BuildFault;
use countersign_flows::{Fault, SendResetRefusal, StaffRefusal};

use crate::config::ConfigErrors;
use crate::data_dir::BadDataDir;

/// Why a command did not do what it was asked; the exit status follows from it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line makes no sense: status 2.
    #[error("{0}")]
    Usage(String),
    /// What was asked is refused, and the sentence says why: status 1.
    #[error("{0}")]
    Refused(String),
    /// Rows of a file are refused: status 3, whether the others were written or not.
    #[error("{0}")]
    RowsRefused(String),
    /// The configuration is wrong: status 1.
    #[error("the configuration is wrong:\n{0}")]
    Config(#[from] ConfigErrors),
    /// The data folder does not do: status 1.
    #[error("the data folder does not do: {0}")]
    DataDir(#[from] BadDataDir),
    /// The answer could not be written: status 1, except that whoever closed the pipe has read enough.
    #[error("the answer cannot be written: {0}")]
    Unwritten(#[from] io::Error),
    /// Something is broken: status 1.
    #[error("{0:#}")]
    Broken(#[from] anyhow::Error),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Broken(fault.into())
    }
}

/// A story's refusal is a sentence for whoever typed the command.
macro_rules! refusals {
    ($($refusal:ty),+) => {
        $(impl From<$refusal> for Failure {
            fn from(refusal: $refusal) -> Self {
                Self::Refused(refusal.to_string())
            }
        })+
    };
}

refusals!(AccountRefusal, BuildFault, KeyRefusal, RoleRefusal, SendResetRefusal, StaffRefusal, TenantRefusal);

/// Refused or failed.
pub const STATUS_FAILED: u8 = 1;
/// The command line makes no sense.
pub const STATUS_USAGE: u8 = 2;
/// Rows of a file are refused.
pub const STATUS_ROWS_REFUSED: u8 = 3;

impl Failure {
    /// The status that the process ends with.
    pub fn status(&self) -> u8 {
        match self {
            Self::Usage(_) => STATUS_USAGE,
            Self::RowsRefused(_) => STATUS_ROWS_REFUSED,
            Self::Unwritten(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            _ => STATUS_FAILED,
        }
    }
}
