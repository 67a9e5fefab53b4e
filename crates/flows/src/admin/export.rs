use countersign_domain::audit::Action;
use countersign_domain::{Account, AccountId, Email, Kind, Person, Standing, Tenant};

use crate::hasher::PhcHash;
use crate::import::{ImportRow, line};
use crate::{Fault, Flows};

/// Why an export of accounts ended early.
#[derive(Debug, thiserror::Error)]
pub enum AccountExportFault<E> {
    /// An account could not be read.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The taker takes no more lines.
    #[error("a line of the export could not be written: {0}")]
    Taker(E),
}

/// Accounts that are read at once.
const PAGE_ROWS: u32 = 500;

impl Flows {
    /// Hands every account of a tenant to `take`, oldest first, a line each in the format `native`, hashes included; how
    /// many there were. The trail has it before the first line, since whoever stops an export keeps what it gave.
    ///
    /// # Errors
    /// [`AccountExportFault`]
    pub async fn export_accounts<E>(
        &self,
        tenant: &Tenant,
        to_whom: String,
        mut take: impl FnMut(&str) -> Result<(), E>,
    ) -> Result<u64, AccountExportFault<E>> {
        let event = self.by_operator(tenant.id, Action::AccountsExported, Some(to_whom));
        self.store.record(vec![event]).await.map_err(Fault::from)?;
        let store = self.store.tenant(tenant.id);
        let (mut after, mut accounts) = (AccountId::from_uuid(uuid::Uuid::nil()), 0);
        loop {
            let page = store.accounts_after(after, PAGE_ROWS).await.map_err(Fault::from)?;
            let Some((last, _)) = page.last() else { return Ok(accounts) };
            after = last.id;
            for (account, person) in page {
                take(&line(&row(account, person)?)).map_err(AccountExportFault::Taker)?;
                accounts += 1;
            }
        }
    }
}

/// The account as an import would read it.
fn row(account: Account, person: Person) -> Result<ImportRow, Fault> {
    let id = account.id;
    // Staff without a password is invited, and nobody knows by then whether the address is right: a reset must not open it.
    let is_open = account.kind == Kind::Customer || account.password_hash.is_some();
    let standing = if is_open { account.standing } else { Standing::Deactivated };
    let hash = account.password_hash.map(|hash| PhcHash::parse(hash.phc()).map_err(|_| Fault::PasswordHash(id)));
    Ok(ImportRow {
        external_id: Some(id.to_string()),
        email: Email::parse(&account.email)
            .map_err(|bad| Fault::broken(format!("the address of account {id} {bad}")))?,
        kind: account.kind,
        roles: account.roles,
        first_name: account.first_name,
        last_name: account.last_name,
        person,
        standing,
        must_change_password: account.must_change_password,
        password: hash.transpose()?,
        created_at: Some(account.created_at),
    })
}
