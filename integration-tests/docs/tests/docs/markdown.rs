//! As much of Markdown as the documents use: code spans, links, tables.

/// Returns the lines of a text that are not in a fenced block.
pub(crate) fn prose(text: &str) -> Vec<&str> {
    let mut is_fenced = false;
    text.lines()
        .filter(|line| {
            let is_fence = line.trim_start().starts_with("```");
            is_fenced ^= is_fence;
            !is_fenced && !is_fence
        })
        .collect()
}

/// Returns the code spans of a line.
pub(crate) fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Returns what the links of a line lead to.
pub(crate) fn links(line: &str) -> Vec<String> {
    // Without its code spans: an index in code looks like a link.
    let plain: String = line.split('`').step_by(2).collect();
    let after = plain.split("](").skip(1);
    after
        .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
        .collect()
}

/// Returns the cells of a line, if it is a row of a table.
pub(crate) fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

#[test]
fn what_is_fenced_is_no_prose() {
    assert_eq!(prose("a\n```text\nb\n```\nc"), ["a", "c"]);
}

#[test]
fn links_and_spans_are_told_apart() {
    let line = "see [the code](src/lib.rs) and `list[0](x)`, [it](https://a.b/c)";
    assert_eq!(links(line), ["src/lib.rs", "https://a.b/c"]);
    assert_eq!(spans(line).collect::<Vec<_>>(), ["list[0](x)"]);
}

#[test]
fn a_row_has_cells() {
    assert_eq!(cells("| a | `b` |"), Some(vec!["a", "`b`"]));
    assert_eq!(cells("a | b"), None);
}
