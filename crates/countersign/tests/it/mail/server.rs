use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Debian's own, for which `python3-aiosmtpd` is installed.
const PYTHON: &str = "/usr/bin/python3";
const PAUSE: Duration = Duration::from_millis(5);
/// Half a minute, for a machine under load.
const ASKS_MAX: u32 = 6_000;

/// A real mail server on this machine. Dropped, it is killed.
pub(super) struct MailServer {
    folder: tempfile::TempDir,
    security: &'static str,
    child: Child,
    pub(super) port: u16,
}

impl MailServer {
    /// Speaks `starttls` or `tls`, and takes letters from whoever logs in as `sender`.
    pub(super) async fn start(security: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("cert.pem"), pair.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), pair.signing_key.serialize_pem()).unwrap();
        let child = spawn(folder.path(), 0, security);
        let mut server = Self { folder, security, child, port: 0 };
        server.behaves("well");
        server.port = server.wait_for_port().await;
        server
    }

    async fn wait_for_port(&mut self) -> u16 {
        for _ in 0..ASKS_MAX {
            if let Ok(port) = std::fs::read_to_string(self.folder.path().join("port")) {
                return port.parse().unwrap();
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the mail server did not start ({status}): is python3-aiosmtpd installed, as dev/test does it?");
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("the mail server was not ready in half a minute");
    }

    /// What becomes of letters from now on; the words are those of `server.py`.
    pub(super) fn behaves(&self, mood: &str) {
        let new = self.folder.path().join("mood.new");
        std::fs::write(&new, mood).unwrap();
        std::fs::rename(new, self.folder.path().join("mood")).unwrap();
    }

    /// Its certificate, for whoever is to trust it.
    pub(super) fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// SIGKILL, in the middle of whatever it does.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again where it was, with the letters that it had.
    pub(super) async fn restart(&mut self) {
        self.kill();
        std::fs::remove_file(self.folder.path().join("port")).unwrap();
        self.child = spawn(self.folder.path(), self.port, self.security);
        assert_eq!(self.wait_for_port().await, self.port);
    }

    /// Every letter that it has received, in order.
    pub(super) fn received(&self) -> Vec<String> {
        let file = |number: usize| std::fs::read_to_string(self.folder.path().join(format!("{number}.eml"))).ok();
        (0..).map_while(file).collect()
    }

    /// Their Message-IDs.
    pub(super) fn message_ids(&self) -> Vec<String> {
        let letters = self.received();
        let id =
            |letter: &String| letter.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned();
        letters.iter().map(id).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(folder: &Path, port: u16, security: &str) -> Child {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/mail/server.py");
    let mut command = Command::new(PYTHON);
    command.arg(script).arg(folder).arg(port.to_string()).arg(security);
    // It ends when nobody holds the other end of its standard input, however the test ended.
    command.env_clear().stdin(Stdio::piped()).spawn().unwrap()
}
