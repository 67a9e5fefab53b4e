use countersign_domain::{Email, Host, Secret};

use super::kinds::named;
use super::value::Text;

/// RFC 4954 sets no bound; nobody's is longer.
const USER_BYTES_MAX: usize = 255;
/// Keys of mail providers have some 100.
const PASSWORD_BYTES_MAX: usize = 1024;

named! {
    /// How the connection to the mail server is protected.
    MailSecurity, "\"starttls\", \"tls\" or \"none\"" {
        /// TLS after a plain beginning.
        Starttls = "starttls",
        /// TLS from the beginning.
        Tls = "tls",
        /// Nothing.
        None = "none",
    }
}

/// A mail server's name or address, without a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailHost(Host);

impl MailHost {
    /// The name as the connection takes it: an IPv6 address without its brackets.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_start_matches('[').trim_end_matches(']')
    }

    /// Whether it is this machine, so that nothing crosses a network.
    pub fn is_this_machine(&self) -> bool {
        let is_loopback = self.as_str().parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        is_loopback || self.as_str() == "localhost"
    }
}

impl Text for MailHost {
    const EXPECTED: &'static str = "a host such as \"smtp.example.com\", without a port";

    fn from_text(text: &str) -> Option<Self> {
        let host = Host::parse(text).ok()?;
        (host.as_str() == text).then_some(Self(host))
    }

    fn to_text(&self) -> String {
        self.0.as_str().to_owned()
    }
}

/// An address that letters come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress(Email);

impl MailAddress {
    /// The address.
    pub const fn email(&self) -> &Email {
        &self.0
    }
}

impl Text for MailAddress {
    const EXPECTED: &'static str = "an email address alone such as \"no-reply@example.com\"";

    fn from_text(text: &str) -> Option<Self> {
        Email::parse(text).ok().filter(|email| email.typed() == text).map(Self)
    }

    fn to_text(&self) -> String {
        self.0.typed().to_owned()
    }
}

/// Who logs in at the mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailUser(String);

impl MailUser {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text for MailUser {
    const EXPECTED: &'static str = "a name without control characters";

    fn from_text(text: &str) -> Option<Self> {
        let good = (1..=USER_BYTES_MAX).contains(&text.len()) && !text.contains(char::is_control);
        good.then(|| Self(text.to_owned()))
    }

    fn to_text(&self) -> String {
        self.0.clone()
    }
}

/// What proves who logs in there.
#[derive(Clone, Debug)]
pub struct MailPassword(Secret);

impl MailPassword {
    /// The password, for the mail server alone.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Text for MailPassword {
    const SECRET: bool = true;
    const EXPECTED: &'static str = "a password without control characters";

    fn from_text(text: &str) -> Option<Self> {
        let good = (1..=PASSWORD_BYTES_MAX).contains(&text.len()) && !text.contains(char::is_control);
        good.then(|| Self(Secret::new(text)))
    }

    fn to_text(&self) -> String {
        "[secret]".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_one_without_a_port() {
        for (text, this_machine) in [
            ("smtp.example.com", false),
            ("localhost", true),
            ("127.0.0.1", true),
            ("[::1]", true),
            ("192.0.2.1", false),
            ("localhost.example.com", false),
        ] {
            assert_eq!(MailHost::from_text(text).unwrap().is_this_machine(), this_machine, "{text}");
        }
        for bad in ["", "smtp.example.com:25", "SMTP.example.com", "a b", "smtp://a.example"] {
            assert!(MailHost::from_text(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_sender_is_one_address_and_no_password_prints() {
        assert!(MailAddress::from_text("no-reply@example.com").is_some());
        for bad in ["Acme <a@example.com>", " a@example.com", "a@example.com\r\nBcc: b@example.com"] {
            assert!(MailAddress::from_text(bad).is_none(), "{bad}");
        }
        let password = MailPassword::from_text("hunter2").unwrap();
        assert!(!format!("{password:?} {}", password.to_text()).contains("hunter2"));
    }
}
