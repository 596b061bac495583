use super::change::Change;
use crate::check::meta::Meta;
use crate::diag::{Code, Finding, Place};
use crate::files::ACCESS;
use crate::model::{Identity, Project, PublicKey, Signature, Signatures};

/// Where signatures are required, the author of a commit has signed it, with a key that was listed for that member before.
pub(super) fn judge(change: &Change<'_>, findings: &mut Vec<Finding>) {
    if !change.adds_nothing {
        findings.extend(check_signature(change.rules, change.meta));
    }
}

/// What is wrong with the signature of a commit of which `meta` tells, by the rules of `rules`.
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

/// What is wrong with the signature, and what to do about it.
fn wrong(rules: &Project, meta: &Meta) -> Option<(String, &'static str)> {
    let sign = "sign commits: git config gpg.format ssh, user.signingKey and commit.gpgSign true";
    let key = match &meta.signature {
        Signature::Awaited => return None,
        Signature::Missing => {
            return Some((
                "the commit is not signed, and signatures are required".to_owned(),
                sign,
            ));
        }
        Signature::Bad(why) => {
            return Some((
                format!("the commit's signature does not count: {why}"),
                sign,
            ));
        }
        Signature::By(key) => key,
    };
    let Some(author) = &meta.author else {
        return Some((
            "who the author is cannot be told".to_owned(),
            "make the commit again",
        ));
    };
    let add = "an owner adds keys: envctl access grant EMAIL ROLE --key \"ssh-ed25519 …\"";
    if let Some(why) = not_the_key_of(rules, meta, author, key) {
        return Some((why, add));
    }
    let committer = meta.committer.as_ref()?;
    let same = member_of(rules, author) == member_of(rules, committer);
    let message = format!(
        "{} recorded a commit of {}, which only the author may sign",
        committer.email(),
        author.email()
    );
    (!same).then_some((
        message,
        "let the author make the commit, or merge it instead of rebasing it",
    ))
}

fn not_the_key_of(
    rules: &Project,
    meta: &Meta,
    author: &Identity,
    key: &PublicKey,
) -> Option<String> {
    let access = rules.access.as_ref()?;
    let Some((_, member)) = access.member(author.email()) else {
        return Some(format!(
            "{} is no member, so no key proves that",
            author.email()
        ));
    };
    let Some(known) = member.keys.iter().find(|known| known.key == *key) else {
        return Some(format!(
            "the commit names {} and is not signed by a key of theirs",
            author.email()
        ));
    };
    // Its own date alone could be set back into the time of a key that has ended.
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

fn member_of<'p>(project: &'p Project, who: &Identity) -> Option<&'p str> {
    Some(project.access.as_ref()?.member(who.email())?.0.as_str())
}
