use std::fs;
use std::thread;
use std::time::Instant;

use envctl::store::{Backoff, Expected, ProjectFolder, StoreError, Swap};

use crate::sandbox::{Sandbox, WRITING, land, main_branch, put, write};

/// Lands one commit however many attempts that takes.
fn insist(sandbox: &Sandbox, path: &str, text: &str) {
    let store = sandbox.store();
    let root = ProjectFolder::root();
    let changes = [put(path, text)];
    let mut turn = store.take_turn(&main_branch(), &WRITING).unwrap();
    let mut backoff = Backoff::new();
    loop {
        let tip = store.tip(&main_branch()).unwrap();
        store
            .require_clean(&main_branch(), tip, &root, &changes)
            .unwrap();
        let new = write(&store, tip, &root, &changes);
        match turn.swap(tip.into(), new, "envctl: change").unwrap() {
            Swap::Done(_) => break,
            Swap::Lost { .. } | Swap::Busy => assert!(backoff.wait(), "no luck for {path}"),
        }
    }
    turn.follow().unwrap();
}

#[test]
fn of_many_swaps_at_once_none_is_lost() {
    let sandbox = Sandbox::new();
    thread::scope(|scope| {
        for thread in 0..8 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                (0..25).for_each(|n| {
                    insist(
                        sandbox,
                        &format!("pointers/e{thread}-{n}.toml"),
                        "version = 1\n",
                    );
                });
            });
        }
    });
    assert_eq!(
        sandbox.git(&["rev-list", "--count", "--first-parent", "main"]),
        "201"
    );
    assert_eq!(sandbox.git(&["ls-files", "pointers"]).lines().count(), 201);
    assert_eq!(sandbox.status(), "");
    sandbox.fsck();
}

#[test]
fn swaps_beside_plain_git_lose_nothing() {
    let sandbox = Sandbox::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            (0..20).for_each(|n| insist(&sandbox, &format!("pointers/e{n}.toml"), "version = 1\n"));
        });
        scope.spawn(|| {
            for n in 0..20 {
                let commit = || {
                    let tip = sandbox.git(&["rev-parse", "main"]);
                    let new = sandbox.git(&[
                        "commit-tree",
                        "-p",
                        &tip,
                        "-m",
                        &n.to_string(),
                        "main^{tree}",
                    ]);
                    sandbox
                        .try_git(
                            &sandbox.repo(),
                            &["update-ref", "refs/heads/main", &new, &tip],
                        )
                        .status
                        .success()
                };
                while !commit() {}
            }
        });
    });
    assert!(
        sandbox
            .git(&["rev-list", "--count", "main"])
            .parse::<u32>()
            .unwrap()
            >= 41
    );
    sandbox.fsck();
}

#[test]
fn a_stale_swap_is_lost() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let old = sandbox.head();
    let mine = write(
        &store,
        Some(old),
        &ProjectFolder::root(),
        &[put("access.toml", "mine")],
    );
    let theirs = land(&store, &[put("access.toml", "theirs")]);
    let mut turn = store.take_turn(&main_branch(), &WRITING).unwrap();
    assert_eq!(
        turn.swap(Expected::At(old), mine, "envctl: x").unwrap(),
        Swap::Lost { now: Some(theirs) }
    );
    assert_eq!(
        turn.swap(Expected::Absent, mine, "envctl: x").unwrap(),
        Swap::Lost { now: Some(theirs) }
    );
    drop(turn);
    assert_eq!(store.tip(&main_branch()).unwrap(), Some(theirs));
    assert!(!sandbox.repo().join(".git/envctl/journal").exists());
}

#[test]
fn a_branch_that_is_gone_is_lost() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let old = sandbox.head();
    let new = write(
        &store,
        Some(old),
        &ProjectFolder::root(),
        &[put("access.toml", "")],
    );
    sandbox.git(&["update-ref", "-d", "refs/heads/main"]);
    let mut turn = store.take_turn(&main_branch(), &WRITING).unwrap();
    assert_eq!(
        turn.swap(Expected::At(old), new, "envctl: x").unwrap(),
        Swap::Lost { now: None }
    );
}

#[test]
fn a_swap_that_has_landed_already_is_done() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let old = sandbox.head();
    let new = write(
        &store,
        Some(old),
        &ProjectFolder::root(),
        &[put("access.toml", "")],
    );
    sandbox.git(&["update-ref", "refs/heads/main", &new.to_string()]);
    let mut turn = store.take_turn(&main_branch(), &WRITING).unwrap();
    assert_eq!(
        turn.swap(Expected::At(old), new, "envctl: x").unwrap(),
        Swap::Done(new)
    );
}

#[test]
fn a_held_lock_is_busy_and_stays() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let lock = sandbox.repo().join(".git/refs/heads/main.lock");
    let new = write(
        &store,
        Some(sandbox.head()),
        &ProjectFolder::root(),
        &[put("access.toml", "")],
    );
    let mut turn = store.take_turn(&main_branch(), &WRITING).unwrap();
    assert_eq!(store.branch_lock(&main_branch()), None);
    for make in [
        |path| fs::write(path, "").unwrap(),
        |path| fs::create_dir(path).unwrap(),
    ] as [fn(_); 2]
    {
        make(&lock);
        assert_eq!(
            turn.swap(Expected::At(sandbox.head()), new, "envctl: x")
                .unwrap(),
            Swap::Busy
        );
        let stranded = store.branch_lock(&main_branch()).unwrap();
        assert!(
            stranded.since.is_some()
                && StoreError::BranchLocked(stranded)
                    .to_string()
                    .contains("main.lock")
        );
        assert!(
            fs::remove_file(&lock)
                .or_else(|_| fs::remove_dir(&lock))
                .is_ok()
        );
    }
    assert_eq!(
        turn.swap(Expected::At(sandbox.head()), new, "envctl: x")
            .unwrap(),
        Swap::Done(new)
    );
}

#[test]
#[cfg(unix)]
fn where_a_branch_may_not_be_written_the_answer_is_permission_and_quick() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let new = write(
        &store,
        Some(sandbox.head()),
        &ProjectFolder::root(),
        &[put("access.toml", "")],
    );
    let mut turn = store.take_turn(&main_branch(), &WRITING).unwrap();
    let heads = sandbox.repo().join(".git/refs/heads");
    fs::set_permissions(&heads, fs::Permissions::from_mode(0o555)).unwrap();
    // The superuser may write all the same, and then there is nothing to see.
    if fs::write(heads.join("probe"), "").is_err() {
        let begun = Instant::now();
        let swapped = turn.swap(Expected::At(sandbox.head()), new, "envctl: x");
        assert!(
            matches!(swapped, Err(StoreError::Permission { .. })),
            "{swapped:?}"
        );
        assert!(begun.elapsed().as_millis() < 100);
    }
    fs::set_permissions(&heads, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_swap_is_in_the_branchs_log() {
    let sandbox = Sandbox::new();
    land(&sandbox.store(), &[put("access.toml", "")]);
    assert_eq!(
        sandbox.git(&["reflog", "-1", "--format=%gs", "main"]),
        "envctl: change"
    );
    assert_eq!(
        sandbox.git(&["reflog", "-1", "--format=%gs", "HEAD"]),
        "envctl: change"
    );
}

#[test]
fn a_commit_says_what_it_was_given() {
    let sandbox = Sandbox::new();
    let new = land(&sandbox.store(), &[put("access.toml", "")]);
    let expected = "Alice <alice@example.org> 1700000000 +0000";
    let raw = sandbox.git(&["cat-file", "commit", &new.to_string()]);
    assert!(raw.contains(&format!("author {expected}\n")), "{raw}");
    assert!(raw.ends_with("\n\nchange\n\nfor a reason"), "{raw}");
}
