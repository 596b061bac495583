use super::key_text::keys;
use crate::model::Credential;

/// What gateways write where no key is needed, in small letters. LiteLLM and the SDK of OpenAI demand that something is there;
/// `none` is TensorZero's word. From configurations that people have published.
const PLACEHOLDERS: [&str; 19] = [
    "-",
    "anything",
    "dummy",
    "empty",
    "fake",
    "fake-key",
    "lm-studio",
    "local",
    "na",
    "no-key",
    "no-key-needed",
    "no-key-required",
    "none",
    "not-needed",
    "not-required",
    "null",
    "ollama",
    "placeholder",
    "unused",
];
/// Reports whether `text` is what stands for a key, and no key: a reference or a placeholder.
pub(super) fn is_harmless(text: &str) -> bool {
    keys(text).is_empty() && (is_placeholder(text) || is_variable(text) || is_foreign(text))
}

/// Reports whether `text` says that there is no key.
pub(crate) fn is_placeholder(text: &str) -> bool {
    PLACEHOLDERS.contains(&text.to_ascii_lowercase().as_str())
}

/// Reports whether `text` names a variable, if only in small letters: that is a slip, and no secret. Mixed letters are how
/// keys look.
fn is_variable(text: &str) -> bool {
    let Some(name) = text.strip_prefix(Credential::PREFIX) else {
        return false;
    };
    let is_slip = !name.contains(|c: char| c.is_ascii_uppercase());
    let name = if is_slip {
        name.to_ascii_uppercase()
    } else {
        name.to_owned()
    };
    format!("{}{name}", Credential::PREFIX)
        .parse::<Credential>()
        .is_ok()
}

/// Reports whether `text` is a reference as gateways write them.
fn is_foreign(text: &str) -> bool {
    let name = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/')
            })
    };
    let in_braces = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    let bare = text
        .strip_prefix('$')
        .filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()));
    in_braces.or(bare).is_some_and(is_variable_name)
        || text
            .strip_prefix("os.environ/")
            .is_some_and(is_variable_name)
        || ["path::", "path_from_env::", "dynamic::"]
            .iter()
            .any(|beginning| text.strip_prefix(beginning).is_some_and(name))
}

/// Reports whether `text` is how variables are called: capitals, digits and underscores.
fn is_variable_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_placeholders_are_no_secrets() {
        for text in [
            "none",
            "EMPTY",
            "not-needed",
            "env::KEY",
            "env::key",
            "os.environ/OPENAI_API_KEY",
            "${OPENAI_API_KEY}",
            "$OPENAI_API_KEY",
            "dynamic::openai_api_key",
            "path::/run/secrets/openai.key",
            "path_from_env::KEY_FILE",
        ] {
            assert!(is_harmless(text), "{text}");
        }
        for text in [
            "",
            "hunter2",
            "env::Hunter2",
            "os.environ/hunter2",
            "os.environ/",
            "${hunter2}",
            "$hunter2",
            "$2",
            "path::",
            "path::/run/sk-proj-abcDEF123456",
            "dynamic::two words",
            "none of your business",
        ] {
            assert!(!is_harmless(text), "{text}");
        }
    }
}
