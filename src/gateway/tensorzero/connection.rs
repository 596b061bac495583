use super::file_tables::Lines;
use super::kinds::ProviderType;
use crate::files::splice::quoted;
use crate::gateway::format::Inexpressible;
use crate::gateway::leaves::Leaf;
use crate::model::{Address, Auth, Endpoint, Kind, Provider, ProviderOptions, Resource, Timeout};

/// How a model of a provider is reached, and what of that is lost.
pub(super) type Connection = Result<(Lines, Vec<Inexpressible>), Inexpressible>;

/// Returns the lines below `[models.<m>.providers.<p>]` for a target.
pub(super) fn connection(leaf: &Leaf<'_>, provider: &Provider, endpoint: Endpoint) -> Connection {
    let resource = Resource::new(Kind::Providers, leaf.provider);
    let kind = &provider.kind;
    let Some(of) = ProviderType::of(provider, leaf.model) else {
        let message = format!("there is no type of provider for the kind `{kind}`");
        return Err(Inexpressible::at(&resource, "kind", message));
    };
    if endpoint == Endpoint::Embeddings && !of.embeds {
        let message = format!("a provider of the type {} has no embeddings", of.name);
        return Err(Inexpressible::at(&resource, "kind", message));
    }
    let mut lines = vec![("type".to_owned(), quoted(of.name))];
    let mut set = |key: &str, value: &str| lines.push((key.to_owned(), quoted(value)));
    if let Some(key) = of.model {
        set(key, leaf.model.as_str());
    }
    if let Some((key, value)) = address(provider, of, &resource)? {
        set(key, &value);
    }
    if let Some((key, value)) = credential(provider, of, &resource)? {
        set(key, &value);
    }
    let (options, lost) = options(provider, of, &resource)?;
    for (key, value) in options {
        set(key, &value);
    }
    if let Some(timeout) = leaf.target.timeout.or(provider.timeout) {
        lines.push(timeout_line(timeout, endpoint));
    }
    Ok((lines, lost))
}

fn address(
    provider: &Provider,
    of: &ProviderType,
    resource: &Resource,
) -> Result<Option<(&'static str, String)>, Inexpressible> {
    let refused = |message: String| Err(Inexpressible::at(resource, "base_url", message));
    match (&provider.base_url, of.address) {
        (None, _) => Ok(None),
        (Some(_), None) => refused(format!(
            "a provider of the type {} has an address of its own",
            of.name
        )),
        (Some(Address::Variable(variable)), Some(key)) if of.address_from_variable => {
            Ok(Some((key, variable.to_string())))
        }
        (Some(Address::Variable(_)), Some(_)) => refused(format!(
            "the address of a provider of the type {} cannot be a variable",
            of.name
        )),
        // What it appends to an address replaces whatever follows the last slash.
        (Some(Address::Url(url)), Some("api_base")) => Ok(Some((
            "api_base",
            format!("{}/", url.as_str().trim_end_matches('/')),
        ))),
        (Some(Address::Url(url)), Some(key)) => Ok(Some((key, url.to_string()))),
    }
}

fn credential(
    provider: &Provider,
    of: &ProviderType,
    resource: &Resource,
) -> Result<Option<(&'static str, String)>, Inexpressible> {
    match &provider.auth {
        Some(Auth::QueryParam) => {
            let message = "a key cannot be sent as a parameter";
            return Err(Inexpressible::at(resource, "auth_type", message));
        }
        // These have a header of their own for it.
        Some(Auth::ApiKeyHeader { .. }) if matches!(of.kind, "anthropic" | "azure" | "gemini") => {}
        Some(Auth::ApiKeyHeader { .. }) => {
            let message = "a key cannot be sent in a header of another name";
            return Err(Inexpressible::at(resource, "auth_type", message));
        }
        Some(Auth::Bearer) | None => {}
    }
    match (&provider.credential, of.credential, of.without) {
        (None, None, _) => Ok(None),
        (Some(credential), Some(key), _) => Ok(Some((
            key,
            format!("{}{}", of.prefix, credential.variable()),
        ))),
        (None, Some(key), Some(word)) => Ok(Some((key, word.to_owned()))),
        (None, Some(_), None) => {
            let message = format!("a provider of the type {} has a credential", of.name);
            Err(Inexpressible::at(resource, "credential", message))
        }
        (Some(_), None, _) => {
            let message = format!(
                "a provider of the type {} takes the credentials of its machine",
                of.name
            );
            Err(Inexpressible::at(resource, "credential", message))
        }
    }
}

/// The keys of options and their values, and what is lost.
type Options = (Vec<(&'static str, String)>, Vec<Inexpressible>);

fn options(
    provider: &Provider,
    of: &ProviderType,
    resource: &Resource,
) -> Result<Options, Inexpressible> {
    let ProviderOptions {
        api_version,
        region,
        project,
    } = &provider.options;
    let (mut set, mut lost) = (Vec::new(), Vec::new());
    let mut loses = |key: &str| {
        let message = format!("a provider of the type {} has none", of.name);
        lost.push(Inexpressible::at(
            resource,
            format!("options.{key}"),
            message,
        ));
    };
    if api_version.is_some() {
        loses("api_version");
    }
    let given = [("region", region), ("project", project)];
    for ((name, value), key) in given.into_iter().zip(of.options) {
        match (value, key) {
            (Some(value), Some(key)) => set.push((key, value.to_string())),
            (Some(_), None) => loses(name),
            // The gateway asks the machine for it.
            (None, Some(key)) if of.kind == "bedrock" => set.push((key, "sdk".to_owned())),
            (None, Some(_)) => {
                let message = format!("a provider of the type {} has one", of.name);
                let key = format!("options.{name}");
                return Err(Inexpressible::at(resource, key, message));
            }
            (None, None) => {}
        }
    }
    Ok((set, lost))
}

fn timeout_line(timeout: Timeout, endpoint: Endpoint) -> (String, String) {
    match endpoint {
        Endpoint::Embeddings => ("timeout_ms".to_owned(), timeout.to_string()),
        // A stream has begun in time where its first part has come.
        _ => (
            "timeouts".to_owned(),
            format!("{{ non_streaming.total_ms = {timeout}, streaming.ttft_ms = {timeout} }}"),
        ),
    }
}
