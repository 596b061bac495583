//! What keys look like, wherever they are.

use std::ops::Range;

/// How long a key is at least that cannot be a slug.
const SURE: usize = 12;
/// How the keys of vendors begin, and how many letters and digits follow at least without a separator: names
/// of models such as `xai-grok-4-fast-reasoning` begin the same way. Taken from the vendors' documentation
/// and from what secret scanners look for.
const BEGINNINGS: [(&str, usize); 13] = [
    ("AIza", 10),
    ("AKIA", 16),
    ("ASIA", 16),
    ("fw_", 16),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghs_", 16),
    ("gsk_", 16),
    ("hf_", 16),
    ("pplx-", 16),
    ("r8_", 16),
    ("rk_live_", 8),
    ("xai-", 16),
];
/// The same for keys that contain hyphens, underscores and dots.
const LOOSE_BEGINNINGS: [(&str, usize); 9] = [
    ("eyJ", 30),
    ("github_pat_", 16),
    ("glpat-", 16),
    ("nvapi-", 16),
    ("sk-", 8),
    ("sk_live_", 8),
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("ya29", 16),
];

/// Words in the name of a key or a parameter whose value is a secret.
const TELLTALES: [&str; 9] = [
    "apikey",
    "api_key",
    "access_key",
    "authorization",
    "credential",
    "passphrase",
    "passw",
    "private_key",
    "secret",
];
/// Whole names, and last parts of names, that say the same.
const TELLTALE_ENDINGS: [&str; 7] = ["auth", "bearer", "cookie", "key", "pwd", "sig", "token"];

/// Names that end like those and are of something else: the keys of tables, caches and queues, the marks in a model's
/// vocabulary, and cookies that a switch turns on. From the configurations of gateways and of what they are built on.
const HARMLESS: [&str; 29] = [
    "bos_token",
    "cache_key",
    "cls_token",
    "dedup_key",
    "end_token",
    "eos_token",
    "eot_token",
    "foreign_key",
    "group_key",
    "hash_key",
    "idempotency_key",
    "json_key",
    "mask_token",
    "max_token",
    "metadata_key",
    "min_token",
    "pad_token",
    "partition_key",
    "primary_key",
    "public_key",
    "range_key",
    "routing_key",
    "sep_token",
    "set_cookie",
    "sort_key",
    "start_token",
    "stop_token",
    "tag_key",
    "unk_token",
];

/// Reports whether what is under `name` is a secret by the name alone.
pub(super) fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', ' ', '.'], "_");
    // The last two parts, so that `x_cache_key` is as harmless as `cache_key`.
    let last = name.rsplit('_').take(2).map(str::len).sum::<usize>() + 1;
    let ending = &name[name.len().saturating_sub(last)..];
    // What a model costs for each token is among what is known of it.
    if HARMLESS.contains(&ending) || name.contains("cost_per_") {
        return false;
    }
    TELLTALES.iter().any(|word| name.contains(word))
        || TELLTALE_ENDINGS
            .iter()
            .any(|ending| name.rsplit('_').next() == Some(*ending))
}

/// Returns the parts of `text` that look like keys or passwords, sorted.
pub(super) fn keys(text: &str) -> Vec<Range<usize>> {
    let outside = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let tokens = split_with_start(text, outside).filter(|(_, token)| is_key(token));
    let mut found: Vec<Range<usize>> = tokens.map(|(at, token)| at..at + token.len()).collect();
    found.extend(after(text, "bearer ").chain(after(text, "basic ")));
    found.extend(in_urls(text));
    found.extend(private_keys(text));
    found.sort_by_key(|range| (range.start, range.end));
    found
}

/// Returns the private keys in `text` that are written as PEM, each from its first line to its last, or to the end of the text.
fn private_keys(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    const BEGIN: &str = "-----BEGIN ";
    const PRIVATE: &str = "PRIVATE KEY";
    let mut searched = 0;
    std::iter::from_fn(move || {
        loop {
            let start = searched + text[searched..].find(BEGIN)?;
            let label = start + BEGIN.len();
            searched = label;
            let Some(length) = text[label..].find("-----") else {
                continue;
            };
            if !text[label..label + length].ends_with(PRIVATE) {
                continue;
            }
            let body = label + length;
            let end = text[body..].find("-----END ").map(|at| body + at);
            let end = end.and_then(|at| {
                let mark = at + "-----END ".len();
                Some(mark + text[mark..].find("-----")? + "-----".len())
            });
            searched = end.unwrap_or(text.len());
            return Some(start..searched);
        }
    })
}

/// Returns the keys of vendors in `text` that cannot be slugs (`sk-learn-router` may be a resource), tokens
/// of a header, and passwords in addresses.
pub(super) fn sure_keys(text: &str) -> Vec<Range<usize>> {
    // Every cell of every table goes through here, and most are shorter than any key. Only an address can hide one in less.
    if text.len() < SURE {
        return in_urls(text);
    }
    let random = |part: &str| part.len() >= 16 && part.bytes().any(|byte| byte.is_ascii_digit());
    let outside = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let is_sure = |token: &str| {
        token.len() >= SURE
            && (token.contains(|c: char| c.is_ascii_uppercase())
                || token.split(['-', '_', '.']).any(random))
    };
    // A key may follow something else without white space: `env_sk-…`, `v1.AKIA…`.
    let first = |token: &str| {
        // So it is looked for after each separator, and the first place where one begins counts.
        let joints = token.match_indices(['.', '_', '-']).map(|(at, _)| at + 1);
        std::iter::once(0)
            .chain(joints)
            .find(|at| is_key(&token[*at..]))
            .filter(|at| is_sure(&token[*at..]))
    };
    let mut found: Vec<Range<usize>> = split_with_start(text, outside)
        .filter(|(_, token)| token.len() >= SURE)
        .filter_map(|(at, token)| Some(at + first(token)?..at + token.len()))
        .collect();
    // The scheme of a header and the first line of a private key contain a space.
    if text.contains(' ') {
        let headers = after(text, "bearer ").chain(after(text, "basic "));
        found.extend(headers.filter(|range| random(&text[range.clone()])));
        found.extend(private_keys(text));
    }
    found.extend(in_urls(text));
    found
}

/// Reports whether `token` begins as a vendor's key does, and is long enough to be one.
fn is_key(token: &str) -> bool {
    let solid = |rest: &str| {
        rest.find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len())
    };
    BEGINNINGS.iter().any(|(beginning, least)| {
        token
            .strip_prefix(beginning)
            .is_some_and(|rest| solid(rest) >= *least)
    }) || LOOSE_BEGINNINGS.iter().any(|(beginning, least)| {
        token
            .strip_prefix(beginning)
            .is_some_and(|rest| rest.len() >= *least)
    })
}

/// Returns what follows `scheme` where a header's value may begin: a token with a digit or of some length,
/// unlike the words of a sentence.
fn after<'t>(text: &'t str, scheme: &'static str) -> impl Iterator<Item = Range<usize>> + 't {
    // Most texts are too short for anything to follow, and need not be copied in lower case.
    let lower = Some(text).filter(|text| text.len() >= scheme.len() + 8);
    let lower = lower.map(str::to_ascii_lowercase).unwrap_or_default();
    let starts: Vec<usize> = lower
        .match_indices(scheme)
        .map(|(at, _)| at + scheme.len())
        .collect();
    starts.into_iter().filter_map(move |start| {
        let start = start + (text[start..].len() - text[start..].trim_start_matches(' ').len());
        let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '`');
        let token = text[start..].split(end).next().unwrap_or_default();
        let telling = token.len() >= 8 && token.bytes().any(|byte| byte.is_ascii_digit())
            || token.len() >= 20;
        (telling && !token.starts_with("env::")).then(|| start..start + token.len())
    })
}

/// Returns for every URL in `text` the user and the password, and the values of parameters whose names are
/// those of secrets.
///
/// A URL in a parameter of another one is searched as well. Each byte is read only a few times, because a
/// file may be hostile.
fn in_urls(text: &str) -> Vec<Range<usize>> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
    let mut found = Vec::new();
    if !text.contains(':') || !text.contains("://") {
        return found;
    }
    for (start, url) in split_with_start(text, ends) {
        let hosts: Vec<usize> = url
            .match_indices("://")
            .map(|(at, mark)| at + mark.len())
            .collect();
        for host in &hosts {
            let authority = url[*host..]
                .split(['/', '?', '#'])
                .next()
                .unwrap_or_default();
            // The account in `ssh://git@host` is not a secret. Over HTTP a user name alone may be a token.
            let over_http = url[..*host].ends_with("http://") || url[..*host].ends_with("https://");
            let secret = authority
                .rfind('@')
                .filter(|at| over_http || authority[..*at].contains(':'));
            found.extend(secret.map(|at| start + host..start + host + at));
        }
        let parameters = split_with_start(url, |c| matches!(c, '?' | '&' | '#')).skip(1);
        for (at, parameter) in parameters.filter(|_| !hosts.is_empty()) {
            if let Some((name, value)) = parameter.split_once('=')
                && names_a_secret(name)
            {
                let value_at = start + at + name.len() + 1;
                found.push(value_at..value_at + value.len());
            }
        }
    }
    found
}

/// Returns the parts of `text` between the characters for which `ends` is true, each with its start.
fn split_with_start(
    text: &str,
    ends: impl Fn(char) -> bool,
) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split(ends).map(move |part| {
        let start = next;
        let separator = text[start + part.len()..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        next = start + part.len() + separator;
        (start, part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        keys(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn keys_of_vendors_are_recognised() {
        for key in [
            "sk-proj-abcDEF123456",
            "sk-ant-api03-abcdefgh",
            "AIzaSyA0123456789abcdefghijklmnopqrstuv",
            "AKIAIOSFODNN7EXAMPLE",
            "gsk_0123456789abcdefghij",
            "hf_0123456789abcdefghij",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef",
        ] {
            assert_eq!(found(&format!("x = \"{key}\" # é")), [key]);
        }
        assert_eq!(found("Authorization: Bearer abc12345"), ["abc12345"]);
        assert_eq!(found("https://me:hunter2@host/v1"), ["me:hunter2"]);
        assert_eq!(found("https://host/v1?v=2&api-key=abc#x"), ["abc"]);
        assert_eq!(found("ssh://git:hunter2@host/x"), ["git:hunter2"]);
        let pem = "-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA PRIVATE KEY-----";
        assert_eq!(found(&format!("x: \"{pem}\"")), [pem]);
        let cut = "-----BEGIN PRIVATE KEY-----\nMIIE";
        assert_eq!(found(cut), [cut]);
        assert_eq!(
            found("https://a/go?to=https://me:hunter2@b"),
            ["me:hunter2"]
        );
    }

    #[test]
    fn names_are_no_keys() {
        for text in [
            "gpt-4.1",
            "xai-grok-4-fast-reasoning",
            "hf_meta-llama-3-70b-instruct",
            "task-runner-7-of-the-desk",
            "sk-small",
            "bearer",
            "# Bearer authentication is what they want",
            "https://host/v1?api-version=2024-10-21",
            "https://host:8080/@cf/meta/llama",
            "ssh://git@host/x",
            "env::OPENAI_API_KEY",
            "日本語 sk- é",
            "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
            "-----BEGIN ",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn names_of_secrets_are_told_from_other_names() {
        for name in [
            "credential",
            "api_key",
            "X-Api-Key",
            "Authorization",
            "token",
            "access_token",
            "DB_PASSWORD",
            "key",
            "X Api Key",
            "db_pwd",
            "key_passphrase",
            "Cookie",
            "openai_key",
            "master_key",
            "secret_cache_key_password",
        ] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in [
            "max_tokens",
            "input_cost_per_token",
            "output_cost_per_reasoning_token",
            "auth_type",
            "auth_header_name",
            "models",
            "keyboard",
            "tag_key",
            "cache_key",
            "redis_cache_key",
            "sort-key",
            "eos_token",
            "Set-Cookie",
            "timeout_ms",
            "weight",
        ] {
            assert!(!names_a_secret(name), "{name}");
        }
    }
}
