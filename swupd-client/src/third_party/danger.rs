//! What gives whoever runs a file, or everybody, rights that they should be asked about: set-user-id,
//! set-group-id and sticky bits, and capabilities.

use std::{collections::BTreeMap, fmt};

use swupd_protocol::{object::Object, path::TreePath};

use crate::{
    host::store::StoreError,
    update::{approval::Proposed, step::Step},
};

/// Something that somebody must agree to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Danger {
    /// Where.
    pub path: TreePath,
    /// What.
    pub why: Vec<Why>,
}

/// What makes a file dangerous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It runs as its owner.
    SetUser,
    /// It runs as its group, or what is made in it belongs to that.
    SetGroup,
    /// The sticky bit.
    Sticky,
    /// It runs with capabilities.
    Capabilities,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SetUser => "set-user-id",
            Self::SetGroup => "set-group-id",
            Self::Sticky => "sticky",
            Self::Capabilities => "capabilities",
        })
    }
}

/// Returns what a change puts that is dangerous, by path.
pub fn dangers(proposed: &Proposed<'_>) -> Result<Vec<Danger>, StoreError> {
    let mut found: BTreeMap<&TreePath, Vec<Why>> = BTreeMap::new();
    for step in &proposed.change.steps {
        let Step::Put { path, hash, .. } = step else { continue };
        let object = proposed.store.object(hash)?;
        let mut why = object.as_ref().map(of_object).unwrap_or_default();
        let attributes = proposed.change.attributes.get(path);
        if attributes.is_some_and(|has| has.xattrs().keys().any(|key| key.as_str() == CAPABILITY)) {
            why.push(Why::Capabilities);
        }
        if !why.is_empty() {
            found.insert(path, why);
        }
    }
    Ok(found.into_iter().map(|(path, why)| Danger { path: path.clone(), why }).collect())
}

fn of_object(object: &Object) -> Vec<Why> {
    let mode = match object {
        Object::File { attributes, .. } | Object::Directory { attributes } => attributes.mode,
        Object::Symlink { .. } => 0,
    };
    let bits = [(0o4000, Why::SetUser), (0o2000, Why::SetGroup), (0o1000, Why::Sticky)];
    bits.into_iter().filter(|(bit, _)| mode & bit != 0).map(|(_, why)| why).collect()
}

const CAPABILITY: &str = "security.capability";

#[cfg(test)]
mod tests {
    use swupd_protocol::object::Attributes;

    use super::*;

    #[test]
    fn each_bit_is_told() {
        let file =
            |mode| of_object(&Object::File { attributes: Attributes::new(mode, 0, 0), size: 0 });
        assert_eq!(file(0o755), []);
        assert_eq!(file(0o4755), [Why::SetUser]);
        assert_eq!(file(0o7755), [Why::SetUser, Why::SetGroup, Why::Sticky]);
        let directory = Object::Directory { attributes: Attributes::new(0o1777, 0, 0) };
        assert_eq!(of_object(&directory), [Why::Sticky]);
        assert_eq!(of_object(&Object::Symlink { uid: 0, gid: 0, target: b"x".to_vec() }), []);
    }
}
