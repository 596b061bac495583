//! Repositories that envctl does not work with, and why not.

use std::path::Path;

use git2::{Config, Error, ErrorCode, Repository};

use crate::store::error::StoreError;
use crate::store::settings::values::GitSettings;

/// Succeeds unless git's settings say that a bare repository must be named to be used.
pub(in crate::store) fn require_findable(
    repo: &Repository,
    settings: &GitSettings,
) -> Result<(), StoreError> {
    let inside = repo
        .path()
        .components()
        .any(|part| part.as_os_str() == ".git");
    // A bare repository inside of a work tree may have come with a clone, and its settings can run
    // programs. So git, and envctl, can be told to ignore one that was only found. A `.git` folder
    // is never such a repository, because git does not check one out.
    if !repo.is_bare() || inside || !settings.names_bare_repositories()? {
        return Ok(());
    }
    Err(StoreError::Unsupported {
        what: "a bare repository that is not named, where safe.bareRepository is explicit,"
            .to_owned(),
        hint: "name it with the variable GIT_DIR".to_owned(),
    })
}

pub(in crate::store) fn is_partial(config: &Config) -> bool {
    let promised = || {
        let mut entries = config.entries(Some(r"remote\..*\.promisor")).ok()?;
        // The setting of a remote is checked as well as the extension, because a partial clone made
        // by an older git has only that.
        entries.next()?.ok().map(|_| ())
    };
    config.get_entry("extensions.partialclone").is_ok() || promised().is_some()
}

/// Explains why the repository at `start` could not be opened.
pub(in crate::store) fn why_not(error: &Error, start: &Path) -> StoreError {
    let text = error.message();
    match error.code() {
        ErrorCode::NotFound => StoreError::NotARepository {
            path: start.to_owned(),
        },
        ErrorCode::Owner => {
            // The message of libgit2 names the repository, whereas `start` may be a folder far
            // below it.
            let named = text.split('\'').nth(1).map_or(start, Path::new);
            StoreError::ForeignOwner {
                path: named.components().collect(),
            }
        }
        _ if text.contains("extension")
            || text.contains("object format")
            || text.contains("repository version") =>
        {
            unsupported(&format!("this kind of repository ({text})"))
        }
        _ => StoreError::Git {
            doing: format!("open the repository at {}", start.display()),
            source: Error::new(error.code(), error.class(), text).into(),
        },
    }
}

pub(in crate::store) fn unsupported(what: &str) -> StoreError {
    StoreError::Unsupported {
        what: what.to_owned(),
        hint: "use a full clone with SHA-1 names and the files reference format".to_owned(),
    }
}
