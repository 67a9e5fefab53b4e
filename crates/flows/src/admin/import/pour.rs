use std::io::{self, Read, Seek};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{ImportOrder, ImportRefusal, Outcome};
use crate::Fault;
use crate::import::{BATCH_ROWS_MAX, Digesting, ReadRow, Unreadable, read};

/// Handfuls of rows that are read ahead while the store writes.
const HANDFULS_AHEAD: usize = 4;

type Read1<F> = Result<(F, [u8; 32]), Unreadable>;

/// A file's rows, read by a thread of its own.
pub(super) struct Pour<F> {
    rows: mpsc::Receiver<Vec<ReadRow>>,
    bytes: Arc<AtomicU64>,
    reading: JoinHandle<Read1<F>>,
    digest: [u8; 32],
}

impl<F: Read + Seek + Send + 'static> Pour<F> {
    /// Begins at the file's start; `digest` is what it was when it was first read.
    pub(super) fn begin(order: &ImportOrder, mut file: F, digest: [u8; 32]) -> Self {
        let (format, layout, assumptions) = (order.format, order.layout, order.assumptions.clone());
        let (send, rows) = mpsc::channel(HANDFULS_AHEAD);
        let bytes: Arc<AtomicU64> = Arc::default();
        let progress = Arc::clone(&bytes);
        let reading = tokio::task::spawn_blocking(move || {
            let unreadable = |error: io::Error| Unreadable { line: 1, why: error.to_string() };
            file.rewind().map_err(unreadable)?;
            let mut input = Digesting::new(&mut file, progress);
            let mut handful = Vec::with_capacity(BATCH_ROWS_MAX);
            // Whoever takes no more rows has ended.
            read(format, layout, &mut input, &assumptions, &mut |row| {
                handful.push(row);
                handful.len() < BATCH_ROWS_MAX || send.blocking_send(std::mem::take(&mut handful)).is_ok()
            })?;
            if !handful.is_empty() {
                let _ = send.blocking_send(handful);
            }
            io::copy(&mut input, &mut io::sink()).map_err(unreadable)?;
            let digest = input.digest();
            Ok((file, digest))
        });
        Self { rows, bytes, reading, digest }
    }

    /// The next handful; none at the end.
    pub(super) async fn next(&mut self) -> Option<Vec<ReadRow>> {
        self.rows.recv().await
    }

    /// How much of the file was read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The file, if it could be read to its end and is what it was.
    pub(super) async fn end(self) -> Outcome<F> {
        Ok(match ended(self.reading).await? {
            Ok((file, digest)) if digest == self.digest => Ok(file),
            Ok(_) => Err(ImportRefusal::Changed),
            Err(unreadable) => Err(unreadable.into()),
        })
    }
}

/// The digest of a whole file.
pub(super) async fn digest_of<F: Read + Seek + Send + 'static>(mut file: F) -> Outcome<(F, [u8; 32])> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut input = Digesting::new(&mut file, Arc::default());
        let copied = io::copy(&mut input, &mut io::sink());
        let digest = input.digest();
        copied.map(|_| (file, digest)).map_err(|error| Unreadable { line: 1, why: error.to_string() })
    });
    Ok(ended(reading).await?.map_err(ImportRefusal::from))
}

async fn ended<T>(reading: JoinHandle<T>) -> Result<T, Fault> {
    reading.await.map_err(|_| Fault::Panicked("that reads a file of accounts"))
}
