use countersign_domain::audit::Event;
use countersign_domain::{Kind, Permission, Permissions, Role, RoleRecord, TenantId};

use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, api_tokens, events, tenants};

statements! {
    ROLES_OF = "SELECT name, permissions FROM role WHERE tenant = $1 ORDER BY name";
    ROLE_LOCK = "SELECT name, permissions FROM role WHERE tenant = $1 AND name = $2 {lock}";
    ROLE_ADD = "INSERT INTO role (tenant, name, kind, permissions) VALUES ($1, $2, $3, $4)";
    ROLE_SET = "UPDATE role SET permissions = $3 WHERE tenant = $1 AND name = $2";
    ROLE_DELETE = "DELETE FROM role WHERE tenant = $1 AND name = $2";
    ROLE_HOLDER = "SELECT account FROM role_holder WHERE tenant = $1 AND role = $2 ORDER BY account LIMIT 1";
}

/// A change to a role of a tenant.
#[derive(Clone, Debug)]
pub enum RoleChange {
    /// A new staff role.
    Create(Role, Permissions),
    /// What it opens from now on.
    Set(Role, Permissions),
    /// A role that nobody holds goes.
    Delete(Role),
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChanged {
    /// It is done.
    Yes,
    /// It was so already.
    Already,
    /// The tenant has no such role.
    NoSuchRole,
    /// The tenant has a role of this name.
    Taken,
    /// Somebody holds it, or an API token that still opens something.
    Held,
}

impl TenantStore {
    /// The tenant's roles and what they open.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn roles(&self) -> Result<Vec<RoleRecord>> {
        self.store.read(RolesOf { tenant: self.id }).await
    }

    /// Makes, changes or deletes a role. Who holds it learns of it when the tenant is read again, a minute later at
    /// most.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn change_role(&self, change: RoleChange, event: Event) -> Result<RoleChanged> {
        match self.store.write(Change { tenant: self.id, change, event }).await {
            Err(Fault::Taken) => Ok(RoleChanged::Taken),
            other => other,
        }
    }
}

fn read(row: &Row<'_>) -> Result<RoleRecord> {
    let own = row.maybe_text(1)?.map(|text| serde_json::from_str::<Vec<String>>(&text)).transpose();
    let own = own.map_err(|error| row.bad(1, error.to_string()))?;
    // A permission of a newer version opens nothing here.
    let own = own.map(|names| names.iter().filter_map(|name| name.parse().ok()).collect());
    Ok(RoleRecord { role: row.parsed(0)?, own })
}

fn text(permissions: &Permissions) -> Value<'static> {
    let names: Vec<&str> = permissions.iter().copied().map(Permission::name).collect();
    Value::text(serde_json::Value::from(names).to_string())
}

/// Reads a role and holds it against others until the job ends: one by one go those who give it or take it away.
pub(crate) async fn lock(tx: &Tx<'_>, tenant: TenantId, role: &str) -> Result<Option<RoleRecord>> {
    tx.row(&ROLE_LOCK, &[Value::Id(tenant.uuid()), Value::text(role)], read).await
}

/// The tenant's roles, read within another job.
pub(crate) async fn all(tx: &Tx<'_>, tenant: TenantId) -> Result<Vec<RoleRecord>> {
    tx.rows(&ROLES_OF, &[Value::Id(tenant.uuid())], read).await
}

struct RolesOf {
    tenant: TenantId,
}

impl Job for RolesOf {
    type Out = Vec<RoleRecord>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        all(tx, self.tenant).await
    }
}

struct Change {
    tenant: TenantId,
    change: RoleChange,
    event: Event,
}

impl Job for Change {
    type Out = RoleChanged;

    async fn run(&self, tx: &Tx<'_>) -> Result<RoleChanged> {
        let tenant = Value::Id(self.tenant.uuid());
        match &self.change {
            RoleChange::Create(role, permissions) => {
                let kind = Value::text(Kind::Staff.name());
                tx.exec(&ROLE_ADD, &[tenant, Value::text(role.as_str()), kind, text(permissions)]).await?;
            }
            RoleChange::Set(role, permissions) => {
                let Some(record) = lock(tx, self.tenant, role.as_str()).await? else {
                    return Ok(RoleChanged::NoSuchRole);
                };
                if record.permissions() == *permissions {
                    return Ok(RoleChanged::Already);
                }
                tx.exec(&ROLE_SET, &[tenant, Value::text(role.as_str()), text(permissions)]).await?;
            }
            RoleChange::Delete(role) => {
                if lock(tx, self.tenant, role.as_str()).await?.is_none() {
                    return Ok(RoleChanged::NoSuchRole);
                }
                let key = [tenant, Value::text(role.as_str())];
                let is_held = tx.row(&ROLE_HOLDER, &key, |row| row.id(0)).await?.is_some();
                if is_held || api_tokens::hold_role(tx, self.tenant, role).await? {
                    return Ok(RoleChanged::Held);
                }
                tx.exec(&ROLE_DELETE, &key).await?;
            }
        }
        events::insert_last(tx, &self.event).await?;
        Ok(RoleChanged::Yes)
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<RoleChanged>> {
        tenants::hold(tx, self.tenant.uuid()).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(RoleChanged::Yes) } else { Seen::CannotTell })
    }
}
