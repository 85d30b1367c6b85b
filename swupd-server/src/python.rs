//! What compiled Python files say of their sources: which file they were made from, and whether it
//! must keep its time. With another time on the source every start would compile it again.

use std::collections::BTreeMap;

use swupd_protocol::{object::Object, path::TreePath};

/// What the header of a compiled file says of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CompiledFrom {
    /// Seconds since 1970, of which the header has 32 bits.
    time: u32,
    /// Bytes, of which the header has 32 bits.
    size: u32,
}

impl CompiledFrom {
    /// The length of the header in bytes.
    pub(crate) const LENGTH: usize = 16;

    /// Reads the start of a file. None where it is not compiled Python, or compiled by hash.
    pub(crate) fn read(path: &TreePath, start: &[u8]) -> Option<Self> {
        if !path.name().ends_with(b".pyc") {
            return None;
        }
        let word = |at: usize| {
            let bytes = start.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_le_bytes(bytes))
        };
        // Magic number and carriage return, newline; flags (0: by time); time; size.
        let by_time = start.get(2..4)? == b"\r\n" && word(4)? == 0;
        by_time.then_some(Self { time: word(8)?, size: word(12)? })
    }
}

/// What all compiled files of a tree say of their sources.
#[derive(Debug, Default)]
pub(crate) struct Stamps(BTreeMap<TreePath, Vec<CompiledFrom>>);

impl Stamps {
    /// Adds what a compiled file says.
    pub(crate) fn add(&mut self, compiled: &TreePath, stamp: CompiledFrom) {
        if let Some(source) = source_of(compiled) {
            self.0.entry(source).or_default().push(stamp);
        }
    }

    /// Says whether a compiled file depends on the time of the file at `path`.
    pub(crate) fn depend_on(&self, path: &TreePath, object: &Object, time: i64) -> bool {
        let Object::File { size, .. } = *object else { return false };
        let (time, size) = (low_bits(time.cast_unsigned()), low_bits(size));
        self.0.get(path).is_some_and(|stamps| stamps.contains(&CompiledFrom { time, size }))
    }
}

/// Returns the path of the source: of `d/__pycache__/m.tag.pyc` it is `d/m.py`, of `d/m.pyc` also.
pub(crate) fn source_of(compiled: &TreePath) -> Option<TreePath> {
    let compiled = compiled.as_bytes();
    let slash = compiled.iter().rposition(|b| *b == b'/')?;
    let (directory, name) = (&compiled[..slash], &compiled[slash + 1..]);
    let stem = name.strip_suffix(b".pyc")?;
    let (directory, module) = match directory.strip_suffix(b"/__pycache__") {
        None => (directory, stem),
        Some(above) => {
            let dots: Vec<usize> = (0..stem.len()).filter(|at| stem[*at] == b'.').collect();
            let optimised = dots.last().is_some_and(|at| stem[at + 1..].starts_with(b"opt-"));
            let tag = dots.len().checked_sub(if optimised { 2 } else { 1 })?;
            (above, &stem[..dots[tag]])
        }
    };
    TreePath::parse(&[directory, b"/", module, b".py"].concat()).ok()
}

fn low_bits(wide: u64) -> u32 {
    u32::try_from(wide & u64::from(u32::MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_where_python_looks_for_them() {
        let cases = [
            ("/l/__pycache__/m.cpython-311.pyc", Some("/l/m.py")),
            ("/l/__pycache__/m.cpython-311.opt-1.pyc", Some("/l/m.py")),
            ("/l/__pycache__/a.b.cpython-311.pyc", Some("/l/a.b.py")),
            ("/l/__pycache__/m.pyc", None),
            ("/l/__pycache__/m.opt-1.pyc", None),
            ("/l/m.pyc", Some("/l/m.py")),
            ("/l/m.so", None),
        ];
        for (compiled, source) in cases {
            let path = |text: &str| TreePath::parse(text.as_bytes()).unwrap();
            assert_eq!(source_of(&path(compiled)), source.map(path), "{compiled}");
        }
    }

    #[test]
    fn only_headers_that_name_a_time_count() {
        let path = TreePath::parse(b"/l/m.pyc").unwrap();
        let by_time = b"\xa7\r\r\n\0\0\0\0\x01\0\0\0\x02\0\0\0";
        let read = |bytes: &[u8]| CompiledFrom::read(&path, bytes);
        assert_eq!(read(by_time), Some(CompiledFrom { time: 1, size: 2 }));
        assert_eq!(read(&by_time[..15]), None);
        assert_eq!(read(b"\xa7\r\r\n\x01\0\0\0\x01\0\0\0\x02\0\0\0"), None);
        assert_eq!(read(b"text, not code at all"), None);
        assert_eq!(CompiledFrom::read(&TreePath::parse(b"/l/m.py").unwrap(), by_time), None);
    }
}
