use super::check::{BadSetting, Must, is_origin};
use crate::{Email, Settings};

/// Every link in a letter begins with it, and some mail programs break longer lines.
const LINK_BASE_BYTES_MAX: usize = 255;

impl Settings {
    /// What is wrong with how letters look and where they lead. Each of these becomes part of a header, a style or a
    /// link, so none can hold what would end one.
    pub(super) fn check_mail(&self, in_production: bool) -> Vec<BadSetting> {
        let mut bad = Vec::new();
        let is_address = |text: &str| Email::parse(text).is_ok_and(|email| email.typed() == text && text.is_ascii());
        if self.mail_sender.as_deref().is_some_and(|text| !is_address(text)) {
            let must = "must be an address alone, such as no-reply@example.com".to_owned();
            bad.push(BadSetting { name: "mail_sender", must: Must::Other(must) });
        }
        if self.mail_colour.as_deref().is_some_and(|text| !is_colour(text)) {
            bad.push(BadSetting { name: "mail_colour", must: Must::Colour });
        }
        let is_base = |text: &str| is_base(text) && (text.starts_with("https://") || !in_production);
        if self.link_base.as_deref().is_some_and(|text| !is_base(text)) {
            let must =
                "must be a URL such as https://app.example.com/account: nothing after the path, no slash at its end"
                    .to_owned();
            bad.push(BadSetting { name: "link_base", must: Must::Other(must) });
        }
        bad
    }
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// An origin, and after it perhaps a path of plain characters.
fn is_base(text: &str) -> bool {
    let authority = text.find("://").map_or(0, |at| at + 3);
    let path = text.get(authority..).and_then(|rest| rest.find('/')).map_or(text.len(), |at| authority + at);
    let Some((origin, path)) = text.split_at_checked(path) else { return false };
    let is_plain = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
    };
    is_origin(origin) && text.len() <= LINK_BASE_BYTES_MAX && path.split('/').skip(1).all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(settings: &Settings, in_production: bool) -> Vec<&'static str> {
        settings.check(in_production).into_iter().map(|bad| bad.name).collect()
    }

    #[test]
    fn a_sender_is_an_address_and_cannot_end_its_header() {
        let check = |text: &str| names(&Settings { mail_sender: Some(text.into()), ..Settings::default() }, true);
        assert_eq!(check("no-reply@example.com"), [""; 0]);
        for bad in [
            "",
            "Acme <no-reply@example.com>",
            "a@example.com, b@example.com",
            "a@example.com\r\nBcc: b@example.com",
            " a@example.com",
            "a@b\u{fc}cher.example",
        ] {
            assert_eq!(check(bad), ["mail_sender"], "{bad}");
        }
    }

    #[test]
    fn a_colour_is_one_and_cannot_end_its_style() {
        let check = |text: &str| names(&Settings { mail_colour: Some(text.into()), ..Settings::default() }, true);
        assert_eq!(check("#1F4e79"), [""; 0]);
        for bad in ["", "#", "#fff", "red", "#1f4e7g", "#1f4e79;", "#1f4e79\"><script>", "1f4e79"] {
            assert_eq!(check(bad), ["mail_colour"], "{bad}");
        }
    }

    #[test]
    fn links_begin_with_an_origin_and_a_plain_path() {
        let check = |text: &str, in_production| {
            names(&Settings { link_base: Some(text.into()), ..Settings::default() }, in_production).is_empty()
        };
        for good in ["https://app.example.com", "https://app.example.com:8443/a/b-c_d", "https://app.example.com/~x"] {
            assert!(check(good, true), "{good}");
        }
        assert!(check("http://localhost:3000", false) && !check("http://localhost:3000", true));
        for bad in [
            "",
            "app.example.com",
            "https://app.example.com/",
            "https://app.example.com/a/",
            "https://app.example.com//a",
            "https://app.example.com/..",
            "https://app.example.com/a?b",
            "https://app.example.com/a#b",
            "https://app.example.com/a b",
            "https://app.example.com/\u{e4}",
            "https://user@app.example.com",
            "javascript:alert(1)",
            "\u{20ac}://",
        ] {
            assert!(!check(bad, false), "{bad}");
        }
        assert!(!check(&format!("https://app.example.com/{}", "a".repeat(255)), true));
    }
}
