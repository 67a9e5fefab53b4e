use std::net::IpAddr;
use std::sync::Arc;

use countersign_domain::host::Place;
use countersign_domain::{
    Account, AccountId, Email, Kind, Role, Secret, SessionId, Slug, Standing, Tenant, TenantState,
};
use countersign_flows::admin::{AccountRefusal, NewPerson};
use countersign_flows::{Admission, Doer, Flows, LoggedIn, LoggedOut, Login, Refreshed, Refusal, Request};

/// Somebody at a tenant's door: a place in the network, a device, and no proof of anything yet.
#[derive(Clone)]
pub(crate) struct Anonymous {
    flows: Arc<Flows>,
    slug: Slug,
    address: IpAddr,
    agent: String,
    request: Option<String>,
    mark: Option<Secret>,
    kind: Option<Kind>,
    is_exempt: bool,
}

impl Anonymous {
    pub(crate) fn at(flows: &Arc<Flows>, tenant: &Tenant) -> Self {
        Self {
            flows: Arc::clone(flows),
            slug: tenant.slug.clone(),
            address: [192, 0, 2, 1].into(),
            agent: "browser".to_owned(),
            request: Some("200".to_owned()),
            mark: None,
            kind: None,
            is_exempt: false,
        }
    }

    /// On another node.
    pub(crate) fn on(self, flows: &Arc<Flows>) -> Self {
        Self { flows: Arc::clone(flows), ..self }
    }

    pub(crate) fn from(self, address: &str) -> Self {
        Self { address: address.parse().unwrap(), ..self }
    }

    pub(crate) fn with_agent(self, agent: &str) -> Self {
        Self { agent: agent.to_owned(), ..self }
    }

    /// Sends this header `uuid`.
    pub(crate) fn sending(self, request: &str) -> Self {
        Self { request: Some(request.to_owned()), ..self }
    }

    pub(crate) fn with_mark(self, mark: &Secret) -> Self {
        Self { mark: Some(mark.clone()), ..self }
    }

    /// Sends the field `role`.
    pub(crate) fn in_role(self, role: &str) -> Self {
        Self { kind: Some(role.parse::<Role>().unwrap().kind()), ..self }
    }

    pub(crate) fn exempt(self) -> Self {
        Self { is_exempt: true, ..self }
    }

    pub(crate) async fn request(&self) -> Request {
        Request {
            tenant: self.flows.tenant_at(&Place::Slug(self.slug.clone())).await.unwrap().unwrap(),
            id: self.request.clone(),
            address: self.address,
            user_agent: self.agent.clone(),
            language: None,
            is_exempt: self.is_exempt,
            vouched_by: None,
        }
    }

    pub(crate) async fn sends(&self, email: &str, password: &str) -> LoggedIn {
        let login = Login {
            email: Email::parse(email).unwrap(),
            password: Secret::new(password),
            kind: self.kind,
            device_mark: self.mark.clone(),
        };
        self.flows.login(&self.request().await, login).await.unwrap()
    }

    /// Logs in, which has to work.
    pub(crate) async fn logs_in(&self, email: &str, password: &str) -> SignedIn {
        match self.sends(email, password).await {
            LoggedIn::Yes(tokens) => SignedIn { who: self.clone(), tokens: *tokens },
            LoggedIn::No(refusal) => panic!("{refusal:?}"),
        }
    }

    /// Tries to log in, which has to be refused.
    pub(crate) async fn tries(&self, email: &str, password: &str) -> Refusal {
        match self.sends(email, password).await {
            LoggedIn::Yes(_) => panic!("a login that had to be refused was not"),
            LoggedIn::No(refusal) => refusal,
        }
    }

    /// Sends a password that is nobody's, so many times; the last answer.
    pub(crate) async fn guesses(&self, times: u32, email: &str) -> Refusal {
        let mut last = None;
        for _ in 0..times {
            last = Some(self.tries(email, super::WRONG).await);
        }
        last.unwrap()
    }

    pub(crate) async fn refreshes(&self, token: &Secret) -> Refreshed {
        self.flows.refresh(&self.request().await, token.expose()).await.unwrap()
    }

    pub(crate) async fn logs_out(&self, access: Option<&Secret>, refresh: Option<&Secret>) -> LoggedOut {
        let request = self.request().await;
        self.flows.logout(&request, access.map(Secret::expose), refresh.map(Secret::expose)).await.unwrap()
    }

    pub(crate) async fn shows(&self, access: &Secret) -> Admission {
        self.flows.admit(&self.request().await, access.expose()).await.unwrap()
    }

    /// Whether the gate lets the token through.
    pub(crate) async fn gets_in_with(&self, access: &Secret) -> bool {
        matches!(self.shows(access).await, Admission::Session(_) | Admission::ApiToken(_))
    }
}

/// Somebody with a pair of tokens.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) who: Anonymous,
    pub(crate) tokens: countersign_flows::SignedIn,
}

impl std::fmt::Debug for Anonymous {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Anonymous({})", self.address)
    }
}

impl SignedIn {
    pub(crate) fn account(&self) -> AccountId {
        self.tokens.account.id
    }

    pub(crate) fn mark(&self) -> &Secret {
        self.tokens.device_mark.as_ref().unwrap()
    }

    pub(crate) fn refresh_token(&self) -> &Secret {
        &self.tokens.refresh_token
    }

    pub(crate) fn access_token(&self) -> &Secret {
        &self.tokens.access_token
    }

    /// Refreshes, which has to work.
    pub(crate) async fn refreshes(&self) -> SignedIn {
        match self.who.refreshes(self.refresh_token()).await {
            Refreshed::Yes(tokens) => SignedIn { who: self.who.clone(), tokens: *tokens },
            other => panic!("{other:?}"),
        }
    }

    /// Whether the refresh token is taken.
    pub(crate) async fn can_refresh(&self) -> bool {
        matches!(self.who.refreshes(self.refresh_token()).await, Refreshed::Yes(_))
    }

    pub(crate) async fn logs_out(&self) -> LoggedOut {
        self.who.logs_out(Some(self.access_token()), Some(self.refresh_token())).await
    }

    pub(crate) async fn is_let_in(&self) -> bool {
        self.who.gets_in_with(self.access_token()).await
    }

    /// The session of the tokens, as the access token says.
    pub(crate) fn session(&self) -> SessionId {
        serde_json::from_value(self.claims()["sid"].clone()).unwrap()
    }

    /// What the access token says.
    pub(crate) fn claims(&self) -> serde_json::Value {
        use base64::Engine as _;
        let payload = self.access_token().expose().split('.').nth(1).unwrap();
        let bytes = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}

/// Whoever sits at the command line.
pub(crate) struct Operator {
    flows: Arc<Flows>,
    tenant: Tenant,
}

impl Operator {
    pub(crate) fn new(flows: &Arc<Flows>, tenant: &Tenant) -> Self {
        Self { flows: Arc::clone(flows), tenant: tenant.clone() }
    }

    /// Makes an account of the role's kind.
    pub(crate) async fn creates(&self, role: &str, email: &str, password: &str) -> AccountId {
        self.creates_person(role, email, password, false).await
    }

    /// The same for somebody who must change the password first.
    pub(crate) async fn creates_temporary(&self, role: &str, email: &str, password: &str) -> AccountId {
        self.creates_person(role, email, password, true).await
    }

    async fn creates_person(&self, role: &str, email: &str, password: &str, must_change_password: bool) -> AccountId {
        let person = NewPerson {
            email: Email::parse(email).unwrap(),
            roles: vec![role.parse().unwrap()],
            first_name: None,
            last_name: None,
            password: Secret::new(password),
            must_change_password,
        };
        self.flows.create_account(&self.tenant, person).await.unwrap().unwrap()
    }

    pub(crate) async fn sees(&self, id: AccountId) -> Account {
        self.flows.account(&self.tenant, id).await.unwrap().unwrap()
    }

    pub(crate) async fn unlocks(&self, id: AccountId) -> Result<(), AccountRefusal> {
        let account = self.sees(id).await;
        self.flows.unlock_account(Doer::Operator, &self.tenant, &account).await.unwrap()
    }

    pub(crate) async fn deactivates(&self, id: AccountId) -> Result<(), AccountRefusal> {
        let account = self.sees(id).await;
        self.flows.set_standing(Doer::Operator, &self.tenant, &account, Standing::Deactivated).await.unwrap()
    }

    pub(crate) async fn activates(&self, id: AccountId) -> Result<(), AccountRefusal> {
        let account = self.sees(id).await;
        self.flows.set_standing(Doer::Operator, &self.tenant, &account, Standing::Active).await.unwrap()
    }

    pub(crate) async fn sets_password(&self, id: AccountId, password: &str) -> Result<(), AccountRefusal> {
        let account = self.sees(id).await;
        self.flows.set_password(&self.tenant, &account, &Secret::new(password), false).await.unwrap()
    }

    pub(crate) async fn ends_session(&self, session: SessionId) -> bool {
        self.flows.end_session(Doer::Operator, &self.tenant, None, session).await.unwrap().unwrap()
    }

    pub(crate) async fn suspends(&self) {
        self.flows.set_tenant_state(&self.tenant, TenantState::Suspended).await.unwrap().unwrap();
    }

    pub(crate) async fn resumes(&self) {
        self.flows.set_tenant_state(&self.tenant, TenantState::Active).await.unwrap().unwrap();
    }
}
