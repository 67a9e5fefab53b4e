use std::path::PathBuf;

use clap::{Args, Subcommand};
use countersign_domain::Timestamp;

use super::account::Who;
use super::tenant::InTenant;

/// `audit …`
#[derive(Subcommand, Clone, Debug)]
pub enum AuditCommand {
    /// List events, newest first
    List(ListEvents),
    /// Check that no sealed event was changed, added, removed or reordered
    Verify(VerifyEvents),
    /// Write events with their seals, one JSON object a line
    Export(ExportEvents),
}

/// A stretch of the trail.
#[derive(Args, Clone, Debug)]
pub struct Stretch {
    /// From this time on (2026-11-24T10:00:00Z)
    #[arg(long, value_name = "TIME")]
    pub since: Option<Timestamp>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<Timestamp>,
}

/// `audit list`
#[derive(Args, Clone, Debug)]
pub struct ListEvents {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// Only events about the account with this email address or id
    #[arg(long, value_name = "EMAIL|ID")]
    pub account: Option<Who>,
    /// Only this action, such as login
    #[arg(long)]
    pub action: Option<String>,
    /// Only this outcome
    #[arg(long)]
    pub outcome: Option<String>,
    /// When.
    #[command(flatten)]
    pub stretch: Stretch,
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub limit: u32,
    /// Where the page before ended
    #[arg(long)]
    pub cursor: Option<String>,
}

/// `audit verify`
#[derive(Args, Clone, Debug)]
pub struct VerifyEvents {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// A seal that was exported earlier: finds out whether the trail's end was cut off since
    #[arg(long, value_name = "FILE")]
    pub seal: Option<PathBuf>,
}

/// `audit export`
#[derive(Args, Clone, Debug)]
pub struct ExportEvents {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// When.
    #[command(flatten)]
    pub stretch: Stretch,
    /// Write to this new file, for its owner alone, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
