//! How long the disk takes to keep something: what every durable commit waits for at least.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use crate::stats::quantile;

/// Flushes of one look; enough for a p99.
const FLUSHES: usize = 300;
/// A page of the write-ahead log with its head.
const PAGE_BYTES: usize = 4096 + 24;
/// The file is written over in a circle, as a log that was checkpointed is.
const PAGES: u64 = 64;

/// Median and p99 of writing one page and flushing it.
pub(crate) fn probe(folder: &Path) -> anyhow::Result<[Duration; 2]> {
    let path = folder.join("flush-probe");
    let mut file = File::create(&path)?;
    let page = [7_u8; PAGE_BYTES];
    for _ in 0..PAGES {
        file.write_all(&page)?;
    }
    file.sync_all()?;
    let mut seconds = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES as u64 / PAGES + 1 {
        file.seek(SeekFrom::Start(0))?;
        for _ in 0..PAGES {
            let begun = Instant::now();
            file.write_all(&page)?;
            file.sync_data()?;
            seconds.push(begun.elapsed().as_secs_f64());
        }
    }
    std::fs::remove_file(path)?;
    Ok([0.5, 0.99].map(|q| Duration::from_secs_f64(quantile(&mut seconds, q))))
}
