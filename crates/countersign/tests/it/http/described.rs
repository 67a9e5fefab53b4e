//! Whatever is asked, the answer is one that the description documents for the operation: its status, its code, its
//! body. The requests are made up from a seed.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use countersign_api::Code;
use serde_json::{Value, json};

use super::start::{HOST, Running, start};
use super::wire::{GOOD_BODY, LOGIN, exchange, request_to};

/// Made-up requests, for all operations together.
const REQUESTS: usize = 2_000;

/// Choices that follow from a seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn of(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % count as u64).unwrap()
    }

    fn pick<T: Clone>(&mut self, among: &[T]) -> T {
        among[self.of(among.len())].clone()
    }

    /// The usual one, four times of five.
    fn usually<T: Clone>(&mut self, usual: T, others: &[T]) -> T {
        if self.of(5) < 4 { usual } else { self.pick(others) }
    }
}

/// An operation of the description.
#[derive(Clone)]
struct Operation {
    method: String,
    path: String,
    says: Value,
}

fn operations(described: &Value) -> Vec<Operation> {
    let paths = described["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().clone();
        methods.into_iter().map({
            let path = path.clone();
            move |(method, says)| Operation { method: method.to_uppercase(), path: path.clone(), says }
        })
    };
    paths.flat_map(of_path).collect()
}

/// Tokens of one login, whole and damaged, and what is none.
async fn tokens(running: &Running) -> Vec<String> {
    let login = request_to(HOST, "PUT", LOGIN, &["platform: fincode", "uuid: 200", JSON], GOOD_BODY);
    let answer = exchange(running.address, &login).await.unwrap().json();
    let [access, refresh] = ["access_token", "refresh_token"].map(|name| answer[name].as_str().unwrap().to_owned());
    vec![access.clone(), refresh, access[..access.len() - 2].to_owned(), "eyJhbGciOiJub25lIn0.e30.".to_owned()]
}

const JSON: &str = "Content-Type: application/json";

fn made_up(chance: &mut Chance, operation: &Operation, tokens: &[String]) -> Vec<u8> {
    let host =
        chance.usually(HOST, &["nobody.localhost", "suspended.localhost", "listed.localhost", "example.com", "_"]);
    let token = format!("X-Auth-Token: {}", chance.pick(tokens));
    let bearer = format!("Authorization: Bearer {}", chance.pick(tokens));
    let mut lines = vec![
        chance.usually("platform: fincode", &["platform: other", "platform:", "x: y"]),
        chance.usually("uuid: 200", &["uuid:", "x: y", "uuid: \t"]),
        chance.usually(JSON, &["Content-Type: text/plain", "x: y", "Content-Type: application/json; charset=latin1"]),
    ];
    let more = [token.as_str(), bearer.as_str(), "Content-Encoding: gzip", "Transfer-Encoding: identity"];
    for _ in 0..chance.of(3) {
        lines.push(chance.pick(&more));
    }
    let body = match operation.method.as_str() {
        "GET" => String::new(),
        _ => body(chance, tokens),
    };
    request_to(host, &operation.method, &path(chance, &operation.path, tokens), &lines, &body)
}

/// The path with something in its place for an id or an address, and queries that lists take or do not.
fn path(chance: &mut Chance, template: &str, tokens: &[String]) -> String {
    let ids = [claim(&tokens[0], "user-id"), claim(&tokens[0], "sid"), "0".repeat(8), uuid::Uuid::nil().to_string()];
    let queries = ["", "", "", "?limit=1", "?limit=0", "?limit=1&limit=2", "?search=%c3%89&cursor=AAAA", "?account=x"];
    let path = template.replace("{id}", &chance.pick(&ids)).replace("{email}", "unknown@example.com");
    format!("{path}{}", chance.pick(&queries))
}

fn claim(token: &str, name: &str) -> String {
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<Value>(&claims).unwrap()[name].as_str().unwrap().to_owned()
}

/// Fields of the calls about people, each with a good value.
const PEOPLE: &[(&str, &str)] = &[
    ("firstName", "Ada"),
    ("lastName", "Byron"),
    ("dialingCode", "+44"),
    ("phone", "7911123456"),
    ("dob", "1990-05-17"),
    ("password", "Wand3rlust!Oak"),
    ("confirmPassword", "Wand3rlust!Oak"),
    ("newPassword", "Wand3rlust!Oak"),
    ("customerType", "INDIVIDUAL"),
    ("address", "1 High Street"),
    ("language", "fr"),
    ("token", "AAAA"),
];

fn body(chance: &mut Chance, tokens: &[String]) -> String {
    let emails = ["hello@remitjunction.co.uk", "gone@example.com", "unknown@example.com"];
    let (email, token) = (json!(chance.pick(&emails)), json!(chance.pick(tokens)));
    let email = chance.usually(email, &[json!(7), json!(null), json!("no address"), json!([])]);
    let passwords = [json!("Password@1"), json!("Password@2"), json!("short"), json!({}), json!("x".repeat(300))];
    let mut body = json!({ "email": email, "currentPassword": chance.pick(&passwords) });
    for (name, good) in PEOPLE {
        body[*name] = chance.usually(json!(good), &[json!(7), json!(null), json!(""), json!("x")]);
    }
    body["roles"] = chance.usually(json!(["AGENT"]), &[json!([]), json!(["CUSTOMER"]), json!(["NOBODY"]), json!("x")]);
    body["refresh_token"] = chance.usually(token, &[json!(7), json!(null), json!("")]);
    let extra = ["role", "deviceToken", "payloadEncrypted", "unknown"];
    if chance.of(3) == 0 {
        body[chance.pick(&extra)] = chance.pick(&[json!("CUSTOMER"), json!(true), json!(1.5), json!("€")]);
    }
    let text = body.to_string();
    let broken = [
        String::new(),
        "[]".to_owned(),
        text[..text.len() - 1].to_owned(),
        text.replace("\"email\"", "\"currentPassword\""),
        "[".repeat(2_000),
        "x".repeat(70 * 1024),
    ];
    chance.usually(text, &broken)
}

/// What is wrong with an answer, by the description.
fn judge(described: &Value, operation: &Operation, status: u16, body: &Value) -> Result<(), String> {
    let documented = &operation.says["responses"][status.to_string()];
    let Some(content) = documented["content"].as_object() else { return Err(format!("{status} is not documented")) };
    if status >= 400 {
        let code = body["code"].as_str().unwrap_or_default();
        if Code::known(code).is_none() || !documented["description"].as_str().unwrap().contains(&format!("`{code}`")) {
            return Err(format!("{status} {code} is not documented"));
        }
    }
    let mut schema = described.clone();
    let of_body = content.values().next().unwrap()["schema"].as_object().cloned().unwrap_or_default();
    schema.as_object_mut().unwrap().extend(of_body);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<_> = validator.iter_errors(body).map(|fault| fault.to_string()).collect();
    if faults.is_empty() { Ok(()) } else { Err(format!("{faults:?}")) }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_one_that_the_description_documents() {
    let running = start().await;
    let described = exchange(running.address, &request_to(HOST, "GET", "/openapi.json", &[], "")).await.unwrap().json();
    let (operations, tokens) = (operations(&described), tokens(&running).await);
    let (mut chance, mut met) = (Chance(1), std::collections::BTreeSet::new());
    for _ in 0..REQUESTS {
        let operation = chance.pick(&operations);
        let asked = made_up(&mut chance, &operation, &tokens);
        let Some(reply) = exchange(running.address, &asked).await else { continue };
        // What HTTP parsing itself refuses has no body.
        if reply.body.is_empty() && matches!(reply.status, 400 | 431) {
            continue;
        }
        // An export comes in pieces, which this client does not put together; its lines have tests of their own.
        if reply.header("transfer-encoding").is_some() {
            let documented = &operation.says["responses"][reply.status.to_string()]["content"];
            assert!(documented.get(reply.header("content-type").unwrap()).is_some(), "{reply:?}");
            continue;
        }
        let body = reply.json();
        met.insert((reply.status, body["code"].as_str().unwrap_or("-").to_owned()));
        if let Err(why) = judge(&described, &operation, reply.status, &body) {
            panic!("{} {}: {why}\n{}\n{body:#}", operation.method, operation.path, String::from_utf8_lossy(&asked));
        }
    }
    for status in [200, 400, 401, 403, 404, 413, 415] {
        assert!(met.iter().any(|(met, _)| *met == status), "{status} was never met, so nothing was tried: {met:?}");
    }
}
