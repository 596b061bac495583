//! What keys look like, wherever they stand.

use std::ops::Range;

/// How the keys of vendors begin, and how many of their characters follow at least. From the vendors' documentation and from
/// what secret scanners look for; a shorter text after such a beginning is more likely a name.
const BEGINNINGS: [(&str, usize); 22] = [
    ("AIza", 30),
    ("AKIA", 16),
    ("ASIA", 16),
    ("eyJ", 30),
    ("fw_", 16),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghs_", 16),
    ("github_pat_", 16),
    ("glpat-", 16),
    ("gsk_", 16),
    ("hf_", 16),
    ("nvapi-", 16),
    ("pplx-", 16),
    ("r8_", 16),
    ("rk_live_", 8),
    ("sk-", 8),
    ("sk_live_", 8),
    ("xai-", 16),
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("ya29", 16),
];

/// Words in the name of a key or a parameter whose value is a secret.
const TELLTALES: [&str; 8] =
    ["apikey", "api_key", "access_key", "authorization", "credential", "passw", "private_key", "secret"];
/// Whole names, and the last parts of names, that say the same.
const TELLTALE_ENDINGS: [&str; 5] = ["auth", "bearer", "key", "sig", "token"];

/// Whether what stands under `name` is a secret by the name alone.
pub(super) fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    TELLTALES.iter().any(|word| name.contains(word))
        || TELLTALE_ENDINGS.iter().any(|ending| name.rsplit('_').next() == Some(*ending))
}

/// The parts of `text` that look like keys or passwords, sorted.
pub(super) fn keys(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = tokens(text).filter(|range| is_key(&text[range.clone()])).collect();
    found.extend(after(text, "bearer ").chain(after(text, "basic ")));
    found.extend(text.match_indices("://").flat_map(|(at, mark)| in_url(text, at + mark.len())));
    found.sort_by_key(|range| (range.start, range.end));
    found
}

/// The longest runs of characters that keys are made of.
fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut at = 0;
    text.split(move |c| !inside(c)).map(move |token| {
        let start = at;
        at += token.len();
        // The separator after it; it may have several bytes.
        at += text[at..].chars().next().map_or(0, char::len_utf8);
        start..start + token.len()
    })
}

fn is_key(token: &str) -> bool {
    BEGINNINGS.iter().any(|(beginning, least)| token.strip_prefix(beginning).is_some_and(|rest| rest.len() >= *least))
}

/// What follows `scheme` where a header's value may begin: a token with a digit or of some length, unlike the words of a
/// sentence.
fn after<'t>(text: &'t str, scheme: &'static str) -> impl Iterator<Item = Range<usize>> + 't {
    let lower = text.to_ascii_lowercase();
    let starts: Vec<usize> = lower.match_indices(scheme).map(|(at, _)| at + scheme.len()).collect();
    starts.into_iter().filter_map(move |start| {
        let start = start + (text[start..].len() - text[start..].trim_start_matches(' ').len());
        let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '`');
        let token = text[start..].split(end).next().unwrap_or_default();
        let telling = token.len() >= 8 && token.bytes().any(|byte| byte.is_ascii_digit()) || token.len() >= 20;
        (telling && !token.starts_with("env::")).then(|| start..start + token.len())
    })
}

/// The user and the password of a URL whose host begins at `start`, and the values of parameters that are secret by name.
fn in_url(text: &str, start: usize) -> Vec<Range<usize>> {
    let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
    let url = text[start..].split(end).next().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let authority = path.split(['/', '#']).next().unwrap_or_default();
    let mut found: Vec<Range<usize>> = authority.rfind('@').map(|at| start..start + at).into_iter().collect();
    let mut at = start + path.len() + 1;
    for pair in query.split(['&', '#']) {
        let name = pair.split('=').next().unwrap_or_default();
        if names_a_secret(name) && pair.len() > name.len() + 1 {
            found.push(at + name.len() + 1..at + pair.len());
        }
        at += pair.len() + 1;
    }
    found
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
    }

    #[test]
    fn names_are_no_keys() {
        for text in [
            "gpt-4.1",
            "task-runner-7-of-the-desk",
            "sk-small",
            "bearer",
            "# Bearer authentication is what they want",
            "https://host/v1?api-version=2024-10-21",
            "https://host:8080/@cf/meta/llama",
            "env::OPENAI_API_KEY",
            "日本語 sk- é",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn names_of_secrets_are_told_from_other_names() {
        for name in
            ["credential", "api_key", "X-Api-Key", "Authorization", "token", "access_token", "DB_PASSWORD", "key"]
        {
            assert!(names_a_secret(name), "{name}");
        }
        for name in ["max_tokens", "auth_type", "auth_header_name", "models", "keyboard", "timeout_ms", "weight"] {
            assert!(!names_a_secret(name), "{name}");
        }
    }
}
