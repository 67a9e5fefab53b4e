use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::fields::TWICE;
use crate::{FaultCode, Faults, FormFault, Hidden};

/// No request of ours nests deeper than a handful; a parser that recurses needs some bound.
pub const DEPTH_MAX: usize = 32;

/// A JSON value (RFC 8259) as a request carries it. Texts are hidden, since any may be a password.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`: the same as leaving the field out.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number; no call of ours takes one beyond what a float holds.
    Number(f64),
    /// A text of Unicode scalar values.
    Text(Hidden),
    /// An array.
    List(Vec<Json>),
    /// An object; had it a key twice, a fault says so.
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// Reads one object and nothing after it. A key that stands twice, at any depth, is a fault and not an end: the
    /// other fields are still looked at.
    ///
    /// # Errors
    /// The fault that ended the reading, by the name of the field it lies in where that is known.
    pub(crate) fn read_object(text: &[u8]) -> Result<(BTreeMap<String, Json>, Faults), Faults> {
        let mut reader = Reader::default();
        let mut source = serde_json::Deserializer::from_slice(text);
        let read = Node(&mut reader).deserialize(&mut source).and_then(|value| source.end().map(|()| value));
        match read {
            Ok(Json::Object(fields)) => Ok((fields, reader.faults)),
            Ok(_) => Err(whole(FaultCode::WrongType, "must be a JSON object")),
            Err(_) if text.is_empty() => Err(whole(FaultCode::Required, "must be a JSON object")),
            Err(why) => Err(reader.stopped_by(&why)),
        }
    }
}

fn whole(code: FaultCode, must: &'static str) -> Faults {
    let mut faults = Faults::default();
    faults.add("body", FormFault::by_client(code, must));
    faults
}

/// Where the reading is, and what it has found.
#[derive(Default)]
struct Reader {
    path: Vec<String>,
    depth: usize,
    faults: Faults,
}

impl Reader {
    /// As a client would write it: `address.street`. Places in a list have no name of their own.
    fn field(&self) -> String {
        if self.path.is_empty() { "body".to_owned() } else { self.path.join(".") }
    }

    fn descend<E: Error>(&mut self) -> Result<(), E> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(E::custom("too deep")) } else { Ok(()) }
    }

    fn stopped_by(&self, why: &serde_json::Error) -> Faults {
        let fault = if self.depth > DEPTH_MAX {
            FormFault::by_client(FaultCode::TooDeep, format!("is nested deeper than {DEPTH_MAX}"))
        } else {
            // A syntax error of serde_json says what was expected and where, and repeats nothing of the text.
            FormFault::by_client(FaultCode::Malformed, format!("is not valid JSON: {why}"))
        };
        let mut faults = Faults::default();
        faults.add(&self.field(), fault);
        faults
    }
}

/// Reads the value at the reader's place.
struct Node<'r>(&'r mut Reader);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Json, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(Hidden::new(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        self.0.descend()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Node(self.0))? {
            list.push(item);
        }
        self.0.depth -= 1;
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        self.0.descend()?;
        let mut object = BTreeMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.0.path.push(key.clone());
            let value = entries.next_value_seed(Node(self.0))?;
            if object.insert(key, value).is_some() {
                self.0.faults.add(&self.0.field(), FormFault::by_client(FaultCode::Duplicate, TWICE));
            }
            self.0.path.pop();
        }
        self.0.depth -= 1;
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &[u8]) -> Vec<(String, FaultCode)> {
        let faults = Json::read_object(text).map_or_else(|faults| faults, |(_, faults)| faults);
        faults.iter().map(|(field, fault)| (field.to_owned(), fault.code())).collect()
    }

    #[test]
    fn an_object_is_read_whole() {
        let (fields, faults) =
            Json::read_object(br#" {"a": [1, -2, 0.5, null], "b": {"c": "\u00e9"}, "d": true} "#).unwrap();
        assert!(faults.is_empty());
        assert_eq!(fields["a"], Json::List(vec![Json::Number(1.0), Json::Number(-2.0), Json::Number(0.5), Json::Null]));
        assert_eq!(fields["b"], Json::Object([("c".to_owned(), Json::Text(Hidden::new("\u{e9}")))].into()));
        assert_eq!(fields["d"], Json::Bool(true));
    }

    #[test]
    fn every_duplicate_is_named_wherever_it_lies() {
        let text = br#"{"a":1,"a":2,"b":{"c":1,"c":1},"d":[{"e":1,"e":1}],"\u0061":3}"#;
        assert_eq!(faults(text), ["a", "b.c", "d.e"].map(|field| (field.to_owned(), FaultCode::Duplicate)));
    }

    #[test]
    fn what_is_no_json_names_the_field_it_stopped_in() {
        for (text, field, code) in [
            (&br#"{"a":"\ud800"}"#[..], "a", FaultCode::Malformed),
            (br#"{"a":"\udc00\ud800"}"#, "a", FaultCode::Malformed),
            (b"{\"a\":\"\xff\"}", "a", FaultCode::Malformed),
            (b"{\"a\":\"\xc0\x80\"}", "a", FaultCode::Malformed),
            (b"{\"a\":\"line\nbreak\"}", "a", FaultCode::Malformed),
            (br#"{"a":1e999}"#, "a", FaultCode::Malformed),
            (br#"{"a":NaN}"#, "a", FaultCode::Malformed),
            (br#"{"a":01}"#, "a", FaultCode::Malformed),
            (br#"{"a":1}}"#, "body", FaultCode::Malformed),
            (br#"{"a":1} {"b":2}"#, "body", FaultCode::Malformed),
            (br#"{"a":1,}"#, "body", FaultCode::Malformed),
            (br#"{'a':1}"#, "body", FaultCode::Malformed),
            (b"{a:1}", "body", FaultCode::Malformed),
            (b"\xef\xbb\xbf{}", "body", FaultCode::Malformed),
            (b"{\0}", "body", FaultCode::Malformed),
            (b"", "body", FaultCode::Required),
            (b"   ", "body", FaultCode::Malformed),
            (b"[]", "body", FaultCode::WrongType),
            (b"null", "body", FaultCode::WrongType),
            (b"\"text\"", "body", FaultCode::WrongType),
        ] {
            assert_eq!(faults(text), [(field.to_owned(), code)], "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(faults(nested(DEPTH_MAX - 1).as_bytes()), []);
        for depth in [DEPTH_MAX, 200, 30_000] {
            assert_eq!(faults(nested(depth).as_bytes()), [("a".to_owned(), FaultCode::TooDeep)]);
        }
    }

    /// What serde_json takes for an object is taken, and nothing else; only duplicates and depth are ours.
    #[test]
    fn it_reads_what_every_reader_reads() {
        let seeds: [&[u8]; 4] = [
            br#"{"email":"a@b.com","currentPassword":"P\u00e4ss\ud83e\udd80","x":[1,-2.5e3,{"y":null}],"z":true}"#,
            br#" { "a" : { "b" : [ ] } , "c" : "\n\t\"" } "#,
            "{\"\u{fc}\u{1f980}\":\"\u{fc}\"}".as_bytes(),
            br#"[{"a":1}]"#,
        ];
        let mut state = 1_u64;
        let mut next = |below: usize| {
            // Knuth's MMIX generator: the same cases every time.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut taken = 0;
        for round in 0..40_000 {
            let mut text = seeds[round % seeds.len()].to_vec();
            for _ in 0..next(3) {
                let at = next(text.len());
                match next(3) {
                    0 => text[at] = br#"{}[]":,\u019e-+. a"#[next(18)],
                    1 => drop(text.remove(at)),
                    _ => text.insert(at, next(256) as u8),
                }
            }
            let ours = Json::read_object(&text).is_ok();
            let theirs = serde_json::from_slice::<serde_json::Value>(&text).is_ok_and(|value| value.is_object());
            assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(&text));
            taken += usize::from(ours);
        }
        assert!((5_000..35_000).contains(&taken), "{taken} of 40,000 say little");
    }

    #[test]
    fn no_error_repeats_what_was_sent() {
        for text in [&br#"{"currentPassword":"Password@1\x"}"#[..], br#"{"currentPassword":"Password@1"#, b"Password@1"]
        {
            let faults = Json::read_object(text).unwrap_err();
            assert!(faults.iter().all(|(_, fault)| !fault.to_string().contains("Passw")), "{faults:?}");
        }
    }
}
