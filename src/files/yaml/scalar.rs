use serde_json::Number;

use super::YamlValue;

/// Returns what the plain text `text` means to a reader of YAML 1.1. A date stays the text that it is.
pub(super) fn meaning(text: &str) -> YamlValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return YamlValue::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            return YamlValue::Bool(true);
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return YamlValue::Bool(false);
        }
        _ => {}
    }
    match whole(text).or_else(|| fraction(text)) {
        Some(number) => YamlValue::Number(number),
        None => YamlValue::Text(text.to_owned()),
    }
}

fn whole(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let (radix, plain) = match plain.as_str() {
        "0" => (10, "0"),
        plain => match (plain.strip_prefix("0x"), plain.strip_prefix("0b")) {
            (Some(hexadecimal), _) => (16, hexadecimal),
            (_, Some(binary)) => (2, binary),
            _ => plain
                .strip_prefix('0')
                .map_or((10, plain), |octal| (8, octal)),
        },
    };
    let value = i128::from_str_radix(plain, radix).ok()? * sign;
    i64::try_from(value)
        .map(Number::from)
        .or_else(|_| u64::try_from(value).map(Number::from))
        .ok()
}

/// A number with a point; without one, YAML 1.1 has a text: `1e3`.
fn fraction(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let fine = digits.contains('.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"._eE+-".contains(&byte));
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    Number::from_f64(plain.parse().ok().filter(|_| fine)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_mean_what_pyyaml_takes_them_for() {
        let number = |value: f64| YamlValue::Number(Number::from_f64(value).unwrap());
        let integer = |value: i64| YamlValue::Number(value.into());
        for (text, expected) in [
            ("~", YamlValue::Null),
            ("yes", YamlValue::Bool(true)),
            ("Off", YamlValue::Bool(false)),
            ("12", integer(12)),
            ("-1_000", integer(-1000)),
            ("0x1F", integer(31)),
            ("010", integer(8)),
            ("0", integer(0)),
            ("1.5", number(1.5)),
            ("-.5", number(-0.5)),
            ("1.5e+3", number(1500.0)),
        ] {
            assert_eq!(meaning(text), expected, "{text}");
        }
        for text in ["1e3", "y", "2024-05-01", "1.2.3", "08", "gpt-4.1", "-", "."] {
            assert_eq!(meaning(text), YamlValue::Text(text.to_owned()), "{text}");
        }
    }
}
