use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use envctl::model::CommitId;
use envctl::store::{ProjectFolder, StoreError, Swap};

use crate::sandbox::{Sandbox, WRITING, land, main_branch, put, swap, write};

/// A journal as a process that has ended left it.
fn leave_journal(sandbox: &Sandbox, old: CommitId, new: CommitId) {
    let owner = r#"{"pid":1,"started":18446744073709551615,"boot":"of long ago"}"#;
    let line = format!(r#"{{"branch":"main","old":"{old}","new":"{new}","owner":{owner}}}"#);
    fs::create_dir_all(sandbox.repo().join(".git/envctl")).unwrap();
    fs::write(
        sandbox.repo().join(".git/envctl/journal"),
        format!("{line}\n"),
    )
    .unwrap();
}

fn notes_of_next_turn(sandbox: &Sandbox) -> Vec<String> {
    sandbox
        .store()
        .take_turn(&main_branch(), &WRITING)
        .unwrap()
        .notes()
        .to_vec()
}

fn has_journal(sandbox: &Sandbox) -> bool {
    sandbox.repo().join(".git/envctl/journal").exists()
}

#[test]
fn a_crash_after_the_swap_is_brought_forward() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let changes = [
        put("pointers/prod.toml", "version = 2\n"),
        put("prompts/a/1.md", "hello\n"),
    ];
    drop(swap(&store, &ProjectFolder::root(), &changes));
    assert!(has_journal(&sandbox));
    assert_eq!(sandbox.read("pointers/prod.toml"), "version = 1\n");
    let notes = notes_of_next_turn(&sandbox);
    assert!(
        notes[0].contains("finished an interrupted write"),
        "{notes:?}"
    );
    assert_eq!(sandbox.read("pointers/prod.toml"), "version = 2\n");
    assert_eq!(sandbox.read("prompts/a/1.md"), "hello\n");
    assert_eq!(sandbox.status(), "");
    assert!(!has_journal(&sandbox));
    assert_eq!(notes_of_next_turn(&sandbox), Vec::<String>::new());
}

#[test]
fn a_crash_half_way_through_the_files_is_brought_forward() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let changes = [
        put("envctl.toml", "schema = 1\nname = \"x\"\n"),
        put("pointers/prod.toml", "version = 2\n"),
    ];
    drop(swap(&store, &ProjectFolder::root(), &changes));
    sandbox.write("envctl.toml", "schema = 1\nname = \"x\"\n");
    sandbox.write("pointers/.envctl-tmp", "versi");
    notes_of_next_turn(&sandbox);
    assert_eq!(sandbox.status(), "");
}

#[test]
fn edits_made_after_a_crash_are_kept() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    drop(swap(
        &store,
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    ));
    sandbox.write("pointers/prod.toml", "version = 1 # mine\n");
    let notes = notes_of_next_turn(&sandbox);
    assert!(notes[0].contains("left alone"), "{notes:?}");
    assert_eq!(sandbox.read("pointers/prod.toml"), "version = 1 # mine\n");
    assert_eq!(sandbox.status(), " M pointers/prod.toml");
}

#[test]
fn a_branch_that_went_on_after_a_crash_is_followed_to_where_it_is() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let (turn, new) = swap(
        &store,
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    drop(turn);
    let next = write(
        &store,
        Some(new),
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 3\n")],
    );
    sandbox.git(&["update-ref", "refs/heads/main", &next.to_string()]);
    notes_of_next_turn(&sandbox);
    assert_eq!(sandbox.read("pointers/prod.toml"), "version = 3\n");
    assert_eq!(sandbox.status(), "");
}

#[test]
fn a_crash_before_the_swap_leaves_nothing_to_do() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let new = write(
        &store,
        Some(sandbox.head()),
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    leave_journal(&sandbox, sandbox.head(), new);
    assert_eq!(notes_of_next_turn(&sandbox), Vec::<String>::new());
    assert!(!has_journal(&sandbox));
    assert_eq!(sandbox.status(), "");
}

#[test]
fn a_lock_is_removed_only_if_it_is_provably_ours() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let old = sandbox.head();
    let new = write(
        &store,
        Some(old),
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    let lock = sandbox.repo().join(".git/refs/heads/main.lock");
    for (content, ours) in [
        (format!("{new}\n"), true),
        (String::new(), true),
        (format!("{old}\n"), false),
    ] {
        leave_journal(&sandbox, old, new);
        fs::write(&lock, &content).unwrap();
        let notes = notes_of_next_turn(&sandbox);
        assert_eq!(!lock.exists(), ours, "{content:?}");
        assert_eq!(!notes.is_empty(), ours, "{notes:?}");
    }
    fs::write(&lock, "").unwrap();
    assert_eq!(notes_of_next_turn(&sandbox), Vec::<String>::new());
    assert!(lock.exists(), "without a journal, nobody knows whose it is");
}

#[test]
fn the_lock_of_a_process_that_lives_is_left_alone() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let old = sandbox.head();
    let new = write(
        &store,
        Some(old),
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    let mut sleeper = Command::new("sleep")
        .arg("60")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", sleeper.id()));
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    if let (Ok(stat), Ok(boot)) = (stat, boot) {
        let started = stat
            .rsplit_once(')')
            .unwrap()
            .1
            .split_ascii_whitespace()
            .nth(19)
            .unwrap()
            .to_owned();
        leave_journal(&sandbox, old, new);
        let path = sandbox.repo().join(".git/envctl/journal");
        let journal = fs::read_to_string(&path).unwrap();
        let journal = journal.replace("\"pid\":1", &format!("\"pid\":{}", sleeper.id()));
        let journal = journal
            .replace("18446744073709551615", &started)
            .replace("of long ago", boot.trim());
        fs::write(&path, journal).unwrap();
        let lock = sandbox.repo().join(".git/refs/heads/main.lock");
        fs::write(&lock, format!("{new}\n")).unwrap();
        notes_of_next_turn(&sandbox);
        assert!(lock.exists() && has_journal(&sandbox));
        assert_eq!(
            store.branch_lock(&main_branch()).unwrap().holder,
            Some(sleeper.id())
        );
    }
    sleeper.kill().unwrap();
    assert_eq!(sleeper.wait().unwrap().signal(), Some(9));
}

#[test]
fn an_index_lock_of_ours_is_recognised_by_its_token() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    drop(swap(
        &store,
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    ));
    let git = sandbox.repo().join(".git");
    fs::write(git.join("envctl/token"), "").unwrap();
    fs::hard_link(git.join("envctl/token"), git.join("index.lock")).unwrap();
    fs::write(git.join("envctl/index.lock"), "half an ind").unwrap();
    let notes = notes_of_next_turn(&sandbox);
    assert!(notes[0].contains("index.lock"), "{notes:?}");
    assert!(!git.join("index.lock").exists());
    assert_eq!(sandbox.status(), "");
}

#[test]
fn an_index_lock_of_gits_postpones_what_is_healed() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let (turn, new) = swap(
        &store,
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    drop(turn);
    let lock = sandbox.repo().join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    let notes = notes_of_next_turn(&sandbox);
    assert!(notes[0].contains("index.lock"), "{notes:?}");
    assert!(lock.exists() && has_journal(&sandbox));
    fs::remove_file(&lock).unwrap();
    assert!(!notes_of_next_turn(&sandbox).is_empty());
    assert_eq!((sandbox.status(), sandbox.head()), (String::new(), new));
}

#[test]
fn a_branch_does_not_move_while_git_writes_its_index() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let old = sandbox.head();
    let new = write(
        &store,
        Some(old),
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    let lock = sandbox.repo().join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    let mut turn = store.take_turn(&main_branch(), &WRITING).unwrap();
    let swapped = turn.swap(Some(old).into(), new, "envctl: x");
    assert!(
        matches!(swapped, Err(StoreError::IndexLocked { .. })),
        "{swapped:?}"
    );
    assert!(lock.exists() && !has_journal(&sandbox));
    assert_eq!(sandbox.head(), old);
}

#[test]
fn no_commit_of_gits_fits_between_the_move_of_a_branch_and_its_index() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let (turn, new) = swap(
        &store,
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    assert!(
        !sandbox
            .try_git(
                &sandbox.repo(),
                &["commit", "-q", "--allow-empty", "-m", "too early"]
            )
            .status
            .success()
    );
    turn.follow().unwrap();
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "in time"]);
    assert_eq!(sandbox.git(&["rev-parse", "HEAD^"]), new.to_string());
    assert_eq!(
        sandbox.git(&["show", "HEAD:pointers/prod.toml"]),
        "version = 2"
    );
}

#[test]
fn an_index_lock_of_ours_goes_also_where_nothing_landed_or_another_branch_is_checked_out_by_now() {
    for switch in [false, true] {
        let sandbox = Sandbox::new();
        let store = sandbox.store();
        let old = sandbox.head();
        let new = write(
            &store,
            Some(old),
            &ProjectFolder::root(),
            &[put("pointers/prod.toml", "version = 2\n")],
        );
        leave_journal(&sandbox, old, new);
        let git = sandbox.repo().join(".git");
        fs::write(git.join("envctl/token"), "").unwrap();
        fs::hard_link(git.join("envctl/token"), git.join("index.lock")).unwrap();
        if switch {
            sandbox.git(&["branch", "side"]);
            sandbox.git(&["symbolic-ref", "HEAD", "refs/heads/side"]);
        }
        let notes = notes_of_next_turn(&sandbox);
        assert!(notes[0].contains("index.lock"), "{notes:?}");
        assert!(!git.join("index.lock").exists() && !has_journal(&sandbox));
        assert_eq!(sandbox.status(), "");
    }
}

#[test]
fn an_index_that_cannot_be_read_is_an_error_and_what_landed_is_made_up_for() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let (turn, _) = swap(
        &store,
        &ProjectFolder::root(),
        &[put("prompts/a/1.md", "hello\n")],
    );
    let index = sandbox.repo().join(".git/index");
    let whole = fs::read(&index).unwrap();
    fs::write(&index, &whole[..whole.len() / 2]).unwrap();
    assert!(turn.follow().is_err() && has_journal(&sandbox));
    fs::write(&index, &whole).unwrap();
    notes_of_next_turn(&sandbox);
    assert_eq!(sandbox.status(), "");
}

#[test]
fn a_journal_that_is_not_whole_is_ignored() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.repo().join(".git/envctl")).unwrap();
    for text in ["{\"branch\":\"main\",\"ol", "\u{0}\u{0}\u{0}", "\n\n", "[]"] {
        fs::write(sandbox.repo().join(".git/envctl/journal"), text).unwrap();
        assert_eq!(notes_of_next_turn(&sandbox), Vec::<String>::new());
        land(&sandbox.store(), &[put("access.toml", text)]);
    }
}

#[test]
fn what_could_not_be_finished_survives_other_writes() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    drop(swap(
        &store,
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    ));
    let lock = sandbox.repo().join(".git/index.lock");
    fs::write(&lock, "").unwrap();
    let side = "side".parse().unwrap();
    let mut turn = store.take_turn(&side, &WRITING).unwrap();
    let new = write(
        &store,
        None,
        &ProjectFolder::root(),
        &[put("envctl.toml", "")],
    );
    assert_eq!(
        turn.swap(None.into(), new, "envctl: x").unwrap(),
        Swap::Done(new)
    );
    turn.follow().unwrap();
    fs::remove_file(&lock).unwrap();
    notes_of_next_turn(&sandbox);
    assert_eq!(sandbox.read("pointers/prod.toml"), "version = 2\n");
    assert_eq!(sandbox.status(), "");
}

#[test]
fn the_folder_and_files_of_envctl_are_for_those_who_share_the_repository() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let git = sandbox.repo().join(".git");
    let mode = |path: &str| fs::metadata(git.join(path)).unwrap().permissions().mode() & 0o7777;
    fs::set_permissions(&git, fs::Permissions::from_mode(0o2775)).unwrap();
    land(&sandbox.store(), &[put("access.toml", "")]);
    assert_eq!(
        (mode("envctl"), mode("envctl/lock"), mode("envctl/token")),
        (0o2775, 0o664, 0o664)
    );
}

#[test]
fn a_head_that_cannot_be_read_is_an_error_and_no_reason_to_leave_a_checkout_behind() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let (turn, _) = swap(
        &store,
        &ProjectFolder::root(),
        &[put("pointers/prod.toml", "version = 2\n")],
    );
    let head = sandbox.repo().join(".git/HEAD");
    let text = fs::read(&head).unwrap();
    fs::remove_file(&head).unwrap();
    fs::create_dir(&head).unwrap();
    assert!(turn.follow().is_err() && has_journal(&sandbox));
    fs::remove_dir(&head).unwrap();
    fs::write(&head, text).unwrap();
    notes_of_next_turn(&sandbox);
    assert_eq!(sandbox.status(), "");
}

#[test]
fn a_lock_on_the_settings_is_removed_only_if_it_is_provably_ours() {
    let sandbox = Sandbox::new();
    let lock = sandbox.repo().join(".git/config.lock");
    let copy = sandbox.repo().join(".git/envctl/config");
    assert_eq!(notes_of_next_turn(&sandbox), Vec::<String>::new());
    fs::write(&copy, "[core]\n").unwrap();
    fs::write(copy.with_extension("lock"), "[co").unwrap();
    fs::hard_link(&copy, &lock).unwrap();
    let notes = notes_of_next_turn(&sandbox);
    assert!(notes[0].contains("config.lock"), "{notes:?}");
    assert!(!lock.exists() && !copy.exists() && !copy.with_extension("lock").exists());
    sandbox.git(&["config", "x.y", "z"]);

    fs::write(&copy, "[core]\n").unwrap();
    fs::write(&lock, "[core]\n").unwrap();
    assert_eq!(notes_of_next_turn(&sandbox), Vec::<String>::new());
    assert!(lock.exists() && !copy.exists(), "it is git's");
}

#[test]
fn a_setting_is_kept_beside_what_others_write() {
    let sandbox = Sandbox::new();
    let config = sandbox.repo().join(".git/config");
    let before = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("# mine\n{before}[a]\n\tb = c # d\n")).unwrap();
    sandbox
        .store()
        .keep_setting("diff.x.xfuncname", "^\\[.*$")
        .unwrap();
    let after = fs::read_to_string(&config).unwrap();
    assert!(
        after.starts_with("# mine\n") && after.contains("\tb = c # d\n"),
        "{after}"
    );
    assert_eq!(sandbox.git(&["config", "diff.x.xfuncname"]), "^\\[.*$");
    assert!(
        !config.with_extension("lock").exists()
            && !sandbox.repo().join(".git/envctl/config").exists()
    );

    // git does without the file.
    let moved = config.with_extension("moved");
    fs::rename(&config, &moved).unwrap();
    sandbox.store().keep_setting("a.b", "c").unwrap();
    assert_eq!(sandbox.git(&["config", "a.b"]), "c");
    fs::rename(&moved, &config).unwrap();

    // A lock that a git keeps: nothing is written, and it is named.
    fs::write(config.with_extension("lock"), "").unwrap();
    let error = sandbox.store().keep_setting("a.b", "e").unwrap_err();
    assert!(format!("{error:?}").contains("lock"), "{error:?}");
    assert_eq!(fs::read_to_string(&config).unwrap(), after);
}
