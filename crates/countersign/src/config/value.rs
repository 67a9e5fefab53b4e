use toml::de::DeValue;

/// The least and the most that a number may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) least: i64,
    pub(super) most: i64,
}

impl Bounds {
    /// For keys that are no numbers.
    pub(super) const ANY: Self = Self { least: 0, most: i64::MAX };
}

/// A value as a layer gave it, before its key has looked at it. It has no `Debug`: it may be a secret.
pub(super) enum Given {
    /// From the environment, `--set` or a secret file: text that stands for whatever the key wants.
    Loose(String),
    /// A string of the file.
    Text(String),
    /// An integer of the file.
    Whole(i64),
    /// An array of strings of the file.
    List(Vec<String>),
    /// Anything else of the file, by the name TOML gives its kind.
    Other(&'static str),
}

/// More of a wrong value than this would bury the message.
const FOUND_CHARS_MAX: usize = 60;

impl Given {
    pub(super) fn from_toml(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(whole) => i64::from_str_radix(whole.as_str(), whole.radix())
                .map_or(Self::Other("a number beyond 64 bits"), Self::Whole),
            DeValue::Array(items) => {
                let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
                texts.collect::<Option<_>>().map_or(Self::Other("a list of other things"), Self::List)
            }
            DeValue::Table(_) => Self::Other("a table"),
            DeValue::Boolean(_) => Self::Other("a boolean"),
            DeValue::Float(_) => Self::Other("a fraction"),
            DeValue::Datetime(_) => Self::Other("a date"),
        }
    }

    /// The one text that was given, if it was one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Loose(text) | Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn whole(&self) -> Option<i64> {
        match self {
            Self::Loose(text) => text.trim().parse().ok(),
            Self::Whole(whole) => Some(*whole),
            _ => None,
        }
    }

    /// Loose text lists with commas, or as TOML does, so that what `config print` shows can be pasted back.
    fn list(&self) -> Option<Vec<String>> {
        match self {
            Self::List(items) => Some(items.clone()),
            Self::Loose(text) if text.trim_start().starts_with('[') => {
                match Self::from_toml(DeValue::parse(text.trim()).ok()?.get_ref()) {
                    Self::List(items) => Some(items),
                    _ => None,
                }
            }
            Self::Loose(text) => {
                Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
            }
            _ => None,
        }
    }

    /// The value for an error message. Never call it for a secret.
    pub(super) fn found(&self) -> String {
        match self {
            Self::Loose(text) | Self::Text(text) => shortened(text),
            Self::Whole(whole) => whole.to_string(),
            Self::List(items) => shortened(&items.join(", ")),
            Self::Other(kind) => (*kind).to_owned(),
        }
    }
}

fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(FOUND_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// A type that a key can have: how it is read, written and asked for.
pub(super) trait Setting: Sized {
    /// Whether no page and no error may show the value.
    const SECRET: bool = false;
    /// What a value must be, as a noun phrase.
    fn expected(bounds: Bounds) -> String;
    /// `None` if the value is not what the type expects.
    fn read(given: &Given, bounds: Bounds) -> Option<Self>;
    /// As TOML would write it; of a secret only `set` or `unset`.
    fn literal(&self) -> String;
}

/// A type that one text stands for.
pub(super) trait Text: Sized {
    /// Whether no page and no error may show the value.
    const SECRET: bool = false;
    /// What the text must be, as a noun phrase.
    const EXPECTED: &'static str;
    /// `None` if the text does not stand for a value.
    fn from_text(text: &str) -> Option<Self>;
    /// The text again.
    fn to_text(&self) -> String;
}

impl<T: Text> Setting for T {
    const SECRET: bool = T::SECRET;

    fn expected(_: Bounds) -> String {
        T::EXPECTED.to_owned()
    }

    fn read(given: &Given, _: Bounds) -> Option<Self> {
        T::from_text(given.text()?)
    }

    fn literal(&self) -> String {
        if T::SECRET { "set".to_owned() } else { quoted(&self.to_text()) }
    }
}

impl<T: Text> Setting for Option<T> {
    const SECRET: bool = T::SECRET;

    fn expected(_: Bounds) -> String {
        format!("{}, or nothing", T::EXPECTED)
    }

    fn read(given: &Given, _: Bounds) -> Option<Self> {
        match given.text()? {
            "" => Some(None),
            text => T::from_text(text).map(Some),
        }
    }

    fn literal(&self) -> String {
        match self {
            None if T::SECRET => "unset".to_owned(),
            None => quoted(""),
            Some(value) => value.literal(),
        }
    }
}

impl<T: Text> Setting for Vec<T> {
    fn expected(_: Bounds) -> String {
        format!("a list, each {}", T::EXPECTED)
    }

    fn read(given: &Given, _: Bounds) -> Option<Self> {
        given.list()?.iter().map(|item| T::from_text(item)).collect()
    }

    fn literal(&self) -> String {
        let items: Vec<String> = self.iter().map(T::literal).collect();
        format!("[{}]", items.join(", "))
    }
}

macro_rules! whole_number {
    ($($ty:ty),+) => {$(
        impl Setting for $ty {
            fn expected(bounds: Bounds) -> String {
                format!("a whole number from {} to {}", bounds.least, bounds.most)
            }

            fn read(given: &Given, bounds: Bounds) -> Option<Self> {
                let whole = given.whole().filter(|whole| (bounds.least..=bounds.most).contains(whole))?;
                Self::try_from(whole).ok()
            }

            fn literal(&self) -> String {
                self.to_string()
            }
        }
    )+};
}
whole_number!(i32, u32, u64, usize);

/// A TOML basic string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;

    fn loose(text: &str) -> Given {
        Given::Loose(text.to_owned())
    }

    #[test]
    fn numbers_keep_their_bounds() {
        let bounds = Bounds { least: 1, most: 10 };
        for (text, value) in [("1", Some(1)), (" 10 ", Some(10)), ("0", None), ("11", None), ("ten", None), ("", None)]
        {
            assert_eq!(u32::read(&loose(text), bounds), value, "{text}");
        }
        assert_eq!(u32::read(&Given::Whole(-1), Bounds::ANY), None);
        assert_eq!(u32::read(&Given::Whole(1 << 40), Bounds::ANY), None, "beyond the type");
        assert_eq!(u32::read(&Given::Text("1".into()), bounds), None, "a string in the file is no number");
    }

    #[test]
    fn lists_are_given_with_commas_or_as_toml() {
        let read = |text: &str| Vec::<PathBuf>::read(&loose(text), Bounds::ANY);
        assert_eq!(read("a, b"), Some(vec!["a".into(), "b".into()]));
        assert_eq!(read(r#"["a", "b,c"]"#), Some(vec!["a".into(), "b,c".into()]));
        assert_eq!(read(""), Some(vec![]));
        assert_eq!(read("[1]"), None);
        assert_eq!(read("[\"a\""), None);
    }

    #[test]
    fn nothing_is_a_value_only_where_a_key_may_be_empty() {
        assert_eq!(Option::<PathBuf>::read(&loose(""), Bounds::ANY), Some(None));
        assert_eq!(PathBuf::read(&loose(""), Bounds::ANY), None);
    }

    #[test]
    fn a_long_wrong_value_is_shortened_and_cannot_paint_the_terminal() {
        assert_eq!(loose("a\u{1b}[31m").found(), r#""a\u{1b}[31m""#);
        assert!(loose(&"x".repeat(500)).found().chars().count() <= FOUND_CHARS_MAX + 3);
    }

    proptest! {
        #[test]
        fn a_quoted_text_is_the_same_text_to_toml(text in any::<String>()) {
            let quoted = quoted(&text);
            let read = DeValue::parse(&quoted).map(|value| value.get_ref().as_str().map(str::to_owned));
            prop_assert_eq!(read.ok().flatten(), Some(text));
        }
    }
}
