//! Sessions that browsers hold: opened, looked at, proved once more, ended.

use countersign_domain::{Email, Secret, Settings, Standing};
use countersign_flows::{BrowserCaller, BrowserLogin, Doer, Login, ProvedAgain, Refusal, Request};

use crate::support::{ADA, Anonymous, PASSWORD, WRONG, World, on_both};

/// Somebody in front of a browser that a login was made in.
struct Tab<'w> {
    world: &'w World,
    door: Anonymous,
    cookie: Secret,
}

impl<'w> Tab<'w> {
    async fn opens(world: &'w World, role: &str) -> Self {
        world.operator().creates(role, ADA, PASSWORD).await;
        Self::logs_in(world).await
    }

    async fn logs_in(world: &'w World) -> Self {
        let door = world.anonymous();
        let cookie = tries(world, &door, PASSWORD).await.unwrap().cookie;
        Self { world, door, cookie }
    }

    async fn request(&self) -> Request {
        self.door.request().await
    }

    async fn shows(&self, cookie: &Secret) -> Option<BrowserCaller> {
        self.world.flows.admit_browser(&self.request().await, cookie.expose(), true).await.unwrap()
    }

    async fn looks(&self) -> Option<BrowserCaller> {
        self.shows(&self.cookie).await
    }

    /// What a script of the page does by itself.
    async fn fetches(&self) -> Option<BrowserCaller> {
        self.world.flows.admit_browser(&self.request().await, self.cookie.expose(), false).await.unwrap()
    }

    async fn proves(&self, password: &str) -> ProvedAgain {
        let caller = self.looks().await.unwrap();
        self.world.flows.prove_again(&self.request().await, &caller, Secret::new(password)).await.unwrap()
    }
}

async fn tries(world: &World, door: &Anonymous, password: &str) -> Result<BrowserLogin, Refusal> {
    let login =
        Login { email: Email::parse(ADA).unwrap(), password: Secret::new(password), kind: None, device_mark: None };
    world.flows.login_in_browser(&door.request().await, login).await.unwrap()
}

async fn a_cookie_opens_pages_until_its_session_ends(world: World) {
    let tab = Tab::opens(&world, "CASHIER").await;
    let caller = tab.looks().await.unwrap();
    assert_eq!(caller.caller.account.email, ADA);
    let other = world.another_node().await;
    assert!(other.admit_browser(&tab.request().await, tab.cookie.expose(), true).await.unwrap().is_some());
    assert!(!tab.door.gets_in_with(&tab.cookie).await, "it is no access token");
    world.flows.logout_in_browser(&tab.request().await, &caller).await.unwrap();
    assert!(tab.looks().await.is_none());
    assert!(other.admit_browser(&tab.request().await, tab.cookie.expose(), true).await.unwrap().is_none());
    assert_eq!(world.telling("logout done").await.len(), 1);
}

async fn a_session_of_tokens_has_no_cookie_and_none_goes_to_another_tenant(world: World) {
    let tab = Tab::opens(&world, "CUSTOMER").await;
    let with_tokens = world.anonymous().logs_in(ADA, PASSWORD).await;
    for token in [with_tokens.access_token(), with_tokens.refresh_token()] {
        assert!(tab.shows(token).await.is_none());
    }
    let elsewhere = world.tenant_with(Settings::default()).await;
    let there = world.anonymous_of(&elsewhere).request().await;
    assert!(world.flows.admit_browser(&there, tab.cookie.expose(), true).await.unwrap().is_none());
}

async fn whatever_ends_an_account_ends_its_pages(world: World) {
    let tab = Tab::opens(&world, "CASHIER").await;
    let id = tab.looks().await.unwrap().caller.account.id;
    let account = world.operator().sees(id).await;
    let tenant = tab.request().await.tenant.tenant.clone();
    world.flows.set_standing(Doer::Operator, &tenant, &account, Standing::Deactivated).await.unwrap().unwrap();
    assert!(tab.looks().await.is_none());
    let account = world.operator().sees(id).await;
    world.flows.set_standing(Doer::Operator, &tenant, &account, Standing::Active).await.unwrap().unwrap();
    assert!(tab.looks().await.is_none(), "an end is an end");

    let tab = Tab::logs_in(&world).await;
    let account = world.operator().sees(id).await;
    world.flows.end_other_sessions(Doer::Operator, &tenant, &account, None).await.unwrap().unwrap();
    assert!(tab.looks().await.is_none());
}

async fn staff_that_looks_at_no_page_is_out_after_half_an_hour(world: World) {
    let tab = Tab::opens(&world, "CASHIER").await;
    for _ in 0..3 {
        world.pass(1_799);
        assert!(tab.looks().await.is_some(), "each page counts");
    }
    world.pass(1_800);
    assert!(tab.looks().await.is_none());
}

async fn what_a_script_fetches_keeps_nobody_logged_in(world: World) {
    let tab = Tab::opens(&world, "MANAGER").await;
    for _ in 0..2 {
        world.pass(899);
        assert!(tab.fetches().await.is_some(), "it is shown all the same");
    }
    world.pass(2);
    assert!(tab.fetches().await.is_none());
    assert!(tab.looks().await.is_none());
}

async fn a_customers_session_lives_as_long_as_one_of_tokens(world: World) {
    let tab = Tab::opens(&world, "CUSTOMER").await;
    world.pass(13 * 86_400);
    assert!(tab.looks().await.is_some());
    world.pass(14 * 86_400);
    assert!(tab.looks().await.is_none());
}

async fn a_proof_makes_another_cookie_and_the_old_one_is_worth_nothing(world: World) {
    let tab = Tab::opens(&world, "MANAGER").await;
    assert!(!world.flows.must_prove(&tab.looks().await.unwrap()), "the login was a proof");
    world.pass(600);
    assert!(world.flows.must_prove(&tab.looks().await.unwrap()));
    let ProvedAgain::Yes(cookie) = tab.proves(PASSWORD).await else { panic!() };
    assert!(tab.looks().await.is_none(), "whoever copied it has nothing");
    let tab = Tab { cookie, ..tab };
    assert!(!world.flows.must_prove(&tab.looks().await.unwrap()));
    world.pass(600);
    assert!(world.flows.must_prove(&tab.looks().await.unwrap()));
}

async fn five_wrong_proofs_end_the_session_and_lock_nobody_out(world: World) {
    let tab = Tab::opens(&world, "MANAGER").await;
    for _ in 0..4 {
        assert!(matches!(tab.proves(WRONG).await, ProvedAgain::WrongPassword));
    }
    let ProvedAgain::Yes(cookie) = tab.proves(PASSWORD).await else { panic!() };
    let tab = Tab { cookie, ..tab };
    for _ in 0..4 {
        assert!(matches!(tab.proves(WRONG).await, ProvedAgain::WrongPassword), "a right one clears the count");
    }
    assert!(matches!(tab.proves(WRONG).await, ProvedAgain::Ended));
    assert!(tab.looks().await.is_none());
    let told = async |what: &str| world.telling(what).await.len();
    assert_eq!(told("password_proved refused wrong_password").await, 9);
    assert_eq!((told("password_proved done").await, told("password_changed refused wrong_password").await), (1, 0));
    assert!(Tab::logs_in(&world).await.looks().await.is_some());
}

async fn two_proofs_at_once_give_one_cookie(world: World) {
    let tab = Tab::opens(&world, "MANAGER").await;
    let (caller, request) = (tab.looks().await.unwrap(), tab.request().await);
    let prove = || world.flows.prove_again(&request, &caller, Secret::new(PASSWORD));
    let (one, two) = tokio::join!(prove(), prove());
    let (ProvedAgain::Yes(one), ProvedAgain::Yes(two)) = (one.unwrap(), two.unwrap()) else { panic!() };
    assert_eq!(one.expose(), two.expose(), "whoever presses twice is not thrown out");
    assert!(tab.shows(&one).await.is_some());
}

async fn two_people_at_one_terminal_keep_their_marks(world: World) {
    let tab = Tab::opens(&world, "CASHIER").await;
    let (ben, request) = ("ben@example.com", tab.request().await);
    world.operator().creates("CASHIER", ben, PASSWORD).await;
    let mark = async |email: &str| {
        let login = Login {
            email: Email::parse(email).unwrap(),
            password: Secret::new(PASSWORD),
            kind: None,
            device_mark: None,
        };
        world.flows.login_in_browser(&request, login).await.unwrap().unwrap().device_mark
    };
    let marks = [mark(ben).await, mark(ADA).await];
    for (email, own) in [(ben, &marks[0]), (ADA, &marks[1])] {
        let found = world.flows.mark_of(&request, &Email::parse(email).unwrap(), &marks).unwrap();
        assert_eq!(found.expose(), own.expose());
    }
    assert!(world.flows.mark_of(&request, &Email::parse("eve@example.com").unwrap(), &marks).is_none());
}

async fn a_login_at_a_page_is_a_login(world: World) {
    let tab = Tab::opens(&world, "CUSTOMER").await;
    for _ in 0..5 {
        tries(&world, &tab.door, WRONG).await.unwrap_err();
    }
    let refusal = tries(&world, &tab.door, PASSWORD).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Locked(_)), "{refusal:?}");
    assert!(tab.looks().await.is_some(), "a lock refuses the proving of a password alone");
}

on_both!(
    a_cookie_opens_pages_until_its_session_ends,
    a_session_of_tokens_has_no_cookie_and_none_goes_to_another_tenant,
    whatever_ends_an_account_ends_its_pages,
    staff_that_looks_at_no_page_is_out_after_half_an_hour,
    what_a_script_fetches_keeps_nobody_logged_in,
    a_customers_session_lives_as_long_as_one_of_tokens,
    a_proof_makes_another_cookie_and_the_old_one_is_worth_nothing,
    five_wrong_proofs_end_the_session_and_lock_nobody_out,
    two_proofs_at_once_give_one_cookie,
    two_people_at_one_terminal_keep_their_marks,
    a_login_at_a_page_is_a_login,
);
