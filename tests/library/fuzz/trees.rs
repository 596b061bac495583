//! Trees that no git program writes: what envctl reads of one is exactly what git lists, or it reads nothing.

use std::collections::BTreeMap;

use envctl::files::Mode;
use envctl::model::CommitId;
use envctl::store::{ProjectFolder, Reading, Store};
use git2::ObjectType;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestCaseError, TestRunner};

use super::mutation::{Bytes, mutated};
use super::objects::Objects;
use crate::cases::cases;

/// An entry: mode, name, and which of the objects.
type Entry = (&'static str, &'static [u8], usize);

const MODES: &[&str] = &[
    "100644",
    "100644",
    "100644",
    "40000",
    "40000",
    "100755",
    "120000",
    "160000",
    "100664",
    "0100644",
    "040000",
    "0",
    "777777777",
    "",
    "1x",
];
const NAMES: &[&[u8]] = &[
    b"a.toml",
    b"A.toml",
    b"b.toml",
    b"b",
    b"b-",
    b"b0",
    b"prod.toml",
    b"..",
    b".",
    b"",
    b".git",
    b".GIT",
    b"git~1",
    b"x/y",
    b"envctl.toml",
    b"ENVCTL.toml",
    b"access.toml",
    b"pointers",
    b"prompts",
    b"tone",
    b"1.txt",
    b"\xff",
    b"\\xff",
    b"\x1b[2J",
    "\u{202e}x".as_bytes(),
    b"con",
    b"README.md",
    b"\xc3\xa9",
    b"e\xcc\x81",
];

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    vec((select(MODES), select(NAMES), any::<usize>()), 0..6)
}

/// As git writes it where the entries are right, and sorted as git sorts if `sorted`.
fn tree(entries: &[Entry], objects: &[CommitId], sorted: bool) -> Vec<u8> {
    let mut entries = entries.to_vec();
    if sorted {
        let end = |mode: &str| {
            if mode.ends_with("40000") {
                &b"/"[..]
            } else {
                b""
            }
        };
        entries.sort_by_key(|(mode, name, _)| [name, end(mode)].concat());
    }
    let mut bytes = Vec::new();
    for (mode, name, object) in entries {
        bytes.extend(mode.as_bytes());
        bytes.push(b' ');
        bytes.extend(name);
        bytes.push(0);
        bytes.extend(objects[object % objects.len()].as_bytes());
    }
    bytes
}

/// Two levels of folders below a root in which they are `pointers` or something else, and whether each is sorted.
#[derive(Clone, Debug)]
struct Trees {
    inner: (Vec<Entry>, bool),
    outer: (Vec<Entry>, bool),
    root: (Vec<Entry>, bool),
    /// Changes to the bytes of the tree `pointers`.
    bent: Option<Bytes>,
}

fn trees() -> impl Strategy<Value = Trees> {
    let level = || (entries(), prop::bool::weighted(0.8));
    let right = tree(
        &[("100644", b"prod.toml", 0), ("100644", b"staging.toml", 0)],
        &[CommitId::from_bytes([7; 20])],
        true,
    );
    let bent = prop::option::weighted(
        0.3,
        mutated(
            vec![right],
            &["100644 prod.toml\0", "40000 ", "\0", " ", "/"],
        ),
    );
    (level(), level(), level(), bent).prop_map(|(inner, outer, root, bent)| Trees {
        inner,
        outer,
        root,
        bent,
    })
}

/// What envctl owns in a project's folder.
const OWNED: [&str; 9] = [
    "envctl.toml",
    "access.toml",
    "environments",
    "pointers",
    "pending",
    "scheduled",
    "prompts",
    "routing",
    "providers",
];

/// What git lists below `tree`, as far as envctl owns it and as deep as it reads; none: git cannot read it.
fn by_git(objects: &Objects, tree: CommitId) -> Option<BTreeMap<Vec<u8>, (Mode, String)>> {
    let tree = tree.to_string();
    let listed = objects.git(
        &[&["ls-tree", "-r", "-z", "--full-tree", &tree][..], &OWNED].concat(),
        b"",
    );
    if !listed.status.success() {
        return None;
    }
    let mut found = BTreeMap::new();
    for line in listed
        .stdout
        .split(|byte| *byte == 0)
        .filter(|line| !line.is_empty())
    {
        let tab = line.iter().position(|byte| *byte == b'\t')?;
        let words: Vec<&str> = std::str::from_utf8(&line[..tab]).ok()?.split(' ').collect();
        let mode = match words[0] {
            "100644" => Mode::File,
            "100755" => Mode::Executable,
            "120000" => Mode::SymbolicLink,
            "160000" => Mode::Submodule,
            _ => Mode::Other,
        };
        let twice = found.insert(line[tab + 1..].to_vec(), (mode, words[2].to_owned()));
        assert!(twice.is_none(), "git lists {} twice", line.escape_ascii());
    }
    Some(found)
}

fn agrees(
    store: &Store,
    objects: &Objects,
    trees: &Trees,
    known: &[CommitId],
) -> Result<bool, TestCaseError> {
    let write = |bytes: &[u8]| objects.write(ObjectType::Tree, bytes);
    let level =
        |(entries, sorted): &(Vec<Entry>, bool), below: &[CommitId]| tree(entries, below, *sorted);
    let inner = write(&level(&trees.inner, known));
    let outer = [known, &[inner]].concat();
    let pointers = write(
        &trees
            .bent
            .as_ref()
            .map_or_else(|| level(&trees.outer, &outer), |bytes| bytes.0.clone()),
    );
    let all = [known, &[inner, pointers]].concat();
    let mut root = vec![
        ("100644", &b"envctl.toml"[..], 0),
        ("40000", b"pointers", all.len() - 1),
    ];
    root.extend(trees.root.0.clone());
    let root = write(&tree(&root, &all, trees.root.1));
    let who = "A <a@example.org> 1700000000 +0000";
    let commit = format!("tree {root}\nauthor {who}\ncommitter {who}\n\nx\n");
    let commit = objects.write(ObjectType::Commit, commit.as_bytes());
    let Ok(snapshot) = store.snapshot(commit, &ProjectFolder::root(), Reading::Everything) else {
        return Ok(false);
    };
    // A folder in the place of a file is a finding, and not read; git goes on into it.
    let odd = |path: &str| {
        snapshot
            .entries
            .get(path)
            .is_some_and(|entry| entry.mode == Mode::Other)
    };
    if odd("envctl.toml") || odd("access.toml") {
        return Ok(false);
    }
    let Some(listed) = by_git(objects, root) else {
        return Err(TestCaseError::fail("git cannot list what envctl reads"));
    };
    let spelled = |path: &[u8]| match std::str::from_utf8(path) {
        Ok(path) => path.to_owned(),
        Err(_) => path.utf8_chunks().fold(String::new(), |spelled, chunk| {
            let odd: String = chunk
                .invalid()
                .iter()
                .map(|byte| format!("\\x{byte:02x}"))
                .collect();
            spelled + chunk.valid() + &odd
        }),
    };
    let expected: BTreeMap<String, (Mode, String)> = listed
        .into_iter()
        .map(|(path, it)| (spelled(&path), it))
        .collect();
    for (path, entry) in &snapshot.entries {
        let Some((mode, object)) = expected.get(path) else {
            return Err(TestCaseError::fail(format!("git lists no {path:?}")));
        };
        prop_assert_eq!(&entry.content.to_string(), object, "{:?}", path);
        // git shows a mode that it never writes as the nearest that it does; here that is no plain file.
        prop_assert!(
            entry.mode == *mode || entry.mode == Mode::Other,
            "{:?} is {:?}",
            path,
            entry.mode
        );
    }
    prop_assert_eq!(snapshot.entries.len(), expected.len());
    Ok(true)
}

#[test]
fn what_is_read_of_a_tree_is_what_git_lists() {
    let objects = Objects::new();
    let store = objects.sandbox.store();
    let file = objects.write(ObjectType::Blob, b"schema = 1\n");
    let empty = objects.write(ObjectType::Tree, b"");
    let missing = CommitId::from_bytes([9; 20]);
    let known = [file, file, file, empty, empty, missing];
    let read = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(cases(300));
    let run = runner.run(&trees(), |trees| {
        read.set(read.get() + u32::from(agrees(&store, &objects, &trees, &known)?));
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(read.get() > 10, "hardly any tree is read: {}", read.get());
}
