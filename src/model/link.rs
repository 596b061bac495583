use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::model::base_url::is_authority;

/// Where something can be read up on: an `http` or `https` URL of up to 2048 visible ASCII characters, without user name.
///
/// Reports make a link of it, so no other scheme is allowed. What is in front of an `@` would be a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Link(String);

impl Link {
    /// The most characters a link may have.
    pub const MAX: usize = 2048;

    /// Returns the link as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is not a link. The text is not repeated, since it may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// More characters than the limit.
    #[error("a link has at most {} characters", Link::MAX)]
    TooLong,
    /// A character that no URL has as it is.
    #[error("a link has only visible ASCII characters, others percent-encoded")]
    Character,
    /// Another scheme, or none.
    #[error("a link begins with https:// or http://")]
    Scheme,
    /// There is something before an `@`.
    #[error("a link has no user name and no password")]
    User,
    /// The host is not a name or an address.
    #[error("a link names a host after https://")]
    Host,
}

impl FromStr for Link {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        if text.len() > Self::MAX {
            return Err(LinkError::TooLong);
        }
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
        if !text.bytes().all(is_plain) {
            return Err(LinkError::Character);
        }
        let schemes = ["https://", "http://"];
        let rest = schemes
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme))
            .ok_or(LinkError::Scheme)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(LinkError::User);
        }
        if !is_authority(authority) {
            return Err(LinkError::Host);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_a_web_address_without_a_password() {
        for good in [
            "https://ci.example.com/runs/42?step=2#L7",
            "http://localhost:8080/x",
            "https://[::1]/",
        ] {
            assert_eq!(good.parse::<Link>().unwrap().as_str(), good);
        }
        for (bad, why) in [
            ("javascript:alert(1)", LinkError::Scheme),
            ("ci.example.com/1", LinkError::Scheme),
            ("https://ana:secret@ci.example.com/", LinkError::User),
            ("https://ci.example.com/a b", LinkError::Character),
            ("https://ci.example.com/\u{1b}[31m", LinkError::Character),
            ("https:///runs", LinkError::Host),
        ] {
            assert_eq!(bad.parse::<Link>(), Err(why), "{bad}");
        }
        let long = format!("https://x/{}", "a".repeat(Link::MAX));
        assert_eq!(long.parse::<Link>(), Err(LinkError::TooLong));
    }
}
