use std::fs;
use std::io::Write;
use std::path::Path;

use git2::build::CheckoutBuilder;
use git2::{AttrCheckFlags, AttrValue, Config, Error, Oid, Repository};

use crate::model::CommitId;
use crate::store::error::StoreError;
use crate::store::ids::commit_oid;
use crate::store::private::private_directory_in;

/// Succeeds if files at `path` are converted only by what libgit2 knows: line endings and `$Id$`.
///
/// # Errors
///
/// [`StoreError::Unsupported`] for a filter that runs a program (Git LFS for one) and for another encoding in the work
/// tree: git would read other bytes there than the ones that envctl wrote.
pub(in crate::store) fn require_known(
    repo: &Repository,
    config: &Config,
    path: &str,
) -> Result<(), StoreError> {
    let unsupported = |what: String| StoreError::Unsupported {
        what,
        hint: "remove the attribute from this path in .gitattributes".to_owned(),
    };
    if let Some(name) = text_attribute(repo, path, "filter")?
        && is_configured(config, &name)
    {
        return Err(unsupported(format!(
            "{path} with the attribute filter={name}"
        )));
    }
    match text_attribute(repo, path, "working-tree-encoding")? {
        Some(name) if !name.eq_ignore_ascii_case("utf-8") => Err(unsupported(format!(
            "{path} with the attribute working-tree-encoding={name}"
        ))),
        _ => Ok(()),
    }
}

/// Returns the bytes that git would commit for a file at `path` that holds `bytes`, if only what is
/// [known](require_known) converts it.
pub(in crate::store) fn clean(
    repo: &Repository,
    path: &str,
    bytes: Vec<u8>,
) -> Result<Vec<u8>, StoreError> {
    // Cleaning only ever removes a carriage return or collapses an expanded `$Id$`. Without either
    // the bytes stay as they are, and the attributes need not be read.
    if !bytes.contains(&b'\r') && !has_ident(&bytes) {
        return Ok(bytes);
    }
    let converted = || -> Result<Vec<u8>, Error> {
        let mut writer = repo.blob_writer(Some(Path::new(path)))?;
        writer
            .write_all(&bytes)
            .map_err(|error| Error::from_str(&error.to_string()))?;
        Ok(repo.find_blob(writer.commit()?)?.content().to_vec())
    };
    converted().map_err(|error| StoreError::git(format!("convert {path} as for a commit"))(error))
}

/// Reports whether git's settings give text files Windows line endings where no attribute says
/// otherwise.
pub(in crate::store) fn prefers_crlf(config: &Config) -> bool {
    let eol_is_crlf = || {
        config
            .get_string("core.eol")
            .is_ok_and(|eol| eol.eq_ignore_ascii_case("crlf"))
    };
    cfg!(windows) || config.get_bool("core.autocrlf").unwrap_or(false) || eol_is_crlf()
}

/// Returns the bytes that git would write to the work tree for the blob at `path` of `commit`.
/// `prefers_crlf` is what [`prefers_crlf`] returned.
pub(in crate::store) fn smudge(
    repo: &Repository,
    prefers_crlf: bool,
    commit: CommitId,
    path: &str,
    blob: Oid,
) -> Result<Vec<u8>, StoreError> {
    let stored = repo
        .find_blob(blob)
        .map_err(|error| StoreError::git(format!("read the content of {path}"))(error))?;
    // libgit2 decides whether it really differs. This only spares the usual case the detour.
    let doubtful = prefers_crlf || has_ident(stored.content());
    if doubtful || text_attribute(repo, path, "eol")?.as_deref() == Some("crlf") {
        return check_out_aside(repo, commit, path);
    }
    Ok(stored.content().to_vec())
}

/// Lets libgit2 check the file out into a private folder, and returns its bytes. git2 has no
/// function that only converts.
fn check_out_aside(repo: &Repository, commit: CommitId, path: &str) -> Result<Vec<u8>, StoreError> {
    let aside = private_directory_in(repo.path())?.join("checkout");
    // An interrupted start may have left one.
    let _ = fs::remove_dir_all(&aside);
    let check_out = || -> Result<(), Error> {
        let tree = repo.find_commit(commit_oid(commit))?.tree()?;
        let mut options = CheckoutBuilder::new();
        options
            .force()
            .update_index(false)
            .refresh(false)
            .disable_pathspec_match(true);
        options.path(path).target_dir(&aside);
        repo.checkout_tree(tree.as_object(), Some(&mut options))
    };
    let checked_out = check_out()
        .map_err(|error| StoreError::git(format!("convert {path} for the work tree"))(error));
    let file = aside.join(path);
    let bytes = checked_out.and_then(|()| fs::read(&file).map_err(StoreError::io("read", &file)));
    // Whatever stays is removed by the next conversion.
    let _ = fs::remove_dir_all(&aside);
    bytes
}

/// Reports whether `$Id$` might be expanded or collapsed.
fn has_ident(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|window| window == b"$Id")
}

fn text_attribute(repo: &Repository, path: &str, name: &str) -> Result<Option<String>, StoreError> {
    let value = repo.get_attr(Path::new(path), name, AttrCheckFlags::default());
    let value =
        value.map_err(|error| StoreError::git(format!("read the attributes of {path}"))(error))?;
    Ok(match AttrValue::from_string(value) {
        AttrValue::String(text) => Some(text.to_owned()),
        _ => None,
    })
}

fn is_configured(config: &Config, filter: &str) -> bool {
    ["clean", "smudge", "process"]
        .iter()
        .any(|what| config.get_entry(&format!("filter.{filter}.{what}")).is_ok())
}
