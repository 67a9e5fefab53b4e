use countersign_domain::KeyId;

use crate::Store;
use crate::fault::{Fault, Result};
use crate::job::{Job, Seen};
use crate::statement::{Row, Value, statements};
use crate::tx::Tx;

statements! {
    SECRETS = "SELECT purpose, version, id, sealed FROM secret ORDER BY purpose, version";
    SECRET_INSERT = "INSERT INTO secret (purpose, version, id, sealed, made_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (purpose, version) DO NOTHING";
    MARK = "SELECT origin, made_at FROM store_mark WHERE id = 1";
    MARK_INSERT = "INSERT INTO store_mark (id, origin, made_at) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING";
}

/// A secret of the service as it lies in the store.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// What it is for.
    pub purpose: String,
    /// Newer ones are used for making, older ones still for checking.
    pub version: i64,
    /// Bound into the seal.
    pub id: KeyId,
    /// Sealed under the master key.
    pub sealed: Vec<u8>,
}

/// What made a store: a sandbox's is never served in production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// With published users and a key in its folder.
    Sandbox,
    /// In earnest.
    Production,
}

impl Origin {
    /// The name in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }
}

impl Store {
    /// What made this store; a new one is marked as made by `origin`.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn origin(&self, origin: Origin) -> Result<Origin> {
        // Known already but once: the command line beside a busy service need not wait for its turn to write.
        match self.read(Marked).await? {
            Some(origin) => Ok(origin),
            None => self.write(Marking { origin }).await,
        }
    }

    /// Every secret of the service.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn secrets(&self) -> Result<Vec<SealedSecret>> {
        self.read(All).await
    }

    /// Keeps new secrets, unless one of the same purpose and version is there: two nodes that start on a new store
    /// together agree on the first.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn add_secrets(&self, secrets: Vec<SealedSecret>) -> Result<()> {
        self.write(Add { secrets }).await
    }
}

struct Marked;

impl Job for Marked {
    type Out = Option<Origin>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<Origin>> {
        mark(tx).await
    }
}

async fn mark(tx: &Tx<'_>) -> Result<Option<Origin>> {
    let read = |row: &Row<'_>| match row.text(0)?.as_str() {
        "sandbox" => Ok(Origin::Sandbox),
        "production" => Ok(Origin::Production),
        _ => Err(row.bad(0, "is no origin")),
    };
    tx.row(&MARK, &[], read).await
}

struct Marking {
    origin: Origin,
}

impl Job for Marking {
    type Out = Origin;

    async fn run(&self, tx: &Tx<'_>) -> Result<Origin> {
        let values = [Value::text(self.origin.name()), Value::Int(tx.now().micros())];
        tx.exec(&MARK_INSERT, &values).await?;
        let origin = mark(tx).await?;
        origin.ok_or_else(|| Fault::Broken("the store's mark vanished".into()))
    }

    /// Running again is safe: what is there already stays.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<Origin>> {
        Ok(Seen::No)
    }
}

struct All;

impl Job for All {
    type Out = Vec<SealedSecret>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Self::Out> {
        let read = |row: &Row<'_>| {
            Ok(SealedSecret {
                purpose: row.text(0)?,
                version: row.int(1)?,
                id: KeyId::from_uuid(row.id(2)?),
                sealed: row.bytes(3)?,
            })
        };
        tx.rows(&SECRETS, &[], read).await
    }
}

struct Add {
    secrets: Vec<SealedSecret>,
}

impl Job for Add {
    type Out = ();

    async fn run(&self, tx: &Tx<'_>) -> Result<()> {
        let now = Value::Int(tx.now().micros());
        for secret in &self.secrets {
            let values = [
                Value::text(secret.purpose.as_str()),
                Value::Int(secret.version),
                Value::Id(secret.id.uuid()),
                Value::bytes(&secret.sealed),
                now.clone(),
            ];
            tx.exec(&SECRET_INSERT, &values).await?;
        }
        Ok(())
    }

    /// Running again is safe: what is there already stays.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<()>> {
        Ok(Seen::No)
    }
}
