use std::time::Duration;

use countersign::http::server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::start::{HOST, NEVER_ENDS, Options, Running, start, start_with};
use super::wire::{GOOD_BODY, LOGIN, exchange, exchange_on, read_reply, request};

const SHORT: Duration = Duration::from_millis(300);

async fn limited(limits: Limits) -> Running {
    start_with(Options { limits, ..Options::default() }).await
}

/// Whether the other end closes; an answer before that does not count.
async fn closes(stream: &mut TcpStream, within: Duration) -> bool {
    let mut rest = Vec::new();
    tokio::time::timeout(within, stream.read_to_end(&mut rest)).await.is_ok()
}

#[tokio::test]
async fn a_connection_that_does_nothing_is_closed_whatever_it_began_with() {
    let running = limited(Limits { head: SHORT, ..Limits::default() }).await;
    for beginning in [
        &b""[..],
        b"P",
        b"PUT /api HTTP/1.1\r\nHost: loc",
        b"PRI * HTTP/2.0\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        // HTTP/2, its settings sent, and a head that is never finished.
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x01\x01\0\0\0\0\x01\x82",
    ] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(beginning).await.unwrap();
        let begun = Instant::now();
        assert!(closes(&mut stream, SHORT * 6).await, "{beginning:?}");
        assert!(begun.elapsed() + Duration::from_millis(50) >= SHORT, "{beginning:?}");
    }
}

#[tokio::test]
async fn a_head_that_drips_is_cut_off() {
    let running = limited(Limits { head: SHORT, ..Limits::default() }).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let begun = Instant::now();
    for byte in b"PUT /api HTTP/1.1\r\nHost: localhost\r\nX-Long: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if stream.write_all(&[*byte]).await.is_err() {
            break;
        }
    }
    assert!(closes(&mut stream, SHORT).await);
    assert!(begun.elapsed() < SHORT * 6);
}

#[tokio::test]
async fn a_connection_is_kept_between_requests_and_then_closed() {
    let running = limited(Limits { head: SHORT / 3, idle: SHORT, ..Limits::default() }).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    for _ in 0..3 {
        assert_eq!(exchange_on(&mut stream, &request("PUT", LOGIN, &[], GOOD_BODY)).await.unwrap().status, 200);
        tokio::time::sleep(SHORT / 2).await;
    }
    assert!(closes(&mut stream, SHORT * 6).await);
    // The next head is held to its time as the first was.
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    exchange_on(&mut stream, &request("PUT", LOGIN, &[], GOOD_BODY)).await.unwrap();
    stream.write_all(b"PUT /").await.unwrap();
    let begun = Instant::now();
    assert!(closes(&mut stream, SHORT * 6).await);
    assert!(begun.elapsed() < SHORT);
}

#[tokio::test]
async fn a_request_that_is_being_served_is_not_idle_but_has_an_end() {
    let limits = Limits { head: SHORT / 3, idle: SHORT / 3, stalled: SHORT, ..Limits::default() };
    let running = limited(limits).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(&request("GET", NEVER_ENDS, &[], "")).await.unwrap();
    assert!(!closes(&mut stream, SHORT / 2).await);
    assert!(closes(&mut stream, SHORT * 6).await);
}

/// An answer that nobody reads fills the pipe; its connection must not live for ever.
#[tokio::test]
async fn a_client_that_reads_nothing_is_left() {
    let limits = Limits { head: SHORT, idle: SHORT, stalled: SHORT, ..Limits::default() };
    let running = limited(limits).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let ask = request("GET", "/openapi.json", &[], "");
    let mut asked = 0;
    while let Ok(Ok(())) = tokio::time::timeout(SHORT, stream.write_all(&ask)).await {
        asked += 1;
        assert!(asked < 100_000, "the server takes everything");
    }
    assert!(closes(&mut stream, SHORT * 6).await);
}

#[tokio::test]
async fn a_head_has_a_greatest_size() {
    let address = start().await.address;
    let fields = |count: usize| (0..count).map(|n| format!("x-{n}: y")).collect::<Vec<_>>();
    let with =
        |lines: Vec<String>| request("PUT", LOGIN, &lines.iter().map(String::as_str).collect::<Vec<_>>(), GOOD_BODY);
    // Host, platform, uuid, two of content.
    assert_eq!(exchange(address, &with(fields(95))).await.unwrap().status, 200);
    assert_eq!(exchange(address, &with(fields(96))).await.unwrap().status, 431);
    assert_eq!(exchange(address, &with(vec![format!("x: {}", "y".repeat(30_000))])).await.unwrap().status, 200);
    assert_eq!(exchange(address, &with(vec![format!("x: {}", "y".repeat(33_000))])).await.unwrap().status, 431);
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(40_000));
    let status = exchange(address, long.as_bytes()).await.unwrap().status;
    assert!(status == 414 || status == 431, "{status}");
}

#[tokio::test]
async fn places_are_bounded_by_network_and_given_back() {
    let limits = Limits { connections_per_network_max: 2, ..Limits::default() };
    let running = limited(limits.clone()).await;
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        assert!(exchange_on(&mut stream, &request("PUT", LOGIN, &[], GOOD_BODY)).await.is_some());
        kept.push(stream);
    }
    assert!(exchange(running.address, &request("PUT", LOGIN, &[], GOOD_BODY)).await.is_none());
    drop(kept);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(exchange(running.address, &request("PUT", LOGIN, &[], GOOD_BODY)).await.is_some());

    let set = vec!["limits.exempt_networks=127.0.0.0/8"];
    let running = start_with(Options { limits, set, ..Options::default() }).await;
    let mut kept = Vec::new();
    for _ in 0..5 {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        assert!(exchange_on(&mut stream, &request("PUT", LOGIN, &[], GOOD_BODY)).await.is_some());
        kept.push(stream);
    }
}

#[tokio::test]
async fn places_are_bounded_in_all() {
    let running = limited(Limits { connections_max: 1, ..Limits::default() }).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    assert!(exchange_on(&mut stream, &request("PUT", LOGIN, &[], GOOD_BODY)).await.is_some());
    assert!(exchange(running.address, &request("PUT", LOGIN, &[], GOOD_BODY)).await.is_none());
}

#[tokio::test]
async fn requests_in_flight_end_before_the_server_does() {
    let running = limited(Limits { notice: SHORT, drain: SHORT * 10, ..Limits::default() }).await;
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    assert!(exchange_on(&mut idle, &request("PUT", LOGIN, &[], GOOD_BODY)).await.is_some());
    // The head is there and the body is on its way when the word comes.
    let mut busy = TcpStream::connect(running.address).await.unwrap();
    let whole = request("PUT", LOGIN, &[], GOOD_BODY);
    let (first, rest) = whole.split_at(whole.len() - 10);
    busy.write_all(first).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    running.stop.cancel();
    // While load balancers are turning away, everybody is still served.
    assert!(exchange(running.address, &request("PUT", LOGIN, &[], GOOD_BODY)).await.is_some());
    tokio::time::sleep(SHORT * 2).await;
    assert!(TcpStream::connect(running.address).await.is_err());
    assert!(closes(&mut idle, SHORT).await);
    busy.write_all(rest).await.unwrap();
    assert_eq!(read_reply(&mut busy).await.unwrap().status, 200);
    assert_eq!(running.ended.await.unwrap(), 0);
}

#[tokio::test]
async fn the_stop_has_a_deadline() {
    let mut running = limited(Limits { drain: SHORT, ..Limits::default() }).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(&request("GET", NEVER_ENDS, &[], "")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    running.stop.cancel();
    assert_eq!((&mut running.ended).await.unwrap(), 1);
    assert_eq!(running.log_lines(1).await[0]["code"], "CLIENT_GONE");
}

/// Whoever stands in front may have read the length: what it took for the rest of a body is no request to us.
#[tokio::test]
async fn a_request_with_two_lengths_is_the_last_of_its_connection() {
    let address = start().await.address;
    for lines in
        [["Content-Length: 4", "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked", "Content-Length: 4"]]
    {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let smuggled = request("GET", "/docs", &[], "");
        let bytes = [request("PUT", LOGIN, &lines, ""), b"0\r\n\r\n".to_vec(), smuggled].concat();
        let reply = exchange_on(&mut stream, &bytes).await.unwrap();
        assert_eq!((reply.status, reply.header("connection").as_deref()), (400, Some("close")));
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"");
    }
}

fn http2() -> reqwest::ClientBuilder {
    reqwest::Client::builder().http2_prior_knowledge()
}

#[tokio::test]
async fn http_2_is_spoken_and_held_to_the_same_rules() {
    let address = start().await.address;
    let client = http2().resolve(HOST, address).build().unwrap();
    let ask = |body: &'static str| {
        let url = format!("http://{HOST}:{}{LOGIN}", address.port());
        client
            .put(url)
            .header("platform", "fincode")
            .header("uuid", "200")
            .header("content-type", "application/json")
            .body(body)
    };
    let reply = ask(GOOD_BODY).send().await.unwrap();
    assert_eq!((reply.version(), reply.status().as_u16()), (reqwest::Version::HTTP_2, 200));
    assert_eq!(ask("{").send().await.unwrap().status().as_u16(), 400);
    let other = ask(GOOD_BODY).header("host", "otherjunction.localhost").send().await.unwrap();
    assert_eq!(other.status().as_u16(), 400);
    let mut many = ask(GOOD_BODY);
    for n in 0..120 {
        many = many.header(format!("x-{n}"), "y");
    }
    let reply = many.send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 431);
    let large = ask(GOOD_BODY).header("x", "y".repeat(40_000)).send().await;
    assert!(large.is_err() || large.unwrap().status().as_u16() == 431);
}
