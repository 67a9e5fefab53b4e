use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How the records of a file lie in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A JSON object on each line.
    JsonLines,
    /// A JSON array of objects, or one on each line, as the first character says.
    JsonArrayOrLines,
    /// A JSON object whose member `users` is an array of objects.
    JsonUsers,
    /// Comma-separated values, the names of the columns first (RFC 4180).
    Csv,
}

/// The longest record, in bytes; a realm of Keycloak writes some 2 KiB a user.
pub const ROW_BYTES_MAX: u64 = 64 * 1024;
/// What is read ahead, and may be counted to the record before.
const READ_AHEAD_BYTES: u64 = 64 * 1024;

/// One record of a file.
pub(super) struct Record {
    /// Where it ends.
    pub(super) line: u64,
    /// The record, or why it is none.
    pub(super) object: Result<Map<String, Value>, String>,
}

/// A file that cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Unreadable {
    /// Where reading stopped.
    pub line: u64,
    /// What was found there.
    pub why: String,
}

type Each<'a> = &'a mut dyn FnMut(Record) -> bool;

/// Hands over every record in order until `each` says no.
pub(super) fn records(layout: Layout, input: impl Read, each: Each<'_>) -> Result<(), Unreadable> {
    let meter = Rc::new(Meter::default());
    let mut input = BufReader::new(input);
    match layout {
        Layout::JsonLines => lines(&mut input, each),
        Layout::JsonArrayOrLines if !begins_with_bracket(&mut input)? => lines(&mut input, each),
        Layout::JsonArrayOrLines | Layout::JsonUsers => {
            let input = Metered { input, meter: Rc::clone(&meter), ahead_bytes: 0 };
            json(layout, input, &meter, each)
        }
        Layout::Csv => {
            let input = Metered { input, meter: Rc::clone(&meter), ahead_bytes: READ_AHEAD_BYTES };
            csv(input, &meter, each)
        }
    }
}

fn begins_with_bracket(input: &mut impl BufRead) -> Result<bool, Unreadable> {
    let start = input.fill_buf().map_err(|error| unreadable(1, error))?;
    Ok(start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'['))
}

fn unreadable(line: u64, why: impl fmt::Display) -> Unreadable {
    Unreadable { line, why: why.to_string() }
}

fn lines(input: &mut impl BufRead, each: Each<'_>) -> Result<(), Unreadable> {
    let (mut line, mut bytes) = (0, Vec::new());
    loop {
        line += 1;
        bytes.clear();
        let read = input.by_ref().take(ROW_BYTES_MAX + 1).read_until(b'\n', &mut bytes);
        if read.map_err(|error| unreadable(line, error))? == 0 {
            return Ok(());
        }
        let is_cut = bytes.len() as u64 > ROW_BYTES_MAX && bytes.last() != Some(&b'\n');
        if is_cut {
            input.skip_until(b'\n').map_err(|error| unreadable(line, error))?;
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let object = if is_cut {
            Err(format!("is longer than {ROW_BYTES_MAX} bytes"))
        } else {
            // The position within the line says more than serde's "line 1".
            serde_json::from_slice(&bytes).map_err(|error| format!("is no JSON object: column {}", error.column()))
        };
        if !each(Record { line, object }) {
            return Ok(());
        }
    }
}

/// What has been read of a file so far.
#[derive(Default)]
struct Meter {
    newlines: Cell<u64>,
    /// Since the last record ended.
    bytes: Cell<u64>,
    /// While what is read is passed over, and kept nowhere.
    is_unbounded: Cell<bool>,
}

impl Meter {
    fn line(&self) -> u64 {
        self.newlines.get() + 1
    }
}

/// Counts what is read, and stops at a record without end.
struct Metered<R> {
    input: R,
    meter: Rc<Meter>,
    ahead_bytes: u64,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        let newlines = buffer.iter().take(count).filter(|byte| **byte == b'\n').count();
        self.meter.newlines.set(self.meter.newlines.get() + newlines as u64);
        self.meter.bytes.set(self.meter.bytes.get() + count as u64);
        if !self.meter.is_unbounded.get() && self.meter.bytes.get() > ROW_BYTES_MAX + self.ahead_bytes {
            return Err(io::Error::other(format!("a row is longer than {ROW_BYTES_MAX} bytes")));
        }
        Ok(count)
    }
}

/// Serde's reader takes byte after byte, so the meter stands where the record ends.
fn json(layout: Layout, input: impl Read, meter: &Meter, each: Each<'_>) -> Result<(), Unreadable> {
    let mut reader = serde_json::Deserializer::from_reader(input);
    let mut goes_on = true;
    let elements = Elements { meter, each, goes_on: &mut goes_on };
    let read = match layout {
        Layout::JsonUsers => reader.deserialize_map(Users(elements)),
        _ => reader.deserialize_seq(elements),
    };
    match read.and_then(|()| reader.end()) {
        Err(error) if goes_on => Err(unreadable(meter.line(), error)),
        _ => Ok(()),
    }
}

struct Elements<'a> {
    meter: &'a Meter,
    each: Each<'a>,
    goes_on: &'a mut bool,
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.meter.bytes.set(0);
        while let Some(value) = seq.next_element::<Value>()? {
            let object = match value {
                Value::Object(object) => Ok(object),
                _ => Err("is no JSON object".to_owned()),
            };
            if !(self.each)(Record { line: self.meter.line(), object }) {
                *self.goes_on = false;
                return Err(serde::de::Error::custom("told to stop"));
            }
            self.meter.bytes.set(0);
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

struct Users<'a>(Elements<'a>);

impl<'de> Visitor<'de> for Users<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with an array `users`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let meter = self.0.meter;
        let mut elements = Some(self.0);
        while let Some(name) = map.next_key::<String>()? {
            match elements.take_if(|_| name == "users") {
                Some(elements) => map.next_value_seed(elements)?,
                // A realm has members of its own beside its users, some of them long.
                None => {
                    meter.is_unbounded.set(true);
                    map.next_value::<IgnoredAny>()?;
                    meter.is_unbounded.set(false);
                }
            }
            meter.bytes.set(0);
        }
        match elements {
            None => Ok(()),
            Some(_) => Err(serde::de::Error::custom("there is no array `users`")),
        }
    }
}

fn csv(input: impl Read, meter: &Meter, each: Each<'_>) -> Result<(), Unreadable> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let names = reader.headers().map_err(|error| unreadable(1, error))?.clone();
    let mut record = csv::StringRecord::new();
    loop {
        meter.bytes.set(0);
        let line = reader.position().line();
        let object = match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) if record.len() != names.len() => {
                Err(format!("has {} columns where the first line has {}", record.len(), names.len()))
            }
            Ok(true) => Ok(names
                .iter()
                .zip(&record)
                .map(|(name, value)| (name.to_owned(), Value::String(value.to_owned())))
                .collect()),
            Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => Err("is not UTF-8".to_owned()),
            Err(error) => return Err(unreadable(line, error)),
        };
        if !each(Record { line: record.position().map_or(line, csv::Position::line), object }) {
            return Ok(());
        }
    }
}
