use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A text that travels but must not be seen on the way: a password, a token, an address of mail.
///
/// It is wiped when dropped and prints as `[hidden]`. It serialises as itself, because the wire is where it belongs:
/// never put it into a log line.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl Hidden {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_travels_and_never_prints() {
        let hidden = Hidden::new("Password@1");
        assert_eq!(format!("{hidden:?}"), "[hidden]");
        assert_eq!(serde_json::to_string(&hidden).unwrap(), "\"Password@1\"");
    }
}
