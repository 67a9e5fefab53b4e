//! API tokens: made, rotated, asked about, and ended with what their maker loses.

use std::sync::Arc;
use std::time::Duration;

use countersign_domain::{ApiTokenId, ApiTokenLife, Overlap, Permission, Role, Secret, Standing};
use countersign_flows::{
    Admission, ApiCaller, ApiTokenAsk, ApiTokenRefusal, ApiTokenShown, Doer, Introspected, Refreshed,
};

use crate::people::caller;
use crate::support::{ADA, PASSWORD, SignedIn, World, on_both};

const BOB: &str = "bob@example.com";

fn asking(roles: &[&str]) -> ApiTokenAsk {
    ApiTokenAsk {
        seen: None,
        name: "night job".parse().unwrap(),
        life: ApiTokenLife::Month,
        roles: roles.iter().map(|name| name.parse::<Role>().unwrap()).collect(),
    }
}

/// A manager who is logged in.
async fn manager(world: &World) -> SignedIn {
    world.operator().creates("MANAGER", ADA, PASSWORD).await;
    world.anonymous().logs_in(ADA, PASSWORD).await
}

async fn makes(world: &World, who: &SignedIn, roles: &[&str]) -> Result<ApiTokenShown, ApiTokenRefusal> {
    let (request, caller) = caller(who).await;
    world.flows.create_api_token(&request, &caller, asking(roles)).await.unwrap()
}

async fn rotates(
    world: &World,
    who: &SignedIn,
    id: ApiTokenId,
    overlap: u32,
) -> Result<ApiTokenShown, ApiTokenRefusal> {
    let (request, caller) = caller(who).await;
    world.flows.rotate_api_token(&request, &caller, id, Overlap::seconds(overlap).unwrap()).await.unwrap()
}

/// The server behind a token, as the gate lets it through.
async fn server(world: &World, token: &Secret) -> Option<ApiCaller> {
    match world.anonymous().shows(token).await {
        Admission::ApiToken(server) => Some(*server),
        _ => None,
    }
}

async fn a_token_opens_what_its_roles_open_and_servers_may(world: World) {
    let ada = manager(&world).await;
    let made = makes(&world, &ada, &["MANAGER"]).await.unwrap();
    let request = ada.who.request().await;
    let opened = server(&world, &made.secret).await.unwrap();
    for (permission, opens) in [
        (Permission::ReadCustomers, true),
        (Permission::ReadAudit, true),
        (Permission::Unlock, true),
        (Permission::ChangeStaff, false),
        (Permission::ManageApiTokens, false),
        (Permission::ManageSessions, false),
    ] {
        assert_eq!(opened.may(&request, permission), opens, "{permission}");
    }
    let agent = makes(&world, &ada, &["AGENT"]).await.unwrap();
    assert!(!server(&world, &agent.secret).await.unwrap().may(&request, Permission::ReadAudit));
    let bare = makes(&world, &ada, &[]).await.unwrap();
    assert!(!server(&world, &bare.secret).await.unwrap().may(&request, Permission::ReadCustomers));
    assert_eq!(world.telling("api_token_created done").await.len(), 3);
    // Its use is noted, and a text that is nearly one opens nothing.
    let listed = world.flows.list_api_tokens(&world.tenant).await.unwrap();
    assert!(listed.iter().all(|token| token.last_used_at == Some(world.now())));
    let mut near = made.secret.expose().to_owned();
    near.replace_range(20..21, if near.as_bytes()[20] == b'0' { "1" } else { "0" });
    assert!(server(&world, &Secret::new(near)).await.is_none());
    let elsewhere = world.tenant_with(countersign_domain::Settings::default()).await;
    assert!(!world.anonymous_of(&elsewhere).gets_in_with(&made.secret).await);
}

async fn nobody_makes_or_is_shown_what_is_above_himself(world: World) {
    let ada = manager(&world).await;
    world.operator().creates("AGENT", BOB, PASSWORD).await;
    let bob = world.anonymous().logs_in(BOB, PASSWORD).await;
    let above = makes(&world, &ada, &["MANAGER"]).await.unwrap().token;
    assert_eq!(makes(&world, &bob, &["MANAGER"]).await.unwrap_err(), ApiTokenRefusal::Beyond);
    assert_eq!(rotates(&world, &bob, above.id, 0).await.unwrap_err(), ApiTokenRefusal::Beyond);
    let (request, caller) = caller(&bob).await;
    let by = Doer::Caller(&request, &caller);
    let ended = world.flows.invalidate_api_token(by, &world.tenant, above.id).await.unwrap();
    assert_eq!(ended, Err(ApiTokenRefusal::Beyond));
    let deleted = world.flows.delete_api_token(by, &world.tenant, above.id).await.unwrap();
    assert_eq!(deleted, Err(ApiTokenRefusal::Beyond));
    for role in ["CUSTOMER", "NOBODY"] {
        let refused = makes(&world, &ada, &[role]).await.unwrap_err();
        assert_eq!(refused, ApiTokenRefusal::NoSuchRole(role.parse().unwrap()));
    }
}

async fn of_rotations_on_every_node_one_wins(world: World) {
    let ada = manager(&world).await;
    let made = makes(&world, &ada, &["AGENT"]).await.unwrap().token;
    let mut nodes = vec![Arc::clone(&world.flows)];
    if world.is_on_postgres() {
        nodes.push(world.another_node().await);
    }
    let (request, caller) = caller(&ada).await;
    let tasks: Vec<_> = (0..16_usize)
        .map(|n| {
            let (node, request, caller) = (Arc::clone(&nodes[n % nodes.len()]), request.clone(), caller.clone());
            tokio::spawn(
                async move { node.rotate_api_token(&request, &caller, made.id, Overlap::default()).await.unwrap() },
            )
        })
        .collect();
    let mut won = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok(shown) => won.push(shown),
            Err(why) => assert_eq!(why, ApiTokenRefusal::JustNow(Duration::from_secs(10))),
        }
    }
    assert_eq!(won.len(), 1);
    assert!(server(&world, &won[0].secret).await.is_some());
    assert_eq!(world.telling("api_token_rotated done").await.len(), 1);
}

async fn a_server_acts_on_customers_and_on_nobody_above(world: World) {
    let ada = manager(&world).await;
    let made = makes(&world, &ada, &["MANAGER"]).await.unwrap();
    let customer = world.operator().creates("CUSTOMER", "cy@example.com", PASSWORD).await;
    let cashier = world.operator().creates("CASHIER", BOB, PASSWORD).await;
    let (request, server) = (ada.who.request().await, server(&world, &made.secret).await.unwrap());
    let by = Doer::ApiToken(&request, &server);
    let world = &world;
    let close = |id| async move {
        let account = world.flows.account(&world.tenant, id).await.unwrap().unwrap();
        world.flows.set_standing(by, &world.tenant, &account, Standing::Deactivated).await.unwrap()
    };
    close(customer).await.unwrap();
    close(cashier).await.unwrap_err();
    let staff = world.flows.account(&world.tenant, cashier).await.unwrap().unwrap();
    let unlocked = world.flows.unlock_account(by, &world.tenant, &staff).await.unwrap();
    assert!(unlocked.is_err(), "whoever holds the token could guess for ever");
    close(ada.account()).await.unwrap_err();
    let told = &world.telling("account_deactivated done").await[0];
    assert_eq!((told.actor.kind(), told.actor.id()), ("api_token", Some(made.token.id.uuid())));
}

async fn a_new_password_leaves_the_tokens_and_a_closed_account_ends_them(world: World) {
    let ada = manager(&world).await;
    let made = makes(&world, &ada, &["AGENT"]).await.unwrap();
    let operator = world.operator();
    operator.sets_password(ada.account(), PASSWORD).await.unwrap();
    assert!(!ada.is_let_in().await && server(&world, &made.secret).await.is_some());
    operator.suspends().await;
    world.pass(60);
    assert!(matches!(world.anonymous().shows(&made.secret).await, Admission::TenantSuspended));
    operator.resumes().await;
    world.pass(60);
    assert!(server(&world, &made.secret).await.is_some());
    operator.creates("MANAGER", BOB, PASSWORD).await;
    operator.deactivates(ada.account()).await.unwrap();
    operator.activates(ada.account()).await.unwrap();
    assert!(server(&world, &made.secret).await.is_none());
}

async fn introspection_says_what_the_gate_would(world: World) {
    let ada = manager(&world).await;
    let made = makes(&world, &ada, &["AGENT"]).await.unwrap();
    let (request, world) = (ada.who.request().await, &world);
    let ask = |token: &Secret| {
        let (token, request) = (token.clone(), request.clone());
        async move { world.flows.introspect(&request, token.expose()).await.unwrap() }
    };
    let Some(Introspected::Access(claims)) = ask(ada.access_token()).await else { panic!() };
    assert_eq!((claims.account, claims.session), (ada.account(), ada.session()));
    let Some(Introspected::Refresh { session, .. }) = ask(ada.refresh_token()).await else { panic!() };
    assert_eq!(session, ada.session());
    let Some(Introspected::ApiToken(token)) = ask(&made.secret).await else { panic!() };
    assert_eq!((token.token.id, token.token.last_used_at), (made.token.id, None), "asking about it is no use of it");
    let listed = world.flows.list_api_tokens(&world.tenant).await.unwrap();
    assert_eq!(listed[0].last_used_at, None);
    assert!(ask(&Secret::new("nonsense")).await.is_none());
    // A used refresh token opens nothing, and asking about it ends nothing.
    let Refreshed::Yes(next) = ada.who.refreshes(ada.refresh_token()).await else { panic!() };
    assert!(ask(ada.refresh_token()).await.is_none());
    assert!(ask(&next.refresh_token).await.is_some() && ada.is_let_in().await);
    world.operator().ends_session(ada.session()).await;
    assert!(ask(&next.refresh_token).await.is_none() && ask(ada.access_token()).await.is_none());
    let elsewhere = world.tenant_with(countersign_domain::Settings::default()).await;
    let there = world.anonymous_of(&elsewhere).request().await;
    assert!(world.flows.introspect(&there, made.secret.expose()).await.unwrap().is_none());
}

async fn revocation_ends_what_a_token_belongs_to(world: World) {
    let ada = manager(&world).await;
    let (asking, other) = (makes(&world, &ada, &[]).await.unwrap(), makes(&world, &ada, &["AGENT"]).await.unwrap());
    let server = server(&world, &asking.secret).await.unwrap();
    let (request, world) = (ada.who.request().await, &world);
    let revoke = |token: &Secret| {
        let (token, request, server) = (token.clone(), request.clone(), server.clone());
        async move { world.flows.revoke(&request, &server, token.expose()).await.unwrap() }
    };
    let (one, two) = (ada.who.logs_in(ADA, PASSWORD).await, ada.who.logs_in(ADA, PASSWORD).await);
    revoke(one.access_token()).await;
    assert!(!one.is_let_in().await && !one.can_refresh().await);
    // An expired access token, and a refresh token that was used, will do.
    let Refreshed::Yes(next) = two.who.refreshes(two.refresh_token()).await else { panic!() };
    world.pass(3_601);
    revoke(two.refresh_token()).await;
    assert!(!matches!(two.who.refreshes(&next.refresh_token).await, Refreshed::Yes(_)));
    revoke(ada.access_token()).await;
    assert!(!ada.can_refresh().await);
    assert_eq!(world.telling("session_ended done revoked").await.len(), 3);
    revoke(&other.secret).await;
    revoke(&other.secret).await;
    revoke(&Secret::new("nonsense")).await;
    assert!(!ada.who.gets_in_with(&other.secret).await && ada.who.gets_in_with(&asking.secret).await);
    assert_eq!(world.telling("api_token_invalidated done revoked").await.len(), 1);
    // A secret that has been replaced ends itself alone, and one that is over ends nothing.
    let ada = world.anonymous().logs_in(ADA, PASSWORD).await;
    let first = makes(world, &ada, &["AGENT"]).await.unwrap();
    let second = rotates(world, &ada, first.token.id, 600).await.unwrap();
    revoke(&first.secret).await;
    assert!(!ada.who.gets_in_with(&first.secret).await && ada.who.gets_in_with(&second.secret).await);
    world.pass(10);
    let third = rotates(world, &ada, first.token.id, 0).await.unwrap();
    revoke(&second.secret).await;
    assert!(ada.who.gets_in_with(&third.secret).await);
    // Of its own it ends too.
    revoke(&asking.secret).await;
    assert!(!ada.who.gets_in_with(&asking.secret).await);
}

on_both!(
    a_token_opens_what_its_roles_open_and_servers_may,
    nobody_makes_or_is_shown_what_is_above_himself,
    of_rotations_on_every_node_one_wins,
    a_server_acts_on_customers_and_on_nobody_above,
    a_new_password_leaves_the_tokens_and_a_closed_account_ends_them,
    introspection_says_what_the_gate_would,
    revocation_ends_what_a_token_belongs_to,
);
