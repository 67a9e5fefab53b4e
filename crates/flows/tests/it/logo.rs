//! A tenant's logo: set, shown, taken away.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use countersign_domain::audit::Actor;
use countersign_domain::{BadLogo, Logo, Settings};
use countersign_flows::Doer;
use countersign_flows::admin::TenantRefusal;

use crate::people::caller;
use crate::support::{ADA, PASSWORD, World, on_both};

/// Files of two by two pixels, in grey and in white.
const GREY: &str = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGNoaGBoaAAABgYCASzBUNcAAAAASUVORK5CYII=";
const WHITE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGP4/5/h/38AC/oD/eAlihAAAAAASUVORK5CYII=";

fn file(text: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(text).unwrap()
}

async fn a_manager_gives_the_pages_a_logo_and_takes_it_away(world: World) {
    let id = world.operator().creates("MANAGER", ADA, PASSWORD).await;
    let (request, manager) = caller(&world.anonymous().logs_in(ADA, PASSWORD).await).await;
    let by = Doer::Caller(&request, &manager);
    let (flows, tenant) = (&world.flows, &world.tenant);
    let set = async |text: Option<&str>| flows.set_logo(by, tenant, text.map(file)).await.unwrap();
    assert_eq!(flows.logo(tenant.id).await.unwrap(), None);
    for text in [GREY, WHITE] {
        assert_eq!(set(Some(text)).await, Ok(()));
        assert_eq!(set(Some(text)).await, Err(TenantRefusal::Already));
        let logo = flows.logo(tenant.id).await.unwrap().unwrap();
        assert_eq!(logo, Logo::read(&file(text)).unwrap());
        assert_eq!(flows.logo_hash(tenant.id).await.unwrap(), Some(logo.hash()), "its version");
    }
    let other = world.tenant_with(Settings::default()).await;
    assert_eq!(flows.logo(other.id).await.unwrap(), None, "each tenant has its own");
    assert_eq!(set(None).await, Ok(()));
    assert_eq!(set(None).await, Err(TenantRefusal::Already));
    assert_eq!((flows.logo(tenant.id).await.unwrap(), flows.logo_hash(tenant.id).await.unwrap()), (None, None));
    let told = world.telling("tenant_changed done").await;
    assert_eq!(told.iter().map(|event| event.actor).collect::<Vec<_>>(), [Actor::Account(id); 3]);
}

async fn what_is_no_logo_changes_nothing(world: World) {
    let (flows, tenant) = (&world.flows, &world.tenant);
    flows.set_logo(Doer::Operator, tenant, Some(file(GREY))).await.unwrap().unwrap();
    let svg = b"<svg onload=\"alert(1)\"/>".to_vec();
    let refusal = flows.set_logo(Doer::Operator, tenant, Some(svg)).await.unwrap().unwrap_err();
    assert_eq!(refusal, TenantRefusal::Logo(BadLogo::NotPng));
    assert_eq!(refusal.to_string(), "the logo must be a PNG");
    assert_eq!(flows.logo(tenant.id).await.unwrap(), Some(Logo::read(&file(GREY)).unwrap()));
    assert_eq!(world.telling("tenant_changed done").await.len(), 1);
}

on_both! {
    a_manager_gives_the_pages_a_logo_and_takes_it_away,
    what_is_no_logo_changes_nothing,
}
