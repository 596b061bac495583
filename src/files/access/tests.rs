use super::*;
use crate::files::member_edit::{MemberEdit, edit, remove};
use crate::files::splice::Splice;

const FILE: &str = "\
signatures = \"required\"

[members.ana] # the first
emails = [\"ana@example.org\"]
roles = [\"owner\"]

[members.ci]
emails = [\"ci@example.org\"]
environments.staging = [\"developer\"]
bot = true

[roles.release-manager]
permissions = [\"prompt:review\", \"routing:review\"]
";

fn read_text(text: &str) -> (Access, Vec<Finding>) {
    read("access.toml", DeTable::parse(text).unwrap().get_ref())
}

fn nothing(name: &str) -> MemberEdit {
    MemberEdit::of(name.parse().unwrap())
}

fn edited(text: &str, change: &MemberEdit) -> String {
    let mut splice = Splice::new(text).unwrap();
    edit(&mut splice, change).unwrap();
    splice.into_text()
}

#[test]
fn members_roles_and_signatures_are_read() {
    let (access, findings) = read_text(FILE);
    assert_eq!(findings, []);
    assert_eq!(access.signatures, crate::model::Signatures::Required);
    let (name, ana) = access.member("ANA@example.org").unwrap();
    assert!(name.as_str() == "ana" && ana.is_owner() && !ana.bot);
    assert!(
        access.member("ci@example.org").unwrap().1.bot
            && access.member("bob@example.org").is_none()
    );
    assert_eq!(access.roles.len(), 1);
}

#[test]
fn what_cannot_be_read_grants_nothing() {
    let text = "[members.ana]\nemails = [\"a\"]\nroles = [\"owner\", \"Chief\"]\nkey = []\n[members.Bob]\n\
                emails = [\"b\"]\n[roles.owner]\npermissions = []\n[roles.x]\npermissions = [\"prompt:pubish\"]\n";
    let (access, findings) = read_text(text);
    assert_eq!(findings.len(), 5, "{findings:#?}");
    assert_eq!(access.members.len(), 1);
    assert!(access.roles.values().all(BTreeSet::is_empty) && access.roles.len() == 1);
}

#[test]
fn a_grant_touches_its_line_and_no_other() {
    let grant = MemberEdit {
        environment: Some((GrantScope::Production, vec![Role::Admin])),
        ..nothing("ana")
    };
    let with = edited(FILE, &grant);
    let line = "environments.production = [\"admin\"]\n";
    assert_eq!(
        with,
        FILE.replace(
            "roles = [\"owner\"]\n",
            &format!("roles = [\"owner\"]\n{line}")
        )
    );
    let revoke = MemberEdit {
        environment: Some((GrantScope::Production, Vec::new())),
        ..nothing("ana")
    };
    assert_eq!(edited(&with, &revoke), FILE);
}

#[test]
fn what_is_added_beside_a_table_of_grants_stays_out_of_it() {
    let text = "[members.bob]\nemails = ['bob@example.org'] # work\n\n[members.bob.environments]\nprod = [\"viewer\"]\n";
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB/4bLi5JkD1hqIrRoQ1klD3/i86JxBTwFcZFCp29GRy";
    for (change, line) in [
        (
            MemberEdit {
                add_key: Some(key.parse().unwrap()),
                ..nothing("bob")
            },
            format!("keys = [\"{key}\"]\n"),
        ),
        (
            MemberEdit {
                roles: Some(vec![Role::Admin]),
                ..nothing("bob")
            },
            "roles = [\"admin\"]\n".to_owned(),
        ),
        (
            MemberEdit {
                bot: Some(true),
                ..nothing("bob")
            },
            "bot = true\n".to_owned(),
        ),
    ] {
        assert_eq!(
            edited(text, &change),
            text.replace("# work\n", &format!("# work\n{line}"))
        );
    }
}

#[test]
fn a_member_comes_where_it_sorts_and_goes_again() {
    let emails = Some(vec!["bob@example.org".parse().unwrap()]);
    let with = edited(
        FILE,
        &MemberEdit {
            emails,
            roles: Some(vec![Role::Developer]),
            ..nothing("bob")
        },
    );
    let block = "[members.bob]\nemails = [\"bob@example.org\"]\nroles = [\"developer\"]\n\n";
    assert_eq!(
        with,
        FILE.replace("[members.ci]", &format!("{block}[members.ci]"))
    );
    let mut splice = Splice::new(&with).unwrap();
    remove(&mut splice, &"bob".parse().unwrap()).unwrap();
    assert_eq!(splice.into_text(), FILE);
    let first = edited(
        EMPTY,
        &MemberEdit {
            emails: Some(vec!["a@x".parse().unwrap()]),
            ..nothing("a")
        },
    );
    assert_eq!(first, format!("{EMPTY}\n[members.a]\nemails = [\"a@x\"]\n"));
}
