use countersign_domain::audit::Action;
use countersign_domain::{Kind, MANAGER, Permissions, Role, RoleRecord, Tenant};
use countersign_store::{RoleChange, RoleChanged};

use crate::{Doer, Fault, Flows};

/// Why a role was not made, changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleRefusal {
    /// The tenant has no such role.
    #[error("the tenant has no role {0}")]
    NoSuchRole(Role),
    /// The tenant has one of this name.
    #[error("the tenant has a role {0}")]
    Taken(Role),
    /// Somebody holds it.
    #[error("role {0} is held by somebody or by an API token: take it from them first")]
    Held(Role),
    /// It was so already.
    #[error("nothing to change: it is so already")]
    Already,
    /// MANAGER opens everything, or a tenant could shut itself out; CUSTOMER opens nothing of others.
    #[error("role {0} is built in and stays as it is")]
    Fixed(Role),
    /// It would open what whoever asks may not.
    #[error("reaches beyond what you may do yourself")]
    Beyond,
}

impl Flows {
    /// The tenant's roles.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn roles(&self, tenant: &Tenant) -> Result<Vec<RoleRecord>, Fault> {
        Ok(self.store.tenant(tenant.id).roles().await?)
    }

    /// Makes a staff role.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn create_role(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        role: Role,
        permissions: Permissions,
    ) -> Result<Result<(), RoleRefusal>, Fault> {
        let change = RoleChange::Create(role.clone(), permissions.clone());
        self.change_role(doer, tenant, role, Some(&permissions), change, Action::RoleCreated).await
    }

    /// Says what a role opens.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn set_role(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        role: Role,
        permissions: Permissions,
    ) -> Result<Result<(), RoleRefusal>, Fault> {
        let change = RoleChange::Set(role.clone(), permissions.clone());
        self.change_role(doer, tenant, role, Some(&permissions), change, Action::RoleChanged).await
    }

    /// Deletes a role that nobody holds.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn delete_role(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        role: Role,
    ) -> Result<Result<(), RoleRefusal>, Fault> {
        let change = RoleChange::Delete(role.clone());
        self.change_role(doer, tenant, role, None, change, Action::RoleDeleted).await
    }

    async fn change_role(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        role: Role,
        wanted: Option<&Permissions>,
        change: RoleChange,
        action: Action,
    ) -> Result<Result<(), RoleRefusal>, Fault> {
        if role.as_str() == MANAGER || role.kind() == Kind::Customer {
            return Ok(Err(RoleRefusal::Fixed(role)));
        }
        if !matches!(doer, Doer::Operator) {
            let records = self.roles(tenant).await?;
            let own = doer.permissions(&records).unwrap_or_default();
            let opens = countersign_domain::permissions_of(std::slice::from_ref(&role), &records);
            if !opens.is_subset(&own) || wanted.is_some_and(|wanted| !wanted.is_subset(&own)) {
                return Ok(Err(RoleRefusal::Beyond));
            }
        }
        let names = wanted.map(|wanted| wanted.iter().map(|one| one.name()).collect::<Vec<_>>().join(" "));
        let detail = format!("{role} {}", names.unwrap_or_default()).trim_end().to_owned();
        let event = self.done_by(doer, tenant.id, action, Some(detail));
        Ok(match self.store.tenant(tenant.id).change_role(change, event).await? {
            RoleChanged::Yes => Ok(()),
            RoleChanged::Already => Err(RoleRefusal::Already),
            RoleChanged::NoSuchRole => Err(RoleRefusal::NoSuchRole(role)),
            RoleChanged::Taken => Err(RoleRefusal::Taken(role)),
            RoleChanged::Held => Err(RoleRefusal::Held(role)),
        })
    }
}
