use std::fs;
use std::process::Command;

use envctl::store::{NewCommit, ProjectFolder, StoreError};
use jiff::Timestamp;

use crate::sandbox::{Sandbox, WRITING, alice, land, put};

/// Makes a key for Alice that git trusts; false where there is no ssh-keygen.
fn set_up_ssh(sandbox: &Sandbox) -> bool {
    let key = sandbox.path("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        return false;
    }
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    fs::write(
        sandbox.path("signers"),
        format!("alice@example.org {public}"),
    )
    .unwrap();
    sandbox.git(&["config", "commit.gpgsign", "true"]);
    sandbox.git(&["config", "gpg.format", "ssh"]);
    sandbox.git(&["config", "user.signingkey", &key.display().to_string()]);
    sandbox.git(&[
        "config",
        "gpg.ssh.allowedSignersFile",
        &sandbox.path("signers").display().to_string(),
    ]);
    true
}

#[test]
fn a_commit_signed_with_an_ssh_key_is_good_in_gits_eyes() {
    let sandbox = Sandbox::new();
    if set_up_ssh(&sandbox) {
        let new = land(&sandbox.store(), &[put("access.toml", "")]);
        sandbox.git(&["verify-commit", &new.to_string()]);
        sandbox.fsck();
        assert_eq!(sandbox.status(), "");
    }
}

#[cfg(unix)]
#[test]
fn a_commit_signed_with_a_gpg_key_is_good_in_gits_eyes() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let home = sandbox.path("gpg");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    let wrapper = sandbox.path("gpg-here");
    fs::write(
        &wrapper,
        format!(
            "#!/bin/sh\nexec gpg --homedir '{}' \"$@\"\n",
            home.display()
        ),
    )
    .unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
    let made = Command::new(&wrapper)
        .args([
            "--batch",
            "--quiet",
            "--passphrase",
            "",
            "--quick-gen-key",
            "Alice <alice@example.org>",
            "ed25519",
        ])
        .status();
    if made.is_ok_and(|status| status.success()) {
        sandbox.git(&["config", "commit.gpgsign", "true"]);
        sandbox.git(&["config", "gpg.program", &wrapper.display().to_string()]);
        let new = land(&sandbox.store(), &[put("access.toml", "")]);
        sandbox.git(&["verify-commit", &new.to_string()]);
        sandbox.fsck();
    }
    // The agent that gpg started would outlive the test.
    let _ = Command::new("gpgconf")
        .arg("--homedir")
        .arg(&home)
        .args(["--kill", "all"])
        .status();
}

#[test]
fn where_signing_is_asked_for_and_fails_nothing_is_written() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "commit.gpgsign", "true"]);
    for (format, program) in [
        ("ssh", "gpg.ssh.program"),
        ("openpgp", "gpg.program"),
        ("x509", "gpg.x509.program"),
    ] {
        sandbox.git(&["config", "gpg.format", format]);
        sandbox.git(&["config", "user.signingkey", "no such key"]);
        for stand_in in ["false", "true", "no-such-program-anywhere"] {
            sandbox.git(&["config", program, stand_in]);
            let refused = sandbox.store().write_commit(
                &NewCommit {
                    parent: Some(sandbox.head()),
                    folder: &ProjectFolder::root(),
                    changes: &[put("access.toml", "")],
                    message: "change\n",
                    author: &alice(),
                    committer: &alice(),
                    author_time: Timestamp::UNIX_EPOCH.into(),
                    committer_time: Timestamp::UNIX_EPOCH.into(),
                },
                &WRITING,
            );
            let signing = matches!(
                refused,
                Err(StoreError::Signing { .. }) | Err(StoreError::Io { .. })
            );
            assert!(signing, "{format} {stand_in}: {refused:?}");
        }
    }
}
