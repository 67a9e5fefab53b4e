use countersign_domain::Tenant;
use countersign_domain::audit::Action;
use countersign_domain::encryption_key::{EncryptionKeyRecord, EncryptionKeySize};

use crate::encrypted_fields::told;
use crate::{Doer, Fault, Flows};

impl Flows {
    /// Every encryption key of a tenant, in the order in which they were made; none before one was asked for.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn encryption_keys(&self, tenant: &Tenant) -> Result<Vec<EncryptionKeyRecord>, Fault> {
        Ok(self.store.tenant(tenant.id).encryption_keys().await?)
    }

    /// Makes a new encryption key, in use at once on every node; what is encrypted under the one before opens no more.
    ///
    /// # Errors
    /// [`Fault`] where the store or the key fails.
    pub async fn rotate_encryption_key(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        size: EncryptionKeySize,
    ) -> Result<(), Fault> {
        let key = self.new_encryption_key(tenant.id, size).await?;
        let event = self.done_by(doer, tenant.id, Action::EncryptionKeyRotated, Some(told(&key)));
        Ok(self.store.tenant(tenant.id).rotate_encryption_key(key, event).await?)
    }
}
