use std::str::FromStr;

use anyhow::bail;
use clap::ValueEnum;
use envctl::model::{
    EnvironmentSlug, NamedResource, Resource, ResourceError, SlugError, VersionId,
};
use envctl::ops::RevisionRange;

use crate::error::Failure;
use crate::exit::Exit;
use crate::options::At;

/// Show what promoting FROM to TO would move, what differs between two commits (what a pull request does), or how the texts of
/// two versions differ.
///
/// If the {{ variables }} of a prompt change, stderr lists them: its callers have to change with it.
///
/// REV..REV compares two commits as they are. REV...REV begins where the right one branched off the
/// line of the left one, as forges show a pull request. An empty side is HEAD. Each pointer that
/// moves is shown with how long the version has been live in its source and with what the policy of
/// the older commit says about the move now. Also shown: releases that were requested, approved and
/// closed, environments, policies, roles, and published versions. GIT_COMMITTER_DATE sets the
/// present time, as for a commit.
///
/// The range is judged as one step, as if it were squashed, so a version that is new in it was not
/// live anywhere before. An approval within the range is shown.
///
/// --format markdown writes a comment for a pull request: its first line is a marker by which a bot
/// can find the comment again, and it never has more than 65,000 characters.
#[derive(Debug, clap::Args)]
#[command(override_usage = "\
envctl diff [OPTIONS] <FROM> <TO> [RESOURCE]...
       envctl diff [OPTIONS] <REV..REV> [RESOURCE]...
       envctl diff [OPTIONS] <RESOURCE@A> <RESOURCE@B>")]
#[command(after_help = "\
Examples:
  envctl diff staging prod
  envctl diff staging prod --content        with the text that would go live
  envctl diff staging prod --exit-code      exit 10 if a promotion would move something
  envctl diff staging prod --at HEAD~3
  envctl diff origin/main...                what this branch does, as a pull request
  envctl diff prompts/router@6 prompts/router@7
                                            the texts of two versions, as a unified diff
  envctl diff HEAD~1.. --content            the last commit, with the text behind the numbers
  envctl diff origin/main... --content --format markdown > comment.md")]
pub struct DiffArgs {
    /// The environment whose versions would move, two commits such as main...topic, or a version such as prompts/router@6.
    #[arg(value_name = "FROM|REV..REV|RESOURCE@A")]
    pub subject: DiffSubject,
    /// The environment that they would move into, and resources to show only those, such as prompts/support-router. Or the other
    /// version.
    #[arg(value_name = "TO|RESOURCE|RESOURCE@B")]
    pub named: Vec<NamedOne>,
    /// Also the text changes of the versions behind the numbers.
    #[arg(long)]
    pub content: bool,
    /// The output format; json is the same as --json, and markdown needs a difference between commits.
    #[arg(long, value_name = "F", conflicts_with = "json")]
    pub format: Option<DiffFormat>,
    /// Exit with 10 if there are differences.
    #[arg(long)]
    pub exit_code: bool,
    #[command(flatten)]
    pub at: At,
}

/// The output format of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people and for `cut`.
    Text,
    /// One JSON object.
    Json,
    /// A comment on a pull request.
    Markdown,
}

/// The first argument.
#[derive(Clone, Debug)]
pub enum DiffSubject {
    Environment(EnvironmentSlug),
    Range(RevisionRange),
    Version(VersionId),
}

/// A further argument: a resource has a slash, an environment has none.
#[derive(Clone, Debug)]
pub enum NamedOne {
    Environment(EnvironmentSlug),
    Resource(NamedResource),
}

impl FromStr for DiffSubject {
    type Err = NamedError;

    fn from_str(text: &str) -> Result<Self, NamedError> {
        if RevisionRange::is_meant(text) {
            let Ok(range) = text.parse();
            return Ok(Self::Range(range));
        }
        match text.contains('/') {
            true => Ok(Self::Version(text.parse()?)),
            false => Ok(Self::Environment(text.parse()?)),
        }
    }
}

/// The argument is neither.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NamedError {
    #[error(transparent)]
    Environment(#[from] SlugError),
    #[error(transparent)]
    Resource(#[from] ResourceError),
}

impl FromStr for NamedOne {
    type Err = NamedError;

    fn from_str(text: &str) -> Result<Self, NamedError> {
        match text.contains('/') {
            true => Ok(Self::Resource(text.parse()?)),
            false => Ok(Self::Environment(text.parse()?)),
        }
    }
}

impl DiffArgs {
    /// Reports whether the answer is to be JSON.
    pub fn wants_json(&self) -> bool {
        self.format == Some(DiffFormat::Json)
    }

    /// Returns the name of the answer, as in `envctl.<name>/v1`: the answers have different fields.
    pub fn name(&self) -> &'static str {
        match self.subject {
            DiffSubject::Environment(_) => "diff",
            DiffSubject::Range(_) => "diff-range",
            DiffSubject::Version(_) => "diff-versions",
        }
    }

    /// Returns the target, if the first argument is one, and the resources after it.
    pub fn target_and_resources(
        &self,
    ) -> anyhow::Result<(Option<&EnvironmentSlug>, Vec<Resource>)> {
        let (target, rest) = match self.named.split_first() {
            Some((NamedOne::Environment(target), rest)) => (Some(target), rest),
            _ => (None, &*self.named),
        };
        let resource = |named: &NamedOne| match named {
            NamedOne::Resource(named) => match named.version() {
                None => Ok(named.resource.clone()),
                Some(version) => bail!(usage(ResourceError::Numbered { version }.to_string())),
            },
            NamedOne::Environment(slug) => bail!(no_resource(slug)),
        };
        Ok((
            target,
            rest.iter().map(resource).collect::<anyhow::Result<_>>()?,
        ))
    }

    /// Returns the version that `first` is compared with.
    pub fn other_version(&self, first: &VersionId) -> anyhow::Result<VersionId> {
        let [NamedOne::Resource(other)] = &*self.named else {
            bail!(usage(format!(
                "{first} is compared with one other version of {}",
                first.resource
            )));
        };
        match other.version() {
            Some(version) if version.resource == first.resource => Ok(version),
            Some(version) => bail!(usage(format!(
                "{first} and {version} are versions of different resources"
            ))),
            None => bail!(usage(
                ResourceError::Unnumbered {
                    resource: other.resource.clone()
                }
                .to_string()
            )),
        }
    }
}

pub fn no_resource(slug: &EnvironmentSlug) -> Failure {
    usage(format!("invalid resource {slug}: it has no slash"))
}

pub fn usage(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, "usage", message)
        .hint("envctl diff FROM TO [RESOURCE…], envctl diff REV..REV [RESOURCE…], or envctl diff RESOURCE@A RESOURCE@B")
}
