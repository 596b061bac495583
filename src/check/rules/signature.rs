use super::change::Change;
use crate::check::meta::Meta;
use crate::diag::{Code, Finding, Place};
use crate::files::ACCESS;
use crate::model::{Identity, Project, PublicKey, Signature, Signatures};

/// Checks, where signatures are required, that the author of a commit has signed it with a key that was
/// listed for that member before.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    // A merge that adds nothing is often made by a forge, which signs with its own key or not at
    // all. The commits that it takes are signed by their authors.
    if !change.adds_nothing {
        findings.extend(check_signature(change.rules, change.meta));
    }
}

/// Returns the finding for the signature of the commit that `meta` describes, by the access of `rules`.
pub fn check_signature(rules: &Project, meta: &Meta) -> Option<Finding> {
    rules
        .access
        .as_ref()
        .filter(|access| access.signatures == Signatures::Required)?;
    let (message, help) = wrong(rules, meta)?;
    Some(
        Finding::error(
            Code::SIGNATURE,
            Place::value(ACCESS, ["signatures"]),
            message,
        )
        .help(help),
    )
}

/// Returns what is wrong with the signature, and what to do about it.
fn wrong(rules: &Project, meta: &Meta) -> Option<(String, &'static str)> {
    let sign = "sign commits: git config gpg.format ssh, user.signingKey and commit.gpgSign true";
    let key = match &meta.signature {
        // Before the commit is made there is no signature to judge. The write path signs it and
        // asks again.
        Signature::Awaited => return None,
        Signature::Missing => {
            return Some((
                "the commit is not signed, and signatures are required".to_owned(),
                sign,
            ));
        }
        Signature::Bad(why) => {
            return Some((format!("invalid signature: {why}"), sign));
        }
        Signature::By(key) => key,
    };
    let Some(author) = &meta.author else {
        return Some((
            "the author of the commit cannot be determined".to_owned(),
            "make the commit again",
        ));
    };
    let add = "an owner adds keys: envctl access grant EMAIL ROLE --key \"ssh-ed25519 …\"";
    if let Some(why) = not_the_key_of(rules, meta, author, key) {
        return Some((why, add));
    }
    // A rebase keeps the author and signs as the committer: then the signature proves nothing about
    // the author.
    let committer = meta.committer.as_ref()?;
    // By member, since one person may write with one address and commit with another.
    let same = member_of(rules, author) == member_of(rules, committer);
    let message = format!(
        "{} committed a change by {}, but only the author may sign it",
        committer.email(),
        author.email()
    );
    (!same).then_some((
        message,
        "let the author make the commit, or merge it instead of rebasing it",
    ))
}

/// Returns why `key` is not a valid key of `author`, if it is not.
fn not_the_key_of(
    rules: &Project,
    meta: &Meta,
    author: &Identity,
    key: &PublicKey,
) -> Option<String> {
    let access = rules.access.as_ref()?;
    let Some((_, member)) = access.member(author.email()) else {
        return Some(format!(
            "{} is not a member, so no key can be verified",
            author.email()
        ));
    };
    let Some(known) = member.keys.iter().find(|known| known.key == *key) else {
        return Some(format!(
            "the commit is by {}, but is not signed with one of their keys",
            author.email()
        ));
    };
    // All three times must lie within the key's validity. Its own date could be set back to when an
    // expired key was still valid.
    let moments = [Some(meta.at), Some(meta.effective), meta.received];
    let invalid = moments
        .into_iter()
        .flatten()
        .find(|moment| !known.is_valid_at(*moment))?;
    Some(format!(
        "the key of {} is not valid at {invalid}",
        author.email()
    ))
}

/// Returns the name of the member that `who` is.
fn member_of<'p>(project: &'p Project, who: &Identity) -> Option<&'p str> {
    Some(project.access.as_ref()?.member(who.email())?.0.as_str())
}
