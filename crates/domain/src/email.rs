use std::fmt;

/// An email address as an account is known by: the form the person typed, and the key it is compared by.
///
/// The key is ASCII lower-cased with the domain in A-labels, and nothing else is folded: dots and plus-tags are
/// part of the name, since folding them would merge strangers (NIST 800-63B asks for no more).
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    typed: String,
    key: EmailKey,
}

/// What two spellings of one address have in common; at most [`EMAIL_BYTES_MAX`] bytes of visible ASCII.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailKey(String);

/// RFC 5321 section 4.5.3.1.3 allows 254 bytes between the angle brackets; the contract says 255.
pub const EMAIL_BYTES_MAX: usize = 255;
/// RFC 5321 section 4.5.3.1.1.
const LOCAL_PART_BYTES_MAX: usize = 64;

/// Why a text is not an email address that can name an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEmail {
    /// Nothing was typed.
    #[error("must not be empty")]
    Empty,
    /// More bytes than [`EMAIL_BYTES_MAX`], or a local part of more than 64.
    #[error("is longer than an email address can be")]
    TooLong,
    /// No `@`, or nothing on one side of it, or a character that no address has.
    #[error("must be an email address such as name@example.com")]
    Malformed,
    /// A local part outside ASCII, or a domain that IDNA would change beyond its letter case.
    #[error("must be written in its plain form: the part after @ must not change under IDNA")]
    NotPlain,
}

impl Email {
    /// Reads what a person typed. Outer ASCII space is not part of an address.
    ///
    /// # Errors
    /// [`BadEmail`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, BadEmail> {
        let typed = text.trim_matches(|c: char| c.is_ascii_whitespace());
        if typed.is_empty() {
            return Err(BadEmail::Empty);
        }
        if typed.len() > EMAIL_BYTES_MAX {
            return Err(BadEmail::TooLong);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(BadEmail::Malformed)?;
        let key = format!("{}@{}", local_key(local)?, domain_key(domain)?);
        if key.len() > EMAIL_BYTES_MAX {
            return Err(BadEmail::TooLong);
        }
        Ok(Self { typed: typed.to_owned(), key: EmailKey(key) })
    }

    /// As typed, for display and for letters.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// What it is compared by.
    pub fn key(&self) -> &EmailKey {
        &self.key
    }
}

impl EmailKey {
    /// The key as text, as the store keeps it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn local_key(local: &str) -> Result<String, BadEmail> {
    if local.is_empty() {
        return Err(BadEmail::Malformed);
    }
    if local.len() > LOCAL_PART_BYTES_MAX {
        return Err(BadEmail::TooLong);
    }
    if !local.is_ascii() {
        return Err(BadEmail::NotPlain);
    }
    // Quoted local parts (RFC 5321 section 4.1.2) are refused: no provider hands them out, and two spellings would
    // name one mailbox.
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    let dots_are_inside = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    if local.bytes().all(is_atext) && dots_are_inside {
        Ok(local.to_ascii_lowercase())
    } else {
        Err(BadEmail::Malformed)
    }
}

fn domain_key(domain: &str) -> Result<String, BadEmail> {
    if domain.is_empty() {
        return Err(BadEmail::Malformed);
    }
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| BadEmail::Malformed)?;
    // A domain typed in Unicode is kept by its A-labels only if reading those back gives what was typed: otherwise
    // IDNA mapped something (a full-width letter, a Kelvin sign), and two people's texts could meet in one key.
    let mapped = if domain.is_ascii() {
        domain.to_ascii_lowercase() != ascii
    } else {
        let (unicode, outcome) = idna::domain_to_unicode(&ascii);
        outcome.is_err() || unicode != ascii_lowercase(domain)
    };
    if mapped {
        return Err(BadEmail::NotPlain);
    }
    if ascii.contains('.') && !ascii.ends_with('.') { Ok(ascii) } else { Err(BadEmail::Malformed) }
}

fn ascii_lowercase(text: &str) -> String {
    text.chars().map(|c| c.to_ascii_lowercase()).collect()
}

/// An address is personal: it prints in full only where a person asks for it, never by `{:?}`.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[email]")
    }
}

impl fmt::Debug for EmailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[email]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<String, BadEmail> {
        Email::parse(text).map(|email| email.key().as_str().to_owned())
    }

    #[test]
    fn spellings_of_one_address_share_a_key() {
        assert_eq!(key(" Hello+2@RemitJunction.co.UK\n").as_deref(), Ok("hello+2@remitjunction.co.uk"));
        assert_eq!(key("a.b@x.com").as_deref(), Ok("a.b@x.com"));
        assert_eq!(key("kasse@bücher.example").as_deref(), Ok("kasse@xn--bcher-kva.example"));
        assert_eq!(key("kasse@xn--bcher-kva.example").as_deref(), Ok("kasse@xn--bcher-kva.example"));
    }

    #[test]
    fn what_would_merge_strangers_is_refused() {
        for (text, why) in [
            ("\u{212A}@x.com", BadEmail::NotPlain),
            ("k@\u{212A}.com", BadEmail::NotPlain),
            ("a@ｘ.com", BadEmail::NotPlain),
            ("müller@x.com", BadEmail::NotPlain),
            ("", BadEmail::Empty),
            ("a", BadEmail::Malformed),
            ("@x.com", BadEmail::Malformed),
            ("a@", BadEmail::Malformed),
            ("a@localhost", BadEmail::Malformed),
            ("a b@x.com", BadEmail::Malformed),
            ("a..b@x.com", BadEmail::Malformed),
            ("\"a\"@x.com", BadEmail::Malformed),
            ("a@b@x.com", BadEmail::Malformed),
            ("a\r\nBcc: x@y.com", BadEmail::Malformed),
        ] {
            assert_eq!(key(text), Err(why), "{text:?}");
        }
        assert_eq!(key(&format!("{}@x.com", "a".repeat(65))), Err(BadEmail::TooLong));
        assert_eq!(key(&format!("a@{}.com", "a.".repeat(130))), Err(BadEmail::TooLong));
    }
}
