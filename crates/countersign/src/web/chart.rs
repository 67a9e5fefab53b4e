//! Charts as pictures that need no script, and the tables beside them.
//!
//! A picture is an inline SVG of classes alone, since the policy of a page forbids styles inline: what they look like stands
//! in [`STYLE`]. It tells its title and what it is about to whoever does not see it; the numbers are the table's.

mod drawing;
mod scale;
#[cfg(test)]
mod tests;

use askama::Template;
use drawing::Drawing;

/// The rules of the classes of pictures and tables, to be part of the page's style sheet.
pub const STYLE: &str = include_str!("../../assets/chart.css");

/// Colours that the style sheet has; a series more begins with the first again.
const COLOURS: usize = 8;

/// What is drawn.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What its elements are named after: unlike every other of the page.
    pub id: &'static str,
    /// What it is called.
    pub title: String,
    /// What it shows, in a sentence, for whoever does not see it.
    pub about: String,
    /// The steps of time, in their order.
    pub steps: Vec<Step>,
    /// What is counted in each.
    pub series: Vec<Series>,
    /// How it is drawn.
    pub form: Form,
    /// Whether time goes from the right to the left, as the page is read.
    pub is_right_to_left: bool,
}

/// A step of time.
#[derive(Clone, Debug)]
pub struct Step {
    /// What stands under the picture, where there is room: short. Empty: nothing.
    pub mark: String,
    /// What stands in the table.
    pub label: String,
}

/// Counts that belong together.
#[derive(Clone, Debug)]
pub struct Series {
    /// What is counted.
    pub name: String,
    /// How often, step by step. Where one is missing, it is zero.
    pub counts: Vec<u64>,
}

/// How the series of a chart are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As lines beside each other.
    Lines,
    /// As bars on top of each other: they are the parts of a whole.
    Stacks,
}

/// The numbers of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// A column for each series, beside that of the steps: its head is the key to the colours of the picture.
    pub columns: Vec<Column>,
    /// A row for each step.
    pub rows: Vec<Row>,
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What is counted.
    pub name: String,
    /// The classes of what shows its colour, and its dashes where it is a line.
    pub key: String,
    /// It is drawn as a line.
    pub is_line: bool,
}

/// A step of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub label: String,
    /// The counts, in the order of the columns.
    pub counts: Vec<u64>,
}

impl Chart {
    /// The picture, to be put into a page as it is.
    ///
    /// # Errors
    /// Where the template fails.
    pub fn svg(&self) -> askama::Result<String> {
        Drawing::of(self).render()
    }

    /// The table beside it.
    pub fn table(&self) -> Table {
        let is_line = self.form == Form::Lines;
        let column = |(place, series): (usize, &Series)| Column {
            name: series.name.clone(),
            key: format!("{} {}", if is_line { "chart-line" } else { "chart-key" }, colour(place)),
            is_line,
        };
        let row = |(place, step): (usize, &Step)| Row {
            label: step.label.clone(),
            counts: self.series.iter().map(|series| series.count(place)).collect(),
        };
        Table {
            columns: self.series.iter().enumerate().map(column).collect(),
            rows: self.steps.iter().enumerate().map(row).collect(),
        }
    }
}

impl Series {
    fn count(&self, place: usize) -> u64 {
        self.counts.get(place).copied().unwrap_or_default()
    }
}

/// The class of a series' colour.
fn colour(place: usize) -> String {
    format!("chart-{}", place % COLOURS + 1)
}
