//! What is inside a tag of handlebars: a helper with its parameters, or a path.

use super::tags::Unreadable;

/// How deep calls may be nested in a tag.
const DEEPEST: usize = 32;

/// A call of a helper, or a path, which is a call without parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TagExpression {
    /// The name of the helper, or the path.
    pub name: Option<TagValue>,
    /// The values that it is called with, by place and by name.
    pub parameters: Vec<TagValue>,
    /// `as |item index|`
    pub bound: Vec<String>,
}

/// A value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TagValue {
    Path(String),
    /// A text, a number, or one of the words for nothing.
    Constant,
    Call(Box<TagExpression>),
}

/// Reads what is inside a tag.
pub(super) fn read(inside: &str) -> Result<TagExpression, Unreadable> {
    let mut reader = ExpressionReader { rest: inside };
    let expression = reader.expression(0)?;
    match reader.rest.is_empty() {
        true => Ok(expression),
        false => Err(Unreadable),
    }
}

struct ExpressionReader<'t> {
    rest: &'t str,
}

impl<'t> ExpressionReader<'t> {
    /// Reads up to the end, or to the bracket that closes a call.
    fn expression(&mut self, depth: usize) -> Result<TagExpression, Unreadable> {
        let mut expression = TagExpression::default();
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.is_empty() || self.rest.starts_with(')') {
                return Ok(expression);
            }
            if let Some(bound) = self.bound()? {
                expression.bound = bound;
                continue;
            }
            let value = self.value(depth)?;
            match expression.name {
                None => expression.name = Some(value),
                Some(_) => expression.parameters.push(value),
            }
        }
    }

    /// Reads `as |item index|`.
    fn bound(&mut self) -> Result<Option<Vec<String>>, Unreadable> {
        let after = self.rest.strip_prefix("as").map(str::trim_start);
        let Some(inside) = after.and_then(|after| after.strip_prefix('|')) else {
            return Ok(None);
        };
        let (names, rest) = inside.split_once('|').ok_or(Unreadable)?;
        self.rest = rest;
        Ok(Some(names.split_whitespace().map(str::to_owned).collect()))
    }

    /// Reads a value, after its name where it has one.
    fn value(&mut self, depth: usize) -> Result<TagValue, Unreadable> {
        let word = self.rest;
        let end = word
            .find(|c: char| c.is_whitespace() || "=()\"'[|".contains(c))
            .unwrap_or(word.len());
        if end > 0 && word[end..].starts_with('=') {
            self.rest = word[end + 1..].trim_start();
        }
        let first = self.rest.chars().next().ok_or(Unreadable)?;
        match first {
            '"' | '\'' => {
                self.until(first)?;
                Ok(TagValue::Constant)
            }
            '(' if depth < DEEPEST => {
                self.rest = &self.rest[1..];
                let call = self.expression(depth + 1)?;
                self.rest = self.rest.strip_prefix(')').ok_or(Unreadable)?;
                call.name.as_ref().ok_or(Unreadable)?;
                Ok(TagValue::Call(Box::new(call)))
            }
            _ => self.path(),
        }
    }

    /// Skips a text in quotes.
    fn until(&mut self, quote: char) -> Result<(), Unreadable> {
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, c)) = characters.next() {
            match c {
                '\\' => {
                    characters.next();
                }
                c if c == quote => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(Unreadable)
    }

    /// Reads a path, in which brackets may hold anything (`user.[first name]`).
    fn path(&mut self) -> Result<TagValue, Unreadable> {
        let word = self.rest;
        let mut in_brackets = false;
        let mut end = word.len();
        for (at, c) in word.char_indices() {
            match c {
                '[' if at == 0 || word[..at].ends_with(['.', '/']) => in_brackets = true,
                '[' if !in_brackets => return Err(Unreadable),
                ']' => in_brackets = false,
                c if !in_brackets && (c.is_whitespace() || c == ')') => {
                    end = at;
                    break;
                }
                // Not in any path of handlebars, but in the expressions of other languages.
                '!' | '"' | '#' | '%' | '&' | '\'' | '(' | '*' | '+' | ',' | ';' | '<' | '='
                | '>' | '`' | '{' | '|' | '}' | '~' | ':'
                    if !in_brackets =>
                {
                    return Err(Unreadable);
                }
                _ => {}
            }
        }
        if in_brackets || end == 0 {
            return Err(Unreadable);
        }
        self.rest = &word[end..];
        let path = &word[..end];
        let ends_nowhere = path.ends_with(['.', '/']) && path != "." && !path.ends_with("..");
        if ends_nowhere
            || path
                .trim_start_matches("../")
                .trim_start_matches("..")
                .contains("..")
        {
            return Err(Unreadable);
        }
        let is_constant = matches!(path, "true" | "false" | "null" | "undefined")
            || path
                .parse::<f64>()
                .is_ok_and(|_| path != "inf" && path != "nan");
        Ok(if is_constant {
            TagValue::Constant
        } else {
            TagValue::Path(path.to_owned())
        })
    }
}
