//! A browser's session: opened by a login at a page, shown by a cookie, proved once more, ended.

use std::sync::Arc;
use std::time::Duration;

use countersign_domain::audit::{Action, Actor};
use countersign_domain::gate;
use countersign_domain::session::{Browser, EndReason, Session};
use countersign_domain::{Account, Email, Secret};

use crate::change_password::Proof;
use crate::login::Proved;
use crate::tokens::cookie::{self, Cookie, FormOf};
use crate::{Caller, Fault, Flows, Login, PasswordAdvice, Refusal, Request};

/// What a login at a page gives.
#[derive(Debug)]
pub struct BrowserLogin {
    /// The cookie of the session that is open now.
    pub cookie: Secret,
    /// Whose it is.
    pub account: Account,
    /// Marks the browser as one that has proved the password.
    pub device_mark: Secret,
    /// What to do about the password.
    pub password_advice: Option<PasswordAdvice>,
}

/// Somebody whose cookie the gate has let through.
#[derive(Clone, Debug)]
pub struct BrowserCaller {
    /// Who it is; pages tell the stories.
    pub caller: Caller,
    browser: Browser,
}

/// What asking for the password once more answers.
#[derive(Debug)]
pub enum ProvedAgain {
    /// It was right: the browser's cookie from now on.
    Yes(Secret),
    /// It is wrong.
    WrongPassword,
    /// The session is over, by this fifth wrong one at the latest.
    Ended,
    /// The hash queue is full; nothing was counted.
    Overloaded(Duration),
}

impl Flows {
    /// Logs a person in at a page: as [`Flows::login`], and in place of tokens there is a cookie.
    ///
    /// # Errors
    /// [`Fault`] where the store or the hasher fails.
    pub async fn login_in_browser(
        self: &Arc<Self>,
        request: &Request,
        login: Login,
    ) -> Result<Result<BrowserLogin, Refusal>, Fault> {
        let Proved { session, account, device_mark, password_advice } = match self.prove(request, login, true).await? {
            Ok(proved) => proved,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let browser = session.browser.ok_or_else(|| Fault::broken("a login at a page opened a session of tokens"))?;
        let cookie = self.cookie(request, &session, browser);
        Ok(Ok(BrowserLogin { cookie, account: *account, device_mark, password_advice }))
    }

    /// The one gate, for a cookie: whether its session still opens anything, judged on what the store says now. A page
    /// that is looked at keeps its session alive. One that a script fetches does not: a dashboard that refreshes itself
    /// would keep a terminal logged in that everybody has left.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn admit_browser(
        &self,
        request: &Request,
        cookie: &str,
        is_looked_at: bool,
    ) -> Result<Option<BrowserCaller>, Fault> {
        let Some(shown) = cookie::read(cookie, &self.secrets, request.tenant_id()) else { return Ok(None) };
        let store = self.store.tenant(request.tenant_id());
        let Some((session, holder)) = store.browser_holder(shown.session).await? else { return Ok(None) };
        let now = self.store.now();
        let browser = session.browser_with(shown.counter, &shown.id);
        let Some(browser) = browser.filter(|_| gate::admit(&holder.facts, now).is_ok()) else { return Ok(None) };
        let account = holder.account;
        let life = request.tenant.tenant.settings.browser_life(account.kind, &account.roles);
        if is_looked_at
            && let Some(until) = session.idle_end_if_touched(life.idle, now)
            && let Err(fault) = store.touch_session(session.id, until, request.client()).await
        {
            tracing::warn!(%fault, session = %session.id, "that a session is in use could not be noted");
        }
        Ok(Some(BrowserCaller { caller: Caller { account, session: session.id }, browser }))
    }

    /// Proves the password of a session once more. Wrong ones count as those of [`Flows::change_password`] do.
    ///
    /// # Errors
    /// [`Fault`] where the store or the hasher fails.
    pub async fn prove_again(
        &self,
        request: &Request,
        browser: &BrowserCaller,
        password: Secret,
    ) -> Result<ProvedAgain, Fault> {
        let place = match self.hasher.place(request.tenant_id(), false) {
            Ok(place) => place,
            Err(busy) => return Ok(ProvedAgain::Overloaded(busy.retry_after)),
        };
        match self.prove_current(request, &browser.caller, place, (password, Action::PasswordProved)).await? {
            Proof::Right => {}
            Proof::Wrong { is_last: false } => return Ok(ProvedAgain::WrongPassword),
            Proof::Wrong { is_last: true } | Proof::NoTriesLeft => return Ok(ProvedAgain::Ended),
        }
        let Caller { account, session } = &browser.caller;
        let event = request.done(Action::PasswordProved, &self.random, self.store.now(), None);
        let event = event.by(Actor::Account(account.id)).about(account.id).in_session(*session);
        let store = self.store.tenant(request.tenant_id());
        if store.prove_session(*session, browser.browser, event).await?.is_none() {
            return Ok(ProvedAgain::Ended);
        }
        Ok(self.cookie_of(request, browser).await?.map_or(ProvedAgain::Ended, ProvedAgain::Yes))
    }

    /// The good cookie of a session, after a changed password made another one so. None: the session has ended.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn cookie_of(&self, request: &Request, browser: &BrowserCaller) -> Result<Option<Secret>, Fault> {
        let session = self.store.tenant(request.tenant_id()).session(browser.caller.session).await?;
        let session = session.filter(|session| session.ended.is_none());
        Ok(session.and_then(|session| Some(self.cookie(request, &session, session.browser?))))
    }

    /// Ends a browser's session.
    ///
    /// # Errors
    /// [`Fault`] where the store fails.
    pub async fn logout_in_browser(&self, request: &Request, browser: &BrowserCaller) -> Result<(), Fault> {
        let event = request.done(Action::Logout, &self.random, self.store.now(), None);
        let store = self.store.tenant(request.tenant_id());
        store.end_session(browser.caller.session, None, EndReason::Logout, event).await?;
        Ok(())
    }

    /// For a browser that has no session yet: what its forms are bound to.
    pub fn visitor(&self) -> Secret {
        cookie::visitor(&self.random)
    }

    /// What the forms of a page carry that is served in this session, or to this visitor.
    pub fn form_token(&self, request: &Request, of: &FormOf) -> Secret {
        cookie::form_token(&self.secrets, request.tenant_id(), of)
    }

    /// Whether a form came from a page of ours that was served in this session, or to this visitor.
    pub fn is_form_token(&self, request: &Request, of: &FormOf, text: &str) -> bool {
        cookie::is_form_token(text, &self.secrets, request.tenant_id(), of)
    }

    /// Of the marks that a browser kept, for a terminal that several share, the first that is of this name.
    pub fn mark_of(&self, request: &Request, email: &Email, marks: &[Secret]) -> Option<Secret> {
        let name_hash = self.name_hash(request, email);
        marks.iter().find(|mark| self.mark(request, &name_hash, Some(mark)).is_some()).cloned()
    }

    fn cookie(&self, request: &Request, session: &Session, browser: Browser) -> Secret {
        let Browser { counter, .. } = browser;
        let cookie = Cookie { session: session.id, counter, id: session.cookie_id(counter) };
        cookie::make(&self.secrets, request.tenant_id(), &cookie)
    }

    /// Whether what asks for the password again must ask this browser.
    pub fn must_prove(&self, browser: &BrowserCaller) -> bool {
        !browser.browser.is_proved(self.store.now())
    }
}
