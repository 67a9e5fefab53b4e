use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A text that must not be seen: a password as typed, a token, a key in text form.
///
/// It is wiped when dropped and prints as `[secret]`, so that no log, error or debug print can carry it.
#[derive(Clone, Default, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the few places that compare, hash or send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_secret_never_prints() {
        assert_eq!(format!("{:?}", super::Secret::new("Password@1")), "[secret]");
    }
}
