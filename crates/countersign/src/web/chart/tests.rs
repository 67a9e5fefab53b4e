use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn chart(form: Form, steps: usize, series: &[(&str, &[u64])]) -> Chart {
    let step = |hour: usize| Step { mark: format!("{hour:02}:00"), label: format!("24 November, {hour:02}:00") };
    let series = series.iter().map(|(name, counts)| Series { name: (*name).into(), counts: counts.to_vec() });
    Chart {
        id: "logins",
        title: "Logins".into(),
        about: "Logins by hour: done, refused".into(),
        steps: (0..steps).map(step).collect(),
        series: series.collect(),
        form,
        is_right_to_left: false,
    }
}

fn snapshot(name: &str, svg: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!(name, svg);
    });
}

const DONE: (&str, &[u64]) = ("done", &[12, 30, 25, 1_400, 0, 700]);
const REFUSED: (&str, &[u64]) = ("refused", &[3, 4, 0, 2_000, 1]);

#[test]
fn pictures_are_drawn_as_they_were() {
    snapshot("chart.lines", &chart(Form::Lines, 6, &[DONE, REFUSED]).svg().unwrap());
    snapshot("chart.stacks", &chart(Form::Stacks, 6, &[DONE, REFUSED]).svg().unwrap());
    let from_the_right = Chart {
        title: "تسجيلات الدخول".into(),
        about: "تسجيلات الدخول في كل ساعة".into(),
        is_right_to_left: true,
        ..chart(Form::Stacks, 6, &[DONE, REFUSED])
    };
    snapshot("chart.right_to_left", &from_the_right.svg().unwrap());
    snapshot("chart.zeros", &chart(Form::Stacks, 24, &[("done", &[]), ("refused", &[0])]).svg().unwrap());
    snapshot("chart.nothing", &chart(Form::Lines, 0, &[]).svg().unwrap());
}

#[test]
fn the_table_has_a_row_for_each_step_and_zero_where_nothing_is_told() {
    let table = chart(Form::Lines, 6, &[DONE, REFUSED]).table();
    let keys: Vec<_> = table.columns.iter().map(|column| (column.name.as_str(), column.key.as_str())).collect();
    assert_eq!(keys, [("done", "chart-line chart-1"), ("refused", "chart-line chart-2")]);
    let rows: Vec<_> = table.rows.iter().map(|row| (row.label.as_str(), row.counts.as_slice())).collect();
    assert_eq!(rows[3], ("24 November, 03:00", [1_400, 2_000].as_slice()));
    assert_eq!(rows[5], ("24 November, 05:00", [700, 0].as_slice()));
    assert_eq!(rows.len(), 6);
}

#[test]
fn the_style_sheet_has_a_rule_for_every_class() {
    let many = ["a"; COLOURS + 1].map(|name| (name, [1].as_slice()));
    let mut classes = BTreeSet::new();
    for form in [Form::Lines, Form::Stacks] {
        let chart = chart(form, 2, &many);
        let mut page = chart.svg().unwrap();
        page.extend(chart.table().columns.iter().map(|column| format!("<i class=\"{}\">", column.key)));
        for list in page.split("class=\"").skip(1) {
            classes.extend(list.split('"').next().unwrap().split(' ').map(str::to_owned));
        }
    }
    assert_eq!(classes.len(), COLOURS + 7, "{classes:?}");
    for class in classes {
        assert!(STYLE.contains(&format!(".{class} {{")), "{class}");
    }
}

#[test]
fn a_page_of_our_policy_takes_a_picture() {
    let svg = chart(Form::Lines, 6, &[DONE, REFUSED]).svg().unwrap();
    for forbidden in ["style", "<script", "href", "url(", " on"] {
        assert!(!svg.contains(forbidden), "{forbidden}");
    }
}

// --- whatever is drawn ---

/// An element as it stands in the text: its attributes, and the text in it.
#[derive(Debug)]
struct Element<'t> {
    name: &'t str,
    attributes: Vec<(&'t str, &'t str)>,
    text: &'t str,
}

/// Reads a picture strictly: one element with others in it that have text or nothing.
fn elements(svg: &str) -> Vec<Element<'_>> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag that ends");
        assert!(!text.contains('>'), "a stray > in {text:?}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes = Vec::new();
        while let Some((attribute, after)) = rest.trim_start().split_once("=\"") {
            let (value, after) = after.split_once('"').expect("a value that ends");
            attributes.push((attribute, value));
            rest = after;
        }
        assert_eq!(rest, "", "what is no attribute in {tag:?}");
        if !is_empty {
            open.push(name);
        }
        found.push(Element { name, attributes, text });
    }
    assert_eq!(open, Vec::<&str>::new());
    found
}

/// A text as a reader of the markup sees it.
fn read(text: &str) -> String {
    let mut parts = text.split('&');
    let mut read = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').expect("a reference that ends");
        let code = name.strip_prefix('#').map(|code| code.parse().unwrap());
        read.push(char::from_u32(code.expect("a number")).unwrap());
        read += rest;
    }
    read
}

fn assert_inside(text: &str, end: f64) {
    let number: f64 = text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"));
    assert!((0.0..=end).contains(&number), "{text} lies outside");
}

fn assert_path_inside(path: &str) {
    let mut rest = path;
    while let Some(command) = rest.chars().next() {
        let numbers = &rest[1..];
        let end = numbers.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(numbers.len());
        match (command, numbers[..end].split_once(',')) {
            ('M' | 'L', Some((x, y))) => {
                assert_inside(x, 360.0);
                assert_inside(y, 200.0);
            }
            ('H', None) => assert_inside(&numbers[..end], 360.0),
            ('V', None) => assert_inside(&numbers[..end], 200.0),
            ('Z', None) => assert_eq!(end, 0),
            other => panic!("{other:?} in {path}"),
        }
        rest = &numbers[end..];
    }
}

fn any_chart() -> impl Strategy<Value = Chart> {
    let count = prop_oneof![Just(0), 0..20_u64, any::<u64>(), Just(u64::MAX)];
    let series = (any::<String>(), prop::collection::vec(count, 0..40));
    let series = series.prop_map(|(name, counts)| Series { name, counts });
    let step = (any::<String>(), any::<String>()).prop_map(|(mark, label)| Step { mark, label });
    let form = prop_oneof![Just(Form::Lines), Just(Form::Stacks)];
    let steps = prop_oneof![
        prop::collection::vec(step, 0..40),
        // More steps than there are tenths.
        (0..5_000_usize).prop_map(|many| vec![Step { mark: String::new(), label: String::new() }; many]),
    ];
    (any::<String>(), any::<String>(), steps, prop::collection::vec(series, 0..12), form, any::<bool>()).prop_map(
        |(title, about, steps, series, form, is_right_to_left)| Chart {
            id: "any",
            title,
            about,
            steps,
            series,
            form,
            is_right_to_left,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_is_drawn_is_well_formed_and_lies_in_the_picture(chart in any_chart()) {
        let svg = chart.svg().unwrap();
        let elements = elements(&svg);
        for element in &elements {
            for (name, value) in &element.attributes {
                match *name {
                    "x" => assert_inside(value, 360.0),
                    "y" => assert_inside(value, 200.0),
                    "d" => assert_path_inside(value),
                    _ => {}
                }
            }
        }
        let text_of = |name: &str| {
            let element = elements.iter().find(|element| element.name == name).unwrap();
            read(element.text)
        };
        prop_assert_eq!(text_of("title"), chart.title.clone());
        prop_assert_eq!(text_of("desc"), chart.about.clone());
        let table = chart.table();
        prop_assert_eq!((table.columns.len(), table.rows.len()), (chart.series.len(), chart.steps.len()));
        prop_assert!(table.rows.iter().all(|row| row.counts.len() == table.columns.len()));
    }

    #[test]
    fn what_is_more_is_drawn_higher(counts in prop::collection::vec(any::<u64>(), 1..20)) {
        let svg = chart(Form::Lines, counts.len(), &[("one", &counts)]).svg().unwrap();
        let elements = elements(&svg);
        let is_line = |element: &&Element<'_>| element.attributes.contains(&("class", "chart-line chart-1"));
        let (_, path) = elements.iter().find(is_line).unwrap().attributes[1];
        let heights = path.split(['M', 'L']).skip(1).map(|point| {
            let y = point.split_once(',').unwrap().1;
            y.split('H').next().unwrap().parse::<f64>().unwrap()
        });
        let heights: Vec<f64> = heights.collect();
        prop_assert_eq!(heights.len(), counts.len());
        for (one, y) in counts.iter().zip(&heights) {
            for (other, than) in counts.iter().zip(&heights) {
                prop_assert!(one > other || y >= than, "{one} at {y}, {other} at {than}");
            }
        }
    }
}
