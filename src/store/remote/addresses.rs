use crate::model::RemoteName;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// The addresses of a remote in git's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Addresses {
    fetched: Vec<String>,
    /// Empty if it is pushed to the address that it is fetched from.
    pushed: Vec<String>,
}

impl Store {
    /// Returns the addresses of `remote`.
    pub(in crate::store) fn addresses(&self, remote: &RemoteName) -> Result<Addresses, StoreError> {
        let listed = |key: &str| {
            let texts = self.settings().texts(&format!("remote.{remote}.{key}"))?;
            // An empty value clears those before it, as in git.
            let cleared = texts
                .iter()
                .rposition(String::is_empty)
                .map_or(0, |at| at + 1);
            Ok(texts[cleared..].to_vec())
        };
        Ok(Addresses {
            fetched: listed("url")?,
            pushed: listed("pushurl")?,
        })
    }
}

impl Addresses {
    fn targets(&self) -> &[String] {
        if self.pushed.is_empty() {
            &self.fetched
        } else {
            &self.pushed
        }
    }

    /// Returns the address that is pushed to first, if it is not the one that the remote is fetched
    /// from. Its branch decides whether a push has landed.
    pub(in crate::store) fn elsewhere(&self) -> Option<&str> {
        let first = self.pushed.first()?;
        (self.fetched.first() != Some(first)).then_some(first)
    }

    /// Returns what to ask about the branch, as a git argument: the address that is pushed to
    /// first, or else the remote's name.
    pub(in crate::store) fn asked<'a>(&'a self, remote: &'a RemoteName) -> &'a str {
        self.elsewhere().unwrap_or(remote.as_str())
    }

    /// Returns what to push to first. That is the remote's name only if it has one address, since
    /// git pushes to all of them at once by name.
    pub(in crate::store) fn first<'a>(&'a self, remote: &'a RemoteName) -> &'a str {
        match self.targets() {
            [first, _, ..] => first,
            _ => remote.as_str(),
        }
    }

    /// Returns the addresses that must get what the first has.
    pub(in crate::store) fn others(&self) -> &[String] {
        self.targets().get(1..).unwrap_or_default()
    }
}

/// Returns `address` without the name and the password in it.
pub(in crate::store) fn without_login(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            // The last `@` before the path: a password may contain one, and half of it must not be
            // shown.
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(fetched: &[&str], pushed: &[&str]) -> Addresses {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Addresses {
            fetched: owned(fetched),
            pushed: owned(pushed),
        }
    }

    #[test]
    fn what_is_pushed_to_first_is_what_is_asked() {
        let origin: RemoteName = "origin".parse().unwrap();
        for (fetched, pushed, asked, first, others) in [
            (vec!["a"], vec![], "origin", "origin", 0),
            (vec!["a"], vec!["a"], "origin", "origin", 0),
            (vec!["a"], vec!["b"], "b", "origin", 0),
            (vec!["a", "b"], vec![], "origin", "a", 1),
            (vec!["a"], vec!["a", "b"], "origin", "a", 1),
            (vec!["a"], vec!["b", "c", "a"], "b", "b", 2),
            (vec![], vec!["b"], "b", "origin", 0),
        ] {
            let addresses = addresses(&fetched, &pushed);
            assert_eq!(addresses.asked(&origin), asked, "{addresses:?}");
            assert_eq!(addresses.first(&origin), first, "{addresses:?}");
            assert_eq!(addresses.others().len(), others, "{addresses:?}");
        }
    }

    #[test]
    fn a_login_is_not_shown() {
        for (address, shown) in [
            ("https://u:p@w@h/x@y", "https://h/x@y"),
            ("https://h/x", "https://h/x"),
            ("git@h:x", "git@h:x"),
            ("/a/b", "/a/b"),
        ] {
            assert_eq!(without_login(address), shown);
        }
    }
}
