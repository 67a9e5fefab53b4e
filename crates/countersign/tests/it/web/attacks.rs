//! What others try with a person's browser, in production with TLS. `example.test` is where all tenants are, so that one
//! whose pages an attacker holds is a sibling: a browser takes its word for much.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse};
use countersign::http::server::tls::{CertificateFiles, Tls};
use countersign::http::server::{Limits, Server};
use countersign_domain::{AccountId, Email, Networks, Secret, Standing};
use countersign_flows::admin::NewPerson;
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::browser::{Browser, Kind};
use super::forged::form_in;
use crate::program::{Engine, House, PASSWORD, Program};

const HERE: &str = "here.example.test";
/// The attacker's own pages: on a sibling of the tenant's host, and on a host of no kin.
const ORIGINS: [&str; 2] = ["evil.example.test", "evil.test"];

const MANAGER: &str = "manager@example.com";
const CUSTOMER: &str = "customer@example.com";
/// The attacker has an account too.
const MALLORY: &str = "mallory@example.com";

type Pages = Arc<Mutex<HashMap<String, (String, Vec<String>)>>>;

/// The program, the people, and an attacker with pages of his own.
struct Scene {
    house: House,
    program: Program,
    pages: Pages,
    port: u16,
    manager: AccountId,
    customer: AccountId,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let names = ["*.example.test", "*.test", "evil.test"].map(str::to_owned);
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
        let files = CertificateFiles { certificate: folder.path().join("tls.crt"), key: folder.path().join("tls.key") };
        std::fs::write(&files.certificate, cert.pem()).unwrap();
        std::fs::write(&files.key, signing_key.serialize_pem()).unwrap();
        std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let house = House::of_production_with_tls(Engine::Sqlite, &files.certificate, &files.key).await;
        let manager = has(&house, MANAGER, "MANAGER").await;
        let customer = has(&house, CUSTOMER, "CUSTOMER").await;
        has(&house, MALLORY, "CASHIER").await;
        let program = house.start().await;

        let (pages, stop) = (Pages::default(), CancellationToken::new());
        let router = Router::new().route("/{page}", axum::routing::get(laid)).with_state(Arc::clone(&pages));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let exempt = Networks::new(Vec::new());
        let tls = Some(Tls::load(files).unwrap());
        tokio::spawn(Server { listener, router, tls, limits: Limits::default(), exempt }.run(stop.clone()));
        Self { house, program, pages, port, manager, customer, stop, _folder: folder }
    }

    fn base(&self) -> String {
        format!("https://{HERE}:{}", self.program.address.port())
    }

    async fn browser(&self) -> Browser {
        let told = ["--host-resolver-rules=MAP *.test 127.0.0.1", "--ignore-certificate-errors"];
        Browser::open_at(Kind::Desk, self.base(), &told).await
    }

    /// The attacker lays a page, with cookies that it sets.
    fn lays(&self, page: &str, html: String, cookies: &[String]) {
        self.pages.lock().unwrap().insert(page.to_owned(), (html, cookies.to_vec()));
    }

    /// A page that posts a form to the tenant as soon as it is seen.
    fn lays_a_form(&self, path: &str, fields: &[(&str, &str)]) {
        let inputs = fields.iter().map(|(name, value)| format!("<input name='{name}' value='{value}'>"));
        let form = format!("<form method='post' action='{}{path}'>{}</form>", self.base(), inputs.collect::<String>());
        self.lays("form", format!("<!doctype html>{form}<script>document.forms[0].submit()</script>"), &[]);
    }

    fn at(&self, origin: &str, page: &str) -> String {
        format!("https://{origin}:{}/{page}", self.port)
    }
}

async fn laid(State(pages): State<Pages>, Path(page): Path<String>) -> impl IntoResponse {
    let (html, cookies) = pages.lock().unwrap().get(&page).cloned().unwrap_or_default();
    let set = cookies.iter().map(|cookie| (SET_COOKIE, HeaderValue::try_from(cookie).unwrap()));
    (set.collect::<HeaderMap>(), Html(html))
}

async fn has(house: &House, email: &str, role: &str) -> AccountId {
    let person = NewPerson {
        email: Email::parse(email).unwrap(),
        roles: vec![role.parse().unwrap()],
        first_name: None,
        last_name: None,
        password: Secret::new(PASSWORD),
        must_change_password: false,
    };
    house.flows().await.create_account(house.tenant.as_ref().unwrap(), person).await.unwrap().unwrap()
}

async fn logs_in(browser: &Browser, email: &str) {
    let role = if email == CUSTOMER { "customer" } else { "staff" };
    browser.goes_to(&format!("/login?role={role}&lang=en")).await;
    browser.types("email", email).await;
    browser.types("password", PASSWORD).await;
    browser.presses("Log in").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_post_does_nothing_from_wherever_it_comes() {
    let scene = Scene::new().await;
    let browser = scene.browser().await;
    logs_in(&browser, MANAGER).await;
    let deactivate = format!("/manage/people/{}/deactivate", scene.customer);
    let invite = [("email", MALLORY), ("firstName", "Mal"), ("lastName", "Lory"), ("roles", "MANAGER")];
    let forged: [(&str, &[(&str, &str)]); 5] = [
        (&deactivate, &[]),
        ("/manage/invitations", &invite),
        ("/account", &[("firstName", "Mallory"), ("lastName", "Mallory")]),
        ("/account/sessions", &[]),
        ("/logout", &[]),
    ];
    for origin in ORIGINS {
        for (path, fields) in forged {
            scene.lays_a_form(path, fields);
            browser.visits(&scene.at(origin, "form")).await;
            browser.arrives_at(&scene.base()).await;
            assert_eq!(browser.heading().await, "This did not work", "{path} from {origin}");
        }
    }
    browser.goes_to("/account").await;
    assert!(browser.text().await.contains(MANAGER), "still logged in");
    assert_eq!(browser.value_of("firstName").await, "");
    let (flows, tenant) = (scene.house.flows().await, scene.house.tenant.clone().unwrap());
    assert_eq!(flows.account(&tenant, scene.customer).await.unwrap().unwrap().standing, Standing::Active);
    assert!(flows.invitations(&tenant, None, 10).await.unwrap().is_empty());

    browser.presses("Log out").await;
    browser.goes_back().await;
    assert!(!browser.text().await.contains(MANAGER), "nothing of it is shown again");
    browser.quits().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_logged_in_as_somebody_else() {
    let scene = Scene::new().await;
    let browser = scene.browser().await;
    let login = [("role", "staff"), ("email", MALLORY), ("currentPassword", PASSWORD)];
    for origin in ORIGINS {
        scene.lays_a_form("/login", &login);
        browser.visits(&scene.at(origin, "form")).await;
        browser.arrives_at(&scene.base()).await;
        browser.goes_to("/account").await;
        assert_eq!(browser.path().await, "/login?to=%2Faccount", "from {origin}");
    }
    logs_in(&browser, MANAGER).await;
    for origin in ORIGINS {
        browser.visits(&scene.at(origin, "form")).await;
        browser.arrives_at(&scene.base()).await;
        browser.goes_to("/account").await;
        assert!(browser.text().await.contains(MANAGER), "from {origin}");
    }
    browser.quits().await;
}

/// The attacker's own genuine cookie.
async fn cookie_of_mallory(scene: &Scene) -> String {
    let client = reqwest::Client::builder().danger_accept_invalid_certs(true).resolve(HERE, scene.program.address);
    let client = client.redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let page = client.get(format!("{}/login", scene.base())).send().await.unwrap();
    let visitor = super::forged::cookies(&page);
    let form = form_in(&page.text().await.unwrap());
    let fields = [("form", form.as_str()), ("role", "staff"), ("email", MALLORY), ("currentPassword", PASSWORD)];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let post = client.post(format!("{}/login", scene.base())).header("cookie", visitor).body(body);
    let post = post.header("content-type", "application/x-www-form-urlencoded").header("sec-fetch-site", "same-origin");
    let cookies = super::forged::cookies(&post.send().await.unwrap());
    cookies.split("; ").find(|pair| pair.starts_with("__Host-session=")).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_that_a_sibling_plants_is_not_taken() {
    let scene = Scene::new().await;
    let browser = scene.browser().await;
    let genuine = cookie_of_mallory(&scene).await;
    let (_, value) = genuine.split_once('=').unwrap();
    let planted = [
        format!("{genuine}; Domain=example.test; Path=/; Secure"),
        format!("{genuine}; Domain=example.test; Path=/account; Secure"),
        format!("session={value}; Domain=example.test; Path=/; Secure"),
        format!("__host-session={value}; Domain=example.test; Path=/; Secure"),
        format!("__Host-visitor={value}; Domain=example.test; Path=/; Secure"),
    ];
    let script = format!("document.cookie = '{genuine}; domain=example.test; path=/; secure';");
    scene.lays("plant", format!("<!doctype html><h1>Planted</h1><script>{script}</script>"), &planted);
    browser.visits(&scene.at("evil.example.test", "plant")).await;
    browser.goes_to("/account").await;
    assert_eq!(browser.path().await, "/login?to=%2Faccount", "Mallory's session is not the victim's");
    assert!(browser.cookies().await.contains(&"session".to_owned()), "what any site may plant was planted");
    logs_in(&browser, MANAGER).await;
    browser.visits(&scene.at("evil.example.test", "plant")).await;
    browser.goes_to("/account").await;
    assert!(browser.text().await.contains(MANAGER), "nor does it put the victim's out of use");
    browser.quits().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_of_one_tenant_alone() {
    let scene = Scene::new().await;
    let flows = scene.house.flows().await;
    let algorithm = countersign_domain::signing_key::Algorithm::EdDsa;
    let there = flows.create_tenant("there".parse().unwrap(), "There".to_owned(), Default::default(), algorithm);
    there.await.unwrap().unwrap();
    let browser = scene.browser().await;
    logs_in(&browser, MANAGER).await;
    let there = scene.base().replace("here.", "there.");
    browser.visits(&format!("{there}/account")).await;
    assert_eq!(browser.path().await, "/login?to=%2Faccount");
    browser.closes().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_stands_in_a_frame() {
    let scene = Scene::new().await;
    let browser = scene.browser().await;
    scene.lays("framed", "<!doctype html><header><p class='tenant'>Anybody</p></header>".to_owned(), &[]);
    scene.lays("frame", "<!doctype html><iframe src='framed'></iframe>".to_owned(), &[]);
    browser.visits(&scene.at("evil.test", "frame")).await;
    assert!(browser.shows_us_in_a_frame().await, "a page that nothing keeps out of frames would be seen");
    logs_in(&browser, MANAGER).await;
    for path in ["/login", "/account", "/manage/customers"] {
        let frame = format!("<!doctype html><h1>Win a prize</h1><iframe src='{}{path}'></iframe>", scene.base());
        scene.lays("frame", frame, &[]);
        for origin in ORIGINS {
            browser.visits(&scene.at(origin, "frame")).await;
            assert!(!browser.shows_us_in_a_frame().await, "{path} at {origin}");
        }
    }
    browser.quits().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_led_away_by_a_log_in() {
    let scene = Scene::new().await;
    let browser = scene.browser().await;
    let evil = scene.at("evil.test", "form");
    for to in
        [evil.as_str(), "//evil.test/x", "/\\evil.test", "/%2f%2fevil.test", "https:evil.test", "javascript:alert(1)"]
    {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
        browser.goes_to(&format!("/login?role=staff&lang=en&{query}")).await;
        browser.types("email", MANAGER).await;
        browser.types("password", PASSWORD).await;
        browser.presses("Log in").await;
        assert_eq!(browser.host().await, HERE, "{to}");
        browser.presses("Log out").await;
    }
    browser.closes().await;
}

const MARKUP: &str =
    "\"'><script>window.marked=1</script><img src=x onerror=window.marked=1><svg onload=window.marked=1>";

/// Everything that somebody can fill in is looked at by a manager, and by whoever typed it.
#[tokio::test(flavor = "multi_thread")]
async fn markup_that_people_leave_is_text() {
    let scene = Scene::new().await;
    let browser = scene.browser().await;
    scene.lays("raw", format!("<!doctype html><title>raw</title><h1>{MARKUP}</h1>"), &[]);
    let other = scene.browser().await;
    other.visits(&scene.at("evil.test", "raw")).await;
    assert_eq!(other.left("marked").await, 1, "a page that shows it as it is would be found out");
    other.quits().await;
    browser.calls_itself(MARKUP).await;
    for (page, button, fields) in [
        ("/login", "Log in", &["email", "password"][..]),
        ("/forgot-password", "Send the link", &["email"]),
        ("/register", "Open the account", &["firstName", "lastName", "email", "phone", "address", "password"]),
        ("/reset-password", "Save the password", &["token", "newPassword", "confirmPassword"]),
        ("/confirm-email", "Confirm", &["token", "password"]),
    ] {
        browser.goes_to(&format!("{page}?lang=en")).await;
        browser.believes_anything().await;
        for field in fields {
            browser.types(field, MARKUP).await;
        }
        browser.presses(button).await;
        assert_eq!(browser.left("marked").await, serde_json::Value::Null, "{page}");
    }
    logs_in(&browser, CUSTOMER).await;
    browser.goes_to("/account").await;
    browser.types("address", MARKUP).await;
    browser.presses("Save").await;
    assert_eq!(browser.value_of("address").await, MARKUP);
    browser.presses("Log out").await;

    logs_in(&browser, MANAGER).await;
    let person = format!("/manage/people/{}", scene.customer);
    let search = form_urlencoded::Serializer::new(String::new()).append_pair("search", MARKUP).finish();
    let manager = format!("/manage/people/{}", scene.manager);
    let list = format!("/manage/customers?{search}");
    // The trail tells what devices call themselves and what was typed; the rest shows names that people gave.
    for path in [&person, &manager, &list, "/account/sessions", "/manage/invitations", "/manage/audit", "/manage/staff"]
    {
        browser.goes_to(path).await;
        assert_eq!(browser.left("marked").await, serde_json::Value::Null, "{path}");
    }
    browser.goes_to(&person).await;
    assert!(browser.text().await.contains("<script>"), "the address is shown as it was typed");
    browser.goes_to(&manager).await;
    assert!(browser.text().await.contains("onerror"), "so is what the device calls itself");
    browser.closes().await;
}
