use std::fs;
use std::path::Path;

use envctl::store::{Discovery, ProjectFolder, Store};

use crate::sandbox::{Sandbox, gone, land, land_in, main_branch, put, swap};

#[test]
fn index_and_files_follow_the_branch() {
    let sandbox = Sandbox::new();
    sandbox.write("mine.txt", "staged\n");
    sandbox.git(&["add", "mine.txt"]);
    let store = sandbox.store();
    land(
        &store,
        &[
            put("pointers/prod.toml", "version = 2\n"),
            put("prompts/a/1.md", "hello\n"),
        ],
    );
    assert_eq!(sandbox.read("pointers/prod.toml"), "version = 2\n");
    assert_eq!(sandbox.read("prompts/a/1.md"), "hello\n");
    assert_eq!(sandbox.status(), "A  mine.txt");
    sandbox.git(&["commit", "-q", "-m", "an ordinary commit"]);
    assert_eq!(
        sandbox.git(&["show", "HEAD:pointers/prod.toml"]),
        "version = 2"
    );
    sandbox.fsck();
}

#[test]
fn removed_files_go_and_so_do_their_empty_folders() {
    let sandbox = Sandbox::new();
    sandbox.write("prompts/a/1.md", "hello\n");
    sandbox.commit_all("more");
    let new = land(
        &sandbox.store(),
        &[gone("prompts/a/1.md"), gone("pointers/prod.toml")],
    );
    assert!(!sandbox.repo().join("prompts").exists() && !sandbox.repo().join("pointers").exists());
    assert_eq!(
        sandbox.git(&["ls-tree", "--name-only", &new.to_string()]),
        "envctl.toml\nother.txt"
    );
    assert_eq!(sandbox.status(), "");
}

#[test]
fn the_first_commit_of_a_branch_is_followed() {
    let sandbox = Sandbox::unborn();
    land(&sandbox.store(), &[put("envctl.toml", "schema = 1\n")]);
    assert_eq!(sandbox.read("envctl.toml"), "schema = 1\n");
    assert_eq!(sandbox.status(), "");
    sandbox.fsck();
}

#[test]
fn a_project_in_a_subfolder_is_written_there() {
    let sandbox = Sandbox::new();
    let folder: ProjectFolder = "services/gateway".parse().unwrap();
    land_in(
        &sandbox.store(),
        &folder,
        &[put("envctl.toml", "schema = 1\n")],
    );
    land_in(
        &sandbox.store(),
        &folder,
        &[put("pointers/prod.toml", "version = 1\n")],
    );
    assert_eq!(
        sandbox.read("services/gateway/pointers/prod.toml"),
        "version = 1\n"
    );
    assert_eq!(sandbox.read("pointers/prod.toml"), "version = 1\n");
    assert_eq!(sandbox.status(), "");
    land_in(
        &sandbox.store(),
        &folder,
        &[gone("envctl.toml"), gone("pointers/prod.toml")],
    );
    assert!(!sandbox.repo().join("services").exists());
    assert_eq!(sandbox.status(), "");
}

#[test]
fn a_linked_worktree_follows_from_wherever_the_write_was_made() {
    let sandbox = Sandbox::new();
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.git(&["worktree", "add", "-q", "../linked", "main"]);
    let linked = sandbox.path("linked");
    let status = || sandbox.git_in(&linked, &["status", "--porcelain"]);
    for (number, opened_in) in [sandbox.repo(), linked.clone()].iter().enumerate() {
        let store = Store::open(Discovery::From(opened_in)).unwrap();
        let text = format!("version = 1{number}\n");
        land(&store, &[put("pointers/prod.toml", &text)]);
        assert_eq!(
            fs::read_to_string(linked.join("pointers/prod.toml")).unwrap(),
            text
        );
        assert_eq!((status(), sandbox.status()), (String::new(), String::new()));
    }
    assert_eq!(sandbox.read("pointers/prod.toml"), "version = 1\n");
}

#[test]
fn the_main_checkout_follows_a_write_from_a_linked_one() {
    let sandbox = Sandbox::new();
    sandbox.git(&["worktree", "add", "-q", "-b", "side", "../linked"]);
    let store = Store::open(Discovery::From(&sandbox.path("linked"))).unwrap();
    land(&store, &[put("pointers/prod.toml", "version = 2\n")]);
    assert_eq!(sandbox.read("pointers/prod.toml"), "version = 2\n");
    assert_eq!(sandbox.status(), "");
}

#[test]
fn a_worktree_whose_folder_is_gone_is_in_nobodys_way() {
    let sandbox = Sandbox::new();
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.git(&["worktree", "add", "-q", "../linked", "main"]);
    fs::remove_dir_all(sandbox.path("linked")).unwrap();
    land(&sandbox.store(), &[put("access.toml", "")]);
    assert_eq!(sandbox.git(&["show", "main:access.toml"]), "");
}

#[test]
fn a_bare_repository_has_nothing_to_follow() {
    let sandbox = Sandbox::new();
    sandbox.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let store = Store::open(Discovery::From(&sandbox.path("bare.git"))).unwrap();
    assert!(store.is_bare() && store.work_tree().is_none());
    let new = land(&store, &[put("access.toml", "")]);
    assert_eq!(store.tip(&main_branch()).unwrap(), Some(new));
    sandbox.git_in(&sandbox.path("bare.git"), &["fsck", "--strict"]);
}

#[test]
fn files_are_written_as_git_would_check_them_out() {
    for (attributes, settings, text, on_disk) in [
        (
            "*.toml text eol=crlf\n",
            [""; 0].as_slice(),
            "a\nb\n",
            "a\r\nb\r\n",
        ),
        ("", &["core.autocrlf", "true"], "a\nb\n", "a\r\nb\r\n"),
        ("* -text\n", &["core.autocrlf", "true"], "a\nb\n", "a\nb\n"),
        (
            "*.toml text eol=lf\n",
            &["core.autocrlf", "true"],
            "a\nb\n",
            "a\nb\n",
        ),
        (
            "*.toml text\n",
            &["core.eol", "crlf"],
            "a\nb\n",
            "a\r\nb\r\n",
        ),
        ("*.toml ident\n", &[], "a\n", "a\n"),
    ] {
        let sandbox = Sandbox::unborn();
        if let [key, value] = settings {
            sandbox.git(&["config", key, value]);
        }
        sandbox.write(".gitattributes", attributes);
        sandbox.commit_all("attributes");
        for text in [text.to_owned(), format!("{text}{text}")] {
            land(&sandbox.store(), &[put("pointers/prod.toml", &text)]);
            assert_eq!(sandbox.status(), "", "{attributes:?} {settings:?}");
        }
        assert_eq!(
            sandbox.read("pointers/prod.toml"),
            on_disk.repeat(2),
            "{attributes:?} {settings:?}"
        );
        fs::remove_file(sandbox.repo().join("pointers/prod.toml")).unwrap();
        sandbox.git(&["checkout", "--", "pointers/prod.toml"]);
        assert_eq!(
            sandbox.read("pointers/prod.toml"),
            on_disk.repeat(2),
            "{attributes:?} {settings:?}"
        );
    }
}

#[test]
fn an_expanded_ident_stays_clean() {
    let sandbox = Sandbox::unborn();
    sandbox.write(".gitattributes", "*.toml ident\n");
    sandbox.commit_all("attributes");
    for text in ["# $Id$\nversion = 1\n", "# $Id$\nversion = 2\n"] {
        land(&sandbox.store(), &[put("pointers/prod.toml", text)]);
        assert!(sandbox.read("pointers/prod.toml").starts_with("# $Id: "));
        assert_eq!(sandbox.status(), "");
    }
}

#[test]
fn a_skipped_file_moves_in_the_index_only() {
    let sandbox = Sandbox::new();
    sandbox.git(&["update-index", "--skip-worktree", "pointers/prod.toml"]);
    fs::remove_file(sandbox.repo().join("pointers/prod.toml")).unwrap();
    let store = sandbox.store();
    land(
        &store,
        &[
            put("pointers/prod.toml", "version = 2\n"),
            put("pointers/qa.toml", "version = 1\n"),
        ],
    );
    assert!(!sandbox.repo().join("pointers/prod.toml").exists());
    assert!(!sandbox.repo().join("pointers/qa.toml").exists());
    assert_eq!(
        sandbox.git(&["ls-files", "-v", "pointers"]),
        "S pointers/prod.toml\nS pointers/qa.toml"
    );
    assert_eq!(sandbox.status(), "");
    assert_eq!(sandbox.git(&["diff", "--cached", "--name-only"]), "");
}

#[test]
fn marks_and_promises_in_the_index_are_kept() {
    let sandbox = Sandbox::new();
    sandbox.write("promised.txt", "later\n");
    sandbox.git(&["add", "--intent-to-add", "promised.txt"]);
    sandbox.git(&["update-index", "--assume-unchanged", "pointers/prod.toml"]);
    land(
        &sandbox.store(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    assert_eq!(sandbox.status(), " A promised.txt");
    assert_eq!(
        sandbox.git(&["ls-files", "-v", "pointers"]),
        "h pointers/prod.toml"
    );
}

#[test]
fn what_changes_between_swap_and_following_is_left_alone() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let (turn, _) = swap(
        &store,
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    sandbox.write("pointers/prod.toml", "version = 1 # and a thought\n");
    let notes = turn.follow().unwrap().notes;
    assert!(notes[0].contains("pointers/prod.toml"), "{notes:?}");
    assert_eq!(
        sandbox.read("pointers/prod.toml"),
        "version = 1 # and a thought\n"
    );
    assert_eq!(sandbox.status(), " M pointers/prod.toml");
    assert_eq!(sandbox.git(&["diff", "--cached", "--name-only"]), "");
}

#[test]
fn a_head_that_was_switched_away_is_not_followed() {
    let sandbox = Sandbox::new();
    sandbox.git(&["branch", "side"]);
    let store = sandbox.store();
    let (turn, new) = swap(
        &store,
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    sandbox.git(&["symbolic-ref", "HEAD", "refs/heads/side"]);
    assert_eq!(turn.follow().unwrap().notes, Vec::<String>::new());
    assert_eq!(sandbox.status(), "");
    assert_eq!(store.tip(&main_branch()).unwrap(), Some(new));
}

#[test]
fn files_of_one_second_stay_visible_as_changed() {
    let sandbox = Sandbox::new();
    sandbox.write("other.txt", "not ENVCTL'S\n");
    land(
        &sandbox.store(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    assert_eq!(sandbox.status(), " M other.txt");
}

#[test]
fn nothing_of_envctls_own_stays_in_the_work_tree() {
    let sandbox = Sandbox::new();
    land(
        &sandbox.store(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    let names = |folder: &Path| -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names(&sandbox.repo()),
        [".git", "envctl.toml", "other.txt", "pointers"]
    );
    assert_eq!(names(&sandbox.repo().join("pointers")), ["prod.toml"]);
    assert_eq!(
        names(&sandbox.repo().join(".git/envctl")),
        ["lock", "token"]
    );
    assert!(!sandbox.repo().join(".git/index.lock").exists());
}
