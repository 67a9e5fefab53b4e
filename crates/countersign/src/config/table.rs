use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;

use super::hosts::{BaseDomain, PublicUrl};
use super::key::{Key, Section, settings};
use super::kinds::{Library, LogFormat, LogLevel, Platform};
use super::mail::{MailAddress, MailHost, MailPassword, MailSecurity, MailUser};
use super::secrets::{MasterKey, StoreUrl};
use super::value::{Bounds, Setting};

settings! {
    root {
        /// Where tenants are served, as address and port. Port 0 takes a free one.
        /// The default is reachable from this machine only; a server writes `0.0.0.0:443` or `[::]:443`.
        listen: SocketAddr = on_this_machine(8080);
        /// Where /health/live, /health/ready and /metrics are served, never to tenants.
        /// Nothing authenticates there: keep it off the public network.
        ops_listen: SocketAddr = on_this_machine(9090);
        /// The data folder: the embedded database, and in the sandbox its master key.
        /// Made with mode 0700; a looser one stops the start. The sandbox uses "data/sandbox" instead.
        data_dir: PathBuf = PathBuf::from("data");
    }

    /// Where accounts, sessions and the audit trail are remembered.
    store: Store {
        /// Empty: SQLite in the data folder, for one machine. "postgres://user:password@host/database": PostgreSQL 15
        /// or later, for any number of nodes; several hosts are separated by commas. A host beyond this machine is
        /// spoken to over TLS only and must show a certificate that this machine trusts, unless sslmode=disable.
        url: Option<StoreUrl> = None;
        /// A file that holds the URL, so that its password stands in no environment and no process list.
        url_file: Option<PathBuf> = None;
        /// PostgreSQL connections of this node. Two for each core of the database server, divided by the nodes, is
        /// plenty: a login holds none while it hashes.
        connections_max: u32 = 16, 1 to 1000;
        /// SQLite threads that read beside the one that writes.
        readers: u32 = 2, 1 to 64;
    }

    /// What seals every secret in the store.
    secrets: Secrets {
        /// The master key: 32 bytes as 64 hexadecimal digits, from `openssl rand -hex 32`. The same on every node.
        /// Without it nothing in the store can be opened: keep a copy apart from the backups.
        master_key: Option<MasterKey> = None;
        /// A file that holds the master key. The sandbox makes one in its data folder and needs neither key.
        master_key_file: Option<PathBuf> = None;
    }

    /// How a request's host names its tenant.
    tenancy: Tenancy {
        /// Domains under which every tenant is a subdomain: with "auth.example.com", the tenant remitjunction is
        /// remitjunction.auth.example.com. The sandbox uses "localhost".
        base_domains: Vec<BaseDomain> = Vec::new();
        /// How a tenant is reached from outside: "https://{tenant}.auth.example.com". It becomes the issuer of tokens
        /// and the base of links, which are never made from what a request claims.
        public_url: Option<PublicUrl> = None;
    }

    /// TLS ended here. Without it a trusted proxy must end it.
    tls: Tls {
        /// The certificate with its chain, in PEM.
        certificate_file: Option<PathBuf> = None;
        /// The certificate's private key, in PEM, readable by the service alone.
        key_file: Option<PathBuf> = None;
        /// How often both files are looked at; a changed pair is used for new connections without a restart.
        reload_seconds: u64 = 60, 1 to 86400;
    }

    /// The proxies in front of this service.
    proxy: Proxy {
        /// Networks whose X-Forwarded-For is believed, read right to left up to the first address outside them.
        /// Whoever is listed can claim any address, so list proxies only.
        trusted: Vec<IpNet> = Vec::new();
    }

    /// How passwords are hashed: Argon2id, on threads of its own.
    hashing: Hashing {
        /// Hashing threads; 0 means one for each core.
        threads: usize = 0, 0 to 1024;
        /// "argon2-rust" is the fast one; "argon2" is the fallback if its self-test fails on some machine.
        library: Library = Library::Argon2Rust;
        /// How far hashing steps back behind everything else (Unix nice), so that a refresh stays quick while every
        /// core hashes.
        nice: i32 = 10, 0 to 19;
        /// Memory of a new hash in KiB. The default triple is OWASP's first recommendation; a tenant may set its own.
        memory_kib: u32 = 19_456, 8 to 262144;
        /// Passes over the memory. Production refuses less work in all than OWASP's weakest recommendation.
        iterations: u32 = 2, 1 to 16;
        /// Lanes of a new hash; more than one helps only where threads are idle.
        parallelism: u32 = 1, 1 to 16;
        /// The longest a login may have to wait for a thread. One that would wait longer is refused at once with 503:
        /// a late answer is worth nothing, and it would delay the next.
        wait_ms_max: u64 = 2000, 100 to 60000;
        /// Idle time after which the threads' memory goes back to the system.
        idle_seconds: u64 = 60, 1 to 86400;
    }

    /// New passwords. What a tenant asks of them is a setting of the tenant.
    passwords: Passwords {
        /// A list of common and breached passwords, made by `countersign blocklist build`. None of them can be set any
        /// more; a login with one goes through and says so. Without it the built-in list of common ones is asked alone.
        /// It is mapped into memory: replace it by renaming another one over it, and start the service anew.
        blocklist_file: Option<PathBuf> = None;
    }

    /// Connections and requests. What one request may cost is no setting: a head of 32 KiB and 100 fields within 20
    /// seconds, a body of 64 KiB within 30.
    http: Http {
        /// Open connections in all. Keep it below the limit of open files.
        connections_max: usize = 10_000, 1 to 1000000;
        /// Open connections of one client network (an IPv4 address, an IPv6 /64), so that one machine cannot take them
        /// all. Trusted proxies and limits.exempt_networks are not counted.
        connections_per_network_max: usize = 512, 1 to 1000000;
        /// Time between the word to stop and the end of listening, in which /health/ready already says no: as long as
        /// the load balancer in front needs to notice.
        stop_notice_seconds: u64 = 0, 0 to 300;
        /// Time that requests in flight are given to finish when the service stops.
        stop_seconds_max: u64 = 30, 0 to 3600;
        /// Values that the header `platform` may have; any other is a 400.
        platforms: Vec<Platform> = vec![Platform::fincode()];
    }

    /// Limits by source, which slow guessing down before it costs a hash.
    limits: Limits {
        /// Failed logins of one client network (an IPv4 address, an IPv6 /64) in the window; beyond: 429.
        /// Generous, since a whole office or mobile network can share one address.
        failures_per_network_max: u32 = 100, 1 to 1000000;
        /// The window in which those failures count.
        failures_window_seconds: u64 = 900, 1 to 86400;
        /// Different unknown emails that one client network is told about in an hour, where a tenant tells; beyond,
        /// the answer is that of a wrong password, so that a harvester learns little.
        unknown_names_per_network_max: u32 = 10, 0 to 1000000;
        /// The same for all clients of one tenant together.
        unknown_names_per_tenant_max: u32 = 200, 0 to 1000000;
        /// Networks that no limit by source counts: tests and monitoring. Lockout still counts for them.
        exempt_networks: Vec<IpNet> = Vec::new();
    }

    /// The server that takes letters. The sandbox needs none: it sends nothing, and shows its letters at /sandbox/mail.
    mail: Mail {
        /// The mail server, by name. Without it letters wait in the outbox, and people get none.
        smtp_host: Option<MailHost> = None;
        /// Its port; 0 means 587 with "starttls", 465 with "tls", 25 with "none".
        smtp_port: u32 = 0, 0 to 65535;
        /// "starttls" turns a plain connection into TLS before anything is said, "tls" begins with it. Either way the
        /// server must show a certificate for its name. "none" is for a server on this machine only.
        smtp_security: MailSecurity = MailSecurity::Starttls;
        /// A certificate authority in PEM, for a server whose certificate this machine does not trust otherwise.
        smtp_ca_file: Option<PathBuf> = None;
        /// Who logs in there; nobody does where it is empty.
        smtp_user: Option<MailUser> = None;
        /// The password to log in with.
        smtp_password: Option<MailPassword> = None;
        /// A file that holds the password.
        smtp_password_file: Option<PathBuf> = None;
        /// The address that letters come from where a tenant sets none. Its domain stands in every Message-ID.
        sender: Option<MailAddress> = None;
        /// Connections to the mail server at once, kept open for a minute after their last letter.
        connections_max: u32 = 4, 1 to 8;
        /// How long the mail server may take for one letter, the connection included. What takes longer is tried again.
        timeout_seconds: u64 = 20, 1 to 28;
    }

    /// What is written to the log.
    log: Log {
        /// "json" for machines, a line for each request; "text" for people. The sandbox uses "text".
        format: LogFormat = LogFormat::Json;
        /// The least serious line written: "error", "warn", "info", "debug" or "trace".
        level: LogLevel = LogLevel::Info;
    }
}

const fn on_this_machine(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

impl Mail {
    /// The port to connect to.
    pub fn port(&self) -> u16 {
        let usual = match self.smtp_security {
            MailSecurity::Starttls => 587,
            MailSecurity::Tls => 465,
            MailSecurity::None => 25,
        };
        u16::try_from(self.smtp_port).ok().filter(|port| *port > 0).unwrap_or(usual)
    }
}

impl Hashing {
    /// The cost of a new hash where a tenant sets none.
    pub const fn cost(&self) -> countersign_domain::HashCost {
        countersign_domain::HashCost {
            memory_kib: self.memory_kib,
            iterations: self.iterations,
            parallelism: self.parallelism,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_cost_is_the_one_the_rules_know() {
        assert_eq!(Hashing::default().cost(), countersign_domain::HashCost::default());
    }
}
