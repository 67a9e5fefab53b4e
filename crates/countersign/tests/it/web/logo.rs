//! A manager chooses a logo, and every page shows it.

use std::time::Duration;

use reqwest::StatusCode;

use super::browser::{Browser, Kind};
use super::forged::{OWN, Visitor};
use super::people::logs_in;
use super::{at_a_desk_and_on_a_phone, on_postgres};
use crate::http::start::{Running, start};
use crate::http::world::{MANAGER, PASSWORD};

const PATH: &str = "/manage/settings/logo";
/// A red dot.
pub(super) const PNG: &[u8] = include_bytes!("dot.png");

async fn chooses_a_logo(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    let folder = tempfile::tempdir().unwrap();
    let (dot, text) = (folder.path().join("dot.png"), folder.path().join("text.png"));
    std::fs::write(&dot, PNG).unwrap();
    std::fs::write(&text, "<svg onload=alert(1)>").unwrap();
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.goes_to("/manage/settings").await;
    browser.follows("Logo").await;
    assert!(browser.text().await.contains("There is none: pages show the name alone."));
    browser.presses("Use this logo").await;
    assert!(browser.text().await.contains("Choose a file first."));
    browser.attaches("file", &text).await;
    browser.presses("Use this logo").await;
    assert!(browser.text().await.contains("The file is not a PNG."));
    server.flows.clock().advance(Duration::from_secs(11 * 60));
    browser.goes_to(PATH).await;
    browser.attaches("file", &dot).await;
    browser.types("currentPassword", PASSWORD).await;
    browser.presses("Use this logo").await;
    assert!(browser.text().await.contains("The logo is saved."));
    assert!(browser.shows("main img[alt]").await);
    server.flows.clock().advance(Duration::from_secs(61));
    browser.reloads().await;
    assert!(browser.shows("header img[alt='']").await, "every page shows it");
    assert!(!browser.is_too_wide().await);
    if kind == Kind::Desk {
        assert_eq!(browser.barriers().await, Vec::<String>::new());
    }
    browser.presses("Remove the logo").await;
    assert!(browser.text().await.contains("The logo is removed."));
    assert!(!browser.shows("main img").await);
    browser.closes().await;
}

at_a_desk_and_on_a_phone!(chooses_a_logo);
on_postgres!(chooses_a_logo);

#[tokio::test(flavor = "multi_thread")]
async fn a_logo_is_served_as_a_picture_and_kept_by_its_name() {
    let server = start().await;
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let visitor = Visitor::at(&server, "/login", "").await;
    assert_eq!(visitor.gets("/pages/logo").await.status(), StatusCode::NOT_FOUND);
    let set = server.flows.set_logo(countersign_flows::Doer::Operator, &tenant, Some(PNG.to_vec())).await;
    set.unwrap().unwrap();
    server.flows.clock().advance(Duration::from_secs(61));
    let page = visitor.sees("/login").await;
    let path = page.split_once("src=\"/pages/logo").unwrap().1.split('"').next().unwrap();
    for (path, kept) in
        [(format!("/pages/logo{path}"), "max-age=31536000, immutable"), ("/pages/logo?v=a".into(), "max-age=300")]
    {
        let logo = visitor.gets(&path).await;
        assert_eq!(logo.headers()["content-type"], "image/png");
        assert_eq!(logo.headers()["x-content-type-options"], "nosniff");
        assert_eq!(logo.headers()["cache-control"], kept);
        assert!(logo.bytes().await.unwrap().starts_with(b"\x89PNG"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_from_a_form_of_our_own_alone() {
    let server = start().await;
    let manager = Visitor::inside(&server, PATH).await;
    let upload = |form: &str, file: &[u8]| {
        let head = "Content-Disposition: form-data; name=";
        let mut body = format!("--x\r\n{head}\"form\"\r\n\r\n{form}\r\n--x\r\n{head}\"file\"\r\n\r\n").into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--x--\r\n");
        body
    };
    let token = manager.form.clone();
    let foreign = ("sec-fetch-site", "same-site");
    for (header, body, status) in [
        (foreign, upload(&token, PNG), StatusCode::FORBIDDEN),
        (OWN, upload("made up", PNG), StatusCode::FORBIDDEN),
        (OWN, b"--x\r\n".to_vec(), StatusCode::BAD_REQUEST),
        (OWN, upload(&token, &[0; 100 * 1024]), StatusCode::BAD_REQUEST),
        (OWN, upload(&token, &[0; 200 * 1024]), StatusCode::PAYLOAD_TOO_LARGE),
        (OWN, upload(&token, PNG), StatusCode::SEE_OTHER),
    ] {
        assert_eq!(manager.uploads(PATH, header, body).await.status(), status);
    }
    let fields = [("form", token.as_str()), ("act", "remove")];
    assert_eq!(manager.posts(PATH, &[OWN], &fields).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
