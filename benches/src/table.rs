//! Tables that read well in a terminal and in a Markdown file.

/// Lays out a table: the first column to the left, the others to the right.
pub(crate) fn markdown(heads: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut lines = vec![heads.iter().map(|head| (*head).to_owned()).collect()];
    lines.extend(rows);
    let widths = widths(&lines);
    let rule = widths.iter().enumerate().map(|(column, width)| {
        let dashes = "-".repeat(width.saturating_sub(1));
        if column == 0 {
            format!("{dashes}-")
        } else {
            format!("{dashes}:")
        }
    });
    lines.insert(1, rule.collect());
    lines.iter().map(|cells| line(cells, &widths)).collect()
}

fn widths(lines: &[Vec<String>]) -> Vec<usize> {
    let columns = lines.first().map_or(0, Vec::len);
    (0..columns)
        .map(|column| {
            let cells = lines.iter().filter_map(|cells| cells.get(column));
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
                .max(3)
        })
        .collect()
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded = cells.iter().zip(widths).enumerate();
    let padded: Vec<String> = padded
        .map(|(column, (cell, width))| {
            if column == 0 {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            }
        })
        .collect();
    format!("| {} |\n", padded.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![vec!["full_stack".to_owned(), "133.0".to_owned()]];
        assert_eq!(
            markdown(&["name", "ns"], rows),
            "| name       |    ns |\n| ---------- | ----: |\n| full_stack | 133.0 |\n"
        );
    }
}
