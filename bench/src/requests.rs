//! The bytes of the calls that are measured.

use std::cell::Cell;

/// The password of every account that a bench makes.
pub(crate) const PASSWORD: &str = "Correct-Horse-7";
/// One that no account has.
pub(crate) const WRONG_PASSWORD: &str = "Wrong-Battery-8";
/// Tenants are subdomains of it.
pub(crate) const BASE_DOMAIN: &str = "bench.example";

const SERVICES: &str = "/api/v6/services";

/// The address of an account, by its number and what it was made for.
pub(crate) fn address(purpose: &str, number: usize) -> String {
    format!("{purpose}{number:07}@people.example")
}

/// A login.
pub(crate) fn login(tenant: &str, email: &str, password: &str) -> Vec<u8> {
    let body = format!(r#"{{"email":"{email}","currentPassword":"{password}"}}"#);
    put(tenant, "securitymanagement/login", "200", &body)
}

/// A refresh with an id of its own, as the SDK sends it.
pub(crate) fn refresh(tenant: &str, token: &str, ids: &Ids) -> Vec<u8> {
    let body = format!(r#"{{"refresh_token":"{token}"}}"#);
    put(tenant, "securitymanagement/refresh-token", &ids.next(), &body)
}

/// Somebody who forgot the password: each is a letter.
pub(crate) fn forgot_password(tenant: &str, email: &str) -> Vec<u8> {
    send("POST", tenant, "securitymanagement/forgot-password", "200", &format!(r#"{{"email":"{email}"}}"#))
}

/// The caller's own profile.
pub(crate) fn profile(tenant: &str, token: &str) -> Vec<u8> {
    get(tenant, "usermanagement/profile", token)
}

/// A call that reads something.
pub(crate) fn get(tenant: &str, call: &str, token: &str) -> Vec<u8> {
    let path = format!("{SERVICES}/{call}");
    let own = format!("platform: fincode\r\nuuid: 200\r\nx-auth-token: {token}\r\n");
    format!("GET {path} HTTP/1.1\r\nhost: {tenant}.{BASE_DOMAIN}\r\n{own}\r\n").into_bytes()
}

/// The tenant's published keys.
pub(crate) fn jwks(tenant: &str) -> Vec<u8> {
    format!("GET /.well-known/jwks.json HTTP/1.1\r\nhost: {tenant}.{BASE_DOMAIN}\r\n\r\n").into_bytes()
}

/// A page that somebody looks at, with the cookies of the browser.
pub(crate) fn page(tenant: &str, path: &str, cookies: &str) -> Vec<u8> {
    let own = if cookies.is_empty() { String::new() } else { format!("cookie: {cookies}\r\n") };
    format!("GET {path} HTTP/1.1\r\nhost: {tenant}.{BASE_DOMAIN}\r\n{own}\r\n").into_bytes()
}

/// A form that a page of ours posts.
pub(crate) fn form(tenant: &str, path: &str, cookies: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let (body, own) =
        (body.join("&"), "content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin");
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {tenant}.{BASE_DOMAIN}\r\nuser-agent: countersign-bench/1\r\n{own}\r\n\
         cookie: {cookies}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn put(tenant: &str, call: &str, id: &str, body: &str) -> Vec<u8> {
    send("PUT", tenant, call, id, body)
}

fn send(method: &str, tenant: &str, call: &str, id: &str, body: &str) -> Vec<u8> {
    let own = format!("content-type: application/json\r\nplatform: fincode\r\nuuid: {id}\r\n");
    let length = body.len();
    format!(
        "{method} {SERVICES}/{call} HTTP/1.1\r\nhost: {tenant}.{BASE_DOMAIN}\r\nuser-agent: countersign-bench/1\r\n\
         {own}content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Ids of requests: UUIDs that never repeat.
#[derive(Default)]
pub(crate) struct Ids(Cell<u64>);

impl Ids {
    pub(crate) fn next(&self) -> String {
        let number = self.0.replace(self.0.get() + 1);
        format!("00000000-0000-4000-8000-{number:012x}")
    }
}
