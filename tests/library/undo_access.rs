//! What is granted and revoked again leaves the file as people wrote it.

use envctl::files::{Snapshot, State, apply};
use envctl::model::{Email, GrantScope, Role, SigningKey};
use envctl::plan::{Grant, Plan, Revocation, Who, grant, revoke};
use envctl::store::Store;

use crate::fixtures::{Files, project, snapshot};

const FILE: &str = "access.toml";
const OWNER: &str = "[members.ana]\nemails = [\"ana@x\"]\nroles = [\"owner\"]\n";
const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB/4bLi5JkD1hqIrRoQ1klD3/i86JxBTwFcZFCp29GRy zoe@laptop";

/// bob, as different people might have written him down. An empty list is not among them: that one stood there is nowhere noted.
const SPELLINGS: [&str; 9] = [
    "[members.bob]\nemails = ['Zoe@Example.org' , \"bob@x\",] # two\nroles = [ 'developer' ]\n",
    "# the second\n[members.'bob']\nemails = [\n  # first\n  'zoe@x', # home\n\n  \"bob@x\" # work\n  # last\n]\nroles=['viewer']\n",
    "[members.bob]\nemails = [\n\t\"zoe@x\", \"bob@x\",\n\t\"al@x\" ]\nroles = [\n    \"viewer\",\n]\nbot = false\n",
    "[members.bob]\nemails = [\"bob@x\"]\n\n[members.bob.environments] # where\nstaging = ['viewer' ,'developer']\n",
    "[members.bob]\nenvironments.prod = ['viewer'] # for now\n# who\nemails = [\"bob@x\"]\n",
    "[members.bob.environments]\n\"prod\" = [\"viewer\"]\nproduction = []\n\n[members.bob]\nroles = [\"developer\"]\nemails = ['bob@x']\n",
    "[members]\nbob = { emails = [ \"bob@x\" ], roles = ['viewer', 'developer'] }\n\n[members.cy]\nemails = [\"cy@x\"]\n",
    "[members.bob]\nemails = [\"bob@x\"]\nenvironments = { prod = [\"viewer\"] }\n",
    "[members.bob]\nemails = [\"bob@x\"]\nkeys = [\n    \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlE0R4rBkLbcTqvo5i6Hsh3YBUDVGbgvOPmqVbL5Dws\"\n]\n\n[roles.lead]\npermissions = []\n",
];

fn files(text: &str) -> Snapshot {
    let mut files: Files = project("support");
    files.insert(FILE.to_owned(), text.as_bytes().into());
    snapshot(&files)
}

fn edited(before: &Snapshot, plan: &Plan) -> Option<Snapshot> {
    let changes = apply(before, &plan.edits).ok()?;
    Some(before.with(&changes, Store::content_id))
}

/// What is granted to bob, and what takes just that away.
fn pairs() -> Vec<(Grant, Revocation)> {
    let who = || Who::Member("bob".parse().unwrap());
    let pair = |role: Option<Role>,
                scope: Option<GrantScope>,
                email: Option<Email>,
                key: Option<SigningKey>| {
        let roles: Vec<Role> = role.into_iter().collect();
        let emails = email.iter().cloned().collect();
        let public = key.as_ref().map(|key| key.key.clone());
        let (scoped, roled) = (scope.clone(), roles.clone());
        (
            Grant {
                who: who(),
                roles,
                scope,
                name: None,
                emails,
                key,
                bot: false,
                reason: None,
            },
            Revocation {
                who: who(),
                roles: roled,
                scope: scoped,
                email,
                key: public,
                reason: None,
            },
        )
    };
    vec![
        pair(Some(Role::Admin), None, None, None),
        pair(Some(Role::Admin), Some("prod".parse().unwrap()), None, None),
        pair(
            Some(Role::Admin),
            Some("staging".parse().unwrap()),
            None,
            None,
        ),
        pair(None, None, Some("a@x".parse().unwrap()), None),
        pair(None, None, None, Some(KEY.parse().unwrap())),
        pair(
            Some(Role::Admin),
            Some("staging".parse().unwrap()),
            Some("a@x".parse().unwrap()),
            Some(KEY.parse().unwrap()),
        ),
    ]
}

#[test]
fn a_grant_and_its_revocation_give_the_same_bytes() {
    let mut undone = 0;
    for spelling in SPELLINGS {
        let text = format!("{OWNER}\n{spelling}");
        for text in [
            text.clone(),
            text.trim_end().to_owned(),
            text.replace('\n', "\r\n"),
        ] {
            let before = files(&text);
            let state = State::in_memory(&before).unwrap();
            assert_eq!(state.findings, [], "{text}");
            for (grants, revokes) in pairs() {
                // An inline table takes no new keys, and says so.
                let Some(there) = edited(&before, &grant(&state.project, &grants).unwrap()) else {
                    assert!(text.contains('{'), "{text}");
                    continue;
                };
                let granted = State::in_memory(&there).unwrap();
                assert_eq!(granted.findings, [], "{:?}", there.text(FILE));
                let (old, new) = (&state.project.access, &granted.project.access);
                let others = |access: &envctl::model::Access| {
                    let mut access = access.clone();
                    access.members.remove(&"bob".parse().unwrap());
                    access
                };
                assert_eq!(others(old.as_ref().unwrap()), others(new.as_ref().unwrap()));
                assert!(
                    grant(&granted.project, &grants).unwrap().edits.is_empty(),
                    "{:?}",
                    there.text(FILE)
                );
                let back = edited(&there, &revoke(&granted.project, &revokes).unwrap()).unwrap();
                assert_eq!(
                    back.text(FILE),
                    Some(text.as_str()),
                    "through {:?}",
                    there.text(FILE)
                );
                undone += 1;
            }
        }
    }
    assert!(undone > 120, "{undone}");
}
