use std::ffi::OsString;
use std::path::Path;

use toml::de::{DeTable, DeValue, Error};

use super::error::{ConfigError, Problem};
use super::key::Key;
use super::nearest::nearest;
use super::value::Given;
use super::{FILE_VARIABLE, Origin, SECTIONS, VARIABLE_PREFIX};

/// What one layer says about one key. Its name may be of no key.
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) given: Given,
}

/// A layer as far as it could be read, and what could not.
#[derive(Default)]
pub(super) struct Layer {
    pub(super) assignments: Vec<Assignment>,
    pub(super) errors: Vec<ConfigError>,
}

/// A name in a message: no longer than one reads, and unable to paint the terminal.
const NAME_CHARS_MAX: usize = 80;

impl Layer {
    fn say(&mut self, name: &str, origin: Origin, given: Given) {
        self.assignments.push(Assignment { name: name.to_owned(), origin, given });
    }

    fn fail(&mut self, origin: Origin, key: &str, problem: Problem) {
        self.errors.push(ConfigError { origin, key: printable(key), problem });
    }

    /// The text of a configuration file; `path` is for messages only.
    pub(super) fn of_text(text: &str, path: &Path) -> Self {
        let mut layer = Self::default();
        let ends: Vec<usize> = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        let line_of = |offset: usize| ends.partition_point(|end| *end < offset) + 1;
        let at = |offset: usize| Origin::File { path: path.to_owned(), line: Some(line_of(offset)) };
        let (root, mut faults) = DeTable::parse_recoverable(text);
        let place = |fault: &Error| fault.span().map_or(text.len(), |span| span.start);
        faults.sort_by_key(place);
        for fault in &faults {
            layer.fail(at(place(fault)), "", Problem::Syntax { reason: fault.message().to_owned() });
        }
        if !faults.is_empty() {
            return layer; // what a broken file seems to say would only mislead
        }
        let mut top: Vec<_> = root.get_ref().iter().collect();
        top.sort_by_key(|(name, _)| name.span().start);
        for (name, value) in top {
            let origin = at(name.span().start);
            match value.get_ref() {
                DeValue::Table(inside) if !is_key(name.get_ref()) && !inside.is_empty() => {
                    let mut inside: Vec<_> = inside.iter().collect();
                    inside.sort_by_key(|(short, _)| short.span().start);
                    for (short, value) in inside {
                        let full = format!("{}.{}", name.get_ref(), short.get_ref());
                        layer.say(&full, at(short.span().start), Given::from_toml(value.get_ref()));
                    }
                }
                DeValue::Table(_) if is_section(name.get_ref()) => {}
                value => layer.say(name.get_ref(), origin, Given::from_toml(value)),
            }
        }
        layer
    }

    /// The environment: whatever begins with our prefix and was not put there by Kubernetes.
    pub(super) fn of_variables(variables: &[(OsString, OsString)]) -> Self {
        let mut layer = Self::default();
        for (name, value) in variables {
            let lossy = name.to_string_lossy();
            if !lossy.starts_with(VARIABLE_PREFIX) || lossy == FILE_VARIABLE || is_service_link(&lossy) {
                continue;
            }
            let origin = Origin::Variable(printable(&lossy));
            match (keys().find(|key| key.variable() == lossy), value.to_str()) {
                (Some(key), Some(value)) => layer.say(key.name, origin, Given::Loose(value.to_owned())),
                (Some(key), None) => layer.fail(origin, key.name, Problem::NotText),
                (None, _) => {
                    let nearest = nearest(&lossy, keys().map(Key::variable));
                    layer.fail(origin, "", Problem::UnknownKey { nearest });
                }
            }
        }
        layer
    }

    /// The values of `--set`.
    pub(super) fn of_set(set: &[String]) -> Self {
        let mut layer = Self::default();
        for text in set {
            match text.split_once('=') {
                Some((name, value)) => layer.say(name.trim(), Origin::Set, Given::Loose(value.to_owned())),
                None => layer.fail(Origin::Set, "", Problem::NoEquals),
            }
        }
        layer
    }
}

pub(super) fn keys() -> impl Iterator<Item = &'static Key> {
    SECTIONS.iter().flat_map(|section| section.keys)
}

pub(super) fn key(name: &str) -> Option<&'static Key> {
    keys().find(|key| key.name == name)
}

fn is_key(name: &str) -> bool {
    key(name).is_some()
}

pub(super) fn is_section(name: &str) -> bool {
    !name.is_empty() && SECTIONS.iter().any(|section| section.name == name)
}

pub(super) fn printable(name: &str) -> String {
    name.chars().take(NAME_CHARS_MAX).flat_map(char::escape_debug).collect()
}

/// Kubernetes describes every Service to every pod in variables named after it, and a Service may well be named
/// `countersign` or `countersign-ops`: `…_SERVICE_HOST`, `…_SERVICE_PORT[_NAME]`, `…_PORT`, `…_PORT_8080_TCP[_ADDR]`.
fn is_service_link(name: &str) -> bool {
    let has_port_number = || {
        name.split_once("_PORT_")
            .and_then(|(_, rest)| rest.split_once('_'))
            .is_some_and(|(port, _)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
    };
    !name.contains("__")
        && (name.ends_with("_SERVICE_HOST")
            || name.contains("_SERVICE_PORT")
            || name.ends_with("_PORT")
            || has_port_number())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Layer {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
        Layer::of_variables(&pairs)
    }

    #[test]
    fn what_kubernetes_says_of_a_service_of_our_name_is_no_configuration() {
        let layer = variables(&[
            ("COUNTERSIGN_SERVICE_HOST", "10.0.0.1"),
            ("COUNTERSIGN_SERVICE_PORT", "80"),
            ("COUNTERSIGN_SERVICE_PORT_HTTP", "80"),
            ("COUNTERSIGN_PORT", "tcp://10.0.0.1:80"),
            ("COUNTERSIGN_OPS_PORT_9090_TCP_ADDR", "10.0.0.1"),
            ("COUNTERSIGN_PORT_80_TCP", "tcp://10.0.0.1:80"),
            ("COUNTERSIGN_CONFIG", "x.toml"),
            ("HOME", "/"),
        ]);
        assert!(layer.assignments.is_empty() && layer.errors.is_empty());
        assert!(keys().all(|key| !is_service_link(&key.variable())), "a key of ours would never be read");
    }

    #[test]
    fn one_underscore_too_few_is_told_with_the_right_variable() {
        let layer = variables(&[("COUNTERSIGN_HTTP_CONNECTIONS_MAX", "1")]);
        let told: Vec<String> = layer.errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["variable COUNTERSIGN_HTTP_CONNECTIONS_MAX: there is no such key; the nearest is \
              COUNTERSIGN_HTTP__CONNECTIONS_MAX"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_text_is_told() {
        use std::os::unix::ffi::OsStringExt;
        let pair = ("COUNTERSIGN_LISTEN".into(), OsString::from_vec(vec![0xff]));
        assert_eq!(Layer::of_variables(&[pair]).errors.first().map(|e| e.problem.clone()), Some(Problem::NotText));
    }

    #[test]
    fn lines_are_counted_from_one() {
        let layer = Layer::of_text("listen = 'x'\n\n[http]\n# why\nconnections_max = 1\n", Path::new("c.toml"));
        let places: Vec<_> = layer.assignments.iter().map(|a| format!("{} {}", a.name, a.origin)).collect();
        assert_eq!(places, ["listen c.toml:1", "http.connections_max c.toml:5"]);
    }
}
