use countersign_domain::audit::Event;
use countersign_domain::signing_key::{KeyWrite, SigningKeyRecord};
use countersign_domain::{KeyId, TenantId, Timestamp};

use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, events, tenants};

statements! {
    KEYS_OF = "SELECT tenant, id, kid, algorithm, public, sealed_private, published_at, active_at, retired_at, compromised_at \
         FROM signing_key WHERE tenant = $1 ORDER BY id";
    KEY_INSERT = "INSERT INTO signing_key (tenant, id, kid, algorithm, public, sealed_private, published_at, active_at, \
         retired_at, compromised_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    KEY_UPDATE = "UPDATE signing_key SET active_at = $3, retired_at = $4, compromised_at = $5 \
         WHERE tenant = $1 AND id = $2";
    TENANT_SESSIONS_AFTER = "UPDATE tenant SET sessions_after = $2 WHERE id = $1";
}

impl TenantStore {
    /// Every signing key of the tenant, in the order in which they were made.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>> {
        self.store.read(KeysOf { tenant: self.id }).await
    }

    /// Makes a move with the tenant's keys, judged under the tenant's lock so that two operators cannot cross each
    /// other: `judge` is told all keys and the transaction's moment. The inner error is its refusal.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn move_keys<R, J>(&self, judge: J, event: Event) -> Result<std::result::Result<(), R>>
    where
        R: Send + 'static,
        J: Fn(&[SigningKeyRecord], Timestamp) -> std::result::Result<KeyWrite, R> + Send + Sync + 'static,
    {
        self.store.write(Move { tenant: self.id, judge, event }).await
    }
}

fn read(row: &Row<'_>) -> Result<SigningKeyRecord> {
    let moment = |column| Ok::<_, crate::Fault>(Timestamp::from_micros(row.int(column)?));
    Ok(SigningKeyRecord {
        tenant: TenantId::from_uuid(row.id(0)?),
        id: KeyId::from_uuid(row.id(1)?),
        kid: row.text(2)?,
        algorithm: row.parsed(3)?,
        public: row.bytes(4)?,
        sealed_private: row.bytes(5)?,
        published_at: moment(6)?,
        active_at: moment(7)?,
        retired_at: row.maybe_int(8)?.map(Timestamp::from_micros),
        compromised_at: row.maybe_int(9)?.map(Timestamp::from_micros),
    })
}

/// Writes a new key.
pub(crate) async fn insert(tx: &Tx<'_>, key: &SigningKeyRecord) -> Result<()> {
    let values = [
        Value::Id(key.tenant.uuid()),
        Value::Id(key.id.uuid()),
        Value::text(key.kid.as_str()),
        Value::text(key.algorithm.name()),
        Value::bytes(&key.public),
        Value::bytes(&key.sealed_private),
        Value::Int(key.published_at.micros()),
        Value::Int(key.active_at.micros()),
        Value::maybe(key.retired_at, |at| Value::Int(at.micros())),
        Value::maybe(key.compromised_at, |at| Value::Int(at.micros())),
    ];
    tx.exec(&KEY_INSERT, &values).await.map(|_| ())
}

struct KeysOf {
    tenant: TenantId,
}

impl Job for KeysOf {
    type Out = Vec<SigningKeyRecord>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        tx.rows(&KEYS_OF, &[Value::Id(self.tenant.uuid())], read).await
    }
}

struct Move<J> {
    tenant: TenantId,
    judge: J,
    event: Event,
}

impl<R, J> Job for Move<J>
where
    R: Send + 'static,
    J: Fn(&[SigningKeyRecord], Timestamp) -> std::result::Result<KeyWrite, R> + Send + Sync + 'static,
{
    type Out = std::result::Result<(), R>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let id = [Value::Id(self.tenant.uuid())];
        let (locked, keys) = tokio::join!(biased; tenants::hold(tx, self.tenant.uuid()), tx.rows(&KEYS_OF, &id, read));
        locked?;
        let write = match (self.judge)(&keys?, tx.now()) {
            Ok(write) => write,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Some(key) = &write.insert {
            insert(tx, key).await?;
        }
        for key in &write.update {
            update(tx, key).await?;
        }
        if write.ends_sessions {
            let [id] = id;
            tx.exec(&TENANT_SESSIONS_AFTER, &[id, Value::Int(tx.now().micros())]).await?;
        }
        events::insert_last(tx, &self.event).await?;
        Ok(Ok(()))
    }

    async fn seen(&self, tx: &Tx<'_>) -> Result<Seen<Self::Out>> {
        tenants::hold(tx, self.tenant.uuid()).await?;
        Ok(if events::is_told(tx, &self.event).await? { Seen::Yes(Ok(())) } else { Seen::No })
    }
}

async fn update(tx: &Tx<'_>, key: &SigningKeyRecord) -> Result<()> {
    let values = [
        Value::Id(key.tenant.uuid()),
        Value::Id(key.id.uuid()),
        Value::Int(key.active_at.micros()),
        Value::maybe(key.retired_at, |at| Value::Int(at.micros())),
        Value::maybe(key.compromised_at, |at| Value::Int(at.micros())),
    ];
    tx.exec(&KEY_UPDATE, &values).await.map(|_| ())
}
