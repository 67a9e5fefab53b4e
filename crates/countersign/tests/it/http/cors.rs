use super::start::start;
use super::wire::{GOOD_BODY, LOGIN, Reply, exchange, request_to};

const LISTED: &str = "Origin: https://app.example.com";

async fn ask(host: &str, method: &str, lines: &[&str]) -> Reply {
    let lines = [&["platform: fincode", "uuid: 200", "Content-Type: application/json"], lines].concat();
    let body = if method == "OPTIONS" { "" } else { GOOD_BODY };
    exchange(start().await.address, &request_to(host, method, LOGIN, &lines, body)).await.unwrap()
}

#[tokio::test]
async fn a_listed_origin_may_read_answers_and_never_with_credentials() {
    for reply in [
        ask("listed.localhost", "PUT", &[LISTED]).await,
        ask("listed.localhost", "OPTIONS", &[LISTED, "Access-Control-Request-Method: PUT"]).await,
    ] {
        assert!(reply.status < 300);
        assert_eq!(reply.header("access-control-allow-origin").as_deref(), Some("https://app.example.com"));
        assert_eq!(reply.header("access-control-expose-headers").as_deref(), Some("date, retry-after, uuid"));
        assert_eq!(reply.header("vary").as_deref(), Some("origin"));
        assert_eq!(reply.header("access-control-allow-credentials"), None);
    }
    let preflight = ask("listed.localhost", "OPTIONS", &[LISTED, "Access-Control-Request-Method: PUT"]).await;
    assert!(preflight.header("access-control-allow-headers").unwrap().contains("x-auth-token"));
}

#[tokio::test]
async fn errors_can_be_read_too() {
    let lines = [LISTED, "platform: other"];
    let reply = exchange(start().await.address, &request_to("listed.localhost", "PUT", LOGIN, &lines, GOOD_BODY))
        .await
        .unwrap();
    assert_eq!(reply.status, 400);
    assert_eq!(reply.header("access-control-allow-origin").as_deref(), Some("https://app.example.com"));
}

#[tokio::test]
async fn to_everybody_else_cors_does_not_exist() {
    for origin in [
        "Origin: https://app.example.com.evil.example",
        "Origin: http://app.example.com",
        "Origin: https://APP.example.com",
        "Origin: null",
        "Origin: *",
        "Origin: https://app.example.com\r\nOrigin: https://evil.example",
    ] {
        let reply = ask("listed.localhost", "PUT", &[origin]).await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, None), "{origin}");
        let reply = ask("listed.localhost", "OPTIONS", &[origin, "Access-Control-Request-Method: PUT"]).await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (405, None), "{origin}");
    }
    let reply = ask("remitjunction.localhost", "PUT", &[LISTED]).await;
    assert_eq!((reply.header("access-control-allow-origin"), reply.header("vary")), (None, None));
}
