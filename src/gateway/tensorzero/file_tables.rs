use std::collections::BTreeMap;

use crate::files::splice::quoted;
use crate::gateway::toml_text::{TomlText, quoted_key};

/// The tables of a file, before they are text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FileTables {
    pub(super) embedding_models: BTreeMap<String, ModelTable>,
    pub(super) functions: BTreeMap<String, FunctionTable>,
    pub(super) models: BTreeMap<String, ModelTable>,
}

/// A model: its providers, in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ModelTable {
    pub(super) providers: Vec<(String, Lines)>,
}

/// Keys and what stands after them, in order.
pub(super) type Lines = Vec<(String, String)>;

/// A function: its variants, and how often each is chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FunctionTable {
    pub(super) variants: BTreeMap<String, VariantTable>,
    /// By variant; one that is not here is not chosen.
    pub(super) weights: Weights,
    /// The same for the requests of a namespace.
    pub(super) namespaces: BTreeMap<String, Weights>,
}

/// How often each variant is chosen.
pub(super) type Weights = BTreeMap<String, u32>;

/// A way to answer a function.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct VariantTable {
    /// The model that it asks.
    pub(super) model: String,
    /// The file of its system message.
    pub(super) template: Option<String>,
    pub(super) lines: Lines,
}

impl FileTables {
    /// Returns the text of the file.
    pub(super) fn text(&self) -> String {
        let mut text = TomlText::default();
        models(&mut text, "embedding_models", &self.embedding_models);
        for (name, function) in &self.functions {
            let at = format!("functions.{}", quoted_key(name));
            text.header(&at);
            text.line("type", quoted("chat"));
            for (name, variant) in &function.variants {
                text.header(&format!("{at}.variants.{}", quoted_key(name)));
                text.line("type", quoted("chat_completion"));
                text.line("model", quoted(&variant.model));
                if let Some(path) = &variant.template {
                    text.line("templates.system.path", quoted(path));
                }
                lines(&mut text, &variant.lines);
            }
            let at = format!("{at}.experimentation");
            weights(&mut text, &at, &function.weights);
            for (namespace, chosen) in &function.namespaces {
                weights(
                    &mut text,
                    &format!("{at}.namespaces.{}", quoted_key(namespace)),
                    chosen,
                );
            }
        }
        models(&mut text, "models", &self.models);
        text.into_string()
    }
}

fn models(text: &mut TomlText, section: &str, models: &BTreeMap<String, ModelTable>) {
    for (name, model) in models {
        let at = format!("{section}.{}", quoted_key(name));
        text.header(&at);
        let names: Vec<&str> = model
            .providers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        text.list("routing", &names);
        for (name, provider) in &model.providers {
            text.header(&format!("{at}.providers.{}", quoted_key(name)));
            lines(text, provider);
        }
    }
}

fn lines(text: &mut TomlText, lines: &Lines) {
    for (key, value) in lines {
        text.line(key, value);
    }
}

fn weights(text: &mut TomlText, at: &str, weights: &Weights) {
    text.header(at);
    text.line("type", quoted("static"));
    let pairs = weights
        .iter()
        .map(|(variant, weight)| (quoted_key(variant), format!("{weight}.0")));
    text.inline("candidate_variants", pairs);
}
