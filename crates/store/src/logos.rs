use countersign_domain::audit::Sha256;
use countersign_domain::{Logo, TenantId};

use crate::TenantStore;
use crate::fault::Result;
use crate::job::Job;
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;

statements! {
    LOGO_PUT = "INSERT INTO tenant_logo (tenant, png, hash, changed_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant) DO UPDATE SET png = excluded.png, hash = excluded.hash, changed_at = excluded.changed_at";
    LOGO_DELETE = "DELETE FROM tenant_logo WHERE tenant = $1";
    LOGO_OF = "SELECT png, hash FROM tenant_logo WHERE tenant = $1";
    LOGO_HASH = "SELECT hash FROM tenant_logo WHERE tenant = $1";
}

impl TenantStore {
    /// The tenant's logo, if it has one.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails, or holds another picture than was written.
    pub async fn logo(&self) -> Result<Option<Logo>> {
        self.store.read(LogoOf { tenant: self.id }).await
    }

    /// Which logo it has, without the picture.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn logo_hash(&self) -> Result<Option<Sha256>> {
        self.store.read(HashOf { tenant: self.id }).await
    }
}

/// Gives the tenant this logo in place of the one before, or none; how many rows that touched. The caller holds the tenant.
pub(crate) async fn set(tx: &Tx<'_>, tenant: TenantId, logo: Option<&Logo>) -> Result<u64> {
    let tenant = Value::Id(tenant.uuid());
    let there = tx.row(&LOGO_HASH, std::slice::from_ref(&tenant), |row| hash(row, 0)).await?;
    match logo {
        None => tx.exec(&LOGO_DELETE, &[tenant]).await,
        Some(logo) if there == Some(logo.hash()) => Ok(0),
        Some(logo) => {
            let hash = logo.hash();
            let row = [tenant, Value::bytes(logo.png()), Value::bytes(hash.as_bytes()), Value::Int(tx.now().micros())];
            tx.exec(&LOGO_PUT, &row).await
        }
    }
}

fn hash(row: &Row<'_>, column: usize) -> Result<Sha256> {
    let bytes = row.bytes(column)?;
    bytes.try_into().map(Sha256::from_bytes).map_err(|_| row.bad(column, "is no SHA-256 hash"))
}

struct LogoOf {
    tenant: TenantId,
}

impl Job for LogoOf {
    type Out = Option<Logo>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let read = |row: &Row<'_>| {
            let logo = Logo::kept(row.bytes(0)?);
            if logo.hash() == hash(row, 1)? { Ok(logo) } else { Err(row.bad(0, "is not the picture that was written")) }
        };
        tx.row(&LOGO_OF, &[Value::Id(self.tenant.uuid())], read).await
    }
}

struct HashOf {
    tenant: TenantId,
}

impl Job for HashOf {
    type Out = Option<Sha256>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        tx.row(&LOGO_HASH, &[Value::Id(self.tenant.uuid())], |row| hash(row, 0)).await
    }
}
