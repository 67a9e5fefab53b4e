//! Posts that no page of ours made.

use std::time::Duration;

use http::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Client, Response, StatusCode};

use crate::http::start::{HOST, Running, start};
use crate::http::world::{MANAGER, PASSWORD};

/// A browser as far as a forger has one in hand.
pub(super) struct Visitor<'s> {
    pub(super) server: &'s Running,
    pub(super) client: Client,
    pub(super) cookies: String,
    pub(super) form: String,
}

pub(super) fn url(server: &Running, path: &str) -> String {
    format!("http://{HOST}:{}{path}", server.address.port())
}

fn client(server: &Running) -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).resolve(HOST, server.address).build().unwrap()
}

pub(super) fn cookies(response: &Response) -> String {
    let set = response.headers().get_all(SET_COOKIE).iter().map(|field| field.to_str().unwrap());
    set.map(|field| field.split(';').next().unwrap()).filter(|pair| !pair.ends_with('=')).collect::<Vec<_>>().join("; ")
}

impl<'s> Visitor<'s> {
    pub(super) async fn at(server: &'s Running, path: &str, cookies_before: &str) -> Self {
        let client = client(server);
        let response = client.get(url(server, path)).header(COOKIE, cookies_before).send().await.unwrap();
        let given = cookies(&response);
        let cookies = if given.is_empty() { cookies_before.to_owned() } else { given };
        let page = response.text().await.unwrap();
        Self { server, client, cookies, form: form_in(&page) }
    }

    pub(super) async fn posts(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
        fields: &[(&str, &str)],
    ) -> Response {
        let mut request = self.client.post(url(self.server, path)).header(COOKIE, &self.cookies);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// A manager, logged in, at a page.
    pub(super) async fn inside(server: &'s Running, path: &str) -> Self {
        let visitor = Self::at(server, "/login", "").await;
        let opened = cookies(&visitor.posts("/login", &[OWN], &visitor.login()).await);
        Self::at(server, path, &opened).await
    }

    /// Goes to a path, as a link leads there.
    pub(super) async fn gets(&self, path: &str) -> Response {
        self.client.get(url(self.server, path)).header(COOKIE, &self.cookies).send().await.unwrap()
    }

    /// Posts a form with a file in it, whose parts stand between `x` and `x`.
    pub(super) async fn uploads(&self, path: &str, header: (&'static str, &str), body: Vec<u8>) -> Response {
        let request = self.client.post(url(self.server, path)).header(COOKIE, &self.cookies).header(header.0, header.1);
        request.header(CONTENT_TYPE, "multipart/form-data; boundary=x").body(body).send().await.unwrap()
    }

    pub(super) async fn sees(&self, path: &str) -> String {
        let page = self.gets(path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        page.text().await.unwrap()
    }

    /// What stands in a hidden field of a page.
    pub(super) async fn hidden(&self, path: &str, field: &str) -> String {
        let page = self.sees(path).await;
        let value = page.split_once(&format!("name=\"{field}\" value=\"")).unwrap().1;
        value.split('"').next().unwrap().to_owned()
    }

    fn login(&self) -> Vec<(&str, &str)> {
        vec![("form", self.form.as_str()), ("role", "staff"), ("email", MANAGER), ("currentPassword", PASSWORD)]
    }
}

/// The token of the forms of a page.
pub(super) fn form_in(page: &str) -> String {
    page.split_once("name=\"form\" value=\"").unwrap().1.split('"').next().unwrap().to_owned()
}

pub(super) const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_taken_from_our_own_page_alone() {
    let server = start().await;
    let visitor = Visitor::at(&server, "/login", "").await;
    for headers in [
        vec![],
        vec![("sec-fetch-site", "same-site")],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "none")],
        vec![(ORIGIN.as_str(), "http://otherjunction.localhost")],
        vec![(ORIGIN.as_str(), "null")],
    ] {
        let response = visitor.posts("/login", &headers, &visitor.login()).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{headers:?}");
        assert!(cookies(&response).is_empty());
        assert!(response.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    }
    let origin = format!("http://{HOST}:{}", server.address.port());
    for header in [OWN, (ORIGIN.as_str(), origin.as_str())] {
        let response = visitor.posts("/login", &[header], &visitor.login()).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert!(cookies(&response).contains("__Host-session="));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_browser_does_nothing() {
    let server = start().await;
    let (mine, theirs) = (Visitor::at(&server, "/login", "").await, Visitor::at(&server, "/login", "").await);
    let forged = Visitor { form: theirs.form.clone(), ..Visitor::at(&server, "/login", &mine.cookies).await };
    let response = forged.posts("/login", &[OWN], &forged.login()).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let without = Visitor { cookies: String::new(), ..forged };
    assert_eq!(without.posts("/login", &[OWN], &without.login()).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_opens_no_call_and_a_token_no_page() {
    let server = start().await;
    let visitor = Visitor::at(&server, "/login", "").await;
    let opened = cookies(&visitor.posts("/login", &[OWN], &visitor.login()).await);
    let page = visitor.client.get(url(&server, "/account")).header(COOKIE, &opened).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let session = opened.split("__Host-session=").nth(1).unwrap().split(';').next().unwrap();

    let call = |token: Option<&str>| {
        let request = visitor.client.get(url(&server, "/api/v6/services/usermanagement/profile"));
        let request = request.header("platform", "fincode").header("uuid", "1").header(COOKIE, &opened);
        match token {
            Some(token) => request.header("x-auth-token", token).send(),
            None => request.send(),
        }
    };
    assert_eq!(call(None).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(call(Some(session)).await.unwrap().status(), StatusCode::UNAUTHORIZED);

    let login = visitor.client.put(url(&server, "/api/v6/services/securitymanagement/login"));
    let login = login.header("platform", "fincode").header("uuid", "1");
    let body = serde_json::json!({ "email": MANAGER, "currentPassword": PASSWORD });
    let tokens: serde_json::Value = login.json(&body).send().await.unwrap().json().await.unwrap();
    for token in ["access_token", "refresh_token"] {
        let token = tokens[token].as_str().unwrap();
        for shown in [(COOKIE.as_str(), format!("__Host-session={token}")), ("x-auth-token", token.to_owned())] {
            let page = visitor.client.get(url(&server, "/account")).header(shown.0, shown.1).send().await.unwrap();
            assert_eq!(page.status(), StatusCode::SEE_OTHER, "to the log-in");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_ends_the_session_on_the_server() {
    let server = start().await;
    let visitor = Visitor::at(&server, "/login", "").await;
    let opened = cookies(&visitor.posts("/login", &[OWN], &visitor.login()).await);
    let inside = Visitor::at(&server, "/account", &opened).await;
    let stolen = inside.cookies.clone();
    let foreign = inside.posts("/logout", &[("sec-fetch-site", "same-site")], &[("form", &inside.form)]).await;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let response = inside.posts("/logout", &[OWN], &[("form", &inside.form)]).await;
    assert_eq!(response.headers()["location"], "/login?done=logged-out");
    assert_eq!(response.headers()["clear-site-data"], "\"cache\", \"storage\"");
    let again = inside.client.get(url(&server, "/account")).header(COOKIE, &stolen).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_refreshes_itself_keeps_no_abandoned_terminal_logged_in() {
    let server = start().await;
    let visitor = Visitor::at(&server, "/login", "").await;
    let opened = cookies(&visitor.posts("/login", &[OWN], &visitor.login()).await);
    let shown = async |dest: Option<&str>| {
        let request = visitor.client.get(url(&server, "/account")).header(COOKIE, &opened);
        let request = dest.into_iter().fold(request, |request, dest| request.header("sec-fetch-dest", dest));
        request.send().await.unwrap().status()
    };
    let pass = |seconds| server.flows.clock().advance(Duration::from_secs(seconds));
    for dest in [Some("document"), None] {
        pass(1_700);
        assert_eq!(shown(dest).await, StatusCode::OK, "somebody looks");
    }
    pass(1_700);
    for dest in ["empty", "image", "iframe", "style"] {
        assert_eq!(shown(Some(dest)).await, StatusCode::OK);
    }
    pass(101);
    assert_eq!(shown(Some("document")).await, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_makes_a_new_cookie_and_a_tab_from_before_still_logs_out() {
    let server = start().await;
    let visitor = Visitor::at(&server, "/login", "").await;
    let opened = cookies(&visitor.posts("/login", &[OWN], &visitor.login()).await);
    let inside = Visitor::at(&server, "/account/password", &opened).await;
    let fields = [
        ("form", inside.form.as_str()),
        ("currentPassword", PASSWORD),
        ("newPassword", "Correct-horse-7"),
        ("confirmPassword", "Correct-horse-7"),
    ];
    let changed = inside.posts("/account/password", &[OWN], &fields).await;
    assert_eq!(changed.headers()["location"], "/account?done=password");
    let renewed = Visitor { cookies: cookies(&changed), ..inside };
    let shown = |cookies: &str| {
        let request = visitor.client.get(url(&server, "/account")).header(COOKIE, cookies.to_owned());
        async move { request.send().await.unwrap().status() }
    };
    assert_eq!(shown(&opened).await, StatusCode::SEE_OTHER, "whoever copied it has nothing more");
    assert_eq!(shown(&renewed.cookies).await, StatusCode::OK);
    let response = renewed.posts("/logout", &[OWN], &[("form", &renewed.form)]).await;
    assert_eq!(response.headers()["location"], "/login?done=logged-out");
    assert_eq!(shown(&renewed.cookies).await, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_poses_as_a_session_gets_no_form_of_it() {
    let server = start().await;
    let visitor = Visitor::at(&server, "/login", "").await;
    let opened = cookies(&visitor.posts("/login", &[OWN], &visitor.login()).await);
    let inside = Visitor::at(&server, "/account", &opened).await;
    let tenant = server.flows.tenant(&"remitjunction".parse().unwrap()).await.unwrap().unwrap();
    let account = server.flows.account(&tenant, server.manager).await.unwrap().unwrap();
    let session = server.flows.living_sessions(&tenant, &account).await.unwrap()[0].id;
    let posing = Visitor::at(&server, "/login", &format!("__Host-visitor={session}")).await;
    let forged = inside.posts("/logout", &[OWN], &[("form", &posing.form)]).await;
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_logs_in_again_leaves_no_session_behind() {
    let server = start().await;
    let visitor = Visitor::at(&server, "/login", "").await;
    let first = cookies(&visitor.posts("/login", &[OWN], &visitor.login()).await);
    let inside = Visitor::at(&server, "/account", &first).await;
    let second = cookies(&inside.posts("/login", &[OWN], &inside.login()).await);
    for (cookies, status) in [(first, StatusCode::SEE_OTHER), (second, StatusCode::OK)] {
        let page = visitor.client.get(url(&server, "/account")).header(COOKIE, cookies).send().await.unwrap();
        assert_eq!(page.status(), status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_led_away() {
    let server = start().await;
    let visitor = Visitor::at(&server, "/login", "").await;
    for to in ["//evil.example", "https://evil.example", "/\\evil.example", "/account/../..//evil.example"] {
        let fields: Vec<_> = visitor.login().into_iter().chain([("to", to)]).collect();
        let response = visitor.posts("/login", &[OWN], &fields).await;
        assert_eq!(response.headers()["location"], "/account?done=advice", "{to}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_lets_nothing_in_and_is_kept_nowhere() {
    let server = start().await;
    let client = client(&server);
    for path in ["/login", "/register", "/forgot-password", "/reset-password", "/confirm-email", "/accept-invitation"] {
        let response = client.get(url(&server, path)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "no-store");
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let page = response.text().await.unwrap();
        assert!(!page.contains("style=") && !page.contains("onclick") && !page.contains("<style"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_login_page_is_small() {
    let server = start().await;
    let client = client(&server);
    let mut bytes = 0;
    for path in ["/login", "/pages/style.css", "/pages/script.js", "/pages/icon.svg"] {
        bytes += client.get(url(&server, path)).send().await.unwrap().bytes().await.unwrap().len();
    }
    assert!(bytes < 30 * 1024, "{bytes} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_is_text_and_never_markup() {
    let server = start().await;
    let evil = "\"><script>alert(1)</script>@example.com";
    let visitor = Visitor::at(&server, "/forgot-password", "").await;
    for (path, field) in
        [("/forgot-password", "email"), ("/login", "email"), ("/reset-password", "token"), ("/register", "firstName")]
    {
        let response = visitor.posts(path, &[OWN], &[("form", &visitor.form), (field, evil)]).await;
        let page = response.text().await.unwrap();
        assert!(!page.contains("<script>alert"), "{path}");
        assert!(
            page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"),
            "{path} shows what was typed: {page}"
        );
    }
}
