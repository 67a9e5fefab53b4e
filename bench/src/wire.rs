//! A client that costs next to nothing: requests are bytes made beforehand, an answer is read as far as is needed. It
//! runs on the same cores as what it measures, so every microsecond of its own would be taken from the product.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::ops::Range;

use anyhow::{Context, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Answers of ours are 1 to 3 KiB.
const BUFFER_BYTES: usize = 8 * 1024;
/// No answer of ours comes near; a broken one must not fill the memory.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// One kept connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, in the connection's own buffer.
pub(crate) struct Answer<'c> {
    pub(crate) status: u16,
    /// The status line and the headers.
    pub(crate) head: &'c str,
    pub(crate) body: &'c [u8],
}

impl Answer<'_> {
    /// The text of a member of the body, which must hold no escapes: tokens do not.
    pub(crate) fn text(&self, member: &str) -> anyhow::Result<&str> {
        let body = std::str::from_utf8(self.body)?;
        let after = body.split_once(&format!("\"{member}\":\"")).map(|(_, after)| after);
        let text = after.and_then(|after| after.split_once('"')).map(|(text, _)| text);
        text.with_context(|| format!("status {} without {member}: {body}", self.status))
    }

    /// # Errors
    /// Where the status is another; the message has the body.
    pub(crate) fn expect(&self, status: u16) -> anyhow::Result<()> {
        if self.status != status {
            bail!("status {} instead of {status}: {}", self.status, String::from_utf8_lossy(self.body));
        }
        Ok(())
    }
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(BUFFER_BYTES) })
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.fill().await?;
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
        };
        let (status, length) = read_head(self.buffer.get(..head).unwrap_or_default())?;
        while self.buffer.len() < head + length {
            self.fill().await?;
        }
        let body: Range<usize> = head..head + length;
        let head = std::str::from_utf8(self.buffer.get(..head).unwrap_or_default())?;
        Ok(Answer { status, head, body: self.buffer.get(body).unwrap_or_default() })
    }

    async fn fill(&mut self) -> anyhow::Result<()> {
        if self.buffer.len() > ANSWER_BYTES_MAX {
            bail!("an answer without an end");
        }
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Status and length of the body. Every answer of ours says its length.
fn read_head(head: &[u8]) -> anyhow::Result<(u16, usize)> {
    let head = std::str::from_utf8(head)?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let length = lines.filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok()).flatten()
    });
    status.zip(length).with_context(|| format!("a strange head: {head}"))
}

/// As many connections as are in use at once, for requests that do not wait for one another.
pub(crate) struct Connections {
    address: SocketAddr,
    idle: RefCell<Vec<Connection>>,
}

/// Status and body of an answer.
pub(crate) struct Owned {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Owned {
    pub(crate) fn view(&self) -> Answer<'_> {
        Answer { status: self.status, head: "", body: &self.body }
    }
}

impl Connections {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, idle: RefCell::default() }
    }

    /// Sends a request on a connection that nobody uses, and keeps the connection for the next one.
    pub(crate) async fn ask(&self, request: &[u8]) -> anyhow::Result<Owned> {
        let kept = self.idle.borrow_mut().pop();
        if let Some(connection) = kept {
            // One that rested too long was closed by the server: then another is opened.
            if let Ok(answer) = self.ask_on(connection, request).await {
                return Ok(answer);
            }
        }
        self.ask_on(Connection::open(self.address).await?, request).await
    }

    async fn ask_on(&self, mut connection: Connection, request: &[u8]) -> anyhow::Result<Owned> {
        let answer = connection.ask(request).await?;
        let owned = Owned { status: answer.status, body: answer.body.to_vec() };
        self.idle.borrow_mut().push(connection);
        Ok(owned)
    }
}
