use std::collections::BTreeSet;

/// Returns the variables that a prompt's `text` leaves to its callers: the contents of `{{ … }}`, in any
/// spelling that the usual engines accept (`{{x}}`, `{{- x -}}`, `{{{ x }}}`, `{{ customer.name | upper }}`).
///
/// A name is letters, digits and `_`, not beginning with a digit, and may go on after dots. Blocks, comments and partials
/// (`{{#each items}}`, `{{! … }}`, `{{> header}}`) are not looked into: what they need depends on the engine.
pub fn variables(text: &str) -> BTreeSet<String> {
    text.split("{{")
        .skip(1)
        .filter_map(|after| variable(after.split_once("}}")?.0))
        .collect()
}

fn variable(inside: &str) -> Option<String> {
    let inside = inside.trim_start_matches(['{', '-', '~']).trim_start();
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let end = inside.find(|c| !is_part(c)).unwrap_or(inside.len());
    let (name, rest) = inside.split_at(end);
    let rest = rest
        .trim_start()
        .trim_start_matches(['-', '~', '}'])
        .trim_start();
    let is_name = |part: &str| !part.is_empty() && !part.starts_with(|c: char| c.is_ascii_digit());
    (name.split('.').all(is_name) && (rest.is_empty() || rest.starts_with('|')))
        .then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_in_every_usual_spelling() {
        let text = "{{ a }} {{b}} {{- c -}} {{{ d }}} {{ e.f | upper }} {{ a }}\n{{\n g\n}} {{~h~}} {\"x\": \"{{ _i }}\"}";
        assert_eq!(
            variables(text).into_iter().collect::<Vec<_>>(),
            ["_i", "a", "b", "c", "d", "e.f", "g", "h"]
        );
    }

    #[test]
    fn what_is_no_placeholder_is_none() {
        for text in [
            "{ a }",
            "{{ a",
            "a }}",
            "{{}}",
            "{{ }}",
            "{{ a b }}",
            "{{#each items}}{{/each}}",
            "{{! a }}",
            "{{> header }}",
            "{{ 1a }}",
            "{{ a. }}",
            "{{ a..b }}",
            "{{ \u{1b}[2J }}",
            "{% if a %}",
        ] {
            assert_eq!(variables(text), BTreeSet::new(), "{text}");
        }
    }
}
