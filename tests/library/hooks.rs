use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use envctl::store::{Hooks, StoreError, Writing};

use crate::sandbox::{Sandbox, WRITING};

fn install(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_commit_msg_hook_may_edit_and_refuse() {
    let sandbox = Sandbox::new();
    let hook = sandbox.repo().join(".git/hooks/commit-msg");
    install(&hook, "echo 'Reviewed-by: Bob  ' >> \"$1\"");
    let store = sandbox.store();
    assert_eq!(
        store.commit_message_hook("change\n\n", &WRITING).unwrap(),
        "change\n\nReviewed-by: Bob\n"
    );
    install(&hook, "echo 'no ticket' >&2; exit 1");
    let refused = store.commit_message_hook("change\n", &WRITING);
    assert!(
        matches!(refused, Err(StoreError::HookRefused { hook: "commit-msg", output }) if output.contains("no ticket"))
    );
    let skipping = Writing {
        hooks: Hooks::Skip,
        ..WRITING
    };
    assert_eq!(
        store.commit_message_hook("change\n", &skipping).unwrap(),
        "change\n"
    );
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(
        store.commit_message_hook("change\n", &WRITING).unwrap(),
        "change\n"
    );
}

#[test]
fn hooks_are_found_where_settings_say() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "core.hooksPath", "tools/hooks"]);
    install(
        &sandbox.repo().join("tools/hooks/post-commit"),
        "git rev-parse HEAD > seen",
    );
    sandbox.store().post_commit_hook(&WRITING).unwrap();
    assert_eq!(sandbox.read("seen").trim(), sandbox.head().to_string());
}
