use crate::files::splice::{Layout, Splice, quoted};
use crate::model::{Email, GrantScope, MemberName, PublicKey, Role, SigningKey};

/// The keys of a member, in the order in which they are written.
const KEYS: [&str; 5] = ["emails", "roles", "environments", "keys", "bot"];

/// What to change of one member; what is `None` stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberEdit {
    /// The member, which is added if it does not exist.
    pub name: MemberName,
    /// All addresses.
    pub emails: Option<Vec<Email>>,
    /// All roles in the whole project; if empty, the key is removed.
    pub roles: Option<Vec<Role>>,
    /// All roles in an environment; if empty, the key is removed.
    pub environment: Option<(GrantScope, Vec<Role>)>,
    /// A key to add, as the file should list it. If it is listed already, its limits are replaced.
    pub add_key: Option<SigningKey>,
    /// A key to remove.
    pub remove_key: Option<PublicKey>,
    /// Whether the member is a program.
    pub bot: Option<bool>,
}

impl MemberEdit {
    /// Returns an edit of the member `name` that changes nothing yet.
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

/// Makes the edit in the lines of the member, and touches no others.
///
/// # Errors
///
/// The name of the table that is inline or dotted: there, only existing values can be replaced.
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
        // Keys are compared by what they are: the same key may be listed with another comment or
        // other limits.
        let is = |text: &String, key: &PublicKey| {
            text.parse::<SigningKey>()
                .is_ok_and(|known| known.key == *key)
        };
        keys.retain(|text| edit.remove_key.as_ref().is_none_or(|key| !is(text, key)));
        if let Some(new) = &edit.add_key {
            match keys.iter_mut().find(|text| is(text, &new.key)) {
                // An entry that means the same keeps its spelling, with its comment.
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

/// Removes a member from the file.
///
/// # Errors
///
/// When the member has no table of its own.
pub(super) fn remove(splice: &mut Splice, name: &MemberName) -> Result<(), String> {
    let keys = ["members", name.as_str()];
    // Grants may have a table of their own. It is removed first: without its member it would be an
    // invalid table left behind.
    let _ = splice.remove_table(&[keys[0], keys[1], "environments"]);
    splice.remove_table(&keys).map_err(|Layout| keys.join("."))
}

/// Returns `items` as a TOML array on one line.
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

/// Reports whether both name the same address, role or key. Only addresses have several spellings.
fn is_same(one: &str, other: &str) -> bool {
    one == other
        || one
            .parse::<Email>()
            .ok()
            .is_some_and(|one| other.parse().ok() == Some(one))
}

/// An editor of the lines of one member.
struct MemberSplice<'s, 'n> {
    splice: &'s mut Splice,
    name: &'n str,
}

impl MemberSplice<'_, '_> {
    /// Makes the list at `key` of the member hold `items`; an empty one is removed.
    fn set_list(&mut self, key: &str, items: &[String]) -> Result<(), String> {
        self.set_list_at(key, &[key], items)
    }

    /// Sets the roles in `scope`. They are written as `environments.prod = […]` among the member's keys,
    /// unless they have a table of their own.
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

    /// Makes the list at `keys` of the member hold `items`, written as `written` if the key is new.
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

    /// Sets the value at `keys` of the member, written as `written` if the key is new.
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
            // Grants in an inline table cannot be extended by a line of their own: the result would
            // not be TOML, which is checked here.
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

/// Reports whether the table with the keys `other` belongs after that of the member `name`: members by name,
/// then roles.
fn sorts_after(other: &[String], name: &str) -> bool {
    match other {
        [first, ..] if first == "roles" => true,
        [first, member, ..] => first == "members" && member.as_str() > name,
        _ => false,
    }
}
