use super::value::{Bounds, Given};
use super::{Config, VARIABLE_PREFIX};

/// One key of the configuration: what every reader and every page needs to know of it.
pub struct Key {
    /// The dotted name, `http.connections_max`.
    pub name: &'static str,
    /// What the key does and why one would change it, a line each.
    pub effect: &'static [&'static str],
    /// Whether the value must never be printed.
    pub secret: bool,
    pub(super) bounds: Bounds,
    pub(super) expected: fn(Bounds) -> String,
    pub(super) read: fn(&mut Config, &Given, Bounds) -> Option<()>,
    pub(super) show: fn(&Config) -> String,
}

/// The keys that share the part of their name before the dot; the first section has no name.
pub struct Section {
    /// The part before the dot, empty for the keys without one.
    pub name: &'static str,
    /// What the section is about, a line each.
    pub effect: &'static [&'static str],
    /// In the order in which pages show them.
    pub keys: &'static [Key],
}

impl Key {
    /// The environment variable: `http.connections_max` is `COUNTERSIGN_HTTP__CONNECTIONS_MAX`.
    pub fn variable(&self) -> String {
        format!("{VARIABLE_PREFIX}{}", self.name.replace('.', "__").to_uppercase())
    }

    /// The name within its section.
    pub fn short_name(&self) -> &'static str {
        self.name.rsplit_once('.').map_or(self.name, |(_, short)| short)
    }

    /// The value as TOML would write it; of a secret only `set` or `unset`.
    pub fn shown(&self, config: &Config) -> String {
        (self.show)(config)
    }

    /// The default as TOML would write it.
    pub fn default_text(&self) -> String {
        if self.secret { "\"\"".to_owned() } else { self.shown(&Config::default()) }
    }

    /// What a value must be, as a noun phrase.
    pub fn expected(&self) -> String {
        (self.expected)(self.bounds)
    }
}

/// Makes the typed configuration and the list of its keys from one table.
///
/// An entry is the effect as doc lines, then `name: type = default`, then for numbers `, least to most`. Whether a
/// key is a secret lies in its type, so it cannot be forgotten.
macro_rules! settings {
    (
        root { $($(#[doc = $rdoc:literal])+ $rkey:ident: $rty:ty = $rdefault:expr $(, $rmin:literal to $rmax:literal)?;)+ }
        $($(#[doc = $sdoc:literal])+ $section:ident: $sty:ident {
            $($(#[doc = $doc:literal])+ $key:ident: $ty:ty = $default:expr $(, $min:literal to $max:literal)?;)+
        })+
    ) => {
        /// Every decision of the operator, as plain values.
        #[derive(Clone, Debug)]
        pub struct Config {
            $($(#[doc = $rdoc])+ pub $rkey: $rty,)+
            $($(#[doc = $sdoc])+ pub $section: $sty,)+
        }

        impl Default for Config {
            fn default() -> Self {
                Self { $($rkey: $rdefault,)+ $($section: $sty::default(),)+ }
            }
        }

        $(
            $(#[doc = $sdoc])+
            #[derive(Clone, Debug)]
            pub struct $sty { $($(#[doc = $doc])+ pub $key: $ty,)+ }

            impl Default for $sty {
                fn default() -> Self {
                    Self { $($key: $default,)+ }
                }
            }
        )+

        /// Every key there is, by section, in the order in which pages show them.
        pub static SECTIONS: &[Section] = &[
            Section {
                name: "",
                effect: &[],
                keys: &[$(settings!(@key $rty, stringify!($rkey), ($rkey), [$($rdoc,)+] $($rmin to $rmax)?),)+],
            },
            $(Section {
                name: stringify!($section),
                effect: &[$($sdoc,)+],
                keys: &[$(settings!(
                    @key $ty, concat!(stringify!($section), ".", stringify!($key)), ($section.$key), [$($doc,)+]
                    $($min to $max)?
                ),)+],
            },)+
        ];
    };
    (@key $ty:ty, $name:expr, ($($path:tt)+), [$($doc:literal,)+] $($min:literal to $max:literal)?) => {
        Key {
            name: $name,
            effect: &[$($doc,)+],
            secret: <$ty as Setting>::SECRET,
            bounds: settings!(@bounds $($min to $max)?),
            expected: <$ty as Setting>::expected,
            read: |config, given, bounds| {
                config.$($path)+ = Setting::read(given, bounds)?;
                Some(())
            },
            show: |config| Setting::literal(&config.$($path)+),
        }
    };
    (@bounds) => { Bounds::ANY };
    (@bounds $min:literal to $max:literal) => { Bounds { least: $min, most: $max } };
}
pub(super) use settings;

#[cfg(test)]
mod tests {
    use super::super::SECTIONS;
    use super::*;

    fn keys() -> impl Iterator<Item = &'static Key> {
        SECTIONS.iter().flat_map(|section| section.keys)
    }

    #[test]
    fn a_variable_is_the_name_in_capitals() {
        let variable = |name| keys().find(|key| key.name == name).map(Key::variable);
        assert_eq!(variable("listen").as_deref(), Some("COUNTERSIGN_LISTEN"));
        assert_eq!(variable("http.connections_max").as_deref(), Some("COUNTERSIGN_HTTP__CONNECTIONS_MAX"));
    }

    #[test]
    fn every_secret_has_a_file_twin_and_every_key_says_what_it_does() {
        for key in keys() {
            let twin = keys().any(|other| other.name == format!("{}_file", key.name));
            assert_eq!(key.secret, twin, "{}", key.name);
            assert!(key.effect.iter().any(|line| line.trim().len() > 20), "{}", key.name);
            assert!(key.effect.iter().all(|line| line.len() <= 110), "{}", key.name);
        }
        assert_eq!(keys().filter(|key| key.secret).count(), 3);
    }

    #[test]
    fn every_default_is_a_value_that_its_own_key_accepts() {
        for key in keys() {
            let text = format!("value = {}", key.default_text());
            let table = toml::de::DeTable::parse(&text).unwrap();
            let given = Given::from_toml(table.get_ref().get("value").unwrap().get_ref());
            let mut config = Config::default();
            assert!((key.read)(&mut config, &given, key.bounds).is_some(), "{}", key.name);
            assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()), "{}", key.name);
        }
    }
}
