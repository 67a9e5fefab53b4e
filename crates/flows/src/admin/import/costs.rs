use std::collections::HashSet;
use std::time::Duration;

use countersign_domain::audit::Action;
use countersign_domain::signing_key::REREAD_EVERY;
use countersign_domain::{Settings, Tenant};
use countersign_store::EventFilter;

use super::{ImportOrder, ImportRefusal, ImportStep, Outcome};
use crate::admin::TenantRefusal;
use crate::hasher::Cost;
use crate::{Doer, Fault, Flows};

/// Settings that somebody else keeps changing are given up after so many tries.
const TRIES_MAX: usize = 8;
/// The clocks of two nodes differ by less.
const CLOCKS_DIFFER: Duration = Duration::from_secs(2);

impl Flows {
    /// Sees to it that failed answers of every node are as slow as what is to come, before the first of it is there.
    pub(super) async fn hold_costs(
        &self,
        tenant: &Tenant,
        costs: &HashSet<Cost>,
        order: &ImportOrder,
        told: &mut impl AsyncFnMut(ImportStep),
    ) -> Outcome<()> {
        let own = Cost::Argon2(crate::tenants::cost(&tenant.settings, self.usual_cost));
        let mut foreign: Vec<Cost> = costs.iter().copied().filter(|cost| *cost != own).collect();
        if foreign.is_empty() {
            return Ok(Ok(()));
        }
        foreign.sort_by_key(ToString::to_string);
        if let Err(refusal) = self.extend_settings(tenant, &foreign).await? {
            return Ok(Err(ImportRefusal::Settings(refusal)));
        }
        while let Some(left) = self.unread_for(tenant).await?.filter(|_| !order.is_service_stopped) {
            told(ImportStep::Wait(left)).await;
        }
        Ok(Ok(()))
    }

    async fn extend_settings(&self, tenant: &Tenant, foreign: &[Cost]) -> Result<Result<(), TenantRefusal>, Fault> {
        for _ in 0..TRIES_MAX {
            let Some(now) = self.tenant(&tenant.slug).await? else {
                return Ok(Err(TenantRefusal::NoSuchTenant(tenant.slug.to_string())));
            };
            let mut settings = (*now.settings).clone();
            let added: Vec<String> =
                foreign.iter().filter(|cost| hold(&mut settings, **cost)).map(ToString::to_string).collect();
            if added.is_empty() {
                return Ok(Ok(()));
            }
            let detail = format!("hashes to come: {}", added.join(", "));
            match self.set_tenant_settings(Doer::Operator, &now, settings, detail).await? {
                Err(TenantRefusal::Meanwhile(_)) => {}
                other => return Ok(other),
            }
        }
        Ok(Err(TenantRefusal::Meanwhile(tenant.slug.to_string())))
    }

    /// How long some node may still go by settings that it read before they were changed: by this import, or by one that
    /// was stopped a moment ago.
    async fn unread_for(&self, tenant: &Tenant) -> Result<Option<Duration>, Fault> {
        let now = self.store.now();
        let known_after = REREAD_EVERY + CLOCKS_DIFFER;
        let filter = EventFilter {
            action: Some(Action::TenantChanged),
            from: Some(now.minus(known_after)),
            events_max: 1,
            ..EventFilter::default()
        };
        let events = self.list_events(tenant.id, filter).await?.events;
        let left = events.first().map(|event| known_after.saturating_sub(now.since(event.at)));
        Ok(left.filter(|left| !left.is_zero()))
    }
}

fn hold(settings: &mut Settings, cost: Cost) -> bool {
    match cost {
        Cost::Argon2(params) => settings.hold(params.cost()),
        Cost::Imported(cost) => settings.hold_import(cost),
    }
}
