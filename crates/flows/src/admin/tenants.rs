use countersign_domain::audit::Action;
use countersign_domain::signing_key::{self, Algorithm};
use countersign_domain::{BadLogo, BadSetting, Host, Settings, Slug, Tenant, TenantId, TenantState};
use countersign_store::{NewTenant, Origin, TenantChange, TenantChanged, Which};

use crate::{Doer, Fault, Flows};

/// Why a tenant was not made or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TenantRefusal {
    /// The slug or the host belongs to another.
    #[error("{0} is taken by another tenant")]
    Taken(String),
    /// There is none of this name.
    #[error("there is no tenant {0}")]
    NoSuchTenant(String),
    /// It was so already.
    #[error("nothing to change: it is so already")]
    Already,
    /// Somebody else changed the settings since they were read.
    #[error("the settings of {0} were changed meanwhile; look at them and try again")]
    Meanwhile(String),
    /// A host that nobody can register.
    #[error("{0} is not a host name")]
    BadHost(String),
    /// Settings that are the operator's alone.
    #[error("{} can be changed by the operator alone", .0.join(", "))]
    Operators(Vec<&'static str>),
    /// A picture that is no logo.
    #[error("the logo {0}")]
    Logo(#[from] BadLogo),
    /// Settings that no tenant may have.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    BadSettings(Vec<BadSetting>),
}

impl Flows {
    /// Makes a tenant with its roles and its first signing key, which is in use at once.
    ///
    /// # Errors
    /// [`Fault`] where the store or the key fails.
    pub async fn create_tenant(
        &self,
        slug: Slug,
        name: String,
        settings: Settings,
        algorithm: Algorithm,
    ) -> Result<Result<TenantId, TenantRefusal>, Fault> {
        let bad = settings.check(self.origin == Origin::Production);
        if !bad.is_empty() {
            return Ok(Err(TenantRefusal::BadSettings(bad)));
        }
        let now = self.store.now();
        let id = TenantId::from_uuid(self.random.id(now));
        let schedule = signing_key::rotate(&[], now).map_err(Fault::key)?;
        let pair = self.new_pair(algorithm).await?;
        let key = pair.record(&self.vault, &self.random, id, schedule).map_err(Fault::key)?;
        let taken = TenantRefusal::Taken(slug.to_string());
        let event = self.by_operator(id, Action::TenantCreated, Some(slug.to_string()));
        Ok(match self.store.create_tenant(NewTenant { id, slug, name, settings, key }, event).await? {
            TenantChanged::Yes => Ok(id),
            _ => Err(taken),
        })
    }

    /// The tenant of this slug.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn tenant(&self, slug: &Slug) -> Result<Option<Tenant>, Fault> {
        Ok(self.store.find_tenant(Which::Slug(slug.clone())).await?)
    }

    /// Tenants in the order of their slugs, after the given one.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn tenants_after(&self, slug: &str, limit: u32) -> Result<Vec<Tenant>, Fault> {
        Ok(self.store.tenants_after(slug, limit).await?)
    }

    /// The tenant's own hosts.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn tenant_hosts(&self, tenant: TenantId) -> Result<Vec<String>, Fault> {
        Ok(self.store.tenant(tenant).hosts().await?)
    }

    /// Suspends or resumes a tenant.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn set_tenant_state(
        &self,
        tenant: &Tenant,
        state: TenantState,
    ) -> Result<Result<(), TenantRefusal>, Fault> {
        let action = match state {
            TenantState::Active => Action::TenantResumed,
            TenantState::Suspended => Action::TenantSuspended,
        };
        self.change_tenant(Doer::Operator, tenant, TenantChange::State(state), action, None).await
    }

    /// Replaces a tenant's settings; the detail of the event says what was asked. Where new hashes get another cost, the
    /// old one stays among those that failed answers are as slow as: stored hashes still have it. Anybody but the operator
    /// changes no more than [`Settings::MANAGED`].
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn set_tenant_settings(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        mut settings: Settings,
        detail: String,
    ) -> Result<Result<(), TenantRefusal>, Fault> {
        if !matches!(doer, Doer::Operator) {
            let beyond = settings.differing_beyond_managers(&tenant.settings);
            if !beyond.is_empty() {
                return Ok(Err(TenantRefusal::Operators(beyond)));
            }
        }
        if settings.hash_cost != tenant.settings.hash_cost {
            let old = tenant.settings.hash_cost.unwrap_or(self.usual_cost.cost());
            if !settings.held_costs.contains(&old) {
                settings.held_costs.push(old);
            }
        }
        let bad = settings.check(self.origin == Origin::Production);
        if !bad.is_empty() {
            return Ok(Err(TenantRefusal::BadSettings(bad)));
        }
        let change = TenantChange::Settings { was: Box::new((*tenant.settings).clone()), to: Box::new(settings) };
        self.change_tenant(doer, tenant, change, Action::TenantChanged, Some(detail)).await
    }

    /// Between which numbers a setting must be at this service, where it is a number with bounds.
    pub fn setting_bounds(&self, name: &str) -> Option<(u32, u32)> {
        Settings::bounds(name, self.origin == Origin::Production)
    }

    /// Gives a tenant a host of its own, or takes one away.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn set_tenant_host(
        &self,
        tenant: &Tenant,
        host: &str,
        is_there: bool,
    ) -> Result<Result<(), TenantRefusal>, Fault> {
        let Ok(name) = Host::parse(host) else { return Ok(Err(TenantRefusal::BadHost(host.to_owned()))) };
        let name = name.as_str().to_owned();
        let change =
            if is_there { TenantChange::AddHost(name.clone()) } else { TenantChange::RemoveHost(name.clone()) };
        let detail = Some(format!("host {name}"));
        let changed = self.change_tenant(Doer::Operator, tenant, change, Action::TenantChanged, detail).await?;
        Ok(changed.map_err(|refusal| match refusal {
            TenantRefusal::Taken(_) => TenantRefusal::Taken(name),
            other => other,
        }))
    }

    pub(crate) async fn change_tenant(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        change: TenantChange,
        action: Action,
        detail: Option<String>,
    ) -> Result<Result<(), TenantRefusal>, Fault> {
        let event = self.done_by(doer, tenant.id, action, detail);
        Ok(match self.store.tenant(tenant.id).change_tenant(change, event).await? {
            TenantChanged::Yes => Ok(()),
            TenantChanged::Already => Err(TenantRefusal::Already),
            TenantChanged::Meanwhile => Err(TenantRefusal::Meanwhile(tenant.slug.to_string())),
            TenantChanged::NoSuchTenant => Err(TenantRefusal::NoSuchTenant(tenant.slug.to_string())),
            TenantChanged::Taken => Err(TenantRefusal::Taken(tenant.slug.to_string())),
        })
    }
}
