use git2::{Error, ErrorCode, ObjectType, Oid, Reference};

use crate::model::{BranchName, CommitId};
use crate::store::error::StoreError;
use crate::store::ids::commit_id;
use crate::store::open::Store;
use crate::store::tree::header::header;

/// The fewest hexadecimal digits that name a commit, as many as git shows.
const FEWEST_DIGITS: usize = 7;
/// The largest `N` of `~N` and `^N`.
const FARTHEST: usize = 1_000_000;

impl Store {
    /// Returns the commit that `text`, one end of a range, names: `HEAD`, at least 7 digits of a
    /// commit's name, a branch, a remote-tracking branch or a tag, followed by any number of `~N`
    /// and `^N`.
    ///
    /// This is much less than git reads. Whoever may name a branch must not choose what is judged.
    ///
    /// # Errors
    ///
    /// [`StoreError::Endpoint`] if it is none of these or fits two of them, [`StoreError::MissingEndpoint`] when there is
    /// nothing of that name.
    pub fn endpoint(&self, text: &str) -> Result<CommitId, StoreError> {
        let (name, steps) = text.split_at(text.find(['~', '^']).unwrap_or(text.len()));
        let start = self.named_commit(name)?;
        let steps =
            parsed_steps(steps).ok_or_else(|| wrong(text, "a number must follow ~ and ^"))?;
        steps
            .into_iter()
            .try_fold(start, |commit, step| self.step(commit, step, text))
    }

    fn named_commit(&self, name: &str) -> Result<CommitId, StoreError> {
        if name == "HEAD" {
            let head = self.repo.head().ok().and_then(|head| head.target());
            return head.map(commit_id).ok_or_else(|| missing(name));
        }
        if name.parse::<BranchName>().is_err() {
            let why = "name HEAD, a commit by 7 digits or more, a branch or a tag, with ~N or ^N";
            return Err(wrong(name, why));
        }
        let folders = ["refs/heads/", "refs/remotes/", "refs/tags/"];
        let references = folders.map(|folder| self.repo.find_reference(&format!("{folder}{name}")));
        // All places are asked, and two hits are an error. git would take the first with a warning,
        // so a branch named like the digits of a commit could swap what a gate judges.
        let mut found = Vec::new();
        for reference in references {
            match reference.and_then(|reference| self.commit_of(&reference)) {
                Ok(commit) => found.push(commit),
                Err(error)
                    if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => {}
                Err(error) => {
                    return Err(StoreError::git(format!("read {name:?} as a commit"))(error));
                }
            }
        }
        found.extend(self.by_digits(name)?);
        match found.as_slice() {
            [] => Err(missing(name)),
            [one] => Ok(commit_id(*one)),
            _ => Err(wrong(
                name,
                "it fits more than one branch, tag or commit; name the commit by all its digits",
            )),
        }
    }

    fn commit_of(&self, reference: &Reference<'_>) -> Result<Oid, Error> {
        let id = reference
            .resolve()?
            .target()
            .ok_or_else(|| Error::from_str("it does not point to a commit"))?;
        self.peeled(id)?
            .ok_or_else(|| Error::from_str("it does not point to a commit"))
    }

    fn by_digits(&self, name: &str) -> Result<Option<Oid>, StoreError> {
        let digits = name.len() >= FEWEST_DIGITS && name.len() <= 40;
        if !digits || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let find = || {
            let odb = self.repo.odb()?;
            // Only the header is read: the name may be that of a large blob.
            let id = odb.exists_prefix(Oid::from_str(name)?, name.len())?;
            Ok::<_, Error>((id, header(&odb, id)?.1))
        };
        match find() {
            Ok((id, ObjectType::Commit)) => Ok(Some(id)),
            Ok(_) => Ok(None),
            Err(error) if error.code() == ErrorCode::Ambiguous => {
                Err(wrong(name, "more than one commit begins with it"))
            }
            // Any other error means that no object begins so; a name of hexadecimal letters may
            // still be a branch.
            Err(_) => Ok(None),
        }
    }

    fn step(
        &self,
        commit: CommitId,
        step: EndpointStep,
        text: &str,
    ) -> Result<CommitId, StoreError> {
        let odb = self.odb()?;
        let boundary = self.shallow_boundary()?;
        let mut at = commit;
        let (times, parent) = match step {
            EndpointStep::Back(times) => (times, 0),
            EndpointStep::Parent(number) => (1, number - 1),
        };
        for _ in 0..times {
            if boundary.contains(&at) {
                return Err(StoreError::Shallow { commit: at });
            }
            at = *self
                .headers(&odb, at)?
                .parents
                .get(parent)
                .ok_or_else(|| missing(text))?;
        }
        Ok(at)
    }
}

/// One `~N` or `^N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndpointStep {
    Back(usize),
    Parent(usize),
}

fn parsed_steps(mut text: &str) -> Option<Vec<EndpointStep>> {
    let mut steps = Vec::new();
    while let Some(kind) = text.chars().next() {
        let rest = &text[kind.len_utf8()..];
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let number = if end == 0 {
            1
        } else {
            rest[..end]
                .parse()
                .ok()
                .filter(|number| *number <= FARTHEST)?
        };
        steps.push(match kind {
            '~' => EndpointStep::Back(number),
            '^' if number > 0 => EndpointStep::Parent(number),
            _ => return None,
        });
        text = &rest[end..];
    }
    Some(steps)
}

fn wrong(text: &str, why: &'static str) -> StoreError {
    StoreError::Endpoint {
        text: text.to_owned(),
        why,
    }
}

fn missing(text: &str) -> StoreError {
    StoreError::MissingEndpoint {
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_numbers_behind_a_tilde_or_a_caret() {
        assert_eq!(
            parsed_steps("~2^"),
            Some(vec![EndpointStep::Back(2), EndpointStep::Parent(1)])
        );
        assert_eq!(parsed_steps(""), Some(Vec::new()));
        for text in ["^0", "~x", "^{tree}", "~99999999", "^2x", "@{1}", "~é"] {
            assert_eq!(parsed_steps(text), None, "{text}");
        }
    }
}
