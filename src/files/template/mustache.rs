//! Mustache and handlebars.
//!
//! handlebars-rust has a parser for one of the two. It brings some thirty crates, and recurses as deep as a template is nested,
//! so that a hostile prompt could end the program; the crate for mustache is no longer maintained. What is needed of both
//! grammars is the tags and which blocks change what names refer to.

use std::collections::BTreeMap;

use super::expression::{self, TagExpression, TagValue};
use super::paths::{EVERYTHING, PathBudget, Variables, joined};
use super::tags::{Dialect, Sign, Tag, Tags, Unreadable};

/// Words that are operators in jinja, and would be odd names for what a helper is called with.
const OPERATORS: [&str; 7] = ["and", "else", "if", "in", "is", "not", "or"];
/// How deep blocks may be nested.
const DEEPEST: usize = 256;

/// Returns the variables of a template, or `None` if it is invalid or too deep.
pub(super) fn variables(text: &str, dialect: Dialect) -> Option<Variables> {
    let mut walk = TagWalk {
        dialect,
        names: Variables::new(),
        loose: Vec::new(),
        blocks: Vec::new(),
        budget: PathBudget::default(),
        too_much: false,
    };
    for tag in Tags::of(text, dialect) {
        walk.tag(&tag.ok()?).ok()?;
    }
    let is_whole = walk.blocks.is_empty() && !walk.too_much;
    is_whole.then(|| walk.finish())
}

/// What names in a block refer to.
#[derive(Clone, Debug)]
enum NameContext {
    /// The same as outside: `{{#if}}`.
    Same,
    /// The members of a path: `{{#each}}`, `{{#with}}`.
    Inside(Option<String>),
    /// The members of a path, or else what is outside: `{{#section}}`, which is a condition, a list or an object.
    Section(Option<String>),
}

/// The names of `as |item|`, with the paths that they stand for.
type Bound = BTreeMap<String, Option<String>>;

struct OpenBlock {
    /// What its closing tag has to say.
    name: String,
    /// What its path or helper is applied to, for the tag that inverts it.
    context: NameContext,
    bound: Bound,
}

struct TagWalk {
    dialect: Dialect,
    names: Variables,
    /// Names in sections, each with the paths that it may be, the innermost first.
    loose: Vec<Vec<String>>,
    blocks: Vec<OpenBlock>,
    budget: PathBudget,
    /// Whether the budget is used up.
    too_much: bool,
}

impl TagWalk {
    fn tag(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        if self.too_much {
            return Err(Unreadable);
        }
        match tag.sign {
            Sign::Close => self.close(tag.inside),
            Sign::Partial => self.partial(tag.inside).map(|_| ()),
            Sign::PartialBlock => {
                let name = self.partial(tag.inside)?;
                self.open(name, NameContext::Same, Bound::new())
            }
            Sign::Open => self.block(tag.inside),
            Sign::Inverse if tag.inside.is_empty() => self.invert(""),
            Sign::Inverse => self.inverse(tag.inside),
            Sign::Value if self.is_else(tag.inside) => self.invert(&tag.inside["else".len()..]),
            Sign::Value => self.value_tag(tag.inside),
        }
    }

    fn is_else(&self, inside: &str) -> bool {
        let rest = inside.strip_prefix("else");
        self.dialect != Dialect::Mustache
            && !self.blocks.is_empty()
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    }

    fn value_tag(&mut self, inside: &str) -> Result<(), Unreadable> {
        let expression = self.read(inside)?;
        match (&expression.name, &expression.parameters[..]) {
            (Some(name), []) => self.note(name),
            // The name of a helper is the engine's.
            (Some(_), parameters) => parameters.iter().for_each(|value| self.note(value)),
            (None, _) => return Err(Unreadable),
        }
        Ok(())
    }

    /// Reads what is inside a tag, if that is possible in this dialect; in mustache it is one name.
    fn read(&self, inside: &str) -> Result<TagExpression, Unreadable> {
        let expression = expression::read(inside)?;
        let is_name = expression.parameters.is_empty() && expression.bound.is_empty();
        let is_operator = |value: &TagValue| matches!(value, TagValue::Path(path) if OPERATORS.contains(&path.as_str()));
        let fits = match self.dialect {
            Dialect::Mustache => is_name,
            Dialect::Handlebars => true,
            Dialect::Either => !expression.parameters.iter().any(is_operator),
        };
        if fits {
            Ok(expression)
        } else {
            Err(Unreadable)
        }
    }

    /// Opens `{{#x}}` or `{{#helper x}}`.
    fn block(&mut self, inside: &str) -> Result<(), Unreadable> {
        // Decorators define partials, whose names would have to be told from those of the engine.
        if inside.starts_with('*') {
            return Err(Unreadable);
        }
        let expression = self.read(inside)?;
        let (name, context, bound) = self.opened(&expression)?;
        self.open(name, context, bound)
    }

    /// Notes what a block uses, and returns the word that closes it and what the names in it refer to.
    fn opened(
        &mut self,
        expression: &TagExpression,
    ) -> Result<(String, NameContext, Bound), Unreadable> {
        let Some(TagValue::Path(name)) = &expression.name else {
            return Err(Unreadable);
        };
        let Some(first) = expression.parameters.first() else {
            self.note(&TagValue::Path(name.clone()));
            let context = NameContext::Section(self.path_of(name));
            let bound = expression
                .bound
                .iter()
                .map(|item| (item.clone(), self.path_of(name)));
            return Ok((name.clone(), context, bound.collect()));
        };
        expression
            .parameters
            .iter()
            .for_each(|value| self.note(value));
        let subject = match first {
            TagValue::Path(path) => self.path_of(path),
            TagValue::Constant | TagValue::Call(_) => None,
        };
        let context = match name.as_str() {
            "each" | "with" => NameContext::Inside(subject.clone()),
            _ => NameContext::Same,
        };
        // The first name is the item, the second its index.
        let mut bound = Bound::new();
        for (place, item) in expression.bound.iter().enumerate() {
            bound.insert(item.clone(), subject.clone().filter(|_| place == 0));
        }
        Ok((name.clone(), context, bound))
    }

    fn open(&mut self, name: String, context: NameContext, bound: Bound) -> Result<(), Unreadable> {
        if self.blocks.len() == DEEPEST {
            return Err(Unreadable);
        }
        self.blocks.push(OpenBlock {
            name,
            context,
            bound,
        });
        Ok(())
    }

    /// Opens `{{^x}}`, in which names refer to what they refer to outside.
    fn inverse(&mut self, inside: &str) -> Result<(), Unreadable> {
        let expression = self.read(inside)?;
        let (name, ..) = self.opened(&expression)?;
        self.open(name, NameContext::Same, Bound::new())
    }

    /// Goes on with `{{else}}` or `{{else if x}}` of the innermost block.
    fn invert(&mut self, chained: &str) -> Result<(), Unreadable> {
        let Some(block) = self.blocks.last_mut() else {
            return Err(Unreadable);
        };
        block.context = NameContext::Same;
        block.bound.clear();
        if !chained.trim().is_empty() {
            let expression = self.read(chained)?;
            let (_, context, bound) = self.opened(&expression)?;
            if let Some(block) = self.blocks.last_mut() {
                (block.context, block.bound) = (context, bound);
            }
        }
        Ok(())
    }

    fn close(&mut self, inside: &str) -> Result<(), Unreadable> {
        match self.blocks.pop() {
            Some(block) if block.name == inside => Ok(()),
            _ => Err(Unreadable),
        }
    }

    /// Notes a partial, and returns its name. One that is chosen while rendering may be any.
    fn partial(&mut self, inside: &str) -> Result<String, Unreadable> {
        let mut words = inside.splitn(2, char::is_whitespace);
        let name = words
            .next()
            .filter(|name| !name.is_empty() && !name.starts_with('('));
        let name = name.ok_or(Unreadable)?.to_owned();
        for value in
            expression::read(&format!("partial {}", words.next().unwrap_or_default()))?.parameters
        {
            self.note(&value);
        }
        self.names.insert(format!("> {name}"));
        Ok(name)
    }

    fn note(&mut self, value: &TagValue) {
        match value {
            TagValue::Constant => {}
            TagValue::Call(call) => call.parameters.iter().for_each(|value| self.note(value)),
            TagValue::Path(path) => {
                let paths = self.paths_of(path);
                for path in &paths {
                    self.too_much |= !self.budget.has_room(path);
                }
                match &paths[..] {
                    [] => {}
                    [path] => {
                        self.names.insert(path.clone());
                    }
                    _ => self.loose.push(paths),
                }
            }
        }
    }

    /// Returns the innermost path that `path` may be; `None` if the template makes it itself.
    fn path_of(&self, path: &str) -> Option<String> {
        self.paths_of(path).into_iter().next()
    }

    /// Returns the paths, from what the caller passes, that `path` may be, the innermost first.
    fn paths_of(&self, path: &str) -> Vec<String> {
        let mut segments = segments(path);
        let mut above = 0;
        match segments.first().map(String::as_str) {
            Some("@root") => return vec![joined_all("", &segments[1..])],
            Some(data) if data.starts_with('@') => return Vec::new(),
            _ => {}
        }
        let is_relative = matches!(
            segments.first().map(String::as_str),
            Some("this" | "." | "..")
        );
        while let Some(first) = segments.first() {
            match first.as_str() {
                ".." => above += 1,
                "this" | "." => {}
                _ => break,
            }
            segments.remove(0);
        }
        let mut found = Vec::new();
        for block in self.blocks.iter().rev() {
            if !is_relative
                && let Some(bound) = segments.first().and_then(|name| block.bound.get(name))
            {
                found.extend(bound.iter().map(|path| joined_all(path, &segments[1..])));
                return found;
            }
            match &block.context {
                NameContext::Same => {}
                NameContext::Inside(_) | NameContext::Section(_) if above > 0 => above -= 1,
                NameContext::Inside(inside) => {
                    found.extend(inside.iter().map(|inside| joined_all(inside, &segments)));
                    return found;
                }
                NameContext::Section(section) => {
                    found.extend(section.iter().map(|section| joined_all(section, &segments)));
                    if is_relative {
                        return found;
                    }
                }
            }
        }
        let outermost = joined_all("", &segments);
        // `{{.}}` outside of every block.
        found.push(if outermost.is_empty() {
            EVERYTHING.to_owned()
        } else {
            outermost
        });
        found
    }

    /// Returns the variables. A name in a section is the outer one where the template uses that outside, too: callers pass it
    /// anyway.
    fn finish(mut self) -> Variables {
        for paths in &self.loose {
            let outer = paths[1..]
                .iter()
                .rev()
                .find(|path| self.names.contains(*path));
            if let Some(path) = outer.or(paths.first()) {
                self.names.insert(path.clone());
            }
        }
        self.names
    }
}

fn joined_all(base: &str, segments: &[String]) -> String {
    segments
        .iter()
        .fold(base.to_owned(), |path, segment| joined(&path, segment))
}

/// Returns the segments of a path: `user.[first name]`, `../user/name`. The place of an item in a list is none.
fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (segment, after) = inside.split_once(']').unwrap_or((inside, ""));
            segments.push(segment.to_owned());
            rest = after;
        } else if let Some(after) = rest.strip_prefix("..") {
            segments.push("..".to_owned());
            rest = after;
        } else if matches!(rest, ".") || rest.starts_with("./") {
            segments.push(".".to_owned());
            rest = &rest[1..];
        } else {
            let end = rest.find(['.', '/']).unwrap_or(rest.len());
            segments.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        rest = rest.strip_prefix(['.', '/']).unwrap_or(rest);
    }
    segments.retain(|segment| segment.parse::<u32>().is_err());
    segments
}
