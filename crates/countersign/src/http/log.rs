//! The line of each request: one JSON object on one line, an interface that `docs/log.md` describes; or the same in words
//! for people, which is none.
//!
//! It holds no secret, no address of mail, no path as sent and no query: only what is listed in [`Line`].

use std::borrow::Cow;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use serde::Serialize;

/// Lines that wait for a slow reader of our output. Beyond, they are dropped and counted: a stuck log must not stop
/// logins.
const LINES_WAITING_MAX: usize = 8_192;
/// At the end, the lines that wait are written within this long or not at all.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Between two writes. Waking the writer for every line took a tenth of all that a login costs besides its hash.
const GATHER: Duration = Duration::from_millis(20);
/// Stands for what is not known.
pub const NOTHING: &str = "-";
/// The level of a request that met something broken.
pub const ERROR: &str = "error";
/// The level of every other.
pub const INFO: &str = "info";
/// The status of a request whose client left before the answer; no answer was sent.
pub const STATUS_CLIENT_GONE: u16 = 499;
/// The code of such a request.
pub const CLIENT_GONE: &str = "CLIENT_GONE";

/// What is logged of a request, in this order. `docs/log.md` says what each member means.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "docs/log.md describes them, and a test compares")]
pub struct Line<'a> {
    pub time: String,
    pub level: &'static str,
    pub request_id: &'a str,
    pub trace_id: &'a str,
    pub tenant: &'a str,
    pub caller: String,
    pub network: String,
    pub method: &'a str,
    pub route: &'a str,
    pub status: u16,
    pub code: &'a str,
    pub ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cow<'a, str>>,
}

impl Line<'_> {
    /// The line for people: what they look for first stands first, what is not known is left out.
    fn in_words(&self) -> String {
        let Self { time, status, method, route, ms, tenant, network, .. } = self;
        let mut text = format!("{time} {status} {method} {route} {ms:.1} ms");
        let caller = self.caller.as_str();
        let more =
            [("tenant", *tenant), ("from", network), ("caller", caller), ("uuid", self.request_id), ("", self.code)];
        for (name, value) in more.into_iter().filter(|(_, value)| *value != NOTHING) {
            text.push_str(if name.is_empty() { "" } else { " " });
            text.push_str(name);
            text.push(' ');
            text.push_str(value);
        }
        if let Some(cause) = &self.cause {
            // A cause is somebody else's text: it must not begin a line or move a cursor.
            text.extend(" because ".chars().chain(cause.escape_debug()));
        }
        text
    }
}

/// How lines are written, and which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// In words for people instead of JSON.
    pub in_words: bool,
    /// Only the lines of level `error`: requests that met something broken.
    pub errors_only: bool,
}

/// Where lines go: a thread of their own writes them, so that a request never waits for a pipe.
#[derive(Clone, Debug)]
pub struct LogSink {
    style: Style,
    lines: SyncSender<Entry>,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Entry {
    Line(Vec<u8>),
    End,
}

/// The thread that writes.
#[derive(Debug)]
pub struct LogWriter {
    lines: SyncSender<Entry>,
    ended: Receiver<()>,
}

impl LogWriter {
    /// Ends the writing, after the lines that were handed over before.
    pub fn finish(self) {
        // A full queue means a stuck reader: then nothing more can be said.
        if self.lines.try_send(Entry::End).is_ok() {
            let _ = self.ended.recv_timeout(LAST_WORDS);
        }
    }
}

impl LogSink {
    /// Begins to write every line to `output`, as JSON.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(output: impl Write + Send + 'static) -> std::io::Result<(Self, LogWriter)> {
        Self::start_in(Style::default(), output)
    }

    /// Begins to write to `output`.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start_in(style: Style, output: impl Write + Send + 'static) -> std::io::Result<(Self, LogWriter)> {
        let (lines, waiting) = sync_channel(LINES_WAITING_MAX);
        let (end, ended) = sync_channel(1);
        let writing = move || {
            write(&waiting, output);
            let _ = end.send(());
        };
        std::thread::Builder::new().name("request-log".to_owned()).spawn(writing)?;
        Ok((Self { style, lines: lines.clone(), dropped: Arc::default() }, LogWriter { lines, ended }))
    }

    /// Hands a line over.
    pub fn send(&self, line: &Line<'_>) {
        if self.style.errors_only && line.level != ERROR {
            return;
        }
        let mut text = if self.style.in_words {
            line.in_words().into_bytes()
        } else {
            // A struct of texts and numbers always has a JSON form.
            serde_json::to_vec(line).unwrap_or_default()
        };
        text.push(b'\n');
        if self.lines.try_send(Entry::Line(text)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            metrics::counter!(super::ops::LOG_LINES_DROPPED).increment(1);
        }
    }

    /// Lines that nobody wrote because the reader of our output was too slow.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

#[expect(clippy::disallowed_methods, reason = "the pause is for its own sake: lines gather meanwhile")]
fn write(waiting: &Receiver<Entry>, output: impl Write) {
    let mut output = std::io::BufWriter::new(output);
    // An output that fails has no reader; the requests go on, and nobody could be told.
    while let Ok(Entry::Line(line)) = waiting.recv() {
        let _ = output.write_all(&line);
        while let Ok(entry) = waiting.try_recv() {
            let Entry::Line(line) = entry else {
                let _ = output.flush();
                return;
            };
            let _ = output.write_all(&line);
        }
        let _ = output.flush();
        std::thread::sleep(GATHER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out what is written to it, and blocks while nobody takes it.
    struct Pipe(SyncSender<Vec<u8>>);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(std::io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn line(route: &str) -> Line<'_> {
        Line {
            time: "2026-11-24T10:00:00.000000Z".to_owned(),
            level: "info",
            request_id: "200",
            trace_id: NOTHING,
            tenant: "remitjunction",
            caller: NOTHING.to_owned(),
            network: "203.0.113.7".to_owned(),
            method: "PUT",
            route,
            status: 200,
            code: NOTHING,
            ms: 1.5,
            cause: None,
        }
    }

    #[test]
    fn lines_arrive_whole_and_a_stuck_reader_stops_nobody() {
        let (pipe, reader) = sync_channel(0);
        let (sink, writer) = LogSink::start(Pipe(pipe)).unwrap();
        let long = "x".repeat(500);
        for _ in 0..LINES_WAITING_MAX + 100 {
            sink.send(&line(&long));
        }
        let dropped = sink.dropped();
        assert!((1..=100).contains(&dropped), "{dropped}");
        // Nothing more can be said, and nobody waits for it.
        writer.finish();
        drop(sink);
        let text: Vec<u8> = reader.iter().flatten().collect();
        let lines = text.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        let whole = lines.filter(|line| serde_json::from_slice::<serde_json::Value>(line).is_ok()).count();
        assert_eq!(whole as u64 + dropped, LINES_WAITING_MAX as u64 + 100);
    }

    #[test]
    fn the_last_line_is_written_before_the_end() {
        let (pipe, reader) = sync_channel(10);
        let (sink, writer) = LogSink::start(Pipe(pipe)).unwrap();
        sink.send(&line("/last"));
        writer.finish();
        assert!(String::from_utf8(reader.try_recv().unwrap()).unwrap().contains("/last"));
    }

    #[test]
    fn words_say_the_same_and_leave_out_what_is_not_known() {
        let plain = line("/api/v6/services/securitymanagement/login");
        assert_eq!(
            plain.in_words(),
            "2026-11-24T10:00:00.000000Z 200 PUT /api/v6/services/securitymanagement/login 1.5 ms tenant remitjunction \
             from 203.0.113.7 uuid 200"
        );
        let broken = Line { status: 500, code: "INTERNAL_ERROR", cause: Some("row\n\u{1b}[2J".into()), ..plain };
        assert!(
            broken.in_words().ends_with(r" uuid 200 INTERNAL_ERROR because row\n\u{1b}[2J"),
            "{}",
            broken.in_words()
        );
    }

    #[test]
    fn only_what_is_broken_is_written_where_that_is_asked() {
        let (pipe, reader) = sync_channel(8);
        let style = Style { in_words: true, errors_only: true };
        let (sink, writer) = LogSink::start_in(style, Pipe(pipe)).unwrap();
        sink.send(&line("/fine"));
        sink.send(&Line { level: ERROR, ..line("/broken") });
        drop(sink);
        writer.finish();
        let text: Vec<u8> = reader.iter().flatten().collect();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("/broken") && !text.contains("/fine"), "{text}");
    }
}
