use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The program itself, as it was built beside the tests.
const PROGRAM: &str = env!("CARGO_BIN_EXE_countersign");
/// Runs a program that ends when whoever started it has ended, however that was.
const LEASH: &str = "/usr/bin/setpriv";
/// How often a start is asked whether it is done, and how many times: half a minute, for a machine under load.
const READY_PAUSE: Duration = Duration::from_millis(5);
const READY_ASKS_MAX: u32 = 6_000;

/// A process of the program. Dropped, it is killed.
pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
    ops: SocketAddr,
    http: reqwest::Client,
}

impl Program {
    /// Starts it with this line, and waits until it is ready. What it says goes to the file.
    pub(crate) async fn start(line: &[String], says_at: &Path) -> Self {
        let [address, ops] = free_addresses();
        let mut command = if Path::new(LEASH).exists() { leashed() } else { Command::new(PROGRAM) };
        command.args(line).args(["--listen", &address.to_string(), "--ops-listen", &ops.to_string()]);
        let says = File::options().create(true).append(true).open(says_at).unwrap();
        let child = command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(says).spawn();
        let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
        let mut program = Self { child: child.unwrap(), address, ops, http };
        if let Err(why) = program.wait_until_ready().await {
            panic!("{why}:\n{}", std::fs::read_to_string(says_at).unwrap());
        }
        program
    }

    async fn wait_until_ready(&mut self) -> Result<(), String> {
        for _ in 0..READY_ASKS_MAX {
            let asked = self.http.get(format!("http://{}/health/ready", self.ops)).send().await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                return Err(format!("it did not start, {status}"));
            }
            tokio::time::sleep(READY_PAUSE).await;
        }
        Err("it was not ready in half a minute".to_owned())
    }

    /// SIGKILL, in the middle of whatever it does.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended by itself; then the kill fails and the wait tells nothing new.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// A number among the metrics; of all its labels together.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let text = self.http.get(format!("http://{}/metrics", self.ops)).send().await.unwrap().text().await.unwrap();
        let of_name = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        text.lines().filter(of_name).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// How many hashes it has run.
    pub(crate) async fn hashes(&self) -> f64 {
        self.metric("countersign_hash_seconds_count").await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}

fn leashed() -> Command {
    let mut command = Command::new(LEASH);
    command.args(["--pdeathsig", "KILL", "--", PROGRAM]);
    command
}

/// Free a moment ago. Whoever takes it meanwhile stops the start, which says so.
fn free_addresses() -> [SocketAddr; 2] {
    // Both are held until both are known, or the second could be the first again.
    let held = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    held.map(|listener| listener.local_addr().unwrap())
}
