use super::parts::{Part, Parts};
use super::values::{text, took_variable, variable, variable_of_provider};
use crate::files::secret::is_placeholder;
use crate::files::yaml::YamlNode;
use crate::gateway::litellm::kinds;
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
    /// # Errors
    ///
    /// A sentence, when no project can hold it.
    pub(super) fn take(
        desk: &mut ImportNotes<'_>,
        at: &[&str],
        params: &mut Parts<'_>,
    ) -> Result<(Self, ModelName), String> {
        let (kind, model) = kind_and_model(desk, at, params)?;
        let base_url = base_url(desk, at, &kind, params)?;
        let (credential, header) = credential(desk, at, &kind, params);
        let options = options(desk, &kind, params);
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

fn kind_and_model(
    desk: &mut ImportNotes<'_>,
    at: &[&str],
    params: &mut Parts<'_>,
) -> Result<(ProviderKind, ModelName), String> {
    let said = params.need(desk, "model", "a text", text)?;
    let said = said.filter(|said| !said.is_empty());
    let said = said.ok_or("it has no `model`")?;
    if said == "*" {
        return Err(
            "its `model` is `*`, so each request names its provider, and a target has one"
                .to_owned(),
        );
    }
    let word = params.need(desk, "custom_llm_provider", "a text", text)?;
    let (kind, model) = match word {
        Some(word) => {
            let kind =
                kinds::kind(&word).ok_or("its `custom_llm_provider` is not a kind of provider")?;
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
                desk.adapted(&[at, &["model"]].concat(), message);
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
    let mut given = None;
    // LiteLLM takes the second where there are both.
    for key in ["base_url", "api_base"] {
        let Some(part) = params.remove(key) else {
            continue;
        };
        let wrong = || {
            format!(
                "its `{key}` takes a text, not {}",
                part.node.value.type_str()
            )
        };
        let said = text(part.node).ok_or_else(wrong)?;
        if said.is_empty() {
            desk.took(&part.at());
        } else if given.is_some() {
            desk.left_out(&part.at(), "LiteLLM takes `base_url` where there are both");
        } else {
            given = Some((key, part, said));
        }
    }
    let Some((key, part, said)) = given else {
        if !kind.needs_address() {
            return Ok(None);
        }
        let variable = kinds::usual_address(kind);
        let message =
            format!("no `api_base`: LiteLLM takes it from {variable}, so it is env::{variable}");
        desk.adapted(at, message);
        let address = format!("{}{variable}", Credential::PREFIX);
        return Ok(address.parse().ok());
    };
    if let Some(variable) = variable_of_provider(&said) {
        took_variable(desk, &part.at(), (&said, &variable));
        return Ok(Some(Address::Variable(variable)));
    }
    desk.took(&part.at());
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
    let part = params.remove("api_key");
    let said = part.as_ref().and_then(|part| part.node.text());
    let said = said.unwrap_or_default();
    if let Some(part) = &part {
        if let Some(variable) = variable_of_provider(said) {
            took_variable(desk, &part.at(), (said, &variable));
            return (Some(variable), None);
        }
        let is_text = part.node.text().is_some();
        if !is_text || !said.is_empty() && !is_placeholder(said) {
            // A secret refuses the file besides, which is said by who looks for them.
            let message = "not a variable: name one with os.environ/NAME";
            desk.left_out(&part.at(), message);
            return (None, None);
        }
        desk.took(&part.at());
    }
    if is_placeholder(said) || said.is_empty() && !kinds::takes_a_key(kind) {
        return match header(params.peek("extra_headers")) {
            Some((header, credential, said)) => {
                if let Some(part) = params.remove("extra_headers") {
                    let at = [&part.at()[..], &[header.as_str()]].concat();
                    took_variable(desk, &at, (&said, &credential));
                    desk.took(&part.at());
                }
                (Some(credential), Some(header))
            }
            None => (None, None),
        };
    }
    let signs_otherwise = kinds::OTHER_SIGNATURES.iter().any(|key| params.says(key));
    if signs_otherwise {
        return (None, None);
    }
    let Some(variable) = kinds::usual_key(kind) else {
        return (None, None);
    };
    let message =
        format!("no `api_key`: LiteLLM takes it from {variable}, so it is env::{variable}");
    desk.adapted(at, message);
    let credential = format!("{}{variable}", Credential::PREFIX);
    (credential.parse().ok(), None)
}

/// The one header that is all that `extra_headers` says, if its value is a variable.
fn header(part: Option<&Part<'_>>) -> Option<(HeaderName, Credential, String)> {
    let [(key, value)] = part?.node.table()?.as_slice() else {
        return None;
    };
    let name: HeaderName = key.name.parse().ok()?;
    let said = value.text()?;
    Some((name, variable(said)?, said.to_owned()))
}

fn options(
    desk: &mut ImportNotes<'_>,
    kind: &ProviderKind,
    params: &mut Parts<'_>,
) -> ProviderOptions {
    let (region, project) = kinds::option_names(kind);
    let mut take = |key: &str| -> Option<OptionText> {
        let said = params.peek(key).and_then(|part| part.node.text());
        if let Some((said, variable)) = said.and_then(|said| Some((said, variable(said)?))) {
            let part = params.remove(key)?;
            took_variable(desk, &part.at(), (said, &variable));
            return variable.to_string().parse().ok();
        }
        let read = |node: &YamlNode| text(node)?.parse().ok();
        params.take(desk, key, "1 to 256 visible ASCII characters", read)
    };
    ProviderOptions {
        api_version: take("api_version"),
        region: take(region),
        project: project.and_then(&mut take),
    }
}
