use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;

use envctl::files::{Mode, Payload, Payloads, State};
use envctl::model::ContentId;
use envctl::ops::{Unknown, resolve, resolve_alone};
use envctl::store::{Discovery, GitEnvironment, Head, ProjectFolder, Reading, Store, StoreError};

use crate::project::{World, resource};
use crate::sandbox::{Sandbox, main_branch, put, write};

#[test]
fn a_repository_is_found_from_below() {
    let sandbox = Sandbox::new();
    let store = Store::open(Discovery::From(&sandbox.repo().join("pointers"))).unwrap();
    assert_eq!(
        store.work_tree().unwrap().canonicalize().unwrap(),
        sandbox.repo().canonicalize().unwrap()
    );
    assert_eq!(
        store
            .folder_of(&sandbox.repo().join("pointers"))
            .unwrap()
            .to_string(),
        "pointers"
    );
    assert!(store.folder_of(&sandbox.repo()).unwrap().is_root());
    assert!(matches!(
        store.folder_of(&sandbox.path(".")),
        Err(StoreError::OutsideWorkTree { .. })
    ));
}

#[test]
fn no_repository_is_an_error_of_its_own() {
    let sandbox = Sandbox::bare_of_everything();
    assert!(matches!(
        Store::open(Discovery::From(&sandbox.path("."))),
        Err(StoreError::NotARepository { .. })
    ));
    assert!(matches!(
        Store::open(Discovery::From(&sandbox.path("none"))),
        Err(StoreError::NotARepository { .. })
    ));
}

#[test]
fn repositories_of_other_kinds_are_unsupported() {
    for kind in ["--object-format=sha256", "--ref-format=reftable"] {
        let sandbox = Sandbox::bare_of_everything();
        fs::create_dir(sandbox.repo()).unwrap();
        sandbox.git(&["init", "-q", kind]);
        let opened = Store::open(Discovery::From(&sandbox.repo()));
        assert!(
            matches!(opened, Err(StoreError::Unsupported { .. })),
            "{kind}: {:?}",
            opened.err()
        );
    }
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "remote.origin.promisor", "true"]);
    assert!(matches!(
        Store::open(Discovery::From(&sandbox.repo())),
        Err(StoreError::Unsupported { .. })
    ));
}

#[test]
fn an_unborn_branch_has_no_tip() {
    let store_of = |sandbox: &Sandbox| {
        (
            sandbox.store().head().unwrap(),
            sandbox.store().tip(&main_branch()).unwrap(),
        )
    };
    let sandbox = Sandbox::unborn();
    assert_eq!(store_of(&sandbox), (Head::Branch(main_branch()), None));
    let sandbox = Sandbox::new();
    assert_eq!(
        store_of(&sandbox),
        (Head::Branch(main_branch()), Some(sandbox.head()))
    );
    sandbox.git(&["checkout", "-q", "--detach"]);
    assert_eq!(
        sandbox.store().head().unwrap(),
        Head::Detached(sandbox.head())
    );
}

#[test]
fn a_broken_branch_is_not_a_missing_one() {
    let sandbox = Sandbox::new();
    let tree = sandbox.git(&["rev-parse", "HEAD^{tree}"]);
    let missing = "1234567890123456789012345678901234567890".to_owned();
    for content in [
        String::new(),
        "garbage\n".to_owned(),
        missing,
        tree,
        "ref: refs/heads/other\n".to_owned(),
    ] {
        fs::write(sandbox.repo().join(".git/refs/heads/main"), &content).unwrap();
        let tip = sandbox.store().tip(&main_branch());
        assert!(
            matches!(tip, Err(StoreError::BrokenBranch { .. })),
            "{content:?}: {tip:?}"
        );
    }
}

#[test]
fn a_revision_is_found_by_any_name_that_git_knows() {
    let sandbox = Sandbox::new();
    sandbox.git(&["tag", "-a", "v1", "-m", "one"]);
    let store = sandbox.store();
    for name in ["HEAD", "main", "v1", &sandbox.head().short()] {
        assert_eq!(
            store.revision(name).unwrap(),
            Some(sandbox.head()),
            "{name}"
        );
    }
    for name in ["none", "-n", "--all", "", "HEAD~7", "a..b", "a b"] {
        assert_eq!(store.revision(name).unwrap(), None, "{name}");
    }
    assert_eq!(store.revision("HEAD^{tree}").unwrap(), None);
}

#[test]
fn a_snapshot_holds_what_envctl_owns() {
    let sandbox = Sandbox::new();
    sandbox.write("prompts/a/1.md", "hello\n");
    sandbox.commit_all("more");
    let store = sandbox.store();
    let root = ProjectFolder::root();
    let control = store
        .snapshot(sandbox.head(), &root, Reading::Control)
        .unwrap();
    let mut paths: Vec<String> = control.files().map(|(path, _)| path).collect();
    paths.sort();
    assert_eq!(
        paths,
        ["envctl.toml", "pointers/prod.toml", "prompts/a/1.md"]
    );
    assert_eq!(control.text("pointers/prod.toml"), Some("version = 1\n"));
    let version = control.get("prompts/a/1.md").unwrap();
    assert_eq!(
        (version.mode, version.size, &version.bytes),
        (Mode::File, 0, &None),
        "only listed"
    );
    assert_eq!(
        version.content.to_string(),
        sandbox.git(&["rev-parse", "HEAD:prompts/a/1.md"])
    );

    let everything = store
        .snapshot(sandbox.head(), &root, Reading::Everything)
        .unwrap();
    assert_eq!(everything.text("prompts/a/1.md"), Some("hello\n"));
    assert_eq!(store.staged(&root).unwrap(), everything);
    assert_eq!(store.work_tree_snapshot(&root).unwrap(), everything);
    assert_eq!(
        store
            .snapshot(sandbox.head(), &root, Reading::Control)
            .unwrap(),
        control
    );
}

#[test]
fn what_is_live_of_rules_and_providers_is_read_and_nothing_else() {
    let sandbox = Sandbox::new();
    for path in [
        "prompts/a/1.md",
        "routing/b/1.toml",
        "routing/b/2.toml",
        "providers/c/1.toml",
        "providers/d/1.toml",
    ] {
        sandbox.write(path, &format!("x = \"{path}\"\n"));
    }
    // However it is spelled; and what was never published is nothing to read.
    let pointers = "[prompts.a]\nversion = 1\n[routing.b]\nrelease = 2\n[\"prov\\u0069ders\".c]\nactivation = 0x1\n";
    sandbox.write("pointers/prod.toml", "");
    sandbox.write(
        "pointers/qa.toml",
        &format!("{pointers}[providers.never]\nactivation = 4\n"),
    );
    sandbox.commit_all("more");
    let store = sandbox.store();
    let control = store
        .snapshot(sandbox.head(), &ProjectFolder::root(), Reading::Control)
        .unwrap();
    let asked = Asked {
        store: &store,
        names: RefCell::default(),
    };
    let state = State::read(&control, &asked).unwrap();
    let read = ["providers/c/1.toml", "routing/b/2.toml"];
    let names = read.map(|path| control.get(path).unwrap().content);
    assert_eq!(asked.names.into_inner(), names.into());
    let wrong: BTreeSet<&str> = state
        .findings
        .iter()
        .map(|finding| finding.place.file.as_str())
        .filter(|file| file.contains('/') && !file.starts_with("pointers"))
        .collect();
    assert_eq!(wrong, read.into());
}

/// Payloads that remember which were asked for.
struct Asked<'s> {
    store: &'s Store,
    names: RefCell<BTreeSet<ContentId>>,
}

impl Payloads for Asked<'_> {
    type Error = StoreError;

    fn payload(&self, content: ContentId) -> Result<Payload, StoreError> {
        self.names.borrow_mut().insert(content);
        self.store.payload(content)
    }
}

#[test]
fn what_is_live_and_missing_is_an_error_and_not_absent() {
    let sandbox = Sandbox::new();
    sandbox.write("routing/b/1.toml", "x = 1\n");
    sandbox.write("pointers/qa.toml", "[routing.b]\nrelease = 1\n");
    sandbox.commit_all("more");
    let id = sandbox.git(&["rev-parse", "HEAD:routing/b/1.toml"]);
    let object = format!(".git/objects/{}/{}", &id[..2], &id[2..]);
    fs::remove_file(sandbox.repo().join(object)).unwrap();
    let store = sandbox.store();
    let control = store
        .snapshot(sandbox.head(), &ProjectFolder::root(), Reading::Control)
        .unwrap();
    assert!(State::read(&control, &store).is_err());
    assert!(State::in_memory(&control).is_err());
}

#[test]
fn a_large_file_is_listed_and_not_loaded() {
    let sandbox = Sandbox::new();
    sandbox.write("prompts/a/1.md", &"x".repeat(1024 * 1024 + 1));
    sandbox.commit_all("large");
    let store = sandbox.store();
    let root = ProjectFolder::root();
    let snapshots = [
        store
            .snapshot(sandbox.head(), &root, Reading::Everything)
            .unwrap(),
        store.staged(&root).unwrap(),
        store.work_tree_snapshot(&root).unwrap(),
    ];
    for snapshot in &snapshots {
        let entry = &snapshot.entries["prompts/a/1.md"];
        assert_eq!((entry.size, &entry.bytes), (1024 * 1024 + 1, &None));
        assert!(matches!(
            store.content(entry.content),
            Err(StoreError::TooLarge { .. })
        ));
    }
    assert_eq!(snapshots[0], snapshots[1]);
    assert_eq!(snapshots[0], snapshots[2]);
}

#[test]
fn projects_are_found_in_subfolders() {
    let sandbox = Sandbox::unborn();
    for folder in ["a/", "b/c/", "b/c/d/e/"] {
        sandbox.write(&format!("{folder}envctl.toml"), "schema = 1\n");
    }
    sandbox.commit_all("three");
    let store = sandbox.store();
    let found = |depth| -> Vec<String> {
        store
            .projects_within(sandbox.head(), depth)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(found(0), [""; 0]);
    assert_eq!(found(2), ["a", "b/c"]);
    assert_eq!(found(4), ["a", "b/c", "b/c/d/e"]);
    assert!(
        store
            .has_project(sandbox.head(), &"b/c".parse().unwrap())
            .unwrap()
    );
    assert!(
        !store
            .has_project(sandbox.head(), &"b".parse().unwrap())
            .unwrap()
    );
    assert_eq!(
        store
            .folder_tree(sandbox.head(), &"x".parse().unwrap())
            .unwrap(),
        None
    );
}

#[test]
fn first_parents_go_back_to_the_beginning() {
    let sandbox = Sandbox::new();
    let store = sandbox.store();
    let first = sandbox.head();
    let second = write(
        &store,
        Some(first),
        &ProjectFolder::root(),
        &[put("access.toml", "")],
    );
    let records: Vec<_> = store.first_parents(second).map(Result::unwrap).collect();
    assert_eq!(
        records.iter().map(|record| record.id).collect::<Vec<_>>(),
        [second, first]
    );
    assert_eq!(records[0].message, "change\n\nfor a reason\n");
    assert_eq!(
        (
            records[0].author.name.as_str(),
            records[0].author.at.as_second()
        ),
        ("Alice", 1_700_000_000)
    );
    assert!(
        store.is_ancestor(first, second).unwrap() && !store.is_ancestor(second, first).unwrap()
    );
}

#[test]
fn a_shallow_clone_says_where_it_ends() {
    let sandbox = Sandbox::new();
    sandbox.write("other.txt", "again\n");
    sandbox.commit_all("second");
    let url = format!("file://{}", sandbox.repo().display());
    sandbox.git(&["clone", "-q", "--depth", "1", &url, "../shallow"]);
    let store = Store::open(Discovery::From(&sandbox.path("shallow"))).unwrap();
    assert!(store.is_shallow());
    let walked: Vec<_> = store.first_parents(sandbox.head()).collect();
    assert_eq!(walked.len(), 2);
    assert!(walked[0].is_ok());
    assert!(matches!(walked[1], Err(StoreError::Shallow { commit }) if commit == sandbox.head()));
}

#[test]
fn replaced_and_grafted_history_is_noticed() {
    let sandbox = Sandbox::new();
    sandbox.store().require_unaltered_history().unwrap();
    sandbox.write("other.txt", "again\n");
    sandbox.commit_all("second");
    sandbox.git(&["replace", "HEAD", "HEAD~1"]);
    assert!(matches!(
        sandbox.store().require_unaltered_history(),
        Err(StoreError::AlteredHistory { .. })
    ));
    sandbox.git(&["replace", "-d", "HEAD"]);
    fs::write(
        sandbox.repo().join(".git/info/grafts"),
        format!("{}\n", sandbox.head()),
    )
    .unwrap();
    assert!(matches!(
        sandbox.store().require_unaltered_history(),
        Err(StoreError::AlteredHistory { .. })
    ));
}

#[test]
fn a_conflicted_file_is_named_when_the_index_is_read() {
    let sandbox = Sandbox::new();
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.write("pointers/prod.toml", "version = 2\n");
    sandbox.commit_all("two");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("pointers/prod.toml", "version = 3\n");
    sandbox.commit_all("three");
    assert!(
        !sandbox
            .try_git(&sandbox.repo(), &["merge", "-q", "side"])
            .status
            .success()
    );
    let staged = sandbox.store().staged(&ProjectFolder::root());
    assert!(matches!(staged, Err(StoreError::Conflicted { path }) if path == "pointers/prod.toml"));
}

#[test]
fn a_new_repository_is_on_the_given_branch() {
    let sandbox = Sandbox::bare_of_everything();
    let store = Store::create(
        &sandbox.path("new"),
        &"trunk".parse().unwrap(),
        &GitEnvironment::default(),
    )
    .unwrap();
    assert_eq!(
        store.head().unwrap(),
        Head::Branch("trunk".parse().unwrap())
    );
    assert!(
        Store::create(
            &sandbox.path("new"),
            &"trunk".parse().unwrap(),
            &GitEnvironment::default()
        )
        .is_err()
    );
}

#[test]
fn what_is_served_is_the_same_from_the_few_files_that_decide() {
    let world = World::of("support");
    let tip = world.session.tip().unwrap();
    let project = world.state(tip).project;
    let mut asked: Vec<Option<&str>> = project
        .environments
        .keys()
        .map(|slug| Some(slug.as_str()))
        .collect();
    asked.extend([None, Some("missing"), Some("No slug")]);
    let mut resources: Vec<_> = project.versions.keys().cloned().collect();
    resources.push(resource("prompts/missing"));
    let mut served = 0;
    for (asked, resource) in asked.iter().flat_map(|asked| {
        let each = resources.iter();
        each.map(move |resource| (*asked, resource))
    }) {
        for unknown in [Unknown::FallsBack, Unknown::IsRefused] {
            let whole = resolve(&project, resource, asked, unknown).ok();
            let alone = resolve_alone(&world.session, None, resource, (asked, unknown)).unwrap();
            served += usize::from(whole.is_some());
            assert_eq!(
                alone.map(|alone| alone.resolution),
                whole,
                "{resource} for {asked:?}"
            );
        }
    }
    assert!(served > 0);
}
