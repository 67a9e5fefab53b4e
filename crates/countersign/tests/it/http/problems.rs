use super::start::{FAILS, Options, PANICS, Running, start, start_with};
use super::wire::{GOOD_BODY, LOGIN, PROFILE, Reply, exchange, request, request_to};

async fn login(running: &Running, email: &str, password: &str) -> Reply {
    let body = format!(r#"{{"email":"{email}","currentPassword":"{password}"}}"#);
    exchange(running.address, &request("PUT", LOGIN, &[], &body)).await.unwrap()
}

#[tokio::test]
async fn a_login_is_answered_with_the_headers_of_a_token() {
    let reply = exchange(start().await.address, &request("PUT", LOGIN, &[], GOOD_BODY)).await.unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["tenant"]["slug"], "remitjunction");
    let header = |name| reply.header(name).unwrap_or_default();
    assert_eq!(header("uuid"), "200");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("pragma"), "no-cache");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert!(header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(reply.header("strict-transport-security"), None);
    assert_eq!(reply.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn browsers_are_told_to_insist_on_https_where_people_use_it() {
    let running =
        start_with(Options { set: vec!["tenancy.public_url=https://{tenant}.localhost"], ..Options::default() }).await;
    let reply = exchange(running.address, &request("PUT", LOGIN, &[], "{}")).await.unwrap();
    assert_eq!(reply.header("strict-transport-security").as_deref(), Some("max-age=63072000"));
}

#[tokio::test]
async fn the_documented_refusals_are_whole() {
    let running = start().await;
    let reply = login(&running, "hello@remitjunction.co.uk", "Password@2").await;
    let problem = reply.problem();
    assert_eq!((reply.status, problem.code.as_ref()), (401, "INVALID_CREDENTIALS"));
    assert_eq!(problem.kind, "/docs/errors#INVALID_CREDENTIALS");
    assert_eq!(problem.instance, LOGIN);
    assert_eq!(problem.solutions.len(), 4);
    assert_eq!(reply.header("www-authenticate").as_deref(), Some("Bearer realm=\"countersign\""));

    for _ in 0..4 {
        login(&running, "hello@remitjunction.co.uk", "Password@2").await;
    }
    let reply = login(&running, "hello@remitjunction.co.uk", "Password@1").await;
    let problem = reply.problem();
    assert_eq!((reply.status, problem.code.as_ref()), (403, "ACCOUNT_LOCKED"));
    assert_eq!(reply.header("retry-after").as_deref(), Some("900"));
    assert_eq!(problem.locked_until.as_deref(), Some("2026-11-24T10:15:00.123456Z"));

    let reply = login(&running, "unknown@example.com", "Password@1").await;
    assert_eq!((reply.status, reply.problem().code.as_ref()), (404, "USER_NOT_FOUND"));

    let reply = login(&running, "gone@example.com", "Password@1").await;
    assert_eq!((reply.status, reply.problem().code.as_ref()), (403, "ACCOUNT_DEACTIVATED"));
}

#[tokio::test]
async fn what_is_broken_is_told_to_the_log_and_not_to_the_client() {
    let running = start().await;
    for (path, cause) in [(FAILS, "row of account: column roles is no list"), (PANICS, "panic: the story broke off")] {
        let seen = running.log_text().lines().count();
        let reply = exchange(running.address, &request("GET", path, &[], "")).await.unwrap();
        let problem = reply.problem();
        assert_eq!((reply.status, problem.code.as_ref()), (500, "INTERNAL"));
        assert_eq!(problem.detail, "Something went wrong on our side.");
        let line = &running.log_lines(seen + 1).await[seen];
        assert_eq!((line["level"].as_str(), line["cause"].as_str()), (Some("error"), Some(cause)));
    }
}

#[tokio::test]
async fn a_token_is_asked_for_as_the_rfc_says() {
    let running = start().await;
    let tokens = login(&running, "hello@remitjunction.co.uk", "Password@1").await.json();
    let token = tokens["access_token"].as_str().unwrap();
    let ask = async |lines: &[String]| {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        exchange(running.address, &request("GET", PROFILE, &lines, "")).await.unwrap()
    };
    let reply = ask(&[]).await;
    assert_eq!((reply.status, reply.problem().code.as_ref()), (401, "INVALID_TOKEN"));
    assert_eq!(reply.header("www-authenticate").as_deref(), Some("Bearer realm=\"countersign\""));
    let reply = ask(&["X-Auth-Token: eyJ.other".to_owned()]).await;
    let challenge = "Bearer realm=\"countersign\", error=\"invalid_token\"";
    assert_eq!((reply.status, reply.header("www-authenticate").as_deref()), (401, Some(challenge)));
    let (own, bearer) = (format!("X-Auth-Token: {token}"), format!("Authorization: Bearer {token}"));
    for lines in [
        &[own.clone()][..],
        std::slice::from_ref(&bearer),
        &[format!("authorization: bearer  {token}")],
        &[own.clone(), bearer.clone()],
        &[own.clone(), "Authorization: Basic eHk=".to_owned()],
    ] {
        let reply = ask(lines).await;
        assert_eq!((reply.status, &reply.json()["id"]), (200, &tokens["user"]["id"]), "{lines:?}");
    }
    for lines in [&[own.clone(), "Authorization: Bearer eyJ.other".to_owned()][..], &[own.clone(), own.clone()]] {
        let reply = ask(lines).await;
        assert_eq!((reply.status, reply.bad_fields()), (400, vec!["x-auth-token".to_owned()]), "{lines:?}");
    }
}

#[tokio::test]
async fn what_the_framework_refuses_is_a_problem_too() {
    let address = start().await.address;
    let reply = exchange(address, &request("GET", "/nowhere?password=Password@1", &[], "")).await.unwrap();
    let problem = reply.problem();
    assert_eq!((reply.status, problem.code.as_ref()), (404, "NOT_FOUND"));
    assert_eq!(problem.instance, "/nowhere");

    for method in ["GET", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let reply = exchange(address, &request(method, LOGIN, &[], "")).await.unwrap();
        assert_eq!((reply.status, reply.problem().code.as_ref()), (405, "METHOD_NOT_ALLOWED"), "{method}");
        assert_eq!(reply.header("allow").as_deref(), Some("PUT"));
    }
    // Nothing overrides the method.
    let reply = exchange(address, &request("POST", LOGIN, &["X-HTTP-Method-Override: PUT"], GOOD_BODY)).await.unwrap();
    assert_eq!(reply.status, 405);
}

#[tokio::test]
async fn a_request_without_a_name_is_given_one() {
    let address = start().await.address;
    let reply = exchange(address, &request_to("localhost", "GET", "/nowhere", &[], "")).await.unwrap();
    assert!(reply.problem().request_id.parse::<uuid::Uuid>().is_ok());
}
