//! Objects from honest, incomplete and lying servers, and from trees that somebody changed.

use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use swupd_fixtures::{
    faults::{Fault, FaultyServer, Request, honest},
    tree::{Content, Node, Tree},
};
use swupd_protocol::{
    archive::Unhashed,
    bundle::BundleName,
    compression::Encoding,
    delta::{self, Blocks},
    fullfile::{self, Stored},
    layout,
    object::{Attributes, Object},
    pack::PackWriter,
    version::Version,
};

use super::*;
use crate::{
    host::state::{Cache, Data},
    remote::{FetchErrorKind, PlainHttp, RemoteSettings, Retries},
    report::{Event, Recorded},
    update::obtain::{PackRequest, Tally, Wanted},
};

const UNHASHED: Unhashed<'static> = Unhashed { mtime: 0, xattrs: &[] };

fn version() -> Version {
    "20".parse().unwrap()
}

fn bundle(name: &str) -> BundleName {
    name.parse().unwrap()
}

fn path(text: &str) -> TreePath {
    TreePath::parse(text.as_bytes()).unwrap()
}

/// Text that a delta can be made of.
fn long_text(seed: u32) -> Vec<u8> {
    (0..3000u32).flat_map(|n| format!("{} ", n * 7 + n / 1000 * seed).into_bytes()).collect()
}

/// Fifty files that do not compress.
fn small_files() -> Vec<Node> {
    let noise = |n: u32| {
        (0..40).scan(n, |x, _: u32| {
            *x = x.wrapping_mul(747_796_405).wrapping_add(1);
            Some(x.to_be_bytes())
        })
    };
    (1..=50).map(|n| Node::file(noise(n).flatten().collect::<Vec<u8>>())).collect()
}

fn bytes_of(node: &Node) -> &[u8] {
    match &node.content {
        Content::File(bytes) => bytes,
        _ => &[],
    }
}

/// What a server publishes, and what is asked of it.
#[derive(Default)]
struct Published {
    files: HashMap<String, Vec<u8>>,
    order: Obtain,
}

impl Published {
    /// Wants an object, published as a fullfile.
    fn want(mut self, node: &Node) -> Self {
        let (hash, object) = (node.hash(), node.object());
        let stored = Stored { hash, object: &object, unhashed: UNHASHED };
        let fullfile = fullfile::write(vec![], stored, &mut bytes_of(node), Encoding::zstd(1));
        self.publish(&layout::fullfile(hash, version()), fullfile.unwrap());
        let at = path(&format!("/usr/{}", self.order.objects.len()));
        let limit = object.content_size() + 1000;
        let wanted = Wanted { kind: object.kind(), version: version(), path: at, limit };
        self.order.objects.insert(hash, wanted);
        self
    }

    /// Wants no fullfile to be there.
    fn without_fullfile_of(mut self, node: &Node) -> Self {
        let path = layout::fullfile(node.hash(), version());
        self.files.remove(path.as_str()).unwrap();
        self
    }

    fn pack(mut self, name: &str, fill: impl FnOnce(&mut PackWriter<Vec<u8>>)) -> Self {
        let mut pack = PackWriter::new(vec![], Encoding::zstd(3), 0).unwrap();
        fill(&mut pack);
        let path = layout::pack(&bundle(name), None, version());
        self.publish(&path, pack.finish().unwrap());
        self.request(name)
    }

    fn request(mut self, name: &str) -> Self {
        let objects = self.order.objects.keys().copied().collect();
        let bundle = bundle(name);
        let request = PackRequest { bundle, from: None, to: version(), limit: 8 << 20, objects };
        self.order.packs.push(request);
        self
    }

    fn publish(&mut self, path: &layout::RepoPath, bytes: Vec<u8>) {
        self.files.insert(path.as_str().to_owned(), bytes);
    }

    /// Says that an object should lie at a path of the tree.
    fn installed(mut self, at: &str, node: &Node) -> Self {
        self.order.installed.insert(node.hash(), path(at));
        self
    }
}

fn whole(pack: &mut PackWriter<Vec<u8>>, node: &Node) {
    whole_as(pack, node, node.hash());
}

fn whole_each(pack: &mut PackWriter<Vec<u8>>, nodes: &[Node]) {
    for node in nodes {
        whole(pack, node);
    }
}

fn whole_as(pack: &mut PackWriter<Vec<u8>>, node: &Node, hash: ContentHash) {
    let object = node.object();
    let stored = Stored { hash, object: &object, unhashed: UNHASHED };
    pack.whole(stored, &mut bytes_of(node)).unwrap();
}

fn difference(pack: &mut PackWriter<Vec<u8>>, old: &Node, new: &Node) {
    let delta = delta_of(old, new);
    pack.delta(old.hash(), new.hash(), delta.len() as u64, &mut &delta[..]).unwrap();
}

fn delta_of(old: &Node, new: &Node) -> Vec<u8> {
    let difference = delta::diff(bytes_of(old), bytes_of(new));
    delta::encode(&difference, new.attributes, Blocks::Raw).unwrap().to_vec()
}

/// A machine, and how it gets on with a server.
struct World {
    scratch: tempfile::TempDir,
    told: Recorded,
}

impl World {
    fn new(tree: &Tree) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        tree.write_to(&scratch.path().join("root")).unwrap();
        Self { scratch, told: Recorded::default() }
    }

    fn root(&self) -> PathBuf {
        self.scratch.path().join("root")
    }

    fn machine(&self) -> (Root, Store) {
        let root = Root::open(&self.root()).unwrap();
        let record = Data::open(&self.scratch.path().join("data"), &root).unwrap();
        let record = record.record().unwrap();
        let cache = Cache::open(&self.scratch.path().join("cache"), "url", &root).unwrap();
        let store = cache.store(root.ownership(), Arc::clone(&record)).unwrap();
        (root.with_record(record), store)
    }

    fn pull(&self, published: &Published) -> Result<Tally, PullError> {
        self.pull_from(published, honest).0
    }

    /// Pulls, from a server with faults; returns also what was asked of it.
    fn pull_from(
        &self,
        published: &Published,
        faults: impl Fn(&Request) -> Vec<Fault> + Send + Sync + 'static,
    ) -> (Result<Tally, PullError>, Vec<Request>) {
        let files = published.files.clone();
        let at = move |path: &str| files.get(path.trim_start_matches('/')).cloned();
        let server = FaultyServer::start(at, faults).unwrap();
        let retries = Retries { most: 1, delay: Duration::ZERO, longest_delay: Duration::ZERO };
        let settings = RemoteSettings {
            plain_http: PlainHttp::Allowed,
            retries,
            ..RemoteSettings::new(server.url(), server.url())
        };
        let remote = crate::remote::connect(&settings, Arc::new(crate::report::Silent)).unwrap();
        let (root, store) = self.machine();
        let pulled = pull(&published.order, &remote, &store, &root, &self.told);
        if pulled.is_ok() {
            assert!(published.order.objects.keys().all(|hash| store.has(hash)));
        }
        (pulled.map(|pulled| pulled.tally()), server.requests())
    }

    fn has(&self, hash: ContentHash) -> bool {
        self.machine().1.has(&hash)
    }

    fn warnings(&self) -> usize {
        self.told.events().iter().filter(|event| matches!(event, Event::Warning(_))).count()
    }
}

fn everything_else_is_fetched(published: &Published, tree: &Tree) {
    let world = World::new(tree);
    let count = published.order.objects.len() as u64;
    let tally = world.pull(published).unwrap();
    assert_eq!(tally, Tally { fetched: count, ..Tally::default() });
}

#[test]
fn objects_of_every_kind_come_as_fullfiles() {
    let published = Published::default()
        .want(&Node::file("content").mode(0o4755))
        .want(&Node::file(""))
        .want(&Node::file(vec![7; 300_000]))
        .want(&Node::directory())
        .want(&Node::link("target"));
    everything_else_is_fetched(&published, &Tree::new());
}

#[test]
fn what_was_brought_is_not_brought_again() {
    let world = World::new(&Tree::new());
    let published = Published::default().want(&Node::file("a")).want(&Node::directory());
    world.pull(&published).unwrap();
    let (tally, requests) = world.pull_from(&published, honest);
    assert_eq!(tally.unwrap(), Tally { stored: 2, ..Tally::default() });
    assert!(requests.is_empty());
}

#[test]
fn what_an_interrupted_run_left_spares_packs() {
    let nodes = small_files();
    let (first, second) = nodes.split_at(25);
    let want = |published: Published, nodes: &[Node]| nodes.iter().fold(published, Published::want);
    let packed = |published: Published, name: &str, nodes: &[Node]| {
        published.pack(name, |pack| whole_each(pack, nodes))
    };
    let published = packed(want(Published::default(), first), "a", first);
    let mut other = packed(want(Published::default(), second), "b", second);
    other.files.extend(published.files.clone());
    other.order.packs.extend(published.order.packs.clone());
    other.order.objects.extend(published.order.objects.clone());
    // What was asked for when so many of the second bundle were there already, and all of the first.
    for (here, packs, fetched) in [(0, 1, 0), (18, 1, 0), (19, 0, 6), (24, 0, 1), (25, 0, 0)] {
        let world = World::new(&Tree::new());
        let before = want(Published::default(), &nodes[..25 + here]);
        world.pull(&before).unwrap();
        let (tally, requests) = world.pull_from(&other, honest);
        let stored = 25 + here as u64;
        let packed = 50 - stored - fetched;
        assert_eq!(tally.unwrap(), Tally { stored, packed, fetched, ..Tally::default() }, "{here}");
        let asked = requests.iter().filter(|request| request.path.contains("pack-")).count();
        assert_eq!(asked, packs, "{here}");
    }
}

#[test]
fn a_pack_brings_what_it_holds_and_nothing_that_nobody_wants() {
    let old = Node::file(long_text(1));
    let new = Node::file(long_text(2)).mode(0o755);
    let (plain, link, unwanted) = (Node::file("plain"), Node::link("x"), Node::file("unwanted"));
    let directory = Node::directory();
    let published = [&new, &plain, &link, &directory]
        .into_iter()
        .fold(Published::default(), |all, node| all.want(node).without_fullfile_of(node))
        .installed("/old", &old)
        .pack("some", |pack| {
            whole(pack, &plain);
            whole(pack, &link);
            whole(pack, &unwanted);
            difference(pack, &old, &new);
        })
        .pack("more", |pack| {
            whole(pack, &directory);
            whole(pack, &plain);
            difference(pack, &old, &new);
        });
    let world = World::new(&Tree::new().with("/old", old));
    let tally = world.pull(&published).unwrap();
    assert_eq!(tally, Tally { packed: 3, patched: 1, ..Tally::default() });
    assert!(!world.has(unwanted.hash()));
    assert_eq!(world.warnings(), 0);
}

#[test]
fn many_deltas_are_applied_beside_each_other() {
    let pairs: Vec<(Node, Node)> =
        (0..60).map(|n| (Node::file(long_text(n)), Node::file(long_text(n + 1000)))).collect();
    let mut published = Published::default();
    let mut tree = Tree::new();
    for (n, (old, new)) in pairs.iter().enumerate() {
        let at = format!("/{n}");
        published = published.want(new).without_fullfile_of(new).installed(&at, old);
        tree = tree.with(&at, old.clone());
    }
    let published = published.pack("b", |pack| {
        for (old, new) in &pairs {
            difference(pack, old, new);
        }
    });
    let tally = World::new(&tree).pull(&published).unwrap();
    assert_eq!(tally, Tally { patched: 60, ..Tally::default() });
}

#[test]
fn a_missing_pack_is_no_error_and_needs_no_word() {
    let world = World::new(&Tree::new());
    let published = Published::default().want(&Node::file("a")).request("b");
    let tally = world.pull(&published).unwrap();
    assert_eq!(tally, Tally { fetched: 1, ..Tally::default() });
    assert_eq!(world.warnings(), 0);
}

#[test]
fn what_a_pack_gets_wrong_is_fetched_alone() {
    let good = Node::file("good");
    let wrong = |fill: &dyn Fn(&mut PackWriter<Vec<u8>>)| {
        let published = Published::default().want(&good).pack("b", |pack| fill(pack));
        everything_else_is_fetched(&published, &Tree::new());
    };
    // Other content, of the same and of another size, another mode, another kind.
    wrong(&|pack| whole_as(pack, &Node::file("evil"), good.hash()));
    wrong(&|pack| whole_as(pack, &Node::file("longer"), good.hash()));
    wrong(&|pack| whole_as(pack, &Node::file("good").mode(0o4755), good.hash()));
    wrong(&|pack| whole_as(pack, &Node::link("good"), good.hash()));
    // More than the bundle has in all.
    wrong(&|pack| whole_as(pack, &Node::file(vec![0; 10_000]), good.hash()));
}

#[test]
fn a_pack_that_unpacks_to_too_much_is_not_read_to_its_end() {
    let good = Node::file("good");
    let published = Published::default().want(&good).pack("b", |pack| {
        whole(pack, &Node::file(vec![0; 9 << 20]));
        whole(pack, &good);
    });
    let world = World::new(&Tree::new());
    let tally = world.pull(&published).unwrap();
    assert_eq!(tally, Tally { fetched: 1, ..Tally::default() });
    assert_eq!(world.warnings(), 1);
}

#[test]
fn a_delta_that_does_not_give_its_object_is_dropped() {
    let (old, new) = (Node::file(long_text(1)), Node::file(long_text(2)));
    let other = Node::file(long_text(3));
    let tree = Tree::new().with("/old", old.clone());
    let with_delta = |delta: &[u8]| {
        let published = Published::default().want(&new).installed("/old", &old);
        let published = published.pack("b", |pack| {
            pack.delta(old.hash(), new.hash(), delta.len() as u64, &mut &delta[..]).unwrap();
        });
        everything_else_is_fetched(&published, &tree);
    };
    let good = delta_of(&old, &new);
    with_delta(&delta_of(&old, &other));
    with_delta(&delta_of(&other, &new));
    with_delta(&delta_of(&old, &new.clone().mode(0o4755)));
    with_delta(&good[..good.len() - 1]);
    with_delta(b"FULLV20U");
    with_delta(b"DIR_V20U");
    with_delta(b"");
    let mut flipped = good;
    *flipped.last_mut().unwrap() ^= 1;
    with_delta(&flipped);
}

#[test]
fn a_delta_is_not_applied_to_a_file_that_somebody_changed() {
    let (old, new) = (Node::file(long_text(1)), Node::file(long_text(2)));
    let published = Published::default()
        .want(&new)
        .installed("/old", &old)
        .pack("b", |pack| difference(pack, &old, &new));
    let trees = [
        Tree::new(),
        Tree::new().with("/old", Node::file(long_text(9))),
        Tree::new().with("/old", old.clone().mode(0o600)),
        Tree::new().with("/old", Node::link("elsewhere")).with("/elsewhere", old.clone()),
        Tree::new().with("/old/old", old.clone()),
    ];
    for tree in trees {
        everything_else_is_fetched(&published, &tree);
    }
}

#[test]
fn what_lies_at_another_path_is_copied_if_it_is_still_the_same() {
    let node = Node::file("content").mode(0o755);
    let published =
        Published::default().want(&node).without_fullfile_of(&node).installed("/here", &node);
    let world = World::new(&Tree::new().with("/here", node.clone()));
    let (tally, requests) = world.pull_from(&published, honest);
    assert_eq!(tally.unwrap(), Tally { copied: 1, ..Tally::default() });
    assert!(requests.is_empty());

    let published = Published::default().want(&node).installed("/here", &node);
    everything_else_is_fetched(&published, &Tree::new());
    everything_else_is_fetched(&published, &Tree::new().with("/here", Node::file("contend")));
    let link = Tree::new().with("/here", Node::link("there")).with("/there", node.clone());
    everything_else_is_fetched(&published, &link);
}

#[test]
fn a_pack_that_breaks_goes_on_and_one_that_is_cut_short_is_made_up_for() {
    let nodes = small_files();
    let published = nodes.iter().fold(Published::default(), Published::want).pack("b", |pack| {
        whole_each(pack, &nodes);
    });
    let is_pack = |request: &Request| request.path.contains("/pack-");
    let world = World::new(&Tree::new());
    let (tally, _) = world.pull_from(&published, move |request| {
        let breaks = is_pack(request) && request.number == 0;
        if breaks { vec![Fault::CutAfter(1500)] } else { vec![] }
    });
    assert_eq!(tally.unwrap(), Tally { packed: 50, ..Tally::default() });

    // A flipped byte of noise spoils one object; everything else spoils the pack.
    let faults: [(&[Fault], usize); 5] = [
        (&[Fault::CutAfter(1500), Fault::NoLength], 1),
        (&[Fault::Flip(1500)], 0),
        (&[Fault::Portal], 1),
        (&[Fault::Status(500)], 1),
        (&[Fault::Endless], 1),
    ];
    for (faults, warnings) in faults {
        let faults = faults.to_vec();
        let world = World::new(&Tree::new());
        let spoilt =
            move |request: &Request| if is_pack(request) { faults.clone() } else { vec![] };
        let tally = world.pull_from(&published, spoilt).0.unwrap();
        assert_eq!(tally.packed + tally.fetched, 50, "{tally:?}");
        assert_eq!(world.warnings(), warnings, "{tally:?}");
    }
}

#[test]
fn a_pack_that_changes_on_the_way_is_read_again() {
    let nodes = small_files();
    let mut published =
        nodes.iter().fold(Published::default(), Published::want).pack("b", |pack| {
            whole_each(pack, &nodes[..30]);
        });
    let name = layout::pack(&bundle("b"), None, version());
    let before = published.files[name.as_str()].clone();
    let mut pack = PackWriter::new(vec![], Encoding::zstd(3), 0).unwrap();
    whole_each(&mut pack, &nodes);
    published.publish(&name, pack.finish().unwrap());
    let world = World::new(&Tree::new());
    let (tally, _) = world.pull_from(&published, move |request| {
        let first = request.path.contains("/pack-") && request.number == 0;
        if first {
            vec![Fault::OtherContent(before.clone()), Fault::CutAfter(1500)]
        } else {
            vec![]
        }
    });
    assert_eq!(tally.unwrap(), Tally { packed: 50, ..Tally::default() });
    assert_eq!(world.warnings(), 0);
}

#[test]
fn a_fullfile_that_is_wrong_gets_a_second_chance_and_no_third() {
    let (good, evil) = (Node::file("good"), Node::file("evil"));
    let object = evil.object();
    let stored = Stored { hash: good.hash(), object: &object, unhashed: UNHASHED };
    let lie = fullfile::write(vec![], stored, &mut &b"evil"[..], Encoding::none()).unwrap();
    let published = Published::default().want(&good);
    for times in [1, 2] {
        let world = World::new(&Tree::new());
        let lie = lie.clone();
        let (result, requests) = world.pull_from(&published, move |request| {
            if request.number < times { vec![Fault::OtherContent(lie.clone())] } else { vec![] }
        });
        assert_eq!(requests.len(), 2);
        if times == 1 {
            assert_eq!(result.unwrap().fetched, 1);
            continue;
        }
        let error = result.unwrap_err();
        assert!(matches!(error, PullError::Damaged { .. }));
        let text = error.to_string();
        assert!(text.contains(&good.hash().to_string()) && text.contains("/usr/0"), "{text}");
        assert!(error.source().unwrap().to_string().contains(&evil.hash().to_string()));
        assert!(!world.has(good.hash()));
    }
}

type Expected<'a> = &'a dyn Fn(&PullError) -> bool;

#[test]
fn every_lie_about_a_fullfile_is_an_error() {
    let node = Node::file(long_text(1));
    let damaged = |error: &PullError| matches!(error, PullError::Damaged { .. });
    let misfit = |error: &PullError| matches!(error, PullError::Misfit { .. });
    let fetch = |error: &PullError, kind: FetchErrorKind| matches!(error, PullError::Fetch { source, .. } if source.kind == kind);
    let other = |node: &Node| {
        let object = node.object();
        let stored = Stored { hash: node.hash(), object: &object, unhashed: UNHASHED };
        let bytes = fullfile::write(vec![], stored, &mut bytes_of(node), Encoding::none());
        Fault::OtherContent(bytes.unwrap())
    };
    let named = |object: Object, content: &[u8]| {
        let stored = Stored { hash: node.hash(), object: &object, unhashed: UNHASHED };
        let bytes = fullfile::write(vec![], stored, &mut &content[..], Encoding::zstd(1));
        Fault::OtherContent(bytes.unwrap())
    };
    let file = |size| Object::File { attributes: Attributes::new(0o644, 0, 0), size };
    let link = Object::Symlink { uid: 0, gid: 0, target: b"x".to_vec() };
    let cases: [(Fault, Expected<'_>); 8] = [
        (Fault::Portal, &damaged),
        (Fault::OtherContent(vec![]), &damaged),
        (other(&Node::file("another")), &damaged),
        (named(link, b""), &misfit),
        (named(file(3 << 20), &vec![0; 3 << 20]), &misfit),
        (Fault::Status(404), &|error| fetch(error, FetchErrorKind::NotFound)),
        (Fault::Status(503), &|error| fetch(error, FetchErrorKind::Failing(503))),
        (Fault::HangUp, &|error| fetch(error, FetchErrorKind::Interrupted)),
    ];
    let published = Published::default().want(&node);
    for (fault, expected) in cases {
        let world = World::new(&Tree::new());
        let (result, _) = world.pull_from(&published, move |_| vec![fault.clone()]);
        let error = result.unwrap_err();
        assert!(expected(&error), "{error:?}");
        assert!(!world.has(node.hash()));
    }
    // Endless, behind a compressed stream that ends: never more than what may come.
    let world = World::new(&Tree::new());
    let (result, _) = world.pull_from(&published, |_| vec![Fault::Endless]);
    assert!(matches!(result.unwrap_err(), PullError::Fetch { .. } | PullError::Damaged { .. }));
}

#[test]
fn an_order_for_a_pack_is_bounded_by_the_manifest() {
    let text = b"MANIFEST\t30\nversion:\t20\nprevious:\t10\nfilecount:\t1\ntimestamp:\t0\n\
                 contentsize:\t5000\n\n";
    let manifest = swupd_protocol::manifest::Manifest::parse(text).unwrap();
    let request = PackRequest::new(bundle("b"), Some("10".parse().unwrap()), &manifest, |_| true);
    assert_eq!(request.to, version());
    assert!((10_000..10_000 + (2 << 20)).contains(&request.limit));
}

#[test]
fn nothing_to_do_asks_nobody() {
    let (tally, requests) = World::new(&Tree::new()).pull_from(
        &Published {
            order: Obtain { objects: BTreeMap::new(), ..Obtain::default() },
            ..Published::default()
        }
        .request("b"),
        honest,
    );
    assert_eq!(tally.unwrap(), Tally::default());
    assert!(requests.is_empty());
}
