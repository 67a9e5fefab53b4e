//! Whom the pages of the dashboard open to: every route, asked by who may do just what it needs, and by who may do all but that.
//! A route that is added without a line in the table fails here.

use std::time::Duration;

use countersign_domain::{Email, PERMISSIONS, Permission, Role};
use countersign_flows::Doer;
use http::header::LOCATION;
use reqwest::{Response, StatusCode};

use super::{has, invites};
use crate::http::start::{Running, start};
use crate::http::world::PASSWORD;
use crate::web::api_tokens::makes;
use crate::web::forged::{OWN, Visitor, cookies, url};
use Permission::{
    ChangeStaff, ChangeStanding, ManageApiTokens, ManageKeys, ManageRoles, ManageSessions, ManageSettings, ReadAudit,
    ReadCustomers, ReadStaff, Unlock,
};

/// The routes as the program has them.
const ROUTES: &str = include_str!("../../../../src/web/manage/mod.rs");

/// A path, `GET` or `POST`, and every permission that it needs.
const TABLE: &[(&str, &str, &[Permission])] = &[
    ("GET", "/manage", &[ReadAudit]),
    ("GET", "/manage/customers", &[ReadCustomers]),
    ("GET", "/manage/staff", &[ReadStaff]),
    ("GET", "/manage/invitations", &[ReadStaff]),
    ("POST", "/manage/invitations", &[ChangeStaff]),
    ("GET", "/manage/people/{customer}", &[ReadCustomers]),
    ("GET", "/manage/people/{staff}", &[ReadStaff]),
    ("POST", "/manage/people/{staff}", &[ReadStaff, ChangeStaff]),
    ("POST", "/manage/people/{staff}/unlock", &[ReadStaff, Unlock]),
    ("POST", "/manage/people/{customer}/unlock", &[ReadCustomers, Unlock]),
    ("POST", "/manage/people/{staff}/activate", &[ReadStaff, ChangeStanding]),
    ("POST", "/manage/people/{customer}/activate", &[ReadCustomers, ChangeStanding]),
    ("POST", "/manage/people/{staff}/deactivate", &[ReadStaff, ChangeStanding]),
    ("POST", "/manage/people/{customer}/deactivate", &[ReadCustomers, ChangeStanding]),
    ("POST", "/manage/people/{staff}/send-reset", &[ReadStaff, Unlock]),
    ("POST", "/manage/people/{customer}/send-reset", &[ReadCustomers, Unlock]),
    ("POST", "/manage/people/{staff}/end-sessions", &[ReadStaff, ManageSessions]),
    ("POST", "/manage/people/{customer}/end-sessions", &[ReadCustomers, ManageSessions]),
    ("POST", "/manage/people/{invited}/invite-again", &[ReadStaff, ChangeStaff]),
    ("GET", "/manage/audit", &[ReadAudit]),
    ("POST", "/manage/audit/export", &[ReadAudit]),
    ("GET", "/manage/letters", &[ReadAudit]),
    ("POST", "/manage/letters", &[ManageSettings]),
    ("GET", "/manage/keys", &[ManageKeys]),
    ("POST", "/manage/keys", &[ManageKeys]),
    ("GET", "/manage/keys/{key}/stolen", &[ManageKeys]),
    ("POST", "/manage/keys/{key}/stolen", &[ManageKeys]),
    ("GET", "/manage/roles", &[ManageRoles]),
    ("POST", "/manage/roles", &[ManageRoles]),
    ("GET", "/manage/roles/CASHIER", &[ManageRoles]),
    ("POST", "/manage/roles/CASHIER", &[ManageRoles]),
    ("GET", "/manage/settings/logo", &[ManageSettings]),
    ("POST", "/manage/settings/logo", &[ManageSettings]),
    ("GET", "/manage/settings", &[ManageSettings]),
    ("POST", "/manage/settings", &[ManageSettings]),
    ("GET", "/manage/api-tokens", &[ManageApiTokens]),
    ("POST", "/manage/api-tokens", &[ManageApiTokens]),
    ("GET", "/manage/api-tokens/{token}", &[ManageApiTokens]),
    ("POST", "/manage/api-tokens/{token}", &[ManageApiTokens]),
    ("POST", "/manage/people/{invited}/withdraw", &[ReadStaff, ChangeStaff]),
];

/// What changes keys, API tokens, roles or settings, or gives roles: it asks for the password again.
const PROVEN: &[&str] = &[
    "/manage/invitations",
    "/manage/people/{staff}",
    "/manage/people/{closed}/activate",
    "/manage/api-tokens",
    "/manage/api-tokens/{token}",
    "/manage/keys",
    "/manage/keys/{key}/stolen",
    "/manage/roles",
    "/manage/roles/CASHIER",
    "/manage/settings",
    "/manage/settings/logo",
];

/// The name of a role that opens just this.
fn role_of(opens: &[Permission]) -> Role {
    let number = PERMISSIONS.iter().rev().fold(0_u32, |number, one| number * 2 + u32::from(opens.contains(one)));
    format!("OPENS_{number}").parse().unwrap()
}

fn all_but(one: Permission) -> Vec<Permission> {
    PERMISSIONS.iter().copied().filter(|other| *other != one).collect()
}

fn email_of(role: &Role) -> String {
    format!("{}@example.com", role.as_str().to_lowercase())
}

async fn logs_in<'s>(server: &'s Running, email: &str) -> Visitor<'s> {
    let visitor = Visitor::at(server, "/login", "").await;
    let fields = [("form", visitor.form.as_str()), ("role", "staff"), ("email", email), ("currentPassword", PASSWORD)];
    let opened = cookies(&visitor.posts("/login", &[OWN], &fields).await);
    Visitor::at(server, "/account", &opened).await
}

/// People and things that the paths name.
struct Named {
    customer: String,
    staff: String,
    closed: String,
    invited: String,
    token: String,
    key: String,
}

impl Named {
    async fn of(server: &Running) -> Self {
        let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
        let gone = Email::parse("gone@example.com").unwrap();
        let gone = server.flows.accounts_of(&tenant, &gone).await.unwrap();
        Self {
            customer: has(server, "amina@example.com", ("Amina", "O'Hara"), "CUSTOMER").await.to_string(),
            staff: has(server, "bo@example.com", ("Bo", "Li"), "CASHIER").await.to_string(),
            closed: gone[0].id.to_string(),
            invited: invites(server, "chi@example.com").await.to_string(),
            token: makes(server).await,
            key: server.flows.signing_keys(&tenant).await.unwrap()[0].record.id.to_string(),
        }
    }

    fn path(&self, path: &str) -> String {
        let names = [
            ("{customer}", &self.customer),
            ("{staff}", &self.staff),
            ("{closed}", &self.closed),
            ("{invited}", &self.invited),
            ("{token}", &self.token),
            ("{key}", &self.key),
        ];
        names.into_iter().fold(path.to_owned(), |path, (name, is)| path.replace(name, is))
    }
}

/// Asks for a page, or posts its form empty; the form of the logo carries a file and is of another kind.
async fn asks(visitor: &Visitor<'_>, method: &str, path: &str) -> Response {
    if method == "GET" {
        return visitor.gets(path).await;
    }
    if path.ends_with("/logo") {
        let head = "Content-Disposition: form-data; name=";
        let body = format!("--x\r\n{head}\"form\"\r\n\r\n{}\r\n--x--\r\n", visitor.form);
        return visitor.uploads(path, OWN, body.into_bytes()).await;
    }
    visitor.posts(path, &[OWN], &[("form", &visitor.form)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_opens_to_who_may_do_what_it_needs_and_to_nobody_else() {
    let server = start().await;
    let named = Named::of(&server).await;
    let exact = TABLE.iter().map(|(_, _, needs)| needs.to_vec());
    let sets: Vec<Vec<Permission>> = exact.chain(PERMISSIONS.iter().map(|one| all_but(*one))).collect();
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    for opens in &sets {
        let role = role_of(opens);
        let permissions = opens.iter().copied().collect();
        // Several pages need the same.
        if server.flows.create_role(Doer::Operator, &tenant, role.clone(), permissions).await.unwrap().is_ok() {
            has(&server, &email_of(&role), ("Ada", "Li"), role.as_str()).await;
        }
    }
    // What a role opens may be known a minute later.
    server.flows.clock().advance(Duration::from_secs(61));
    for (method, path, needs) in TABLE {
        let withouts = needs.iter().map(|one| all_but(*one));
        for opens in withouts.chain([needs.to_vec()]) {
            let inside = logs_in(&server, &email_of(&role_of(&opens))).await;
            let path = named.path(path);
            let status = asks(&inside, method, &path).await.status();
            // Whether there is somebody whom one may not see is not told either.
            let is_out = matches!(status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
            assert_eq!(is_out, opens != *needs, "{method} {path} with {opens:?}: {status}");
            assert!(!status.is_server_error(), "{method} {path} with {opens:?}: {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_thief_would_do_first_asks_for_the_password_again() {
    let server = start().await;
    let named = Named::of(&server).await;
    let manager = Visitor::inside(&server, "/account").await;
    server.flows.clock().advance(Duration::from_secs(11 * 60));
    for path in PROVEN {
        let path = named.path(path);
        let answer = asks(&manager, "POST", &path).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("Type your password to make this change."), "{path}: {page}");
    }
    let proven = TABLE.iter().filter(|(method, path, needs)| {
        let guarded = [ManageApiTokens, ManageKeys, ManageRoles, ManageSettings];
        *method == "POST" && !path.contains("letters") && needs.iter().any(|one| guarded.contains(one))
    });
    assert!(proven.into_iter().all(|(_, path, _)| PROVEN.contains(path)));
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
