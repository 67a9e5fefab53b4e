//! The clients of the measurements: people who log in, and sessions that are refreshed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::{Context, anyhow};
use tokio::task::spawn_local;

use crate::load::Caller;
use crate::requests::{self, Ids, PASSWORD};
use crate::wire::{Answer, Connection};

/// The address book of everybody who logs in; each client takes the next one, so that no two are one person.
#[derive(Clone)]
pub(crate) struct Logins {
    requests: Rc<Vec<Vec<u8>>>,
    next: Rc<Cell<usize>>,
}

impl Logins {
    /// The people of `purpose` with the numbers below `count`, each with the right password.
    pub(crate) fn new(tenant: &str, purpose: &str, count: usize) -> Self {
        let login = |number| requests::login(tenant, &requests::address(purpose, number), PASSWORD);
        Self { requests: Rc::new((0..count).map(login).collect()), next: Rc::default() }
    }

    /// The login of whoever is next.
    pub(crate) fn next(&self) -> Vec<u8> {
        let at = self.next.replace(self.next.get() + 1) % self.requests.len().max(1);
        self.requests.get(at).cloned().unwrap_or_default()
    }
}

impl Caller for Logins {
    fn request(&mut self) -> Vec<u8> {
        self.next()
    }

    fn answered(&mut self, answer: &Answer<'_>) -> anyhow::Result<()> {
        answer.expect(200)
    }
}

/// The tokens of an open session.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Session {
    /// # Errors
    /// Where the answer is no pair of tokens.
    pub(crate) fn of(answer: &Answer<'_>) -> anyhow::Result<Self> {
        answer.expect(200)?;
        Ok(Self { access: answer.text("access_token")?.to_owned(), refresh: answer.text("refresh_token")?.to_owned() })
    }
}

/// Logins at once while sessions are opened before a measurement.
const OPENING_AT_ONCE: usize = 16;

/// Opens a session for each of the first `count` people.
pub(crate) async fn open_sessions(address: SocketAddr, people: &Logins, count: usize) -> anyhow::Result<Vec<Session>> {
    let left = Rc::new(Cell::new(count));
    let opened = Rc::new(RefCell::new(Vec::with_capacity(count)));
    let one = |people: Logins, left: Rc<Cell<usize>>, opened: Rc<RefCell<Vec<Session>>>| async move {
        let mut connection = Connection::open(address).await?;
        while left.get() > 0 {
            left.set(left.get() - 1);
            let session = Session::of(&connection.ask(&people.next()).await?)?;
            opened.borrow_mut().push(session);
        }
        anyhow::Ok(())
    };
    let tasks: Vec<_> =
        (0..OPENING_AT_ONCE).map(|_| spawn_local(one(people.clone(), Rc::clone(&left), Rc::clone(&opened)))).collect();
    for task in tasks {
        task.await.map_err(|_| anyhow!("a client panicked"))??;
    }
    Ok(opened.take())
}

/// A client that keeps some sessions alive, one after the other.
pub(crate) struct Refreshes {
    tenant: String,
    tokens: VecDeque<String>,
    ids: Rc<Ids>,
}

impl Refreshes {
    /// The sessions dealt out to `clients`.
    ///
    /// # Errors
    /// Where there are fewer sessions than clients.
    pub(crate) fn deal(tenant: &str, sessions: &[Session], clients: usize, ids: &Rc<Ids>) -> anyhow::Result<Vec<Self>> {
        let deal = |client: usize| {
            let tokens: VecDeque<String> =
                sessions.iter().skip(client).step_by(clients).map(|session| session.refresh.clone()).collect();
            tokens.front().context("fewer sessions than clients")?;
            Ok(Self { tenant: tenant.to_owned(), tokens, ids: Rc::clone(ids) })
        };
        (0..clients).map(deal).collect()
    }

    /// The same sessions, for other numbers of clients.
    pub(crate) fn gather(clients: Vec<Self>) -> Vec<Session> {
        let tokens = clients.into_iter().flat_map(|client| client.tokens);
        tokens.map(|refresh| Session { access: String::new(), refresh }).collect()
    }
}

impl Caller for Refreshes {
    fn request(&mut self) -> Vec<u8> {
        requests::refresh(&self.tenant, self.tokens.front().map_or("", String::as_str), &self.ids)
    }

    fn answered(&mut self, answer: &Answer<'_>) -> anyhow::Result<()> {
        answer.expect(200)?;
        self.tokens.pop_front();
        self.tokens.push_back(answer.text("refresh_token")?.to_owned());
        Ok(())
    }
}

/// A client that always asks the same.
pub(crate) struct Same(pub(crate) Vec<u8>);

impl Caller for Same {
    fn request(&mut self) -> Vec<u8> {
        self.0.clone()
    }

    fn answered(&mut self, answer: &Answer<'_>) -> anyhow::Result<()> {
        answer.expect(200)
    }
}
