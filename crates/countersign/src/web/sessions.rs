use askama::Template;
use axum::extract::State;
use axum::response::Response;
use countersign_domain::session::Session;
use countersign_domain::{SessionId, Timestamp};
use countersign_flows::{BrowserCaller, Doer};

use super::SESSIONS;
use super::page::{Shell, Told};
use super::visit::{Inside, PostedInside, Turned, Visit};
use crate::http::calls::App;
use crate::http::problem::Refused;

#[derive(Template)]
#[template(path = "web/sessions.html")]
struct SessionsPage<'v> {
    shell: Shell<'v>,
    told: Told,
    sessions: Vec<SessionView>,
    here: &'static str,
}

/// A session as its row shows it.
pub(super) struct SessionView {
    pub(super) id: String,
    pub(super) is_current: bool,
    pub(super) device: String,
    pub(super) network: String,
    pub(super) since: Timestamp,
    pub(super) last_used: Timestamp,
}

impl SessionView {
    pub(super) fn of(session: &Session, current: SessionId) -> Self {
        Self {
            id: session.id.uuid().to_string(),
            is_current: session.id == current,
            device: device(&session.client.user_agent),
            network: session.client.network.clone(),
            since: session.created_at,
            last_used: session.rotated_at,
        }
    }
}

pub(super) async fn show(State(app): State<App>, Inside { visit, browser }: Inside) -> Result<Response, Turned> {
    page(&app, &visit, &browser, Told::Nothing).await
}

/// Ends the named session, or all others where none is named.
pub(super) async fn end(
    State(app): State<App>,
    PostedInside { visit, browser, form, .. }: PostedInside,
) -> Result<Response, Turned> {
    let (tenant, caller) = (&visit.request.tenant.tenant, &browser.caller);
    let doer = Doer::Caller(&visit.request, caller);
    let judged = match form.filled("session").map(str::parse) {
        // One that has ended already is as good as ended, and so is one that never was.
        Some(Ok(id)) => {
            let session = SessionId::from_uuid(id);
            app.flows.end_session(doer, tenant, Some(caller.account.id), session).await?.map(|_| ())
        }
        Some(Err(_)) => Ok(()),
        None => app.flows.end_other_sessions(doer, tenant, &caller.account, Some(caller.session)).await?.map(|_| ()),
    };
    let told = judged.map_or_else(|more| Refused::from(more).into(), |()| Told::Done(visit.words.sessions.ended));
    page(&app, &visit, &browser, told).await
}

async fn page(app: &App, visit: &Visit, browser: &BrowserCaller, told: Told) -> Result<Response, Turned> {
    let caller = &browser.caller;
    let sessions = app.flows.living_sessions(&visit.request.tenant.tenant, &caller.account).await?;
    let mut sessions: Vec<_> = sessions.iter().map(|session| SessionView::of(session, caller.session)).collect();
    sessions.sort_by_key(|session| !session.is_current);
    let page = SessionsPage { shell: visit.shell(), told, sessions, here: SESSIONS };
    Ok(visit.page(&page, &page.told))
}

/// Browser and system, as far as a person needs to know a device by them; else what it calls itself. Empty: it says nothing.
pub(super) fn device(user_agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
    };
    // Each says the names of those before it too, so the order matters.
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => user_agent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_told_by_its_browser_and_system() {
        for (user_agent, told) in [
            (
                "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "Chrome, Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 \
                 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox, Windows"),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36 Edg/131.0",
                "Edge, Windows",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", ""),
        ] {
            assert_eq!(device(user_agent), told);
        }
    }
}
