use countersign_domain::audit::Action;
use countersign_domain::{Kind, Logo, Settings, TenantId, TenantState, UnknownEmail};

use super::world::{address, event, id, make_tenant, new_tenant};
use super::{World, on_both};
use crate::{Fault, TenantChange, TenantChanged, Which};

async fn change(world: &World, change: TenantChange) -> TenantChanged {
    world.here().change_tenant(change, world.event(Action::TenantChanged)).await.unwrap()
}

async fn a_tenant_is_found_by_id_slug_and_host(world: World) {
    assert_eq!(change(&world, TenantChange::AddHost("login.example.com".into())).await, TenantChanged::Yes);
    let tenant = world.store.find_tenant(Which::Id(world.tenant)).await.unwrap().unwrap();
    assert_eq!((tenant.slug.as_str(), tenant.name.as_str(), tenant.state), ("here", "HERE", TenantState::Active));
    assert_eq!((tenant.created_at, &*tenant.settings), (world.now(), &Settings::default()));
    for which in [Which::Slug("here".parse().unwrap()), Which::Host("login.example.com".into())] {
        assert_eq!(world.store.find_tenant(which).await.unwrap().as_ref(), Some(&tenant));
    }
    for which in [
        Which::Id(TenantId::from_uuid(id())),
        Which::Slug("nowhere".parse().unwrap()),
        Which::Host("example.com".into()),
    ] {
        assert_eq!(world.store.find_tenant(which).await.unwrap(), None);
    }
}

async fn a_new_tenant_has_roles_and_a_key_or_is_not_there(world: World) {
    assert_eq!(world.number("SELECT count(*) FROM role").await, 4);
    assert_eq!(world.here().signing_keys().await.unwrap().len(), 1);
    let again = new_tenant("here");
    let other = again.id;
    let made = world.store.create_tenant(again, event(other, Action::TenantCreated)).await.unwrap();
    assert_eq!(made, TenantChanged::Taken);
    assert_eq!(world.number("SELECT count(*) FROM role").await, 4);
    assert!(world.store.tenant(other).signing_keys().await.unwrap().is_empty());
    assert_eq!(world.told(&Action::TenantCreated).await, 1);
}

async fn tenants_are_listed_page_by_page(world: World) {
    for slug in ["a", "b", "zoo"] {
        make_tenant(&world.store, slug).await;
    }
    let page = async |after: &str| {
        let tenants = world.store.tenants_after(after, 2).await.unwrap();
        tenants.iter().map(|tenant| tenant.slug.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(page("").await, ["a", "b"]);
    assert_eq!(page("b").await, ["here", "zoo"]);
    assert!(page("zoo").await.is_empty());
}

async fn a_change_that_changes_nothing_is_not_told(world: World) {
    let settings = Settings { unknown_email: UnknownEmail::Tell, ..Settings::default() };
    let set = || TenantChange::Settings { was: Box::default(), to: Box::new(settings.clone()) };
    assert_eq!(change(&world, set()).await, TenantChanged::Yes);
    assert_eq!(change(&world, set()).await, TenantChanged::Already);
    let other = Settings { lockout_failures_max: 9, ..Settings::default() };
    let from_what_it_was = TenantChange::Settings { was: Box::default(), to: Box::new(other) };
    assert_eq!(change(&world, from_what_it_was).await, TenantChanged::Meanwhile);
    assert_eq!(change(&world, TenantChange::State(TenantState::Active)).await, TenantChanged::Already);
    assert_eq!(change(&world, TenantChange::State(TenantState::Suspended)).await, TenantChanged::Yes);
    assert_eq!(change(&world, TenantChange::RemoveHost("a.example".into())).await, TenantChanged::Already);
    assert_eq!(world.told(&Action::TenantChanged).await, 2);
    let tenant = world.store.find_tenant(Which::Id(world.tenant)).await.unwrap().unwrap();
    assert_eq!((&*tenant.settings, tenant.state), (&settings, TenantState::Suspended));
    let nobody = world.store.tenant(TenantId::from_uuid(id()));
    let changed = nobody.change_tenant(set(), world.event(Action::TenantChanged)).await.unwrap();
    assert_eq!(changed, TenantChanged::NoSuchTenant);
}

async fn a_host_belongs_to_one_tenant(world: World) {
    let add = |host: &str| TenantChange::AddHost(host.into());
    assert_eq!(change(&world, add("b.example")).await, TenantChanged::Yes);
    assert_eq!(change(&world, add("a.example")).await, TenantChanged::Yes);
    assert_eq!(change(&world, add("a.example")).await, TenantChanged::Already);
    assert_eq!(world.here().hosts().await.unwrap(), ["a.example", "b.example"]);
    let other = world.store.tenant(make_tenant(&world.store, "there").await);
    let taken = other.change_tenant(add("a.example"), world.event(Action::TenantChanged)).await.unwrap();
    assert_eq!(taken, TenantChanged::Taken);
    // Nobody removes another's host.
    let remove = TenantChange::RemoveHost("a.example".into());
    let kept = other.change_tenant(remove.clone(), world.event(Action::TenantChanged)).await.unwrap();
    assert_eq!(kept, TenantChanged::Already);
    assert_eq!(change(&world, remove).await, TenantChanged::Yes);
    assert_eq!(world.here().hosts().await.unwrap(), ["b.example"]);
    assert_eq!(world.told(&Action::TenantChanged).await, 3);
}

async fn settings_of_a_newer_version_are_named_and_not_guessed(world: World) {
    world.meddle(r#"UPDATE tenant SET settings = '{"colour":"blue"}'"#).await;
    let fault = world.store.find_tenant(Which::Id(world.tenant)).await.unwrap_err().to_string();
    assert!(fault.contains("TENANT_BY_ID") && fault.contains("settings") && fault.contains("colour"), "{fault}");
}

async fn tenants_with_one_of_three_names_are_found(world: World) {
    let names = ["a@example.com", "b@example.com", "c@example.com"].map(|name| address(name).key().clone());
    let found = async || {
        let tenants = world.store.tenants_with_name(names.clone()).await.unwrap();
        tenants.iter().map(|tenant| tenant.slug.to_string()).collect::<Vec<_>>()
    };
    make_tenant(&world.store, "there").await;
    world.account(Kind::Staff, "d@example.com").await;
    assert!(found().await.is_empty());
    world.account(Kind::Staff, "b@example.com").await;
    world.account(Kind::Customer, "b@example.com").await;
    assert_eq!(found().await, ["here"]);
}

async fn a_logo_is_the_picture_that_was_written_or_none(world: World) {
    let logo = |byte| TenantChange::Logo(Some(Logo::kept(vec![byte; 70])));
    assert_eq!(change(&world, TenantChange::Logo(None)).await, TenantChanged::Already);
    assert_eq!(change(&world, logo(1)).await, TenantChanged::Yes);
    assert_eq!(change(&world, logo(1)).await, TenantChanged::Already);
    assert_eq!(change(&world, logo(2)).await, TenantChanged::Yes);
    let kept = world.here().logo().await.unwrap().unwrap();
    assert_eq!((kept.png(), world.here().logo_hash().await.unwrap()), (&[2; 70][..], Some(kept.hash())));
    world.meddle("UPDATE tenant_logo SET hash = png").await;
    assert!(matches!(world.here().logo_hash().await, Err(Fault::Corrupt { .. })));
    assert_eq!(world.told(&Action::TenantChanged).await, 2);
}

on_both! {
    tenants_with_one_of_three_names_are_found,
    a_tenant_is_found_by_id_slug_and_host,
    a_new_tenant_has_roles_and_a_key_or_is_not_there,
    tenants_are_listed_page_by_page,
    a_change_that_changes_nothing_is_not_told,
    a_host_belongs_to_one_tenant,
    a_logo_is_the_picture_that_was_written_or_none,
    settings_of_a_newer_version_are_named_and_not_guessed,
}
