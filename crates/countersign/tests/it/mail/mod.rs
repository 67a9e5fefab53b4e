//! Letters against a real mail server: it receives them, and it is slow, refuses and dies.

mod server;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use countersign::config::{Config, Mode, Sources};
use countersign::mail::Smtp;
use countersign_domain::{Letter, Tenant};
use countersign_flows::mail::Carrier;
use countersign_flows::{Doer, Flows};
use countersign_store::{LetterState, NewLetter, Retried, StoredLetter};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::http::world::{MANAGER, World};
use server::MailServer;

/// The stories, a mail server, and the way to it.
struct Post {
    server: MailServer,
    world: World,
    tenant: Tenant,
    smtp: Arc<dyn Carrier>,
}

impl Post {
    async fn with(security: &'static str) -> Self {
        Self::set(security, &[]).await
    }

    /// With more settings, or others than those that work.
    async fn set(security: &'static str, more: &[&str]) -> Self {
        let server = MailServer::start(security).await;
        let mut set = vec![
            "mail.smtp_host=localhost".to_owned(),
            format!("mail.smtp_port={}", server.port),
            format!("mail.smtp_security={security}"),
            format!("mail.smtp_ca_file={}", server.certificate().display()),
            "mail.smtp_user=sender".to_owned(),
            "mail.smtp_password=a password of the tests".to_owned(),
            "mail.sender=no-reply@example.com".to_owned(),
            "mail.timeout_seconds=1".to_owned(),
            "hashing.threads=1".to_owned(),
            "hashing.memory_kib=64".to_owned(),
            "hashing.iterations=1".to_owned(),
        ];
        set.extend(more.iter().map(|line| (*line).to_owned()));
        let config = Config::load(&Sources { mode: Mode::Sandbox, set, ..Sources::default() }).unwrap().config;
        let world = World::new(&config).await;
        let tenant = world.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
        let smtp = Arc::new(Smtp::of(&config.mail).unwrap().unwrap());
        Self { server, world, tenant, smtp }
    }

    fn flows(&self) -> &Arc<Flows> {
        &self.world.flows
    }

    /// Posts a notice to the manager.
    async fn posts(&self, number: u128) -> Uuid {
        let id = Uuid::from_u128(number);
        let letter = Letter::PasswordChanged { account: self.world.manager };
        let letter = NewLetter { id, tenant: self.tenant.id, name_hash: [1; 32], letter, language: None };
        assert!(self.flows().store().tenant(self.tenant.id).post_letter(letter).await.unwrap());
        id
    }

    /// One look at the outbox, long enough after the last that whatever failed is due again.
    async fn sends(&self) -> usize {
        self.flows().clock().advance(Duration::from_secs(60));
        self.flows().mail_once(Arc::clone(&self.smtp)).await.unwrap()
    }

    /// So that what failed is due again; the loop looks by the machine's clock.
    async fn lets_time_pass(&self) {
        self.flows().clock().advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    async fn letter(&self, id: Uuid) -> StoredLetter {
        let page = self.flows().letters(&self.tenant, None, None, 200).await.unwrap();
        page.letters.into_iter().find(|letter| letter.id == id).unwrap()
    }

    async fn told(&self, id: Uuid) -> (LetterState, String) {
        let letter = self.letter(id).await;
        let why = letter.last_error.unwrap_or_default();
        assert!(!why.contains('@'), "{why}");
        (letter.state, why)
    }
}

fn message_id(id: Uuid) -> String {
    format!("<{id}@example.com>")
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_arrive_over_both_kinds_of_tls_from_who_logs_in() {
    for security in ["starttls", "tls"] {
        let post = Post::with(security).await;
        let id = post.posts(1).await;
        assert_eq!(post.sends().await, 1);
        assert_eq!(post.told(id).await, (LetterState::Sent, String::new()), "{security}");
        let received = post.server.received();
        assert_eq!(received.len(), 1);
        for line in [
            "From: remitjunction <no-reply@example.com>".to_owned(),
            format!("To: {MANAGER}"),
            "Subject: Your password was changed".to_owned(),
            format!("Message-ID: {}", message_id(id)),
            "Auto-Submitted: auto-generated".to_owned(),
        ] {
            assert!(received[0].lines().any(|received| received == line), "{line}\n{}", received[0]);
        }
        assert!(received[0].contains("multipart/alternative"));
        assert_eq!(post.sends().await, 0, "once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_login_or_a_strange_certificate_is_repaired_and_loses_no_letter() {
    let post = Post::set("starttls", &["mail.smtp_password=another"]).await;
    let id = post.posts(1).await;
    post.sends().await;
    let (state, why) = post.told(id).await;
    assert_eq!(state, LetterState::Due, "{why}");
    assert!(why.contains("535"), "{why}");
    for security in ["starttls", "tls"] {
        let post = Post::set(security, &["mail.smtp_ca_file="]).await;
        let id = post.posts(1).await;
        post.sends().await;
        let (state, why) = post.told(id).await;
        assert_eq!(state, LetterState::Due, "{why}");
        assert_eq!(post.server.received().len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_now_is_tried_again_and_one_for_good_is_not() {
    let post = Post::with("starttls").await;
    let id = post.posts(1).await;
    post.server.behaves(&format!("refuse 451 4.3.0 {MANAGER} is being moved"));
    post.sends().await;
    assert_eq!(post.told(id).await, (LetterState::Due, "the mail server said 451 4.3.0".into()));
    post.server.behaves(&format!("refuse 550 5.1.1 {MANAGER} is nobody"));
    post.sends().await;
    assert_eq!(post.told(id).await, (LetterState::Dead, "the mail server said 550 5.1.1".into()));
    post.server.behaves("well");
    assert_eq!(post.sends().await, 0);
    assert_eq!(post.flows().retry_letter(Doer::Operator, &post.tenant, id).await.unwrap(), Retried::Yes);
    assert_eq!(post.sends().await, 1);
    assert_eq!(post.told(id).await.0, LetterState::Sent);
    assert_eq!(post.server.message_ids(), [message_id(id)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_too_late_is_a_repetition_that_can_be_told() {
    let post = Post::with("tls").await;
    let id = post.posts(1).await;
    post.server.behaves("slow 5");
    post.sends().await;
    assert_eq!(post.told(id).await, (LetterState::Due, "the mail server did not answer in time".into()));
    assert_eq!(post.server.received().len(), 1, "it had taken the letter");
    post.server.behaves("well");
    assert_eq!(post.sends().await, 1);
    assert_eq!(post.told(id).await.0, LetterState::Sent);
    assert_eq!(post.server.message_ids(), [message_id(id), message_id(id)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_with_a_letter_gets_it_again() {
    let mut post = Post::with("starttls").await;
    let id = post.posts(1).await;
    post.server.behaves("die");
    post.sends().await;
    let (state, why) = post.told(id).await;
    assert_eq!(state, LetterState::Due, "{why}");
    // And while it is away.
    post.sends().await;
    assert_eq!(post.told(id).await, (LetterState::Due, "the mail server cannot be reached".into()));
    post.server.behaves("well");
    post.server.restart().await;
    assert_eq!(post.sends().await, 1);
    assert_eq!(post.told(id).await.0, LetterState::Sent);
    assert_eq!(post.server.message_ids(), [message_id(id), message_id(id)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_though_the_server_is_killed_among_many() {
    let mut post = Post::with("starttls").await;
    let mut ids = BTreeSet::new();
    for number in 1..=60 {
        ids.insert(message_id(post.posts(number).await));
    }
    let stop = CancellationToken::new();
    let loop_of = post.flows().clone().keep_mailing(Arc::clone(&post.smtp), stop.clone().cancelled_owned());
    let mailing = tokio::spawn(loop_of);
    for part in [15, 35] {
        while post.server.received().len() < part {
            post.lets_time_pass().await;
        }
        post.server.restart().await;
    }
    let due = async || post.flows().letters(&post.tenant, Some(LetterState::Due), None, 1).await.unwrap();
    while !due().await.letters.is_empty() {
        post.lets_time_pass().await;
    }
    stop.cancel();
    mailing.await.unwrap();
    let sent = post.flows().letters(&post.tenant, Some(LetterState::Sent), None, 200).await.unwrap();
    assert_eq!(sent.letters.len(), 60);
    assert_eq!(post.server.message_ids().into_iter().collect::<BTreeSet<_>>(), ids);
}
