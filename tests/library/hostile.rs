use std::io::Write;
use std::process::{Command, Stdio};

use envctl::files::Mode;
use envctl::model::CommitId;
use envctl::store::{ProjectFolder, Reading, Store, StoreError};

use crate::sandbox::{Sandbox, put, write};

/// Stores an object without git's checks and answers its name.
fn object(sandbox: &Sandbox, kind: &str, bytes: &[u8]) -> String {
    let mut git = Command::new("git")
        .current_dir(sandbox.repo())
        .args(["hash-object", "-t", kind, "-w", "--stdin", "--literally"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin.take().unwrap().write_all(bytes).unwrap();
    String::from_utf8(git.wait_with_output().unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned()
}

fn tree(sandbox: &Sandbox, entries: &[(&str, &[u8], &str)]) -> String {
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend_from_slice(mode.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(id.parse::<CommitId>().unwrap().as_bytes());
    }
    object(sandbox, "tree", &bytes)
}

fn commit(sandbox: &Sandbox, tree: &str) -> CommitId {
    let who = "A <a@example.org> 1700000000 +0000";
    let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\nx\n");
    object(sandbox, "commit", text.as_bytes()).parse().unwrap()
}

fn read(store: &Store, commit: CommitId) -> Result<envctl::files::Snapshot, StoreError> {
    store.snapshot(commit, &ProjectFolder::root(), Reading::Everything)
}

#[test]
fn trees_that_read_two_ways_are_refused() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let one = object(&sandbox, "blob", b"one\n");
    let two = object(&sandbox, "blob", b"two\n");
    let empty = tree(&sandbox, &[]);
    let inner = |entries: &[(&str, &[u8], &str)]| {
        let pointers = tree(&sandbox, entries);
        tree(&sandbox, &[("40000", b"pointers", &pointers)])
    };
    for (what, root) in [
        (
            "twice",
            inner(&[("100644", b"a.toml", &one), ("100644", b"a.toml", &two)]),
        ),
        (
            "unsorted",
            inner(&[("100644", b"b.toml", &one), ("100644", b"a.toml", &two)]),
        ),
        (
            "file and folder",
            inner(&[("100644", b"a", &one), ("40000", b"a", &empty)]),
        ),
        ("dots", inner(&[("100644", b"..", &one)])),
        ("git", inner(&[("100644", b".GIT", &one)])),
        ("slash", inner(&[("100644", b"a/b", &one)])),
        (
            "spelled alike",
            inner(&[("100644", b"a\\xff", &one), ("100644", b"a\xff", &two)]),
        ),
        (
            "at the top",
            tree(
                &sandbox,
                &[
                    ("100644", b"envctl.toml", &one),
                    ("100644", b"envctl.toml", &two),
                ],
            ),
        ),
    ] {
        let snapshot = read(&store, commit(&sandbox, &root));
        assert!(snapshot.is_err(), "{what}: {snapshot:?}");
        let known = matches!(
            snapshot,
            Err(StoreError::MalformedTree { .. } | StoreError::Git { .. })
        );
        assert!(known, "{what}: {snapshot:?}");
    }
}

#[test]
fn odd_modes_and_names_are_listed_to_be_judged() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let one = object(&sandbox, "blob", b"one\n");
    let deep = tree(&sandbox, &[("100644", b"x", &one)]);
    let deep = tree(&sandbox, &[("40000", b"c", &deep)]);
    let deep = tree(&sandbox, &[("40000", b"b", &deep)]);
    let deep = tree(&sandbox, &[("40000", b"a", &deep)]);
    let pointers = tree(
        &sandbox,
        &[
            ("120000", b"link", &one),
            ("160000", b"module", &one),
            ("100755", b"run", &one),
            ("100644", b"weird\xff\x1b", &one),
        ],
    );
    let root = tree(
        &sandbox,
        &[
            ("40000", b"pointers", &pointers),
            ("40000", b"prompts", &deep),
        ],
    );
    let entries = read(&store, commit(&sandbox, &root)).unwrap().entries;
    let modes: Vec<_> = entries
        .iter()
        .map(|(path, entry)| (path.as_str(), entry.mode))
        .collect();
    assert_eq!(
        modes,
        [
            ("pointers/link", Mode::SymbolicLink),
            ("pointers/module", Mode::Submodule),
            ("pointers/run", Mode::Executable),
            ("pointers/weird\\xff\u{1b}", Mode::File),
            ("prompts/a/b/c", Mode::Other),
        ]
    );
}

#[test]
fn a_missing_or_damaged_object_is_an_error_that_names_it() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let missing = "1234567890123456789012345678901234567890";
    let root = tree(&sandbox, &[("100644", b"envctl.toml", missing)]);
    let error = read(&store, commit(&sandbox, &root)).unwrap_err();
    assert!(error.to_string().contains(missing), "{error}");

    let new = write(
        &store,
        Some(sandbox.head()),
        &ProjectFolder::root(),
        &[put("access.toml", "of one's own\n")],
    );
    let blob = sandbox.git(&["rev-parse", &format!("{new}:access.toml")]);
    let path = sandbox
        .repo()
        .join(".git/objects")
        .join(&blob[..2])
        .join(&blob[2..]);
    std::fs::remove_file(&path).unwrap();
    let other = object(&sandbox, "blob", b"something else\n");
    let other = sandbox
        .repo()
        .join(".git/objects")
        .join(&other[..2])
        .join(&other[2..]);
    std::fs::copy(other, path).unwrap();
    let error = read(&sandbox.store(), new).unwrap_err();
    assert!(error.to_string().contains(&blob), "{error}");
}

#[test]
fn a_tree_bomb_does_not_grow_without_bound() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let mut level = object(&sandbox, "blob", b"x");
    for depth in 0..8 {
        let mode = if depth == 0 { "100644" } else { "40000" };
        let names: Vec<String> = (0..10).map(|n| format!("f{n}")).collect();
        let entries: Vec<_> = names
            .iter()
            .map(|name| (mode, name.as_bytes(), level.as_str()))
            .collect();
        level = tree(&sandbox, &entries);
    }
    let root = tree(&sandbox, &[("40000", b"prompts", &level)]);
    let entries = read(&store, commit(&sandbox, &root)).unwrap().entries;
    assert_eq!(entries.len(), 1000);
    assert!(entries.values().all(|entry| entry.mode == Mode::Other));
}

#[test]
fn a_commit_with_two_authors_can_be_read_as_it_is_stored() {
    let sandbox = Sandbox::new();
    let tree = sandbox.git(&["rev-parse", "HEAD^{tree}"]);
    let who = "<a@example.org> 1700000000 +0000";
    let text = format!("tree {tree}\nauthor A {who}\nauthor B {who}\ncommitter C {who}\n\nx\n");
    let id: CommitId = object(&sandbox, "commit", text.as_bytes()).parse().unwrap();
    assert_eq!(sandbox.store().raw_commit(id).unwrap(), text.as_bytes());
    let blob: CommitId = sandbox
        .git(&["rev-parse", "HEAD:envctl.toml"])
        .parse()
        .unwrap();
    assert!(sandbox.store().raw_commit(blob).is_err() && sandbox.store().commit(blob).is_err());
}
