use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use crate::diag::Finding;
use crate::files::reader::{TomlReader, TomlTable};
use crate::files::splice::{Layout, Splice, quoted};
use crate::model::{
    Access, Email, GrantScope, Member, MemberName, Permission, PublicKey, Role, RoleName,
    SigningKey,
};

/// The keys of a member, in the order in which they are written.
const KEYS: [&str; 5] = ["emails", "roles", "environments", "keys", "bot"];

/// Reads `access.toml`. What cannot be read grants nothing.
pub(super) fn read(file: &str, entries: &DeTable<'_>) -> (Access, Vec<Finding>) {
    let mut reader = TomlReader::new(file);
    let mut root = TomlTable::root(entries);
    let access = Access {
        signatures: root.text(&mut reader, "signatures").unwrap_or_default(),
        members: root
            .table(&mut reader, "members")
            .map(|table| members(&mut reader, &table))
            .unwrap_or_default(),
        roles: root
            .table(&mut reader, "roles")
            .map(|table| roles(&mut reader, &table))
            .unwrap_or_default(),
    };
    root.finish(&mut reader);
    (access, reader.into_findings())
}

fn members(reader: &mut TomlReader<'_>, table: &TomlTable<'_, '_>) -> BTreeMap<MemberName, Member> {
    let mut members = BTreeMap::new();
    for (name, mut entry) in table.tables(reader) {
        let member = member(reader, &mut entry);
        match name.parse() {
            Ok(name) => drop(members.insert(name, member)),
            Err(error) => reader.invalid(
                &table.path_of(name),
                format!("{name:?} is no name of a member: {error}"),
            ),
        }
        entry.finish(reader);
    }
    members
}

fn member(reader: &mut TomlReader<'_>, table: &mut TomlTable<'_, '_>) -> Member {
    Member {
        emails: table
            .required_texts::<Email>(reader, "emails")
            .into_iter()
            .collect(),
        roles: table.texts::<Role>(reader, "roles").into_iter().collect(),
        environments: table
            .table(reader, "environments")
            .map(|table| grants(reader, &table))
            .unwrap_or_default(),
        keys: table.texts::<SigningKey>(reader, "keys"),
        bot: table.boolean(reader, "bot").unwrap_or_default(),
    }
}

fn grants(
    reader: &mut TomlReader<'_>,
    table: &TomlTable<'_, '_>,
) -> BTreeMap<GrantScope, BTreeSet<Role>> {
    let mut grants = BTreeMap::new();
    for (name, roles) in table.lists(reader) {
        match name.parse() {
            Ok(scope) => drop(grants.insert(scope, roles.into_iter().collect())),
            Err(error) => reader.invalid(
                &table.path_of(name),
                format!("{name:?} is no slug: {error}"),
            ),
        }
    }
    grants
}

fn roles(
    reader: &mut TomlReader<'_>,
    table: &TomlTable<'_, '_>,
) -> BTreeMap<RoleName, BTreeSet<Permission>> {
    let mut roles = BTreeMap::new();
    for (name, mut entry) in table.tables(reader) {
        let permissions = entry
            .required_texts(reader, "permissions")
            .into_iter()
            .collect();
        match name.parse::<Role>() {
            Ok(Role::Custom(name)) => drop(roles.insert(name, permissions)),
            Ok(built_in) => reader.invalid(
                &table.path_of(name),
                format!("`{built_in}` is a role of every project"),
            ),
            Err(error) => reader.invalid(
                &table.path_of(name),
                format!("{name:?} is no name of a role: {error}"),
            ),
        }
        entry.finish(reader);
    }
    roles
}

/// An `access.toml` that says nothing yet.
pub(super) const EMPTY: &str = "# Who may do what: envctl help access\n";

impl MemberEdit {
    /// Nothing to change yet of the member `name`.
    pub fn of(name: MemberName) -> Self {
        let (emails, roles, environment) = (None, None, None);
        Self {
            name,
            emails,
            roles,
            environment,
            add_key: None,
            remove_key: None,
            bot: None,
        }
    }
}

/// What to change of one member; what is `None` stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberEdit {
    /// Which member; one that is not there is added.
    pub name: MemberName,
    /// All the addresses.
    pub emails: Option<Vec<Email>>,
    /// All the roles in the whole project; none left: the key goes.
    pub roles: Option<Vec<Role>>,
    /// All the roles in an environment; none left: the key goes.
    pub environment: Option<(GrantScope, Vec<Role>)>,
    /// Another key, as it is written in the file; of one that is there already, its limits are replaced.
    pub add_key: Option<SigningKey>,
    /// A key that goes.
    pub remove_key: Option<PublicKey>,
    /// Whether it is a program.
    pub bot: Option<bool>,
}

/// Lets a member say something else, and touches nothing but its lines.
///
/// # Errors
///
/// The table that is inline or dotted, where only values that are there can be replaced.
pub(super) fn edit(splice: &mut Splice, edit: &MemberEdit) -> Result<(), String> {
    let name = edit.name.as_str();
    let mut member = MemberSplice { splice, name };
    if let Some(emails) = &edit.emails {
        member.set_list("emails", &texts(emails))?;
    }
    if let Some(roles) = &edit.roles {
        member.set_list("roles", &texts(roles))?;
    }
    if let Some((scope, roles)) = &edit.environment {
        member.grant(scope, &texts(roles))?;
    }
    if edit.add_key.is_some() || edit.remove_key.is_some() {
        let mut keys = member.splice.texts(&["members", name, "keys"]);
        let is = |text: &String, key: &PublicKey| {
            text.parse::<SigningKey>()
                .is_ok_and(|known| known.key == *key)
        };
        keys.retain(|text| edit.remove_key.as_ref().is_none_or(|key| !is(text, key)));
        if let Some(new) = &edit.add_key {
            match keys.iter_mut().find(|text| is(text, &new.key)) {
                Some(text) if text.parse().as_ref() == Ok(new) => {}
                Some(text) => *text = new.to_string(),
                None => keys.push(new.to_string()),
            }
        }
        member.set_list("keys", &keys)?;
    }
    match edit.bot {
        Some(true) => member.set("bot", &["bot"], "true"),
        Some(false) => {
            member.splice.remove(&["members", name, "bot"]);
            Ok(())
        }
        None => Ok(()),
    }
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

/// Takes a member out of the file.
///
/// # Errors
///
/// When the member has no table of its own.
pub(super) fn remove(splice: &mut Splice, name: &MemberName) -> Result<(), String> {
    let keys = ["members", name.as_str()];
    // A grant may stand in a table of its own; it goes first, since it is nothing without the member.
    let _ = splice.remove_table(&[keys[0], keys[1], "environments"]);
    splice.remove_table(&keys).map_err(|Layout| keys.join("."))
}

fn list(items: &[String]) -> String {
    format!(
        "[{}]",
        items
            .iter()
            .map(|item| quoted(item))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

/// Whether both name one address, role or key: only an address has several spellings.
fn is_same(one: &str, other: &str) -> bool {
    one == other
        || one
            .parse::<Email>()
            .ok()
            .is_some_and(|one| other.parse().ok() == Some(one))
}

struct MemberSplice<'s, 'n> {
    splice: &'s mut Splice,
    name: &'n str,
}

impl MemberSplice<'_, '_> {
    /// Lets the list at `key` of the member hold `items`; an empty one goes.
    fn set_list(&mut self, key: &str, items: &[String]) -> Result<(), String> {
        self.set_list_at(key, &[key], items)
    }

    /// Grants stand as `environments.prod = […]` among the member's keys, unless they have a table of their own.
    fn grant(&mut self, scope: &GrantScope, items: &[String]) -> Result<(), String> {
        let scope = scope.to_string();
        let table = ["members", self.name, "environments"];
        if !self.splice.has_header(&table) {
            return self.set_list_at(
                &format!("environments.{scope}"),
                &["environments", &scope],
                items,
            );
        }
        let layout = || table.join(".");
        let path = [table[0], table[1], table[2], &scope];
        if items.is_empty() {
            return self
                .splice
                .remove_from(&table, &scope)
                .map_err(|Layout| layout());
        }
        let done = self.splice.hold(&path, items, is_same)
            || self.splice.insert_into(&table, &scope, &list(items), &[]);
        done.then_some(()).ok_or_else(layout)
    }

    fn set_list_at(
        &mut self,
        written: &str,
        keys: &[&str],
        items: &[String],
    ) -> Result<(), String> {
        let path: Vec<&str> = ["members", self.name].iter().chain(keys).copied().collect();
        if items.is_empty() {
            self.splice.remove(&path);
            return Ok(());
        }
        if self.splice.hold(&path, items, is_same) {
            Ok(())
        } else {
            self.set(written, keys, &list(items))
        }
    }

    fn set(&mut self, written: &str, keys: &[&str], literal: &str) -> Result<(), String> {
        let table = ["members", self.name];
        let path: Vec<&str> = table.iter().chain(keys).copied().collect();
        if self.splice.replace(&path, |_| literal.to_owned()) {
            return Ok(());
        }
        let layout = || table.join(".");
        if self.splice.has_header(&table) {
            let before = KEYS
                .iter()
                .position(|key| *key == keys[0])
                .unwrap_or(KEYS.len());
            // Grants in an inline table take none that stands in a line of its own.
            let done = self
                .splice
                .insert_into(&table, written, literal, &KEYS[..before])
                && self.splice.is_sound();
            return done.then_some(()).ok_or_else(layout);
        }
        if self.splice.has(&table) {
            return Err(layout());
        }
        let after = |other: &[String]| sorts_after(other, self.name);
        self.splice
            .insert_table(&table, &format!("{written} = {literal}"), after)
            .map_err(|Layout| layout())
    }
}

/// Whether the table with the keys `other` belongs after that of the member `name`: the roles come after all members.
fn sorts_after(other: &[String], name: &str) -> bool {
    match other {
        [first, ..] if first == "roles" => true,
        [first, member, ..] => first == "members" && member.as_str() > name,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let key =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB/4bLi5JkD1hqIrRoQ1klD3/i86JxBTwFcZFCp29GRy";
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
}
