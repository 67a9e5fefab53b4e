use countersign_domain::audit::Event;
use countersign_domain::signing_key::SigningKeyRecord;
use countersign_domain::{KeyId, TenantId, Timestamp};

use crate::fault::Result;
use crate::job::Job;
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;
use crate::{TenantStore, events};

statements! {
    KEYS_OF = "SELECT tenant, id, kid, algorithm, public, sealed_private, published_at, active_at, retired_at, compromised_at \
         FROM signing_key WHERE tenant = $1 ORDER BY id";
    KEY_INSERT = "INSERT INTO signing_key (tenant, id, kid, algorithm, public, sealed_private, published_at, active_at, \
         retired_at, compromised_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    KEY_END = "UPDATE signing_key SET retired_at = $3, compromised_at = $4 WHERE tenant = $1 AND id = $2";
    TENANT_KEYS_LOCK = "SELECT id FROM tenant WHERE id = $1 {lock}";
    END_GENERATIONS = "UPDATE account SET generation = generation + 1 WHERE tenant = $1";
}

/// A change to a tenant's keys, judged under the tenant's lock so that two operators cannot cross each other.
pub trait KeyMove: Send + Sync + 'static {
    /// What the keys should become, or why not. `now` is the transaction's moment.
    ///
    /// # Errors
    /// The sentence that refuses the move.
    fn judge(&self, keys: &[SigningKeyRecord], now: Timestamp) -> std::result::Result<KeyWrite, String>;
}

/// What a move writes.
#[derive(Clone, Debug)]
pub enum KeyWrite {
    /// A new key.
    Add(Box<SigningKeyRecord>),
    /// A key's end.
    End(KeyId, Option<Timestamp>),
    /// A key's private half is known to others: every session of the tenant ends with it.
    Compromise(KeyId, Timestamp, Option<Box<SigningKeyRecord>>),
}

impl TenantStore {
    /// Every signing key of the tenant, in the order in which they were made.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKeyRecord>> {
        self.store.read(KeysOf { tenant: self.id }).await
    }

    /// Makes a move with the tenant's keys; the inner error is the move's own refusal.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn move_keys(&self, judge: impl KeyMove, event: Event) -> Result<std::result::Result<(), String>> {
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

struct Move<M> {
    tenant: TenantId,
    judge: M,
    event: Event,
}

impl<M: KeyMove> Job for Move<M> {
    type Out = std::result::Result<(), String>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let id = [Value::Id(self.tenant.uuid())];
        let (locked, keys) =
            tokio::join!(biased; tx.rows(&TENANT_KEYS_LOCK, &id, |row| row.id(0)), tx.rows(&KEYS_OF, &id, read));
        locked?;
        let keys = keys?;
        match self.judge.judge(&keys, tx.now()) {
            Err(refusal) => return Ok(Err(refusal)),
            Ok(KeyWrite::Add(key)) => insert(tx, &key).await?,
            Ok(KeyWrite::End(key, retired_at)) => self.end(tx, key, retired_at, None).await?,
            Ok(KeyWrite::Compromise(key, at, successor)) => {
                let retired_at = keys.iter().find(|known| known.id == key).and_then(|known| known.retired_at);
                self.end(tx, key, retired_at, Some(at)).await?;
                if let Some(successor) = successor {
                    insert(tx, &successor).await?;
                }
                tx.exec(&END_GENERATIONS, &id).await?;
            }
        }
        events::insert_last(tx, &self.event).await?;
        Ok(Ok(()))
    }
}

impl<M: KeyMove> Move<M> {
    async fn end(&self, tx: &Tx<'_>, key: KeyId, retired: Option<Timestamp>, known: Option<Timestamp>) -> Result<()> {
        let values = [
            Value::Id(self.tenant.uuid()),
            Value::Id(key.uuid()),
            Value::maybe(retired, |at| Value::Int(at.micros())),
            Value::maybe(known, |at| Value::Int(at.micros())),
        ];
        tx.exec(&KEY_END, &values).await.map(|_| ())
    }
}
