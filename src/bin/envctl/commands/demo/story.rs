//! Replays the history of the example project in `fixtures/demo/story.toml`, step by step, with the
//! same library calls as the commands.

use std::collections::BTreeMap;

use anyhow::Context;
use envctl::model::Identity;
use envctl::ops::{NewProject, Operation, Selection, Session, init};
use envctl::store::{Discovery, Hooks, ProjectFolder, Store, Writing};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::deed::Deed;
use super::material::MATERIAL;
use crate::moment;
use crate::process::unique;

/// The story of the example project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// The name of the project.
    name: String,
    people: BTreeMap<String, StoryPerson>,
    steps: Vec<StoryStep>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoryPerson {
    name: String,
    email: String,
}

/// One commit: how long ago, by whom, why, and exactly one thing that it does.
#[derive(Debug, Deserialize)]
struct StoryStep {
    ago: String,
    by: String,
    why: String,
    #[serde(flatten)]
    deed: Deed,
}

impl Story {
    /// Returns the built-in story.
    pub fn shipped() -> anyhow::Result<Self> {
        let text = MATERIAL
            .get_file("story.toml")
            .and_then(|file| file.contents_utf8());
        Ok(toml::from_str(
            text.context("the story of the example project is missing")?,
        )?)
    }

    /// Makes the project in `store`, replays its history up to `now`, and returns its session.
    pub fn live_through(&self, store: Store, now: Timestamp) -> anyhow::Result<Session> {
        let (first, rest) = self.steps.split_first().context("the story has no steps")?;
        let directory = store
            .work_tree()
            .context("the example project needs a work tree")?
            .to_owned();
        let new = NewProject {
            folder: ProjectFolder::root(),
            branch: "main".parse()?,
            name: self.name.parse()?,
            reason: Some(first.why.parse()?),
            upstream: None,
        };
        init(&store, &new, &self.operation(first, now)?)?;
        let selection = Selection::from(directory, now);
        let session = Session::open(Store::open(Discovery::From(&selection.start))?, &selection)?;
        for step in rest {
            let operation = self.operation(step, now)?;
            step.deed
                .carry_out(&session, &operation, &step.why.parse()?)
                .with_context(|| format!("{step:?}"))?;
        }
        Ok(session)
    }

    /// Returns the number of commits.
    pub fn length(&self) -> usize {
        self.steps.len()
    }

    fn operation(&self, step: &StoryStep, now: Timestamp) -> anyhow::Result<Operation> {
        let person = self
            .people
            .get(&step.by)
            .with_context(|| format!("no author named {}", step.by))?;
        let who = Identity::new(&person.name, &person.email)?;
        let ago: SignedDuration =
            moment::days(&step.ago).with_context(|| format!("invalid time span {}", step.ago))?;
        let at = now.checked_sub(ago)?;
        Ok(Operation {
            author: who.clone(),
            author_time: at.into(),
            committer: who,
            committer_time: at.into(),
            id: unique(),
            // The example is new, so nothing can be lost, and the user's own hooks do not concern it.
            writing: Writing {
                durable: false,
                hooks: Hooks::Skip,
            },
        })
    }
}
