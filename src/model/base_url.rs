// Only used to parse an address; nothing here opens a connection.
use core::net::Ipv6Addr;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// Where a provider is reached: an `http` or `https` URL of up to 2048 visible ASCII characters, without user name, query
/// or fragment. The gateway appends the path of the endpoint.
///
/// What goes into a query or before an `@` is nearly always a key, and keys are no part of a configuration. 2048 is what
/// clients and proxies are known to take. The URL is kept as it is spelled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// The most characters a URL may have.
    pub const MAX: usize = 2048;

    /// Returns the URL as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        if text.len() > Self::MAX {
            return Err(BaseUrlError::TooLong);
        }
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
        {
            return Err(BaseUrlError::Character);
        }
        let rest = ["https://", "http://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        let rest = rest.ok_or(BaseUrlError::Scheme)?;
        if rest.contains(['?', '#']) {
            return Err(BaseUrlError::Query);
        }
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.contains('@') {
            return Err(BaseUrlError::User);
        }
        if !is_authority(authority) {
            return Err(BaseUrlError::Host);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Reports whether `text` is a host, with or without a port.
pub(super) fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    is_host(host) && port.is_none_or(is_port)
}

/// Reports whether `text` is a name or an address, by RFC 1123 and RFC 3986. Underscores are common in
/// container networks.
fn is_host(text: &str) -> bool {
    if let Some(address) = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len())
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253
        && text
            .strip_suffix('.')
            .unwrap_or(text)
            .split('.')
            .all(is_label)
}

/// Why a text is not a base URL. The text is not repeated, since it may contain a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// More characters than the limit.
    #[error("a URL has at most {} characters", BaseUrl::MAX)]
    TooLong,
    /// A character that no URL has as it is.
    #[error("a URL has only visible ASCII characters, others percent-encoded")]
    Character,
    /// Another scheme, or none.
    #[error("a URL begins with https:// or http://")]
    Scheme,
    /// There is a query or a fragment.
    #[error(
        "a base URL has no query and no fragment; the gateway appends the path of the endpoint"
    )]
    Query,
    /// There is something before an `@`.
    #[error("a base URL has no user name and no password; name the credential as env::NAME")]
    User,
    /// The host or the port is invalid.
    #[error("what stands after :// is no host, or its port is none of 1 to 65535")]
    Host,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_vendors_and_of_private_networks_are_accepted() {
        for url in [
            "https://api.openai.com/v1",
            "https://acme.openai.azure.com/openai/deployments/gpt-4o/",
            "http://localhost:11434/v1",
            "http://vllm_1:8000",
            "https://[2001:db8::1]:8443/v1",
            "https://10.0.0.7",
            "https://api.example.com./v1",
            "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/main/openai",
        ] {
            assert_eq!(
                url.parse::<BaseUrl>().map(|url| url.to_string()),
                Ok(url.to_owned())
            );
        }
    }

    #[test]
    fn what_is_no_address_or_could_hold_a_key_is_refused() {
        let long = format!("https://a/{}", "x".repeat(2039));
        for (url, expected) in [
            ("", BaseUrlError::Scheme),
            ("api.openai.com/v1", BaseUrlError::Scheme),
            ("ftp://a", BaseUrlError::Scheme),
            ("HTTPS://a", BaseUrlError::Scheme),
            ("https://", BaseUrlError::Host),
            ("https:///v1", BaseUrlError::Host),
            ("https://-a", BaseUrlError::Host),
            ("https://a..b", BaseUrlError::Host),
            ("https://a:0", BaseUrlError::Host),
            ("https://a:65536", BaseUrlError::Host),
            ("https://a:+1", BaseUrlError::Host),
            ("https://a:", BaseUrlError::Host),
            ("https://[::g]", BaseUrlError::Host),
            ("https://me:secret@a", BaseUrlError::User),
            ("https://a/v1?api_key=x", BaseUrlError::Query),
            ("https://a/v1#x", BaseUrlError::Query),
            ("https://a/v 1", BaseUrlError::Character),
            ("https://ä/v1", BaseUrlError::Character),
            ("https://a\n", BaseUrlError::Character),
            (long.as_str(), BaseUrlError::TooLong),
        ] {
            assert_eq!(url.parse::<BaseUrl>(), Err(expected), "{url}");
        }
    }
}
