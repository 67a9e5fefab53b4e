use countersign_domain::hash_cost::{FLOOR_MEMORY_KIB, FLOOR_WORK_KIB};

use super::Config;

/// Why `serve` does not start with a configuration that is otherwise sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing could be sealed or opened.
    #[error(
        "secrets.master_key is not set: name a file in secrets.master_key_file (make one with `openssl rand -hex 32`)"
    )]
    NoMasterKey,
    /// Tokens would have no issuer.
    #[error("tenancy.public_url is not set: write \"https://{{tenant}}.auth.example.com\" with your own domain")]
    NoPublicUrl,
    /// Passwords would cross the network in clear.
    #[error("tenancy.public_url begins with http://: passwords would cross the network in clear, use https://")]
    PlainPublicUrl,
    /// Nobody ends TLS.
    #[error("nobody ends TLS: set tls.certificate_file and tls.key_file, or name the proxies that do in proxy.trusted")]
    NoTlsAndNoProxy,
    /// A stolen store would be read too soon.
    #[error(
        "hashing is too cheap: hashing.memory_kib must be at least {FLOOR_MEMORY_KIB}, and times \
         hashing.iterations at least {FLOOR_WORK_KIB}"
    )]
    CheapHash,
    /// The sandbox's own domain.
    #[error("tenancy.base_domains holds localhost, which is the sandbox's")]
    Localhost,
}

/// Everything in the configuration for which production refuses to start. What the data folder and the store hold is
/// asked elsewhere.
pub fn refusals(config: &Config) -> Vec<Refusal> {
    let url = config.tenancy.public_url.as_ref();
    let rules = [
        (config.secrets.master_key.is_none(), Refusal::NoMasterKey),
        (url.is_none(), Refusal::NoPublicUrl),
        (url.is_some_and(|url| !url.is_secure()), Refusal::PlainPublicUrl),
        (config.tls.certificate_file.is_none() && config.proxy.trusted.is_empty(), Refusal::NoTlsAndNoProxy),
        (config.hashing.cost().is_below_floor(), Refusal::CheapHash),
        (config.tenancy.base_domains.iter().any(|base| base.as_str() == "localhost"), Refusal::Localhost),
    ];
    rules.into_iter().filter_map(|(broken, refusal)| broken.then_some(refusal)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::parse_text;
    use super::*;

    const GOOD: &str = r#"
        secrets.master_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        tenancy = { base_domains = ["auth.example.com"], public_url = "https://{tenant}.auth.example.com" }
        proxy.trusted = ["10.0.0.0/8"]
    "#;

    fn refused(text: &str) -> Vec<Refusal> {
        refusals(&parse_text(text).unwrap())
    }

    #[test]
    fn production_starts_only_with_a_key_a_url_and_an_end_of_tls() {
        assert_eq!(refused(GOOD), []);
        assert_eq!(refused(""), [Refusal::NoMasterKey, Refusal::NoPublicUrl, Refusal::NoTlsAndNoProxy]);
        assert_eq!(refused(&GOOD.replace("https", "http")), [Refusal::PlainPublicUrl]);
        let tls = "tls = { certificate_file = \"c.pem\", key_file = \"k.pem\" }";
        assert_eq!(refused(&GOOD.replace("proxy.trusted = [\"10.0.0.0/8\"]", tls)), []);
        assert_eq!(refused(&GOOD.replace("auth.example.com", "localhost")), [Refusal::Localhost]);
    }

    #[test]
    fn a_hash_is_as_dear_as_owasp_asks() {
        for (memory, passes, good) in
            [(47_104, 1, true), (12_288, 3, true), (7_168, 5, true), (19_456, 1, false), (1_024, 16, false)]
        {
            let text = format!("{GOOD}\nhashing = {{ memory_kib = {memory}, iterations = {passes} }}");
            assert_eq!(refused(&text).is_empty(), good, "{memory} KiB, {passes} passes");
        }
    }

    #[test]
    fn a_refusal_shows_the_url_as_it_must_be_written() {
        assert!(Refusal::NoPublicUrl.to_string().contains("https://{tenant}.auth"));
    }
}
