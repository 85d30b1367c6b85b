//! What a process has mapped, as the kernel lists it in `/proc/<pid>/maps`. Pure.

/// A stretch of a process's memory that is a file's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapping<'a> {
    /// Its addresses, which is also its name in `/proc/<pid>/map_files`.
    pub(super) range: &'a str,
    /// Whether the process may run what is in it.
    pub(super) is_code: bool,
    /// The file's inode.
    pub(super) inode: u64,
    /// The file's path as the kernel tells it.
    pub(super) path: Vec<u8>,
    /// Whether the kernel says that the path no longer stands for the file.
    pub(super) is_deleted: bool,
}

/// Returns the mappings of files. What is no such line is passed over.
pub(super) fn parse(listed: &[u8]) -> impl Iterator<Item = Mapping<'_>> {
    listed.split(|b| *b == b'\n').filter_map(parse_line)
}

fn parse_line(line: &[u8]) -> Option<Mapping<'_>> {
    let mut fields = line.splitn(6, |b| *b == b' ');
    let mut word = || std::str::from_utf8(fields.next()?).ok();
    let (range, rights, _offset, _device, inode) = (word()?, word()?, word()?, word()?, word()?);
    let is_range = range
        .split_once('-')
        .is_some_and(|(from, to)| [from, to].iter().all(|end| is_hexadecimal(end)));
    let inode = inode.parse().ok().filter(|inode| *inode != 0)?;
    let padded = fields.next()?;
    let path = padded.iter().position(|b| *b != b' ').map(|at| &padded[at..])?;
    let is_path = path.first() == Some(&b'/');
    let (path, is_deleted) = without_mark(path);
    (is_range && is_path).then(|| Mapping {
        range,
        is_code: rights.as_bytes().get(2) == Some(&b'x'),
        inode,
        path: unescape(path),
        is_deleted,
    })
}

/// Takes the kernel's mark of a file that is gone off a path.
pub(super) fn without_mark(path: &[u8]) -> (&[u8], bool) {
    match path.strip_suffix(DELETED) {
        Some(path) => (path, true),
        None => (path, false),
    }
}

fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A newline, which alone would end the line, is written as `\012`. A backslash is not escaped, so
/// a name with just these four characters cannot be told from one with a newline.
fn unescape(path: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((first, after)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(NEWLINE) {
            bytes.push(b'\n');
            rest = behind;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    bytes
}

const DELETED: &[u8] = b" (deleted)";
const NEWLINE: &[u8] = b"\\012";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LISTED: &[u8] =
        b"5621476ee000-5621476f0000 r--p 00000000 fe:00 247774                     /usr/bin/sleep\n\
        5621476f0000-5621476f5000 r-xp 00002000 fe:00 247774                     /usr/bin/sleep\n\
        55a000000000-55a000021000 rw-p 00000000 00:00 0                          [heap]\n\
        7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n\
        7f10-7f20 r-xp 00000000 00:1f 7                          /usr/lib/a b/x.so (deleted)\n\
        7f20-7f30 r-xs 00000000 00:01 9                          /memfd:x (deleted)\n\
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n\
        7f30-7f40 r-xp 00000000 00:1f 8                          anon_inode:[io_uring]\n\
        nonsense\n";

    #[test]
    fn the_kernels_list_is_read() {
        let listed: Vec<Mapping<'_>> = parse(LISTED).collect();
        let short: Vec<(&str, bool, u64, &[u8], bool)> = listed
            .iter()
            .map(|m| (m.range, m.is_code, m.inode, &m.path[..], m.is_deleted))
            .collect();
        assert_eq!(
            short,
            [
                ("5621476ee000-5621476f0000", false, 247_774, &b"/usr/bin/sleep"[..], false),
                ("5621476f0000-5621476f5000", true, 247_774, b"/usr/bin/sleep", false),
                ("7f10-7f20", true, 7, b"/usr/lib/a b/x.so", true),
                ("7f20-7f30", true, 9, b"/memfd:x", true),
            ]
        );
    }

    /// Writes a line as the kernel does.
    fn line(from: u64, rights: &str, inode: u64, path: &str, is_deleted: bool) -> String {
        let head = format!("{from:08x}-{:08x} {rights} 00000000 fe:00 {inode} ", from + 4096);
        let mark = if is_deleted { " (deleted)" } else { "" };
        format!("{head:73}{}{mark}", path.replace('\n', "\\012"))
    }

    proptest! {
        #[test]
        fn what_the_kernel_writes_is_read_back(
            from in 0..1_u64 << 47,
            is_code: bool,
            inode in 1..u64::MAX,
            path in "(/[^/\u{0}\\\\]{1,20}){1,5}",
            is_deleted: bool,
        ) {
            prop_assume!(!path.ends_with(" (deleted)"));
            let rights = if is_code { "r-xp" } else { "r--p" };
            let line = line(from, rights, inode, &path, is_deleted);
            let text = format!("{line}\n{line}\n");
            let read: Vec<Mapping<'_>> = parse(text.as_bytes()).collect();
            prop_assert_eq!(read.len(), 2);
            let first = &read[0];
            prop_assert_eq!((first.is_code, first.inode), (is_code, inode));
            prop_assert_eq!(&first.path[..], path.as_bytes());
            prop_assert_eq!(first.is_deleted, is_deleted);
        }

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for mapping in parse(&bytes) {
                prop_assert!(mapping.path.starts_with(b"/") && mapping.inode != 0);
            }
        }
    }
}
