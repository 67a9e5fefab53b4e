//! Requests that mean harm or are broken: never a 5xx, never a crash; always a problem, a closed connection, or the
//! empty refusal of the parser of heads. Each list is a kind of harm.

use futures_util::{StreamExt, stream};

use super::start::{Running, start};
use super::wire::{GOOD_BODY, LOGIN, PROFILE, exchange, request, request_to};

type Case = (String, Vec<u8>);

const SERVICE: &str = "platform: fincode\r\nuuid: 200\r\nContent-Type: application/json";

/// Enough that each kind below is there.
const CASES_MIN: usize = 200;
/// As many as a small attacker would open.
const AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn no_request_hurts() {
    let cases = [bodies(), fields(), headers(), heads(), framing(), targets(), http_2()].concat();
    assert!(cases.len() >= CASES_MIN, "only {} cases", cases.len());
    let running = start().await;
    let verdicts: Vec<_> =
        stream::iter(&cases).map(|case| judge(&running, case)).buffer_unordered(AT_ONCE).collect().await;
    let wrong: Vec<_> = verdicts.iter().filter_map(|verdict| verdict.as_ref().err()).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    let count = |kind| verdicts.iter().filter(|verdict| verdict.as_ref() == Ok(&kind)).count();
    let (problems, by_parser, closed) = (count(Refusal::Problem), count(Refusal::ByParser), count(Refusal::Closed));
    // Closing on everybody would be safe, and no service.
    assert!(problems > cases.len() / 2, "only {problems} problems");
    let still = exchange(running.address, &request("PUT", LOGIN, &[], GOOD_BODY)).await.unwrap();
    assert_eq!(still.status, 200);
    assert!(!running.log_text().contains("\"level\":\"error\""), "{}", running.log_text());
    println!(
        "{} hostile requests: {problems} problems, {by_parser} refused by the parser, {closed} closed",
        cases.len()
    );
}

#[derive(PartialEq)]
enum Refusal {
    Problem,
    ByParser,
    Closed,
}

/// How the request was refused, or what was wrong with the answer.
async fn judge(running: &Running, (name, bytes): &Case) -> Result<Refusal, String> {
    let Some(reply) = exchange(running.address, bytes).await else { return Ok(Refusal::Closed) };
    if matches!(reply.status, 400 | 414 | 431) && reply.body.is_empty() {
        return Ok(Refusal::ByParser);
    }
    let problem = serde_json::from_slice::<countersign_api::Problem>(&reply.body).ok();
    let is_problem = problem
        .is_some_and(|problem| problem.status == reply.status && countersign_api::Code::known(&problem.code).is_some());
    let is_said = reply.header("content-type").as_deref() == Some("application/problem+json");
    match (400..500).contains(&reply.status) && is_problem && is_said {
        true => Ok(Refusal::Problem),
        false => Err(format!("{name}: {} {}", reply.status, String::from_utf8_lossy(&reply.body))),
    }
}

fn case(name: &str, bytes: impl Into<Vec<u8>>) -> Case {
    (name.to_owned(), bytes.into())
}

/// A login with any bytes as its body.
fn login(name: &str, body: &[u8]) -> Case {
    let head =
        format!("PUT {LOGIN} HTTP/1.1\r\nHost: localhost\r\n{SERVICE}\r\nContent-Length: {}\r\n\r\n", body.len());
    case(&format!("body {name}"), [head.as_bytes(), body].concat())
}

/// Bodies that are no JSON, no Unicode, or no object.
fn bodies() -> Vec<Case> {
    let utf_16 = |bom: &[u8], bytes: fn(u16) -> [u8; 2]| {
        bom.iter().copied().chain(GOOD_BODY.encode_utf16().flat_map(bytes)).collect::<Vec<u8>>()
    };
    let deep = |open: &str, close: &str, depth: usize| [open.repeat(depth), close.repeat(depth)].concat();
    let mut cases: Vec<Case> = [
        "",
        " ",
        "null",
        "true",
        "0",
        "\"text\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{}}",
        "{} {}",
        "{}x",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":5.}",
        "{\"a\":1e}",
        "{\"a\":0x10}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":-}",
        "{\"a\":1e999}",
        "{\"a\":tru}",
        "{\"a\":nulll}",
        "{\"a\":undefined}",
        "/*c*/{}",
        "{}//c",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\0\"}",
        "{\"a\":\"\\x41\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u{41}\"}",
        "{\"a\":\"\\uD800\"}",
        "{\"a\":\"\\uDC00\"}",
        "{\"a\":\"\\uD800\\u0041\"}",
        "{\"a\":\"\\uDC00\\uD800\"}",
        "{\"\\uD800\":1}",
        "{\"a\":\"open",
        "\u{feff}{}",
        "email=a%40b.com&currentPassword=Password%401",
        "<login/>",
        "a: b",
        ")]}',\n{}",
        "\u{2028}{}",
        "{}\0",
    ]
    .iter()
    .map(|body| login(body, body.as_bytes()))
    .collect();
    cases.extend([
        login("UTF-16 LE", &utf_16(b"\xff\xfe", u16::to_le_bytes)),
        login("UTF-16 BE", &utf_16(b"\xfe\xff", u16::to_be_bytes)),
        login("UTF-16 without a mark", &utf_16(b"", u16::to_le_bytes)),
        login("UTF-32", &GOOD_BODY.chars().flat_map(|c| (c as u32).to_le_bytes()).collect::<Vec<u8>>()),
        login("UTF-7", b"+AHsAIgBhACIAOgAxAH0-"),
        login("Latin-1", b"{\"email\":\"m\xfcller@b.com\",\"currentPassword\":\"Password@1\"}"),
        login("overlong slash", b"{\"email\":\"\xc0\xaf@b.com\",\"currentPassword\":\"Password@1\"}"),
        login("overlong NUL", b"{\"email\":\"\xc0\x80\"}"),
        login("encoded surrogate", b"{\"email\":\"\xed\xa0\x80\"}"),
        login("beyond Unicode", b"{\"email\":\"\xf4\x90\x80\x80\"}"),
        login("cut sequence", b"{\"email\":\"\xe2\x82\"}"),
        login("lone continuation", b"\x80"),
        login("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00"),
        login("all bytes", &(0..=255).collect::<Vec<u8>>()),
        login("zeros", &[0; 1024]),
        login("deep lists", deep("[", "]", 30_000).as_bytes()),
        login("deep objects", deep("{\"a\":", "}", 10_000).as_bytes()),
        login("deep and open", "[".repeat(60_000).as_bytes()),
        login("deep inside a field", format!("{{\"email\":{}}}", deep("[", "]", 200)).as_bytes()),
        login("a long number", format!("{{\"email\":{}}}", "9".repeat(60_000)).as_bytes()),
        login("a long exponent", b"{\"email\":1e99999999999999999999}"),
        login("spaces", " ".repeat(60_000).as_bytes()),
        login("one key ten thousand times", format!("{{{}\"a\":1}}", "\"a\":1,".repeat(10_000)).as_bytes()),
        login("ten thousand keys", many_keys(5_000).as_bytes()),
    ]);
    cases
}

fn many_keys(count: usize) -> String {
    format!("{{{}}}", (0..count).map(|n| format!("\"k{n}\":1")).collect::<Vec<_>>().join(","))
}

/// Fields that are JSON and no login.
fn fields() -> Vec<Case> {
    let values = [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1e300",
        "18446744073709551616",
        "[]",
        "{}",
        "[\"a@b.com\"]",
        "{\"$ne\":null}",
        "{\"$gt\":\"\"}",
        "\"\"",
        "\" \"",
        "\"a\"",
        "\"@\"",
        "\"a@\"",
        "\"@b.com\"",
        "\"a@b\"",
        "\"a@b@c.com\"",
        "\"a b@c.com\"",
        "\"\\u0000a@b.com\"",
        "\"a@b.com\\u0000\"",
        "\"a@b.com\\r\\nBcc: x@y.com\"",
        "\"\\u202ea@b.com\"",
        "\"a@\\u212a.com\"",
        "\"\\u212a@b.com\"",
        "\"a@b..com\"",
        "\"<a@b.com>\"",
        "\"a@[127.0.0.1]\"",
        "\"a@b.com'--\"",
        "\"' OR 1=1 --\"",
        "\"${jndi:ldap://x}\"",
        "\"../../etc/passwd\"",
        "\"%00\"",
        "\"{{7*7}}\"",
    ];
    let mut cases: Vec<Case> = values
        .iter()
        .map(|value| login(value, format!(r#"{{"email":{value},"currentPassword":"Password@1"}}"#).as_bytes()))
        .collect();
    let passwords = [
        "null",
        "true",
        "12345678",
        "[]",
        "{}",
        "[\"Password@1\"]",
        "\"\"",
        "\"short\"",
        "\"\\u0000Password@1\"",
        "\"Password\\n@1\"",
        "\"\\ud800Password@1\"",
    ];
    cases.extend(
        passwords
            .iter()
            .map(|value| login(value, format!(r#"{{"email":"a@b.com","currentPassword":{value}}}"#).as_bytes())),
    );
    let rest = [
        r#""role":1"#,
        r#""role":"""#,
        r#""role":"cashier""#,
        r#""role":"A B""#,
        r#""role":["CASHIER"]"#,
        r#""deviceToken":1"#,
        r#""deviceToken":{}"#,
        r#""payloadEncrypted":true"#,
        r#""payloadEncrypted":"true""#,
        r#""payloadEncrypted":1"#,
        r#""email":"c@d.com""#,
        r#""currentPassword":"Password@2""#,
        r#""x":1,"x":1"#,
        r#""\u0065mail":"c@d.com""#,
        r#""x":{"y":1,"y":2}"#,
        r#""x":[{"y":1,"y":2}]"#,
    ];
    cases.extend(
        rest.iter().map(|more| {
            login(more, format!(r#"{{"email":"a@b.com","currentPassword":"Password@1",{more}}}"#).as_bytes())
        }),
    );
    let long = |email: usize, password: usize, role: usize| {
        let (email, password, role) = ("a".repeat(email), "p".repeat(password), "R".repeat(role));
        format!(r#"{{"email":"{email}@b.com","currentPassword":"{password}","role":"{role}"}}"#)
    };
    cases.extend([
        login("a long email", long(60_000, 10, 1).as_bytes()),
        login("an email of 300", long(300, 10, 1).as_bytes()),
        login("a long password", long(1, 60_000, 1).as_bytes()),
        login("a password of 257", long(1, 257, 1).as_bytes()),
        login("a long role", long(1, 10, 50_000).as_bytes()),
        login(
            "a long mark",
            format!(r#"{{"email":"a@b.com","currentPassword":"Password@1","deviceToken":"{}"}}"#, "d".repeat(50_000))
                .as_bytes(),
        ),
        login("64 KiB and one", " ".repeat(64 * 1024 + 1).as_bytes()),
        login("a million", &[b'['; 1_000_000]),
    ]);
    cases
}

/// Headers that are missing, doubled, foreign or odd.
fn headers() -> Vec<Case> {
    let lines = [
        "",
        "platform: fincode",
        "platform: fincode\r\nuuid: 200",
        "platform: \r\nuuid: 200",
        "platform: fincode\r\nuuid: ",
        "platform: other\r\nuuid: 200",
        "platform: fincode\r\nplatform: fincode\r\nuuid: 200",
        "platform: fincode\r\nuuid: 200\r\nuuid: 200",
        "platform: fincode\r\nuuid: a b",
        "platform: fincode\r\nuuid: \u{fc}",
        "platform: fincode\r\nuuid: 200\r\nContent-Type: text/plain",
        "platform: fincode\r\nuuid: 200\r\nContent-Type: ",
        "platform: fincode\r\nuuid: 200\r\nContent-Type: application/xml",
        "platform: fincode\r\nuuid: 200\r\nContent-Type: application/json\r\nContent-Type: text/plain",
        "platform: fincode\r\nuuid: 200\r\nContent-Type: application/json; charset=utf-7",
        "platform: fincode\r\nuuid: 200\r\nContent-Type: application/json; charset=iso-8859-1",
        "platform: fincode\r\nuuid: 200\r\nContent-Type: multipart/form-data; boundary=--",
        "platform: fincode\r\nuuid: 200\r\nContent-Type: application/json\r\nContent-Encoding: br",
    ];
    let mut cases: Vec<Case> = lines
        .iter()
        .map(|lines| {
            let lines: Vec<&str> = lines.split("\r\n").filter(|line| !line.is_empty()).collect();
            (format!("headers {lines:?}"), request_to("localhost", "PUT", LOGIN, &lines, GOOD_BODY))
        })
        .collect();
    let long = format!("uuid: {}", "x".repeat(20_000));
    cases.push(case("a long uuid", request_to("localhost", "PUT", LOGIN, &["platform: fincode", &long], GOOD_BODY)));
    let tokens = [
        "X-Auth-Token:",
        "X-Auth-Token: x",
        "X-Auth-Token: \u{fc}",
        "X-Auth-Token: a\r\nX-Auth-Token: a",
        "Authorization: Bearer",
        "Authorization: Bearer ",
        "Authorization: Basic YTpi",
        "Authorization: Bearer a\r\nAuthorization: Bearer b",
        "Authorization: Bearer a\r\nX-Auth-Token: b",
        "Authorization: \u{0}",
        "Cookie: X-Auth-Token=a",
        "X-Auth-Token: ../../x",
    ];
    cases.extend(tokens.iter().map(|lines| {
        let lines: Vec<&str> = lines.split("\r\n").collect();
        (format!("token {lines:?}"), request("GET", PROFILE, &lines, ""))
    }));
    let long = format!("X-Auth-Token: {}", "x".repeat(30_000));
    cases.push(case("a long token", request("GET", PROFILE, &[&long], "")));
    cases
}

/// Heads that break HTTP/1.1 itself.
fn heads() -> Vec<Case> {
    let get = |head: &str| format!("GET /docs HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n");
    let mut cases: Vec<Case> = [
        ("nothing", "\r\n\r\n\r\n"),
        ("no version", "GET /docs\r\n\r\n"),
        ("version 0.9", "GET /docs HTTP/0.9\r\nHost: localhost\r\n\r\n"),
        ("version 1.2", "GET /docs HTTP/1.2\r\nHost: localhost\r\n\r\n"),
        ("version 9", "GET /docs HTTP/9.9\r\nHost: localhost\r\n\r\n"),
        ("version of words", "GET /docs HTTPS/1.1\r\nHost: localhost\r\n\r\n"),
        ("lower case version", "GET /docs http/1.1\r\nHost: localhost\r\n\r\n"),
        ("two spaces", "GET  /docs  HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("a tab", "GET\t/docs\tHTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("no method", " /docs HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("a method of signs", "G(T /docs HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}\x03\x03"),
        ("SSH", "SSH-2.0-OpenSSH_9.6\r\n"),
        ("SMTP", "EHLO example.com\r\n"),
        ("a proxy's line", "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\nGET /docs HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("no host", "GET /docs HTTP/1.1\r\n\r\n"),
        ("no host in 1.0", "GET /docs HTTP/1.0\r\n\r\n"),
        ("two hosts", "GET /docs HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
        ("two other hosts", "GET /docs HTTP/1.1\r\nHost: localhost\r\nHost: otherjunction.localhost\r\n\r\n"),
        ("an empty host", "GET /docs HTTP/1.1\r\nHost:\r\n\r\n"),
        ("a host of two", "GET /docs HTTP/1.1\r\nHost: localhost, localhost\r\n\r\n"),
        ("a host with a user", "GET /docs HTTP/1.1\r\nHost: a@localhost\r\n\r\n"),
        ("a host with a path", "GET /docs HTTP/1.1\r\nHost: localhost/docs\r\n\r\n"),
        ("a host in Unicode", "GET /docs HTTP/1.1\r\nHost: l\u{f6}calhost\r\n\r\n"),
        ("a port too large", "GET /docs HTTP/1.1\r\nHost: localhost:99999\r\n\r\n"),
        ("a port of words", "GET /docs HTTP/1.1\r\nHost: localhost:http\r\n\r\n"),
        ("a host with a dot", "GET /docs HTTP/1.1\r\nHost: localhost.\r\n\r\n"),
        ("nobody's host", "GET /docs HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        ("a foreign target", "GET http://evil.example/docs HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("a target of its own", "GET http://localhost/docs HTTP/1.1\r\n\r\n"),
        ("space before the colon", "GET /docs HTTP/1.1\r\nHost : localhost\r\n\r\n"),
        ("only line feeds and no host", "GET /docs HTTP/1.1\n\n"),
        ("bare carriage returns", "GET /docs HTTP/1.1\rHost: localhost\r\r"),
    ]
    .map(|(name, head)| case(name, head))
    .to_vec();
    cases.extend([
        case("a folded line", get("X: a\r\n b")),
        case("a line without a name", get(": a")),
        case("a line without a colon", get("nonsense")),
        case("a name with a space", get("X Y: a")),
        case("a name in Unicode", get("\u{fc}: a")),
        case("a NUL in a value", get("X: a\0b")),
        case("a carriage return in a value", get("X: a\rb")),
        case("a control in a value", get("X: a\x01b")),
        case("many fields", get(&vec!["X: y"; 150].join("\r\n"))),
        case("ten thousand fields", get(&vec!["X: y"; 10_000].join("\r\n"))),
        case("a long field", get(&format!("X: {}", "y".repeat(100_000)))),
        case("a long name", get(&format!("{}: y", "x".repeat(70_000)))),
        case("a long method", format!("{} /docs HTTP/1.1\r\nHost: localhost\r\n\r\n", "G".repeat(40_000))),
        case("noise", (0..2_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<u8>>()),
        case("a whole ASCII", (1..128).collect::<Vec<u8>>()),
    ]);
    cases
}

/// Bodies whose length is told in two ways, wrongly, or not at all.
fn framing() -> Vec<Case> {
    let put = |lines: &str, body: &str| {
        format!("PUT {LOGIN} HTTP/1.1\r\nHost: localhost\r\n{SERVICE}\r\n{lines}\r\n\r\n{body}")
    };
    let chunked = |body: &str| put("Transfer-Encoding: chunked", body);
    let whole = format!("{:x}\r\n{GOOD_BODY}\r\n0\r\n\r\n", GOOD_BODY.len());
    let smuggled = "0\r\n\r\nGET /admin HTTP/1.1\r\nHost: localhost\r\n\r\n";
    vec![
        case("two lengths", put("Content-Length: 5\r\nContent-Length: 6", "{}    ")),
        case("a length of two", put("Content-Length: 2, 3", "{} ")),
        case("a negative length", put("Content-Length: -1", "{}")),
        case("a signed length", put("Content-Length: +2", "{}")),
        case("a length in hex", put("Content-Length: 0x2", "{}")),
        case("a length of words", put("Content-Length: two", "{}")),
        case("an empty length", put("Content-Length:", "{}")),
        case("a length beyond 64 bits", put("Content-Length: 99999999999999999999999", "{}")),
        case("the largest length", put("Content-Length: 18446744073709551615", "{}")),
        case("a length with a space", put("Content-Length: 1 2", "{}")),
        case("a length and less", put("Content-Length: 500", "{}")),
        case("a length and nothing", put("Content-Length: 500", "")),
        case("length and chunks", put("Content-Length: 4\r\nTransfer-Encoding: chunked", smuggled)),
        case("chunks and length", put("Transfer-Encoding: chunked\r\nContent-Length: 4", smuggled)),
        case("chunked twice", put("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", smuggled)),
        case("chunked and not last", put("Transfer-Encoding: chunked, gzip", smuggled)),
        case("another coding", put("Transfer-Encoding: gzip", "{}")),
        case("identity", put("Transfer-Encoding: identity", "{}")),
        case("a coding with a tail", put("Transfer-Encoding: chunkedx", smuggled)),
        case("a coding with a tab", put("Transfer-Encoding:\tchunked\x0b", smuggled)),
        case("chunks in 1.0", put("Transfer-Encoding: chunked", &whole).replace("HTTP/1.1", "HTTP/1.0")),
        case("a chunk of words", chunked("zz\r\n{}\r\n0\r\n\r\n")),
        case("a negative chunk", chunked("-2\r\n{}\r\n0\r\n\r\n")),
        case("a chunk beyond 64 bits", chunked("fffffffffffffffff\r\n{}\r\n0\r\n\r\n")),
        case("the largest chunk", chunked("ffffffffffffffff\r\n{}\r\n0\r\n\r\n")),
        case("a chunk without an end", chunked("2\r\n{}0\r\n\r\n")),
        case("a chunk longer than told", chunked("1\r\n{}\r\n0\r\n\r\n")),
        case("a chunk shorter than told", chunked("9\r\n{}\r\n0\r\n\r\n")),
        case("no last chunk", chunked("2\r\n{}\r\n")),
        case("an empty size", chunked("\r\n{}\r\n0\r\n\r\n")),
        case("a long extension", chunked(&format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(70_000)))),
        case("many small chunks", chunked(&("1\r\n[\r\n".repeat(5_000) + "0\r\n\r\n"))),
        case("many trailers", chunked(&format!("2\r\n{{}}\r\n0\r\n{}\r\n", "X: y\r\n".repeat(5_000)))),
        case("a trailer that is none", chunked("2\r\n{}\r\n0\r\nnonsense\r\n\r\n")),
        case("more than 64 KiB in chunks", chunked(&format!("20000\r\n{}\r\n0\r\n\r\n", " ".repeat(0x20000)))),
        case("an expectation we have not", put("Expect: 200-ok\r\nContent-Length: 2", "{}")),
        case(
            "an upgrade",
            put(
                "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAAA\r\nContent-Length: 2",
                "{}",
            ),
        ),
        case(
            "a websocket",
            "GET /docs HTTP/1.1\r\nHost: localhost\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        ),
        case("a second request in the body", put("Content-Length: 2", &format!("{{}}{}", "GET / HTTP/1.1\r\n\r\n"))),
    ]
}

/// Paths and methods that lead nowhere.
fn targets() -> Vec<Case> {
    let paths = [
        "/",
        "//",
        "/docs/",
        "//docs",
        "/docs/..",
        "/docs/../docs",
        "/%2e%2e/docs",
        "/docs%00",
        "/docs%",
        "/docs%zz",
        "/%ff",
        "/docs/errors/x",
        "/DOCS",
        "/docs;x",
        "/.well-known/",
        "/.well-known/jwks.json/",
        "/.env",
        "/admin",
        "/api/v6/services/",
        "/api/v6/services/securitymanagement/login/",
        "/api/v6/services/SECURITYMANAGEMENT/LOGIN",
        "/api/v6/services//login",
        "/api/v6/services/securitymanagement/%6cogin",
        "/api/v6/services/securitymanagement/../securitymanagement/login",
        "/\\..\\docs",
        "/<script>",
        "/{path}",
        "/docs\u{7f}",
        "/\u{fc}",
        "docs",
        "http:",
        "http:///docs",
        "localhost:80",
        "?x",
        "#x",
        "",
    ];
    let mut cases: Vec<Case> =
        paths.iter().map(|path| (format!("path {path:?}"), request("PUT", path, &[], GOOD_BODY))).collect();
    let methods =
        ["GET", "HEADX", "POST", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND", "put", "CONNECT", "M-SEARCH"];
    cases.extend(methods.iter().map(|method| (format!("method {method}"), request(method, LOGIN, &[], GOOD_BODY))));
    cases.push(case("asterisk", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    cases.push(case("asterisk and another method", "GET * HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    cases.push(case("connect", "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n"));
    cases.push(case("connect elsewhere", "CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    cases.push(case("a long path", format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(30_000))));
    cases.push(case("a longer path", format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(70_000))));
    cases.push(case("a long query", format!("GET /x?{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(30_000))));
    cases
}

/// HTTP/2 that breaks its own rules (RFC 9113): the connection ends.
fn http_2() -> Vec<Case> {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = frame(4, 0, 0, b"");
    let on = |frames: &[Vec<u8>]| [&preface[..], &settings, &frames.concat()].concat();
    vec![
        case("h2 a cut preface", &preface[..20]),
        case("h2 noise after the preface", [&preface[..], &[0xff; 100]].concat()),
        case("h2 no settings", [&preface[..], &frame(1, 5, 1, b"\x82\x84\x86")].concat()),
        case("h2 settings of a wrong size", [&preface[..], &frame(4, 0, 0, b"abc")].concat()),
        case("h2 settings on a stream", [&preface[..], &frame(4, 0, 1, b"")].concat()),
        case("h2 a frame too large", on(&[vec![0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]])),
        case("h2 data without a head", on(&[frame(0, 1, 1, b"x")])),
        case("h2 a head that cannot be unpacked", on(&[frame(1, 5, 1, &[0xff; 40])])),
        case("h2 a head without its parts", on(&[frame(1, 5, 1, b"\x82")])),
        case("h2 an even stream", on(&[frame(1, 5, 2, b"\x82\x84\x86")])),
        case("h2 a head on stream zero", on(&[frame(1, 5, 0, b"\x82\x84\x86")])),
        case("h2 a head cut by another frame", on(&[frame(1, 1, 1, b"\x82"), frame(6, 0, 0, &[0; 8])])),
        case("h2 a continuation of nothing", on(&[frame(9, 4, 1, b"\x82")])),
        case(
            "h2 a window that overflows",
            on(&[frame(8, 0, 0, b"\x7f\xff\xff\xff"), frame(8, 0, 0, b"\x7f\xff\xff\xff")]),
        ),
        case("h2 a window of zero", on(&[frame(8, 0, 0, b"\0\0\0\0")])),
        case("h2 a promise from a client", on(&[frame(5, 4, 1, b"\0\0\0\x02\x82")])),
        case("h2 a ping of a wrong size", on(&[frame(6, 0, 0, b"abc")])),
        case("h2 a padded frame that is all padding", on(&[frame(1, 0x0d, 1, b"\xff\x82")])),
        case("h2 a stream reset before it began", on(&[frame(3, 0, 1, b"\0\0\0\0")])),
        case("h2 ten thousand resets", on(&resets(10_000))),
        case("h2 a thousand continuations", on(&continuations(1_000))),
        case("h2 ten thousand pings", on(&vec![frame(6, 0, 0, &[0; 8]); 10_000])),
        case("h2 ten thousand settings", on(&vec![frame(4, 0, 0, b""); 10_000])),
        case("h2 goodbye", on(&[frame(7, 0, 0, &[0; 8])])),
    ]
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&size[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Streams that are opened and given up at once (CVE-2023-44487).
fn resets(count: u32) -> Vec<Vec<u8>> {
    let head = b"\x82\x84\x86\x41\x09localhost";
    (0..count).flat_map(|n| [frame(1, 5, 2 * n + 1, head), frame(3, 0, 2 * n + 1, b"\0\0\0\x08")]).collect()
}

/// A head that never ends (CVE-2024-27316).
fn continuations(count: u32) -> Vec<Vec<u8>> {
    let field = [&b"\x00\x01x\x7f\x81\x01"[..], &[b'y'; 256]].concat();
    let rest = (0..count).map(|_| frame(9, 0, 1, &field));
    std::iter::once(frame(1, 1, 1, b"\x82\x84\x86")).chain(rest).collect()
}
