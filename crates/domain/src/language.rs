use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::UnknownName;

/// A language in which people are written to: those of the corridors of remittance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
    /// Spanish.
    #[serde(rename = "es")]
    Spanish,
    /// Portuguese.
    #[serde(rename = "pt")]
    Portuguese,
    /// Arabic, written from right to left.
    #[serde(rename = "ar")]
    Arabic,
}

/// Every language there is.
pub const LANGUAGES: [Language; 5] =
    [Language::English, Language::French, Language::Spanish, Language::Portuguese, Language::Arabic];

/// Ranges of an `Accept-Language` that are looked at: browsers send fewer.
const RANGES_MAX: usize = 16;

impl Language {
    /// The primary tag (RFC 5646), in table, wire and markup.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Portuguese => "pt",
            Self::Arabic => "ar",
        }
    }

    /// Whether it is written from right to left.
    pub const fn is_right_to_left(self) -> bool {
        matches!(self, Self::Arabic)
    }

    /// The language that a header `Accept-Language` likes best of those there are (RFC 9110 section 12.5.4): by
    /// weight, then by place. A region does not matter. Nothing where it names none of ours.
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, u32)> = None;
        for range in header.split(',').take(RANGES_MAX) {
            let mut parts = range.split(';').map(str::trim);
            let primary = parts.next().and_then(|tag| tag.split('-').next()).unwrap_or_default();
            let Ok(language) = primary.to_ascii_lowercase().parse() else { continue };
            let weight = parts.find_map(weight_of).map_or(Some(1_000), thousandths);
            let Some(weight) = weight.filter(|weight| *weight > 0) else { continue };
            if best.is_none_or(|(_, known)| weight > known) {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }
}

/// The text of a weight; its name is one of those that ABNF takes in any case.
fn weight_of(part: &str) -> Option<&str> {
    part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="))
}

/// A weight of RFC 9110 section 12.4.2: 0 to 1 with at most three digits.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let whole: u32 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    if part.len() > 3 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let part: u32 = format!("{part:0<3}").parse().ok()?;
    Some((whole * 1_000 + part).min(1_000))
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        LANGUAGES.into_iter().find(|language| language.tag() == text).ok_or(UnknownName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_likes_best_is_found() {
        for (header, language) in [
            ("fr-CH, fr;q=0.9, en;q=0.8", Some(Language::French)),
            ("de-DE, en;q=0.3, pt-BR;q=0.7", Some(Language::Portuguese)),
            ("AR", Some(Language::Arabic)),
            ("es;q=0, en;q=0.001", Some(Language::English)),
            ("fr;Q=0.1, ar;Q=0.2", Some(Language::Arabic)),
            ("en;q=2, es;q=0.5", Some(Language::Spanish)),
            ("en;q=0.1234", None),
            ("*", None),
            ("", None),
            ("-;;=,q", None),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
