//! Commits that are nearly right: what envctl attests, git and libgit2 read in the same way; and no signature outlives a change
//! to what was signed.

use std::cell::RefCell;
use std::process::{Command, Stdio};

use envctl::model::{CommitId, Signature};
use envctl::store::{Actor, Store, StrictCommit};
use git2::ObjectType;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use super::mutation::{Bytes, mutated};
use super::objects::Objects;
use crate::cases::cases;

const WORDS: &[&str] = &[
    "\n",
    "\n\n",
    "\n ",
    " ",
    "\0",
    "<",
    ">",
    "<x@y>",
    " <",
    "> ",
    "tree ",
    "parent ",
    "author ",
    "committer ",
    "gpgsig ",
    "gpgsig-sha256 ",
    "mergetag object x\n type commit\n",
    "encoding UTF-7\n",
    "encoding latin1\n",
    "change-id x\n",
    "author Eve <eve@example.org> 1700000000 +0000\n",
    "committer Eve <eve@example.org> 1700000000 +0000\n",
    "parent 5eaf00d042cb6eb9a060e54bf8d69288fbee4904\n",
    "tree 5eaf00d042cb6eb9a060e54bf8d69288fbee4904\n",
    "-1",
    "0",
    "99999999999999999999",
    "+0000",
    "-9999",
    "+99999",
    ".",
    ",",
    ";",
    "\"",
    "'",
    "\\",
    "\u{202e}",
    "\u{1b}[2J",
    "é",
    "-----BEGIN SSH SIGNATURE-----",
    "-----END SSH SIGNATURE-----",
    "\r\n",
    "\t",
];

/// A tree that is not there: one that is could be taken for a parent, and git refuses a parent that is none.
const TREE: &str = "5eaf00d042cb6eb9a060e54bf8d69288fbee4904";

fn plain() -> Vec<Vec<u8>> {
    let ana = "Ana Maria <ana@example.org> 1700000000 +0100";
    let jose = "José <jose@example.org> 1700003600 -0330";
    let parent = "parent 1234567890123456789012345678901234567890\n";
    let of = |headers: &str| {
        format!("tree {TREE}\n{headers}\npromote staging → prod\n\nEnvctl-Action: promote\n")
            .into_bytes()
    };
    vec![
        of(&format!("author {ana}\ncommitter {jose}\n")),
        of(&format!("{parent}author {jose}\ncommitter {jose}\n")),
        of(&format!(
            "{parent}{parent}author {ana}\ncommitter {ana}\nencoding UTF-8\n"
        )),
        of(&format!(
            "{parent}author <a@b> 0 +0000\ncommitter {ana}\nmergetag object {TREE}\n type tree\n \n x\nchange-id y\n"
        )),
    ]
}

/// What `strict_commit` says, in the words of git's `--format`.
fn told(id: CommitId, read: &StrictCommit) -> String {
    let parents: Vec<String> = read.parents.iter().map(ToString::to_string).collect();
    let who = |actor: &Actor| format!("{}|{}", actor.email, actor.at.as_second());
    format!(
        "{id}|{}|{}|{}|{}",
        read.tree,
        parents.join(" "),
        who(&read.author),
        who(&read.committer)
    )
}

const FORMAT: &str = "--format=%H|%T|%P|%ae|%at|%ce|%ct";

#[test]
fn what_is_attested_is_what_git_and_libgit2_read() {
    let objects = Objects::new();
    let store = objects.sandbox.store();
    let strict_commit: RefCell<Vec<String>> = RefCell::default();
    let mut runner = TestRunner::new(cases(1500));
    let run = runner.run(&mutated(plain(), WORDS), |commit| {
        let id = objects.write(ObjectType::Commit, &commit.0);
        if let Some(read) = as_libgit2_reads(&store, &objects, id)? {
            strict_commit.borrow_mut().push(told(id, &read));
        }
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
    let mut strict_commit = strict_commit.into_inner();
    strict_commit.sort();
    strict_commit.dedup();
    assert!(
        strict_commit.len() > 50,
        "hardly any commit is strict_commit: {strict_commit:?}"
    );
    let names: String = strict_commit
        .iter()
        .map(|told| format!("{}\n", &told[..40]))
        .collect();
    // Not in the encoding that the commit names, but as it is stored: rules compare bytes.
    let log = [
        "log",
        "--no-walk=unsorted",
        "--stdin",
        "--encoding=none",
        FORMAT,
    ];
    let output = objects.git(&log, names.as_bytes());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let git = String::from_utf8(output.stdout).unwrap();
    for (git, strict_commit) in git.lines().zip(&strict_commit) {
        assert_eq!(git, strict_commit);
    }
    assert_eq!(git.lines().count(), strict_commit.len());
}

/// The commit as it is strict_commit, if it is; libgit2 must agree.
fn as_libgit2_reads(
    store: &Store,
    objects: &Objects,
    id: CommitId,
) -> Result<Option<StrictCommit>, TestCaseError> {
    let Ok(strict_commit) = store.strict_commit(id) else {
        return Ok(None);
    };
    let Ok(strict_commit) = strict_commit else {
        return Ok(None);
    };
    let name = git2::Oid::from_bytes(id.as_bytes()).unwrap();
    let read = objects
        .repo
        .find_commit(name)
        .map_err(|error| TestCaseError::fail(error.to_string()))?;
    let parents: Vec<Vec<u8>> = read.parent_ids().map(|id| id.as_bytes().to_vec()).collect();
    let expected: Vec<Vec<u8>> = strict_commit
        .parents
        .iter()
        .map(|id| id.as_bytes().to_vec())
        .collect();
    prop_assert_eq!(parents, expected);
    for (git, ours) in [
        (read.author(), &strict_commit.author),
        (read.committer(), &strict_commit.committer),
    ] {
        prop_assert_eq!(git.email().ok(), Some(ours.email.as_str()));
        prop_assert_eq!(git.when().seconds(), ours.at.as_second());
    }
    Ok(Some(strict_commit))
}

/// A commit with a good signature; none where there is no ssh-keygen.
fn signed(objects: &Objects) -> Option<Vec<u8>> {
    let key = objects.sandbox.path("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"])
        .arg(&key)
        .status();
    made.ok().filter(std::process::ExitStatus::success)?;
    let text = plain().swap_remove(1);
    std::fs::write(objects.sandbox.path("commit"), &text).unwrap();
    let mut sign = Command::new("ssh-keygen");
    sign.args(["-q", "-Y", "sign", "-n", "git", "-f"])
        .arg(&key)
        .arg(objects.sandbox.path("commit"))
        .stderr(Stdio::null());
    assert!(sign.status().unwrap().success());
    let armor = std::fs::read_to_string(objects.sandbox.path("commit.sig")).unwrap();
    let header = format!("\ngpgsig {}\n\n", armor.trim_end().replace('\n', "\n "));
    let text = String::from_utf8(text).unwrap();
    Some(text.replacen("\n\n", &header, 1).into_bytes())
}

/// The commit without its signature: what was signed.
fn unsigned(commit: &[u8]) -> Vec<u8> {
    let (mut kept, mut inside, mut headers) = (Vec::new(), false, true);
    for line in commit.split_inclusive(|byte| *byte == b'\n') {
        headers &= line != b"\n";
        inside = headers && (line.starts_with(b"gpgsig ") || (inside && line.starts_with(b" ")));
        if !inside {
            kept.extend_from_slice(line);
        }
    }
    kept
}

#[test]
fn no_signature_outlives_a_change_to_what_was_signed() {
    let objects = Objects::new();
    let Some(commit) = signed(&objects) else {
        return;
    };
    let store = objects.sandbox.store();
    let signer = |commit: &[u8]| {
        let read = store
            .strict_commit(objects.write(ObjectType::Commit, commit))
            .ok()?
            .ok()?;
        Some(read.signature())
    };
    let Some(Signature::By(key)) = signer(&commit) else {
        panic!("{:?}", signer(&commit))
    };
    let mut runner = TestRunner::new(cases(1500));
    let run = runner.run(&mutated(vec![commit.clone()], WORDS), |Bytes(changed)| {
        if let Some(Signature::By(by)) = signer(&changed) {
            prop_assert_eq!(&by, &key, "another key has signed it");
            prop_assert_eq!(
                unsigned(&changed),
                unsigned(&commit),
                "what it signs is something else"
            );
        }
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
}
