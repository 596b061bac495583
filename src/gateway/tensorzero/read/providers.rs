use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::diag::Code;
use crate::gateway::notes::{ImportNotes, path};
use crate::gateway::slugs::TakenNames;
use crate::gateway::tensorzero::kinds::ProviderType;
use crate::model::{
    Address, Auth, Bounded, Credential, ModelName, OptionText, Provider, ProviderKind,
    ProviderOptions, ResourceName, Timeout, closest,
};

/// Everything about a provider but its name and its models.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ProviderKey {
    kind: ProviderKind,
    base_url: Option<Address>,
    credential: Option<Credential>,
    options: ProviderOptions,
}

/// A model of a provider, as a target asks for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ProviderModel {
    pub(super) provider: ProviderKey,
    pub(super) model: ModelName,
    pub(super) timeout: Option<Timeout>,
}

/// The providers of a file, and the models that each is asked for.
#[derive(Debug, Default)]
pub(super) struct ProviderBook(BTreeMap<ProviderKey, BTreeSet<ModelName>>);

impl ProviderBook {
    /// Notes that a provider is asked for a model.
    pub(super) fn note(&mut self, asked: &ProviderModel) {
        let models = self.0.entry(asked.provider.clone()).or_default();
        models.insert(asked.model.clone());
    }

    /// Returns the providers by the names that they get, by kind and address.
    pub(super) fn named(&self) -> BTreeMap<&ProviderKey, (ResourceName, Provider)> {
        let mut taken = TakenNames::default();
        let named = self.0.iter().filter_map(|(key, models)| {
            let name = taken.resource(&key.name())?;
            let provider = Provider {
                kind: key.kind.clone(),
                base_url: key.base_url.clone(),
                models: models.iter().cloned().collect(),
                credential: key.credential.clone(),
                timeout: None,
                auth: key.credential.as_ref().map(|_| Auth::Bearer),
                options: key.options.clone(),
            };
            Some((key, (name, provider)))
        });
        named.collect()
    }
}

impl ProviderKey {
    /// Returns the name of such a provider: its kind, with the host where it says one.
    fn name(&self) -> String {
        let place = match &self.base_url {
            None => return self.kind.to_string(),
            Some(Address::Variable(variable)) => variable.variable().to_owned(),
            Some(Address::Url(url)) => {
                let rest = url.as_str().split_once("://").map_or("", |(_, rest)| rest);
                rest.split('/').next().unwrap_or_default().to_owned()
            }
        };
        format!("{}-{place}", self.kind)
    }

    /// Returns the provider that a model such as `openai::gpt-5` names, with the model.
    pub(super) fn of_shorthand(text: &str) -> Option<ProviderModel> {
        let (name, model) = text.split_once("::")?;
        let of = ProviderType::named(name)?;
        // Azure and the servers that somebody runs have no address of their own.
        let kind: ProviderKind = of.kind.parse().ok()?;
        let fits = !kind.needs_address() && of.options.iter().all(Option::is_none);
        let credential = of.credential.and_then(|_| variable(of.variable));
        fits.then_some(())?;
        Some(ProviderModel {
            provider: Self {
                kind,
                base_url: None,
                credential,
                options: ProviderOptions::default(),
            },
            model: model.parse().ok()?,
            timeout: None,
        })
    }
}

/// Reads the provider of a model, which stands at `at`; `None` if it is left out or wrong.
pub(super) fn read(
    notes: &mut ImportNotes<'_>,
    at: &[&str],
    mut table: Table,
) -> Option<ProviderModel> {
    let of = provider_type(notes, at, &mut table)?;
    let mut reader = KeyReader { notes, at };
    let model = match of.model {
        None => of.kind.parse().ok(),
        Some(key) => match table.remove(key) {
            Some(value) => reader.parsed(key, &value),
            None => {
                reader.missing(key, of.name);
                None
            }
        },
    };
    let base_url = of.address.and_then(|key| {
        let value = table.remove(key)?;
        reader.address(key, &value)
    });
    let credential = match of.credential {
        None => None,
        Some(key) => reader.credential(of, key, table.remove(key)),
    };
    let [region, project] = of.options.map(|key| {
        let key = key?;
        let value = table.remove(key)?;
        // The gateway asks the machine that it runs on, as it does where nothing is said.
        if value.as_str() == Some("sdk") {
            reader.took(&[key]);
            return None;
        }
        reader.parsed::<OptionText>(key, &value)
    });
    let timeout = reader.timeout(&mut table);
    for key in table.keys() {
        reader.left_out(&[key], "a provider of a project has no such key");
    }
    let kind: ProviderKind = of.kind.parse().ok()?;
    if kind.needs_address() && base_url.is_none() && of.address.is_some() {
        reader.missing_unless_wrong(of);
        return None;
    }
    Some(ProviderModel {
        provider: ProviderKey {
            kind,
            base_url,
            credential,
            options: ProviderOptions {
                api_version: None,
                region,
                project,
            },
        },
        model: model?,
        timeout,
    })
}

fn provider_type(
    notes: &mut ImportNotes<'_>,
    at: &[&str],
    table: &mut Table,
) -> Option<&'static ProviderType> {
    let given = table.remove("type");
    let Some(name) = given.as_ref().and_then(Value::as_str) else {
        let message = "a provider has a `type`, such as openai";
        notes.wrong_key(Code::MISSING_KEY, path(at), message);
        return None;
    };
    if let Some(known) = ProviderType::named(name) {
        notes.took(&[at, &["type"]].concat());
        return Some(known);
    }
    match closest(name, ProviderType::names()) {
        Some(meant) => {
            let message = format!("there is no such type of provider; did you mean `{meant}`?");
            let at = path(&[at, &["type"]].concat());
            notes.wrong_value(Code::INVALID_VALUE, at, message);
        }
        None => notes.left_out(at, "a project has no kind of provider for its `type`"),
    }
    None
}

/// Returns the credential in the variable `name`.
fn variable(name: &str) -> Option<Credential> {
    format!("{}{name}", Credential::PREFIX).parse().ok()
}

/// Reads the keys of one table.
struct KeyReader<'n, 'f, 'a> {
    notes: &'n mut ImportNotes<'f>,
    at: &'a [&'a str],
}

impl KeyReader<'_, '_, '_> {
    fn below<'k>(&'k self, keys: &[&'k str]) -> Vec<&'k str> {
        [self.at, keys].concat()
    }

    fn took(&mut self, keys: &[&str]) {
        self.notes.took(&[self.at, keys].concat());
    }

    fn left_out(&mut self, keys: &[&str], message: &str) {
        self.notes.left_out(&[self.at, keys].concat(), message);
    }

    fn adapted(&mut self, keys: &[&str], message: String) {
        self.notes.adapted(&[self.at, keys].concat(), message);
    }

    fn wrong(&mut self, key: &str, message: impl Into<String>) {
        let at = path(&self.below(&[key]));
        self.notes.wrong_value(Code::INVALID_VALUE, at, message);
    }

    fn missing(&mut self, key: &str, name: &str) {
        let message = format!("a provider of the type {name} has a `{key}`");
        self.notes
            .wrong_key(Code::MISSING_KEY, path(self.at), message);
    }

    /// Notes that a provider has no address, if nothing was said about that yet.
    fn missing_unless_wrong(&mut self, of: &ProviderType) {
        let Some(key) = of.address else { return };
        let at = path(&self.below(&[key]));
        let about = |spot: &crate::diag::Spot| matches!(spot, crate::diag::Spot::Value(keys) if *keys == at);
        let said = self.notes.findings.iter().any(|it| about(&it.place.spot));
        if !said {
            self.missing(key, of.name);
        }
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
        &mut self,
        key: &str,
        value: &Value,
    ) -> Option<T> {
        let Some(text) = value.as_str() else {
            self.wrong(
                key,
                format!("`{key}` takes a string, not {}", value.type_str()),
            );
            return None;
        };
        match text.parse() {
            Ok(parsed) => {
                self.took(&[key]);
                Some(parsed)
            }
            Err(error) => {
                self.wrong(key, format!("`{key}`: {error}"));
                None
            }
        }
    }

    fn address(&mut self, key: &str, value: &Value) -> Option<Address> {
        let text = value.as_str().unwrap_or_default();
        if let Some(variable) = in_braces(text) {
            self.adapted(&[key], format!("is {variable}"));
            return Some(Address::Variable(variable));
        }
        match value {
            Value::String(text) if text.contains("://") => {
                let text = Value::from(text.trim_end_matches('/'));
                self.parsed(key, &text)
            }
            value => self.parsed(key, value),
        }
    }

    fn credential(
        &mut self,
        of: &ProviderType,
        key: &str,
        value: Option<Value>,
    ) -> Option<Credential> {
        let is_other = |value: &Value| value.as_str().is_some_and(|text| is_elsewhere(of, text));
        let (keys, value) = match value {
            Some(Value::Table(mut places)) => {
                let (first, second) = (places.remove("default"), places.remove("fallback"));
                match (first, second) {
                    (Some(first), Some(second)) if is_other(&first) && !is_other(&second) => {
                        self.left_out(&[key, "default"], CREDENTIAL_ELSEWHERE);
                        (vec![key, "fallback"], Some(second))
                    }
                    (first, second) => {
                        if second.is_some() {
                            let message = "a provider has one credential";
                            self.left_out(&[key, "fallback"], message);
                        }
                        (vec![key, "default"], first)
                    }
                }
            }
            other => (vec![key], other),
        };
        let Some(value) = value else {
            let variable = variable(of.variable)?;
            let message = format!("is {variable}, where the gateway looks without it");
            self.adapted(&keys, message);
            return Some(variable);
        };
        let Some(text) = value.as_str() else {
            self.wrong(
                key,
                format!("`{key}` takes a string, not {}", value.type_str()),
            );
            return None;
        };
        if let Some(variable) = in_braces(text) {
            self.adapted(&keys, format!("is {variable}"));
            return Some(variable);
        }
        if text == "none" || text == "sdk" {
            self.took(&keys);
            return None;
        }
        let named = text.strip_prefix(of.prefix).and_then(variable);
        if named.is_some() {
            self.took(&keys);
            return named;
        }
        if is_elsewhere(of, text) {
            // What cannot be without a credential has the one that the gateway takes where nothing is said.
            let instead = variable(of.variable).filter(|_| of.without.is_none());
            let message = match &instead {
                Some(instead) => format!("{CREDENTIAL_ELSEWHERE}: {instead} instead"),
                None => CREDENTIAL_ELSEWHERE.to_owned(),
            };
            self.left_out(&keys, &message);
            return instead;
        }
        let text = text.strip_prefix(of.prefix).map_or_else(
            || text.to_owned(),
            |name| format!("{}{name}", Credential::PREFIX),
        );
        self.parsed(key, &Value::from(text))
    }

    fn timeout(&mut self, table: &mut Table) -> Option<Timeout> {
        if let Some(value) = table.remove("timeout_ms") {
            return self.milliseconds(&["timeout_ms"], &value);
        }
        let value = table.remove("timeouts")?;
        let Value::Table(timeouts) = value else {
            self.wrong("timeouts", "`timeouts` takes a table");
            return None;
        };
        let part = |name: &str, key: &str| timeouts.get(name)?.get(key).cloned();
        let whole = part("non_streaming", "total_ms");
        let whole_at = ["timeouts", "non_streaming", "total_ms"];
        let timeout = whole
            .as_ref()
            .and_then(|value| self.milliseconds(&whole_at, value));
        let first_at = ["timeouts", "streaming", "ttft_ms"];
        match part("streaming", "ttft_ms") {
            None => {}
            first if first == whole => self.took(&first_at),
            Some(_) => {
                let message = "a target has one timeout, which is that of `non_streaming.total_ms`";
                self.left_out(&first_at, message);
            }
        }
        timeout
    }

    fn milliseconds(&mut self, keys: &[&str], value: &Value) -> Option<Timeout> {
        let number = value.as_integer().and_then(|it| u32::try_from(it).ok());
        let timeout = number.and_then(Timeout::new);
        if timeout.is_some() {
            self.took(keys);
        } else {
            let range = Timeout::RANGE;
            let message = format!("it is {} to {} milliseconds", range.start(), range.end());
            let at = path(&self.below(keys));
            self.notes.wrong_value(Code::INVALID_VALUE, at, message);
        }
        timeout
    }
}

/// Why a credential is left out that is not a variable of the gateway.
const CREDENTIAL_ELSEWHERE: &str = "a credential of a project is a variable of the gateway";

/// Reports whether `text` names a credential that is not in a variable of the gateway.
fn is_elsewhere(of: &ProviderType, text: &str) -> bool {
    let places = ["dynamic::", "path::", "path_from_env::", "env::"];
    places.iter().any(|place| text.starts_with(place)) && !text.starts_with(of.prefix)
}

/// Returns the variable that `${NAME}` stands for, as files have it that are filled in before the gateway reads them.
fn in_braces(text: &str) -> Option<Credential> {
    variable(text.strip_prefix("${")?.strip_suffix('}')?)
}
