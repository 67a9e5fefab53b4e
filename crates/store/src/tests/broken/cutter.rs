//! Stands between the store and its server and cuts one connection at the worst moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// When the next connection that commits is cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cut {
    /// The server never hears of the COMMIT.
    BeforeCommit = 1,
    /// The server hears of it, and may still be at it when it is asked again.
    WithCommit,
    /// The server has committed and said so, to nobody.
    BeforeAnswer,
}

#[derive(Clone)]
pub(super) struct Cutter(Arc<AtomicU8>);

impl Cutter {
    /// Listens in front of a server; the URL that leads through.
    pub(super) async fn before(url: &str) -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (head, rest) = url.rsplit_once(':').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let server: u16 = server.parse().unwrap();
        let cutter = Self(Arc::default());
        let armed = cutter.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                tokio::spawn(carry(client, server, armed.clone()));
            }
        });
        (cutter, format!("{head}:{port}/{database}?sslmode=disable"))
    }

    pub(super) fn cut_once(&self, cut: Cut) {
        self.0.store(cut as u8, Ordering::SeqCst);
    }

    pub(super) fn stop(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    /// Whether the cut that was asked for has been made.
    pub(super) fn has_cut(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }
}

/// The simple query `COMMIT` as it stands on the wire, after its type and length.
const COMMIT: &[u8] = b"COMMIT\0";

fn find(bytes: &[u8]) -> Option<usize> {
    bytes.windows(COMMIT.len()).position(|window| window == COMMIT)
}

/// Carries both ways until somebody hangs up, or until the cut.
async fn carry(mut client: TcpStream, mut server: TcpStream, cutter: Cutter) {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                let commit = find(&asked[..count]);
                let cut = if commit.is_some() { cutter.0.swap(0, Ordering::SeqCst) } else { 0 };
                let forwarded = match commit {
                    // Its type and length go with it.
                    Some(at) if cut == Cut::BeforeCommit as u8 => at - 5,
                    _ => count,
                };
                if server.write_all(&asked[..forwarded]).await.is_err() {
                    return;
                }
                if cut == Cut::BeforeAnswer as u8 {
                    while let Ok(count @ 1..) = server.read(&mut answered).await {
                        if find(&answered[..count]).is_some() {
                            break;
                        }
                    }
                }
                if cut != 0 {
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&answered[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}
