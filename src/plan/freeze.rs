use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::files::Edit;
use crate::model::{EnvironmentSlug, Freeze, FreezeId, Project, Reason};
use crate::plan::error::{PlanError, existing};
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;

/// A freeze to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewFreeze<'a> {
    /// Where, each environment once.
    pub environments: &'a [EnvironmentSlug],
    /// Its name; `None` names it by the moment.
    pub name: Option<&'a FreezeId>,
    /// From when to when it holds, and what it bars.
    pub freeze: &'a Freeze,
}

/// Plans to freeze environments, in one commit. One that is frozen in the very same way is left alone.
///
/// # Errors
///
/// When an environment does not exist or is named twice, the freeze is over at `now`, or the name is taken.
pub fn freeze(project: &Project, new: NewFreeze<'_>, now: Timestamp) -> Result<Plan, PlanError> {
    each_once(project, new.environments)?;
    let freeze = new.freeze;
    let begins = freeze.from.unwrap_or(now);
    if let Some(until) = freeze.until.filter(|until| *until <= begins.max(now)) {
        return Err(PlanError::FreezeIsOver { until, begins });
    }
    let id = match new.name {
        Some(name) => name.clone(),
        None => free_name(project, new.environments, now),
    };
    let mut edits = Vec::new();
    let mut frozen = Vec::new();
    for slug in new.environments {
        match project.freeze(slug, &id) {
            Some(present) if present == freeze => continue,
            Some(_) => {
                return Err(PlanError::FreezeExists {
                    environment: slug.clone(),
                    id,
                });
            }
            None => {}
        }
        edits.push(Edit::Freeze(slug.clone(), id.clone(), freeze.clone()));
        frozen.push(slug.as_str());
    }
    let until = freeze.until.map_or_else(
        || "until thawed".to_owned(),
        |until| format!("until {until}"),
    );
    let subject = format!("freeze {} {until}", frozen.join(", "));
    let message = Message::new(Action::Freeze, subject).detail(format!("freeze: {id}"));
    let message = message.reason(freeze.reason.as_ref());
    Ok(Plan::new(edits, Vec::new(), trailed(message, &frozen)))
}

/// Plans to remove the freezes of `environments` that hold at `now`, or those called `name`.
///
/// # Errors
///
/// When an environment does not exist or is named twice, or has no freeze of that name.
pub fn thaw(
    project: &Project,
    environments: &[EnvironmentSlug],
    name: Option<&FreezeId>,
    (now, reason): (Timestamp, Option<&Reason>),
) -> Result<Plan, PlanError> {
    each_once(project, environments)?;
    let (mut edits, mut thawed) = (Vec::new(), Vec::new());
    let mut message = Vec::new();
    for slug in environments {
        if let Some(id) = name.filter(|id| project.freeze(slug, id).is_none()) {
            return Err(PlanError::NoSuchFreeze {
                environment: slug.clone(),
                id: id.clone(),
                known: project.freezes_of(slug).map(|(id, _)| id.clone()).collect(),
            });
        }
        let goes = |(id, freeze): &(&FreezeId, &Freeze)| match name {
            Some(name) => *id == name,
            None => freeze.bars(now),
        };
        let gone: Vec<_> = project.freezes_of(slug).filter(goes).collect();
        if !gone.is_empty() {
            thawed.push(slug.as_str());
        }
        for (id, _) in gone {
            edits.push(Edit::Thaw(slug.clone(), id.clone()));
            message.push(format!("{slug}: {id}"));
        }
    }
    let first = Message::new(Action::Thaw, format!("thaw {}", thawed.join(", ")));
    let message = message.into_iter().fold(first, Message::detail);
    let message = message.reason(reason);
    Ok(Plan::new(edits, Vec::new(), trailed(message, &thawed)))
}

/// Returns the message with a trailer for each environment.
fn trailed(message: Message, environments: &[&str]) -> Message {
    let with = |message: Message, slug: &&str| message.trailer("Environment", *slug);
    environments.iter().fold(message, with)
}

fn each_once(project: &Project, environments: &[EnvironmentSlug]) -> Result<(), PlanError> {
    let mut seen = BTreeSet::new();
    for slug in environments {
        existing(project, slug)?;
        if !seen.insert(slug) {
            return Err(PlanError::NamedTwice { slug: slug.clone() });
        }
    }
    Ok(())
}

/// Returns the name for a freeze at `now`, or at the next second for which no environment has one.
fn free_name(project: &Project, environments: &[EnvironmentSlug], now: Timestamp) -> FreezeId {
    let taken = |id: &FreezeId| {
        let mut slugs = environments.iter();
        slugs.any(|slug| project.freeze(slug, id).is_some())
    };
    let mut at = now;
    loop {
        let id = FreezeId::made_at(at);
        let next = at.checked_add(SignedDuration::from_secs(1));
        match next {
            Ok(next) if taken(&id) => at = next,
            _ => return id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Environment;

    fn slug(text: &str) -> EnvironmentSlug {
        text.parse().unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_797_667_200 + second).unwrap()
    }

    fn project() -> Project {
        let environments = ["prod", "qa"].map(|name| {
            let slug = slug(name);
            (slug.clone(), Environment::named_after(&slug))
        });
        let mut project = Project {
            exists: true,
            environments: environments.into(),
            ..Project::default()
        };
        for (name, from, until) in [("now", None, Some(60)), ("later", Some(60), None)] {
            let freeze = Freeze {
                from: from.map(at),
                until: until.map(at),
                ..Freeze::default()
            };
            let freezes = project.freezes.entry(slug("prod")).or_default();
            freezes.insert(name.parse().unwrap(), freeze);
        }
        project
    }

    #[test]
    fn several_environments_are_frozen_by_one_file_each() {
        let project = project();
        let (prod, qa) = (slug("prod"), slug("qa"));
        let freeze_until = |until: i64| Freeze {
            until: Some(at(until)),
            reason: Some("Holidays".parse().unwrap()),
            ..Freeze::default()
        };
        let until = freeze_until(90);
        let new = NewFreeze {
            environments: &[prod.clone(), qa.clone()],
            name: None,
            freeze: &until,
        };
        let plan = freeze(&project, new, at(0)).unwrap();
        let id: FreezeId = "20261219T080000Z".parse().unwrap();
        assert_eq!(
            plan.edits,
            [
                Edit::Freeze(prod.clone(), id.clone(), until.clone()),
                Edit::Freeze(qa.clone(), id, until.clone())
            ]
        );
        assert_eq!(
            plan.message.to_string(),
            "freeze prod, qa until 2026-12-19T08:01:30Z\n\nfreeze: 20261219T080000Z\n\nHolidays\n\n\
             Envctl-Action: freeze\nEnvctl-Environment: prod\nEnvctl-Environment: qa\n"
        );
        let name = "now".parse().unwrap();
        let taken = NewFreeze {
            name: Some(&name),
            ..new
        };
        assert!(matches!(
            freeze(&project, taken, at(0)),
            Err(PlanError::FreezeExists { .. })
        ));
        let over = freeze_until(0);
        let over = NewFreeze {
            freeze: &over,
            ..new
        };
        assert!(matches!(
            freeze(&project, over, at(0)),
            Err(PlanError::FreezeIsOver { .. })
        ));
        let twice = [qa.clone(), qa];
        let twice = NewFreeze {
            environments: &twice,
            ..new
        };
        assert!(matches!(
            freeze(&project, twice, at(0)),
            Err(PlanError::NamedTwice { .. })
        ));
    }

    #[test]
    fn what_holds_now_is_thawed_or_what_is_named() {
        let (project, prod) = (project(), [slug("prod")]);
        let thawed = |name: Option<&str>, second| {
            let name = name.map(|name| name.parse::<FreezeId>().unwrap());
            let plan = thaw(&project, &prod, name.as_ref(), (at(second), None))?;
            let name = |edit: &Edit| match edit {
                Edit::Thaw(_, id) => id.to_string(),
                _ => String::new(),
            };
            Ok::<_, PlanError>(plan.edits.iter().map(name).collect::<Vec<_>>())
        };
        assert_eq!(thawed(None, 0).unwrap(), ["now"]);
        assert_eq!(thawed(None, 60).unwrap(), ["later"]);
        assert_eq!(thawed(Some("later"), 0).unwrap(), ["later"]);
        assert!(matches!(
            thawed(Some("nowhere"), 0),
            Err(PlanError::NoSuchFreeze { known, .. }) if known.len() == 2
        ));
    }
}
