//! A real Chromium, driven by its own driver, and what a person does in it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use thirtyfour::prelude::*;

use crate::http::start::HOST;

/// Two kinds of people: at a desk with script, and with a cheap phone whose browser runs none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Desk,
    Phone,
}

/// How often, and how many times, it is looked whether a page has gone: a browser tells nobody.
const WAIT: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOOKS_MAX: u32 = 1_500;
/// More stops than any page of ours has before what somebody wants.
const TABS_MAX: usize = 60;

/// A browser that is open, with the pages of one tenant in it.
pub(super) struct Browser {
    driver: WebDriver,
    _process: Driver,
    base: String,
    axe: String,
}

/// Ends with the test that started it.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

impl Browser {
    pub(super) async fn open(kind: Kind, server: SocketAddr) -> Self {
        Self::open_at(kind, format!("http://{HOST}:{}", server.port()), &[]).await
    }

    /// The same with the pages of another base, and told more at its start.
    pub(super) async fn open_at(kind: Kind, base: String, told: &[&str]) -> Self {
        let process = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver, which ./dev/test installs");
        let mut process = Driver(process);
        let port = port_of(&mut process.0);
        let mut capabilities = DesiredCapabilities::chrome();
        // A root's Chromium has no sandbox, and a container little shared memory.
        for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en"] {
            capabilities.add_arg(argument).unwrap();
        }
        for argument in told {
            capabilities.add_arg(argument).unwrap();
        }
        let script = if kind == Kind::Desk { 1 } else { 2 };
        capabilities.add_arg("--window-size=1280,800").unwrap();
        capabilities
            .add_experimental_option("prefs", json!({ "profile.managed_default_content_settings.javascript": script }))
            .unwrap();
        capabilities.set("goog:loggingPrefs", json!({ "browser": "ALL" })).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities).await.unwrap();
        if kind == Kind::Phone {
            // No window is as narrow.
            let screen = json!({ "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true });
            driver.cdp().send_raw("Emulation.setDeviceMetricsOverride", screen).await.unwrap();
        }
        driver.set_implicit_wait_timeout(WAIT).await.unwrap();
        Self { driver, _process: process, base, axe: axe() }
    }

    /// Goes to a path of the tenant.
    pub(super) async fn goes_to(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.base)).await.unwrap();
    }

    /// Goes to a page of anybody's.
    pub(super) async fn visits(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    /// A page that leads on by itself has led to this address, or one that begins so.
    pub(super) async fn arrives_at(&self, url: &str) {
        for _ in 0..LOOKS_MAX {
            let here = self.driver.current_url().await.unwrap();
            if here.as_str().starts_with(url) && self.driver.find(By::Css("h1")).await.is_ok() {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        panic!("{} is not {url}", self.driver.current_url().await.unwrap());
    }

    pub(super) async fn host(&self) -> String {
        self.driver.current_url().await.unwrap().host_str().unwrap_or_default().to_owned()
    }

    /// The names of all cookies that the browser would send to the page.
    pub(super) async fn cookies(&self) -> Vec<String> {
        let cookies = self.driver.get_all_cookies().await.unwrap();
        cookies.into_iter().map(|cookie| cookie.name).collect()
    }

    /// Calls itself something else from now on.
    pub(super) async fn calls_itself(&self, name: &str) {
        let name = json!({ "userAgent": name });
        self.driver.cdp().send_raw("Network.setUserAgentOverride", name).await.unwrap();
    }

    /// What a script of this name has left in the page.
    pub(super) async fn left(&self, name: &str) -> serde_json::Value {
        self.driver.execute(format!("return window[{name:?}] ?? null;"), vec![]).await.unwrap().json().clone()
    }

    /// Whether the first frame of the page shows anything of ours.
    pub(super) async fn shows_us_in_a_frame(&self) -> bool {
        self.driver.enter_frame(0).await.unwrap();
        self.driver.set_implicit_wait_timeout(Duration::from_secs(1)).await.unwrap();
        let shown = self.driver.find(By::Css("header .tenant")).await.is_ok();
        self.driver.set_implicit_wait_timeout(WAIT).await.unwrap();
        self.driver.enter_default_frame().await.unwrap();
        shown
    }

    /// The end, where another's page may have said anything on the console.
    pub(super) async fn quits(self) {
        self.driver.quit().await.unwrap();
    }

    /// Follows the link of a letter, on whatever host it leads to.
    pub(super) async fn opens(&self, link: &str) {
        let (_, path) = link.split_once("://").unwrap();
        self.goes_to(&path[path.find('/').unwrap()..]).await;
    }

    pub(super) async fn types(&self, field: &str, text: &str) {
        let field = self.driver.find(By::Id(field)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub(super) async fn presses(&self, button: &str) {
        let path = format!("//main//button[contains(., '{button}')] | //header//button[contains(., '{button}')]");
        self.leaves_by(self.driver.find(By::XPath(path)).await.unwrap()).await;
    }

    /// Presses keys, wherever the keyboard is.
    pub(super) async fn keys(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys).perform().await.unwrap();
    }

    /// Presses Enter, and waits until the page that was there is gone.
    pub(super) async fn enters(&self) {
        let page = self.driver.find(By::Css("html")).await.unwrap();
        self.keys(Key::Enter + "").await;
        self.is_gone(page).await;
    }

    /// Goes on by the Tab key to what has this id or says this, and sees all the way where it is.
    pub(super) async fn tabs_to(&self, what: &str) {
        let place = "const on = document.activeElement; const drawn = getComputedStyle(on); \
                     return [on.id, on.textContent.trim(), drawn.outlineStyle, on.tagName];";
        for _ in 0..TABS_MAX {
            self.keys(Key::Tab + "").await;
            let place = self.driver.execute(place, vec![]).await.unwrap().json().clone();
            let place: Vec<&str> = place.as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
            assert!(place[3] == "BODY" || place[2] != "none", "nobody sees that the keyboard is at {place:?}");
            if place[0] == what || place[1] == what {
                return;
            }
        }
        panic!("{what} is out of the keyboard's reach");
    }

    /// Ticks a box, or takes the tick back.
    pub(super) async fn ticks(&self, name: &str, value: &str) {
        let path = format!("//input[@type='checkbox' and @name='{name}' and @value='{value}']");
        self.driver.find(By::XPath(path)).await.unwrap().click().await.unwrap();
    }

    /// Sends what the browser itself would ask to be mended first: an attacker's does.
    pub(super) async fn believes_anything(&self) {
        let lax = "document.querySelectorAll('form').forEach(form => form.noValidate = true); \
                   document.querySelectorAll('input[type=email], input[type=tel]').forEach(input => input.type = 'text');";
        self.driver.execute(lax, vec![]).await.unwrap();
    }

    /// Presses what stays on the page.
    pub(super) async fn touches(&self, button: &str) {
        let path = format!("//main//button[contains(., '{button}')]");
        self.driver.find(By::XPath(path)).await.unwrap().click().await.unwrap();
    }

    /// Presses Enter in a field.
    pub(super) async fn enters_in(&self, field: &str) {
        let page = self.driver.find(By::Css("html")).await.unwrap();
        self.driver.find(By::Id(field)).await.unwrap().send_keys(Key::Enter + "").await.unwrap();
        self.is_gone(page).await;
    }

    pub(super) async fn chooses(&self, field: &str, text: &str) {
        let path = format!("//select[@id='{field}']/option[contains(., '{text}')]");
        self.driver.find(By::XPath(path)).await.unwrap().click().await.unwrap();
    }

    /// Chooses a file of this machine.
    pub(super) async fn attaches(&self, field: &str, file: &std::path::Path) {
        self.driver.find(By::Id(field)).await.unwrap().send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// Loads the page again.
    pub(super) async fn reloads(&self) {
        self.driver.refresh().await.unwrap();
    }

    /// Whether there is such an element, now or in a moment.
    pub(super) async fn shows(&self, css: &str) -> bool {
        !self.driver.find_all(By::Css(css)).await.unwrap().is_empty()
    }

    pub(super) async fn follows(&self, link: &str) {
        self.leaves_by(self.driver.find(By::LinkText(link)).await.unwrap()).await;
    }

    /// Clicks, and waits until the page that was there is gone: what is read next must not be it, or half of it.
    async fn leaves_by(&self, element: WebElement) {
        let page = self.driver.find(By::Css("html")).await.unwrap();
        element.click().await.unwrap();
        self.is_gone(page).await;
    }

    async fn is_gone(&self, page: WebElement) {
        for _ in 0..LOOKS_MAX {
            if page.tag_name().await.is_err() {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        panic!("the page is still there");
    }

    pub(super) async fn value_of(&self, field: &str) -> String {
        self.driver.find(By::Id(field)).await.unwrap().prop("value").await.unwrap().unwrap_or_default()
    }

    pub(super) async fn heading(&self) -> String {
        self.driver.find(By::Css("h1")).await.unwrap().text().await.unwrap()
    }

    /// What is written in the page, without what surrounds it.
    pub(super) async fn text(&self) -> String {
        self.driver.find(By::Css("main")).await.unwrap().text().await.unwrap()
    }

    pub(super) async fn path(&self) -> String {
        let url = self.driver.current_url().await.unwrap();
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", url.path())
    }

    pub(super) async fn goes_back(&self) {
        self.driver.back().await.unwrap();
    }

    /// Wider than the screen: a person would have to push the page from side to side.
    pub(super) async fn is_too_wide(&self) -> bool {
        let metrics = self.driver.cdp().send_raw("Page.getLayoutMetrics", json!({})).await.unwrap();
        let width = |of: &str| metrics[of]["clientWidth"].as_f64().or(metrics[of]["width"].as_f64()).unwrap();
        width("cssContentSize") > width("cssLayoutViewport")
    }

    pub(super) async fn is_in_the_dark(&self, is_dark: bool) {
        let value = if is_dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.driver.cdp().send_raw("Emulation.setEmulatedMedia", media).await.unwrap();
    }

    /// The whole page as a picture.
    pub(super) async fn is_drawn(&self, file: &std::path::Path) {
        let ask = json!({ "format": "png", "captureBeyondViewport": true });
        let drawn = self.driver.cdp().send_raw("Page.captureScreenshot", ask).await.unwrap();
        let bytes = BASE64_STANDARD.decode(drawn["data"].as_str().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }

    /// Presses one of several buttons that say the same, the first being 1.
    pub(super) async fn presses_nth(&self, button: &str, number: usize) {
        let path = format!("(//main//button[. = '{button}'])[{number}]");
        self.leaves_by(self.driver.find(By::XPath(path)).await.unwrap()).await;
    }

    /// Clicks on what opens or shuts something on the page and leads nowhere.
    pub(super) async fn clicks_on(&self, id: &str) {
        self.driver.find(By::Id(id)).await.unwrap().click().await.unwrap();
    }

    /// Whether there is such an element.
    pub(super) async fn has(&self, css: &str) -> bool {
        // At once: what is not there is not waited for.
        let count = "return document.querySelectorAll(arguments[0]).length";
        let count = self.driver.execute(count, vec![json!(css)]).await.unwrap();
        count.json().as_u64().unwrap() > 0
    }

    /// Comes back to the tab from another.
    pub(super) async fn comes_back(&self) {
        let script = "document.dispatchEvent(new Event('visibilitychange'))";
        self.driver.execute(script, vec![]).await.unwrap();
    }

    /// Waits until the page, which its script changes, says this.
    pub(super) async fn waits_for(&self, text: &str) {
        for _ in 0..LOOKS_MAX {
            if self.driver.source().await.is_ok_and(|page| page.contains(text)) {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        panic!("it never said {text}: {}", self.text().await);
    }

    /// What keeps somebody out who cannot see, hear or use a mouse, by axe-core's rules.
    pub(super) async fn barriers(&self) -> Vec<String> {
        // The driver's own script is not bound by the page's policy, nor by the setting that turns the page's off.
        self.driver.execute(&self.axe, vec![]).await.unwrap();
        let run = "const done = arguments[0]; axe.run(document).then(found => done(found.violations));";
        let found = self.driver.execute_async(run, vec![]).await.unwrap();
        let found = found.json().as_array().unwrap().clone();
        found.iter().map(|barrier| format!("{}: {}", barrier["id"], barrier["nodes"][0]["html"])).collect()
    }

    /// The end: nothing was said on the console but which answers were refusals, which the page tells anyhow.
    pub(super) async fn closes(self) {
        let log = self.console().await;
        self.driver.quit().await.unwrap();
        let unexpected = |line: &&String| !line.contains("the server responded with a status of 4");
        assert_eq!(log.iter().filter(unexpected).collect::<Vec<_>>(), Vec::<&String>::new());
    }

    async fn console(&self) -> Vec<String> {
        // The legacy log of the driver: thirtyfour has no name for it.
        let url = format!("{}session/{}/se/log", self.driver.server_url(), self.driver.session_id());
        let answer = reqwest::Client::new().post(url).json(&json!({ "type": "browser" })).send().await.unwrap();
        let answer: serde_json::Value = answer.json().await.unwrap();
        let lines = answer["value"].as_array().unwrap();
        // What a browser did because it was told to is no complaint.
        let complaints = lines.iter().filter(|line| line["level"] != "INFO");
        complaints.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }
}

/// The script of axe-core, which lies beside the tests' own programs.
fn axe() -> String {
    let built = std::env::current_exe().unwrap();
    let path = built.ancestors().nth(3).unwrap().join("axe/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}, which ./dev/test installs: {error}", path.display()))
}

/// The driver says where it listens.
fn port_of(process: &mut Child) -> u16 {
    for line in BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok) {
        if let Some((_, port)) = line.split_once("successfully on port ") {
            return port.trim_end_matches('.').parse().unwrap();
        }
    }
    panic!("chromedriver ended before it listened");
}
