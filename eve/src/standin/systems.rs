//! The solar systems, from EVE's public Static Data Export.

use std::collections::HashMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("../../../data/solar-systems.csv");

/// What the export says of a system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) constellation: i32,
    pub(super) security: f64,
    /// Empty for systems without one.
    pub(super) class: &'static str,
}

/// Returns the row of a system.
pub(super) fn find(id: i32) -> Option<&'static Row> {
    static ROWS: OnceLock<HashMap<i32, Row>> = OnceLock::new();
    ROWS.get_or_init(|| TABLE.lines().skip(1).filter_map(parse).collect())
        .get(&id)
}

/// Reads `system_id,name,constellation_id,region_id,security_status,security_class`; no name contains a comma.
fn parse(line: &'static str) -> Option<(i32, Row)> {
    let mut fields = line.split(',');
    let id = fields.next()?.parse().ok()?;
    let name = fields.next()?;
    let constellation = fields.next()?.parse().ok()?;
    let security = fields.nth(1)?.parse().ok()?;
    let row = Row {
        name,
        constellation,
        security,
        class: fields.next()?,
    };
    Some((id, row))
}

#[cfg(test)]
mod tests {
    use super::{TABLE, find, parse};

    #[test]
    fn every_line_of_the_table_is_read() {
        let rows = TABLE.lines().skip(1).filter_map(parse).count();
        assert_eq!(rows, 8_436);
    }

    #[test]
    fn jita_is_where_the_export_says() {
        let jita = find(30_000_142).unwrap();
        assert_eq!((jita.name, jita.constellation), ("Jita", 20_000_020));
        assert!((jita.security - 0.9459).abs() < 1e-9);
        assert!(find(30_009_999).is_none());
    }
}
