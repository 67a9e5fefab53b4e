use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

use super::Output;

/// How often a line says how far a long command is, where nobody watches a bar.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows how far an import is: a bar on a terminal, else a line now and then, both on standard error.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    said_at: Instant,
}

impl Progress {
    /// Begins with the reading of a file of so many bytes.
    pub(super) fn begin(output: &Output, bytes: u64) -> Self {
        let bar = output.is_watched().then(|| ProgressBar::new(bytes));
        let this = Self { bar, said_at: Instant::now() };
        this.style("reading {bar:32} {binary_bytes}/{binary_total_bytes}, {msg} rows, {eta} left");
        this
    }

    /// A template of ours that the library does not take leaves its own in place.
    fn style(&self, template: &str) {
        if let (Some(bar), Ok(style)) = (&self.bar, ProgressStyle::with_template(template)) {
            bar.set_style(style);
        }
    }

    /// Rows are judged while the file is read.
    pub(super) fn judged(&mut self, output: &mut Output, rows: u64, bytes: u64) {
        match &self.bar {
            Some(bar) => {
                bar.set_position(bytes);
                bar.set_message(rows.to_string());
            }
            None => self.say(output, || format!("{rows} rows read")),
        }
    }

    /// Rows are written, of so many.
    pub(super) fn written(&mut self, output: &mut Output, row: u64, rows: u64) {
        match &self.bar {
            Some(bar) => {
                if bar.length() != Some(rows) {
                    bar.set_length(rows);
                    bar.set_message("");
                    bar.reset_eta();
                    self.style("writing {bar:32} {pos}/{len} rows, {per_sec}, {eta} left");
                }
                bar.set_position(row);
            }
            None => self.say(output, || format!("{row} of {rows} rows settled")),
        }
    }

    fn say(&mut self, output: &mut Output, line: impl FnOnce() -> String) {
        if self.said_at.elapsed() >= LINE_EVERY {
            self.said_at = Instant::now();
            output.say(&line());
        }
    }

    /// Writes something while the bar stands aside.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the bar away.
    pub(super) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
