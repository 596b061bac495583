use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A key that a member signs commits with, as a line of an `allowed_signers` file without the
/// names: the options before the key, its type, the key itself, and a comment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SigningKey {
    /// The key.
    pub key: PublicKey,
    /// Signatures of commits before this moment do not count.
    pub valid_after: Option<Timestamp>,
    /// Signatures of commits from this moment on do not count.
    pub valid_before: Option<Timestamp>,
}

/// The public half of a key as OpenSSH writes it: its type and the base64 of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey(String);

/// The types of key that signatures are verified with: what `ssh-keygen` makes by default since 2023, its older elliptic
/// curves, and both on security keys. RSA is left out: its implementation would double the program's dependencies.
const TYPES: [&str; 5] = [
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// How the base64 of a key of each type begins, since its bytes say their type (RFC 8709, RFC
/// 5656), and how many digits it has at least: a security key's goes on with the name of an
/// application.
const BEGINNINGS: [(&str, usize); 5] = [
    ("AAAAC3NzaC1lZDI1NTE5AAAAI", 68),
    ("AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAI", 94),
    ("AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABB", 139),
    ("AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABh", 182),
    (
        "AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABB",
        164,
    ),
];

/// Why a text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// It has no known type.
    #[error("unsupported type of key; the supported types are {}", TYPES.join(", "))]
    Type,
    /// It is a certificate.
    #[error(
        "an SSH certificate cannot be listed; list the key that it certifies, from the file without -cert"
    )]
    Certificate,
    /// The text after the type is not the complete base64 of such a key.
    #[error(
        "the key is incomplete: its type must be followed by the base64 that ssh-keygen wrote beside it"
    )]
    Base64,
    /// The text before the type is unknown.
    #[error(
        "unknown option {0:?} before a key; the options are valid-after=\"…\" and valid-before=\"…\""
    )]
    Option(String),
    /// The time has another format.
    #[error("invalid time {0:?}; expected for example 20270131 or 202701311200Z")]
    Moment(String),
}

impl PublicKey {
    /// Returns the key as OpenSSH writes it, without a comment.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks the base64 of a key of that type. It must be complete: a truncated key would match no
    /// signature, and nobody would notice.
    fn of(kind: &str, base64: &str) -> Result<Self, SigningKeyError> {
        let digits = base64.trim_end_matches('=');
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        let whole = base64.len().is_multiple_of(4) && base64.len() - digits.len() <= 2;
        let of_type = TYPES
            .iter()
            .zip(BEGINNINGS)
            .any(|(known, (beginning, least))| {
                *known == kind && digits.starts_with(beginning) && digits.len() >= least
            });
        if !of_type || !digits.bytes().all(plain) || !whole {
            return Err(SigningKeyError::Base64);
        }
        Ok(Self(format!("{kind} {base64}")))
    }
}

impl FromStr for PublicKey {
    type Err = SigningKeyError;

    fn from_str(text: &str) -> Result<Self, SigningKeyError> {
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        let kind = Some(first)
            .filter(|kind| TYPES.contains(kind))
            .ok_or_else(|| unknown_type(&[first]))?;
        Self::of(kind, words.next().unwrap_or_default())
    }
}

/// How the type of a certificate ends (PROTOCOL.certkeys of OpenSSH).
const CERTIFICATE: &str = "-cert-v01@openssh.com";

fn unknown_type(words: &[&str]) -> SigningKeyError {
    if words.iter().any(|word| word.ends_with(CERTIFICATE)) {
        SigningKeyError::Certificate
    } else {
        SigningKeyError::Type
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl SigningKey {
    /// Reports whether a commit of that time may be signed with it.
    pub fn is_valid_at(&self, moment: Timestamp) -> bool {
        self.valid_after.is_none_or(|after| moment >= after)
            && self.valid_before.is_none_or(|before| moment < before)
    }
}

impl FromStr for SigningKey {
    type Err = SigningKeyError;

    fn from_str(text: &str) -> Result<Self, SigningKeyError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let at = words
            .iter()
            .position(|word| TYPES.contains(word))
            .ok_or_else(|| unknown_type(&words))?;
        let key = PublicKey::of(words[at], words.get(at + 1).copied().unwrap_or_default())?;
        let mut signing = Self {
            key,
            valid_after: None,
            valid_before: None,
        };
        for option in words[..at].iter().flat_map(|word| word.split(',')) {
            match option.split_once('=') {
                Some(("valid-after", moment)) => signing.valid_after = Some(moment_of(moment)?),
                Some(("valid-before", moment)) => signing.valid_before = Some(moment_of(moment)?),
                _ => return Err(SigningKeyError::Option(option.to_owned())),
            }
        }
        Ok(signing)
    }
}

/// As it is written in `access.toml`, without a comment.
impl fmt::Display for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = [
            ("valid-after", self.valid_after),
            ("valid-before", self.valid_before),
        ];
        let written = |(name, moment): (&str, Option<Timestamp>)| {
            Some(format!("{name}=\"{}Z\"", moment?.strftime("%Y%m%d%H%M%S")))
        };
        let options: Vec<String> = options.into_iter().filter_map(written).collect();
        let gap = if options.is_empty() { "" } else { " " };
        write!(f, "{}{gap}{}", options.join(","), self.key)
    }
}

/// Reads a time as `ssh-keygen` does: `YYYYMMDD`, with `HHMM` or `HHMMSS` after it. It is always UTC, since a
/// verdict must not depend on where it is made.
fn moment_of(text: &str) -> Result<Timestamp, SigningKeyError> {
    let digits = text.trim_matches('"').trim_end_matches('Z');
    let wrong = || SigningKeyError::Moment(text.to_owned());
    if !matches!(digits.len(), 8 | 12 | 14) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let padded = format!("{digits:0<14}");
    let moment = DateTime::strptime("%Y%m%d%H%M%S", &padded).map_err(|_| wrong())?;
    moment
        .to_zoned_datetime(TimeZone::UTC)
        .map(|moment| moment.timestamp())
        .map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlE0R4rBkLbcTqvo5i6Hsh3YBUDVGbgvOPmqVbL5Dws";

    #[test]
    fn a_key_is_read_as_openssh_writes_it() {
        let plain: SigningKey = format!("{KEY} ana@laptop").parse().unwrap();
        assert_eq!(plain.key.as_str(), KEY);
        let limited: SigningKey =
            format!("valid-after=\"20260101\",valid-before=\"202701311200Z\" {KEY}")
                .parse()
                .unwrap();
        assert_eq!(limited.key, plain.key);
        assert_eq!(
            limited.valid_after,
            Some("2026-01-01T00:00:00Z".parse().unwrap())
        );
        assert_eq!(
            limited.valid_before,
            Some("2027-01-31T12:00:00Z".parse().unwrap())
        );
        for key in [plain, limited] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn a_key_counts_from_its_first_moment_until_before_its_last() {
        let key: SigningKey = format!("valid-after=20260101,valid-before=20260102 {KEY}")
            .parse()
            .unwrap();
        for (moment, valid) in [
            ("2025-12-31T23:59:59Z", false),
            ("2026-01-01T00:00:00Z", true),
            ("2026-01-02T00:00:00Z", false),
        ] {
            assert_eq!(key.is_valid_at(moment.parse().unwrap()), valid, "{moment}");
        }
    }

    #[test]
    fn what_is_no_key_says_why() {
        for (text, said) in [
            ("", "unsupported type"),
            ("ssh-rsa AAAAB3NzaC1yc2E=", "unsupported type"),
            ("ssh-ed25519", "incomplete"),
            ("ssh-ed25519 AAA", "incomplete"),
            ("ssh-ed25519 AA?A", "incomplete"),
            ("ssh-ed25519 AAAA", "incomplete"),
            (&KEY[..KEY.len() - 4], "incomplete"),
            (
                &KEY.replace("ssh-ed25519", "ecdsa-sha2-nistp256"),
                "incomplete",
            ),
            (&format!("cert-authority {KEY}"), "unknown option"),
            (&format!("valid-before=tomorrow {KEY}"), "invalid time"),
            (&format!("valid-before=20261301 {KEY}"), "invalid time"),
        ] {
            let error = text.parse::<SigningKey>().unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
