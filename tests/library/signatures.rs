//! Signed commits: what a signature proves, and who must have made it. ssh-keygen is the witness.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use envctl::check::any_error;
use envctl::diag::Code;
use envctl::model::CommitId;
use envctl::ops::{Assurance, LandingWay, Pin, WriteError};
use envctl::plan::{PublishTarget, publish};

use crate::forge::{Forge, by, codes, put, swap};
use crate::project::{World, publication};
use crate::sandbox::Sandbox;

const PROD: &str = "pointers/staging.toml";

/// Makes the key `name`, and answers its public half; none where there is no ssh-keygen.
fn key(sandbox: &Sandbox, name: &str, kind: &str) -> Option<String> {
    let path = sandbox.path(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-N", "", "-C", "", "-f"])
        .arg(&path)
        .status();
    made.ok().filter(std::process::ExitStatus::success)?;
    Some(
        fs::read_to_string(path.with_extension("pub"))
            .unwrap()
            .trim_end()
            .to_owned(),
    )
}

/// The commit `text`, signed with the key `name` for `namespace`.
fn signed(sandbox: &Sandbox, text: &str, name: &str, namespace: &str) -> String {
    let mut command = Command::new("ssh-keygen");
    command
        .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
        .arg(sandbox.path(name));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let armor = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let header = format!("gpgsig {}", armor.trim_end().replace('\n', "\n "));
    let (headers, message) = text.split_once("\n\n").unwrap();
    format!("{headers}\n{header}\n\n{message}")
}

/// A project that demands signatures, with a key of dora's, a key of ana's, and one of dora's that is past its time.
fn forge() -> Option<Forge> {
    let keys = Sandbox::bare_of_everything();
    let (dora, ana) = (key(&keys, "dora", "ed25519")?, key(&keys, "ana", "ecdsa")?);
    let old = key(&keys, "old", "ed25519")?;
    let team = String::from_utf8(crate::fixtures::project("team")["access.toml"].to_vec()).unwrap();
    let emails = |who: &str| format!("emails = [\"{who}@example.org\"");
    let team = team.replace(
        &format!("{}]\nroles = [\"developer\"]\n\n[members.ed]", emails("dora")),
        &format!(
            "{}]\nroles = [\"developer\"]\nkeys = [\"{dora}\", 'valid-before=\"20200101\" {old}']\n\n[members.ed]",
            emails("dora")
        ),
    );
    let team = team.replace(
        "roles = [\"owner\"]",
        &format!("roles = [\"owner\"]\nkeys = [\"{ana}\"]"),
    );
    let access = format!("signatures = \"required\"\n{team}");
    let forge = Forge::of("support+team", &[("access.toml", &access)]);
    for name in ["dora", "ana", "old"] {
        fs::copy(keys.path(name), forge.sandbox.path(name)).unwrap();
        fs::copy(
            keys.path(name).with_extension("pub"),
            forge.sandbox.path(name).with_extension("pub"),
        )
        .unwrap();
    }
    Some(forge)
}

/// A commit by dora that stages tone@1 → nothing else, unsigned.
fn by_dora(forge: &Forge) -> String {
    let step = by("dora", vec![put("prompts/tone/2.txt", "Be brief.\n")]);
    let commit = forge.branch(forge.base, &[step])[0];
    forge
        .sandbox
        .git(&["cat-file", "commit", &commit.to_string()])
        + "\n"
}

/// The commit `text` with the date `at` in both of its identities.
fn dated(text: &str, at: i64) -> String {
    let identity = text
        .lines()
        .find(|line| line.starts_with("author "))
        .unwrap();
    let date = identity.split("> ").nth(1).unwrap();
    text.replace(date, &format!("{at} +0000"))
}

#[test]
fn a_commit_counts_only_with_the_signature_of_its_author() {
    let Some(forge) = forge() else { return };
    let (text, sandbox) = (by_dora(&forge), &forge.sandbox);
    let good = signed(sandbox, &text, "dora", "git");
    let tampered = good.replace("by hand", "by hook");
    let of_ana = text.replace("author dora <dora@", "author ana <ana@");
    let recorded_by_ana = text.replace("committer dora <dora@", "committer ana <ana@");
    for (name, text, expected) in [
        ("signed by dora", good.clone(), &[][..]),
        ("not signed", text.clone(), &["signature"]),
        ("signed by ana", signed(sandbox, &text, "ana", "git"), &["signature"]),
        ("signed for a file", signed(sandbox, &text, "dora", "file"), &["signature"]),
        ("signed by a key past its time", signed(sandbox, &text, "old", "git"), &["signature"]),
        (
            "signed by a key past its time, and dated back into it",
            signed(sandbox, &dated(&text, 1_546_300_800), "old", "git"),
            &["signature"],
        ),
        ("signed, then changed", tampered, &["signature"]),
        ("in the name of ana, signed by dora", signed(sandbox, &of_ana, "dora", "git"), &["signature"]),
        (
            "in the name of ana, signed and recorded by ana",
            signed(sandbox, &of_ana.replace("committer dora <dora@", "committer ana <ana@"), "ana", "git"),
            &[],
        ),
        ("recorded by ana", signed(sandbox, &recorded_by_ana, "dora", "git"), &["signature"]),
        ("no signature at all", text.replace("\n\nby hand", "\ngpgsig x\n\nby hand"), &["signature"]),
        (
            "a GPG signature",
            text.replace(
                "\n\nby hand",
                "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----\n\nby hand",
            ),
            &["signature"],
        ),
    ] {
        let commit = forge.commit(&text);
        let report = forge.check(forge.base, commit, Pin::Line).unwrap();
        assert_eq!(codes(&report, commit), expected, "{name}: {:#?}", report.findings);
        assert_eq!(report.level, Assurance::Signed);
    }
    let commit = forge.commit(&good);
    fs::write(
        sandbox.path("signers"),
        format!(
            "dora@example.org {}",
            fs::read_to_string(sandbox.path("dora.pub")).unwrap()
        ),
    )
    .unwrap();
    let signers = format!(
        "gpg.ssh.allowedSignersFile={}",
        sandbox.path("signers").display()
    );
    sandbox.git(&["-c", &signers, "verify-commit", &commit.to_string()]);
}

/// git itself would call the signature good: it was made by a key that is listed. But not by the one who is named.
#[test]
fn a_merge_that_adds_nothing_needs_no_signature_and_what_it_brings_does() {
    let Some(forge) = forge() else { return };
    let text = by_dora(&forge);
    let files = forge.files_after(&[put("prompts/tone/2.txt", "Be brief.\n")]);
    let good = forge.commit(signed(&forge.sandbox, &text, "dora", "git"));
    let unsigned = forge.commit(&text);
    for (side, expected) in [(good, &[][..]), (unsigned, &["signature"])] {
        let merge = forge.merge("forge@example.com", &[forge.base, side], &files);
        for pin in [Pin::Line, Pin::Base] {
            let head = if pin == Pin::Line { merge } else { side };
            let report = forge.check(forge.base, head, pin).unwrap();
            assert_eq!(codes(&report, side), expected, "{:#?}", report.findings);
            assert_eq!(codes(&report, merge), [""; 0]);
        }
    }
    let deciding = forge.files_after(&[
        put("prompts/tone/2.txt", "Be brief.\n"),
        swap(PROD, "version = 3", "version = 1"),
    ]);
    let merge = forge.merge("dora", &[forge.base, good], &deciding);
    let report = forge.check(forge.base, merge, Pin::Line).unwrap();
    assert!(codes(&report, merge).contains(&"merge"));
}

/// The key goes, and with it what it signs from then on; what it had signed before stays as it was judged.
#[test]
fn a_key_that_is_taken_off_the_list_is_revoked() {
    let Some(forge) = forge() else { return };
    let good = forge.commit(signed(&forge.sandbox, &by_dora(&forge), "dora", "git"));
    let access = forge
        .sandbox
        .git(&["show", &format!("{}:access.toml", forge.base)]);
    let without: String = access
        .lines()
        .filter(|line| !line.contains("valid-before"))
        .map(|line| format!("{line}\n"))
        .collect();
    let revoke = |parent: CommitId| {
        let commit = forge.branch(
            parent,
            &[by("ana", vec![put("access.toml", without.clone())])],
        )[0];
        let text = forge
            .sandbox
            .git(&["cat-file", "commit", &commit.to_string()])
            + "\n";
        forge.commit(signed(&forge.sandbox, &text, "ana", "git"))
    };
    let revoked = revoke(good);
    let later = forge.branch(
        revoked,
        &[by("dora", vec![put("prompts/tone/3.txt", "Be exact.\n")])],
    )[0];
    let later = forge
        .sandbox
        .git(&["cat-file", "commit", &later.to_string()])
        + "\n";
    let later = forge.commit(signed(&forge.sandbox, &later, "dora", "git"));
    let report = forge.check(forge.base, later, Pin::Line).unwrap();
    let found: Vec<_> = [good, revoked, later]
        .iter()
        .map(|commit| codes(&report, *commit))
        .collect();
    assert_eq!(
        found,
        [vec![], vec![], vec!["signature"]],
        "{:#?}",
        report.findings
    );
}

#[test]
fn what_is_written_where_signatures_are_required_is_signed_or_not_written() {
    let mut world = World::of("support");
    let Some(public) = key(&world.sandbox, "alice", "ed25519") else {
        return;
    };
    let access = format!(
        "signatures = \"required\"\n\n[members.alice]\nemails = [\"alice@example.org\"]\nroles = [\"owner\"]\nkeys = [\"{public}\"]\n"
    );
    world.sandbox.write("access.toml", &access);
    world.sandbox.commit_all("access");
    let tone = |project: &_| {
        publish(
            project,
            &publication("prompts/tone", "Be brief.\n", PublishTarget::Nowhere),
            |_| false,
        )
    };
    let tip = world.sandbox.head();
    match world.write(tone) {
        Err(WriteError::Refused(rehearsal)) => {
            let codes: Vec<_> = rehearsal
                .report
                .introduced
                .iter()
                .map(|finding| finding.code.as_str())
                .collect();
            assert!(
                any_error(&rehearsal.report.introduced) && codes == ["signature"],
                "{codes:?}"
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.sandbox.head(), tip);
    world.sandbox.git(&["config", "commit.gpgsign", "true"]);
    world.sandbox.git(&["config", "gpg.format", "ssh"]);
    world.sandbox.git(&[
        "config",
        "user.signingkey",
        &world.sandbox.path("alice").display().to_string(),
    ]);
    world.checkout("main");
    world.land(tone);
}

/// Before it there is no project, and so no rule but those of the one that it is to be merged into.
#[test]
fn the_first_commit_of_another_history_is_signed_too() {
    let Some(forge) = forge() else { return };
    let move_it = swap(PROD, "version = 3", "version = 2");
    let files = forge.files_after(&[move_it]);
    let readme =
        crate::fixtures::Files::from([("README.md".to_owned(), b"Hello\n".as_slice().into())]);
    let pages = forge.merge("mallory", &[], &readme);
    for side in [
        forge.merge("dora", &[], &files),
        forge.merge("dora", &[pages], &files),
    ] {
        let merge = forge.merge("forge@example.com", &[forge.base, side], &files);
        for (head, pin) in [(merge, Pin::Line), (merge, Pin::Base)] {
            let report = forge.check(forge.base, head, pin).unwrap();
            assert!(
                codes(&report, side).contains(&"signature"),
                "{pin:?}: {:#?}",
                report.findings
            );
        }
    }
}

#[test]
fn a_merge_that_moves_the_project_adds_something() {
    let Some(forge) = forge() else { return };
    let side = forge.commit(signed(&forge.sandbox, &by_dora(&forge), "dora", "git"));
    let files = forge.files_after(&[put("prompts/tone/2.txt", "Be brief.\n")]);
    let files = files
        .into_iter()
        .map(|(path, bytes)| (format!("gateway/{path}"), bytes))
        .collect();
    let merge = forge.merge("ana", &[forge.base, side], &files);
    let report = forge.check(forge.base, merge, Pin::Line).unwrap();
    assert!(
        codes(&report, merge).contains(&"signature"),
        "{:#?}",
        report.findings
    );
}

/// What a branch brings becomes live when it is merged, whatever its commits say of their time.
#[test]
fn a_key_past_its_time_signs_nothing_on_a_branch_either() {
    let Some(forge) = forge() else { return };
    let now = by_dora(&forge);
    let then = now
        .lines()
        .find(|line| line.starts_with("committer "))
        .unwrap();
    let stamp = then.split(' ').rev().nth(1).unwrap();
    let signed = signed(
        &forge.sandbox,
        &now.replace(stamp, "1500000000"),
        "old",
        "git",
    );
    let side = forge.commit(signed);
    let files = forge.files_after(&[put("prompts/tone/2.txt", "Be brief.\n")]);
    let merge = forge.merge("forge@example.com", &[forge.base, side], &files);
    for (head, pin) in [(side, Pin::Base), (side, Pin::Line), (merge, Pin::Line)] {
        let report = forge.check(forge.base, head, pin).unwrap();
        assert_eq!(
            codes(&report, side),
            ["signature"],
            "{pin:?}: {:#?}",
            report.findings
        );
    }
}

/// A squash or a rebase makes commits that nobody has signed, and a forge signs a merge with a key of its own.
#[test]
fn what_signatures_prove_is_lost_by_some_ways_of_landing() {
    let Some(forge) = forge() else { return };
    let version = forge.commit(signed(&forge.sandbox, &by_dora(&forge), "dora", "git"));
    let grant = forge.text(vec![swap(
        "access.toml",
        "roles = [\"viewer\"]",
        "roles = [\"developer\"]",
    )]);
    let grant = forge.commit(signed(&forge.sandbox, &grant, "ana", "git"));
    for (head, way, lost) in [
        (version, LandingWay::Merge, false),
        (version, LandingWay::Squash, true),
        (version, LandingWay::Rebase, true),
        (version, LandingWay::FastForward, false),
        (grant, LandingWay::Merge, true),
        (grant, LandingWay::FastForward, false),
    ] {
        let report = forge.check(forge.base, head, Pin::Landing(way)).unwrap();
        let expected: &[&str] = if lost { &["landing"] } else { &[] };
        assert_eq!(
            codes(&report, head),
            expected,
            "{way:?}: {:#?}",
            report.findings
        );
    }
    for (head, warnings) in [(version, 1), (grant, 2)] {
        let report = forge.check(forge.base, head, Pin::Base).unwrap();
        assert_eq!(codes(&report, head), [""; 0], "nothing fails for certain");
        let findings = report.findings.iter().flat_map(|found| &found.findings);
        let landing = findings.filter(|finding| finding.code == Code::LANDING);
        assert_eq!(landing.count(), warnings, "{:#?}", report.findings);
    }
}

/// A grant or a rule that an owner has signed on a branch was perhaps given up there: it is the merge that makes it hold, so
/// whoever merges it needs the permission, and signs. A forge that signs nothing merges what people publish.
#[test]
fn whoever_merges_a_grant_or_a_rule_may_make_it_and_signs_the_merge() {
    let Some(forge) = forge() else { return };
    let grant = || {
        vec![swap(
            "access.toml",
            "roles = [\"viewer\"]",
            "roles = [\"developer\"]",
        )]
    };
    let rule = || {
        vec![put(
            "environments/qa.toml",
            "name = \"Quality\"\n\n[policy]\nmin_dwell = \"1h\"\n",
        )]
    };
    for ops in [grant(), rule()] {
        let text = forge.text(ops.clone());
        let side = forge.commit(signed(&forge.sandbox, &text, "ana", "git"));
        let files = forge.files_after(&ops);
        let merged = |by: &'static str, key: Option<&str>| {
            let merge = forge.merge(by, &[forge.base, side], &files);
            let Some(key) = key else { return merge };
            let text = forge
                .sandbox
                .git(&["cat-file", "commit", &merge.to_string()])
                + "\n";
            forge.commit(signed(&forge.sandbox, &text, key, "git"))
        };
        let cases: [(&'static str, Option<&str>, &[&str]); 6] = [
            ("forge@example.com", None, &["permission", "signature"]),
            ("dora", Some("dora"), &["permission"]),
            ("dora", None, &["permission", "signature"]),
            ("ana", None, &["signature"]),
            ("ana", Some("dora"), &["signature"]),
            ("ana", Some("ana"), &[]),
        ];
        for (by, key, expected) in cases {
            let merge = merged(by, key);
            let report = forge.check(forge.base, merge, Pin::Line).unwrap();
            assert_eq!(codes(&report, side), [""; 0], "{:#?}", report.findings);
            assert_eq!(
                codes(&report, merge),
                expected,
                "{by}, signed by {key:?}: {:#?}",
                report.findings
            );
        }
    }
}
