//! `bench mail`: whether anybody who logs in notices that the mail server is dead.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{anyhow, ensure};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep, sleep_until};

use crate::callers::Logins;
use crate::load::{Crowd, at_rate};
use crate::options::{Options, on_one_thread};
use crate::requests;
use crate::side::{PATIENT, SINGLE, Side, TENANT};
use crate::stats::{Spread, quantile};
use crate::table::{Table, Target};
use crate::wire::Connections;
use crate::world::{Engine, Site};

const LOGINS_IN_FLIGHT: usize = 2;
/// Each is a letter; no name is sent more than three of a kind.
const RESETS_PER_SECOND: f64 = 20.0;
const PEOPLE: usize = 2_000;
const ROUND_SECONDS: f64 = 8.0;
const WARM_UP: Duration = Duration::from_secs(1);

/// A product beside one mail server, and what came of its rounds.
struct Case {
    side: Side,
    logins: Logins,
    /// Of each round, the seconds of its logins.
    rounds: Vec<Vec<f64>>,
    next_reset: usize,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let (site, people, length) = (options.site()?, options.count(PEOPLE), options.round(ROUND_SECONDS));
    let mut table = Table::new(format!(
        "mail: {LOGINS_IN_FLIGHT} logins always in flight and {RESETS_PER_SECOND} letters a second; {} rounds of {:.0} s \
         with each mail server in turn",
        options.rounds,
        length.as_secs_f64()
    ));
    for engine in &options.engines {
        let (alive, silent) = (Alive::start()?, TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
        // Free a moment ago: whoever connects there is refused.
        let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let ports = [alive.address.port(), gone.port(), silent.local_addr()?.port()];
        let mut cases = Vec::new();
        for port in ports {
            cases.push(Case::start(&site, *engine, people, port)?);
        }
        for _ in 0..options.rounds {
            for case in &mut cases {
                on_one_thread(case.measure(length, people))?;
            }
        }
        ensure!(alive.received.load(Ordering::Relaxed) > 0, "the living mail server received nothing");
        report(*engine, &mut cases, &mut table)?;
        table.note(format!("{engine}: letters received"), alive.received.load(Ordering::Relaxed).to_string());
    }
    table.print();
    Ok(())
}

fn report(engine: Engine, cases: &mut [Case], table: &mut Table) -> anyhow::Result<()> {
    let [alive, dead @ ..] = cases else { return Ok(()) };
    for (case, name) in dead.iter_mut().zip(["refuses connections", "takes them and says nothing"]) {
        for (q, most) in [(0.5, 1.1), (0.99, 1.5)] {
            let rounds = case.rounds.iter_mut().zip(&mut alive.rounds);
            let ratios = Spread::of(rounds.map(|(dead, alive)| quantile(dead, q) / quantile(alive, q)))?;
            let name = format!("{engine}: a login where the mail server {name} ÷ where it lives, p{:.0}", q * 100.0);
            table.row(name, ratios, Target::AtMost(most));
        }
    }
    for (q, name) in [(0.5, "p50"), (0.99, "p99")] {
        let alive = Spread::of(alive.rounds.iter_mut().map(|round| quantile(round, q) * 1e3))?;
        table.row(format!("{engine}: a login where it lives, {name}, ms"), alive, Target::None);
    }
    Ok(())
}

impl Case {
    fn start(site: &Site, engine: Engine, people: usize, port: u16) -> anyhow::Result<Self> {
        let mail = format!(
            "{PATIENT}\nmail = {{ smtp_host = \"127.0.0.1\", smtp_port = {port}, smtp_security = \"none\", \
             sender = \"no-reply@bench.example\", connections_max = 8 }}"
        );
        let side = Side::start(site, engine, people, &mail)?;
        Ok(Self { side, logins: Logins::new(TENANT, SINGLE, people), rounds: Vec::new(), next_reset: 0 })
    }

    async fn measure(&mut self, length: Duration, people: usize) -> anyhow::Result<()> {
        let address = self.side.server.address;
        let crowd = Crowd::start(address, vec![self.logins.clone(); LOGINS_IN_FLIGHT]);
        sleep(WARM_UP).await;
        let _before = crowd.take_seconds();
        let until = Instant::now() + length;
        let (to, sent) = (Rc::new(Connections::new(address)), RefCell::new(Vec::new()));
        at_rate(RESETS_PER_SECOND, until, |_| {
            let email = requests::address(SINGLE, self.next_reset % people);
            self.next_reset += 1;
            let (to, request) = (Rc::clone(&to), requests::forgot_password(TENANT, &email));
            sent.borrow_mut().push(spawn_local(async move { to.ask(&request).await?.view().expect(200) }));
        })
        .await;
        sleep_until(until).await;
        self.rounds.push(crowd.take_seconds());
        for task in sent.take() {
            task.await.map_err(|_| anyhow!("a client panicked"))??;
        }
        crowd.end().await?;
        Ok(())
    }
}

/// A mail server that takes everything at once and costs next to nothing, so that it takes no core from the product.
struct Alive {
    address: SocketAddr,
    received: Arc<AtomicUsize>,
}

impl Alive {
    /// It ends with the process.
    fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (address, received) = (listener.local_addr()?, Arc::<AtomicUsize>::default());
        let counting = Arc::clone(&received);
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let received = Arc::clone(&counting);
                std::thread::spawn(move || converse(&connection, &received));
            }
        });
        Ok(Self { address, received })
    }
}

/// As much of RFC 5321 as one client needs.
fn converse(connection: &TcpStream, received: &AtomicUsize) -> std::io::Result<()> {
    let say = |text: &str| (&*connection).write_all(format!("{text}\r\n").as_bytes());
    let (mut lines, mut is_letter) = (BufReader::new(connection), false);
    say("220 bench.example")?;
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        match (is_letter, line.as_slice()) {
            (true, b".\r\n") => {
                is_letter = false;
                received.fetch_add(1, Ordering::Relaxed);
                say("250 taken")?;
            }
            (true, _) => {}
            (false, command) if command.starts_with(b"DATA") => {
                is_letter = true;
                say("354 go on")?;
            }
            (false, command) if command.starts_with(b"QUIT") => return say("221 goodbye"),
            (false, command) if command.starts_with(b"EHLO") => say("250-bench.example\r\n250 8BITMIME")?,
            (false, _) => say("250 fine")?,
        }
        line.clear();
    }
    Ok(())
}
