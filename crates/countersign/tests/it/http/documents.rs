//! What is generated from the code, for programs and for people.

use countersign::http::openapi::{CODES, SERVICES};
use countersign::http::pages::openapi_text;
use countersign_api::Code;
use serde_json::Value;

use super::start::{FAILS, HOST, PANICS, description, start};
use super::wire::{LOGIN, exchange, request, request_to};
use crate::generated;

async fn described() -> Value {
    serde_json::from_str(&openapi_text(&description().await)).unwrap()
}

#[tokio::test]
async fn the_description_is_generated() {
    generated::check("docs/openapi.json", &openapi_text(&description().await));
}

#[test]
fn the_table_of_errors_is_generated() {
    let mut text =
        "# Errors\n\nEvery error is a problem (RFC 9457, `application/problem+json`) with one of these codes. \
        Generated from `crates/api/src/code.rs`.\n\n\
        What is for the person, `message` and `solutions`, is in English here. Over HTTP it follows `Accept-Language`:\n\
        English, French, Spanish, Portuguese or Arabic, whatever the region. A request that names none of these is answered\n\
        in the language that the tenant is set to, English by default. `Content-Language` says which it is, and `Vary` tells\n\
        caches. A message in `errors` follows it too where a person can mend the field in a form; what only a program can\n\
        have caused stays in English, like `title` and `detail`. Branch on `code`, which never changes.\n"
            .to_owned();
    for code in Code::ALL {
        text += &format!("\n## {}\n\n{} · {}\n\n", code.constant(), code.status(), code.title());
        text += &format!("When: {}\n\n> {}\n\n", code.when(), code.words().message);
        text.extend(code.words().solutions.iter().map(|solution| format!("- {solution}\n")));
    }
    generated::check("docs/errors.md", &text);
}

#[tokio::test]
async fn every_operation_documents_every_error_it_can_give() {
    let described = described().await;
    assert_eq!(described["openapi"], "3.1.0");
    for (path, item) in described["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answers = operation["responses"].as_object().unwrap();
            let (media_type, problem) = match path.starts_with("/oauth2/") {
                true => ("application/json", "#/components/schemas/OAuthProblem"),
                false => ("application/problem+json", "#/components/schemas/Problem"),
            };
            let documented = |code: Code| {
                answers.get(&code.status().to_string()).is_some_and(|answer| {
                    let says = answer["description"].as_str().unwrap().contains(&format!("`{}`", code.constant()));
                    let schema = &answer["content"][media_type]["schema"]["$ref"];
                    says && schema == problem
                })
            };
            for named in operation[CODES].as_array().into_iter().flatten() {
                let code = Code::known(named.as_str().unwrap()).unwrap_or_else(|| panic!("{named} is no code"));
                assert!(documented(code), "{method} {path} {named}");
            }
            assert!(documented(Code::Internal) && documented(Code::TenantNotFound), "{method} {path}");
            assert!(answers["500"]["headers"]["Content-Language"].is_object(), "{method} {path}");
            let parameters = operation["parameters"].as_array().unwrap();
            let asks = |name: &str| parameters.iter().filter(|parameter| parameter["name"] == name).count() == 1;
            assert!(asks("Accept-Language"), "{method} {path}");
            if path.starts_with(SERVICES) {
                assert!(documented(Code::ValidationFailed) && documented(Code::TenantSuspended), "{method} {path}");
                assert!(asks("platform") && asks("uuid"), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn every_error_body_is_what_the_description_says() {
    let mut schema = described().await;
    let schema = schema.as_object_mut().unwrap();
    schema.insert("$ref".to_owned(), "#/components/schemas/Problem".into());
    let validator = jsonschema::validator_for(&Value::Object(schema.clone())).unwrap();
    let address = start().await.address;
    let login = |email: &str, password: &str| {
        let body = format!(r#"{{"email":"{email}","currentPassword":"{password}"}}"#);
        request("PUT", LOGIN, &[], &body)
    };
    let mut asks = vec![
        login("unknown@example.com", "Password@1"),
        login("gone@example.com", "Password@1"),
        login("no address", "short"),
        request("PUT", LOGIN, &[], "{\"email\":1}"),
        request("GET", LOGIN, &[], ""),
        request("GET", "/nowhere", &[], ""),
        request("GET", FAILS, &[], ""),
        request("GET", PANICS, &[], ""),
        request_to("nobody.localhost", "PUT", LOGIN, &[], ""),
    ];
    asks.extend(vec![login("hello@remitjunction.co.uk", "Password@2"); 6]);
    for ask in asks {
        let reply = exchange(address, &ask).await.unwrap();
        reply.problem();
        let faults: Vec<_> = validator.iter_errors(&reply.json()).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{:#} {faults:?}", reply.json());
    }
    assert!(!validator.is_valid(&serde_json::json!({"code": "INTERNAL"})));
}

#[tokio::test]
async fn the_pages_need_nothing_but_themselves() {
    let address = start().await.address;
    let get =
        |path: &'static str| async move { exchange(address, &request_to(HOST, "GET", path, &[], "")).await.unwrap() };
    let page = get("/docs").await;
    let text = String::from_utf8(page.body.clone()).unwrap();
    assert!(text.contains("PUT /api/v6/services/securitymanagement/login") && text.contains("currentPassword"));
    assert!(text.contains("ACCOUNT_LOCKED") && text.contains("user.mustChangePassword"));
    let errors = String::from_utf8(get("/docs/errors").await.body).unwrap();
    assert!(Code::ALL.iter().all(|code| errors.contains(&format!("id=\"{}\"", code.constant()))));
    for text in [&text, &errors] {
        for foreign in ["<script", "style=", "src=", "href=\"http", "href=\"//"] {
            assert!(!text.contains(foreign), "{foreign}");
        }
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self';") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(get("/docs/style.css").await.header("content-type").as_deref(), Some("text/css; charset=utf-8"));
    assert_eq!(get("/openapi.json").await.json(), described().await);
}
