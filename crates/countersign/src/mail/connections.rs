use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::Instant;

/// A connection that has waited longer for its next letter is not used again: servers close theirs after some minutes.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Over TLS both are safe; of newer ones no mail server makes use.
const LOGINS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// How a connection is protected, and with what.
pub(super) enum Security {
    /// Not at all.
    None,
    /// By TLS after a plain beginning; a server that cannot is not spoken to.
    Starttls(TlsParameters),
    /// By TLS from the beginning.
    Tls(TlsParameters),
}

/// Connections to one mail server, opened when they are needed and kept for the next letter.
///
/// The pool of the library gives a connection back also where a letter was given up in the middle; the next one would then
/// take the answer to that letter for its own. Here an attempt owns its connection: given up, it is closed with it.
pub(super) struct Connections {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) login: Option<Credentials>,
    pub(super) idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl Connections {
    /// Hands a letter over. Whoever gives this up loses nothing but the connection.
    pub(super) async fn send(&self, envelope: &Envelope, letter: &[u8]) -> Result<(), Error> {
        let mut connection = self.any().await?;
        // A refused letter ends the connection; the library says QUIT.
        connection.send(envelope, letter).await?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push((connection, Instant::now()));
        Ok(())
    }

    async fn any(&self) -> Result<AsyncSmtpConnection, Error> {
        while let Some((mut connection, since)) = self.take_idle() {
            if since.elapsed() < IDLE_MAX && connection.test_connected().await {
                return Ok(connection);
            }
        }
        self.open().await
    }

    fn take_idle(&self) -> Option<(AsyncSmtpConnection, Instant)> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, Error> {
        let name = ClientId::default();
        let at_once = match &self.security {
            Security::Tls(parameters) => Some(parameters.clone()),
            Security::None | Security::Starttls(_) => None,
        };
        let place = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(place, None, &name, at_once, None).await?;
        if let Security::Starttls(parameters) = &self.security {
            connection.starttls(parameters.clone(), &name).await?;
        }
        if let Some(login) = &self.login {
            connection.auth(&LOGINS, login).await?;
        }
        Ok(connection)
    }
}
