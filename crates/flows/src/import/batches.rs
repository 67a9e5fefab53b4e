use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{Context, SHA256};

use super::{ImportRow, ReadRow};

/// Rows of one transaction while nodes serve: it holds its locks for some tens of milliseconds.
pub const BATCH_ROWS_MAX: usize = 500;

/// Rows of one transaction while none does: addresses come in no order, and the more of them are sorted and written at
/// once, the more share a page of an index. A stop loses the work of some seconds.
pub const BATCH_ROWS_ALONE_MAX: usize = 50_000;

/// How far an import has come, to go on there after a stop. Only the very same file goes on, by the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// SHA-256 over the file, known from the reading that found what it would refuse, and over the order.
    pub plan: [u8; 32],
    /// The number of the last row that was settled, written or refused; 0 before the first.
    pub row: u64,
}

/// A row that can be written.
#[derive(Debug)]
pub struct GoodRow {
    /// Its number, from 1.
    pub number: u64,
    /// The line on which it ends.
    pub line: u64,
    /// What an account is made of.
    pub row: ImportRow,
}

/// Rows on their way into the store, so many at a time.
#[derive(Debug)]
pub struct Batches {
    position: Position,
    rows_max: usize,
    rows: Vec<GoodRow>,
    last: u64,
}

impl Batches {
    /// Those of a file from this position on, of no more than so many rows.
    pub fn from(position: Position, rows_max: usize) -> Self {
        Self { position, rows_max, rows: Vec::new(), last: position.row }
    }

    /// Takes a row that was read; those up to the position are passed over, refused ones are settled by being refused.
    /// A full batch is handed over with the position that its transaction writes beside it.
    pub fn push(&mut self, row: ReadRow) -> Option<(Vec<GoodRow>, Position)> {
        if row.number <= self.position.row {
            return None;
        }
        self.last = row.number;
        if let Ok(read) = row.outcome {
            self.rows.push(GoodRow { number: row.number, line: row.line, row: *read });
        }
        if self.rows.len() < self.rows_max { None } else { self.rest() }
    }

    /// What is left at the end of the file; none where nothing is.
    pub fn rest(&mut self) -> Option<(Vec<GoodRow>, Position)> {
        if self.last == self.position.row {
            return None;
        }
        self.position.row = self.last;
        Some((std::mem::take(&mut self.rows), self.position))
    }
}

/// Hashes what is read through it, so that the dry run knows the file that it has judged.
pub struct Digesting<R> {
    input: R,
    context: Context,
    progress: Arc<AtomicU64>,
}

impl<R: Read> Digesting<R> {
    /// Reads through to `input`, and adds to `progress` how many bytes have been read, for whoever shows it meanwhile.
    pub fn new(input: R, progress: Arc<AtomicU64>) -> Self {
        Self { input, context: Context::new(&SHA256), progress }
    }

    /// The digest of everything up to here.
    pub fn digest(&self) -> [u8; 32] {
        self.context.clone().finish().as_ref().try_into().unwrap_or_default()
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.context.update(buffer.get(..count).unwrap_or_default());
        self.progress.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
