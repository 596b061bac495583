//! The tags of mustache and handlebars.

/// Which of the two languages a template is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Mustache,
    Handlebars,
    /// The text does not say; most templates mean the same in both.
    Either,
}

/// A tag, without its delimiters, the marks of whitespace control, and its sign.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'t> {
    pub sign: Sign,
    pub inside: &'t str,
}

/// What a tag is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// `{{x}}`, `{{{x}}}`, `{{&x}}`
    Value,
    /// `{{#x}}`
    Open,
    /// `{{^x}}`, and `{{^}}` of handlebars
    Inverse,
    /// `{{/x}}`
    Close,
    /// `{{>x}}`
    Partial,
    /// `{{#>x}}`
    PartialBlock,
}

/// The tags of a text, in order. An error ends them: the text is invalid, or has a tag whose meaning only an engine knows.
pub(super) struct Tags<'t> {
    rest: &'t str,
    dialect: Dialect,
    /// Mustache can change them.
    delimiters: (&'t str, &'t str),
}

/// The text cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl<'t> Tags<'t> {
    pub(super) fn of(text: &'t str, dialect: Dialect) -> Self {
        Self {
            rest: text,
            dialect,
            delimiters: ("{{", "}}"),
        }
    }

    /// Returns the next tag that is neither a comment nor a change of delimiters.
    fn tag(&mut self) -> Result<Option<Tag<'t>>, Unreadable> {
        loop {
            let (open, close) = self.delimiters;
            let Some((before, after)) = self.rest.split_once(open) else {
                return Ok(None);
            };
            if self.dialect != Dialect::Mustache && self.is_escaped(before, after)? {
                continue;
            }
            if let Some(comment) = after.trim_start_matches('~').strip_prefix('!') {
                self.rest = self.after_comment(comment).ok_or(Unreadable)?;
                continue;
            }
            let close = if after.starts_with('{') && open == "{{" {
                "}}}"
            } else {
                close
            };
            let (inside, rest) = after.split_once(close).ok_or(Unreadable)?;
            self.rest = rest;
            // In handlebars a text may hold the delimiter; nobody writes that, and nobody can tell.
            if inside.contains(open) {
                return Err(Unreadable);
            }
            if let Some(delimiters) = inside.strip_prefix('=') {
                self.change(delimiters)?;
                continue;
            }
            return Ok(Some(tag(inside)));
        }
    }

    /// Skips what handlebars takes as text: `\{{x}}`, and all of `{{{{raw}}}} … {{{{/raw}}}}`.
    fn is_escaped(&mut self, before: &str, after: &'t str) -> Result<bool, Unreadable> {
        // An escaped backslash before a tag is a backslash.
        let backslashes = before.len() - before.trim_end_matches('\\').len();
        if backslashes == 1 {
            let (_, rest) = after.split_once("}}").ok_or(Unreadable)?;
            self.rest = rest;
            return Ok(true);
        }
        if let Some(raw) = after.strip_prefix("{{") {
            let (name, body) = raw.split_once("}}}}").ok_or(Unreadable)?;
            let name = name.split_whitespace().next().ok_or(Unreadable)?;
            let end = format!("{{{{{{{{/{name}}}}}}}}}");
            let (_, rest) = body.split_once(&end).ok_or(Unreadable)?;
            self.rest = rest;
            return Ok(true);
        }
        Ok(false)
    }

    /// Returns what follows a comment. In handlebars one that begins with `--` ends with it, and may hold tags.
    fn after_comment(&self, comment: &'t str) -> Option<&'t str> {
        let ends = ["--}}", "--~}}"];
        let long = match comment.strip_prefix("--") {
            Some(comment) if self.dialect != Dialect::Mustache => ends
                .into_iter()
                .filter_map(|end| comment.split_once(end))
                .min_by_key(|(inside, _)| inside.len()),
            _ => None,
        };
        let (_, rest) = long.or_else(|| comment.split_once(self.delimiters.1))?;
        Some(rest)
    }

    /// Takes the delimiters in `{{=<% %>=}}`.
    fn change(&mut self, inside: &'t str) -> Result<(), Unreadable> {
        let inside = inside.strip_suffix('=').ok_or(Unreadable)?;
        let mut both = inside.split_whitespace();
        match (both.next(), both.next(), both.next()) {
            (Some(open), Some(close), None) if self.dialect != Dialect::Handlebars => {
                self.delimiters = (open, close);
                Ok(())
            }
            _ => Err(Unreadable),
        }
    }
}

impl<'t> Iterator for Tags<'t> {
    type Item = Result<Tag<'t>, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        self.tag().transpose()
    }
}

fn tag(inside: &str) -> Tag<'_> {
    let inside = inside.trim_start_matches('~').trim_end_matches('~').trim();
    let signs = [
        ("#>", Sign::PartialBlock),
        ("#", Sign::Open),
        ("^", Sign::Inverse),
        ("/", Sign::Close),
        (">", Sign::Partial),
        ("&", Sign::Value),
        ("{", Sign::Value),
    ];
    let found = signs
        .iter()
        .find_map(|(sign, meaning)| Some((inside.strip_prefix(sign)?, *meaning)));
    let (inside, sign) = found.unwrap_or((inside, Sign::Value));
    let inside = inside.trim_end_matches('}');
    Tag {
        sign,
        inside: inside.trim(),
    }
}
