use std::io::{self, IsTerminal, Write};

use comfy_table::{ContentArrangement, Table, presets};
use countersign_domain::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// What a command answers with: a table for people, plain lines for a pipe, JSON for programs. Messages go to
/// standard error, so that the answer alone can be piped.
pub struct Output {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    form: Form,
    shows_progress: bool,
}

/// How answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A table that fits the terminal.
    Terminal,
    /// A line for each row, tabs between the columns, their names first.
    Plain,
    /// One JSON value.
    Json,
}

/// One value of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Yes or no.
    Flag(bool),
    /// Several texts.
    Many(Vec<String>),
    /// Something with parts of its own.
    Value(serde_json::Value),
    /// Nothing: `null`, or an empty field.
    Nothing,
}

/// A table squeezed into less is read by nobody.
const TERMINAL_COLUMNS_MIN: u16 = 40;

impl Output {
    /// The process's own streams; a table only if standard output is a terminal.
    pub fn of_process() -> Self {
        let form = if io::stdout().is_terminal() { Form::Terminal } else { Form::Plain };
        let shows_progress = io::stderr().is_terminal();
        Self { shows_progress, ..Self::new(Box::new(io::stdout()), Box::new(io::stderr()), form) }
    }

    /// Any two streams.
    pub fn new(out: Box<dyn Write>, err: Box<dyn Write>, form: Form) -> Self {
        Self { out, err, form, shows_progress: false }
    }

    /// Answers become JSON.
    pub fn set_json(&mut self) {
        self.form = Form::Json;
    }

    /// How answers are written.
    pub const fn form(&self) -> Form {
        self.form
    }

    /// Answers with rows: in JSON an array of objects. Columns are named as on the wire, `createdAt`.
    ///
    /// # Errors
    /// Whatever the stream says; a closed pipe above all.
    pub fn rows(&mut self, columns: &[&'static str], rows: &[Vec<Cell>]) -> io::Result<()> {
        match self.form {
            Form::Json => {
                let objects: Vec<Object<'_>> = rows.iter().map(|cells| Object { columns, cells }).collect();
                self.json(&objects)
            }
            Form::Terminal => {
                let mut table = table();
                table.set_header(columns.iter().map(|name| title(name)));
                for cells in rows {
                    table.add_row(cells.iter().map(Cell::shown));
                }
                writeln!(self.out, "{}", table.trim_fmt())
            }
            Form::Plain => {
                writeln!(self.out, "{}", columns.join("\t"))?;
                for cells in rows {
                    let shown: Vec<String> = cells.iter().map(Cell::shown).collect();
                    writeln!(self.out, "{}", shown.join("\t"))?;
                }
                Ok(())
            }
        }
    }

    /// Answers with one thing: in JSON an object, else a line for each of its fields.
    ///
    /// # Errors
    /// Whatever the stream says.
    pub fn record(&mut self, fields: &[(&'static str, Cell)]) -> io::Result<()> {
        match self.form {
            Form::Json => {
                let (columns, cells): (Vec<&'static str>, Vec<Cell>) = fields.iter().cloned().unzip();
                self.json(&Object { columns: &columns, cells: &cells })
            }
            Form::Terminal => {
                let mut table = table();
                for (name, cell) in fields {
                    table.add_row([(*name).to_owned(), cell.shown()]);
                }
                writeln!(self.out, "{}", table.trim_fmt())
            }
            Form::Plain => fields.iter().try_for_each(|(name, cell)| writeln!(self.out, "{name}\t{}", cell.shown())),
        }
    }

    /// The same, in JSON on one line: for what ends a stream of lines.
    ///
    /// # Errors
    /// Whatever the stream says.
    pub fn record_on_one_line(&mut self, fields: &[(&'static str, Cell)]) -> io::Result<()> {
        if self.form != Form::Json {
            return self.record(fields);
        }
        let (columns, cells): (Vec<&'static str>, Vec<Cell>) = fields.iter().cloned().unzip();
        serde_json::to_writer(&mut self.out, &Object { columns: &columns, cells: &cells })?;
        writeln!(self.out)
    }

    /// Whether somebody sees what is shown of progress.
    pub const fn is_watched(&self) -> bool {
        self.shows_progress
    }

    /// Says something to the person, on standard error: never part of the answer.
    pub fn say(&mut self, text: &str) {
        // Where even standard error is gone there is nobody left to tell.
        let _ = writeln!(self.err, "{text}");
    }

    /// Says how far something is, in one line that the next word of it replaces; only to a terminal.
    pub fn progress(&mut self, text: &str) {
        if self.shows_progress {
            // To the start of the line, and what stood there goes. As above, nobody is left to tell of an error.
            let _ = write!(self.err, "\r\u{1b}[K{text}").and_then(|()| self.err.flush());
        }
    }

    /// The answer's stream, for what has a form of its own (an export, a sample file).
    pub fn stream(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.out, value)?;
        writeln!(self.out)
    }
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    // Some terminals of machines say that they have no columns at all.
    if table.width().is_some_and(|columns| columns >= TERMINAL_COLUMNS_MIN) {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
}

/// `createdAt` as `CREATED AT`.
fn title(name: &str) -> String {
    let spaced = name.chars().flat_map(|c| c.is_ascii_uppercase().then_some(' ').into_iter().chain([c]));
    spaced.collect::<String>().to_uppercase()
}

/// A row under its columns, in their order.
struct Object<'a> {
    columns: &'a [&'static str],
    cells: &'a [Cell],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (name, cell) in self.columns.iter().zip(self.cells) {
            map.serialize_entry(name, cell)?;
        }
        map.end()
    }
}

impl Cell {
    /// For people: what strangers chose (names, user agents) must not move the cursor or break a line.
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => escaped(text),
            Self::Whole(whole) => whole.to_string(),
            Self::Flag(true) => "yes".to_owned(),
            Self::Flag(false) => "no".to_owned(),
            Self::Many(texts) => escaped(&texts.join(", ")),
            Self::Value(serde_json::Value::Null) | Self::Nothing => String::new(),
            Self::Value(serde_json::Value::String(text)) => escaped(text),
            Self::Value(value) => escaped(&value.to_string()),
        }
    }
}

/// The text with whatever would move the cursor or turn the line around spelled out.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmless(c) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// Neither a control character nor one that reorders the text around it (Unicode UAX #9, section 2).
fn is_harmless(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(whole: i64) -> Self {
        Self::Whole(whole)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Timestamp> for Cell {
    fn from(at: Timestamp) -> Self {
        Self::Text(at.to_string())
    }
}

impl From<Vec<String>> for Cell {
    fn from(texts: Vec<String>) -> Self {
        Self::Many(texts)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    /// A stream that a test can read afterwards.
    #[derive(Clone, Default)]
    pub(crate) struct Kept(Rc<RefCell<Vec<u8>>>);

    impl Kept {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).unwrap()
        }
    }

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(form: Form, write: impl Fn(&mut Output) -> io::Result<()>) -> String {
        let kept = Kept::default();
        let mut output = Output::new(Box::new(kept.clone()), Box::new(io::sink()), form);
        write(&mut output).unwrap();
        kept.text()
    }

    fn two_rows(output: &mut Output) -> io::Result<()> {
        let row =
            |slug: &str, since: Option<i64>| vec![slug.into(), since.into(), vec!["A".to_owned(), "B".into()].into()];
        output.rows(&["slug", "createdAt", "roles"], &[row("one", Some(5)), row("t\two\u{1b}[2J", None)])
    }

    #[test]
    fn rows_are_a_table_plain_lines_or_json() {
        insta::assert_snapshot!(written(Form::Terminal, two_rows), @r"
SLUG               CREATED AT  ROLES
one                5           A, B
t\u{9}wo\u{1b}[2J              A, B
");
        assert_eq!(
            written(Form::Plain, two_rows),
            "slug\tcreatedAt\troles\none\t5\tA, B\nt\\u{9}wo\\u{1b}[2J\t\tA, B\n"
        );
        let json: serde_json::Value = serde_json::from_str(&written(Form::Json, two_rows)).unwrap();
        assert_eq!(
            json,
            serde_json::json!([
                { "slug": "one", "createdAt": 5, "roles": ["A", "B"] },
                { "slug": "t\two\u{1b}[2J", "createdAt": null, "roles": ["A", "B"] },
            ])
        );
    }

    #[test]
    fn one_thing_is_a_line_for_each_field_or_an_object() {
        let record = |output: &mut Output| output.record(&[("slug", "one".into()), ("suspended", false.into())]);
        assert_eq!(written(Form::Plain, record), "slug\tone\nsuspended\tno\n");
        assert_eq!(written(Form::Json, record), "{\n  \"slug\": \"one\",\n  \"suspended\": false\n}\n");
    }

    #[test]
    fn no_rows_are_an_empty_array_for_programs() {
        assert_eq!(written(Form::Json, |output| output.rows(&["slug"], &[])), "[]\n");
    }

    #[test]
    fn a_name_cannot_turn_the_line_around() {
        assert_eq!(Cell::from("a\u{202e}b\u{2066}").shown(), "a\\u{202e}b\\u{2066}");
        assert_eq!(Cell::from("Zoë Ångström").shown(), "Zoë Ångström");
    }
}
