use toml::de::DeTable;

use crate::diag::{Code, Finding, Spot};
use crate::files::reader::{TomlReader, TomlTable};
use crate::model::{
    Address, Auth, AuthType, Credential, HeaderName, ModelName, Provider, ProviderKind,
    ProviderOptions,
};

/// Reads `providers/<name>/<n>.toml`; nothing but findings if anything is wrong with it.
pub(crate) fn read(file: &str, entries: &DeTable<'_>) -> (Option<Provider>, Vec<Finding>) {
    let mut reader = TomlReader::new(file);
    let mut table = TomlTable::root(entries);
    let kind = table.text::<ProviderKind>(&mut reader, "kind");
    let base_url = table.text::<Address>(&mut reader, "base_url");
    let known = kind.is_some() || !table.has("kind");
    let kind = kind.unwrap_or_default();
    if known && kind.needs_address() && !table.has("base_url") {
        let message =
            format!("a provider of the kind `{kind}` has a `base_url`, and there is none");
        reader.note(Code::MISSING_KEY, Spot::Key(table.path_of("kind")), message);
    }
    let models = table.list(&mut reader, "models", ModelName::MOST);
    let credential = table.text(&mut reader, "credential");
    let timeout = table.bounded(&mut reader, "timeout_ms");
    let auth = auth(&mut reader, &mut table, credential.as_ref());
    let options = options(&mut reader, &mut table);
    table.finish(&mut reader);
    let provider = match models {
        Some(models) if reader.is_content() => Some(Provider {
            kind,
            base_url,
            models,
            credential,
            timeout,
            auth,
            options,
        }),
        _ => None,
    };
    (provider, reader.into_findings())
}

fn options(reader: &mut TomlReader<'_>, table: &mut TomlTable<'_, '_>) -> ProviderOptions {
    let Some(mut table) = table.table(reader, "options") else {
        return ProviderOptions::default();
    };
    let options = ProviderOptions {
        api_version: table.text(reader, "api_version"),
        region: table.text(reader, "region"),
        project: table.text(reader, "project"),
    };
    table.finish(reader);
    options
}

/// How the key travels: as a bearer token if the file says nothing.
fn auth(
    reader: &mut TomlReader<'_>,
    table: &mut TomlTable<'_, '_>,
    credential: Option<&Credential>,
) -> Option<Auth> {
    let auth_type = table.text::<AuthType>(reader, "auth_type");
    let header = table.text::<HeaderName>(reader, "auth_header_name");
    for key in ["auth_type", "auth_header_name"] {
        if table.has(key) && !table.has("credential") {
            let message =
                format!("`{key}` says how a key is sent, and there is no `credential` to send");
            reader.note(Code::PROVIDER, Spot::Key(table.path_of(key)), message);
        }
    }
    let unset = if table.has("auth_type") {
        None
    } else {
        Some(AuthType::Bearer)
    };
    let auth_type = auth_type.or(unset)?;
    if auth_type == AuthType::ApiKeyHeader && !table.has("auth_header_name") {
        let message =
            "`auth_type` is `api_key_header`, and `auth_header_name` does not say which header";
        reader.note(
            Code::PROVIDER,
            Spot::Key(table.path_of("auth_type")),
            message,
        );
    }
    if auth_type != AuthType::ApiKeyHeader && table.has("auth_header_name") {
        let message =
            format!("`auth_header_name` means nothing with the `auth_type` `{auth_type}`");
        reader.note(
            Code::PROVIDER,
            Spot::Key(table.path_of("auth_header_name")),
            message,
        );
    }
    credential?;
    match auth_type {
        AuthType::Bearer => Some(Auth::Bearer),
        AuthType::QueryParam => Some(Auth::QueryParam),
        AuthType::ApiKeyHeader => header.map(|header| Auth::ApiKeyHeader { header }),
    }
}
