use std::sync::Arc;

use countersign_domain::audit::Event;
use countersign_domain::signing_key::SigningKeyRecord;
use countersign_domain::{
    CUSTOMER, EmailKey, Kind, Logo, STAFF_ROLES, Settings, Slug, Tenant, TenantId, TenantState, Timestamp,
};

use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{Store, TenantStore, events, logos, signing_keys};

// TENANTS_WITH_NAME counts where EXISTS would do: PostgreSQL would make a join of that and read every account there is.
statements! {
    TENANT_BY_ID = "SELECT id, slug, name, state, settings, created_at FROM tenant WHERE id = $1";
    TENANT_BY_SLUG = "SELECT id, slug, name, state, settings, created_at FROM tenant WHERE slug = $1";
    TENANT_BY_HOST = "SELECT t.id, t.slug, t.name, t.state, t.settings, t.created_at \
         FROM tenant_host h JOIN tenant t ON t.id = h.tenant WHERE h.host = $1";
    TENANTS_AFTER = "SELECT id, slug, name, state, settings, created_at FROM tenant WHERE slug > $1 ORDER BY slug LIMIT $2";
    TENANTS_WITH_NAME = "SELECT t.id, t.slug, t.name, t.state, t.settings, t.created_at FROM tenant t \
         WHERE (SELECT count(*) FROM account a WHERE a.tenant = t.id AND a.email_key IN ($1, $2, $3)) > 0";
    TENANT_LOCK = "SELECT id, slug, name, state, settings, created_at FROM tenant WHERE id = $1 {lock}";
    TENANT_HOLD = "SELECT id FROM tenant WHERE id = $1 {lock}";
    TENANT_INSERT = "INSERT INTO tenant (id, slug, name, state, settings, created_at, sessions_after) \
         VALUES ($1, $2, $3, $4, $5, $6, 0)";
    TENANT_SET_SETTINGS = "UPDATE tenant SET settings = $2 WHERE id = $1";
    TENANT_SET_STATE = "UPDATE tenant SET state = $2 WHERE id = $1";
    HOST_INSERT = "INSERT INTO tenant_host (tenant, host) VALUES ($1, $2)";
    HOST_DELETE = "DELETE FROM tenant_host WHERE tenant = $1 AND host = $2";
    HOSTS_OF = "SELECT host FROM tenant_host WHERE tenant = $1 ORDER BY host";
    ROLE_INSERT = "INSERT INTO role (tenant, name, kind) VALUES ($1, $2, $3)";
}

/// How a tenant is asked for.
#[derive(Clone, Debug)]
pub enum Which {
    /// By its id.
    Id(TenantId),
    /// By the first label of its host.
    Slug(Slug),
    /// By a host of its own.
    Host(String),
}

/// A tenant that is to be.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Made for it.
    pub id: TenantId,
    /// Its label.
    pub slug: Slug,
    /// Shown to people.
    pub name: String,
    /// What it decides for itself.
    pub settings: Settings,
    /// Its first signing key.
    pub key: SigningKeyRecord,
}

/// A change to a tenant.
#[derive(Clone, Debug)]
pub enum TenantChange {
    /// Serve it, or serve it no longer.
    State(TenantState),
    /// Decide anew, from settings that were read before: changed meanwhile, they are not overwritten.
    Settings {
        /// As they were read.
        was: Box<Settings>,
        /// As they shall be.
        to: Box<Settings>,
    },
    /// Give it a host of its own.
    AddHost(String),
    /// Take one away.
    RemoveHost(String),
    /// Give it this logo in place of the one before; nothing takes it away.
    Logo(Option<Logo>),
}

/// What became of a change to a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantChanged {
    /// It is done.
    Yes,
    /// It was so already.
    Already,
    /// Somebody else changed the settings since they were read.
    Meanwhile,
    /// There is no such tenant.
    NoSuchTenant,
    /// The slug or the host belongs to another tenant.
    Taken,
}

impl Store {
    /// One tenant.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn find_tenant(&self, which: Which) -> Result<Option<Tenant>> {
        self.read(Find { which }).await
    }

    /// Tenants in the order of their slugs, after the given one.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn tenants_after(&self, slug: &str, limit: u32) -> Result<Vec<Tenant>> {
        self.read(After { slug: slug.to_owned(), limit }).await
    }

    /// The tenants in which one of three addresses has an account, for a production that must not begin while a
    /// documented user can log in. Each tenant costs three looks into an index.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn tenants_with_name(&self, emails: [EmailKey; 3]) -> Result<Vec<Tenant>> {
        self.read(WithName { emails }).await
    }

    /// Makes a tenant with its roles, its first key and the event that tells it.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn create_tenant(&self, tenant: NewTenant, event: Event) -> Result<TenantChanged> {
        match self.write(Create { tenant, event }).await {
            Err(Fault::Taken) => Ok(TenantChanged::Taken),
            other => other,
        }
    }
}

impl TenantStore {
    /// Changes the tenant.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn change_tenant(&self, change: TenantChange, event: Event) -> Result<TenantChanged> {
        match self.store.write(Change { tenant: self.id, change, event }).await {
            Err(Fault::Taken) => Ok(TenantChanged::Taken),
            other => other,
        }
    }

    /// The tenant's own hosts.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn hosts(&self) -> Result<Vec<String>> {
        self.store.read(HostsOf { tenant: self.id }).await
    }
}

fn read(row: &Row<'_>) -> Result<Tenant> {
    Ok(Tenant {
        id: TenantId::from_uuid(row.id(0)?),
        slug: row.parsed(1)?,
        name: row.text(2)?,
        state: row.parsed(3)?,
        settings: Arc::new(settings(row, 4)?),
        created_at: Timestamp::from_micros(row.int(5)?),
    })
}

pub(crate) fn settings(row: &Row<'_>, column: usize) -> Result<Settings> {
    serde_json::from_str(&row.text(column)?).map_err(|error| row.bad(column, error.to_string()))
}

fn text(settings: &Settings) -> Result<Value<'static>> {
    serde_json::to_string(settings).map(Value::text).map_err(|error| Fault::Broken(error.to_string()))
}

/// Holds a tenant's row against every change of it and of what refers to it.
pub(crate) async fn hold(tx: &Tx<'_>, tenant: uuid::Uuid) -> Result<()> {
    tx.rows(&TENANT_HOLD, &[Value::Id(tenant)], |row| row.id(0)).await.map(|_| ())
}

struct Find {
    which: Which,
}

impl Job for Find {
    type Out = Option<Tenant>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        match &self.which {
            Which::Id(id) => tx.row(&TENANT_BY_ID, &[Value::Id(id.uuid())], read).await,
            Which::Slug(slug) => tx.row(&TENANT_BY_SLUG, &[Value::text(slug.as_str())], read).await,
            Which::Host(host) => tx.row(&TENANT_BY_HOST, &[Value::text(host.as_str())], read).await,
        }
    }
}

struct After {
    slug: String,
    limit: u32,
}

impl Job for After {
    type Out = Vec<Tenant>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        tx.rows(&TENANTS_AFTER, &[Value::text(self.slug.as_str()), Value::Int(self.limit.into())], read).await
    }
}

struct WithName {
    emails: [EmailKey; 3],
}

impl Job for WithName {
    type Out = Vec<Tenant>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let emails = self.emails.each_ref().map(|email| Value::text(email.as_str()));
        tx.rows(&TENANTS_WITH_NAME, &emails, read).await
    }
}

struct HostsOf {
    tenant: TenantId,
}

impl Job for HostsOf {
    type Out = Vec<String>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        tx.rows(&HOSTS_OF, &[Value::Id(self.tenant.uuid())], |row| row.text(0)).await
    }
}

struct Create {
    tenant: NewTenant,
    event: Event,
}

impl Job for Create {
    type Out = TenantChanged;

    async fn run(&self, tx: &Tx<'_>) -> Result<TenantChanged> {
        let tenant = &self.tenant;
        let id = Value::Id(tenant.id.uuid());
        let row = [
            id.clone(),
            Value::text(tenant.slug.as_str()),
            Value::text(tenant.name.as_str()),
            Value::text(TenantState::Active.name()),
            text(&tenant.settings)?,
            Value::Int(tx.now().micros()),
        ];
        tx.exec(&TENANT_INSERT, &row).await?;
        let staff = STAFF_ROLES.iter().map(|role| (*role, Kind::Staff));
        for (role, kind) in staff.chain([(CUSTOMER, Kind::Customer)]) {
            tx.exec(&ROLE_INSERT, &[id.clone(), Value::text(role), Value::text(kind.name())]).await?;
        }
        signing_keys::insert(tx, &tenant.key).await?;
        events::insert_last(tx, &self.event).await?;
        Ok(TenantChanged::Yes)
    }
}

struct Change {
    tenant: TenantId,
    change: TenantChange,
    event: Event,
}

impl Job for Change {
    type Out = TenantChanged;

    async fn run(&self, tx: &Tx<'_>) -> Result<TenantChanged> {
        let id = Value::Id(self.tenant.uuid());
        let Some(tenant) = tx.row(&TENANT_LOCK, std::slice::from_ref(&id), read).await? else {
            return Ok(TenantChanged::NoSuchTenant);
        };
        let touched = match &self.change {
            TenantChange::State(state) if tenant.state == *state => 0,
            TenantChange::Settings { to, .. } if *tenant.settings == **to => 0,
            TenantChange::Settings { was, .. } if *tenant.settings != **was => return Ok(TenantChanged::Meanwhile),
            TenantChange::State(state) => tx.exec(&TENANT_SET_STATE, &[id, Value::text(state.name())]).await?,
            TenantChange::Settings { to, .. } => tx.exec(&TENANT_SET_SETTINGS, &[id, text(to)?]).await?,
            TenantChange::AddHost(host) if has_host(tx, &id, host).await? => 0,
            TenantChange::AddHost(host) => tx.exec(&HOST_INSERT, &[id, Value::text(host.as_str())]).await?,
            TenantChange::Logo(logo) => logos::set(tx, self.tenant, logo.as_ref()).await?,
            TenantChange::RemoveHost(host) => tx.exec(&HOST_DELETE, &[id, Value::text(host.as_str())]).await?,
        };
        if touched == 0 {
            return Ok(TenantChanged::Already);
        }
        events::insert_last(tx, &self.event).await?;
        Ok(TenantChanged::Yes)
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<TenantChanged>> {
        hold(tx, self.tenant.uuid()).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(TenantChanged::Yes) } else { Seen::No })
    }
}

/// Whether the host is this tenant's already; that it is another's is told by its unique key.
async fn has_host(tx: &Tx<'_>, id: &Value<'_>, host: &str) -> Result<bool> {
    let hosts = tx.rows(&HOSTS_OF, std::slice::from_ref(id), |row| row.text(0)).await?;
    Ok(hosts.iter().any(|own| own == host))
}
