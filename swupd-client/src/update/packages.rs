//! The packages that a tree was made from, as far as its paths name them. Pure: nothing is opened, so
//! a version is known only where a path has it; that a package changed is seen by the files that come
//! with each of its versions.
//!
//! Recognised are the lists of dpkg's packages, Debian's directories of documentation, Python's
//! `dist-info`, and kernels. What a tree names in no such way is not there.

use std::collections::BTreeMap;

use swupd_protocol::{hash::ContentHash, path::TreePath};

use super::content::Content;

/// What tells one version of a package from another: the objects at the paths that name it.
pub(super) type Mark = Vec<ContentHash>;

/// Returns the packages that paths name, each with what tells its versions apart.
pub(super) fn packages(content: &Content) -> BTreeMap<String, Mark> {
    let mut found: BTreeMap<String, Mark> = BTreeMap::new();
    for entry in content.present() {
        if let Some(name) = name_of(&entry.path) {
            found.entry(name).or_default().push(entry.hash);
        }
    }
    found
}

/// Returns the package that a path names.
fn name_of(path: &TreePath) -> Option<String> {
    let text = std::str::from_utf8(path.as_bytes()).ok()?;
    let (directory, file) = text.rsplit_once('/')?;
    if directory.ends_with("/dpkg/info") {
        let (name, what) = file.rsplit_once('.')?;
        return ["list", "md5sums"].contains(&what).then(|| plain(name));
    }
    if let Some(name) = directory.strip_prefix("/usr/share/doc/") {
        let is_of_debian = file == "copyright" || file.starts_with("changelog.Debian");
        return (is_of_debian && !name.contains('/')).then(|| plain(name));
    }
    if let Some(release) = directory.strip_prefix("/usr/lib/modules/") {
        return (file == "modules.dep" && !release.contains('/'))
            .then(|| format!("linux {release}"));
    }
    let info = directory.rsplit('/').next()?.strip_suffix(".dist-info")?;
    let (name, version) = info.rsplit_once('-')?;
    (file == "METADATA").then(|| format!("python {name} {version}"))
}

/// Returns a name without the architecture behind it.
fn plain(name: &str) -> String {
    name.split(':').next().unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_packages() {
        let named = |path: &str| name_of(&TreePath::parse(path.as_bytes()).unwrap());
        for (path, name) in [
            ("/usr/lib/sysimage/dpkg/info/libc6:amd64.list", "libc6"),
            ("/usr/lib/sysimage/dpkg/info/bash.md5sums", "bash"),
            ("/usr/share/doc/bash/copyright", "bash"),
            ("/usr/share/doc/bash/changelog.Debian.gz", "bash"),
            (
                "/usr/lib/python3/dist-packages/attrs-22.2.0.dist-info/METADATA",
                "python attrs 22.2.0",
            ),
            ("/usr/lib/modules/6.1.0-9-amd64/modules.dep", "linux 6.1.0-9-amd64"),
        ] {
            assert_eq!(named(path).as_deref(), Some(name), "{path}");
        }
        for path in [
            "/usr/lib/sysimage/dpkg/info/bash.postinst",
            "/usr/share/doc/bash/README",
            "/usr/share/doc/bash/examples/copyright",
            "/usr/share/doc/copyright",
            "/usr/lib/modules/6.1/kernel/modules.dep",
            "/usr/lib/python3/attrs.dist-info/METADATA",
            "/bin",
        ] {
            assert_eq!(named(path), None, "{path}");
        }
    }
}
