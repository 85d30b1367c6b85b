//! Paths inside an OS tree: absolute, made of bytes, and unable to leave the tree.

use std::{ffi::OsStr, fmt, os::unix::ffi::OsStrExt, path::Path, sync::Arc};

use crate::limits::{MAX_PATH, MAX_PATH_COMPONENT};

/// An absolute path in an OS tree, as a manifest line names it.
///
/// It starts with `/`, has at least one component, and no component is empty, `.` or `..`, nor
/// does it hold a NUL or a newline: nothing behind the parser checks again. Order is by bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(Arc<[u8]>);

impl TreePath {
    /// Reads a path with its leading `/`.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotATreePath> {
        let relative = bytes.strip_prefix(b"/").ok_or_else(|| NotATreePath::new(bytes))?;
        let fits = bytes.len() <= MAX_PATH && relative.split(|b| *b == b'/').all(is_component);
        if fits { Ok(Self(bytes.into())) } else { Err(NotATreePath::new(bytes)) }
    }

    /// Reads a path relative to the root of the tree, so without a leading `/`.
    pub fn from_relative(relative: &Path) -> Result<Self, NotATreePath> {
        let mut bytes = Vec::with_capacity(relative.as_os_str().len() + 1);
        bytes.push(b'/');
        bytes.extend_from_slice(relative.as_os_str().as_bytes());
        Self::parse(&bytes)
    }

    /// Returns the path below this one with one more component.
    pub fn join(&self, component: &[u8]) -> Result<Self, NotATreePath> {
        Self::parse(&[self.as_bytes(), b"/", component].concat())
    }

    /// Returns the bytes, with the leading `/`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the path relative to the root of the tree.
    pub fn relative(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0[1..]))
    }

    /// Returns the path of the directory that this one lies in; none at the top.
    pub fn parent(&self) -> Option<Self> {
        let slash = self.0.iter().rposition(|b| *b == b'/').filter(|at| *at > 0)?;
        Some(Self(self.0[..slash].into()))
    }

    /// Returns every directory above this path, the outermost first.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + '_ {
        let slashes = self.0.iter().enumerate().skip(1).filter(|(_, b)| **b == b'/');
        slashes.map(|(at, _)| Self(self.0[..at].into()))
    }

    /// Returns the last component.
    pub fn name(&self) -> &[u8] {
        self.0.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }

    /// Returns the components, outermost first.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> {
        self.0[1..].split(|b| *b == b'/')
    }

    /// Says whether this path is `directory` or lies below it.
    pub fn is_at_or_below(&self, directory: &[u8]) -> bool {
        self.0.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

/// The bytes cannot be a path inside an OS tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot be a path in an OS tree")]
pub struct NotATreePath(String);

impl NotATreePath {
    fn new(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned())
    }
}

fn is_component(bytes: &[u8]) -> bool {
    let length_fits = (1..=MAX_PATH_COMPONENT).contains(&bytes.len());
    length_fits && bytes != b"." && bytes != b".." && !bytes.contains(&0) && !bytes.contains(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_cannot_leave_the_tree() {
        for bad in [
            "",
            "/",
            "usr",
            "//",
            "/usr/",
            "/usr//bin",
            "/..",
            "/usr/../etc",
            "/./x",
            "/a\0",
            "/a\nb",
        ] {
            assert!(TreePath::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(TreePath::parse(&[b"/", &[b'x'; 256][..]].concat()).is_err());
        assert!(TreePath::parse("/x".repeat(3000).as_bytes()).is_err());
        assert!(
            TreePath::parse(b"/usr/lib/systemd/system/system-systemd\\x2dcryptsetup.slice").is_ok()
        );
    }

    #[test]
    fn a_path_knows_its_directories() {
        let path = TreePath::parse(b"/usr/lib/x").unwrap();
        let above: Vec<String> = path.ancestors().map(|p| p.to_string()).collect();
        assert_eq!(above, ["/usr", "/usr/lib"]);
        assert_eq!(path.parent().unwrap().to_string(), "/usr/lib");
        assert_eq!(TreePath::parse(b"/usr").unwrap().parent(), None);
        assert_eq!(path.name(), b"x");
        assert_eq!(path.relative(), Path::new("usr/lib/x"));
        assert!(path.is_at_or_below(b"/usr/lib"));
        assert!(path.is_at_or_below(b"/usr/lib/x"));
        assert!(!path.is_at_or_below(b"/usr/li"));
    }

    proptest! {
        #[test]
        fn what_is_accepted_stays_inside(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(path) = TreePath::parse(&bytes) {
                prop_assert_eq!(path.as_bytes(), &bytes[..]);
                prop_assert!(path.relative().is_relative());
                prop_assert!(path.components().all(|c| !c.is_empty() && c != b".."));
                prop_assert_eq!(TreePath::from_relative(path.relative()).unwrap(), path);
            }
        }
    }
}
