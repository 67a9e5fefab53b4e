use countersign_domain::audit::{Action, Sha256};
use countersign_domain::{Logo, Tenant, TenantId};
use countersign_store::TenantChange;

use crate::admin::TenantRefusal;
use crate::{Doer, Fault, Flows};

impl Flows {
    /// Gives a tenant's pages a logo in place of the one before, or takes it away. The file is read and written anew, beside
    /// the runtime's threads: unpacking a picture takes milliseconds.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn set_logo(
        &self,
        doer: Doer<'_>,
        tenant: &Tenant,
        file: Option<Vec<u8>>,
    ) -> Result<Result<(), TenantRefusal>, Fault> {
        let logo = match file {
            None => None,
            Some(file) => {
                let read = tokio::task::spawn_blocking(move || Logo::read(&file)).await;
                match read.map_err(|_| Fault::Panicked("of a logo"))? {
                    Ok(logo) => Some(logo),
                    Err(bad) => return Ok(Err(bad.into())),
                }
            }
        };
        let detail = logo.as_ref().map_or("logo removed".to_owned(), |logo| format!("logo {}", logo.hash()));
        self.change_tenant(doer, tenant, TenantChange::Logo(logo), Action::TenantChanged, Some(detail)).await
    }

    /// A tenant's logo, if it has one.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn logo(&self, tenant: TenantId) -> Result<Option<Logo>, Fault> {
        Ok(self.store.tenant(tenant).logo().await?)
    }

    /// Which logo it has, for pages that name it and do not show it themselves.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn logo_hash(&self, tenant: TenantId) -> Result<Option<Sha256>, Fault> {
        Ok(self.store.tenant(tenant).logo_hash().await?)
    }
}
