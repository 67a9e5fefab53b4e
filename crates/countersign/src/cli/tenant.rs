use std::str::FromStr;

use clap::{Args, Subcommand};
use countersign_domain::Slug;

/// `tenant …`
#[derive(Subcommand, Clone, Debug)]
pub enum TenantCommand {
    /// Make a tenant with its signing key
    Create(CreateTenant),
    /// List tenants
    List(PageOptions),
    /// Show one tenant and its settings
    Show(OneTenant),
    /// Change settings of a tenant
    Set(SetTenant),
    /// Refuse everything of a tenant but its published keys
    Suspend(OneTenant),
    /// Serve a suspended tenant again
    Resume(OneTenant),
}

/// `tenant create`
#[derive(Args, Clone, Debug)]
pub struct CreateTenant {
    /// The tenant's name in its host: remitjunction.auth.example.com begins with the slug; it never changes
    pub slug: Slug,
    /// The name shown to people; the slug if left out
    #[arg(long)]
    pub name: Option<String>,
    /// Settings, as `tenant set` takes them
    #[arg(long = "with", value_name = "SETTING=VALUE")]
    pub settings: Vec<Assignment>,
}

/// A tenant that exists.
#[derive(Args, Clone, Debug)]
pub struct OneTenant {
    /// The tenant's slug
    pub slug: Slug,
}

/// `tenant set`
#[derive(Args, Clone, Debug)]
pub struct SetTenant {
    /// The tenant's slug
    pub slug: Slug,
    /// Settings, such as lockout_failures_max=5; nothing after the = takes a setting back to its default
    #[arg(required = true, value_name = "SETTING=VALUE")]
    pub settings: Vec<Assignment>,
}

/// The tenant that a command works in.
#[derive(Args, Clone, Debug)]
pub struct InTenant {
    /// The tenant's slug
    #[arg(long, short, value_name = "SLUG")]
    pub tenant: Slug,
}

/// How much of a list.
#[derive(Args, Clone, Debug)]
pub struct PageOptions {
    /// Only what contains this text
    #[arg(long)]
    pub search: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub limit: u32,
    /// Where the page before ended
    #[arg(long)]
    pub cursor: Option<String>,
}

/// One setting and its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The name, as `tenant show` shows it.
    pub name: String,
    /// The new value; none takes the setting back to its default.
    pub value: Option<String>,
}

/// A text without `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write setting=value")]
pub struct NotAnAssignment;

impl FromStr for Assignment {
    type Err = NotAnAssignment;

    fn from_str(text: &str) -> Result<Self, NotAnAssignment> {
        let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or(NotAnAssignment)?;
        Ok(Self { name: name.to_owned(), value: (!value.is_empty()).then(|| value.to_owned()) })
    }
}
