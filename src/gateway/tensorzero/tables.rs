use std::collections::BTreeMap;

use super::connection::connection;
use super::file_tables::{Lines, ModelTable, VariantTable};
use super::params;
use crate::gateway::format::{Inexpressible, ServedGateway};
use crate::gateway::leaves::Leaf;
use crate::gateway::slugs::slug;
use crate::model::{
    Endpoint, Kind, Resource, ResourceName, Retry, RoutingRule, Target, TargetEnd, TargetName,
    Weight,
};

/// How the models of a rule are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ModelNaming {
    /// As callers ask for them.
    AsAsked,
    /// By the rule and the number of its release, so that releases stand side by side.
    ByRelease,
}

/// What the rules of one environment become.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) embedding_models: BTreeMap<String, ModelTable>,
    pub(super) models: BTreeMap<String, ModelTable>,
    /// The variants of each function, in order.
    pub(super) functions: BTreeMap<String, Vec<ChosenVariant>>,
    pub(super) lost: Vec<Inexpressible>,
}

/// A variant, and how often it is chosen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChosenVariant {
    pub(super) name: String,
    pub(super) table: VariantTable,
    pub(super) weight: u32,
}

/// Returns the tables that say what is served.
///
/// # Errors
///
/// Everything that no table says.
pub(super) fn tables(
    served: &ServedGateway,
    naming: ModelNaming,
) -> Result<Tables, Vec<Inexpressible>> {
    let mut writer = TablesWriter {
        served,
        naming,
        tables: Tables::default(),
        refused: Vec::new(),
    };
    for (name, rule) in &served.gateway.rules {
        if let Err(refused) = writer.rule(name, rule) {
            writer.refused.push(refused);
        }
    }
    let TablesWriter {
        mut tables,
        mut refused,
        ..
    } = writer;
    if !refused.is_empty() {
        refused.sort();
        refused.dedup();
        return Err(refused);
    }
    tables.lost.extend(unlisted(served));
    tables.lost.sort();
    tables.lost.dedup();
    Ok(tables)
}

/// Returns the prompts that no rule lists.
fn unlisted(served: &ServedGateway) -> impl Iterator<Item = Inexpressible> {
    let rules = || served.gateway.rules.values();
    let prompts = served.gateway.prompts.keys();
    prompts
        .filter(move |name| !rules().any(|rule| rule.prompts.contains(name)))
        .map(|name| {
            let message = "it belongs to no function, since no live rule lists it";
            Inexpressible::whole(Resource::new(Kind::Prompts, name), message)
        })
}

struct TablesWriter<'g> {
    served: &'g ServedGateway,
    naming: ModelNaming,
    tables: Tables,
    refused: Vec<Inexpressible>,
}

impl<'g> TablesWriter<'g> {
    fn rule(&mut self, name: &ResourceName, rule: &'g RoutingRule) -> Result<(), Inexpressible> {
        let resource = Resource::new(Kind::Routing, name);
        let index = rule.models.iter().position(|it| it.pattern().is_some());
        if let Some(index) = index {
            let message = format!(
                "a model has a name of its own there, so nothing stands for `{}`",
                rule.models[index]
            );
            return Err(Inexpressible::at(
                &resource,
                format!("models.{index}"),
                message,
            ));
        }
        self.lose_from_retry(&resource, rule);
        match rule.endpoint {
            Endpoint::Chat => self.chat(name, rule),
            Endpoint::Embeddings => self.embeddings(name, rule),
            other => {
                let message = format!("there is nothing for {other}");
                Err(Inexpressible::at(&resource, "endpoint", message))
            }
        }
    }

    fn lose_from_retry(&mut self, resource: &Resource, rule: &RoutingRule) {
        let Some(retry) = &rule.retry else { return };
        let mut lose = |key: &str, message: &str| {
            let lost = Inexpressible::at(resource, key, message);
            self.tables.lost.push(lost);
        };
        if rule.endpoint == Endpoint::Embeddings {
            return lose("retry", "a request for embeddings is not repeated");
        }
        if retry.backoff_base.is_some() {
            lose("retry.backoff_base_ms", "the gateway has delays of its own");
        }
        if !retry.on.is_empty() {
            lose("retry.on", "a request is repeated after every failure");
        }
    }

    fn embeddings(
        &mut self,
        name: &ResourceName,
        rule: &'g RoutingRule,
    ) -> Result<(), Inexpressible> {
        let resource = Resource::new(Kind::Routing, name);
        if rule.strategy.takes_weights() {
            let message = "nothing chooses among embedding models by weight";
            return Err(Inexpressible::at(&resource, "strategy", message));
        }
        if !rule.prompts.is_empty() {
            let message = "embeddings have no prompts";
            return Err(Inexpressible::at(&resource, "prompts", message));
        }
        let leaves = self.served.gateway.written_out(name, rule)?;
        for leaf in leaves.iter().filter(|leaf| !leaf.target.params.is_empty()) {
            let key = format!("targets.{}.params", leaf.name);
            let message = "an embedding model has no parameters";
            self.tables
                .lost
                .push(Inexpressible::at(&resource, key, message));
        }
        let table = self.model(name, rule, &leaves);
        // A caller names an embedding model itself, so it is called as it is asked for.
        let models = rule
            .models
            .iter()
            .map(|model| (model.to_string(), table.clone()));
        self.tables.embedding_models.extend(models);
        Ok(())
    }

    fn chat(&mut self, name: &ResourceName, rule: &'g RoutingRule) -> Result<(), Inexpressible> {
        // The variants are the same for each model of the rule, but for the name of what they ask.
        for model in &rule.models {
            let base = self.base(name, model.as_str());
            let variants = self.variants(name, rule, &base)?;
            let template = self.prompts(rule, |prompt| slug(model.as_str()) == prompt.as_str());
            let template = template.into_iter().next().map(|(_, path)| path);
            let variants = variants.into_iter().map(|mut variant| {
                variant.table.template.clone_from(&template);
                if self.naming == ModelNaming::ByRelease {
                    variant.name = by_release(&base, &variant.name);
                }
                variant
            });
            let variants = variants.collect();
            self.function(name, model.as_str(), variants);
        }
        let own = |prompt: &ResourceName| {
            let called = |model: &crate::model::ModelName| slug(model.as_str()) == prompt.as_str();
            !rule.models.iter().any(called)
        };
        let Some(first) = rule.models.first() else {
            return Ok(());
        };
        let base = self.base(name, first.as_str());
        for (prompt, path) in self.prompts(rule, own) {
            let version = self
                .served
                .gateway
                .prompts
                .get(&prompt)
                .map(|it| it.version);
            let Some(version) = version else { continue };
            let variants = self.variants(name, rule, &base)?.into_iter();
            let variants = variants.map(|mut variant| {
                variant.table.template = Some(path.clone());
                variant.name = match (variant.name.as_str(), self.naming) {
                    (MAIN, ModelNaming::AsAsked) => format!("v{version}"),
                    (MAIN, ModelNaming::ByRelease) => format!("{base}-v{version}"),
                    (own, ModelNaming::AsAsked) => format!("v{version}-{own}"),
                    (own, ModelNaming::ByRelease) => format!("{base}-v{version}-{own}"),
                };
                variant
            });
            let variants = variants.collect();
            self.function(name, prompt.as_str(), variants);
        }
        Ok(())
    }

    /// Returns what the names of the models begin with that stand for `model` of a rule.
    fn base(&self, rule: &ResourceName, model: &str) -> String {
        match (self.naming, self.served.releases.get(rule)) {
            (ModelNaming::ByRelease, Some(number)) => format!("{rule}-{number}"),
            _ => model.to_owned(),
        }
    }

    /// Returns the prompts of a rule that are `wanted`, with their files.
    fn prompts(
        &self,
        rule: &RoutingRule,
        wanted: impl Fn(&ResourceName) -> bool,
    ) -> Vec<(ResourceName, String)> {
        let served = &self.served.gateway.prompts;
        let listed = rule.prompts.iter().filter(|prompt| wanted(prompt));
        let found = listed.filter_map(|name| Some((name.clone(), served.get(name)?.path.clone())));
        found.collect()
    }

    fn function(&mut self, rule: &ResourceName, name: &str, variants: Vec<ChosenVariant>) {
        let before = self.tables.functions.insert(name.to_owned(), variants);
        if before.is_some() {
            let message = format!("there would be two functions called `{name}`");
            let resource = Resource::new(Kind::Routing, rule);
            self.refused.push(Inexpressible::whole(resource, message));
        }
    }

    /// Returns the variants of the functions of a rule, and adds the models that they ask, whose names begin with `base`.
    fn variants(
        &mut self,
        name: &ResourceName,
        rule: &'g RoutingRule,
        base: &str,
    ) -> Result<Vec<ChosenVariant>, Inexpressible> {
        let retries = retries(rule.retry.as_ref());
        let leads = |target: &Target| matches!(target.destination, TargetEnd::Rule { .. });
        let is_choice = rule.strategy.takes_weights();
        let leads_on = rule.order.len() == 1 && rule.targets.values().any(leads);
        if !is_choice && !leads_on {
            let leaves = self.served.gateway.written_out(name, rule)?;
            let table = self.model(name, rule, &leaves);
            self.tables.models.insert(base.to_owned(), table);
            let mut lines = self.common_params(name, &leaves)?;
            lines.extend(retries);
            return Ok(vec![ChosenVariant {
                name: MAIN.to_owned(),
                table: asks(base, lines),
                weight: 1,
            }]);
        }
        let mut variants = Vec::new();
        for (target_name, target) in rule.in_order() {
            let (model, mut lines) = match &target.destination {
                TargetEnd::Rule { rule: to } => {
                    self.lose_of_rule(name, target_name, to);
                    (self.model_of((name, target_name), to)?, Lines::new())
                }
                TargetEnd::Model { provider, model } => {
                    let leaf = Leaf {
                        name: target_name.to_string(),
                        way: Vec::new(),
                        target,
                        provider,
                        model,
                        share: None,
                    };
                    let called = format!("{base}.{target_name}");
                    let table = self.model(name, rule, std::slice::from_ref(&leaf));
                    self.tables.models.insert(called.clone(), table);
                    (called, self.params(name, target_name.as_str(), target)?)
                }
            };
            lines.extend(retries.clone());
            variants.push(ChosenVariant {
                name: target_name.to_string(),
                table: asks(&model, lines),
                weight: target.weight.map_or(1, Weight::value),
            });
        }
        Ok(variants)
    }

    /// Notes what a model does not say of the rule `to`, for a target that leads there.
    fn lose_of_rule(&mut self, name: &ResourceName, target: &TargetName, to: &ResourceName) {
        let Some(rule) = self.served.gateway.rules.get(to) else {
            return;
        };
        let has_params = self
            .served
            .gateway
            .leaves(rule)
            .iter()
            .any(|leaf| !leaf.target.params.is_empty());
        for (is_lost, what) in [
            (has_params, "parameters"),
            (rule.retry.is_some(), "repetitions"),
        ] {
            if is_lost {
                let key = format!("targets.{target}.rule");
                let message = format!("the {what} of routing/{to} hold for requests to that only");
                let resource = Resource::new(Kind::Routing, name);
                self.tables
                    .lost
                    .push(Inexpressible::at(&resource, key, message));
            }
        }
    }

    /// Returns the name of the model that says what the rule `to` does, for a target that leads there.
    fn model_of(
        &self,
        (name, target): (&ResourceName, &TargetName),
        to: &ResourceName,
    ) -> Result<String, Inexpressible> {
        let key = format!("targets.{target}.rule");
        let refused = |message: String| {
            Inexpressible::at(&Resource::new(Kind::Routing, name), key.clone(), message)
        };
        let mut at = to;
        // What is coherent has no circle; what is not must not take for ever.
        for _ in 0..=self.served.gateway.rules.len() {
            let Some(rule) = self.served.gateway.rules.get(at) else {
                break;
            };
            if rule.strategy.takes_weights() {
                return Err(refused(format!(
                    "it leads to routing/{at}, which chooses by weight"
                )));
            }
            match rule
                .in_order()
                .next()
                .map(|(_, target)| &target.destination)
            {
                Some(TargetEnd::Rule { rule: next }) if rule.order.len() == 1 => at = next,
                _ => {
                    let first = rule
                        .models
                        .first()
                        .map(|model| self.base(at, model.as_str()));
                    return first.ok_or_else(|| refused("it leads nowhere".to_owned()));
                }
            }
        }
        Err(refused("it leads nowhere".to_owned()))
    }

    /// Returns the lines for the parameters of `leaves`, which a variant has once for all of them.
    fn common_params(
        &self,
        name: &ResourceName,
        leaves: &[Leaf<'_>],
    ) -> Result<Lines, Inexpressible> {
        let Some(first) = leaves.first() else {
            return Ok(Lines::new());
        };
        let other = leaves
            .iter()
            .find(|leaf| leaf.target.params != first.target.params);
        if let Some(other) = other {
            let resource = Resource::new(Kind::Routing, name);
            let key = format!("targets.{}.params", other.name);
            let message = format!(
                "they are others than those of `{}`, and a variant has them once for all providers",
                first.name
            );
            return Err(Inexpressible::at(&resource, key, message));
        }
        self.params(name, &first.name, first.target)
    }

    /// Returns the lines for the parameters of the target of `name` that is called `called`.
    fn params(
        &self,
        name: &ResourceName,
        called: &str,
        target: &Target,
    ) -> Result<Lines, Inexpressible> {
        params::lines(&target.params).map_err(|(param, message)| {
            let key = format!("targets.{called}.params.{param}");
            Inexpressible::at(&Resource::new(Kind::Routing, name), key, message)
        })
    }

    /// Returns the model that asks the providers of `leaves` in their order.
    fn model(
        &mut self,
        name: &ResourceName,
        rule: &RoutingRule,
        leaves: &[Leaf<'_>],
    ) -> ModelTable {
        let resource = Resource::new(Kind::Routing, name);
        let mut table = ModelTable::default();
        for leaf in leaves {
            for param in params::of_another_gateway(&leaf.target.params) {
                let key = format!("targets.{}.params.{param}", leaf.name);
                let message = "it is for LiteLLM, and TensorZero would send it to the provider";
                self.tables
                    .lost
                    .push(Inexpressible::at(&resource, key, message));
            }
            for (is_lost, what) in [
                (!leaf.target.limits.is_empty(), "limits"),
                (!leaf.target.metadata.is_empty(), "metadata"),
            ] {
                if is_lost {
                    let key = format!("targets.{}.{what}", leaf.name);
                    let message = format!("a provider of a model has no {what}");
                    self.tables
                        .lost
                        .push(Inexpressible::at(&resource, key, message));
                }
            }
            let Some(provider) = self.served.gateway.providers.get(leaf.provider) else {
                continue;
            };
            match connection(leaf, provider, rule.endpoint) {
                Ok((lines, lost)) => {
                    self.tables.lost.extend(lost);
                    table.providers.push((leaf.name.clone(), lines));
                }
                Err(refused) => self.refused.push(refused),
            }
        }
        table
    }
}

/// The name of the variant of a rule whose targets are a list.
const MAIN: &str = "main";

fn by_release(base: &str, variant: &str) -> String {
    match variant {
        MAIN => base.to_owned(),
        own => format!("{base}-{own}"),
    }
}

fn asks(model: &str, lines: Lines) -> VariantTable {
    VariantTable {
        model: model.to_owned(),
        template: None,
        lines,
    }
}

fn retries(retry: Option<&Retry>) -> Lines {
    let line = |retry: &Retry| {
        let value = format!("{{ num_retries = {} }}", retry.max_retries);
        ("retries".to_owned(), value)
    };
    retry.map(line).into_iter().collect()
}
