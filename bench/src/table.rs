//! The one form in which measurements are printed: a line for each, with what it was to reach.

use crate::stats::Spread;

/// What a measurement was to reach, by its median.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// From the first to the second, both included.
    Within(f64, f64),
    /// Below the first or above the second.
    Outside(f64, f64),
    /// Printed for the reader; nothing hangs on it.
    None,
}

/// A table of measurements; printed when it is dropped whole, by [`Table::print`].
pub(crate) struct Table {
    title: String,
    rows: Vec<[String; 4]>,
}

impl Table {
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), rows: Vec::new() }
    }

    /// A measurement; the unit stands in its name.
    pub(crate) fn row(&mut self, name: impl Into<String>, measured: Spread, target: Target) {
        let (wanted, verdict) = match target {
            Target::AtLeast(bound) => (format!("at least {bound}"), verdict(measured.median >= bound)),
            Target::AtMost(bound) => (format!("at most {bound}"), verdict(measured.median <= bound)),
            Target::Within(from, to) => (format!("{from} to {to}"), verdict((from..=to).contains(&measured.median))),
            Target::Outside(from, to) => {
                (format!("outside {from} to {to}"), verdict(!(from..=to).contains(&measured.median)))
            }
            Target::None => (String::new(), ""),
        };
        self.rows.push([name.into(), measured.to_string(), wanted, verdict.to_owned()]);
    }

    /// A remark that is no figure.
    pub(crate) fn note(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.rows.push([name.into(), text.into(), String::new(), String::new()]);
    }

    pub(crate) fn print(&self) {
        let width = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|t| t.chars().count()).max();
        let [name, figure, target] = [0, 1, 2].map(|column| width(column).unwrap_or(0));
        println!("\n{}\n", self.title);
        for [a, b, c, d] in &self.rows {
            println!("{}", format!("  {a:<name$}  {b:<figure$}  {c:<target$}  {d}").trim_end());
        }
        println!();
    }
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "MISSED" }
}
