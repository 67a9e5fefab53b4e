use std::path::Path;
use std::time::Duration;

use countersign::http::server::tls::{CertificateFiles, Tls};
use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::start::{HOST, Options, Running, start_with};
use super::wire::{GOOD_BODY, LOGIN};

fn write_certificate(folder: &Path) -> (CertificateFiles, reqwest::Certificate) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([HOST.to_owned()]).unwrap();
    let files = CertificateFiles { certificate: folder.join("tls.crt"), key: folder.join("tls.key") };
    std::fs::write(&files.certificate, cert.pem()).unwrap();
    std::fs::write(&files.key, signing_key.serialize_pem()).unwrap();
    (files, reqwest::Certificate::from_pem(cert.pem().as_bytes()).unwrap())
}

fn client(running: &Running, root: &reqwest::Certificate) -> reqwest::Client {
    reqwest::Client::builder().tls_certs_only([root.clone()]).resolve(HOST, running.address).build().unwrap()
}

async fn login(running: &Running, client: &reqwest::Client) -> reqwest::Result<reqwest::Response> {
    let url = format!("https://{HOST}:{}{LOGIN}", running.address.port());
    let ask = client.put(url).header("platform", "fincode").header("uuid", "200");
    ask.header("content-type", "application/json").body(GOOD_BODY).send().await
}

#[tokio::test]
async fn tls_carries_both_protocols_and_exchanges_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (files, first) = write_certificate(folder.path());
    let tls = Tls::load(files.clone()).unwrap();
    let keeper = tls.clone();
    tokio::spawn(async move { keeper.keep_current(Duration::from_millis(20)).await });
    let running = start_with(Options { tls: Some(tls), ..Options::default() }).await;

    let reply = login(&running, &client(&running, &first)).await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.version()), (200, reqwest::Version::HTTP_2));
    let http1 = reqwest::Client::builder().tls_certs_only([first.clone()]).http1_only().resolve(HOST, running.address);
    let reply = login(&running, &http1.build().unwrap()).await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.version()), (200, reqwest::Version::HTTP_11));

    // Files that are no pair are kept out.
    let good = std::fs::read(&files.key).unwrap();
    std::fs::write(&files.key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(login(&running, &client(&running, &first)).await.is_ok());
    std::fs::write(&files.key, good).unwrap();

    // A good pair is used from then on.
    let (_, second) = write_certificate(folder.path());
    let mut exchanged = false;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        exchanged = exchanged || login(&running, &client(&running, &second)).await.is_ok();
    }
    assert!(exchanged);
    assert!(login(&running, &client(&running, &first)).await.is_err());
}

#[tokio::test]
async fn what_is_no_pair_is_refused_at_start_and_no_key_is_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = write_certificate(folder.path());
    let other = tempfile::tempdir().unwrap();
    let (foreign, _) = write_certificate(other.path());
    let refused = |files: &CertificateFiles| Tls::load(files.clone()).err().map(|why| why.to_string()).unwrap();
    let mismatched = CertificateFiles { key: foreign.key, ..files.clone() };
    assert!(refused(&mismatched).starts_with("certificate and key cannot be used together"));
    let missing = CertificateFiles { key: folder.path().join("none"), ..files.clone() };
    assert!(refused(&missing).contains("none"));
    let swapped = CertificateFiles { certificate: files.key.clone(), key: files.certificate.clone() };
    assert!(refused(&swapped).contains("no certificate in it"));
    std::fs::write(&files.key, "-----BEGIN PRIVATE KEY-----\nsesame!!\n").unwrap();
    assert!(!refused(&files).contains("sesame"));
}

#[tokio::test]
async fn plain_words_on_a_tls_port_end_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = write_certificate(folder.path());
    let running = start_with(Options { tls: Some(Tls::load(files).unwrap()), ..Options::default() }).await;
    let plain = super::wire::request("PUT", LOGIN, &[], GOOD_BODY);
    assert!(super::wire::exchange(running.address, &plain).await.is_none());
}
