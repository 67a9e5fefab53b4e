use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use countersign_domain::host::{Bases, Place};
use countersign_domain::signing_key::Algorithm;
use countersign_domain::{Email, Host, LOGO_BYTES_MAX, MANAGER, Settings, Slug, Tenant, TenantState};
use countersign_flows::admin::TenantRefusal;
use countersign_flows::{Doer, NewStaff};
use serde_json::Value;

use super::account::parse_email;
use super::desk::Desk;
use super::key::algorithm;
use super::settings::{self, Assignment};
use super::{Cell, Failure, Form, Output};
use crate::config::{self, BaseDomain, Mode};

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
    /// Give a tenant's pages a logo: a PNG of at most 64 KiB and 512 by 512 pixels
    Logo(SetLogo),
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
    /// What an unknown email is told; production conceals and a sandbox tells if left out
    #[arg(long, value_name = "HOW", value_parser = ["tell", "conceal"])]
    pub unknown_email: Option<String>,
    /// What its access tokens are signed with
    #[arg(long, value_parser = algorithm(), default_value = Algorithm::Rs256.name())]
    pub algorithm: Algorithm,
    /// The email address of its first manager, for whom a link to set a password is printed
    #[arg(long, value_name = "EMAIL", value_parser = parse_email)]
    pub manager: Option<Email>,
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
    #[arg(required_unless_present_any = ["add_hosts", "remove_hosts"], value_name = "SETTING=VALUE")]
    pub settings: Vec<Assignment>,
    /// A host of the tenant's own, outside every base domain; repeatable
    #[arg(long = "add-host", value_name = "HOST", value_parser = host)]
    pub add_hosts: Vec<Host>,
    /// A host that is the tenant's no longer; repeatable
    #[arg(long = "remove-host", value_name = "HOST", value_parser = host)]
    pub remove_hosts: Vec<Host>,
}

/// `tenant logo`
#[derive(Args, Clone, Debug)]
pub struct SetLogo {
    /// The tenant's slug
    pub slug: Slug,
    /// The file, of which only the pixels are kept
    #[arg(required_unless_present = "remove", conflicts_with = "remove")]
    pub file: Option<PathBuf>,
    /// Take the logo away
    #[arg(long)]
    pub remove: bool,
}

fn host(text: &str) -> Result<Host, String> {
    // A port is no part of a host that a tenant has.
    let host = Host::parse(text).ok().filter(|host| host.as_str().eq_ignore_ascii_case(text));
    host.ok_or_else(|| "must be a host name such as login.example.com".to_owned())
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

/// Tenants read at a time while looking for those that contain a text.
const TENANTS_AT_ONCE: u32 = 200;

/// Does what a `tenant` command says.
pub(super) async fn act(command: &TenantCommand, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    match command {
        TenantCommand::Create(create) => self::create(create, desk, output).await,
        TenantCommand::List(page) => list(page, desk, output).await,
        TenantCommand::Show(one) => show(&one.slug, desk, output).await,
        TenantCommand::Set(set) => self::set(set, desk, output).await,
        TenantCommand::Logo(logo) => set_logo(logo, desk, output).await,
        TenantCommand::Suspend(one) => set_state(&one.slug, TenantState::Suspended, desk, output).await,
        TenantCommand::Resume(one) => set_state(&one.slug, TenantState::Active, desk, output).await,
    }
}

async fn create(create: &CreateTenant, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let usual = if desk.mode == Mode::Sandbox { "tell" } else { "conceal" };
    let unknown_email = create.unknown_email.as_deref().unwrap_or(usual);
    let first = Assignment { name: "unknown_email".to_owned(), value: Some(unknown_email.to_owned()) };
    let assignments: Vec<Assignment> = std::iter::once(first).chain(create.settings.iter().cloned()).collect();
    let settings = settings::assign(&Settings::default(), &assignments)?;
    let name = create.name.clone().unwrap_or_else(|| create.slug.to_string());
    let id = desk.flows.create_tenant(create.slug.clone(), name.clone(), settings, create.algorithm).await??;
    let tenant = desk.tenant(&create.slug).await?;
    let url = url(&tenant, desk);
    let link = match &create.manager {
        Some(email) => Some(invite(email, &tenant, desk).await?),
        None => None,
    };
    let is_invited = link.is_some();
    output.record(&[
        ("slug", create.slug.as_str().into()),
        ("id", id.to_string().into()),
        ("name", name.into()),
        ("url", url.clone().into()),
        ("algorithm", create.algorithm.name().into()),
        ("invitation", link.into()),
    ])?;
    let (sandbox, port) = match desk.mode {
        Mode::Sandbox => (" --sandbox", " (or on the port that the sandbox listens on)"),
        Mode::Production => ("", ""),
    };
    let slug = &create.slug;
    output.say(&match is_invited {
        true => "The invitation sets its first manager's password, once, within 72 hours: hand it over in private"
            .to_owned(),
        false => {
            format!("Make its first manager: countersign account create{sandbox} --tenant {slug} EMAIL --role MANAGER")
        }
    });
    if let Some(url) = url {
        output.say(&format!("A running service serves it at {url}{port} from now on."));
    }
    Ok(())
}

/// The link with which the first manager sets a password: nobody else ever knows it.
async fn invite(email: &Email, tenant: &Tenant, desk: &Desk) -> Result<String, Failure> {
    let roles = vec![MANAGER.parse().map_err(anyhow::Error::from)?];
    let manager = NewStaff { email: email.clone(), first_name: None, last_name: None, roles };
    let (_, token) = desk.flows.invite(Doer::Operator, tenant, manager).await??;
    Ok(desk.flows.invitation_link(tenant, &token).expose().to_owned())
}

async fn list(page: &PageOptions, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let wanted = |tenant: &Tenant| {
        let search = page.search.as_deref().unwrap_or_default();
        tenant.slug.as_str().contains(search) || tenant.name.contains(search)
    };
    let most = usize::try_from(page.limit).map_err(anyhow::Error::from)?;
    let mut found: Vec<Tenant> = Vec::new();
    let mut after = page.cursor.clone().unwrap_or_default();
    let mut is_all = false;
    while found.len() <= most && !is_all {
        let tenants = desk.flows.tenants_after(&after, TENANTS_AT_ONCE).await?;
        is_all = tenants.len() < usize::try_from(TENANTS_AT_ONCE).map_err(anyhow::Error::from)?;
        after = tenants.last().map_or(after, |last| last.slug.to_string());
        found.extend(tenants.into_iter().filter(wanted));
    }
    let has_more = found.len() > most;
    found.truncate(most);
    output.rows(&["slug", "name", "state", "createdAt", "id"], &found.iter().map(row).collect::<Vec<_>>())?;
    if let (true, Some(last)) = (has_more, found.last()) {
        output.say(&format!("there are more: --cursor {}", last.slug));
    }
    Ok(())
}

fn row(tenant: &Tenant) -> Vec<Cell> {
    vec![
        tenant.slug.as_str().into(),
        tenant.name.as_str().into(),
        tenant.state.name().into(),
        tenant.created_at.into(),
        tenant.id.to_string().into(),
    ]
}

async fn show(slug: &Slug, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(slug).await?;
    let hosts = desk.flows.tenant_hosts(tenant.id).await?;
    let members = settings::members(&tenant.settings)?;
    let mut fields: Vec<(&'static str, Cell)> = vec![
        ("slug", slug.as_str().into()),
        ("id", tenant.id.to_string().into()),
        ("name", tenant.name.as_str().into()),
        ("state", tenant.state.name().into()),
        ("url", url(&tenant, desk).into()),
        ("hosts", hosts.into()),
        ("createdAt", tenant.created_at.into()),
    ];
    if output.form() == Form::Json {
        fields.push(("settings", Cell::Value(Value::Object(members))));
    } else {
        // As `tenant set` takes them.
        let value = |name: &str| members.get(name).cloned().map_or(Cell::Nothing, Cell::Value);
        fields.extend(Settings::NAMES.into_iter().map(|name| (name, value(name))));
    }
    Ok(output.record(&fields)?)
}

async fn set(set: &SetTenant, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&set.slug).await?;
    let settings = settings::assign(&tenant.settings, &set.settings)?;
    if let Some(host) = set.add_hosts.iter().find(|host| !is_own(host, &desk.config.tenancy.base_domains)) {
        return Err(Failure::Refused(format!(
            "{host} is under a base domain, where hosts name tenants by their slugs"
        )));
    }
    let mut changed = false;
    if !set.settings.is_empty() {
        let asked: Vec<String> = set.settings.iter().map(ToString::to_string).collect();
        changed |= done(desk.flows.set_tenant_settings(Doer::Operator, &tenant, settings, asked.join(", ")).await?)?;
    }
    let hosts = set.add_hosts.iter().map(|host| (host, true)).chain(set.remove_hosts.iter().map(|host| (host, false)));
    for (host, is_there) in hosts {
        changed |= done(desk.flows.set_tenant_host(&tenant, host.as_str(), is_there).await?)?;
    }
    say_if_same(changed, output);
    show(&set.slug, desk, output).await
}

async fn set_logo(set: &SetLogo, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(&set.slug).await?;
    let file = set.file.as_deref().map(read_logo).transpose()?;
    let changed = done(desk.flows.set_logo(Doer::Operator, &tenant, file).await?)?;
    say_if_same(changed, output);
    let hash = desk.flows.logo_hash(tenant.id).await?;
    Ok(output.record(&[("slug", set.slug.as_str().into()), ("logo", hash.map(|hash| hash.to_string()).into())])?)
}

/// A file that is no logo whatever is in it is not read to its end.
fn read_logo(path: &Path) -> Result<Vec<u8>, Failure> {
    let most = u64::try_from(LOGO_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| Failure::Refused(format!("{} cannot be read: {error}", path.display())))?;
    Ok(bytes)
}

async fn set_state(slug: &Slug, state: TenantState, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let tenant = desk.tenant(slug).await?;
    let changed = done(desk.flows.set_tenant_state(&tenant, state).await?)?;
    say_if_same(changed, output);
    Ok(output.record(&[("slug", slug.as_str().into()), ("state", state.name().into())])?)
}

/// Whether anything was changed. That it was so already is no failure: a script may say the same twice.
fn done(outcome: Result<(), TenantRefusal>) -> Result<bool, TenantRefusal> {
    match outcome {
        Ok(()) => Ok(true),
        Err(TenantRefusal::Already) => Ok(false),
        Err(refusal) => Err(refusal),
    }
}

fn say_if_same(changed: bool, output: &mut Output) {
    if !changed {
        output.say("nothing to change: it is so already");
    }
}

/// Where the tenant is reached, as far as it is known.
fn url(tenant: &Tenant, desk: &Desk) -> Option<String> {
    let usual = || desk.config.tenancy.public_url.as_ref().map(|url: &config::PublicUrl| url.of(&tenant.slug));
    tenant.settings.public_url.clone().or_else(usual)
}

/// Whether a host can be a tenant's own. The machine's own names mean the sandbox's tenant.
fn is_own(host: &Host, bases: &[BaseDomain]) -> bool {
    let bases = bases.iter().filter_map(|base| Host::parse(base.as_str()).ok()).collect();
    !host.is_this_machine() && matches!(Bases::new(bases, None).place(host), Place::Custom(_))
}
