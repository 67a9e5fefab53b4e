use countersign_domain::{TenantId, Timestamp};
use futures_util::future::join_all;

use super::read::{self, StoredSeal};
use super::{EVENTS_DELETE, SEAL_FORGET_BATCH, SEAL_OLDEST_KEPT, id_lists};
use crate::TenantStore;
use crate::fault::Result;
use crate::job::{Job, Seen};
use crate::statement::Value;
use crate::tx::Tx;

impl TenantStore {
    /// Removes the events of the oldest batch if it was sealed before the moment, and keeps its seal. How many went;
    /// none: there was no such batch, or its seal cannot be read.
    ///
    /// # Errors
    /// [`Fault`](crate::Fault) where the store fails.
    pub async fn remove_oldest_batch(&self, sealed_before: Timestamp) -> Result<Option<u64>> {
        // Most tenants have nothing to remove most of the time: asking costs no write.
        if !self.store.read(HasBatch { tenant: self.id, sealed_before }).await? {
            return Ok(None);
        }
        self.store.write(RemoveBatch { tenant: self.id, sealed_before }).await
    }
}

async fn oldest(tx: &Tx<'_>, tenant: TenantId, sealed_before: Timestamp) -> Result<Option<StoredSeal>> {
    let key = [Value::Id(tenant.uuid()), Value::Int(sealed_before.micros())];
    tx.row(&SEAL_OLDEST_KEPT, &key, read::seal).await
}

struct HasBatch {
    tenant: TenantId,
    sealed_before: Timestamp,
}

impl Job for HasBatch {
    type Out = bool;

    async fn run(&self, tx: &Tx<'_>) -> Result<bool> {
        Ok(oldest(tx, self.tenant, self.sealed_before).await?.is_some())
    }
}

struct RemoveBatch {
    tenant: TenantId,
    sealed_before: Timestamp,
}

impl Job for RemoveBatch {
    type Out = Option<u64>;

    async fn run(&self, tx: &Tx<'_>) -> Result<Option<u64>> {
        let Some(StoredSeal::Seal(seal)) = oldest(tx, self.tenant, self.sealed_before).await? else { return Ok(None) };
        let tenant = Value::Id(self.tenant.uuid());
        // Two nodes may be here at once: the one that changes the seal's row removes the batch.
        if tx.exec(&SEAL_FORGET_BATCH, &[tenant.clone(), Value::Int(seal.number)]).await? == 0 {
            return Ok(Some(0));
        }
        let lists = id_lists(&[tenant], seal.ids.iter().flatten().map(|id| id.uuid()));
        let deleted = join_all(lists.iter().map(|list| tx.exec(&EVENTS_DELETE, list))).await;
        deleted.into_iter().sum::<Result<u64>>().map(Some)
    }

    /// Doing it again removes the next one, which is as old or stays.
    async fn seen(&self, _tx: &Tx<'_>) -> Result<Seen<Option<u64>>> {
        Ok(Seen::No)
    }
}
