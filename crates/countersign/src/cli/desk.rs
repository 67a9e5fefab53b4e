use std::sync::Arc;

use countersign_domain::{Account, Slug, Tenant};
use countersign_flows::Flows;

use super::account::{OneAccount, Who};
use super::{Failure, Place};
use crate::assembly;
use crate::config::{Config, Mode, Sources};

/// What an administering command works with: the stories over a store that exists.
pub(super) struct Desk {
    pub(super) flows: Arc<Flows>,
    pub(super) config: Config,
    pub(super) mode: Mode,
}

/// A command hashes once at most, and others not at all: one thread is made and measured faster than one for each core.
const HASH_THREADS: usize = 1;

impl Desk {
    /// Opens the store of a sandbox or of a production, beside a service that may be running on it.
    pub(super) async fn open(sources: &Sources) -> Result<Self, Failure> {
        let mut place = Place::existing(sources)?;
        place.loaded.config.hashing.threads = HASH_THREADS;
        let flows = assembly::flows_at(&place, sources.mode).await?;
        Ok(Self { flows, config: place.loaded.config, mode: sources.mode })
    }

    pub(super) async fn tenant(&self, slug: &Slug) -> Result<Tenant, Failure> {
        let tenant = self.flows.tenant(slug).await?;
        tenant.ok_or_else(|| Failure::Refused(format!("there is no tenant {slug}")))
    }

    /// The account that the line names, and its tenant.
    pub(super) async fn account(&self, one: &OneAccount) -> Result<(Tenant, Account), Failure> {
        let tenant = self.tenant(&one.tenant.tenant).await?;
        let account = self.account_of(&tenant, one).await?;
        Ok((tenant, account))
    }

    async fn account_of(&self, tenant: &Tenant, one: &OneAccount) -> Result<Account, Failure> {
        let mut found = match &one.who {
            Who::Id(id) => self.flows.account(tenant, *id).await?.into_iter().collect(),
            Who::Email(email) => self.flows.accounts_of(tenant, email).await?,
        };
        found.retain(|account| one.kind.is_none_or(|kind| kind == account.kind));
        match (found.pop(), found.is_empty()) {
            (Some(account), true) => Ok(account),
            (Some(_), false) => Err(Failure::Refused(
                "the address has two accounts: say which with --kind customer or --kind staff".to_owned(),
            )),
            (None, _) => Err(Failure::Refused(format!("the tenant {} has no such account", tenant.slug))),
        }
    }
}
