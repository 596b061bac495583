use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use crate::diag::Finding;
use crate::files::reader::{TomlReader, TomlTable};
use crate::model::{
    Access, Email, GrantScope, Member, MemberName, Permission, Role, RoleName, SigningKey,
};

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

/// Reads the members. One whose name is invalid is a finding and grants nothing.
fn members(reader: &mut TomlReader<'_>, table: &TomlTable<'_, '_>) -> BTreeMap<MemberName, Member> {
    let mut members = BTreeMap::new();
    for (name, mut entry) in table.tables(reader) {
        let member = member(reader, &mut entry);
        // The entry is read before its name is judged, so that one bad name does not hide what is
        // wrong inside of it.
        match name.parse() {
            Ok(name) => drop(members.insert(name, member)),
            Err(error) => reader.invalid(
                &table.path_of(name),
                format!("invalid member name {name:?}: {error}"),
            ),
        }
        entry.finish(reader);
    }
    members
}

/// Reads one member.
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

/// Reads the roles of a member that apply in single environments.
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
                format!("invalid slug {name:?}: {error}"),
            ),
        }
    }
    grants
}

/// Reads the roles that the project defines.
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
            // A definition of `owner` here would change what everybody takes that word to mean.
            Ok(Role::Custom(name)) => drop(roles.insert(name, permissions)),
            Ok(built_in) => reader.invalid(
                &table.path_of(name),
                format!("`{built_in}` is a built-in role and cannot be defined"),
            ),
            Err(error) => reader.invalid(
                &table.path_of(name),
                format!("invalid role name {name:?}: {error}"),
            ),
        }
        entry.finish(reader);
    }
    roles
}

/// The text of an `access.toml` without members.
pub(super) const EMPTY: &str = "# Who may do what: envctl help access\n";

#[cfg(test)]
mod tests;
