//! Whether a commit overrides a rule for a move: it states so, and somebody who may has made it.

use super::step::{Scope, Step};
use crate::diag::Code;
use crate::model::{
    Entry, EnvironmentSlug, Identity, Move, OverridableRule, Override, Permission, PolicyKey,
    Statement,
};

/// What the statement of a commit comes to for a rule and a move.
#[derive(Clone, Debug)]
pub(super) enum Overriding<'a> {
    /// It does not name them.
    None,
    /// It names them and does not count, for this reason.
    Void(String),
    /// It counts: who overrides the rule, and why.
    Counts(&'a Identity, Option<&'a str>),
}

/// Returns the rule that has that code, if it can be overridden.
pub fn overridable(code: Code) -> Option<OverridableRule> {
    code.as_str()
        .replace('-', "_")
        .parse()
        .ok()
        .or_else(|| code.as_str().parse().ok())
}

/// Decides whether the rule with that `code` is overridden for `moved`, which changes `entry`.
pub(super) fn overriding<'a>(
    step: &Step<'a>,
    entry: &Entry,
    moved: &Move,
    code: Code,
) -> Overriding<'a> {
    let Some(rule) = overridable(code) else {
        return Overriding::None;
    };
    let origin = step.origins.get(entry);
    let (author, committer, statement): (_, _, Option<&Statement>) = match origin {
        Some(origin) => (
            origin.author.as_ref(),
            origin.committer.as_ref(),
            Some(&origin.statement),
        ),
        None => (step.author, step.committer, step.statement),
    };
    let names = |stated: &Override| {
        stated.rules.contains(&rule)
            && stated.names(&moved.environment, &moved.resource, moved.after)
    };
    if !statement.is_some_and(|statement| statement.overrides.iter().any(names)) {
        return Overriding::None;
    }
    let slug = &moved.environment;
    let separated = step.policy(slug).is_some_and(|policy| {
        let demands = policy.demands(moved.resource.kind);
        demands.switch(PolicyKey::SeparationOfDuties)
    });
    if rule == OverridableRule::Approval && separated {
        return Overriding::Void(format!("`{slug}` separates duties"));
    }
    let Some(author) = author else {
        return Overriding::Void("its author is unknown".to_owned());
    };
    if !committer.is_some_and(|committer| step.is_same_person(author, committer)) {
        return Overriding::Void(format!(
            "{} wrote the commit, and somebody else committed it",
            author.email()
        ));
    }
    if let Some(why) = lacks(step, author, slug) {
        return Overriding::Void(why);
    }
    // Somebody may have drafted it who was allowed to, and then abandoned it: only the merge puts it
    // into effect.
    if origin.is_some() && step.scope == Scope::Live && !step.origins.by_nobody {
        let why = match step.author {
            Some(merger) => lacks(step, merger, slug),
            None => Some("who merges it is unknown".to_owned()),
        };
        if let Some(why) = why {
            return Overriding::Void(format!("it was merged, and {why}"));
        }
    }
    let why = statement.and_then(|statement| statement.reason.as_deref());
    Overriding::Counts(author, why)
}

/// Returns why `who` may not override rules in `environment`, by the access of the state whose rules apply.
fn lacks(step: &Step<'_>, who: &Identity, environment: &EnvironmentSlug) -> Option<String> {
    let access = step.rules.access.as_ref()?;
    let member = access.member(who.email()).map(|(_, member)| member);
    if member.is_some_and(|member| member.bot) {
        return Some(format!("{} is a bot", who.email()));
    }
    let allowed = member.is_some_and(|member| {
        access.allows(member, Permission::Override, Some(environment), step.rules)
    });
    let permission = Permission::Override;
    (!allowed).then(|| format!("{} lacks {permission} in `{environment}`", who.email()))
}
