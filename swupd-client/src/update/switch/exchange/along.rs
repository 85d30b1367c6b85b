//! What is mounted below the exchanged directory: it is mounted in the next tree as well before that
//! takes the place of the running one, so that it is missing at no instant.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
};

use swupd_protocol::path::TreePath;

use crate::host::{
    directory::Directory,
    mounts,
    root::{Root, UNIT},
    sys::{FileKind, Stat, mount, stat},
};

/// Mounts that go along, by where they are below the exchanged directory.
#[derive(Debug)]
pub(super) struct Along(Vec<(PathBuf, OwnedFd)>);

impl Along {
    /// Takes what is mounted below the exchanged directory once more, each with all that is mounted
    /// below it.
    pub(super) fn of(root: &Root) -> io::Result<Self> {
        let unit = root.path().join(UNIT);
        let take = |point: PathBuf| {
            let mounted = mount::another_with_all_below(&unit.join(&point));
            mounted.map(|mounted| (point.clone(), mounted)).map_err(|error| at(&point, error))
        };
        points(root)?.into_iter().map(take).collect::<io::Result<_>>().map(Self)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Mounts all of it in another tree. What was mounted there until something failed stays.
    pub(super) fn mount_in(&self, tree: &Path) -> io::Result<()> {
        let top = Directory::open_anywhere(tree)?;
        for (point, mounted) in &self.0 {
            let missing = || io::Error::from(io::ErrorKind::NotFound);
            let onto = top.handle(point)?.ok_or_else(missing).map_err(|error| at(point, error))?;
            let mounted = mount::onto(mounted.as_fd(), onto.as_fd());
            mounted.map_err(|error| at(point, error))?;
        }
        Ok(())
    }
}

/// Returns where something is mounted below the exchanged directory, relative to that. What is mounted
/// below one of them is left out.
pub(super) fn points(root: &Root) -> io::Result<Vec<PathBuf>> {
    let all = mounts::below(root)?;
    let below = all.iter().filter_map(|point| point.relative().strip_prefix(UNIT).ok());
    let mut points: Vec<PathBuf> = Vec::new();
    for point in below.filter(|point| *point != Path::new("")) {
        // They come in order: what is above comes first.
        if !points.iter().any(|above| point.starts_with(above)) {
            points.push(point.to_owned());
        }
    }
    Ok(points)
}

/// Makes sure that each of these can be mounted in a tree as it is in the running one; returns the
/// first one for which there is no room.
pub(super) fn make_room(
    points: &[PathBuf],
    root: &Root,
    tree: &Directory,
) -> io::Result<Option<TreePath>> {
    for point in points {
        let path = Path::new(UNIT).join(point);
        let Some(mounted) = root.directory().handle(&path)? else { continue };
        let is_directory = stat(mounted)?.is_directory();
        let is_like_it =
            |there: &Stat| there.is_directory() == is_directory && there.kind != FileKind::Symlink;
        let has_room = match tree.stat(point)? {
            None if is_directory => tree.make_all(point).map(|_| true)?,
            there => there.is_some_and(|there| is_like_it(&there)),
        };
        if !has_room {
            return TreePath::from_relative(&path).map(Some).map_err(io::Error::other);
        }
    }
    Ok(None)
}

fn at(point: &Path, error: io::Error) -> io::Error {
    let place = Path::new("/").join(UNIT).join(point);
    io::Error::new(error.kind(), format!("what is mounted at {}: {error}", place.display()))
}
