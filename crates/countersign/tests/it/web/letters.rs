//! Letters that no mail server took: a manager sees them and has them sent again.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use countersign_flows::Doer;
use countersign_flows::mail::{Carried, Carrier, Dispatch};
use reqwest::StatusCode;

use super::browser::{Browser, Kind};
use super::forged::{OWN, Visitor};
use super::people::logs_in;
use super::{at_a_desk_and_on_a_phone, on_postgres};
use crate::http::start::{Running, start};
use crate::http::world::{MANAGER, PASSWORD};

/// A mail server that refuses everything for good.
struct Refuses;

impl Carrier for Refuses {
    fn carry(&self, _: Dispatch) -> Pin<Box<dyn Future<Output = Carried> + Send + '_>> {
        Box::pin(async { Carried::Never(format!("550 5.1.1 <b>no such box</b> {}", "x".repeat(400))) })
    }
}

/// The manager asks for so many links, three within the half hour at most, and the letters are refused.
pub(super) async fn are_given_up(server: &Running, letters: usize) {
    let visitor = Visitor::at(server, "/forgot-password", "").await;
    for _ in 0..letters {
        let fields = [("form", visitor.form.as_str()), ("email", MANAGER)];
        assert!(visitor.posts("/forgot-password", &[OWN], &fields).await.status().is_success());
    }
    assert_eq!(server.flows.mail_once(Arc::new(Refuses)).await.unwrap(), letters);
}

async fn sends_again(kind: Kind, server: &Running) {
    let browser = Browser::open(kind, server.address).await;
    logs_in(&browser, MANAGER, PASSWORD).await;
    browser.follows("Letters").await;
    assert_eq!(browser.heading().await, "Letters given up");
    assert!(browser.text().await.contains("No letter was given up."));

    are_given_up(server, 3).await;
    browser.goes_to("/manage/letters").await;
    let told = browser.text().await;
    assert_eq!(told.matches("Link for a new password").count(), 3, "{told}");
    assert!(told.contains("<b>no such box</b>") && told.contains("…") && !told.contains(&"x".repeat(200)), "{told}");
    assert!(!browser.is_too_wide().await);
    browser.presses_nth("Send again", 1).await;
    assert_eq!(browser.path().await, "/manage/letters?done=again");
    let told = browser.text().await;
    assert!(told.contains("The letter is on its way again."), "{told}");
    assert_eq!(told.matches("Link for a new password").count(), 2, "{told}");
    browser.presses("Send all again").await;
    assert_eq!(browser.path().await, "/manage/letters?again=2&over=0");
    let told = browser.text().await;
    assert!(
        told.contains("Letters that are on their way again: 2") && told.contains("No letter was given up."),
        "{told}"
    );
    assert_eq!(server.flows.mail_once(Arc::new(server.letters.clone())).await.unwrap(), 3);
    browser.closes().await;
}

at_a_desk_and_on_a_phone!(sends_again);
on_postgres!(sends_again);

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_again_is_told() {
    let server = start().await;
    are_given_up(&server, 2).await;
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let dead = server.flows.letters(&tenant, None, None, 10).await.unwrap().letters;
    let ids: Vec<_> = dead.iter().map(|letter| letter.id.to_string()).collect();
    server.flows.retry_letter(Doer::Operator, &tenant, dead[0].id).await.unwrap();
    let manager = Visitor::inside(&server, "/manage/letters").await;
    let ask = async |letter: &str| {
        let fields = [("form", manager.form.as_str()), ("letter", letter)];
        let answer = manager.posts("/manage/letters", &[OWN], &fields).await;
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, page) = ask(&ids[0]).await;
    assert!(status == StatusCode::CONFLICT && page.contains("is not given up any more"), "{status} {page}");
    for unknown in ["no-letter", "00000000-0000-4000-8000-000000000000"] {
        assert_eq!(ask(unknown).await.0, StatusCode::NOT_FOUND);
    }
    // A staff session without a page that is looked at would be over by then.
    let over = dead[1].expires_at;
    server.flows.clock().advance(over.since(server.flows.now()) + Duration::from_secs(1));
    let manager = Visitor::inside(&server, "/manage/letters").await;
    let fields = [("form", manager.form.as_str()), ("letter", &ids[1])];
    let answer = manager.posts("/manage/letters", &[OWN], &fields).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    let page = answer.text().await.unwrap();
    assert!(page.contains("The time of this letter is over") && page.contains("its time is over"), "{page}");
}
