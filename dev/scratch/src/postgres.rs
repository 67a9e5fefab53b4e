//! One throw-away server.

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::binaries::{self, User};
use crate::setup::Setup;
use crate::sql;
use crate::watcher::{self, Watcher, Word};

/// As many as `min_wal_size` may keep in half a gigabyte.
const LOG_FILES: usize = 32;

/// The port names the socket's file; no network port is taken for it.
const SOCKET_PORT: u16 = 5432;

/// How often a start is asked whether it is done, and how many times: half a minute, for a machine under load.
const READY_PAUSE: Duration = Duration::from_millis(10);
const READY_ASKS_MAX: u32 = 3_000;

/// A free port can be taken by somebody else between our look and the server's start.
const PORT_TRIES_MAX: u32 = 5;

/// A longer path does not fit the address of a socket (108 bytes on Linux, with the file's own name).
const FOLDER_BYTES_MAX: usize = 85;

/// How the URLs of a server's socket begin.
const SOCKET_SCHEME: &str = "postgresql:///";

/// A running server that nobody else uses. Dropping it ends the server and removes its folder.
pub struct Postgres {
    folder: PathBuf,
    setup: Setup,
    password: String,
    server: Mutex<Server>,
    databases: AtomicU32,
}

struct Server {
    watcher: Watcher,
    /// `None` between an end and the next start.
    running: Option<Running>,
}

#[derive(Clone, Copy)]
struct Running {
    process_id: u32,
    port: u16,
}

impl Postgres {
    /// The server that all tests of this process share, started by the first that asks.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<Postgres, String>> = OnceLock::new();
        SHARED
            .get_or_init(|| Self::start().map_err(|error| format!("{error:#}")))
            .as_ref()
            .map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// A server of one's own, set up for tests. Takes 0.6 s, most of it `initdb`.
    pub fn start() -> Result<Self> {
        Self::start_with(Setup::default())
    }

    /// A server of one's own.
    pub fn start_with(setup: Setup) -> Result<Self> {
        let bin = binaries::folder()?;
        let mut watcher = Watcher::start(User::find()?, &bin)?;
        let folder = watcher.folder().to_owned();
        if folder.as_os_str().len() > FOLDER_BYTES_MAX {
            let folder = folder.display();
            bail!("{folder} is too long a path for a socket: set TMPDIR to a shorter one");
        }
        let password = random_word()?;
        fs::write(folder.join("password"), &password)?;
        if watcher.tell(Word::Init)? != 0 {
            let bin = bin.display();
            bail!("initdb of {bin} failed:\n{}", log_of(&folder));
        }
        Self::launched(watcher, setup, password)
    }

    fn launched(mut watcher: Watcher, setup: Setup, password: String) -> Result<Self> {
        let folder = watcher.folder().to_owned();
        let running = launch(&mut watcher, &setup)?;
        Ok(Self {
            folder,
            setup,
            password,
            server: Mutex::new(Server { watcher, running: Some(running) }),
            databases: AtomicU32::new(0),
        })
    }

    /// A server that follows this one, and answers reads, until it is promoted.
    pub fn standby(&self) -> Result<Self> {
        let port = self.running()?.port;
        let mut watcher = Watcher::start(User::find()?, &binaries::folder()?)?;
        if watcher.tell(Word::Copy(&self.folder, port))? != 0 {
            bail!("the server could not be copied:\n{}", log_of(watcher.folder()));
        }
        let mut setup = self.setup.clone();
        let followed = format!("host={} port={port} user=postgres", self.folder.display());
        setup.settings.push(("primary_conninfo".into(), followed));
        Self::launched(watcher, setup, self.password.clone())
    }

    /// Lets a standby lead, and waits until it does.
    pub fn promote(&self) -> Result<()> {
        sql::run(&self.folder, self.running()?.port, "SELECT pg_promote()")
    }

    /// The URL of a database of this server with its standby as a second host, both by their sockets.
    pub fn url_with(&self, url: &str, standby: &Self) -> Result<String> {
        let (database, port) = (database_of(url)?, self.running()?.port);
        let (one, other) = (self.folder.display(), standby.folder.display());
        Ok(format!("{SOCKET_SCHEME}{database}?host={one}&host={other}&port={port}&user=postgres"))
    }

    /// Makes an empty database and answers its URL.
    pub fn database(&self) -> Result<String> {
        self.create("template1")
    }

    /// Makes a copy of a database that [`Postgres::database`] made, and answers its URL. Connections to
    /// the original are cut: PostgreSQL copies no database that somebody uses.
    pub fn copy_of(&self, url: &str) -> Result<String> {
        let original = database_of(url)?;
        let cut = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{original}'");
        sql::run(&self.folder, self.running()?.port, &cut)?;
        self.create(original)
    }

    /// The TCP form of a URL of this server, with the password in it. Only for a server that was asked for TCP.
    pub fn tcp_url(&self, url: &str) -> Result<String> {
        if !self.setup.tcp {
            bail!("this server was not asked to listen on TCP");
        }
        let port = self.running()?.port;
        let (password, database) = (&self.password, database_of(url)?);
        Ok(format!("postgresql://postgres:{password}@127.0.0.1:{port}/{database}"))
    }

    /// The process id of the server's main process; its workers are that process's children.
    pub fn process_id(&self) -> Result<u32> {
        Ok(self.running()?.process_id)
    }

    /// The folder in which the server keeps its data.
    pub fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Gives the write-ahead log the files that a server has which has run for a while: a new one makes each of them
    /// while every commit waits. As many are kept as `min_wal_size` says.
    pub fn age(&self) -> Result<()> {
        let port = self.running()?.port;
        let next = "SELECT pg_logical_emit_message(false, 'age', ''); SELECT pg_switch_wal();";
        sql::run(&self.folder, port, &next.repeat(LOG_FILES))?;
        sql::run(&self.folder, port, "CHECKPOINT")
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        log_of(&self.folder)
    }

    /// Ends the server in good order. Its data stays for [`Postgres::restart`].
    pub fn stop(&self) -> Result<()> {
        self.end(Word::Stop)
    }

    /// Ends the server as a crash would: no checkpoint, connections cut. Its data stays for [`Postgres::restart`].
    pub fn crash(&self) -> Result<()> {
        self.end(Word::Crash)
    }

    /// Starts the server again on its data after [`Postgres::stop`] or [`Postgres::crash`]. URLs of the socket stay
    /// good; a TCP port may be another one.
    pub fn restart(&self) -> Result<()> {
        let mut server = self.server();
        if server.running.is_some() {
            bail!("the server is running");
        }
        server.running = Some(launch(&mut server.watcher, &self.setup)?);
        Ok(())
    }

    fn create(&self, template: &str) -> Result<String> {
        let port = self.running()?.port;
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("scratch_{number}");
        // Copying files costs 15 ms, PostgreSQL's default of logging each page 100 ms (measured, nothing flushed).
        let statement = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy");
        sql::run(&self.folder, port, &statement)?;
        let folder = self.folder.display();
        Ok(format!("{SOCKET_SCHEME}{name}?host={folder}&port={port}&user=postgres"))
    }

    fn end(&self, word: Word<'_>) -> Result<()> {
        let mut server = self.server();
        if server.running.take().is_none() {
            bail!("the server is down");
        }
        server.watcher.tell(word)?;
        Ok(())
    }

    fn running(&self) -> Result<Running> {
        self.server().running.context("the server is down")
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of the database in a URL of a server's socket.
fn database_of(url: &str) -> Result<&str> {
    url.strip_prefix(SOCKET_SCHEME)
        .and_then(|rest| rest.split('?').next())
        .with_context(|| format!("{url} is not a URL of this server's socket"))
}

fn launch(watcher: &mut Watcher, setup: &Setup) -> Result<Running> {
    if !setup.tcp {
        return launch_on(watcher, setup, SOCKET_PORT);
    }
    let mut tries = 1;
    loop {
        match launch_on(watcher, setup, free_port()?) {
            Err(error) if tries == PORT_TRIES_MAX => return Err(error),
            Err(_) => tries += 1,
            started => return started,
        }
    }
}

fn launch_on(watcher: &mut Watcher, setup: &Setup, port: u16) -> Result<Running> {
    let folder = watcher.folder().to_owned();
    // The file that PostgreSQL reads last; it stays its user's, since only its text changes.
    let file = folder.join("data/postgresql.auto.conf");
    fs::write(file, setup.file(&folder, port)).context("writing the server's settings")?;
    let process_id = watcher.tell(Word::Start)?;
    if let Err(error) = wait_until_ready(process_id, &folder, port) {
        watcher.tell(Word::Crash)?;
        let log = log_of(&folder);
        return Err(error.context(format!("PostgreSQL did not start; its log:\n{log}")));
    }
    Ok(Running { process_id, port })
}

#[expect(clippy::disallowed_methods, reason = "another process starts, and tells nobody when it is done")]
fn wait_until_ready(process_id: u32, folder: &Path, port: u16) -> Result<()> {
    let mut asks = 1;
    loop {
        match sql::run(folder, port, "SELECT 1") {
            Err(error) if asks == READY_ASKS_MAX || !watcher::lives(process_id) => {
                return Err(error);
            }
            Err(_) => asks += 1,
            Ok(()) => return Ok(()),
        }
        std::thread::sleep(READY_PAUSE);
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

fn log_of(folder: &Path) -> String {
    fs::read(folder.join("log")).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// 32 hexadecimal digits that another user of the machine cannot guess.
fn random_word() -> Result<String> {
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("drawing a password")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
