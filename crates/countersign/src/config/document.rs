use super::SECTIONS;
use super::key::{Key, Section};

/// The sample file: every key with its effect, its variable and its default, commented out, so that a copy of it
/// decides nothing until a `#` is taken away.
pub fn sample() -> String {
    let mut out = String::from(SAMPLE_HEAD);
    for section in SECTIONS {
        if !section.name.is_empty() {
            out.push_str(&format!("\n{}\n[{}]\n", lines(section.effect, "# "), section.name));
        }
        for key in section.keys {
            let expected = capitalized(&key.expected());
            out.push_str(&format!("\n{}\n# {expected}. Variable: {}\n", lines(key.effect, "# "), key.variable()));
            out.push_str(&format!("#{} = {}\n", key.short_name(), key.default_text()));
        }
    }
    out
}

const SAMPLE_HEAD: &str = "\
# Countersign's configuration, made by `countersign config sample`. Every setting below is the default.
#
# A value is taken from the last of these that has one: the default, this file, the environment (the variable named
# with each key), `--set key=value`, and options such as --listen. `countersign config check` reads it all and says
# what is wrong; `countersign config print` says what every key is and where it came from.
# Relative paths begin at the folder in which the program is started.
";

/// `docs/configuration.md`: the same for reading.
pub fn reference() -> String {
    let mut out = String::from(REFERENCE_HEAD);
    for section in SECTIONS {
        out.push_str(&part(section));
    }
    out
}

const REFERENCE_HEAD: &str = "\
# Configuration

<!-- Made from crates/countersign/src/config/table.rs by `UPDATE_GENERATED=1 cargo test -p countersign generated`. -->

A value is taken from the last of these layers that has one:

1. the default;
2. for `countersign sandbox` and commands with `--sandbox`, the sandbox's own defaults: `data_dir = \"data/sandbox\"`,
   `tenancy.base_domains = [\"localhost\"]`, `tenancy.public_url` on the port it listens on, `log.format = \"text\"`;
3. the TOML file that `--config` or the variable `COUNTERSIGN_CONFIG` names; without either, none is read;
4. the environment: `http.connections_max` is `COUNTERSIGN_HTTP__CONNECTIONS_MAX`; lists are separated by commas;
5. `--set key=value`, and options that stand for one key (`--listen`, `--ops-listen`, `--data-dir`).

An unknown key stops the start and is told with the nearest known one, a wrong value with its layer and line, all at
once. `countersign config check` does only that, and says why `serve` would refuse; `countersign config print` shows
every value and where it came from, secrets only as `set` or `unset`; `countersign config sample` writes a file with
every key, commented out.

A secret can be given by itself or as a file, in the key of the same name with `_file`; of the two, the one in the
later layer counts, and both in one layer is an error. A file that holds a secret must not be open to others: mode 0600,
or 0640 where the group needs it; so too the configuration file itself, if a secret stands in it. `--set` shows its
text to every user of the machine: never put a secret there.

Relative paths begin at the folder in which the program is started. Variables that Kubernetes makes for a Service
named `countersign` (`COUNTERSIGN_PORT`, `COUNTERSIGN_SERVICE_HOST` and their like) are no configuration.
";

fn part(section: &Section) -> String {
    let title = if section.name.is_empty() { "Where it runs".to_owned() } else { format!("`[{}]`", section.name) };
    let rows: String = section.keys.iter().map(row).collect();
    let about = if section.effect.is_empty() { String::new() } else { format!("{}\n\n", words(section.effect)) };
    format!("\n## {title}\n\n{about}| key | default | effect |\n| --- | --- | --- |\n{rows}")
}

fn row(key: &Key) -> String {
    let default = if key.secret { "unset".to_owned() } else { format!("`{}`", key.default_text()) };
    format!(
        "| `{}`<br>`{}` | {default} | {}<br>*{}{}* |\n",
        key.name,
        key.variable(),
        words(key.effect),
        if key.secret { "Secret. " } else { "" },
        capitalized(&key.expected())
    )
}

fn words(effect: &[&str]) -> String {
    effect.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

fn lines(effect: &[&str], before: &str) -> String {
    effect.iter().map(|line| format!("{before}{}", line.trim())).collect::<Vec<_>>().join("\n")
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {

    use super::super::{Config, parse_text};
    use super::*;

    #[test]
    fn the_sample_parses_to_the_defaults_as_it_is_and_with_every_line_taken_in() {
        let defaults = format!("{:?}", Config::default());
        let sample = sample();
        assert_eq!(format!("{:?}", parse_text(&sample).unwrap()), defaults);

        let is_setting = |line: &str| line.starts_with('#') && !line.starts_with("# ") && line.contains(" = ");
        let taken_in: String = sample
            .lines()
            .map(|line| if is_setting(line) { &line[1..] } else { line })
            .flat_map(|l| [l, "\n"])
            .collect();
        assert_eq!(format!("{:?}", parse_text(&taken_in).unwrap()), defaults);
        let settings = sample.lines().filter(|line| is_setting(line)).count();
        assert_eq!(settings, SECTIONS.iter().map(|section| section.keys.len()).sum::<usize>());
    }
}
