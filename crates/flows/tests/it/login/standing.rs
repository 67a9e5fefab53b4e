use countersign_flows::admin::AccountRefusal;
use countersign_flows::{Admission, Refreshed, Refusal};

use crate::support::{ADA, PASSWORD, WRONG, World, on_both};

async fn a_deactivated_account_is_told_only_to_its_password(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    world.operator().deactivates(id).await.unwrap();
    assert_eq!(world.operator().deactivates(id).await, Err(AccountRefusal::Already));
    let door = world.anonymous();
    assert_eq!(door.guesses(4, ADA).await, Refusal::WrongCredentials);
    assert_eq!(door.tries(ADA, PASSWORD).await, Refusal::Deactivated);
    assert_eq!(world.telling("login refused deactivated").await.len(), 1);
    assert_eq!(door.guesses(4, ADA).await, Refusal::WrongCredentials, "the password was proved: nothing is counted");
    assert!(matches!(door.guesses(1, ADA).await, Refusal::Locked(_)));
    assert!(matches!(door.tries(ADA, PASSWORD).await, Refusal::Locked(_)), "not even to its password");
    assert!(world.store.tenant(world.tenant.id).sessions(id, 9).await.unwrap().is_empty());
    world.operator().activates(id).await.unwrap();
    world.operator().unlocks(id).await.unwrap();
    door.logs_in(ADA, PASSWORD).await;
}

async fn a_suspended_tenant_serves_nobody_and_counts_nothing(world: World) {
    world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let door = world.anonymous();
    let ada = door.logs_in(ADA, PASSWORD).await;
    let before = world.hashes();
    world.operator().suspends().await;
    for _ in 0..6 {
        assert_eq!(door.tries(ADA, WRONG).await, Refusal::TenantSuspended);
    }
    assert_eq!((door.tries(ADA, PASSWORD).await, world.hashes()), (Refusal::TenantSuspended, before));
    assert!(matches!(door.shows(ada.access_token()).await, Admission::TenantSuspended));
    assert!(matches!(door.refreshes(ada.refresh_token()).await, Refreshed::TenantSuspended));
    world.operator().resumes().await;
    assert!(ada.is_let_in().await);
    ada.refreshes().await;
    assert_eq!(door.guesses(4, ADA).await, Refusal::WrongCredentials);
}

async fn who_must_change_the_password_has_no_roles_until_then(world: World) {
    let id = world.operator().creates_temporary("MANAGER", ADA, PASSWORD).await;
    let ada = world.anonymous().logs_in(ADA, PASSWORD).await;
    assert_eq!(ada.claims()["roles"], serde_json::json!([]));
    assert!(ada.tokens.account.must_change_password && ada.is_let_in().await);
    assert_eq!(ada.refreshes().await.claims()["roles"], serde_json::json!([]));
    world.operator().sets_password(id, "Another-horse-2").await.unwrap();
    let ada = world.anonymous().logs_in(ADA, "Another-horse-2").await;
    assert_eq!(ada.claims()["roles"], serde_json::json!(["MANAGER"]));
}

on_both! {
    a_deactivated_account_is_told_only_to_its_password,
    a_suspended_tenant_serves_nobody_and_counts_nothing,
    who_must_change_the_password_has_no_roles_until_then,
}
