//! What may become a password, and what is said about one that became common later.

use countersign_domain::{PolicyFault, Secret, Settings};
use countersign_flows::admin::AccountRefusal;
use countersign_flows::blocklist::{Blocklist, Builder, LineForm, Lines, ListFile};
use countersign_flows::{PasswordAdvice, PasswordRefusal};

use crate::support::{ADA, PASSWORD, World, on_both};

on_both!(
    the_operator_sets_no_password_that_the_policy_refuses,
    a_tenant_chooses_what_it_asks_for,
    a_password_that_is_listed_by_now_opens_and_is_flagged,
);

/// The built-in list and one of these passwords.
fn listing(passwords: &str) -> Blocklist {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    let mut builder = Builder::begin(&path, Some(LineForm::Plain)).unwrap();
    builder.take(Lines::new("passwords", passwords.as_bytes()), |_| ()).unwrap();
    builder.finish(|_| ()).unwrap();
    Blocklist::with(ListFile::open(&path).unwrap())
}

async fn the_operator_sets_no_password_that_the_policy_refuses(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    for (password, faults) in [
        ("correct-horse-1", vec![PolicyFault::NoUpper]),
        ("Ada-and-1-horse", vec![PolicyFault::HasAddress]),
        ("Trustno1", vec![PolicyFault::NoSpecial, PolicyFault::Listed, PolicyFault::TooWeak]),
    ] {
        let refused = world.operator().sets_password(id, password).await;
        assert_eq!(refused, Err(AccountRefusal::Policy(faults)), "{password}");
    }
    assert_eq!(world.operator().sets_password(id, "Password@1").await, Err(AccountRefusal::PublishedPassword));
    assert!(matches!(world.operator().sets_password(id, "short").await, Err(AccountRefusal::Password(_))));
    world.anonymous().logs_in(ADA, PASSWORD).await;
}

async fn a_tenant_chooses_what_it_asks_for(world: World) {
    let lax = Settings {
        password_upper: false,
        password_digit: false,
        password_special: false,
        password_strength_min: 0,
        password_refuse_listed: false,
        ..Settings::default()
    };
    let tenant = world.tenant_with(lax).await;
    let id = world.operator_of(&tenant).creates("CUSTOMER", ADA, "iloveyou").await;
    // What anybody can read is no tenant's choice.
    let published = world.operator_of(&tenant).sets_password(id, "PQW7ERMP").await;
    assert_eq!(published, Err(AccountRefusal::PublishedPassword));
    let signed_in = world.anonymous_of(&tenant).logs_in(ADA, "iloveyou").await;
    assert_eq!(signed_in.tokens.password_advice, Some(PasswordAdvice::Listed));

    let strict = Settings { password_chars_min: 20, ..Settings::default() };
    let tenant = world.tenant_with(strict).await;
    let person = countersign_domain::PersonWords::default();
    let judged = async |text: &str| world.flows.judge_new_password(&tenant, &Secret::new(text), &person).await.unwrap();
    assert_eq!(judged(PASSWORD).await, Err(PasswordRefusal::Policy(vec![PolicyFault::TooShort(20)])));
    assert_eq!(judged("Correct-horse-1-battery").await, Ok(()));
    let named = countersign_domain::PersonWords { email: ADA, first_name: Some("Zebra"), last_name: Some("Crossing") };
    let judged = world.flows.judge_new_password(&world.tenant, &Secret::new("Zebracrossing-1"), &named).await.unwrap();
    assert_eq!(
        judged,
        Err(PasswordRefusal::Policy(vec![PolicyFault::TooWeak])),
        "what is known of the person is guessed first"
    );
}

async fn a_password_that_is_listed_by_now_opens_and_is_flagged(world: World) {
    let id = world.operator().creates("CUSTOMER", ADA, PASSWORD).await;
    let signed_in = world.anonymous().logs_in(ADA, PASSWORD).await;
    assert_eq!(signed_in.tokens.password_advice, None);

    let later = world.node(|setup| setup.blocklist = listing(PASSWORD)).await;
    let signed_in = world.anonymous().on(&later).logs_in(ADA, PASSWORD).await;
    assert_eq!(signed_in.tokens.password_advice, Some(PasswordAdvice::Listed));
    assert_eq!(signed_in.refreshes().await.tokens.password_advice, None, "a refresh proves no password");

    let account = later.account(&world.tenant, id).await.unwrap().unwrap();
    let refused = later.set_password(&world.tenant, &account, &Secret::new(PASSWORD), false).await.unwrap();
    assert_eq!(refused, Err(AccountRefusal::Policy(vec![PolicyFault::Listed])));
}

/// What is dear to look at holds up nobody: on the one thread there is, another task goes on meanwhile.
#[tokio::test]
async fn a_password_is_judged_beside_the_threads_that_answer() {
    let world = World::on_sqlite().await;
    let (began, mut begun) = tokio::sync::oneshot::channel();
    tokio::spawn(async move { began.send(()) });
    let dear = Secret::new("4@8({[<4@8({[<4@8({[<4@8({[<4@8({[");
    let person = countersign_domain::PersonWords::default();
    world.flows.judge_new_password(&world.tenant, &dear, &person).await.unwrap().unwrap_err();
    assert_eq!(begun.try_recv(), Ok(()));
}
