use countersign_domain::audit::Event;
use countersign_domain::encryption_key::{EncryptionKeyRecord, EncryptionKeySize};
use countersign_domain::{KeyId, TenantId, Timestamp};

use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, events, tenants};

statements! {
    ENCRYPTION_KEY_NEWEST = "SELECT tenant, number, id, bits, public, sealed_private, created_at, retired_at \
         FROM encryption_key WHERE tenant = $1 ORDER BY number DESC LIMIT 1";
    ENCRYPTION_KEYS_OF = "SELECT tenant, number, id, bits, public, sealed_private, created_at, retired_at \
         FROM encryption_key WHERE tenant = $1 ORDER BY number";
    ENCRYPTION_KEY_INSERT = "INSERT INTO encryption_key (tenant, number, id, bits, public, sealed_private, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ENCRYPTION_KEY_RETIRE = "UPDATE encryption_key SET retired_at = $3, sealed_private = NULL \
         WHERE tenant = $1 AND number = $2";
}

/// An encryption key that is to be.
#[derive(Clone)]
pub struct NewEncryptionKey {
    /// Made for it; bound into the seal.
    pub id: KeyId,
    /// Its modulus.
    pub size: EncryptionKeySize,
    /// The public half, the DER of a `SubjectPublicKeyInfo`.
    pub public: Vec<u8>,
    /// The private half, sealed under the master key.
    pub sealed_private: Vec<u8>,
}

impl TenantStore {
    /// The encryption key in use; none until the first is made.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn encryption_key(&self) -> Result<Option<EncryptionKeyRecord>> {
        self.store.read(Newest { tenant: self.id }).await
    }

    /// Every encryption key of the tenant, in the order in which they were made.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn encryption_keys(&self) -> Result<Vec<EncryptionKeyRecord>> {
        self.store.read(KeysOf { tenant: self.id }).await
    }

    /// Makes the tenant's first encryption key, unless there is one: nodes that are asked for it together agree on the
    /// one that came first. The event is told only by that one.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn first_encryption_key(&self, key: NewEncryptionKey, event: Event) -> Result<EncryptionKeyRecord> {
        self.store.write(First { tenant: self.id, key, event }).await
    }

    /// Puts a new encryption key in the place of the one in use, whose private half is gone with that.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn rotate_encryption_key(&self, key: NewEncryptionKey, event: Event) -> Result<()> {
        self.store.write(Rotate { tenant: self.id, key, event }).await
    }
}

fn read(row: &Row<'_>) -> Result<(i64, EncryptionKeyRecord)> {
    let size = EncryptionKeySize::of_bits(row.int(3)?).ok_or_else(|| row.bad(3, "is no size of a key"))?;
    let record = EncryptionKeyRecord {
        tenant: TenantId::from_uuid(row.id(0)?),
        id: KeyId::from_uuid(row.id(2)?),
        size,
        public: row.bytes(4)?,
        sealed_private: row.maybe_bytes(5)?,
        created_at: Timestamp::from_micros(row.int(6)?),
        retired_at: row.maybe_int(7)?.map(Timestamp::from_micros),
    };
    Ok((row.int(1)?, record))
}

async fn newest(tx: &Tx<'_>, tenant: TenantId) -> Result<Option<(i64, EncryptionKeyRecord)>> {
    tx.row(&ENCRYPTION_KEY_NEWEST, &[Value::Id(tenant.uuid())], read).await
}

async fn insert(tx: &Tx<'_>, tenant: TenantId, number: i64, key: &NewEncryptionKey) -> Result<()> {
    let values = [
        Value::Id(tenant.uuid()),
        Value::Int(number),
        Value::Id(key.id.uuid()),
        Value::Int(key.size.bits().into()),
        Value::bytes(&key.public),
        Value::bytes(&key.sealed_private),
        Value::Int(tx.now().micros()),
    ];
    tx.exec(&ENCRYPTION_KEY_INSERT, &values).await.map(|_| ())
}

struct Newest {
    tenant: TenantId,
}

impl Job for Newest {
    type Out = Option<EncryptionKeyRecord>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        Ok(newest(tx, self.tenant).await?.map(|(_, key)| key))
    }
}

struct KeysOf {
    tenant: TenantId,
}

impl Job for KeysOf {
    type Out = Vec<EncryptionKeyRecord>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        tx.rows(&ENCRYPTION_KEYS_OF, &[Value::Id(self.tenant.uuid())], |row| Ok(read(row)?.1)).await
    }
}

struct First {
    tenant: TenantId,
    key: NewEncryptionKey,
    event: Event,
}

impl Job for First {
    type Out = EncryptionKeyRecord;

    async fn run(&self, tx: &Tx<'_>) -> Result<EncryptionKeyRecord> {
        tenants::hold(tx, self.tenant.uuid()).await?;
        if let Some((_, there)) = newest(tx, self.tenant).await? {
            return Ok(there);
        }
        insert(tx, self.tenant, 1, &self.key).await?;
        events::insert_last(tx, &self.event).await?;
        let NewEncryptionKey { id, size, public, sealed_private } = self.key.clone();
        let (sealed_private, created_at) = (Some(sealed_private), tx.now());
        Ok(EncryptionKeyRecord { tenant: self.tenant, id, size, public, sealed_private, created_at, retired_at: None })
    }

    /// Running again is safe: what is there already stays.
    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<EncryptionKeyRecord>> {
        tenants::hold(tx, self.tenant.uuid()).await?;
        Ok(Seen::No)
    }
}

struct Rotate {
    tenant: TenantId,
    key: NewEncryptionKey,
    event: Event,
}

impl Job for Rotate {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        tenants::hold(tx, self.tenant.uuid()).await?;
        let mut number = 0;
        if let Some((in_use, _)) = newest(tx, self.tenant).await? {
            let values = [Value::Id(self.tenant.uuid()), Value::Int(in_use), Value::Int(tx.now().micros())];
            tx.exec(&ENCRYPTION_KEY_RETIRE, &values).await?;
            number = in_use;
        }
        insert(tx, self.tenant, number.saturating_add(1), &self.key).await?;
        events::insert_last(tx, &self.event).await
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<()>> {
        tenants::hold(tx, self.tenant.uuid()).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(()) } else { Seen::No })
    }
}
