//! The process between us and the server, which outlives us long enough to clean up.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, Result, bail};

use crate::binaries::User;

/// Makes the folder and says its name, then obeys words, each answered by one line. When the pipe closes we are
/// gone, whatever ended us: the server ends and the folder goes. The server is the script's own child and is waited
/// for only after it was signalled, so the id that is signalled cannot be somebody else's by then.
const SCRIPT: &str = r#"
bin=$1
trap '' PIPE
folder=$(mktemp -d "${TMPDIR:-/tmp}/countersign-pg-XXXXXX" 2>&1) || { echo "failed: $folder"; exit 1; }
echo "$folder"
server=
end() {
    if [ -n "$server" ]; then kill "-$1" "$server"; wait "$server"; server=; fi
} 2>/dev/null
while read -r word of; do
    case $word in
        init)
            # The folder is entered by its user alone; a TCP port is open to every user of the machine.
            "$bin/initdb" --pgdata "$folder/data" --username postgres --pwfile "$folder/password" \
                --auth-local trust --auth-host scram-sha-256 --encoding UTF8 --locale C \
                --no-sync --no-instructions >>"$folder/log" 2>&1 </dev/null
            echo "$?" ;;
        copy)
            "$bin/pg_basebackup" --pgdata "$folder/data" --host "${of% *}" --port "${of##* }" --username postgres \
                --checkpoint fast --no-sync >>"$folder/log" 2>&1 </dev/null &&
                : >"$folder/data/standby.signal"
            echo "$?" ;;
        start)
            "$bin/postgres" -D "$folder/data" >>"$folder/log" 2>&1 </dev/null &
            server=$!
            echo "$server" ;;
        stop) end INT; echo 0 ;;
        crash) end QUIT; echo 0 ;;
    esac
done
end QUIT
rm -rf "$folder"
"#;

/// What the watcher can be told.
#[derive(Clone, Copy)]
pub(crate) enum Word<'a> {
    /// Make an empty cluster. Answered by `initdb`'s exit status.
    Init,
    /// Copy the cluster of the server whose socket lies in the folder, at the port. Answered by the exit status.
    Copy(&'a Path, u16),
    /// Start the server. Answered by its process id.
    Start,
    /// End the server in good order. Answered by 0 when it is gone.
    Stop,
    /// End the server as a crash would. Answered by 0 when it is gone.
    Crash,
}

impl Word<'_> {
    fn line(self) -> String {
        match self {
            Self::Init => "init\n".into(),
            Self::Copy(folder, port) => format!("copy {} {port}\n", folder.display()),
            Self::Start => "start\n".into(),
            Self::Stop => "stop\n".into(),
            Self::Crash => "crash\n".into(),
        }
    }
}

pub(crate) struct Watcher {
    process: Child,
    /// `Some` until we close it.
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Watcher {
    /// Starts the watcher, which makes a folder of its own.
    pub(crate) fn start(user: User, bin: &Path) -> Result<Self> {
        let mut process = user
            .command(Path::new("/bin/sh"))
            .args(["-c", SCRIPT, "watcher"])
            .arg(bin)
            // A group of its own: an interrupt typed at the test must not reach the watcher before the pipe closes.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting the watcher")?;
        let words = process.stdin.take();
        let said = process.stdout.take().context("the watcher has no output")?;
        let mut watcher = Self { process, words, answers: BufReader::new(said), folder: PathBuf::new() };
        let answer = watcher.answer()?;
        if !answer.starts_with('/') {
            bail!("no folder for PostgreSQL: {answer}");
        }
        watcher.folder = PathBuf::from(answer);
        Ok(watcher)
    }

    /// The folder that goes with the server.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Says a word and waits for its answer.
    pub(crate) fn tell(&mut self, word: Word<'_>) -> Result<u32> {
        self.words
            .as_mut()
            .context("the watcher is closed")?
            .write_all(word.line().as_bytes())
            .context("telling the watcher")?;
        let answer = self.answer()?;
        answer.parse().with_context(|| format!("the watcher answered {answer}"))
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).context("hearing the watcher")?;
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Watcher {
    /// Closes the pipe, so that the server ends and its folder goes, and waits for that.
    fn drop(&mut self) {
        drop(self.words.take());
        let _ = self.process.wait();
    }
}

/// Whether a child of the watcher still runs. One that has ended stays listed until the watcher waits for it.
pub(crate) fn lives(process_id: u32) -> bool {
    fs::read_to_string(format!("/proc/{process_id}/stat"))
        .is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z')))
}
