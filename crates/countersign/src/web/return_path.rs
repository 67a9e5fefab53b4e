//! Where somebody wanted to go before logging in.

/// A return path is one of ours or none at all: it begins with one slash, and what follows is what our own paths are made of,
/// so that no browser reads a host in it.
pub(super) fn read(text: &str) -> Option<&str> {
    let is_ours = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_".contains(&byte);
    let is_local = text.starts_with('/') && !text.starts_with("//") && text.len() <= PATH_BYTES_MAX;
    (is_local && text.bytes().all(is_ours)).then_some(text)
}

/// No path of ours is longer.
const PATH_BYTES_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_host_are_returned_to() {
        for good in ["/account", "/account/sessions", "/", "/manage/people/0190-aa_b"] {
            assert_eq!(read(good), Some(good));
        }
        for bad in [
            "",
            "account",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a?to=//evil",
            "/%2f/evil",
            "/a#b",
            "/\tevil",
            "/a b",
            "javascript:alert(1)",
            "/.//evil.example",
            "/é",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(&format!("/{}", "a".repeat(200))), None);
    }
}
