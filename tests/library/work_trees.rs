use std::fs;

use envctl::files::Mode;
use envctl::store::ProjectFolder;

use crate::sandbox::Sandbox;

#[test]
fn the_work_tree_is_read_as_git_would_commit_it() {
    let sandbox = Sandbox::new();
    sandbox.write(".gitattributes", "*.toml text\n");
    sandbox.write(".gitignore", "*.bak\n.DS_Store\n");
    sandbox.write("pointers/prod.toml", "version = 1\r\n");
    sandbox.write("pointers/prod.toml.bak", "x");
    sandbox.write("pointers/notes.txt", "untracked");
    sandbox.write("pointers/.envctl-tmp", "half");
    let snapshot = sandbox
        .store()
        .work_tree_snapshot(&ProjectFolder::root())
        .unwrap();
    let paths: Vec<&str> = snapshot.entries.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            ".gitattributes",
            "envctl.toml",
            "pointers/notes.txt",
            "pointers/prod.toml"
        ]
    );
    assert_eq!(snapshot.text("pointers/prod.toml"), Some("version = 1\n"));
    let id = sandbox.git(&["hash-object", "pointers/prod.toml"]);
    assert_eq!(
        snapshot.entries["pointers/prod.toml"].content.to_string(),
        id
    );
}

#[cfg(unix)]
#[test]
fn links_are_listed_and_not_followed() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    let outside = sandbox.path("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("1.md"), "secret").unwrap();
    symlink(&outside, sandbox.repo().join("prompts")).unwrap();
    symlink("../other.txt", sandbox.repo().join("pointers/qa.toml")).unwrap();
    let snapshot = sandbox
        .store()
        .work_tree_snapshot(&ProjectFolder::root())
        .unwrap();
    for path in ["prompts", "pointers/qa.toml"] {
        let entry = &snapshot.entries[path];
        assert_eq!(
            (entry.mode, &entry.bytes),
            (Mode::SymbolicLink, &None),
            "{path}"
        );
    }
    assert_eq!(snapshot.entries.len(), 4);
}
