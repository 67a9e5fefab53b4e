use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;

use super::value::Text;

/// The contract's values are short names; the header is matched on every request.
const PLATFORM_BYTES_MAX: usize = 64;

impl Text for SocketAddr {
    const EXPECTED: &'static str = "an IP address and port such as \"127.0.0.1:8080\" or \"[::1]:8080\"";

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl Text for PathBuf {
    const EXPECTED: &'static str = "a path";

    fn from_text(text: &str) -> Option<Self> {
        (!text.is_empty() && !text.contains('\0')).then(|| text.into())
    }

    fn to_text(&self) -> String {
        self.display().to_string()
    }
}

impl Text for IpNet {
    const EXPECTED: &'static str = "a network such as \"10.0.0.0/8\", or one address";

    fn from_text(text: &str) -> Option<Self> {
        text.parse::<IpAddr>().map(Self::from).or_else(|_| text.parse::<Self>()).map(|net| net.trunc()).ok()
    }

    fn to_text(&self) -> String {
        self.to_string()
    }
}

/// A value that the header `platform` may have: visible ASCII.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform(String);

impl Platform {
    /// The contract's own.
    pub fn fincode() -> Self {
        Self("fincode".to_owned())
    }

    /// The value itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text for Platform {
    const EXPECTED: &'static str = "a name of 1 to 64 visible ASCII characters";

    fn from_text(text: &str) -> Option<Self> {
        let good = (1..=PLATFORM_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        good.then(|| Self(text.to_owned()))
    }

    fn to_text(&self) -> String {
        self.0.clone()
    }
}

/// An enum of which each value has one name in the configuration.
macro_rules! named {
    ($(#[doc = $edoc:literal])+ $name:ident, $expected:literal { $($(#[doc = $doc:literal])+ $value:ident = $text:literal,)+ }) => {
        $(#[doc = $edoc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[doc = $doc])+ $value,)+ }

        impl $name {
            /// The name in the configuration.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }
        }

        impl Text for $name {
            const EXPECTED: &'static str = $expected;

            fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$value),)+ _ => None }
            }

            fn to_text(&self) -> String {
                self.name().to_owned()
            }
        }
    };
}
pub(super) use named;

named! {
    /// The library that computes Argon2id.
    Library, "\"argon2-rust\" or \"argon2\"" {
        /// The fast one.
        Argon2Rust = "argon2-rust",
        /// The fallback.
        Argon2 = "argon2",
    }
}

named! {
    /// How log lines are written.
    LogFormat, "\"json\" or \"text\"" {
        /// One JSON object a line.
        Json = "json",
        /// For people.
        Text = "text",
    }
}

named! {
    /// The least serious log line that is written.
    LogLevel, "\"error\", \"warn\", \"info\", \"debug\" or \"trace\"" {
        /// Something is broken.
        Error = "error",
        /// Something will be.
        Warn = "warn",
        /// What happened: one line for each request.
        Info = "info",
        /// How it happened.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_a_prefix_or_one_address() {
        let read = |text| IpNet::from_text(text).map(|net| net.to_string());
        assert_eq!(read("10.1.2.3/8").as_deref(), Some("10.0.0.0/8"));
        assert_eq!(read("::1").as_deref(), Some("::1/128"));
        assert_eq!(read("10.0.0.0/33"), None);
    }
}
