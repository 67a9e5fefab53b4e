use super::start::{HOST, start};
use super::wire::{GOOD_BODY, LOGIN, PROFILE, exchange, request_to};

async fn ask(lines: &[&str], body: &str) -> (u16, Vec<String>) {
    let method = if body.is_empty() { ("GET", PROFILE) } else { ("PUT", LOGIN) };
    let reply = exchange(start().await.address, &request_to(HOST, method.0, method.1, lines, body)).await.unwrap();
    let fields = if reply.status == 400 || reply.status == 415 { reply.bad_fields() } else { Vec::new() };
    (reply.status, fields)
}

const PLATFORM: &str = "platform: fincode";
const UUID: &str = "uuid: 200";
const JSON: &str = "Content-Type: application/json";

#[tokio::test]
async fn every_missing_header_is_named_at_once() {
    assert_eq!(ask(&[], GOOD_BODY).await, (400, vec!["platform".into(), "uuid".into(), "Content-Type".into()]));
    assert_eq!(ask(&[JSON], GOOD_BODY).await, (400, vec!["platform".into(), "uuid".into()]));
    assert_eq!(ask(&[PLATFORM, JSON], GOOD_BODY).await, (400, vec!["uuid".into()]));
    assert_eq!(ask(&[PLATFORM, UUID], GOOD_BODY).await, (415, vec!["Content-Type".into()]));
    assert_eq!(ask(&[UUID], "").await, (400, vec!["platform".into()]));
}

#[tokio::test]
async fn a_header_has_one_good_value() {
    for line in ["platform: other", "platform:", "platform: FINCODE", "platform: fincode, fincode"] {
        assert_eq!(ask(&[line, UUID], "").await, (400, vec!["platform".into()]), "{line}");
    }
    assert_eq!(ask(&[PLATFORM, PLATFORM, UUID], "").await, (400, vec!["platform".into()]));
    let long = format!("uuid: {}", "x".repeat(129));
    for line in ["uuid:", "uuid: a b", "uuid: \u{e9}", &long] {
        assert_eq!(ask(&[PLATFORM, line], "").await, (400, vec!["uuid".into()]), "{line}");
    }
    assert_eq!(ask(&[PLATFORM, UUID, "uuid: 201"], "").await, (400, vec!["uuid".into()]));
}

#[tokio::test]
async fn only_json_in_utf_8_is_taken() {
    for line in [
        "Content-Type: application/json; charset=utf-8",
        "Content-Type: Application/JSON;charset=\"UTF-8\"",
        "Content-Type: application/json; version=6",
    ] {
        assert_eq!(ask(&[PLATFORM, UUID, line], GOOD_BODY).await.0, 200, "{line}");
    }
    for line in [
        "Content-Type: text/plain",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: multipart/form-data; boundary=x",
        "Content-Type: application/jsonp",
        "Content-Type: text/json",
        "Content-Type: application/problem+json",
        "Content-Type: application/json; charset=utf-16",
        "Content-Type: application/json, text/plain",
        "Content-Type:",
    ] {
        assert_eq!(ask(&[PLATFORM, UUID, line], GOOD_BODY).await, (415, vec!["Content-Type".into()]), "{line}");
    }
    assert_eq!(ask(&[PLATFORM, UUID, JSON, JSON], GOOD_BODY).await, (415, vec!["Content-Type".into()]));
    let gzip = &[PLATFORM, UUID, JSON, "Content-Encoding: gzip"];
    assert_eq!(ask(gzip, GOOD_BODY).await, (415, vec!["Content-Encoding".into()]));
}
