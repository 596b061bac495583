use super::error::PlanError;
use crate::model::{Advice, FailureClass, FreezeId, Move, Resource};

impl PlanError {
    /// Returns what the error means and what helps.
    pub fn advice(&self) -> Advice {
        use FailureClass::{Failed, Refused, Stale, Usage};
        let failed = |code| Advice::new(Failed, code);
        let usage = |code| Advice::new(Usage, code);
        let refused = |code| Advice::new(Refused, code);
        match self {
            Self::Undo(error) => error.advice(),
            Self::NoSuchEnvironment { slug, meant } => {
                let advice = failed("no-such-environment");
                match meant {
                    Some(meant) => advice.hint(format!("did you mean `{meant}`?")),
                    None => advice.hint(format!(
                        "`envctl env list` lists the environments; `envctl env create {slug}` creates this one"
                    )),
                }
            }
            Self::FreezeIsOver { .. } => usage("freeze-is-over"),
            Self::FreezeExists { environment, id } => failed("freeze-exists").hint(format!(
                "choose another --name, or first: envctl thaw {environment} --freeze {id}"
            )),
            Self::NoSuchFreeze { known, .. } => {
                let known: Vec<&str> = known.iter().map(FreezeId::as_str).collect();
                failed("no-such-freeze").hint(match known.is_empty() {
                    true => "nothing is frozen there".to_owned(),
                    false => format!("the freezes there are {}", known.join(", ")),
                })
            }
            Self::NoSuchResource { meant, .. } => meant_or(
                failed("no-such-resource"),
                meant.as_ref(),
                "`envctl status` lists the resources",
            ),
            Self::NotVetoed { other, .. } => {
                let advice = failed("not-vetoed");
                match other {
                    Some(other) => advice.hint(format!(
                        "{other} is, which has the same bytes: envctl veto {other} --lift"
                    )),
                    None => advice,
                }
            }
            Self::NotLive { environment, .. } => failed("not-live").hint(format!(
                "`envctl env show {environment}` lists what is live there"
            )),
            Self::NoSuchVersion { version, nearest } => {
                let resource = &version.resource;
                let nearest = nearest.iter().map(|number| resource.at(*number).to_string());
                let nearest: Vec<String> = nearest.collect();
                let advice = failed("no-such-version");
                let advice = match nearest.as_slice() {
                    [] => advice,
                    [only] => advice.hint(format!("the nearest is {only}")),
                    [others @ .., last] => {
                        advice.hint(format!("the nearest are {} and {last}", others.join(", ")))
                    }
                };
                advice.hint(format!("`envctl versions {resource}` lists them all"))
            }
            Self::ServesAnother {
                version,
                live,
                from,
                to,
            } => Advice::new(Stale, "serves-another")
                .hint(format!(
                    "see what differs: envctl diff {version} {}",
                    version.resource.at(*live)
                ))
                .hint(format!(
                    "to promote what it serves: envctl promote {from} {to} {}",
                    version.resource.at(*live)
                ))
                .hint(format!(
                    "to move there whatever it serves: envctl point {to} {version}"
                )),
            Self::RemovesUnnamed {
                environment,
                all,
                removed,
                then,
            } => {
                let at = then.map_or_else(String::new, |then| format!(" --at {}", then.short()));
                let rollback = |resources: &[Resource]| {
                    let named = resources.iter().map(|one| format!(" {one}"));
                    let named: String = named.collect();
                    format!("envctl rollback {environment}{named}{at}")
                };
                let advice = usage("removes-unnamed").hint(format!(
                    "to do all of it, name every resource: {}",
                    rollback(all)
                ));
                let others = all.iter().filter(|one| !removed.contains(one));
                let others: Vec<Resource> = others.cloned().collect();
                match others.is_empty() {
                    true => advice,
                    false => advice.hint(format!("or only the rest: {}", rollback(&others))),
                }
            }
            Self::NeverLive {
                version,
                environment,
                may_come_back: true,
            } => refused("never-live").hint(format!(
                "a rollback only returns to what was live; to move there anyway: envctl point {environment} {version}"
            )),
            Self::NeverLive { .. } => refused("never-live").hint(
                "its text was rolled back there before: publish what should be served as the next version",
            ),
            Self::NamesNothing { .. } => {
                failed("no-such-resource").hint("`envctl status` lists the resources")
            }
            Self::RolledBack {
                resources,
                environment,
                from,
                others: true,
            } => {
                let except = resources.iter().map(|one| format!(" --except {one}"));
                let except: String = except.collect();
                refused("rolled-back").hint(format!(
                    "promote everything else: envctl promote {from} {environment}{except}"
                ))
            }
            Self::RolledBack { others: false, .. } => refused("rolled-back")
                .hint("publish what should be served as the next version"),
            Self::NothingToUndo { environment, .. } => failed("nothing-to-undo").hint(format!(
                "`envctl log {environment}` shows what happened there"
            )),
            Self::NotThereThen { environment } => failed("no-environment-then").hint(format!(
                "`envctl log {environment}` shows when it was created"
            )),
            Self::UnreadableThen { environment, .. } => failed("unreadable-then").hint(format!(
                "`envctl log {environment}` lists other moments"
            )),
            Self::EnvironmentExists { slug } => refused("environment-exists")
                .hint(format!("`envctl env edit {slug}` changes it")),
            Self::IncompleteFallback { holder, heir, .. } => {
                refused("incomplete-fallback").hint(format!(
                    "promote them first: envctl promote {holder} {heir}; or hand it over anyway with --incomplete"
                ))
            }
            Self::NothingWaits { .. } => {
                failed("nothing-waits").hint("`envctl pending` lists the pending releases")
            }
            Self::UnsoundRelease { environment } => refused("unsound-release").hint(format!(
                "withdraw it and request it again: envctl withdraw {environment}"
            )),
            Self::SeenOtherwise {
                moved: Move { environment, .. },
                ..
            } => refused("seen-otherwise").hint(format!(
                "withdraw or reject it, and request it again: envctl withdraw {environment}, or envctl reject {environment}"
            )),
            Self::NoDefaultTarget => usage("no-default-target")
                .hint("name an environment with --to, or move no pointer with --no-release"),
            Self::Extension { .. } => usage("extension").hint("name another with --ext"),
            Self::TooLarge { .. } | Self::EmptyPayload { .. } => refused("payload"),
            Self::OutOfNumbers { .. } => refused("out-of-numbers"),
            Self::TwoVersions { .. }
            | Self::SameEnvironment { .. }
            | Self::NamedTwice { .. }
            | Self::SetTwice { .. } => usage("usage"),
            Self::NoSuchMember { meant, .. } => meant_or(
                failed("no-such-member"),
                meant.as_ref(),
                "`envctl access show` lists the members",
            ),
            Self::NotGranted { member, .. } => failed("not-granted").hint(format!(
                "`envctl access show {member}` shows what they have; nothing was changed"
            )),
            Self::KeyLimited {
                member,
                listed,
                limit,
            } => refused("key-limited")
                .hint(format!(
                    "state the limit again: --key '{limit}=\"…\" {}'",
                    listed.key
                ))
                .hint(format!(
                    "or remove it: envctl access revoke {member} --key '{}', then grant the key",
                    listed.key
                )),
            Self::LastAddress { member } => refused("last-address").hint(format!(
                "grant another first: envctl access grant {member} --email EMAIL; or remove the member: envctl access revoke {member}"
            )),
            Self::NoSuchRole { meant, known, .. } => meant_or(
                failed("no-such-role"),
                meant.as_ref(),
                &format!("the roles are {}", known.join(", ")),
            ),
            Self::NeedsMemberName { .. } => usage("needs-name").hint("pass --name"),
            Self::MemberExists { name } => failed("member-exists").hint(format!(
                "if it is the same person: envctl access grant {name} --email ADDRESS; otherwise pass another --name"
            )),
            Self::ProjectExists => refused("project-exists").hint(
                "`envctl status` shows it; for a second project choose another folder: envctl init DIR",
            ),
            Self::Occupied { .. } => refused("folder-occupied")
                .hint("make the project in a folder of its own: envctl init DIR"),
            Self::Changed => Advice::new(Stale, "plan-changed")
                .hint("run the command again to see the new plan"),
            Self::Edit(_) => failed("cannot-edit"),
        }
    }
}

/// Returns the advice with the name that was probably meant as hint, or else with `other`.
fn meant_or(advice: Advice, meant: Option<&impl std::fmt::Display>, other: &str) -> Advice {
    match meant {
        Some(meant) => advice.hint(format!("did you mean {meant}?")),
        None => advice.hint(other),
    }
}
