use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use super::home::Home;

const START_MAX: Duration = Duration::from_secs(60);

/// The service of a home, running. It ends when dropped.
pub(crate) struct Service {
    child: Child,
    port: u16,
}

impl Service {
    pub(crate) fn start(home: &Home) -> Self {
        Self::start_with(home, &[])
    }

    pub(crate) fn start_with(home: &Home, more: &[&str]) -> Self {
        let mut command = home.command();
        // A sandbox is looked after with --sandbox and started by its own command; both may stand there.
        command.arg(if home.is_sandbox() { "sandbox" } else { "serve" });
        command.args(["--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"]).args(more);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = child.stderr.take().unwrap();
        let (tell, told) = mpsc::channel();
        // Reads on to the end: a service whose standard error is full would stand still.
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                if let Some(port) = port(&line) {
                    let _ = tell.send(port);
                }
            }
        });
        let port = told.recv_timeout(START_MAX).expect("the service does not start");
        Self { child, port }
    }

    /// A call of the contract for a host: its status and its body.
    pub(crate) fn call(&self, host: &str, method: &str, path: &str, token: Option<&str>, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let token = token.map(|token| format!("X-Auth-Token: {token}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nplatform: fincode\r\nuuid: 200\r\n{token}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    pub(crate) fn log_in(&self, host: &str, email: &str, password: &str) -> (u16, Value) {
        let body = json!({ "email": email, "currentPassword": password });
        self.call(host, "PUT", "/api/v6/services/securitymanagement/login", None, &body)
    }

    /// The status of a login that opens nothing.
    pub(crate) fn refused_login(&self, host: &str, email: &str, password: &str) -> String {
        let (status, body) = self.log_in(host, email, password);
        format!("{status} {}", body["code"].as_str().unwrap_or_default())
    }

    /// The tokens of a login: access and refresh.
    pub(crate) fn tokens(&self, host: &str, email: &str, password: &str) -> (String, String) {
        let (status, body) = self.log_in(host, email, password);
        assert_eq!(status, 200, "{body}");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (text("access_token"), text("refresh_token"))
    }

    /// The status that the profile answers a token.
    pub(crate) fn profile(&self, host: &str, token: &str) -> u16 {
        self.call(host, "GET", "/api/v6/services/usermanagement/profile", Some(token), &Value::Null).0
    }
}

/// The port in the line that tells where it listens.
fn port(line: &str) -> Option<u16> {
    let production = line.split_once("serves on 127.0.0.1:").map(|(_, port)| port.trim());
    let sandbox = || line.trim().strip_prefix("http://localhost:")?.split(' ').next();
    production.or_else(sandbox)?.parse().ok()
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
