use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::start::{NEVER_ENDS, Options, start, start_with};
use super::wire::{GOOD_BODY, LOGIN, exchange, request};

/// The interface that `docs/log.md` describes: members, order, meaning.
#[tokio::test]
async fn the_line_is_the_documented_one() {
    let running = start().await;
    let trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    exchange(running.address, &request("PUT", &format!("{LOGIN}?token=secret"), &[trace], GOOD_BODY)).await;
    let line = running.log_lines(1).await.remove(0);
    let text = running.log_text();
    let members = text.trim_start_matches('{').split(',').filter_map(|member| member.split('"').nth(1));
    let documented =
        include_str!("../../../../../docs/log.md").lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next());
    // The last of the documented ones is there only when something is broken.
    assert_eq!(members.chain(["cause"]).collect::<Vec<_>>(), documented.collect::<Vec<_>>());
    assert_eq!(line["time"], "2026-11-24T10:00:00.123456Z");
    assert_eq!(line["level"], "info");
    assert_eq!(line["request_id"], "200");
    assert_eq!(line["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(line["tenant"], "remitjunction");
    assert_eq!(line["caller"], running.manager.to_string());
    assert_eq!(line["network"], "127.0.0.1");
    assert_eq!(line["method"], "PUT");
    assert_eq!(line["route"], LOGIN);
    assert_eq!(line["status"], 200);
    assert_eq!(line["code"], "-");
    assert!(line["ms"].as_f64().unwrap() >= 0.0);
}

#[tokio::test]
async fn nothing_that_a_client_sends_as_secret_or_person_is_logged() {
    let running = start().await;
    let secrets =
        ["X-Auth-Token: eyJ.sesame", "Cookie: sesame=1", "Authorization: Bearer eyJ.sesame", "Referer: /?sesame"];
    let body = r#"{"email":"sesame@example.com","currentPassword":"sesame-Password@1"}"#;
    for path in [LOGIN, "/sesame/sesame@example.com?sesame=1", "/%73esame"] {
        exchange(running.address, &request("PUT", path, &secrets, body)).await;
        exchange(running.address, &request("SESAME", path, &secrets, "{\"sesame\"")).await;
    }
    running.log_lines(6).await;
    assert!(!running.log_text().to_lowercase().contains("sesame"), "{}", running.log_text());
}

#[tokio::test]
async fn a_forged_line_stays_a_value() {
    let running = start().await;
    let forged = r#"uuid: "},{"level":"forged"#.replace(' ', "");
    exchange(running.address, &request("GET", "/nowhere", &[], "")).await;
    let bytes = format!("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n{forged}\r\n\r\n");
    exchange(running.address, bytes.as_bytes()).await;
    let lines = running.log_lines(2).await;
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["level"], "info");
}

#[tokio::test]
async fn the_network_is_the_clients_behind_a_trusted_proxy() {
    let options = Options { set: vec!["proxy.trusted=127.0.0.0/8"], ..Options::default() };
    let running = start_with(options).await;
    for (line, network) in [
        ("X-Forwarded-For: 1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("X-Forwarded-For: \u{e9}", "127.0.0.1"),
        ("Forwarded: for=1.1.1.1", "127.0.0.1"),
    ] {
        let seen = running.log_text().lines().count();
        exchange(running.address, &request("GET", "/nowhere", &[line], "")).await;
        assert_eq!(running.log_lines(seen + 1).await[seen]["network"], network, "{line}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_is_logged_too() {
    let running = start().await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(&request("GET", NEVER_ENDS, &[], "")).await.unwrap();
    drop(stream);
    let line: &Value = &running.log_lines(1).await[0];
    assert_eq!((line["status"].as_u64(), line["code"].as_str()), (Some(499), Some("CLIENT_GONE")));
}
