use std::collections::BTreeMap;
use std::sync::Arc;

use envctl::gateway::{Inexpressible, Rendering, ServedGateway};
use envctl::model::{EnvironmentSlug, Kind, Resource};
use envctl::ops::{Session, View, render};

use super::refused::refused;
use crate::app::App;
use crate::error::Failure;
use crate::exit::Exit;
use crate::format_names::RenderFormat;
use crate::render::{json, toml};

/// The configuration of an environment as files.
pub struct Rendered {
    /// What the environment serves.
    pub served: ServedGateway,
    /// The name of the file of the configuration.
    pub configuration: &'static str,
    /// The text of that file.
    pub text: String,
    /// What the format loses.
    pub lost: Vec<Inexpressible>,
}

impl Rendered {
    /// Returns the configuration of the environment `slug` in a format.
    ///
    /// # Errors
    ///
    /// When there is no such environment, what is live there is invalid, or the format cannot express it.
    pub fn of(
        session: &Session,
        view: &View,
        slug: &EnvironmentSlug,
        format: RenderFormat,
    ) -> anyhow::Result<Self> {
        let served = served(session, view, slug)?;
        let (configuration, rendering) = match format {
            RenderFormat::Json => {
                let text = json::pretty(&served.gateway)? + "\n";
                let rendering = Rendering {
                    text,
                    ..Rendering::default()
                };
                ("gateway.json", rendering)
            }
            RenderFormat::Of(format) => {
                let written = format.write(&served);
                let rendering =
                    written.map_err(|all| inexpressible(&all, format.name(), slug.as_str()))?;
                (format.file_name(), rendering)
            }
        };
        let Rendering { text, lost } = rendering;
        Ok(Self {
            served,
            configuration,
            text: shown(configuration, &text),
            lost,
        })
    }

    /// Returns all files by their paths: the configuration and the prompts.
    pub fn all_files(&self) -> BTreeMap<String, Vec<u8>> {
        let text = self.text.clone().into_bytes();
        let mut files = BTreeMap::from([(self.configuration.to_owned(), text)]);
        files.extend(prompt_files(&self.served));
        files
    }
}

/// Returns the prompts of an environment by their paths.
pub fn prompt_files(served: &ServedGateway) -> Vec<(String, Vec<u8>)> {
    let prompts = served.gateway.prompts.iter();
    let found = prompts
        .filter_map(|(name, prompt)| Some((prompt.path.clone(), served.texts.get(name)?.to_vec())));
    found.collect()
}

/// Returns what the environment `slug` serves, with the texts of its prompts.
///
/// # Errors
///
/// When there is no such environment, or what is live there is invalid.
pub fn served(
    session: &Session,
    view: &View,
    slug: &EnvironmentSlug,
) -> anyhow::Result<ServedGateway> {
    let gateway = render(view, slug).map_err(|error| refused(&error, view))?;
    let project = &view.state.project;
    let mut texts = BTreeMap::new();
    for (name, prompt) in &gateway.prompts {
        let resource = Resource {
            kind: Kind::Prompts,
            name: name.clone(),
        };
        if let Some(version) = project.version(&resource.at(prompt.version)) {
            let text: Arc<[u8]> = session.store.content(version.content)?.into();
            texts.insert(name.clone(), text);
        }
    }
    let rules = project
        .live_in(slug)
        .filter(|(resource, _)| resource.kind == Kind::Routing);
    let releases = rules
        .map(|(resource, number)| (resource.name.clone(), number))
        .collect();
    Ok(ServedGateway {
        gateway,
        releases,
        texts,
    })
}

/// Returns the text of a file without what acts on a terminal, where its form has a way to write that.
pub fn shown(file: &str, text: &str) -> String {
    if file.ends_with(".toml") {
        toml::harmless(text)
    } else {
        text.to_owned()
    }
}

/// Returns the failure because a format cannot express what is served.
pub fn inexpressible(all: &[Inexpressible], format: &str, what: &str) -> Failure {
    let message = format!("the format {format} cannot express what is live in {what}");
    let failure = all.iter().fold(
        Failure::new(Exit::Refused, "inexpressible", message),
        |failure, one| failure.hint(one.to_string()),
    );
    failure.with("inexpressible", all)
}

/// Warns of what the format loses, or refuses it where nothing may be lost.
///
/// # Errors
///
/// When something is lost and the rendering is strict.
pub fn judge_lost(lost: &[Inexpressible], strict: bool, app: &mut App) -> anyhow::Result<()> {
    if strict && !lost.is_empty() {
        let message = "the format loses a part of what is live";
        let failure = lost.iter().fold(
            Failure::new(Exit::Refused, "lossy", message),
            |failure, one| failure.hint(one.to_string()),
        );
        return Err(failure.with("losses", lost).into());
    }
    for one in lost {
        let one = one.to_string();
        app.output.warn(crate::ui::Shown(&one));
    }
    Ok(())
}
