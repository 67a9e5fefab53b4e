//! Settings that a manager changes, and those that only the operator does.

use countersign_domain::audit::{Actor, Personal};
use countersign_domain::{Settings, Tenant};
use countersign_flows::Doer;
use countersign_flows::admin::TenantRefusal;

use crate::people::caller;
use crate::support::{ADA, PASSWORD, World, on_both};

async fn now(world: &World) -> Tenant {
    world.flows.tenant(&world.tenant.slug).await.unwrap().unwrap()
}

async fn a_manager_changes_what_managers_may_and_the_trail_names_who(world: World) {
    let id = world.operator().creates("MANAGER", ADA, PASSWORD).await;
    let (request, manager) = caller(&world.anonymous().logs_in(ADA, PASSWORD).await).await;
    let by = Doer::Caller(&request, &manager);
    let tenant = now(&world).await;
    let wanted = Settings { lockout_seconds: 600, ..(*tenant.settings).clone() };
    let set = world.flows.set_tenant_settings(by, &tenant, wanted.clone(), "lockout_seconds=600".into()).await;
    set.unwrap().unwrap();
    assert_eq!(*now(&world).await.settings, wanted);
    let told = world.telling("tenant_changed done").await;
    let Personal::Kept { fields, .. } = &told[0].personal else { panic!() };
    assert_eq!((told.len(), told[0].actor, told[0].session), (1, Actor::Account(id), Some(manager.session)));
    assert_eq!(fields.detail.as_deref(), Some("lockout_seconds=600"));
    let stale = Settings { lockout_seconds: 700, ..wanted };
    let late = world.flows.set_tenant_settings(by, &tenant, stale, String::new()).await.unwrap();
    assert_eq!(late, Err(TenantRefusal::Meanwhile(tenant.slug.to_string())), "what another has set is not undone");
}

async fn whoever_steals_a_managers_session_leads_no_link_away(world: World) {
    world.operator().creates("MANAGER", ADA, PASSWORD).await;
    let (request, manager) = caller(&world.anonymous().logs_in(ADA, PASSWORD).await).await;
    let tenant = now(&world).await;
    let wanted = Settings {
        link_base: Some("https://evil.example".into()),
        audit_retention_days: 1,
        lockout_seconds: 600,
        ..(*tenant.settings).clone()
    };
    let by = Doer::Caller(&request, &manager);
    let refused = world.flows.set_tenant_settings(by, &tenant, wanted.clone(), String::new()).await.unwrap();
    let refusal = refused.unwrap_err();
    assert_eq!(refusal, TenantRefusal::Operators(vec!["audit_retention_days", "link_base"]));
    assert_eq!(refusal.to_string(), "audit_retention_days, link_base can be changed by the operator alone");
    assert_eq!(*now(&world).await.settings, *tenant.settings, "nor anything beside it");
    assert!(world.telling("tenant_changed done").await.is_empty());
    let set = world.flows.set_tenant_settings(Doer::Operator, &tenant, wanted, "link_base".into()).await.unwrap();
    assert_eq!(set, Ok(()));
}

on_both! {
    a_manager_changes_what_managers_may_and_the_trail_names_who,
    whoever_steals_a_managers_session_leads_no_link_away,
}
