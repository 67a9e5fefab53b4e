use countersign_domain::{Email, PasswordHash, Secret, Settings, UnknownEmail};
use countersign_flows::{Fault, Login, Refusal};

use crate::support::{ADA, PASSWORD, WRONG, World, on_both};

async fn the_right_password_opens_a_session(world: World) {
    let id = world.operator().creates("MANAGER", ADA, PASSWORD).await;
    let ada = world.anonymous().logs_in("Ada@Example.com", PASSWORD).await;
    assert_eq!((ada.account(), world.hashes()), (id, 2), "one hash made it, one proved it");
    assert_eq!((ada.tokens.expires_in_seconds, ada.tokens.refresh_expires_in_seconds), (3600, 14 * 86_400));
    let claims = ada.claims();
    assert_eq!(claims["roles"], serde_json::json!(["MANAGER"]));
    for (claim, value) in [
        ("user-id", id.to_string()),
        ("sub", id.to_string()),
        ("tenancy-id", world.tenant.id.to_string()),
        ("client-id", world.tenant.id.to_string()),
        ("iss", format!("https://{}.auth.example.com", world.tenant.slug)),
    ] {
        assert_eq!(claims[claim], value, "{claim}");
    }
    assert!(ada.is_let_in().await);
    let told = &world.telling("login done").await[0];
    assert_eq!((told.subject, told.session), (Some(id), Some(ada.session())));
    assert_eq!(told.request_id.as_deref(), Some("200"));
    assert_eq!(world.told().await, ["account_created done", "login done", "tenant_created done"]);
}

async fn a_wrong_password_is_refused_and_told(world: World) {
    let id = world.operator().creates("MANAGER", ADA, PASSWORD).await;
    assert_eq!(world.anonymous().tries(ADA, WRONG).await, Refusal::WrongCredentials);
    // Compared whole: neither folded nor cut nor trimmed.
    for near in [PASSWORD.to_lowercase(), format!("{PASSWORD} "), PASSWORD[..PASSWORD.len() - 1].to_owned()] {
        assert_eq!(world.anonymous().tries(ADA, &near).await, Refusal::WrongCredentials, "{near:?}");
    }
    let told = world.telling("login refused wrong_password").await;
    assert_eq!((told.len(), world.trail().await.len()), (4, 6));
    assert!(told.iter().all(|event| event.subject == Some(id) && event.session.is_none()));
}

async fn an_unknown_email_is_told_or_concealed(world: World) {
    assert_eq!(world.anonymous().tries("nobody@example.com", PASSWORD).await, Refusal::UnknownEmail);
    assert_eq!(world.hashes(), 1, "the decoy");
    assert_eq!(world.told().await, ["login refused unknown_name", "tenant_created done"]);
    let discreet = world.tenant_with(Settings { unknown_email: UnknownEmail::Conceal, ..Settings::default() }).await;
    let refusal = world.anonymous_of(&discreet).tries("nobody@example.com", PASSWORD).await;
    assert_eq!(refusal, Refusal::WrongCredentials);
}

async fn an_account_of_another_tenant_is_unknown_here(world: World) {
    let other = world.tenant_with(Settings { unknown_email: UnknownEmail::Tell, ..Settings::default() }).await;
    world.operator_of(&other).creates("CUSTOMER", ADA, PASSWORD).await;
    assert_eq!(world.anonymous().tries(ADA, PASSWORD).await, Refusal::UnknownEmail);
    world.anonymous_of(&other).logs_in(ADA, PASSWORD).await;
}

/// The row is broken, the name is not: whoever mends it finds no attempt counted.
async fn a_hash_that_cannot_be_read_leaves_no_attempt_behind(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let (account, trail) = (world.operator().sees(id).await, world.store.tenant(world.tenant.id));
    assert!(trail.rehash(&account, PasswordHash::new("broken")).await.unwrap());
    for _ in 0..6 {
        let login =
            Login { email: Email::parse(ADA).unwrap(), password: Secret::new(PASSWORD), kind: None, device_mark: None };
        let fault = world.flows.login(&world.anonymous().request().await, login).await.unwrap_err();
        assert!(matches!(fault, Fault::PasswordHash(of) if of == id), "{fault}");
    }
    let broken = world.operator().sees(id).await;
    assert!(trail.rehash(&broken, account.password_hash.unwrap()).await.unwrap());
    world.anonymous().guesses(4, ADA).await;
    world.anonymous().logs_in(ADA, PASSWORD).await;
}

on_both! {
    a_hash_that_cannot_be_read_leaves_no_attempt_behind,
    the_right_password_opens_a_session,
    a_wrong_password_is_refused_and_told,
    an_unknown_email_is_told_or_concealed,
    an_account_of_another_tenant_is_unknown_here,
}
