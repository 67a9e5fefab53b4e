use clap::{Args, Subcommand};
use countersign_domain::{PERMISSIONS, Permission, Permissions, Role, RoleRecord};
use countersign_flows::Doer;

use super::desk::Desk;
use super::tenant::InTenant;
use super::{Cell, Failure, Output};
use crate::config::nearest;

/// `role …`
#[derive(Subcommand, Clone, Debug)]
pub enum RoleCommand {
    /// List the tenant's roles and what they open
    List(InTenant),
    /// Make a staff role
    Create(WithPermissions),
    /// Say what a role opens, in place of what it opened
    Set(WithPermissions),
    /// Delete a role that nobody holds
    Delete(OneRole),
}

/// A role and what it opens.
#[derive(Args, Clone, Debug)]
pub struct WithPermissions {
    /// The role.
    #[command(flatten)]
    pub role: OneRole,
    /// What it opens, such as customers.read; repeatable. Without any it opens nothing of others
    #[arg(long = "permission", value_name = "PERMISSION", value_parser = permission)]
    pub permissions: Vec<Permission>,
}

/// A role of a tenant.
#[derive(Args, Clone, Debug)]
pub struct OneRole {
    /// The tenant.
    #[command(flatten)]
    pub tenant: InTenant,
    /// The role's name: capital letters, digits and _
    #[arg(value_name = "ROLE")]
    pub role: Role,
}

fn permission(text: &str) -> Result<Permission, String> {
    text.parse().map_err(|_| {
        let names = PERMISSIONS.iter().map(|permission| permission.name().to_owned());
        format!("there is no such permission; the nearest is {}", nearest(text, names))
    })
}

/// Does what a `role` command says.
pub(super) async fn act(command: &RoleCommand, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    match command {
        RoleCommand::List(tenant) => list(tenant, desk, output).await,
        RoleCommand::Create(new) => {
            let (tenant, role) = (desk.tenant(&new.role.tenant.tenant).await?, new.role.role.clone());
            desk.flows.create_role(Doer::Operator, &tenant, role, permissions(new)).await??;
            list(&new.role.tenant, desk, output).await
        }
        RoleCommand::Set(set) => {
            let (tenant, role) = (desk.tenant(&set.role.tenant.tenant).await?, set.role.role.clone());
            desk.flows.set_role(Doer::Operator, &tenant, role, permissions(set)).await??;
            list(&set.role.tenant, desk, output).await
        }
        RoleCommand::Delete(one) => {
            let tenant = desk.tenant(&one.tenant.tenant).await?;
            desk.flows.delete_role(Doer::Operator, &tenant, one.role.clone()).await??;
            list(&one.tenant, desk, output).await
        }
    }
}

fn permissions(given: &WithPermissions) -> Permissions {
    given.permissions.iter().copied().collect()
}

async fn list(tenant: &InTenant, desk: &Desk, output: &mut Output) -> Result<(), Failure> {
    let roles = desk.flows.roles(&desk.tenant(&tenant.tenant).await?).await?;
    Ok(output.rows(&["role", "kind", "permissions"], &roles.iter().map(row).collect::<Vec<_>>())?)
}

fn row(record: &RoleRecord) -> Vec<Cell> {
    let names: Vec<&str> = record.permissions().into_iter().map(Permission::name).collect();
    vec![record.role.as_str().into(), record.role.kind().name().into(), names.join(" ").into()]
}
