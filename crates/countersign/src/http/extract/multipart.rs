//! A form with a file in it (RFC 7578), as browsers send one: the whole of it is in memory, and nothing of it is copied.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::http::call::only;

const MEDIA_TYPE: &str = "multipart/form-data";
/// RFC 2046 section 5.1.1.
const BOUNDARY_BYTES_MAX: usize = 70;
/// More parts than any form of ours has.
const PARTS_MAX: usize = 32;

/// A field of the form, with what it holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'b> {
    /// The field's name; those of ours need no unquoting.
    pub(crate) name: &'b str,
    pub(crate) body: &'b [u8],
}

/// What stands between the parts of such a form; none where the body is said to be something else.
pub(crate) fn boundary(headers: &HeaderMap) -> Option<String> {
    let (media_type, parameters) = only(headers, &CONTENT_TYPE)?.split_once(';')?;
    if !media_type.trim().eq_ignore_ascii_case(MEDIA_TYPE) {
        return None;
    }
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    })?;
    (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len()).then_some(boundary)
}

/// The parts of a form that ends as it must; none of one that is anything else.
pub(crate) fn parts<'b>(body: &'b [u8], boundary: &str) -> Option<Vec<Part<'b>>> {
    let between = format!("\r\n--{boundary}");
    let mut rest = body.strip_prefix(between.trim_start().as_bytes())?;
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let (head, after) = split(rest.strip_prefix(b"\r\n")?, b"\r\n\r\n")?;
        let (body, after) = split(after, between.as_bytes())?;
        if parts.len() >= PARTS_MAX {
            return None;
        }
        parts.push(Part { name: name(std::str::from_utf8(head).ok()?)?, body });
        rest = after;
    }
    Some(parts)
}

fn split<'b>(bytes: &'b [u8], at: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let found = bytes.windows(at.len()).position(|window| window == at)?;
    Some((bytes.get(..found)?, bytes.get(found + at.len()..)?))
}

fn name(head: &str) -> Option<&str> {
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    disposition
        .split(';')
        .find_map(|parameter| parameter.trim().strip_prefix("name=")?.strip_prefix('"')?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const FORM: &[u8] = b"--x\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\ntoken\r\n--x\r\n\
        Content-Disposition: form-data; name=\"logo\"; filename=\"a;name=\"\r\nContent-Type: image/png\r\n\r\n\
        \x89PNG\r\n--y\r\n--x--\r\n";

    #[test]
    fn a_form_of_a_browser_is_taken_apart() {
        let parts = parts(FORM, "x").unwrap();
        let expected = [Part { name: "form", body: b"token" }, Part { name: "logo", body: b"\x89PNG\r\n--y" }];
        assert_eq!(parts, expected);
        assert_eq!(super::parts(b"--x--\r\n", "x").unwrap(), []);
    }

    #[test]
    fn what_is_cut_off_or_made_up_is_no_form() {
        for end in 0..FORM.len() - "--\r\n".len() {
            assert_eq!(parts(&FORM[..end], "x"), None, "{end}");
        }
        for bad in [b"".as_slice(), b"x", b"--x\r\n\r\n\r\n--x--", b"--x\r\nA: b\r\n\r\nc\r\n--x--", b"--xy\r\n"] {
            assert_eq!(parts(bad, "x"), None, "{bad:?}");
        }
        let many = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n".repeat(PARTS_MAX + 1) + "--x--";
        assert_eq!(parts(many.as_bytes(), "x"), None);
    }

    #[test]
    fn a_boundary_is_read_where_there_is_one() {
        let boundary =
            |text: &'static str| boundary(&[(CONTENT_TYPE, HeaderValue::from_static(text))].into_iter().collect());
        assert_eq!(boundary("multipart/form-data; boundary=----a").as_deref(), Some("----a"));
        assert_eq!(boundary("Multipart/Form-Data;charset=utf-8; boundary=\"a b\"").as_deref(), Some("a b"));
        for bad in
            ["multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a", "text/plain"]
        {
            assert_eq!(boundary(bad), None, "{bad}");
        }
    }
}
