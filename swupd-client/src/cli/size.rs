//! Sizes as people read them.

/// Returns a number of bytes in the unit that suits it.
pub(super) fn in_units(bytes: u64) -> String {
    let unit = UNITS.iter().rev().find(|(_, size)| bytes >= *size);
    let Some((name, size)) = unit else { return format!("{bytes} bytes") };
    let tenths = bytes / (size / 10);
    if tenths >= 100 {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

const UNITS: &[(&str, u64)] =
    &[("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_figures_or_more() {
        for (bytes, told) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1.0 KB"),
            (9_990, "9.9 KB"),
            (10_500, "10 KB"),
            (999_999, "999 KB"),
            (1_250_000, "1.2 MB"),
            (34_500_000_000, "34 GB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(in_units(bytes), told);
        }
    }
}
