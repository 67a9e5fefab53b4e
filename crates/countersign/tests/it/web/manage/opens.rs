//! Whom the pages of the dashboard open to: every route, asked by every role. A route that is added without a line in the
//! table fails here.

use http::header::{COOKIE, LOCATION};
use reqwest::StatusCode;

use super::{has, invites};
use crate::http::start::start;
use crate::http::world::{MANAGER, PASSWORD};
use crate::web::api_tokens::makes;
use crate::web::forged::{OWN, Visitor, cookies, url};

/// The routes as the program has them.
const ROUTES: &str = include_str!("../../../../src/web/manage/mod.rs");

const MANAGERS: &[&str] = &["MANAGER"];
const WHO_READ_CUSTOMERS: &[&str] = &["MANAGER", "AGENT"];

/// A path, `GET` or `POST`, and the roles that it opens to.
const TABLE: &[(&str, &str, &[&str])] = &[
    ("GET", "/manage", MANAGERS),
    ("GET", "/manage/customers", WHO_READ_CUSTOMERS),
    ("GET", "/manage/staff", MANAGERS),
    ("GET", "/manage/invitations", MANAGERS),
    ("POST", "/manage/invitations", MANAGERS),
    ("GET", "/manage/people/{customer}", WHO_READ_CUSTOMERS),
    ("GET", "/manage/people/{staff}", MANAGERS),
    ("POST", "/manage/people/{staff}", MANAGERS),
    ("POST", "/manage/people/{staff}/unlock", MANAGERS),
    ("POST", "/manage/people/{staff}/activate", MANAGERS),
    ("POST", "/manage/people/{staff}/deactivate", MANAGERS),
    ("POST", "/manage/people/{staff}/send-reset", MANAGERS),
    ("POST", "/manage/people/{staff}/end-sessions", MANAGERS),
    ("POST", "/manage/people/{invited}/invite-again", MANAGERS),
    ("POST", "/manage/people/{invited}/withdraw", MANAGERS),
    ("GET", "/manage/audit", MANAGERS),
    ("POST", "/manage/audit/export", MANAGERS),
    ("GET", "/manage/letters", MANAGERS),
    ("POST", "/manage/letters", MANAGERS),
    ("GET", "/manage/keys", MANAGERS),
    ("POST", "/manage/keys", MANAGERS),
    ("GET", "/manage/keys/{key}/stolen", MANAGERS),
    ("POST", "/manage/keys/{key}/stolen", MANAGERS),
    ("GET", "/manage/roles", MANAGERS),
    ("POST", "/manage/roles", MANAGERS),
    ("GET", "/manage/roles/CASHIER", MANAGERS),
    ("POST", "/manage/roles/CASHIER", MANAGERS),
    ("GET", "/manage/settings", MANAGERS),
    ("POST", "/manage/settings", MANAGERS),
    ("GET", "/manage/api-tokens", MANAGERS),
    ("POST", "/manage/api-tokens", MANAGERS),
    ("GET", "/manage/api-tokens/{token}", MANAGERS),
    ("POST", "/manage/api-tokens/{token}", MANAGERS),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_opens_to_whom_the_table_says() {
    let server = start().await;
    let customer = has(&server, "amina@example.com", ("Amina", "O'Hara"), "CUSTOMER").await;
    let staff = has(&server, "bo@example.com", ("Bo", "Li"), "CASHIER").await;
    for (role, email) in [("AGENT", "agent@example.com"), ("CASHIER", "cashier@example.com")] {
        has(&server, email, ("Ada", "Li"), role).await;
    }
    let invited = invites(&server, "chi@example.com").await;
    let token = makes(&server).await;
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let key = server.flows.signing_keys(&tenant).await.unwrap()[0].record.id.to_string();
    let asking = [("MANAGER", MANAGER), ("AGENT", "agent@example.com"), ("CASHIER", "cashier@example.com")];
    let mut asked = 0;
    for (role, email) in asking.into_iter().chain([("CUSTOMER", "amina@example.com")]) {
        let visitor = Visitor::at(&server, "/login", "").await;
        let kind = if role == "CUSTOMER" { "customer" } else { "staff" };
        let fields = [("form", visitor.form.as_str()), ("role", kind), ("email", email), ("currentPassword", PASSWORD)];
        let opened = cookies(&visitor.posts("/login", &[OWN], &fields).await);
        let inside = Visitor::at(&server, "/account", &opened).await;
        for (method, path, roles) in TABLE {
            let path = path.replace("{customer}", &customer.to_string()).replace("{staff}", &staff.to_string());
            let path =
                path.replace("{invited}", &invited.to_string()).replace("{token}", &token).replace("{key}", &key);
            let answer = match *method {
                "GET" => inside.client.get(url(&server, &path)).header(COOKIE, &inside.cookies).send().await.unwrap(),
                _ => inside.posts(&path, &[OWN], &[("form", &inside.form)]).await,
            };
            let status = answer.status();
            // Whether there is somebody whom one may not see is not told either.
            let is_out = matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
            assert_eq!(!is_out, roles.contains(&role), "{method} {path} as {role}: {status}");
            assert!(!status.is_server_error(), "{method} {path} as {role}: {status}");
            asked += 1;
        }
    }
    assert_eq!(asked, 4 * TABLE.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_a_page_without_logging_in_and_comes_back_to_it_after() {
    let server = start().await;
    let visitor = Visitor::at(&server, "/login", "").await;
    let page = visitor.client.get(url(&server, "/manage/staff")).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::SEE_OTHER);
    assert_eq!(page.headers()[LOCATION], "/login?to=%2Fmanage%2Fstaff");
    let posted = visitor.posts("/manage/invitations", &[OWN], &[("form", &visitor.form)]).await;
    assert_eq!(posted.headers()[LOCATION], "/login?to=%2Fmanage%2Finvitations");
}

#[test]
fn every_route_stands_in_the_table() {
    let names =
        |name: &str| ROUTES.split_once(&format!("const {name}: &str = \"")).unwrap().1.split('"').next().unwrap();
    for route in ROUTES.split(".route(").skip(1) {
        let (path, handlers) = route.split_once(',').unwrap();
        let path = if path.starts_with('"') { path.trim_matches('"') } else { names(path) };
        let handlers = handlers.split("\n").next().unwrap();
        for (method, sign) in [("GET", "get("), ("POST", "post(")] {
            let is_back = method == "GET" && handlers.contains("::back)");
            let stands = TABLE.iter().any(|(known, known_path, _)| {
                let known_path = ["{customer}", "{staff}", "{invited}", "{token}", "{key}"]
                    .into_iter()
                    .fold((*known_path).to_owned(), |path, who| path.replace(who, "{id}"))
                    .replace("CASHIER", "{role}");
                *known == method && known_path == path
            });
            assert!(stands || is_back || !handlers.contains(sign), "{method} {path} is not in the table");
        }
    }
}
