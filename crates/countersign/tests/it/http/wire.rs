//! A client that sends exactly the bytes it is given.

use std::net::SocketAddr;
use std::time::Duration;

use countersign_api::Problem;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::start::HOST;

pub(crate) const LOGIN: &str = "/api/v6/services/securitymanagement/login";
pub(crate) const PROFILE: &str = "/api/v6/services/usermanagement/profile";
pub(crate) const GOOD_BODY: &str = r#"{"email":"hello@remitjunction.co.uk","currentPassword":"Password@1"}"#;

/// A server that says nothing for this long is waiting for more from us.
const SILENCE: Duration = Duration::from_millis(400);

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A field of the head; several values are joined as RFC 9110 section 5.2 says.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let values: Vec<_> =
            fields.filter(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The problem, which has to be one in every respect.
    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type").as_deref(), Some("application/problem+json"), "{self:?}");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        assert_eq!(self.header("uuid").as_deref(), Some(problem.request_id.as_str()));
        problem
    }

    /// The fields that the problem names.
    pub(crate) fn bad_fields(&self) -> Vec<String> {
        self.problem().errors.into_iter().map(|error| error.field).collect()
    }
}

/// A request of the service as a client should write it, with more header lines if wanted.
pub(crate) fn request(method: &str, path: &str, more: &[&str], body: &str) -> Vec<u8> {
    request_to(
        HOST,
        method,
        path,
        &[&["platform: fincode", "uuid: 200", "Content-Type: application/json"], more].concat(),
        body,
    )
}

/// A request with nothing but its host and the lines given.
pub(crate) fn request_to(host: &str, method: &str, path: &str, lines: &[&str], body: &str) -> Vec<u8> {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{lines}{length}\r\n{body}").into_bytes()
}

/// Sends bytes on a connection of their own; nothing comes back if the server closes without a word.
pub(crate) async fn exchange(address: SocketAddr, bytes: &[u8]) -> Option<Reply> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    exchange_on(&mut stream, bytes).await
}

/// Sends bytes and reads one answer.
pub(crate) async fn exchange_on(stream: &mut TcpStream, bytes: &[u8]) -> Option<Reply> {
    // A server that has refused the head may close before it has read the rest.
    let _ = stream.write_all(bytes).await;
    read_reply(stream).await
}

/// Reads one answer; tells the server that nothing more comes if it keeps waiting.
pub(crate) async fn read_reply(stream: &mut TcpStream) -> Option<Reply> {
    let (mut text, mut finished) = (Vec::new(), false);
    loop {
        if let Some(reply) = whole(&text, false) {
            return Some(reply);
        }
        let mut buffer = [0; 16 * 1024];
        match tokio::time::timeout(SILENCE, stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => return whole(&text, true),
            Ok(Ok(count)) => text.extend_from_slice(&buffer[..count]),
            Err(_) if finished => panic!("the connection hangs after {:?}", String::from_utf8_lossy(&text)),
            Err(_) => {
                finished = true;
                let _ = stream.shutdown().await;
            }
        }
    }
}

fn whole(text: &[u8], closed: bool) -> Option<Reply> {
    let end = text.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(text[..end].to_vec()).unwrap();
    let body = &text[end + 4..];
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut reply = Reply { status, head, body: Vec::new() };
    if status == 100 {
        return whole(body, closed);
    }
    let length = reply.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    reply.body = body[..length.min(body.len())].to_vec();
    (body.len() >= length || closed).then_some(reply)
}
