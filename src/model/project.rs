use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::access::Access;
use crate::model::attestation::Attestations;
use crate::model::comment::Comment;
use crate::model::environment::Environment;
use crate::model::freeze::{Freeze, FreezeId};
use crate::model::ids::ContentId;
use crate::model::pending::PendingRelease;
use crate::model::pointers::Pointers;
use crate::model::policy::PolicyRules;
use crate::model::resource::{Kind, Resource, VersionId, VersionNumber};
use crate::model::settings::Settings;
use crate::model::shared::Shared;
use crate::model::slug::EnvironmentSlug;
use crate::model::text::Extension;
use crate::model::veto::{Veto, Vetoes};

/// The state of a project in one commit, in the index, or in a work tree: everything in the deciding files
/// that could be read. Of versions it knows which exist, not what they say.
///
/// Nothing in here is checked against anything else; that is for the judge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// Whether `envctl.toml` exists; without it there is no project.
    pub exists: bool,
    /// What `envctl.toml` says.
    pub settings: Settings,
    /// Who may do what; `None` lets everybody do everything. A file that cannot be read lets nobody do
    /// anything.
    pub access: Option<Access>,
    /// The environments by slug: those that have a file, however broken.
    pub environments: Shared<BTreeMap<EnvironmentSlug, Environment>>,
    /// What is live where; an environment without a pointers file has no entry.
    pub pointers: Shared<BTreeMap<EnvironmentSlug, Shared<Pointers>>>,
    /// What waits for approval, by environment.
    pub pending: BTreeMap<EnvironmentSlug, PendingRelease>,
    /// What is frozen, by environment.
    pub freezes: BTreeMap<EnvironmentSlug, BTreeMap<FreezeId, Freeze>>,
    /// The environments that have changes queued to apply later.
    pub scheduled: BTreeSet<EnvironmentSlug>,
    /// Every version of every resource.
    pub versions: VersionTable,
    /// The versions that no pointer may move to.
    pub vetoes: Shared<Vetoes>,
    /// Whether `vetoes.toml` has something wrong in it, so that what it bars is unknown.
    pub unsound_vetoes: bool,
    /// What evaluations found about versions: those that have a file, however broken.
    pub attestations: Shared<BTreeMap<VersionId, Attestations>>,
    /// The files that people keep beside envctl's own, by path: `README.md`, `.gitattributes`.
    pub companions: Shared<BTreeMap<String, ContentId>>,
    /// The comments of envctl's own files, by path: those of files that have any.
    pub comments: Shared<BTreeMap<String, Vec<Comment>>>,
}

/// The versions of resources by number. Neighbouring states share what they have in common.
pub type VersionTable = Shared<BTreeMap<Resource, Shared<BTreeMap<VersionNumber, Version>>>>;

/// One immutable version of a resource: which file it is. Its bytes are in the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The extension of its file.
    pub extension: Extension,
    /// The id of its bytes.
    pub content: ContentId,
}

impl Project {
    /// Returns what is live in `environment`; `None` if nothing is.
    pub fn live(
        &self,
        environment: &EnvironmentSlug,
        resource: &Resource,
    ) -> Option<VersionNumber> {
        self.pointers.get(environment)?.get(resource).copied()
    }

    /// Returns everything that is live in `environment`.
    pub fn live_in(
        &self,
        environment: &EnvironmentSlug,
    ) -> impl Iterator<Item = (&Resource, VersionNumber)> {
        self.pointers
            .get(environment)
            .into_iter()
            .flat_map(|pointers| pointers.iter())
            .map(|(resource, number)| (resource, *number))
    }

    /// Returns the routing releases and provider activations that are live in some environment.
    pub fn live_configuration(&self) -> BTreeSet<VersionId> {
        // Pointers are sorted by kind, and prompts come first: of those there may be thousands.
        let configuration = self.pointers.values().flat_map(|pointers| {
            let last = pointers.iter().rev();
            last.take_while(|(resource, _)| resource.kind != Kind::Prompts)
        });
        configuration
            .map(|(resource, number)| resource.at(*number))
            .collect()
    }

    /// Returns the freeze with that name in `environment`, if there is one.
    pub fn freeze(&self, environment: &EnvironmentSlug, id: &FreezeId) -> Option<&Freeze> {
        self.freezes.get(environment)?.get(id)
    }

    /// Returns the freezes of `environment`, by name.
    pub fn freezes_of(
        &self,
        environment: &EnvironmentSlug,
    ) -> impl Iterator<Item = (&FreezeId, &Freeze)> {
        self.freezes.get(environment).into_iter().flatten()
    }

    /// Returns the version with that id, if it was published.
    pub fn version(&self, id: &VersionId) -> Option<&Version> {
        self.versions.get(&id.resource)?.get(&id.number)
    }

    /// Returns the veto in `vetoes` that bars `version`: its own, or the first on a version with the same bytes. A veto is
    /// about bytes, so that publishing them under another number or name is no way around it.
    pub fn barred_by<'v>(
        &self,
        vetoes: &'v Vetoes,
        version: &VersionId,
        content: Option<ContentId>,
    ) -> Option<(&'v VersionId, &'v Veto)> {
        if vetoes.is_empty() {
            return None;
        }
        let same = |id: &VersionId| {
            content.is_some() && self.version(id).map(|version| version.content) == content
        };
        vetoes
            .get_key_value(version)
            .or_else(|| vetoes.iter().find(|(id, _)| same(id)))
    }

    /// Returns the comments in the file at `path` with that `text`.
    pub fn comments_like<'a>(
        &'a self,
        path: &str,
        text: &'a str,
    ) -> impl Iterator<Item = &'a Comment> {
        let comments = self.comments.get(path).into_iter().flatten();
        comments.filter(move |comment| comment.text == text)
    }

    /// Returns the newest version of `resource`.
    pub fn newest(&self, resource: &Resource) -> Option<(VersionNumber, &Version)> {
        self.versions
            .get(resource)?
            .last_key_value()
            .map(|(number, version)| (*number, version))
    }

    /// Returns the environments in the order in which they are shown: those in `order` first, then the others
    /// by slug.
    pub fn in_order(&self) -> Vec<&EnvironmentSlug> {
        let listed = self
            .settings
            .order
            .iter()
            .filter_map(|slug| self.environments.get_key_value(slug));
        let mut seen = HashSet::with_capacity(self.environments.len());
        let all = listed.chain(&self.environments).map(|(slug, _)| slug);
        all.filter(|slug| seen.insert(*slug)).collect()
    }

    /// Reports whether `environment` exists and serves production.
    pub fn serves_production(&self, environment: &EnvironmentSlug) -> bool {
        self.environments
            .get(environment)
            .is_some_and(|environment| environment.production)
    }

    /// Returns the environments whose policy requires `source`.
    pub fn requiring<'a>(
        &'a self,
        source: &'a EnvironmentSlug,
    ) -> impl Iterator<Item = &'a EnvironmentSlug> {
        self.environments
            .iter()
            .filter_map(move |(slug, environment)| {
                let demanded =
                    |(_, rules): (_, &PolicyRules)| rules.required_source() == Some(source);
                environment.policy.tables().any(demanded).then_some(slug)
            })
    }
}
