//! Whole configurations: every layer, and everything that can be wrong in them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const CANARY: &str = "hunter2";

/// A configuration under construction in a folder of its own.
struct Desk {
    folder: tempfile::TempDir,
    sources: Sources,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), sources: Sources::default() }
    }

    fn sandbox(mut self) -> Self {
        self.sources.mode = Mode::Sandbox;
        self
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    fn file(mut self, text: &str) -> Self {
        self.sources.file = Some(self.write("c.toml", text, 0o600));
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.sources.variables.push((name.into(), value.into()));
        self
    }

    fn set(mut self, text: &str) -> Self {
        self.sources.set.push(text.into());
        self
    }

    fn flag(mut self, option: &'static str, key: &'static str, value: &str) -> Self {
        self.sources.flags.push(Flag { option, key, value: value.into() });
        self
    }

    fn loaded(&self) -> Loaded {
        Config::load(&self.sources).unwrap()
    }

    fn shown(&self, key: &str) -> String {
        let entries = self.loaded().entries();
        let entry = entries.into_iter().find(|entry| entry.key == key).unwrap();
        self.here(format!("{} from {}", entry.value, entry.origin))
    }

    fn told(&self) -> Vec<String> {
        let errors = Config::load(&self.sources).unwrap_err();
        errors.listed.iter().map(|error| self.here(error.to_string())).collect()
    }

    fn here(&self, text: String) -> String {
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

#[test]
fn each_layer_lies_over_the_one_before_and_says_so() {
    let key = "http.connections_max";
    let desk = Desk::new();
    assert_eq!(desk.shown(key), "10000 from default");
    let desk = desk.file("[http]\nconnections_max = 2000\n");
    assert_eq!(desk.shown(key), "2000 from c.toml:2");
    let desk = desk.variable("COUNTERSIGN_HTTP__CONNECTIONS_MAX", "3000");
    assert_eq!(desk.shown(key), "3000 from variable COUNTERSIGN_HTTP__CONNECTIONS_MAX");
    let desk = desk.set("http.connections_max=4000");
    assert_eq!(desk.shown(key), "4000 from --set");
    let desk = desk.set("listen=127.0.0.1:1").flag("--listen", "listen", "127.0.0.1:2");
    assert_eq!(desk.shown("listen"), "\"127.0.0.1:2\" from --listen");
    assert_eq!(desk.loaded().config.http.connections_max, 4000);
}

#[test]
fn a_file_may_be_named_by_a_variable() {
    let desk = Desk::new();
    let path = desk.write("named.toml", "log.level = 'warn'", 0o644);
    let desk = desk.variable(FILE_VARIABLE, path.to_str().unwrap());
    assert_eq!(desk.shown("log.level"), "\"warn\" from named.toml:1");
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_place() {
    let desk = Desk::new()
        .file(
            "listen = 8080\nhtpp.stop_seconds_max = 1\n[http]\nconnections_max = 0\nplatforms = [1]\n[tenant]\nx = 1\n",
        )
        .variable("COUNTERSIGN_LOG__LEVEL", "loud")
        .variable("COUNTERSIGN_HTTP_CONNECTIONS_MAX", "5")
        .set("hashing.thread=2")
        .set("no equals sign")
        .flag("--ops-listen", "ops_listen", "localhost");
    insta::assert_snapshot!(desk.told().join("\n"), @r#"
c.toml:1: listen: expected an IP address and port such as "127.0.0.1:8080" or "[::1]:8080", found 8080
c.toml:2: htpp.stop_seconds_max: there is no such key; the nearest is http.stop_seconds_max
c.toml:4: http.connections_max: expected a whole number from 1 to 1000000, found 0
c.toml:5: http.platforms: expected a list, each a name of 1 to 64 visible ASCII characters, found a list of other things
c.toml:7: tenant.x: there is no such key; the nearest is listen
variable COUNTERSIGN_HTTP_CONNECTIONS_MAX: there is no such key; the nearest is COUNTERSIGN_HTTP__CONNECTIONS_MAX
variable COUNTERSIGN_LOG__LEVEL: log.level: expected "error", "warn", "info", "debug" or "trace", found "loud"
--set: expected key=value
--set: hashing.thread: there is no such key; the nearest is hashing.threads
--ops-listen: ops_listen: expected an IP address and port such as "127.0.0.1:8080" or "[::1]:8080", found "localhost"
"#);
}

#[test]
fn a_file_that_is_not_toml_is_told_by_line_and_without_its_text() {
    let desk = Desk::new().file("listen = '[::1]:1'\n[store]\nurl = postgres://u:hunter2@h/d\n\n[[http]\n");
    let told = desk.told().join("\n");
    assert!(told.starts_with("c.toml:3: not TOML: ") && told.contains("c.toml:5: "), "{told}");
    assert!(!told.contains(CANARY), "{told}");
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let mut desk = Desk::new();
    desk.sources.file = Some(desk.folder.path().join("missing.toml"));
    assert_eq!(desk.told(), ["missing.toml: cannot be read: No such file or directory (os error 2)"]);
    desk.sources.file = Some(desk.write("big.toml", &"#".repeat(1_100_000), 0o600));
    assert_eq!(desk.told(), ["big.toml: is longer than 1048576 bytes"]);
}

#[test]
fn keys_that_do_not_fit_together_are_told() {
    let desk = Desk::new().file(
        "listen = '0.0.0.0:1'\nops_listen = '0.0.0.0:1'\n\
         tls.key_file = 'k'\ntenancy.public_url = 'https://{tenant}.a.b'\nhashing = { memory_kib = 8, parallelism = 2 }\n",
    );
    insta::assert_snapshot!(desk.told().join("\n"), @"
c.toml:3: tls.key_file: needs tls.certificate_file beside it
c.toml:2: ops_listen: must differ from listen: tenants must not reach it
c.toml:4: tenancy.public_url: is under a.b, which tenancy.base_domains does not list
c.toml:5: hashing.memory_kib: with hashing.iterations and hashing.parallelism needs at least one pass, one lane and 8 KiB of memory for each lane
");
}

#[test]
fn a_secret_is_read_from_its_file_and_its_place_is_known() {
    let desk = Desk::new();
    let path = desk.write("master.key", &format!("{KEY}\n"), 0o400);
    let desk = desk.set(&format!("secrets.master_key_file={}", path.display()));
    assert_eq!(desk.shown("secrets.master_key"), "set from the file named by --set");
    assert_eq!(desk.loaded().config.secrets.master_key.unwrap().expose()[31], 0x1f);
}

#[test]
fn of_a_secret_and_its_file_the_later_layer_counts_and_one_layer_may_not_have_both() {
    let url = |host: &str| format!("postgres://u:hunter2@{host}/d");
    let host_of = |desk: &Desk| {
        desk.loaded().config.store.url.unwrap().expose().trim_start_matches("postgres://u:hunter2@").to_owned()
    };
    let desk = Desk::new();
    let path = desk.write("url", &url("from-file"), 0o600).display().to_string();

    let both = Desk::new().set(&format!("store.url={}", url("h"))).set(&format!("store.url_file={path}"));
    assert_eq!(both.told(), ["--set: store.url: store.url_file is given in the same layer: keep one of the two"]);
    let file_later =
        Desk::new().variable("COUNTERSIGN_STORE__URL", &url("direct")).set(&format!("store.url_file={path}"));
    assert_eq!(host_of(&file_later), "from-file/d");
    let direct_later =
        Desk::new().variable("COUNTERSIGN_STORE__URL_FILE", &path).set(&format!("store.url={}", url("direct")));
    assert_eq!(host_of(&direct_later), "direct/d");
    let taken_back = desk.variable("COUNTERSIGN_STORE__URL_FILE", &path).set("store.url_file=");
    assert_eq!(taken_back.shown("store.url"), "unset from default");
}

#[test]
fn a_configuration_file_that_holds_a_secret_is_closed_to_others() {
    let desk = Desk::new();
    let text = format!("[secrets]\nmaster_key = '{KEY}'\n");
    for (mode, good) in [(0o600, true), (0o640, true), (0o644, false)] {
        let mut desk = Desk::new();
        desk.sources.file = Some(desk.write("c.toml", &text, mode));
        assert_eq!(Config::load(&desk.sources).is_ok(), good, "{mode:o}");
    }
    let mut desk = desk;
    desk.sources.file = Some(desk.write("c.toml", &text, 0o644));
    assert_eq!(
        desk.told(),
        ["c.toml:2: secrets.master_key: a secret stands in this file: c.toml is open to others (mode 0644): \
          run `chmod 0600 c.toml`"]
    );
}

#[test]
fn no_value_of_a_secret_is_ever_printed() {
    let url = "postgres://u:hunter2@h/d";
    let wrong = "mysql://u:hunter2@h/d";
    let good = [
        Desk::new().set(&format!("store.url={url}")),
        Desk::new().variable("COUNTERSIGN_STORE__URL", url),
        Desk::new().file(&format!("store.url = '{url}'")),
    ];
    for desk in good {
        let loaded = desk.loaded();
        let printed = format!("{loaded:?} {:?}", loaded.entries());
        assert!(printed.contains("set") && !printed.contains(CANARY), "{printed}");
    }
    let bad = [
        Desk::new().set(&format!("store.url={wrong}")),
        Desk::new().set(&format!("store.ulr={wrong}")),
        Desk::new().set(wrong),
        Desk::new().set(&format!("store.url_file={wrong}")),
        Desk::new().set("secrets.master_key=hunter2"),
        Desk::new().variable("COUNTERSIGN_STORE__URL", wrong),
        Desk::new().variable("COUNTERSIGN_STORE_URL", wrong),
        Desk::new().file(&format!("store.url = '{wrong}'")),
        Desk::new().file(&format!("store.url = ['{wrong}']")),
        Desk::new().file(&format!("store.url = '{wrong}\n")),
        Desk::new().file(&format!("store.url = {wrong}")),
        Desk::new().file(&format!("store.url = \"\\q{wrong}\"")),
        Desk::new().file(&format!("store = '{wrong}'")),
        Desk::new().file(&format!("url = '{wrong}'")),
        Desk::new().file(&format!("[store.url]\nx = '{wrong}'")),
        Desk::new().file(&format!("store.url = '{wrong}'\nstore.url = '{wrong}'")),
    ];
    for desk in bad {
        let errors = Config::load(&desk.sources).unwrap_err();
        let printed = format!("{errors} {errors:?}");
        assert!(!printed.contains(CANARY), "{printed}");
    }
}

#[test]
fn the_sandbox_needs_nothing_and_its_url_follows_the_port() {
    let desk = Desk::new().sandbox();
    assert_eq!(desk.shown("data_dir"), "\"data/sandbox\" from sandbox default");
    assert_eq!(desk.shown("tenancy.base_domains"), "[\"localhost\"] from sandbox default");
    assert_eq!(desk.shown("tenancy.public_url"), "\"http://{tenant}.localhost:8080\" from sandbox default");
    assert_eq!(desk.shown("log.format"), "\"text\" from sandbox default");

    let desk = desk.flag("--listen", "listen", "127.0.0.1:0");
    let mut loaded = desk.loaded();
    loaded.listening_on("127.0.0.1:4567".parse().unwrap());
    let url = loaded.config.tenancy.public_url.as_ref().unwrap();
    assert_eq!(url.of(&"remitjunction".parse().unwrap()), "http://remitjunction.localhost:4567");
    assert_eq!(loaded.config.listen.port(), 4567);
}

#[test]
fn a_public_url_of_the_operators_own_is_left_alone() {
    let desk = Desk::new().sandbox().set("tenancy.public_url=http://{tenant}.localhost:99");
    let mut loaded = desk.loaded();
    loaded.listening_on("127.0.0.1:4567".parse().unwrap());
    let url = loaded.config.tenancy.public_url.as_ref().unwrap();
    assert_eq!(url.of(&"a".parse().unwrap()), "http://a.localhost:99");

    let mut production = Desk::new().loaded();
    production.listening_on("127.0.0.1:4567".parse().unwrap());
    assert!(production.config.tenancy.public_url.is_none());
}

#[test]
fn what_print_shows_can_be_pasted_back() {
    let desk = Desk::new().sandbox().set("proxy.trusted=10.0.0.0/8,::1").set("http.platforms=a,b");
    let first = desk.loaded();
    let secret = |entry: &Entry| entry.value == "set" || entry.value == "unset";
    let lines = first.entries().into_iter().filter(|entry| !secret(entry));
    let text: String = lines.map(|entry| format!("{} = {}\n", entry.key, entry.value)).collect();
    assert_eq!(format!("{:?}", parse_text(&text).unwrap()), format!("{:?}", first.config));
}

#[test]
fn hostile_shapes_are_refused_and_nothing_breaks() {
    let deep = 200_000;
    for text in [
        "[".repeat(deep),
        format!("a = {}", "[".repeat(deep)),
        format!("a = {}", "{a=".repeat(deep)),
        format!("{}a = 1", "a.".repeat(deep)),
        format!("[{}a]", "a.".repeat(deep)),
        (0..20_000).map(|n| format!("k{n} = 1\n")).collect(),
        "\u{feff}listen = 1".to_owned(),
        "http = [[]]\n".to_owned(),
        "[[http]]\n".to_owned(),
        "[htpp]\n".to_owned(),
        "[http.connections_max]\n".to_owned(),
        "http.connections_max = 99999999999999999999999999".to_owned(),
        "http.connections_max = 1979-05-27".to_owned(),
    ] {
        let errors = parse_text(&text).unwrap_err();
        assert!(!errors.listed.is_empty() && errors.to_string().lines().count() <= 51);
    }
    assert!(parse_text("[http]\n").is_ok(), "an empty section of ours decides nothing");
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in any::<String>()) {
        let _ = parse_text(&text);
    }

    #[test]
    fn no_assignment_breaks_the_reader(name in "[a-z_.]{0,20}|http\\.[a-z_]{1,20}", value in "[ -~]{0,20}") {
        let _ = parse_text(&format!("{name} = {value}"));
    }
}
