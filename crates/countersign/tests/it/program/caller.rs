use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

/// A call that is not answered by then is lost, and its outcome unknown.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(20);

/// Somebody who calls a tenant over HTTP.
#[derive(Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    address: SocketAddr,
    host: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Nothing came back: whether it was done, nobody knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lost;

type Answered = Result<Answer, Lost>;

impl Answer {
    /// The code of a problem, empty for none.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn refresh_token(&self) -> String {
        self.body["refresh_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn access_token(&self) -> String {
        self.body["access_token"].as_str().unwrap().to_owned()
    }
}

impl Caller {
    pub(crate) fn new(address: SocketAddr, host: &str) -> Self {
        let http = reqwest::Client::builder().timeout(ANSWER_WAIT_MAX).build().unwrap();
        Self { http, address, host: host.to_owned() }
    }

    /// As a customer: what happens to the other account that an email can have is none of these tests' business.
    pub(crate) async fn logs_in(&self, email: &str, password: &str) -> Answered {
        let body = json!({ "email": email, "currentPassword": password, "role": "CUSTOMER" });
        self.puts("securitymanagement/login", "200", body).await
    }

    pub(crate) async fn refreshes(&self, token: &str, request: &str) -> Answered {
        self.puts("securitymanagement/refresh-token", request, json!({ "refresh_token": token })).await
    }

    pub(crate) async fn logs_out(&self, token: &str) -> Answered {
        self.puts("securitymanagement/logout", "200", json!({ "refresh_token": token })).await
    }

    pub(crate) async fn asks_who_it_is(&self, access_token: &str) -> Answered {
        let request = self.request(reqwest::Method::GET, "usermanagement/profile", "200");
        self.send(request.header("X-Auth-Token", access_token)).await
    }

    pub(crate) async fn puts(&self, call: &str, request: &str, body: Value) -> Answered {
        self.send(self.request(reqwest::Method::PUT, call, request).json(&body)).await
    }

    fn request(&self, method: reqwest::Method, call: &str, request: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}/api/v6/services/{call}", self.address);
        self.http.request(method, url).header("Host", &self.host).header("platform", "fincode").header("uuid", request)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answered {
        let answer = request.send().await.map_err(|_| Lost)?;
        let status = answer.status().as_u16();
        // A head without its body is no answer either.
        let body = answer.json().await.map_err(|_| Lost)?;
        Ok(Answer { status, body })
    }
}
