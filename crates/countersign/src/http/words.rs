//! What a refusal tells the person it happens to, in every language there is: the `message` and the `solutions` of a
//! code, and what is wrong with a field. A language that lacks a code or a fault does not compile.
//!
//! English is where it always was, in the table of codes (`countersign_api`) and in the domain's own errors. The other
//! languages are here and not in `api`, which knows no room of ours and so no [`Language`], and whose other user, a
//! client, shows what it is sent. What is for developers (`title`, `detail`, a fault that only a program can cause) has
//! no other language.

pub(crate) mod codes;
pub(crate) mod faults;

use countersign_domain::Language;
use http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, VARY};
use http::{HeaderMap, HeaderValue};

/// Says in which language an answer is, and that another client may get it in another.
pub(crate) fn label(headers: &mut HeaderMap, language: Language) {
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    let names_it = |vary: &HeaderValue| {
        let fields = vary.to_str().unwrap_or_default().split(',').map(str::trim);
        fields.into_iter().any(|field| field == "*" || field.eq_ignore_ascii_case(ACCEPT_LANGUAGE.as_str()))
    };
    // Appended: an answer may vary with the origin of a page as well.
    if !headers.get_all(VARY).iter().any(names_it) {
        headers.append(VARY, HeaderValue::from_name(ACCEPT_LANGUAGE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_learn_of_the_language_once_and_forget_nothing_else() {
        for (known, told) in [
            (&[][..], &["accept-language"][..]),
            (&["origin"], &["origin", "accept-language"]),
            (&["origin, Accept-Encoding"], &["origin, Accept-Encoding", "accept-language"]),
            (&["Origin", "accept-encoding,Accept-Language"], &["Origin", "accept-encoding,Accept-Language"]),
            (&["*"], &["*"]),
            (&["x-accept-language"], &["x-accept-language", "accept-language"]),
        ] {
            let mut headers = HeaderMap::new();
            for value in known {
                headers.append(VARY, HeaderValue::from_static(value));
            }
            label(&mut headers, Language::Arabic);
            assert_eq!(headers.get_all(VARY).iter().collect::<Vec<_>>(), told);
            label(&mut headers, Language::French);
            assert_eq!(headers.get_all(VARY).iter().collect::<Vec<_>>(), told);
            assert_eq!(headers.get_all(CONTENT_LANGUAGE).iter().collect::<Vec<_>>(), ["fr"]);
        }
    }
}
