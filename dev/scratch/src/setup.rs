//! What a server is asked to be.

use std::path::Path;

/// Tests open many small pools side by side in one process.
const CONNECTIONS_MAX: u32 = 200;

/// Whether a commit survives the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing is flushed. A killed server still keeps every commit, a lost machine does not: right for tests.
    Off,
    /// Everything is flushed as in production: right for measurements.
    Full,
}

/// What a server is asked to be. The default is what tests want.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Whether a commit survives the machine.
    pub durability: Durability,
    /// Also listen on a free TCP port of 127.0.0.1, behind a password. Without it there is only the socket.
    pub tcp: bool,
    /// More settings of the server, by PostgreSQL's own names; they win over ours.
    pub settings: Vec<(String, String)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { durability: Durability::Off, tcp: false, settings: Vec::new() }
    }
}

impl Setup {
    /// The text of the server's configuration file.
    pub(crate) fn file(&self, folder: &Path, port: u16) -> String {
        let address = if self.tcp { "127.0.0.1" } else { "" };
        let mut text = line("unix_socket_directories", &folder.display().to_string());
        text += &line("listen_addresses", address);
        text += &line("port", &port.to_string());
        text += &line("max_connections", &CONNECTIONS_MAX.to_string());
        if self.durability == Durability::Off {
            // `synchronous_commit` stays on: with it off, a killed server loses commits it has answered.
            text += &line("fsync", "off");
            text += &line("full_page_writes", "off");
        }
        for (name, value) in &self.settings {
            text += &line(name, value);
        }
        text
    }
}

fn line(name: &str, value: &str) -> String {
    format!("{name} = '{}'\n", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_of_the_caller_comes_last_and_is_quoted() {
        let setup = Setup { settings: vec![("application_name".into(), "it's".into())], ..Setup::default() };
        let text = setup.file(Path::new("/f"), 1);
        assert!(text.contains("fsync = 'off'\n"));
        assert!(text.ends_with("application_name = 'it''s'\n"));
    }
}
