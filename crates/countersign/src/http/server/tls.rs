//! TLS by rustls, with a certificate that can be exchanged under a running listener.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use zeroize::Zeroizing;

use crate::http::ops;

/// Where certificate and key lie, both PEM. The certificate's chain follows it in the same file.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    /// The certificate and its chain.
    pub certificate: PathBuf,
    /// The private key: PKCS #8, SEC1 or PKCS #1.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadCertificate {
    /// A file cannot be read.
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    /// A file holds no PEM of the right kind.
    #[error("{0}: holds no usable PEM: {1}")]
    Pem(PathBuf, String),
    /// The two do not belong together, or are of a kind that we do not speak.
    #[error("certificate and key cannot be used together: {0}")]
    Pair(rustls::Error),
}

/// The TLS side of a listener.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
}

struct Current {
    files: CertificateFiles,
    provider: Arc<CryptoProvider>,
    /// The bytes that were last looked at and what came of them: bad ones are complained about once.
    seen: RwLock<(Contents, Arc<CertifiedKey>)>,
}

type Contents = (Vec<u8>, Zeroizing<Vec<u8>>);

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Current({:?})", self.files)
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.seen.read().unwrap_or_else(PoisonError::into_inner).1))
    }
}

impl Tls {
    /// Reads the files and makes the settings: TLS 1.2 and 1.3, HTTP/2 before HTTP/1.1.
    ///
    /// # Errors
    /// [`BadCertificate`]: nothing can be served with these files.
    pub fn load(files: CertificateFiles) -> Result<Self, BadCertificate> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let contents = read(&files)?;
        let pair = Arc::new(pair(&files, &contents, &provider)?);
        let current = Arc::new(Current { files, provider: Arc::clone(&provider), seen: RwLock::new((contents, pair)) });
        let mut settings = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(BadCertificate::Pair)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        settings.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(settings)), current })
    }

    /// Looks at the files again and again, for as long as it is polled. New ones that are good are used for every
    /// connection from then on; bad ones are kept out, and the old certificate goes on.
    pub async fn keep_current(&self, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            match self.current.look_again() {
                Ok(false) => {}
                Ok(true) => {
                    tracing::info!(certificate = %self.current.files.certificate.display(), "the certificate was exchanged");
                    ops::count_certificate_reload("exchanged");
                }
                Err(why) => {
                    tracing::error!(%why, "a new certificate cannot be used: the old one goes on");
                    ops::count_certificate_reload("refused");
                }
            }
        }
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }
}

impl Current {
    /// Whether the certificate was exchanged. Files that cannot be read right now are in the middle of being written
    /// or gone for good: both are worth a complaint each time.
    fn look_again(&self) -> Result<bool, BadCertificate> {
        let contents = read(&self.files)?;
        if self.seen.read().unwrap_or_else(PoisonError::into_inner).0 == contents {
            return Ok(false);
        }
        let made = pair(&self.files, &contents, &self.provider);
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        seen.0 = contents;
        seen.1 = Arc::new(made?);
        Ok(true)
    }
}

/// Two files of a few KiB: read without leaving the thread.
fn read(files: &CertificateFiles) -> Result<Contents, BadCertificate> {
    let read = |path: &Path| std::fs::read(path).map_err(|why| BadCertificate::File(path.to_owned(), why));
    Ok((read(&files.certificate)?, Zeroizing::new(read(&files.key)?)))
}

fn pair(
    files: &CertificateFiles,
    contents: &Contents,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, BadCertificate> {
    let pem = |path: &Path, why: &dyn fmt::Display| BadCertificate::Pem(path.to_owned(), why.to_string());
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&contents.0)
        .collect::<Result<_, _>>()
        .map_err(|why| pem(&files.certificate, &why))?;
    if chain.is_empty() {
        return Err(pem(&files.certificate, &"no certificate in it"));
    }
    // What exactly is wrong with a key is not repeated: it might be a piece of the key.
    let key = PrivateKeyDer::from_pem_slice(&contents.1).map_err(|_| pem(&files.key, &"no private key in it"))?;
    CertifiedKey::from_der(chain, key, provider).map_err(BadCertificate::Pair)
}
