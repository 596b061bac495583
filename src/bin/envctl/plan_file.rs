//! A plan as a file: somebody reviews it, and it is carried out later if it would still be the same.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, bail};
use envctl::model::{BranchName, ContentId, Move, VersionNumber};
use envctl::ops::Rehearsal;
use envctl::plan::{Narrowing, Promotion};
use envctl::store::{FileMode, Flush, ProjectFolder, Replacement, Store};
use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::exit::Exit;
use crate::process::unique;
use crate::ui::{Output, patience};

/// The name and version of the file format.
const SCHEMA: &str = "envctl.plan/v1";

/// The most bytes of a plan that are read: some ten thousand moves.
const MAX_SIZE: u64 = 1024 * 1024;

/// A promotion as it was planned.
///
/// It contains the request and everything that decides the result: where, which pointers from which
/// number to which, and whether they move or wait for approval. It does not contain who carries it
/// out, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// [`SCHEMA`].
    pub schema: String,
    /// The project's folder in the repository.
    pub project: String,
    /// The branch.
    pub branch: String,
    /// The environment whose versions move.
    pub from: String,
    /// The environment that they move into.
    pub to: String,
    /// The named resources; empty: everything that differs.
    pub resources: Vec<String>,
    /// The patterns that select moves; empty: all.
    #[serde(default)]
    pub only: Vec<String>,
    /// The patterns that exclude moves.
    #[serde(default)]
    pub except: Vec<String>,
    /// Whether approval is requested even if the policy does not require it.
    #[serde(default)]
    pub request: bool,
    /// Whether pointers that only the target has are removed.
    pub prune: bool,
    /// Whether dependencies move too.
    #[serde(default)]
    pub with_dependencies: bool,
    /// Whether the moves are requested instead of made.
    pub waits: bool,
    /// The moves, by resource.
    pub moves: Vec<PlannedMove>,
}

/// One pointer that moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedMove {
    /// The resource.
    pub resource: String,
    /// The version before; null: none.
    pub before: Option<u32>,
    /// The version after; null: none.
    pub after: Option<u32>,
}

impl PlanFile {
    /// Returns the plan of `rehearsal`, which was made for `promotion` on `branch`.
    pub fn of(
        project: &ProjectFolder,
        branch: Option<&BranchName>,
        promotion: &Promotion,
        rehearsal: &Rehearsal,
    ) -> Self {
        let plan = &rehearsal.plan;
        let number = |number: Option<VersionNumber>| number.map(VersionNumber::value);
        let saved = |moved: &Move| PlannedMove {
            resource: moved.resource.to_string(),
            before: number(moved.before),
            after: number(moved.after),
        };
        let mut resources: Vec<String> = promotion
            .resources
            .iter()
            .map(ToString::to_string)
            .collect();
        // In one order and once, so that the digest depends on what was asked for and not on how it
        // was typed.
        resources.sort();
        resources.dedup();
        Self {
            schema: SCHEMA.to_owned(),
            project: project.to_string(),
            branch: branch.map_or_else(String::new, ToString::to_string),
            from: promotion.from.to_string(),
            to: promotion.to.to_string(),
            resources,
            only: texts(&promotion.narrowing.only),
            except: texts(&promotion.narrowing.except),
            request: promotion.request,
            prune: promotion.prune,
            with_dependencies: false,
            waits: plan.waits_in().is_some(),
            moves: plan.wanted().iter().map(saved).collect(),
        }
    }

    /// Returns the promotion, so that it can be planned again.
    ///
    /// # Errors
    ///
    /// When a name in it is invalid.
    pub fn promotion(&self) -> anyhow::Result<Promotion> {
        let resources = all_parsed(&self.resources)?;
        let narrowing = Narrowing {
            only: all_parsed(&self.only)?,
            except: all_parsed(&self.except)?,
        };
        let (from, to) = (parsed(&self.from)?, parsed(&self.to)?);
        Ok(Promotion {
            from,
            to,
            resources,
            narrowing,
            request: self.request,
            prune: self.prune,
            reason: None,
        })
    }

    /// Returns the digest: the git blob id of the plan's text.
    pub fn digest(&self) -> ContentId {
        Store::content_id(self.text().as_bytes())
    }

    fn text(&self) -> String {
        // A struct of texts, numbers and lists always serializes, and always to the same text.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Writes the plan to the file at `path`: whole, or not at all.
    ///
    /// # Errors
    ///
    /// When it cannot be written there.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut name = path
            .file_name()
            .context("a plan needs the name of a file")?
            .to_owned();
        name.push(format!(".{}", unique()));
        let plan = Replacement::new(path.with_file_name(name), path);
        let written = plan
            .write(self.text().as_bytes(), FileMode::Default, Flush::No)
            .and_then(|_| plan.replace());
        written.with_context(|| format!("cannot write the plan to {}", path.display()))
    }

    /// Reads the plan in the file at `path`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not a plan, or has another version.
    pub fn read(path: &Path, output: &mut Output) -> anyhow::Result<Self> {
        let shown = path.display();
        let bytes = patience::read_file(path, MAX_SIZE, output)
            .with_context(|| format!("cannot read the plan {shown}"))?;
        let text =
            String::from_utf8(bytes).map_err(|_| no_plan(&format!("{shown} is not UTF-8 text")))?;
        if text.len() as u64 > MAX_SIZE {
            bail!(no_plan(&format!("{shown} has more than {MAX_SIZE} bytes")));
        }
        let plan: Self =
            serde_json::from_str(&text).map_err(|error| no_plan(&format!("{shown}: {error}")))?;
        match plan.schema.as_str() {
            SCHEMA => Ok(plan),
            other => bail!(no_plan(&format!(
                "{shown} has the schema {other:?}; this envctl reads {SCHEMA}"
            ))),
        }
    }
}

fn texts<T: Display>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn all_parsed<T>(names: &[String]) -> anyhow::Result<Vec<T>>
where
    T: FromStr,
    T::Err: Display,
{
    names.iter().map(|name| parsed(name)).collect()
}

fn parsed<T>(name: &str) -> anyhow::Result<T>
where
    T: FromStr,
    T::Err: Display,
{
    name.parse()
        .map_err(|error| no_plan(&format!("{name:?}: {error}")).into())
}

fn no_plan(why: &str) -> Failure {
    Failure::new(
        Exit::Error,
        "no-plan",
        format!("not a plan file of envctl: {why}"),
    )
    .hint("`envctl promote FROM TO --plan-out FILE` writes one")
}
