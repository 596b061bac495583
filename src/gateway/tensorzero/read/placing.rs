use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::functions::ReadFunction;
use super::models::{ReadModel, ReadModels};
use super::prompts::{FunctionPrompts, PromptNames, prompts};
use super::providers::ProviderBook;
use super::variants::{ReadVariant, VariantEnd};
use crate::diag::{Code, Spot};
use crate::files::routing;
use crate::gateway::imported::Imported;
use crate::gateway::native::release_text;
use crate::gateway::notes::{ImportNotes, path};
use crate::gateway::slugs::{TakenNames, slug};
use crate::model::{
    Endpoint, JsonTable, MaxRetries, ModelName, ResourceName, Retry, RoutingRule, Strategy, Target,
    TargetEnd, TargetLimits, TargetName, Weight,
};

/// Returns the project that the models and functions of a file are.
pub(super) fn placed(
    notes: &mut ImportNotes<'_>,
    chat: ReadModels,
    embeddings: ReadModels,
    functions: Vec<ReadFunction>,
) -> Imported {
    let mut functions: Vec<ReadFunction> = functions
        .into_iter()
        .filter(|function| {
            let is_taken = is_taken(function, &chat);
            if is_taken {
                let message = "a model is called the same, and a rule answers for a name once";
                notes.left_out(&["functions", &function.name], message);
            }
            !is_taken
        })
        .collect();
    let called = functions.iter().map(|function| function.name.as_str());
    let models = chat.models.keys().map(ModelName::as_str);
    let mut names = PromptNames::beside(called.chain(models));
    let all: Vec<FunctionPrompts> = functions
        .iter()
        .map(|function| prompts(notes, function, &mut names))
        .collect();
    // What a rule cannot hold goes before functions are compared. Otherwise two that are the same without it would be two rules
    // now, and one rule when what is rendered of them is read.
    without_what_no_rule_holds(notes, &mut functions, &all, &chat);
    let mut placing = Placing::new(&chat, &embeddings, &functions);
    for (function, prompts) in functions.iter().zip(&all) {
        placing.own_model(function, prompts);
    }
    // Those that are rules come before those that only add a prompt to one.
    let (prompts_of, rules): (Vec<_>, Vec<_>) = functions
        .iter()
        .zip(&all)
        .filter(|(function, _)| !placing.has_model(function))
        .map(|(function, prompts)| {
            (
                function,
                prompts,
                placing.base(function, prompts, (&all, DEEPEST)),
            )
        })
        .partition(|(_, _, base)| base.is_some());
    for (function, prompts, base) in rules.into_iter().chain(prompts_of) {
        placing.function(notes, function, prompts, base);
    }
    let (providers, rules) = placing.finish(notes);
    let prompts = all.into_iter().flat_map(|it| it.prompts).collect();
    Imported {
        providers,
        rules,
        prompts,
        ..Imported::default()
    }
}

/// Takes out of `functions` what the rule that each becomes cannot hold, and notes it: how often a request is repeated where the
/// variants differ in that, and the parameters of a variant whose model has several providers, since a target that leads to a rule
/// has none. Those stay where the function, or another one, gives them to that model as a whole.
fn without_what_no_rule_holds(
    notes: &mut ImportNotes<'_>,
    functions: &mut [ReadFunction],
    all: &[FunctionPrompts],
    chat: &ReadModels,
) {
    for function in functions.iter_mut() {
        let retries: BTreeSet<_> = function.variants.iter().map(|it| it.retries).collect();
        if retries.len() > 1 {
            let most = retries.iter().max().copied().flatten();
            for variant in &mut function.variants {
                if variant.retries.is_some() && variant.retries != most {
                    let at = ["functions", &function.name, "variants", &variant.name];
                    let at = [&at[..], &["retries", "num_retries"]].concat();
                    let message = "its variants repeat a request differently, and a rule has one `retry`: the largest";
                    notes.left_out(&at, message);
                }
                variant.retries = most;
            }
        }
    }
    // What each model gets of the function that is called as it is.
    let given: BTreeMap<ModelName, (JsonTable, Option<MaxRetries>)> = functions
        .iter()
        .filter_map(|function| {
            let [variant] = function.variants.as_slice() else {
                return None;
            };
            let (model, _) = chat_claim(&function.name)?;
            let is_own = chat.models.contains_key(&model);
            is_own.then(|| (model, (variant.params.clone(), variant.retries)))
        })
        .collect();
    for (function, prompts) in functions.iter_mut().zip(all) {
        if chat_claim(&function.name).is_some_and(|(name, _)| given.contains_key(&name)) {
            continue;
        }
        let is_prompt = prompts.is_whole && slug(&function.name) == function.name;
        let is_single = function.variants.len() == 1;
        for variant in &mut function.variants {
            let VariantEnd::Model(model) = &variant.asks else {
                continue;
            };
            let is_alone = chat
                .models
                .get(model)
                .is_none_or(|it| it.targets.len() == 1);
            let is_given = given.get(model).is_some_and(|(params, retries)| {
                *params == variant.params && *retries == variant.retries
            });
            if variant.params.is_empty() || is_alone || (is_prompt && is_single && is_given) {
                continue;
            }
            no_params(notes, variant);
            variant.params = JsonTable::default();
        }
    }
}

fn no_params(notes: &mut ImportNotes<'_>, variant: &ReadVariant) {
    for at in &variant.params_at {
        let at: Vec<&str> = at.iter().map(String::as_str).collect();
        let message = "a target that leads to a rule has no parameters of its own";
        notes.left_out(&at, message);
    }
}

/// What a rule is called of whose model nothing can be in a name.
const NAMELESS: &str = "model";

/// What a target is called of whose variant nothing can be in a name.
const VARIANT: &str = "variant";

/// How many functions may lead to one another. Names tell who leads to whom, and a hostile file may make a circle.
const DEEPEST: usize = 8;

/// A rule that has no name yet.
#[derive(Clone, Debug)]
struct DraftRule {
    targets: Vec<DraftTarget>,
    is_choice: bool,
    retries: Option<MaxRetries>,
    prompts: BTreeSet<ResourceName>,
    at: [String; 2],
}

#[derive(Clone, Debug)]
struct DraftTarget {
    name: TargetName,
    asks: VariantEnd,
    weight: Option<Weight>,
    params: JsonTable,
}

/// What a function does, regardless of the names of its variants.
type Shape = Vec<(VariantEnd, Weight, String, Option<MaxRetries>)>;

/// What a rule answers for.
type RuleClaim = (ModelName, Endpoint);

struct Placing<'r> {
    chat: &'r ReadModels,
    functions: &'r [ReadFunction],
    /// The models that are one target of a function, called `<function>.<variant>`.
    parts: BTreeSet<ModelName>,
    rules: BTreeMap<RuleClaim, DraftRule>,
}

impl<'r> Placing<'r> {
    fn new(
        chat: &'r ReadModels,
        embeddings: &'r ReadModels,
        functions: &'r [ReadFunction],
    ) -> Self {
        let part = |function: &ReadFunction, variant: &ReadVariant| match &variant.asks {
            VariantEnd::Model(model) => {
                let is_own = model.as_str() == format!("{}.{}", function.name, variant.name);
                let is_single = chat
                    .models
                    .get(model)
                    .is_some_and(|it| it.targets.len() == 1);
                (is_own && is_single).then(|| model.clone())
            }
            VariantEnd::Provider(_) => None,
        };
        let parts: BTreeSet<ModelName> = functions
            .iter()
            .flat_map(|function| {
                function
                    .variants
                    .iter()
                    .filter_map(move |variant| part(function, variant))
            })
            .collect();
        let mut rules = BTreeMap::new();
        for (name, model) in &chat.models {
            if !parts.contains(name) {
                let draft = of_model("models", name, model);
                rules.insert((name.clone(), Endpoint::Chat), draft);
            }
        }
        for (name, model) in &embeddings.models {
            let draft = of_model("embedding_models", name, model);
            rules.insert((name.clone(), Endpoint::Embeddings), draft);
        }
        Self {
            chat,
            functions,
            parts,
            rules,
        }
    }

    /// Adds what a function says of the model of the same name, which is all that it asks.
    fn own_model(&mut self, function: &ReadFunction, prompts: &FunctionPrompts) {
        let own = chat_claim(&function.name).and_then(|claim| self.rules.get_mut(&claim));
        let (Some(draft), [variant]) = (own, function.variants.as_slice()) else {
            return;
        };
        draft.retries = variant.retries;
        draft.prompts.extend(prompts.prompts.keys().cloned());
        for target in &mut draft.targets {
            target.params = variant.params.clone();
        }
    }

    /// Reports whether a model is called as `function` is.
    fn has_model(&self, function: &ReadFunction) -> bool {
        chat_claim(&function.name).is_some_and(|(name, _)| self.chat.models.contains_key(&name))
    }

    /// Adds a function as a rule of its own, or its prompts to the rule `base`, which does the same.
    fn function(
        &mut self,
        notes: &mut ImportNotes<'_>,
        function: &ReadFunction,
        prompts: &FunctionPrompts,
        base: Option<RuleClaim>,
    ) {
        let Some(claim) = chat_claim(&function.name) else {
            let at = path(&["functions", &function.name]);
            let message = "a function is called as a model may be, without control characters";
            return notes.wrong_key(Code::INVALID_VALUE, at, message);
        };
        let names = prompts.prompts.keys().cloned();
        if let Some(rule) = base.and_then(|base| self.rules.get_mut(&base)) {
            return rule.prompts.extend(names);
        }
        let mut rule = self.draft(notes, function);
        rule.prompts.extend(names);
        self.rules.insert(claim, rule);
    }

    /// Returns the rule that does what `function` does, if the function is nothing but a prompt that is used with it.
    fn base(
        &self,
        function: &ReadFunction,
        prompts: &FunctionPrompts,
        (all, deep): (&[FunctionPrompts], usize),
    ) -> Option<RuleClaim> {
        let is_prompt = prompts.is_whole && slug(&function.name) == function.name;
        if !is_prompt || deep == 0 {
            return None;
        }
        let shape = self.shape(function);
        let same = self
            .functions
            .iter()
            .zip(all)
            // What is called as its model is that model.
            .filter(|(other, _)| other.name != function.name && !self.has_model(other))
            .filter(|(other, _)| self.shape(other) == shape);
        // The nearest by name comes first, then one whose models it asks, then any that has no prompt.
        let near = |(other, of_other): &(&ReadFunction, &FunctionPrompts)| {
            let part = format!("{}.", other.name);
            let asks_parts = function.variants.iter().all(|variant| match &variant.asks {
                VariantEnd::Model(model) => {
                    model.as_str().starts_with(&part) && self.parts.contains(model)
                }
                VariantEnd::Provider(_) => false,
            });
            if is_named_after(function, &other.name) {
                Some(other.name.len() + 2)
            } else if asks_parts {
                Some(1)
            } else {
                of_other.prompts.is_empty().then_some(0)
            }
        };
        let ranked = same.filter_map(|other| Some((near(&other)?, other)));
        let nearest = ranked.max_by_key(|(near, _)| *near);
        let of_model = self.base_model(function);
        let is_nearer = of_model.as_ref().is_some_and(|(model, _)| {
            let by_name = nearest.as_ref().map_or(0, |(near, _)| *near);
            is_named_after(function, model.as_str()) && model.as_str().len() + 2 > by_name
        });
        match nearest.filter(|_| !is_nearer) {
            Some((_, (other, of_other))) => {
                let own = chat_claim(&other.name);
                self.base(other, of_other, (all, deep - 1)).or(own)
            }
            None => of_model,
        }
    }

    /// Returns the rule of the model that is all that `function` asks, if it does what the function does.
    fn base_model(&self, function: &ReadFunction) -> Option<RuleClaim> {
        let [variant] = function.variants.as_slice() else {
            return None;
        };
        let VariantEnd::Model(model) = &variant.asks else {
            return None;
        };
        let claim = (model.clone(), Endpoint::Chat);
        let draft = self.rules.get(&claim)?;
        let same_params = draft
            .targets
            .iter()
            .all(|target| target.params == variant.params);
        (same_params && draft.retries == variant.retries).then_some(claim)
    }

    fn shape(&self, function: &ReadFunction) -> Shape {
        let variants = function.variants.iter().zip(&function.weights);
        let mut shape: Shape = variants
            .map(|(variant, weight)| {
                let params = serde_json::to_string(&variant.params).unwrap_or_default();
                (self.asked(&variant.asks), *weight, params, variant.retries)
            })
            .collect();
        shape.sort();
        shape
    }

    /// Returns whom a variant asks, with the provider in place of a model that is one target.
    fn asked(&self, asks: &VariantEnd) -> VariantEnd {
        match asks {
            VariantEnd::Model(model) if self.parts.contains(model) => self.alone(model),
            _ => None,
        }
        .unwrap_or_else(|| asks.clone())
    }

    /// Returns the only provider of a model.
    fn alone(&self, model: &ModelName) -> Option<VariantEnd> {
        match self.chat.models.get(model)?.targets.as_slice() {
            [(_, asked)] => Some(VariantEnd::Provider(asked.clone())),
            _ => None,
        }
    }

    fn draft(&self, notes: &mut ImportNotes<'_>, function: &ReadFunction) -> DraftRule {
        let mut taken = TakenNames::default();
        let is_choice = function.variants.len() > 1;
        let mut targets = Vec::new();
        for (variant, weight) in function.variants.iter().zip(&function.weights) {
            let name = taken.target(&variant.name);
            // The second wish is a name, and there is always another one.
            let Some(name) = name.or_else(|| taken.target(VARIANT)) else {
                continue;
            };
            let mut params = variant.params.clone();
            let mut asks = self.asked(&variant.asks);
            if let (VariantEnd::Model(model), false) = (&asks, params.is_empty()) {
                match self.alone(model) {
                    Some(alone) => asks = alone,
                    None => {
                        params = JsonTable::default();
                        no_params(notes, variant);
                    }
                }
            }
            targets.push(DraftTarget {
                name,
                asks,
                weight: is_choice.then_some(*weight),
                params,
            });
        }
        DraftRule {
            targets,
            is_choice,
            retries: function.variants.iter().find_map(|it| it.retries),
            prompts: BTreeSet::new(),
            at: ["functions".to_owned(), function.name.clone()],
        }
    }

    fn finish(self, notes: &mut ImportNotes<'_>) -> Placed {
        let mut taken = TakenNames::default();
        let mut names: BTreeMap<&RuleClaim, ResourceName> = BTreeMap::new();
        for (claim, draft) in &self.rules {
            let at = [draft.at[0].as_str(), &draft.at[1]];
            let name = taken.resource(claim.0.as_str());
            match name.or_else(|| taken.resource(NAMELESS)) {
                Some(name) => {
                    if name.as_str() != claim.0.as_str() {
                        notes.adapted(&at, format!("becomes routing/{name}"));
                    }
                    names.insert(claim, name);
                }
                None => {
                    let message = "nothing of the name is left in a name of a rule: a-z, 0-9 and inner hyphens";
                    notes.wrong_key(Code::INVALID_VALUE, path(&at), message);
                }
            }
        }
        let mut book = ProviderBook::default();
        let targets = self.rules.values().flat_map(|draft| &draft.targets);
        for target in targets {
            if let VariantEnd::Provider(asked) = &target.asks {
                book.note(asked);
            }
        }
        let providers = book.named();
        let mut rules = BTreeMap::new();
        for (claim, draft) in &self.rules {
            let targets = draft.targets.iter().filter_map(|target| {
                let (destination, timeout) = match &target.asks {
                    VariantEnd::Model(model) => {
                        let rule = names.get(&(model.clone(), Endpoint::Chat))?.clone();
                        (TargetEnd::Rule { rule }, None)
                    }
                    VariantEnd::Provider(asked) => {
                        let provider = providers.get(&asked.provider)?.0.clone();
                        let model = asked.model.clone();
                        (TargetEnd::Model { provider, model }, asked.timeout)
                    }
                };
                let content = Target {
                    destination,
                    weight: target.weight,
                    timeout,
                    params: target.params.clone(),
                    limits: TargetLimits::default(),
                    metadata: crate::model::JsonTable::default(),
                };
                Some((target.name.clone(), content))
            });
            let strategy = match (draft.is_choice, draft.targets.len()) {
                (true, _) => Strategy::Weighted,
                (false, 1) => Strategy::Single,
                (false, _) => Strategy::Fallback,
            };
            let mut order: Vec<TargetName> =
                draft.targets.iter().map(|it| it.name.clone()).collect();
            if draft.is_choice {
                order.sort();
            }
            let rule = RoutingRule {
                endpoint: claim.1,
                models: vec![claim.0.clone()],
                strategy,
                order,
                retry: draft.retries.map(|max_retries| Retry {
                    max_retries,
                    backoff_base: None,
                    on: Vec::new(),
                }),
                targets: targets.collect(),
                prompts: draft.prompts.iter().cloned().collect(),
            };
            if let Some(name) = names.get(claim)
                && is_sound(notes, &rule, &draft.at)
            {
                rules.insert(name.clone(), rule);
            }
        }
        (providers.into_values().collect(), rules)
    }
}

/// The providers and the rules by name.
type Placed = (
    BTreeMap<ResourceName, crate::model::Provider>,
    BTreeMap<ResourceName, RoutingRule>,
);

/// Judges `rule` as the file of a release is judged, and notes what is wrong where it stands in the file.
fn is_sound(notes: &mut ImportNotes<'_>, rule: &RoutingRule, at: &[String; 2]) -> bool {
    let text = release_text(rule);
    let Ok(table) = DeTable::parse(&text) else {
        return false;
    };
    let (read, findings) = routing::read(notes.file, table.get_ref());
    notes
        .findings
        .extend(findings.into_iter().map(|mut finding| {
            finding.place.spot = Spot::Key(at.to_vec());
            finding
        }));
    read.is_some()
}

fn of_model(section: &str, name: &ModelName, model: &ReadModel) -> DraftRule {
    let targets = model.targets.iter().map(|(name, asked)| DraftTarget {
        name: name.clone(),
        asks: VariantEnd::Provider(asked.clone()),
        weight: None,
        params: JsonTable::default(),
    });
    DraftRule {
        targets: targets.collect(),
        is_choice: false,
        retries: None,
        prompts: BTreeSet::new(),
        at: [section.to_owned(), name.to_string()],
    }
}

/// Reports whether a model has the name of `function` that is not all that the function asks.
fn is_taken(function: &ReadFunction, chat: &ReadModels) -> bool {
    let has_model =
        chat_claim(&function.name).is_some_and(|(name, _)| chat.models.contains_key(&name));
    has_model && !matches!(function.variants.as_slice(), [variant] if is_itself(function, variant))
}

/// Reports whether `function` is called as something called `other`, and more: `router-system`.
fn is_named_after(function: &ReadFunction, other: &str) -> bool {
    function.name.starts_with(&format!("{}-", slug(other)))
}

fn is_itself(function: &ReadFunction, variant: &ReadVariant) -> bool {
    matches!(&variant.asks, VariantEnd::Model(model) if model.as_str() == function.name)
}

fn chat_claim(name: &str) -> Option<RuleClaim> {
    Some((name.parse().ok()?, Endpoint::Chat))
}
