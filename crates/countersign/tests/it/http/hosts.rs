use super::start::start;
use super::wire::{GOOD_BODY, LOGIN, exchange, request_to};

const SERVICE: &[&str] = &["platform: fincode", "uuid: 200", "Content-Type: application/json"];

#[tokio::test]
async fn the_host_names_the_tenant_and_nothing_else_does() {
    let address = start().await.address;
    for (host, slug) in [
        ("remitjunction.localhost:8080", "remitjunction"),
        ("LISTED.localhost", "listed"),
        ("localhost:8080", "remitjunction"),
        ("127.0.0.1", "remitjunction"),
        ("[::1]:8080", "remitjunction"),
        ("login.remit.example", "remitjunction"),
    ] {
        let lines =
            [SERVICE, &["X-Forwarded-Host: otherjunction.localhost", "Forwarded: host=otherjunction.localhost"]]
                .concat();
        let reply = exchange(address, &request_to(host, "PUT", LOGIN, &lines, GOOD_BODY)).await.unwrap();
        assert_eq!(reply.json()["tenant"]["slug"], slug, "{host}");
    }
    for host in ["nobody.localhost", "a.b.localhost", "example.com", "127.0.0.2", "xn--bcher-kva.localhost"] {
        let reply = exchange(address, &request_to(host, "PUT", LOGIN, SERVICE, GOOD_BODY)).await.unwrap();
        assert_eq!((reply.status, reply.problem().code.as_ref()), (404, "TENANT_NOT_FOUND"), "{host}");
    }
}

#[tokio::test]
async fn a_bad_host_is_refused_on_every_path() {
    let address = start().await.address;
    for path in [LOGIN, "/.well-known/jwks.json", "/docs", "/nowhere"] {
        for head in [
            "Host: localhost\r\nHost: localhost",
            "Host: localhost\r\nHost: otherjunction.localhost",
            "Host:",
            "Host: a b",
            "Host: localhost,localhost",
            "Host: localhost:99999",
            "X: y",
        ] {
            let bytes = format!("GET {path} HTTP/1.1\r\n{head}\r\n\r\n");
            let reply = exchange(address, bytes.as_bytes()).await.unwrap();
            assert_eq!((reply.status, reply.problem().code.as_ref()), (400, "BAD_HOST"), "{path} {head}");
        }
    }
    let absolute = "GET http://otherjunction.localhost/docs HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(exchange(address, absolute.as_bytes()).await.unwrap().problem().code, "BAD_HOST");
    let absolute = "GET http://localhost/docs HTTP/1.1\r\nX: y\r\n\r\n";
    assert_eq!(exchange(address, absolute.as_bytes()).await.unwrap().problem().code, "BAD_HOST");
    let absolute = "GET http://localhost/docs HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(exchange(address, absolute.as_bytes()).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_suspended_tenant_has_nothing_but_its_keys() {
    let address = start().await.address;
    for (method, path) in [("PUT", LOGIN), ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/nowhere")] {
        let reply = exchange(address, &request_to("suspended.localhost", method, path, &[], "")).await.unwrap();
        assert_eq!((reply.status, reply.problem().code.as_ref()), (403, "TENANT_SUSPENDED"), "{path}");
    }
    let keys = request_to("suspended.localhost", "GET", "/.well-known/jwks.json", &[], "");
    let reply = exchange(address, &keys).await.unwrap();
    assert_eq!((reply.status, reply.header("cache-control").as_deref()), (200, Some("public, max-age=300")));
}
