//! How the OS is kept: what an administrator decides once, in a configuration file, and nobody types.

use super::configuration::as_bool;

/// What is decided once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Whether `/usr` is read-only between updates.
    pub readonly_usr: bool,
    /// How many versions stay on the disk, the running one among them.
    pub keep_generations: KeptGenerations,
    /// Whether a hook that fails after the switch takes the update back.
    pub rollback_on_failed_hook: bool,
    /// How a new version shares with the old one what did not change.
    pub share: Share,
    /// Whether `update` asks first, where somebody is there to answer.
    pub ask_before_update: bool,
}

/// How many versions stay on the disk: the running one and one to go back to, or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptGenerations(u32);

/// How a version shares with another what is the same in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Share {
    /// In the cheapest way that the file system knows.
    #[default]
    Auto,
    /// By hard links.
    Link,
    /// By extents that are shared until one is written to.
    Reflink,
    /// Not at all.
    Copy,
}

/// A key that configuration files know and the command line does not.
#[derive(Debug, Clone, Copy)]
pub struct PolicyKey {
    /// Its name, with dashes.
    pub name: &'static str,
    /// What may stand behind the `=`.
    pub values: &'static str,
    /// What it does.
    pub help: &'static str,
    set: fn(&mut Policy, &str) -> Option<()>,
}

impl Policy {
    /// Every key.
    pub const KEYS: &'static [PolicyKey] = &[
        PolicyKey {
            name: "readonly-usr",
            values: "true or false",
            help: "Whether /usr is mounted read-only between updates. The default is false.",
            set: |policy, value| as_bool(value).map(|is| policy.readonly_usr = is),
        },
        PolicyKey {
            name: "keep-generations",
            values: "a number, 2 or more",
            help: "How many versions stay on the disk: the running one, and those that a rollback \
                   can go to. The default is 2.",
            set: |policy, value| {
                KeptGenerations::new(value.parse().ok()?).map(|kept| policy.keep_generations = kept)
            },
        },
        PolicyKey {
            name: "rollback-on-failed-hook",
            values: "true or false",
            help: "Whether a hook that fails after the new version is in place takes the update \
                   back. The default is false.",
            set: |policy, value| as_bool(value).map(|is| policy.rollback_on_failed_hook = is),
        },
        PolicyKey {
            name: "share",
            values: "auto, link, reflink or copy",
            help: "How a new version shares unchanged files with the one before: by hard links, \
                   by shared extents, not at all, or (auto, the default) in the cheapest way that \
                   the file system knows.",
            set: |policy, value| Share::named(value).map(|share| policy.share = share),
        },
        PolicyKey {
            name: "ask-before-update",
            values: "true or false",
            help: "Whether update asks before it changes anything, where it is run at a terminal. \
                   The default is false.",
            set: |policy, value| as_bool(value).map(|is| policy.ask_before_update = is),
        },
    ];
}

impl PolicyKey {
    /// Returns the key of this name, with dashes.
    pub fn named(name: &str) -> Option<&'static Self> {
        Policy::KEYS.iter().find(|key| key.name == name)
    }

    /// Sets what the key stands for; none where it takes no such value.
    pub fn set(&self, policy: &mut Policy, value: &str) -> Option<()> {
        (self.set)(policy, value)
    }
}

impl KeptGenerations {
    /// Returns this many; none where it is too few to go back.
    pub fn new(count: u32) -> Option<Self> {
        (count >= FEWEST).then_some(Self(count))
    }

    /// Returns how many.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl Default for KeptGenerations {
    fn default() -> Self {
        Self(FEWEST)
    }
}

impl Share {
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "auto" => Some(Self::Auto),
            "link" => Some(Self::Link),
            "reflink" => Some(Self::Reflink),
            "copy" => Some(Self::Copy),
            _ => None,
        }
    }
}

const FEWEST: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn with(lines: &[(&str, &str)]) -> Policy {
        let mut policy = Policy::default();
        for (key, value) in lines {
            PolicyKey::named(key).unwrap().set(&mut policy, value).unwrap();
        }
        policy
    }

    #[test]
    fn each_key_sets_its_field() {
        assert_eq!(Policy::default().keep_generations.get(), 2);
        let policy = with(&[
            ("readonly-usr", "true"),
            ("keep-generations", "7"),
            ("rollback-on-failed-hook", "yes"),
            ("share", "Reflink"),
            ("ask-before-update", "on"),
        ]);
        assert_eq!(
            policy,
            Policy {
                readonly_usr: true,
                keep_generations: KeptGenerations(7),
                rollback_on_failed_hook: true,
                share: Share::Reflink,
                ask_before_update: true,
            }
        );
        assert_eq!(with(&[("readonly-usr", "true"), ("readonly-usr", "off")]), Policy::default());
    }

    #[test]
    fn other_values_are_refused_and_change_nothing() {
        let mut policy = Policy::default();
        for (key, value) in [
            ("readonly-usr", "perhaps"),
            ("keep-generations", "1"),
            ("keep-generations", "-3"),
            ("keep-generations", "many"),
            ("rollback-on-failed-hook", ""),
            ("share", "clone"),
        ] {
            assert_eq!(PolicyKey::named(key).unwrap().set(&mut policy, value), None, "{key}");
        }
        assert_eq!(policy, Policy::default());
        assert!(PolicyKey::named("readonly_usr").is_none());
    }
}
