use super::naming::Parts;
use super::values::{text, variable};
use crate::files::secret::is_placeholder;
use crate::files::yaml::{YamlNode, YamlValue};
use crate::gateway::litellm::kinds;
use crate::gateway::litellm::words::VARIABLE;
use crate::gateway::notes::ImportNotes;
use crate::model::{
    Address, Auth, Credential, HeaderName, ModelName, OptionText, Provider, ProviderKind,
    ProviderOptions,
};

/// What makes two entries use one provider: all that an entry says of where it leads and how it signs in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ProviderIdentity {
    pub(super) kind: ProviderKind,
    pub(super) base_url: Option<Address>,
    pub(super) credential: Option<Credential>,
    pub(super) header: Option<HeaderName>,
    pub(super) options: ProviderOptions,
}

impl ProviderIdentity {
    /// Takes from `params`, which stand at `at`, what they say of a provider, and returns it with the model that it is asked for.
    ///
    /// What no project can hold is a sentence.
    pub(super) fn take(
        desk: &mut ImportNotes<'_>,
        at: &[&str],
        params: &mut Parts<'_>,
    ) -> Result<(Self, ModelName), String> {
        let (kind, model) = kind_and_model(desk, at, params)?;
        let base_url = base_url(desk, at, &kind, params)?;
        let (credential, header) = credential(desk, at, &kind, params);
        let options = options(desk, at, &kind, params);
        let identity = Self {
            kind,
            base_url,
            credential,
            header,
            options,
        };
        Ok((identity, model))
    }

    /// Returns the provider, which serves `models`.
    pub(super) fn provider(&self, models: Vec<ModelName>) -> Provider {
        let auth = match (&self.header, &self.credential) {
            (_, None) => None,
            (Some(header), _) => Some(Auth::ApiKeyHeader {
                header: header.clone(),
            }),
            (None, Some(_)) => Some(Auth::Bearer),
        };
        Provider {
            kind: self.kind.clone(),
            base_url: self.base_url.clone(),
            models,
            credential: self.credential.clone(),
            timeout: None,
            auth,
            options: self.options.clone(),
        }
    }
}

/// A path below `at`.
fn below<'a>(at: &[&'a str], key: &'a str) -> Vec<&'a str> {
    at.iter().copied().chain([key]).collect()
}

fn kind_and_model(
    desk: &mut ImportNotes<'_>,
    at: &[&str],
    params: &mut Parts<'_>,
) -> Result<(ProviderKind, ModelName), String> {
    let said = params.remove("model").and_then(text).unwrap_or_default();
    if said.is_empty() {
        return Err("it has no `model`".to_owned());
    }
    if said == "*" {
        return Err(
            "its `model` is `*`, so each request names its provider, and a target has one"
                .to_owned(),
        );
    }
    let word = params.remove("custom_llm_provider").and_then(text);
    let (kind, model) = match word {
        Some(word) => {
            let kind =
                kinds::kind(&word).ok_or("its `custom_llm_provider` is no kind of provider")?;
            let prefix = format!("{word}/");
            (kind, said.strip_prefix(&prefix).unwrap_or(&said).to_owned())
        }
        None => match said.split_once('/') {
            Some((word, model)) if kinds::kind(word).is_some() && !model.is_empty() => {
                (kinds::kind(word).unwrap_or_default(), model.to_owned())
            }
            _ => {
                let kind = kinds::kind_of_model(&said).unwrap_or_default();
                let message = format!("it names no provider, so it is one of the kind `{kind}`");
                desk.changed(&below(at, "model"), message);
                (kind, said.clone())
            }
        },
    };
    let model = model
        .parse()
        .map_err(|error| format!("its `model`: {error}"))?;
    Ok((kind, model))
}

fn base_url(
    desk: &mut ImportNotes<'_>,
    at: &[&str],
    kind: &ProviderKind,
    params: &mut Parts<'_>,
) -> Result<Option<Address>, String> {
    let said = ["api_base", "base_url"]
        .iter()
        .filter_map(|key| Some((*key, params.remove(key).and_then(text)?)))
        .find(|(_, address)| !address.is_empty());
    let Some((key, said)) = said else {
        if !kind.needs_address() {
            return Ok(None);
        }
        let variable = kinds::usual_address(kind);
        let message =
            format!("no `api_base`: LiteLLM takes it from {variable}, so it is env::{variable}");
        desk.changed(at, message);
        let address = format!("{}{variable}", Credential::PREFIX);
        return Ok(address.parse().ok());
    };
    if let Some(variable) = variable(&said) {
        return Ok(Some(Address::Variable(variable)));
    }
    // LiteLLM adds the version for this kind alone; the address of a provider has it.
    let said = said.trim();
    let whole = match kind.as_str() {
        "anthropic" if !said.ends_with("/v1") && !said.ends_with("/v1/messages") => {
            format!("{}/v1", said.trim_end_matches('/'))
        }
        _ => said.to_owned(),
    };
    match whole.parse() {
        Ok(address) => Ok(Some(Address::Url(address))),
        Err(error) => Err(format!("invalid `{key}`: {error}")),
    }
}

fn credential(
    desk: &mut ImportNotes<'_>,
    at: &[&str],
    kind: &ProviderKind,
    params: &mut Parts<'_>,
) -> (Option<Credential>, Option<HeaderName>) {
    let said = params.remove("api_key").and_then(text).unwrap_or_default();
    if let Some(variable) = variable(&said) {
        if !said.starts_with(VARIABLE) {
            let message = format!("it is the variable {}", variable.variable());
            desk.changed(&below(at, "api_key"), message);
        }
        return (Some(variable), None);
    }
    if is_placeholder(&said) || said.is_empty() && !kinds::takes_a_key(kind) {
        return match header(params.get("extra_headers").copied()) {
            Some((header, credential)) => {
                params.remove("extra_headers");
                (Some(credential), Some(header))
            }
            None => (None, None),
        };
    }
    let signs_otherwise = kinds::OTHER_SIGNATURES
        .iter()
        .any(|key| params.contains_key(key));
    // A text that is neither is a secret, which is said by who looks for them.
    if !said.is_empty() || signs_otherwise {
        return (None, None);
    }
    let Some(variable) = kinds::usual_key(kind) else {
        return (None, None);
    };
    let message =
        format!("no `api_key`: LiteLLM takes it from {variable}, so it is env::{variable}");
    desk.changed(at, message);
    let credential = format!("{}{variable}", Credential::PREFIX);
    (credential.parse().ok(), None)
}

/// The one header that is all that `extra_headers` says, if its value is a variable.
fn header(node: Option<&YamlNode>) -> Option<(HeaderName, Credential)> {
    let [(key, value)] = node?.table()?.as_slice() else {
        return None;
    };
    let name: HeaderName = key.name.parse().ok()?;
    Some((name, variable(value.text()?)?))
}

fn options(
    desk: &mut ImportNotes<'_>,
    at: &[&str],
    kind: &ProviderKind,
    params: &mut Parts<'_>,
) -> ProviderOptions {
    let (region, project) = kinds::option_names(kind);
    let mut take = |key: &str| -> Option<OptionText> {
        let node = params.remove(key)?;
        let said = match &node.value {
            YamlValue::Null => return None,
            _ => text(node).unwrap_or_default(),
        };
        let said = variable(&said).map_or(said, |variable| variable.to_string());
        let parsed = said.parse();
        if let Err(error) = &parsed {
            desk.left_out(&below(at, key), format!("{error}"));
        }
        parsed.ok()
    };
    ProviderOptions {
        api_version: take("api_version"),
        region: take(region),
        project: project.and_then(&mut take),
    }
}
