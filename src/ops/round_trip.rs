//! What is imported is rendered as it was, and what was rendered is imported without a new version.

use proptest::prelude::*;

use super::{View, render};
use crate::check::{any_error, check_state};
use crate::files::{Edit, FileChange, Snapshot, State, apply};
use crate::gateway::{
    Gateway, PromptSource, ServedPrompt, activation_text, any_gateway, read_gateway, release_text,
};
use crate::model::{
    CommitId, EnvironmentSlug, Extension, Kind, Project, Provider, ProviderKind, ProviderOptions,
    Resource, ResourceName, TargetEnd, VersionNumber,
};
use crate::plan::{Content, Import, Meaning, Plan, import, init_with_import};
use crate::store::{ProjectFolder, Store};

/// `gateway` so that its parts fit together, with prompts as a new project would have them.
fn coherent(mut gateway: Gateway) -> Gateway {
    let names: Vec<ResourceName> = gateway.rules.keys().cloned().collect();
    for (name, rule) in &mut gateway.rules {
        rule.prompts.retain(|prompt| names.contains(prompt));
        // Names of rules differ, so no two of them answer for the same model.
        for model in &mut rule.models {
            *model = format!("{name}/{model}").parse().unwrap();
        }
        for target in rule.targets.values() {
            let listed = || Provider {
                kind: ProviderKind::openai(),
                base_url: Some("https://example.org".parse().unwrap()),
                models: Vec::new(),
                credential: None,
                timeout: None,
                auth: None,
                options: ProviderOptions::default(),
            };
            let TargetEnd::Model { provider, model } = &target.destination else {
                unreachable!("any gateway has none that leads to a rule")
            };
            let provider = gateway
                .providers
                .entry(provider.clone())
                .or_insert_with(listed);
            if !provider.models.iter().any(|listed| listed.covers(model)) {
                provider.models.push(model.clone());
            }
        }
    }
    let prompt = |name: ResourceName| {
        let path = format!("prompts/{name}/1.md");
        (
            name,
            ServedPrompt {
                version: VersionNumber::FIRST,
                path,
            },
        )
    };
    gateway.prompts = names.into_iter().map(prompt).collect();
    gateway
}

/// What a configuration says; the text of a prompt is its path.
fn what(text: &str, to: &[EnvironmentSlug]) -> Import {
    let imported = read_gateway("gateway.toml", text);
    assert_eq!(
        (imported.findings, imported.remarks),
        (vec![], vec![]),
        "{text}"
    );
    let content = |kind: Kind, name: &ResourceName, ending: &str, text: String, meaning| Content {
        resource: Resource {
            kind,
            name: name.clone(),
        },
        extension: Extension::of(kind, ending).unwrap(),
        bytes: text.into_bytes().into(),
        meaning,
    };
    let prompts = imported
        .prompts
        .iter()
        .map(|(name, prompt)| match &prompt.source {
            PromptSource::File(path) => {
                content(Kind::Prompts, name, "md", path.clone(), Meaning::Prompt)
            }
            PromptSource::Text(_) => unreachable!("a rendered prompt is a file"),
        });
    let rules = imported.rules.iter().map(|(name, rule)| {
        content(
            Kind::Routing,
            name,
            "toml",
            release_text(rule),
            Meaning::Rule(rule.clone()),
        )
    });
    let providers = imported.providers.iter().map(|(name, provider)| {
        content(
            Kind::Providers,
            name,
            "toml",
            activation_text(provider),
            Meaning::Provider(provider.clone()),
        )
    });
    let contents = prompts.chain(rules).chain(providers).collect();
    Import {
        name: "gateway.toml".to_owned(),
        contents,
        to: to.to_vec(),
        reason: None,
    }
}

/// The project in which `plan` was made on top of `snapshot`.
fn made(snapshot: &Snapshot, plan: &Plan) -> View {
    let changes: Vec<FileChange> = apply(snapshot, &plan.edits).unwrap();
    let snapshot = snapshot.with(&changes, Store::content_id);
    let state = State::in_memory(&snapshot).unwrap();
    View {
        folder: ProjectFolder::root(),
        commit: CommitId::from_bytes([1; 20]),
        snapshot,
        state,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn import_and_render_undo_each_other(gateway in any_gateway().prop_map(coherent)) {
        let text = gateway.to_toml();
        let (name, branch) = ("Desk".parse().unwrap(), "main".parse().unwrap());
        let plan =
            init_with_import(&Project::default(), (&name, &branch), &what(&text, &[]), Store::content_id).unwrap();
        let view = made(&Snapshot::default(), &plan);
        let found = check_state(&view.state);
        prop_assert!(!any_error(&found), "{found:#?}");
        for slug in EnvironmentSlug::system() {
            let rendered = render(&view, &slug).unwrap();
            prop_assert_eq!(rendered.to_toml(), text.as_str());
            prop_assert_eq!(&rendered, &gateway);
        }
        let again = import(&view.state.project, &view.state.configuration, &what(&text, &EnvironmentSlug::system()), Store::content_id).unwrap();
        prop_assert!(again.is_empty(), "{:#?}", again.edits);
    }

    #[test]
    fn one_change_of_a_configuration_is_one_version(gateway in any_gateway().prop_map(coherent)) {
        let (name, branch) = ("Desk".parse().unwrap(), "main".parse().unwrap());
        let text = gateway.to_toml();
        let plan =
            init_with_import(&Project::default(), (&name, &branch), &what(&text, &[]), Store::content_id).unwrap();
        let view = made(&Snapshot::default(), &plan);
        let mut changed = gateway;
        let Some(provider) = changed.providers.values_mut().next() else { return Ok(()) };
        provider.base_url = Some("https://changed.example.org".parse().unwrap());
        let staging = &EnvironmentSlug::system()[1..];
        let next = import(&view.state.project, &view.state.configuration, &what(&changed.to_toml(), staging), Store::content_id).unwrap();
        let new = next.edits.iter().filter(|edit| matches!(edit, Edit::AddVersion(..)));
        prop_assert_eq!((new.count(), next.moves.len()), (1, 1));
        let view = made(&view.snapshot, &next);
        prop_assert_eq!(render(&view, &staging[0]).unwrap().to_toml(), changed.to_toml());
        prop_assert_eq!(render(&view, &EnvironmentSlug::system()[0]).unwrap().to_toml(), text);
    }
}
