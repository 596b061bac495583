use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::model::base_url::{BaseUrl, BaseUrlError};
use crate::model::bounded::Timeout;
use crate::model::model_name::ModelName;
use crate::model::provider_kind::{ProviderKind, ProviderOptions};
use crate::model::word::words;

/// The configuration of a provider, as one activation holds it: where it is, what it serves, and how to sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Provider {
    /// What it speaks.
    #[serde(skip_serializing_if = "ProviderKind::is_openai")]
    #[schemars(default)]
    pub kind: ProviderKind,
    /// Where it is reached; none: where its kind has its own address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<Address>,
    /// The models that it serves: 1 to [`ModelName::MOST`], each once, in the order of the file.
    pub models: Vec<ModelName>,
    /// Which variable of the gateway's environment holds the key; none: it wants no key, as servers of one's own do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// How long the gateway waits for it, unless the target says otherwise; none: as long as the gateway is set to.
    #[serde(rename = "timeout_ms", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timeout>,
    /// How the key is sent; none where there is no key.
    #[serde(flatten)]
    pub auth: Option<Auth>,
    /// What its kind has to be told besides.
    #[serde(skip_serializing_if = "ProviderOptions::is_empty")]
    #[schemars(default)]
    pub options: ProviderOptions,
}

/// How the key travels with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "auth_type", rename_all = "snake_case")]
pub enum Auth {
    /// `Authorization: Bearer <key>`; what holds if the file says nothing.
    Bearer,
    /// As the value of a header of its own.
    ApiKeyHeader {
        /// Its name, which differs from vendor to vendor, so there is no default.
        #[serde(rename = "auth_header_name")]
        header: HeaderName,
    },
    /// As a parameter of the query.
    QueryParam,
}

words! {
    /// The words for how a key travels: `auth_type`.
    AuthType {
        /// `Authorization: Bearer <key>`.
        Bearer = "bearer",
        /// As the value of a header of its own.
        ApiKeyHeader = "api_key_header",
        /// As a parameter of the query.
        QueryParam = "query_param",
    }
}

/// A reference to a key, written `env::NAME`: the gateway reads it from that variable of its environment.
///
/// NAME is `A-Z`, `0-9` and `_`, not beginning with a digit, 1 to 128 characters: what every shell and container runtime
/// takes as the name of a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Credential(String);

impl Credential {
    /// What stands before the name.
    pub const PREFIX: &str = "env::";
    /// The most characters the name of a variable may have.
    pub const MAX: usize = 128;

    /// The name of the variable.
    pub fn variable(&self) -> &str {
        &self.0
    }
}

impl FromStr for Credential {
    type Err = CredentialError;

    fn from_str(text: &str) -> Result<Self, CredentialError> {
        let name = text.strip_prefix(Self::PREFIX).ok_or(CredentialError)?;
        let fine = (1..=Self::MAX).contains(&name.len())
            && name
                .bytes()
                .all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
            && !name.starts_with(|first: char| first.is_ascii_digit());
        fine.then(|| Self(name.to_owned())).ok_or(CredentialError)
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}{}", Self::PREFIX, self.0))
    }
}

impl Serialize for Credential {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text is no reference to a key. It is not repeated, since it may be the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a credential is env::NAME, where NAME is A-Z, 0-9 and _, up to {} characters",
    Credential::MAX
)]
pub struct CredentialError;

/// The name of a header: a token by RFC 9110, 1 to 64 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct HeaderName(String);

impl HeaderName {
    /// The most characters the name of a header may have.
    pub const MAX: usize = 64;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HeaderName {
    type Err = HeaderNameError;

    fn from_str(text: &str) -> Result<Self, HeaderNameError> {
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let fine = (1..=Self::MAX).contains(&text.len()) && text.bytes().all(is_token);
        fine.then(|| Self(text.to_owned())).ok_or(HeaderNameError)
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A text is no name of a header. It is not repeated, since a key may be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name of a header is 1 to {} letters, digits and hyphens, without its value",
    HeaderName::MAX
)]
pub struct HeaderNameError;

/// Where a provider is reached: a URL, or `env::NAME`, the variable of the gateway's environment that holds one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// This URL.
    Url(BaseUrl),
    /// What the variable says where the gateway runs.
    Variable(Credential),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.starts_with(Credential::PREFIX) {
            return Ok(Self::Variable(text.parse()?));
        }
        Ok(Self::Url(text.parse()?))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => url.fmt(f),
            Self::Variable(variable) => variable.fmt(f),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why a text is not a valid address. The text is not repeated, since a key may be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is no URL.
    #[error(transparent)]
    Url(#[from] BaseUrlError),
    /// It begins like a reference and names no variable.
    #[error("a variable is env::NAME, where NAME is A-Z, 0-9 and _, up to 128 characters")]
    Variable(#[from] CredentialError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_references_and_nothing_else() {
        for text in ["env::OPENAI_API_KEY", "env::_", "env::K2"] {
            assert_eq!(
                text.parse::<Credential>().map(|it| it.to_string()),
                Ok(text.to_owned())
            );
        }
        let long = format!("env::{}", "A".repeat(129));
        for text in [
            "", "env::", "env::2K", "env::key", "ENV::KEY", "env:KEY", "$KEY", "env::A B",
            "s3cret", &long,
        ] {
            assert_eq!(text.parse::<Credential>(), Err(CredentialError), "{text}");
        }
    }

    #[test]
    fn an_activation_serializes_by_the_keys_of_its_file() {
        let auth = Some(Auth::ApiKeyHeader {
            header: "x-api-key".parse().unwrap(),
        });
        let provider = Provider {
            kind: "anthropic".parse().unwrap(),
            base_url: Some("https://api.anthropic.com/v1".parse().unwrap()),
            models: vec!["claude-sonnet-4-5".parse().unwrap()],
            credential: Some("env::ANTHROPIC_API_KEY".parse().unwrap()),
            timeout: None,
            auth,
            options: ProviderOptions {
                region: Some("eu".parse().unwrap()),
                ..ProviderOptions::default()
            },
        };
        let expected = "kind = \"anthropic\"\nbase_url = \"https://api.anthropic.com/v1\"\nmodels = [\"claude-sonnet-4-5\"]\n\
            credential = \"env::ANTHROPIC_API_KEY\"\nauth_type = \"api_key_header\"\nauth_header_name = \"x-api-key\"\n\n[options]\nregion = \"eu\"\n";
        assert_eq!(toml::to_string(&provider).unwrap(), expected);
    }

    #[test]
    fn an_address_is_a_url_or_a_whole_reference() {
        for text in ["https://api.example.com/v1", "env::GATEWAY_URL"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in [
            "env::",
            "env::a",
            "https://env::HOST",
            "http://a/env::B?c",
            "GATEWAY_URL",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
