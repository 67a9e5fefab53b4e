use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use countersign_domain::Email;
use countersign_flows::mail::{Carried, Carrier, Dispatch};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::response::Code;
use lettre::{Address, Message};
use tokio::sync::Semaphore;

use super::Written;
use super::connections::{Connections, Security};
use super::written::one_line;
use crate::config::{Mail, MailSecurity};

/// Refusals that another try does not change (RFC 5321 section 4.2.3, RFC 7504): of a mailbox or of the letter itself.
/// Other permanent ones, of the login or of a command, are the operator's to repair.
const FOR_GOOD: [&str; 6] = ["550", "551", "552", "553", "554", "556"];
/// Enhanced codes (RFC 3463) that blame the sender or our right to send: repaired, the letter goes.
const OURS_TO_REPAIR: [&str; 4] = ["5.1.7", "5.1.8", "5.7.0", "5.7.8"];

/// The mail server of the configuration.
pub struct Smtp {
    connections: Connections,
    /// One for each connection that there may be.
    turns: Semaphore,
    /// A letter that takes longer has failed.
    time_max: Duration,
    sender: Email,
}

/// Why the configured mail server cannot be spoken to at all.
#[derive(Debug, thiserror::Error)]
pub enum BadMailServer {
    /// The file of its certificate authority.
    #[error("mail.smtp_ca_file cannot be used: {0}")]
    CaFile(String),
    /// TLS cannot be set up for its name.
    #[error("TLS to the mail server cannot be set up: {0}")]
    Tls(String),
}

impl Smtp {
    /// Makes ready what the configuration says; nothing where it names no server. Nothing is connected yet.
    ///
    /// # Errors
    /// [`BadMailServer`].
    pub fn of(mail: &Mail) -> Result<Option<Self>, BadMailServer> {
        let (Some(host), Some(sender)) = (&mail.smtp_host, &mail.sender) else { return Ok(None) };
        let security = match mail.smtp_security {
            MailSecurity::None => Security::None,
            MailSecurity::Starttls => Security::Starttls(tls(mail, host.as_str())?),
            MailSecurity::Tls => Security::Tls(tls(mail, host.as_str())?),
        };
        let login = mail.smtp_user.as_ref().zip(mail.smtp_password.as_ref());
        let login = login.map(|(user, password)| Credentials::new(user.as_str().into(), password.expose().into()));
        let (host, port) = (host.as_str().to_owned(), mail.port());
        Ok(Some(Self {
            connections: Connections { host, port, security, login, idle: Mutex::default() },
            turns: Semaphore::new(usize::try_from(mail.connections_max).unwrap_or(1)),
            time_max: Duration::from_secs(mail.timeout_seconds),
            sender: sender.email().clone(),
        }))
    }

    async fn send(&self, letter: &Dispatch) -> Carried {
        let message = match message(letter, &self.sender) {
            Ok(message) => message,
            Err(why) => return Carried::Never(why.to_owned()),
        };
        let Ok(_turn) = self.turns.acquire().await else { return Carried::NotNow("stopping".to_owned()) };
        let (envelope, letter) = (message.envelope(), message.formatted());
        match tokio::time::timeout(self.time_max, self.connections.send(envelope, &letter)).await {
            Ok(Ok(())) => Carried::Yes,
            Ok(Err(error)) => refusal(&error),
            Err(_) => Carried::NotNow("the mail server did not answer in time".to_owned()),
        }
    }
}

impl Carrier for Smtp {
    fn carry(&self, letter: Dispatch) -> Pin<Box<dyn Future<Output = Carried> + Send + '_>> {
        Box::pin(async move { self.send(&letter).await })
    }
}

fn tls(mail: &Mail, host: &str) -> Result<TlsParameters, BadMailServer> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(file) = &mail.smtp_ca_file {
        let pem = std::fs::read(file).map_err(|error| BadMailServer::CaFile(error.to_string()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| BadMailServer::CaFile(error.to_string()))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    parameters.build().map_err(|error| BadMailServer::Tls(error.to_string()))
}

/// The letter as it is sent. Every name in a header is one line, and encoded where it is not plain.
fn message(letter: &Dispatch, usual_sender: &Email) -> Result<Message, &'static str> {
    let own_sender = letter.settings.mail_sender.as_deref().and_then(|text| Email::parse(text).ok());
    let sender = own_sender.as_ref().unwrap_or(usual_sender);
    let to = Email::parse(&letter.to.0).map_err(|_| "its address is none")?;
    let written = Written::of(letter).map_err(|_| "it could not be written")?;
    let from = Mailbox::new(Some(one_line(&letter.tenant_name).into_owned()), address(sender)?);
    // The configured sender's domain, so that the name of a letter stays though its tenant changes its own.
    let domain = usual_sender.key().as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
    Message::builder()
        .from(from)
        .to(Mailbox::new(None, address(&to)?))
        .subject(written.subject)
        .message_id(Some(format!("<{}@{domain}>", letter.id)))
        .header(AutoSubmitted)
        .header(ContentLanguage(letter.language.tag()))
        .multipart(
            MultiPart::alternative()
                .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(written.text))
                .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(written.html)),
        )
        .map_err(|_| "it could not be put together")
}

/// As SMTP takes it: the mailbox as typed, the domain in A-labels.
fn address(email: &Email) -> Result<Address, &'static str> {
    let local = email.typed().rsplit_once('@').map(|(local, _)| local);
    let domain = email.key().as_str().rsplit_once('@').map(|(_, domain)| domain);
    let (Some(local), Some(domain)) = (local, domain) else { return Err("its address is none") };
    Address::new(local, domain).map_err(|_| "its address is none")
}

/// What a failure means, in words that name no address: a server's own words often repeat it.
fn refusal(error: &lettre::transport::smtp::Error) -> Carried {
    let Some(code) = error.status() else { return Carried::NotNow(kind(error).to_owned()) };
    let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    verdict(code, &said)
}

fn verdict(code: Code, said: &str) -> Carried {
    let code = code.to_string();
    let enhanced = said.split_whitespace().next().filter(|word| is_enhanced(word)).unwrap_or_default();
    let why = format!("the mail server said {code} {enhanced}").trim_end().to_owned();
    if FOR_GOOD.contains(&code.as_str()) && !OURS_TO_REPAIR.contains(&enhanced) {
        Carried::Never(why)
    } else {
        Carried::NotNow(why)
    }
}

/// An enhanced status code: three numbers (RFC 3463 section 2).
fn is_enhanced(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
}

fn kind(error: &lettre::transport::smtp::Error) -> &'static str {
    if error.is_tls() {
        "TLS to the mail server failed"
    } else if error.is_response() {
        "the mail server gave an answer that is none"
    } else if error.is_client() {
        "the mail server cannot do what is asked of it: TLS or the login"
    } else {
        "the mail server cannot be reached"
    }
}

/// No answer of an absent person comes back to it (RFC 3834 section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// RFC 3282.
#[derive(Clone)]
struct ContentLanguage(&'static str);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("never read".into())
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.to_owned())
    }
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Smtp")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_domain::{Language, Settings};
    use countersign_flows::mail::{Address, Content};
    use lettre::transport::smtp::response::{Category, Detail, Severity};

    use super::super::written::tests::dispatch;
    use super::*;

    fn sent(change: impl FnOnce(&mut Dispatch)) -> Result<String, &'static str> {
        let mut letter = dispatch(Language::English, Content::PasswordChanged);
        change(&mut letter);
        let message = message(&letter, &Email::parse("no-reply@example.com").unwrap())?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    fn headers(text: &str) -> Vec<&str> {
        text.split("\r\n\r\n").next().unwrap().split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).collect()
    }

    fn names(text: &str) -> Vec<&str> {
        let mut names: Vec<_> = headers(text).iter().map(|line| line.split(':').next().unwrap()).collect();
        names.sort_unstable();
        names
    }

    const NAMES: [&str; 8] =
        ["Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject"];

    #[test]
    fn a_letter_has_the_headers_that_it_should_and_its_own_name() {
        let text = sent(|_| ()).unwrap();
        let mut expected = NAMES.to_vec();
        expected.push("To");
        expected.sort_unstable();
        assert_eq!(names(&text), expected);
        for line in [
            "From: RemitJunction <no-reply@example.com>",
            "To: ada@example.com",
            "Message-ID: <00000000-0000-0000-0000-000000000007@example.com>",
            "Auto-Submitted: auto-generated",
        ] {
            assert!(headers(&text).contains(&line), "{line}\n{text}");
        }
        assert!(text.contains("text/plain; charset=utf-8") && text.contains("text/html; charset=utf-8"));
    }

    #[test]
    fn no_header_can_be_put_in() {
        let evil = "Acme\r\nBcc: all@example.com\r\n\r\nbody \"<evil@example.com>\", x@example.com";
        let plain = sent(|_| ()).unwrap();
        let text = sent(|letter| {
            letter.tenant_name = evil.into();
            letter.first_name = Some(evil.into());
        })
        .unwrap();
        assert_eq!(names(&text), names(&plain), "{text}");
        let from = text.split("\r\n").find(|line| line.starts_with("From:")).unwrap();
        assert!(!from.contains(", x@example.com"), "{from}");
        // A sender that slipped past the settings' check is not used.
        let text = sent(|letter| {
            let sender = Some("a@example.com\r\nBcc: all@example.com".to_owned());
            letter.settings = Arc::new(Settings { mail_sender: sender, ..Settings::default() });
        })
        .unwrap();
        assert_eq!(names(&text), names(&plain));
        for bad in ["ada@example.com\r\nRCPT TO:<all@example.com>", "ada@example.com, bob@example.com", ""] {
            assert!(sent(|letter| letter.to = Address(bad.into())).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_beyond_ascii_are_encoded_and_addresses_have_a_labels() {
        let text = sent(|letter| {
            letter.tenant_name = "شركة الحوالات".into();
            letter.to = Address("Ada@b\u{fc}cher.example".into());
        })
        .unwrap();
        assert!(text.split("\r\n\r\n").next().unwrap().is_ascii());
        assert!(text.contains("To: Ada@xn--bcher-kva.example"), "{text}");
        assert!(text.contains("From: =?utf-8?"), "{text}");
    }

    #[test]
    fn the_tenants_sender_stands_in_the_letter_and_its_name_stays() {
        let text = sent(|letter| {
            let mail_sender = Some("hello@acme.example".to_owned());
            letter.settings = Arc::new(Settings { mail_sender, ..Settings::default() });
        })
        .unwrap();
        assert!(text.contains("From: RemitJunction <hello@acme.example>"));
        assert!(text.contains("Message-ID: <00000000-0000-0000-0000-000000000007@example.com>"));
    }

    #[test]
    fn a_mailbox_refuses_for_good_and_a_server_for_now() {
        let code = |severity, category, detail| Code::new(severity, category, detail);
        let (permanent, transient) = (Severity::PermanentNegativeCompletion, Severity::TransientNegativeCompletion);
        let mailbox = || code(permanent, Category::MailSystem, Detail::Zero);
        let gone = verdict(mailbox(), "5.1.1 <ada@example.com>: unknown");
        assert_eq!(gone, Carried::Never("the mail server said 550 5.1.1".into()));
        assert_eq!(verdict(mailbox(), "ada@example.com unknown"), Carried::Never("the mail server said 550".into()));
        let ours = verdict(mailbox(), "5.1.8 sender refused");
        assert_eq!(ours, Carried::NotNow("the mail server said 550 5.1.8".into()));
        let busy = verdict(code(transient, Category::MailSystem, Detail::One), "4.3.0 busy");
        assert_eq!(busy, Carried::NotNow("the mail server said 451 4.3.0".into()));
        let login = verdict(code(permanent, Category::Unspecified3, Detail::Five), "5.7.8 bad password");
        assert_eq!(login, Carried::NotNow("the mail server said 535 5.7.8".into()));
    }
}
