use std::fs;
use std::path::Path;

use envctl::files::FileChange;
use envctl::store::{ProjectFolder, StoreError};

use crate::sandbox::{Sandbox, gone, land, main_branch, put};

fn refusal(sandbox: &Sandbox, change: &FileChange) -> Option<StoreError> {
    let store = sandbox.store();
    let tip = store.tip(&main_branch()).unwrap();
    store
        .require_clean(
            &main_branch(),
            tip,
            &ProjectFolder::root(),
            std::slice::from_ref(change),
        )
        .err()
}

fn is_dirty(sandbox: &Sandbox, change: &FileChange) -> bool {
    match refusal(sandbox, change) {
        None => false,
        Some(StoreError::Dirty { paths }) => {
            assert_eq!(paths, [change.path.as_str()]);
            true
        }
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn an_edited_file_is_in_the_way_and_others_are_not() {
    let sandbox = Sandbox::new();
    let change = put("pointers/prod.toml", "version = 2\n");
    sandbox.write("envctl.toml", "schema = 1 # edited\n");
    sandbox.write("other.txt", "edited\n");
    assert!(!is_dirty(&sandbox, &change));
    sandbox.write("pointers/prod.toml", "version = 3\n");
    assert!(is_dirty(&sandbox, &change));
    sandbox.git(&["add", "pointers/prod.toml"]);
    assert!(is_dirty(&sandbox, &change));
    sandbox.write("pointers/prod.toml", "version = 1\n");
    assert!(is_dirty(&sandbox, &change), "still staged");
    sandbox.git(&["reset", "-q"]);
    assert!(!is_dirty(&sandbox, &change));
    fs::remove_file(sandbox.repo().join("pointers/prod.toml")).unwrap();
    assert!(is_dirty(&sandbox, &change), "removed");
}

#[test]
fn a_new_file_may_be_there_only_as_it_will_be() {
    let sandbox = Sandbox::new();
    let change = put("pointers/qa.toml", "version = 1\n");
    sandbox.write("pointers/qa.toml", "version = 9\n");
    assert!(is_dirty(&sandbox, &change));
    sandbox.write("pointers/qa.toml", "version = 1\n");
    assert!(!is_dirty(&sandbox, &change));
    sandbox.git(&["add", "pointers/qa.toml"]);
    assert!(is_dirty(&sandbox, &change), "staged");
    sandbox.git(&["reset", "-q"]);
    sandbox.git(&["add", "--intent-to-add", "pointers/qa.toml"]);
    assert!(is_dirty(&sandbox, &change), "promised");
    sandbox.git(&["reset", "-q"]);
    land(&sandbox.store(), &[change]);
    assert_eq!(sandbox.status(), "");
}

#[test]
fn other_line_endings_than_the_commits_are_not_dirty() {
    let sandbox = Sandbox::unborn();
    sandbox.write(".gitattributes", "*.toml text\n");
    sandbox.write("envctl.toml", "schema = 1\n");
    sandbox.commit_all("begin");
    sandbox.write("envctl.toml", "schema = 1\r\n");
    assert!(!is_dirty(&sandbox, &put("envctl.toml", "schema = 2\n")));
    sandbox.write("envctl.toml", "schema = 1 \r\n");
    assert!(is_dirty(&sandbox, &put("envctl.toml", "schema = 2\n")));
}

#[test]
fn a_linked_worktree_can_be_in_the_way_too() {
    let sandbox = Sandbox::new();
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.git(&["worktree", "add", "-q", "../linked", "main"]);
    fs::write(sandbox.path("linked/pointers/prod.toml"), "version = 9\n").unwrap();
    assert!(is_dirty(&sandbox, &gone("pointers/prod.toml")));
    fs::write(sandbox.path("linked/pointers/prod.toml"), "version = 1\n").unwrap();
    sandbox.write("pointers/prod.toml", "of another branch\n");
    assert!(!is_dirty(&sandbox, &gone("pointers/prod.toml")));
}

#[test]
fn an_index_lock_is_named() {
    let sandbox = Sandbox::new();
    let lock = sandbox.repo().join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    let refused = refusal(&sandbox, &put("pointers/prod.toml", "version = 2\n"));
    assert!(
        matches!(refused, Some(StoreError::IndexLocked { path }) if path.ends_with(".git/index.lock"))
    );
    assert!(lock.exists());
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_never_written_through() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    let outside = sandbox.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::remove_dir_all(sandbox.repo().join("pointers")).unwrap();
    fs::write(outside.join("prod.toml"), "version = 1\n").unwrap();
    symlink(&outside, sandbox.repo().join("pointers")).unwrap();
    let refused = refusal(&sandbox, &put("pointers/prod.toml", "version = 2\n"));
    assert!(matches!(refused, Some(StoreError::InTheWay { path, .. }) if path == "pointers"));

    symlink(Path::new("other.txt"), sandbox.repo().join("access.toml")).unwrap();
    let refused = refusal(&sandbox, &put("access.toml", ""));
    assert!(matches!(refused, Some(StoreError::InTheWay { path, .. }) if path == "access.toml"));
}

#[test]
fn files_and_folders_do_not_take_each_others_place() {
    let sandbox = Sandbox::new();
    sandbox.write("prompts", "a file\n");
    let refused = refusal(&sandbox, &put("prompts/a/1.md", "hello\n"));
    assert!(matches!(refused, Some(StoreError::InTheWay { path, .. }) if path == "prompts"));
    fs::create_dir(sandbox.repo().join("access.toml")).unwrap();
    let refused = refusal(&sandbox, &put("access.toml", ""));
    assert!(matches!(refused, Some(StoreError::InTheWay { path, .. }) if path == "access.toml"));
}

#[test]
fn a_filter_that_runs_a_program_is_unsupported() {
    let sandbox = Sandbox::new();
    sandbox.write(".gitattributes", "*.toml filter=lfs\n");
    sandbox.commit_all("attributes");
    assert!(
        !is_dirty(&sandbox, &put("pointers/prod.toml", "version = 2\n")),
        "the filter is not set up"
    );
    sandbox.git(&["config", "filter.lfs.clean", "cat"]);
    for path in ["pointers/prod.toml", "pointers/new.toml"] {
        let refused = refusal(&sandbox, &put(path, "version = 2\n"));
        assert!(
            matches!(refused, Some(StoreError::Unsupported { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn a_split_index_follows_as_any_other() {
    let sandbox = Sandbox::new();
    sandbox.git(&["update-index", "--split-index"]);
    land(
        &sandbox.store(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    assert_eq!(sandbox.status(), "");
    assert_eq!(sandbox.read("pointers/prod.toml"), "version = 2\n");
}

#[test]
fn a_merge_elsewhere_does_not_block() {
    let sandbox = Sandbox::new();
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.write("other.txt", "two\n");
    sandbox.commit_all("two");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("other.txt", "three\n");
    sandbox.commit_all("three");
    assert!(
        !sandbox
            .try_git(&sandbox.repo(), &["merge", "-q", "side"])
            .status
            .success()
    );
    land(
        &sandbox.store(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    assert_eq!(sandbox.status(), "UU other.txt");
}
