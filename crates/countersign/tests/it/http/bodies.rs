use std::time::Duration;

use countersign::http::extract::BODY_BYTES_MAX;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::start::start;
use super::wire::{GOOD_BODY, LOGIN, exchange, exchange_on, request};

async fn login(body: &str) -> (u16, Vec<String>) {
    let reply = exchange(start().await.address, &request("PUT", LOGIN, &[], body)).await.unwrap();
    (reply.status, if reply.status == 400 { reply.bad_fields() } else { Vec::new() })
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let (status, fields) = login(r#"{"email":"no address","currentPassword":"short","role":"cashier"}"#).await;
    assert_eq!((status, fields), (400, vec!["email".into(), "currentPassword".into(), "role".into()]));
    let (status, fields) =
        login(r#"{"currentPassword":5,"role":[],"payloadEncrypted":true,"email":"a@b.com","email":"a@b.com"}"#).await;
    // Nothing of a field that is no text can be decrypted, and the others are judged all the same.
    let all = ["email", "currentPassword", "role"];
    assert_eq!((status, fields), (400, all.map(str::to_owned).to_vec()));
    assert_eq!(login("{}").await, (400, vec!["email".into(), "currentPassword".into()]));
    assert_eq!(login("").await, (400, vec!["body".into()]));
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let body = r#"{"email":"hello@remitjunction.co.uk","currentPassword":"Password@1","unknown":{"a":[1,2,{}]},"role":null,"payloadEncrypted":false}"#;
    assert_eq!(login(body).await.0, 200);
}

#[tokio::test]
async fn a_body_has_a_greatest_size() {
    let padded = |size: usize| format!("{GOOD_BODY}{}", " ".repeat(size - GOOD_BODY.len()));
    assert_eq!(login(&padded(BODY_BYTES_MAX)).await.0, 200);
    assert_eq!(login(&padded(BODY_BYTES_MAX + 1)).await.0, 413);
    let address = start().await.address;
    // Chunked, nothing is announced; the size is found while reading.
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let head = "PUT /api/v6/services/securitymanagement/login HTTP/1.1\r\nHost: localhost\r\nplatform: fincode\r\nuuid: 200\r\n\
        Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let reply = exchange(address, format!("{head}{chunk}{chunk}0\r\n\r\n").as_bytes()).await.unwrap();
    assert_eq!((reply.status, reply.problem().code.as_ref()), (413, "PAYLOAD_TOO_LARGE"));
    let reply = exchange(address, &request("PUT", LOGIN, &["Content-Length: 99999999999"], "")).await.unwrap();
    assert_eq!((reply.status, reply.problem().code.as_ref()), (413, "PAYLOAD_TOO_LARGE"));
}

/// Many clients send the head and the body apart. One that is refused by its head must still be able to read that, and to
/// go on with its connection.
#[tokio::test]
async fn a_refusal_does_not_cut_off_a_body_on_its_way() {
    let address = start().await.address;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let refused = request("PUT", "/api/v6/services/securitymanagement/change-password", &[], "{\"a\":1}");
    let (head, body) = refused.split_at(refused.len() - 7);
    for _ in 0..3 {
        stream.write_all(head).await.unwrap();
        tokio::time::sleep(Duration::from_millis(60)).await;
        let reply = exchange_on(&mut stream, body).await.unwrap();
        assert_eq!((reply.status, reply.problem().code.as_ref()), (401, "INVALID_TOKEN"));
    }
    assert_eq!(exchange_on(&mut stream, &request("PUT", LOGIN, &[], GOOD_BODY)).await.unwrap().status, 200);
}
