use git2::{Error, ErrorClass, ErrorCode, ObjectType, Oid, ReferenceType, RepositoryState};

use crate::model::{BranchName, CommitId, RemoteName};
use crate::store::error::StoreError;
use crate::store::history::record::listed_commits;
use crate::store::ids::{commit_id, commit_oid};
use crate::store::open::Store;
use crate::store::tree::header::header;

/// How many symbolic references git follows in a row.
const FARTHEST: usize = 5;
/// The fewest digits of an object's name that git accepts.
const SHORTEST_NAME: usize = 4;

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A branch, possibly one without a commit yet.
    Branch(BranchName),
    /// A commit, and no branch.
    Detached(CommitId),
}

impl Store {
    /// Returns what is checked out where the repository was opened.
    ///
    /// # Errors
    ///
    /// When `HEAD` cannot be read, or names something that is neither a branch nor a commit.
    pub fn head(&self) -> Result<Head, StoreError> {
        let doing = "read HEAD";
        let head = self
            .repo
            .find_reference("HEAD")
            .map_err(StoreError::git(doing))?;
        if let Some(target) = head.symbolic_target().map_err(StoreError::git(doing))? {
            let branch = target
                .strip_prefix("refs/heads/")
                .and_then(|name| name.parse().ok());
            return branch
                .map(Head::Branch)
                .ok_or_else(|| StoreError::Unsupported {
                    what: format!("HEAD at {target:?}"),
                    hint: "check out a branch, with: git switch BRANCH".to_owned(),
                });
        }
        let id = head
            .target()
            .ok_or_else(|| Error::from_str("it is empty"))
            .map_err(StoreError::git(doing))?;
        Ok(Head::Detached(commit_id(id)))
    }

    /// Returns the operation that was begun in this checkout and is not finished, as git calls it,
    /// or `None`.
    pub fn unfinished_operation(&self) -> Option<&'static str> {
        Some(match self.repo.state() {
            RepositoryState::Clean => return None,
            RepositoryState::Merge => "merge",
            RepositoryState::Revert | RepositoryState::RevertSequence => "revert",
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => "cherry-pick",
            RepositoryState::Bisect => "bisect",
            RepositoryState::ApplyMailbox => "am",
            RepositoryState::Rebase
            | RepositoryState::RebaseInteractive
            | RepositoryState::RebaseMerge
            | RepositoryState::ApplyMailboxOrRebase => "rebase",
        })
    }

    /// Returns the commits that are being merged into what is checked out. Empty if no merge is in
    /// progress.
    ///
    /// # Errors
    ///
    /// When git's note of them cannot be read.
    pub fn merge_heads(&self) -> Result<Vec<CommitId>, StoreError> {
        let path = self.git_directory().join("MERGE_HEAD");
        match std::fs::read_to_string(&path) {
            Ok(text) => listed_commits(&text, &path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// Returns where the reference `name` leads if it is a symbolic one, through any number of
    /// them, or `name` itself, whether or not it exists.
    ///
    /// # Errors
    ///
    /// When a reference cannot be read, or the symbolic references form a circle.
    pub fn followed(&self, name: &str) -> Result<String, StoreError> {
        let doing = || format!("read the reference {name}");
        let mut name = name.to_owned();
        for _ in 0..FARTHEST {
            let target = match self.repo.find_reference(&name) {
                Ok(reference) => reference
                    .symbolic_target()
                    .map_err(StoreError::git(doing()))?
                    .map(str::to_owned),
                Err(error)
                    if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) =>
                {
                    None
                }
                Err(error) => return Err(StoreError::git(doing())(error)),
            };
            match target {
                Some(target) => name = target,
                None => return Ok(name),
            }
        }
        Err(StoreError::git(doing())(Error::from_str(
            "too many symbolic references lead to each other",
        )))
    }

    /// Returns the commit that `branch` is at, or `None` if there is no such branch yet.
    ///
    /// # Errors
    ///
    /// [`StoreError::BrokenBranch`] if the reference is empty, garbage or symbolic, or names an object that is missing or
    /// not a commit. Such a branch exists, and must not be mistaken for a new one.
    pub fn tip(&self, branch: &BranchName) -> Result<Option<CommitId>, StoreError> {
        let broken = |source: Error| StoreError::BrokenBranch {
            branch: branch.clone(),
            source: source.into(),
        };
        let reference = match self.repo.find_reference(&branch.reference()) {
            Ok(reference) => reference,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(broken(error)),
        };
        if reference.kind() == Some(ReferenceType::Symbolic) {
            return Err(broken(Error::from_str(
                "it is a symbolic reference; name the branch that it points to",
            )));
        }
        let id = reference
            .target()
            .ok_or_else(|| broken(Error::from_str("it does not point to an object")))?;
        let unreadable = |error: Error| {
            broken(Error::from_str(&format!(
                "cannot read the commit {id}: {error}"
            )))
        };
        match self.kind_of(id).map_err(unreadable)? {
            ObjectType::Commit => Ok(Some(commit_id(id))),
            kind => Err(broken(Error::from_str(&format!(
                "it names a {kind}, not a commit"
            )))),
        }
    }

    /// Returns the commit that is checked out, or in a bare repository the tip of its first branch.
    /// `None` if there is none yet.
    ///
    /// # Errors
    ///
    /// As [`Store::head`] and [`Store::tip`].
    pub fn head_commit(&self) -> Result<Option<CommitId>, StoreError> {
        match self.head()? {
            Head::Branch(branch) => self.tip(&branch),
            Head::Detached(commit) => Ok(Some(commit)),
        }
    }

    /// Returns where `branch` of `remote` was at the last fetch, or `None` if it was never fetched
    /// or did not exist.
    ///
    /// # Errors
    ///
    /// When the reference cannot be read.
    pub fn tracked_tip(
        &self,
        remote: &RemoteName,
        branch: &BranchName,
    ) -> Result<Option<CommitId>, StoreError> {
        let name = format!("refs/remotes/{remote}/{branch}");
        match self.repo.find_reference(&name) {
            Ok(reference) => Ok(reference.target().map(commit_id)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(StoreError::git(format!("read {name}"))(error)),
        }
    }

    /// Returns every branch with its tip: those here, or those of `remote` as of the last fetch.
    /// Symbolic references are left out, since they lead to one of the others, and so are names
    /// that are not a valid [`BranchName`].
    ///
    /// # Errors
    ///
    /// When the references cannot be listed.
    pub fn branch_tips(
        &self,
        remote: Option<&RemoteName>,
    ) -> Result<Vec<(BranchName, CommitId)>, StoreError> {
        let folder = match remote {
            None => "refs/heads/".to_owned(),
            Some(remote) => format!("refs/remotes/{remote}/"),
        };
        let listed = || StoreError::git(format!("list {folder}"));
        let mut tips = Vec::new();
        let references = self.repo.references().map_err(|error| listed()(error))?;
        for reference in references {
            let reference = reference.map_err(|error| listed()(error))?;
            let name = std::str::from_utf8(reference.name_bytes()).ok();
            let branch =
                name.and_then(|name| name.strip_prefix(&folder)?.parse::<BranchName>().ok());
            tips.extend(branch.zip(reference.target().map(commit_id)));
        }
        Ok(tips)
    }

    /// Returns the commit that `text` names the way `git rev-parse` reads it (`HEAD~2`, a tag, an
    /// abbreviated name). Returns `None` if nothing has that name, if it is not a commit, or if it
    /// begins with a hyphen.
    ///
    /// # Errors
    ///
    /// When the name is ambiguous, or what it names cannot be read.
    pub fn revision(&self, text: &str) -> Result<Option<CommitId>, StoreError> {
        // A hyphen would make an option of it in the commands that are shown to users, and NUL ends
        // a text for libgit2.
        if text.starts_with('-') || text.contains('\0') {
            return Ok(None);
        }
        let doing = || format!("find the commit {text:?}");
        let bearable = self.names_bearable(text);
        if !bearable.map_err(|error| StoreError::git(doing())(error))? {
            // libgit2 would load a commit of any size to resolve it. The simpler forms of a range are resolved from headers.
            return match self.endpoint(text) {
                Ok(commit) => Ok(Some(commit)),
                Err(StoreError::MissingEndpoint { .. }) => Ok(None),
                Err(error) => Err(error),
            };
        }
        let object = match self.repo.revparse_single(text) {
            Ok(object) => object,
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => {
                return Ok(None);
            }
            Err(error) if error.code() == ErrorCode::Ambiguous => {
                let is_name = text.len() >= SHORTEST_NAME
                    && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                let ambiguous = || StoreError::AmbiguousRevision {
                    revision: text.to_owned(),
                };
                return if is_name { Err(ambiguous()) } else { Ok(None) };
            }
            // A text that is not a valid revision names no commit. Errors are only for a repository that cannot be read.
            Err(error)
                if matches!(
                    error.class(),
                    ErrorClass::Invalid | ErrorClass::Reference | ErrorClass::Regex
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(StoreError::git(doing())(error)),
        };
        match object.peel_to_commit() {
            Ok(commit) => Ok(Some(commit_id(commit.id()))),
            // A tree or a file is not a commit.
            Err(error) if matches!(error.code(), ErrorCode::InvalidSpec | ErrorCode::Peel) => {
                Ok(None)
            }
            Err(error) => Err(StoreError::git(format!("read {text:?} as a commit"))(error)),
        }
    }

    /// Reports whether `ancestor` is `descendant` or one of its ancestors.
    ///
    /// # Errors
    ///
    /// When a commit in between cannot be read.
    pub fn is_ancestor(
        &self,
        ancestor: CommitId,
        descendant: CommitId,
    ) -> Result<bool, StoreError> {
        if ancestor == descendant {
            return Ok(true);
        }
        let doing = || format!("walk the history of {}", descendant.short());
        self.repo
            .graph_descendant_of(commit_oid(descendant), commit_oid(ancestor))
            .map_err(|error| StoreError::git(doing())(error))
    }

    /// Returns the newest commit that both descend from, as `git merge-base` finds it, or `None` if
    /// they have nothing in common.
    ///
    /// # Errors
    ///
    /// [`StoreError::Shallow`] where a shallow clone leaves out what they may have in common, and when a commit on the way
    /// cannot be read.
    pub fn merge_base(
        &self,
        one: CommitId,
        other: CommitId,
    ) -> Result<Option<CommitId>, StoreError> {
        match self.repo.merge_base(commit_oid(one), commit_oid(other)) {
            Ok(base) => Ok(Some(commit_id(base))),
            // Any failure in a shallow clone may be caused by missing commits. "Nothing in common"
            // would be a wrong answer there.
            Err(_) if self.is_shallow() => Err(StoreError::Shallow { commit: other }),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => {
                let doing = format!(
                    "find what {} and {} have in common",
                    one.short(),
                    other.short()
                );
                Err(StoreError::git(doing)(error))
            }
        }
    }

    /// Returns the common ancestors that are not ancestors of another one, as `git merge-base
    /// --all` lists them. There are several if branches were merged crosswise, and none if the
    /// commits have nothing in common.
    ///
    /// # Errors
    ///
    /// As [`Store::merge_base`].
    pub fn merge_bases(&self, one: CommitId, other: CommitId) -> Result<Vec<CommitId>, StoreError> {
        match self.repo.merge_bases(commit_oid(one), commit_oid(other)) {
            Ok(bases) => Ok(bases.iter().copied().map(commit_id).collect()),
            Err(_) if self.is_shallow() => Err(StoreError::Shallow { commit: other }),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(Vec::new()),
            Err(error) => {
                let doing = format!(
                    "find what {} and {} have in common",
                    one.short(),
                    other.short()
                );
                Err(StoreError::git(doing)(error))
            }
        }
    }

    /// Reports whether the commit `id` is in this repository.
    pub(in crate::store) fn has(&self, id: CommitId) -> Result<bool, StoreError> {
        let odb = self
            .repo
            .odb()
            .map_err(StoreError::git("open the object database"))?;
        Ok(odb.exists(commit_oid(id)))
    }

    fn kind_of(&self, id: Oid) -> Result<ObjectType, Error> {
        header(&self.repo.odb()?, id).map(|(_, kind)| kind)
    }
}
