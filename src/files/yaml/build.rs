use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::error::{DEEPEST, too_deep};
use super::scalar::meaning;
use super::{YamlError, YamlKey, YamlNode, YamlTable, YamlValue};

/// How much a text may hold when its aliases are written out: values, and 64 bytes of text count as one more.
const MOST: usize = 1 << 19;
/// The key whose tables are taken into the one that it stands in.
const MERGE: &str = "<<";

/// Returns what `text` says; of a text without any value, an empty table.
///
/// # Errors
///
/// When it is no YAML, is more than one document, or holds what no gateway reads: a key twice, a tag of somebody's own.
pub(crate) fn parse(text: &str) -> Result<YamlNode, YamlError> {
    let mut builder = Builder::of(text);
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => {
                let span = builder.bytes(span);
                builder.take(event, span)?;
            }
            Err(error) => {
                let at = builder.byte(error.marker().index());
                return Err(YamlError::of_parser(text, at, error.info()));
            }
        }
    }
    let empty = YamlNode {
        span: 0..0,
        value: YamlValue::Table(Vec::new()),
    };
    Ok(builder.root.unwrap_or(empty))
}

struct Builder {
    /// Where each character begins; empty if every one is a byte.
    bytes: Vec<usize>,
    length: usize,
    open: Vec<OpenNode>,
    anchors: BTreeMap<usize, YamlNode>,
    root: Option<YamlNode>,
    documents: usize,
    size: usize,
}

/// A list or a table that is not closed yet.
struct OpenNode {
    anchor: usize,
    span: Range<usize>,
    content: NodeContent,
}

enum NodeContent {
    List(Vec<YamlNode>),
    Table {
        entries: YamlTable,
        names: BTreeSet<String>,
        key: Option<YamlKey>,
        merged: Vec<YamlNode>,
    },
}

impl Builder {
    fn of(text: &str) -> Self {
        let bytes = match text.is_ascii() {
            true => Vec::new(),
            false => text.char_indices().map(|(at, _)| at).collect(),
        };
        Self {
            bytes,
            length: text.len(),
            open: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
            documents: 0,
            size: 0,
        }
    }

    fn byte(&self, character: usize) -> usize {
        let at = match self.bytes.is_empty() {
            true => character,
            false => self.bytes.get(character).copied().unwrap_or(self.length),
        };
        at.min(self.length)
    }

    fn bytes(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }

    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), YamlError> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a second document begins here, and a gateway reads one";
                    return Err(YamlError::new(span, message).help("give each its own file"));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(&text, style, tag.as_deref(), &span)?;
                self.grow(1 + text.len() / 64, &span)?;
                self.add(anchor, YamlNode { span, value })?;
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    let message = "an alias stands in what it stands for";
                    return Err(YamlError::new(span, message));
                };
                let size = size(node);
                let node = node.clone();
                self.grow(size, &span)?;
                self.add(0, node)?;
            }
            Event::SequenceStart(anchor, tag) => {
                known(tag.as_deref(), &["seq"], &span)?;
                self.open(anchor, span, NodeContent::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                known(tag.as_deref(), &["map"], &span)?;
                let content = NodeContent::Table {
                    entries: Vec::new(),
                    names: BTreeSet::new(),
                    key: None,
                    merged: Vec::new(),
                };
                self.open(anchor, span, content)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn grow(&mut self, size: usize, span: &Range<usize>) -> Result<(), YamlError> {
        self.size += size;
        if self.size <= MOST {
            return Ok(());
        }
        let message = format!("with its aliases written out it has more than {MOST} values");
        Err(YamlError::new(span.clone(), message))
    }

    fn open(
        &mut self,
        anchor: usize,
        span: Range<usize>,
        content: NodeContent,
    ) -> Result<(), YamlError> {
        if self.open.len() >= DEEPEST {
            return Err(YamlError::new(span, too_deep()));
        }
        self.grow(1, &span)?;
        self.open.push(OpenNode {
            anchor,
            span,
            content,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), YamlError> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let mut span = open.span;
        let value = match open.content {
            NodeContent::List(values) => {
                span = values.first().map_or(span, |first| first.span.clone());
                YamlValue::List(values)
            }
            NodeContent::Table {
                mut entries,
                mut names,
                merged,
                ..
            } => {
                span = entries.first().map_or(span, |(key, _)| key.span.clone());
                for (key, value) in merged.into_iter().filter_map(table).flatten() {
                    if names.insert(key.name.clone()) {
                        entries.push((key, value));
                    }
                }
                YamlValue::Table(entries)
            }
        };
        self.add(open.anchor, YamlNode { span, value })
    }

    /// Puts `node` where it stands.
    fn add(&mut self, anchor: usize, node: YamlNode) -> Result<(), YamlError> {
        if anchor > 0 {
            let size = size(&node);
            self.grow(size, &node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(NodeContent::List(values)) => values.push(node),
            Some(NodeContent::Table {
                entries,
                names,
                key,
                merged,
            }) => match key.take() {
                None => *key = Some(name(node, names)?),
                Some(key) if key.name == MERGE => merged.extend(tables(node)?),
                Some(key) => entries.push((key, node)),
            },
        }
        Ok(())
    }
}

/// How much `node` holds.
fn size(node: &YamlNode) -> usize {
    1 + match &node.value {
        YamlValue::List(values) => values.iter().map(size).sum(),
        YamlValue::Table(entries) => entries
            .iter()
            .map(|(key, value)| 1 + key.name.len() / 64 + size(value))
            .sum(),
        YamlValue::Text(text) => text.len() / 64,
        _ => 0,
    }
}

fn table(node: YamlNode) -> Option<YamlTable> {
    match node.value {
        YamlValue::Table(entries) => Some(entries),
        _ => None,
    }
}

/// The tables that stand behind a merge key.
fn tables(node: YamlNode) -> Result<Vec<YamlNode>, YamlError> {
    let is_table = |node: &YamlNode| node.table().is_some();
    match node.value {
        YamlValue::Table(_) => Ok(vec![node]),
        YamlValue::List(values) if values.iter().all(is_table) => Ok(values),
        _ => {
            let message = format!("`{MERGE}` takes a table, or a list of them");
            Err(YamlError::new(node.span, message))
        }
    }
}

fn name(node: YamlNode, names: &mut BTreeSet<String>) -> Result<YamlKey, YamlError> {
    let span = node.span;
    let name = match node.value {
        YamlValue::Text(text) => text,
        YamlValue::Null => "null".to_owned(),
        YamlValue::Bool(value) => value.to_string(),
        YamlValue::Number(number) => number.to_string(),
        YamlValue::List(_) | YamlValue::Table(_) => {
            return Err(
                YamlError::new(span, "a key is a text, not a list or a table")
                    .help("braces of a template, such as {{ name }}, go in quotes"),
            );
        }
    };
    if names.insert(name.clone()) {
        return Ok(YamlKey { span, name });
    }
    let message = "the same key stands here twice, and a gateway would take the last one";
    Err(YamlError::new(span, message).help("remove one of the two"))
}

fn scalar(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    span: &Range<usize>,
) -> Result<YamlValue, YamlError> {
    known(
        tag,
        &["str", "int", "float", "bool", "null", "timestamp"],
        span,
    )?;
    let is_text = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str");
    Ok(match is_text {
        true => YamlValue::Text(text.to_owned()),
        false => meaning(text),
    })
}

/// Refuses a tag that is none of `names`: what it means is for a program of somebody's own to say.
fn known(tag: Option<&Tag>, names: &[&str], span: &Range<usize>) -> Result<(), YamlError> {
    let fine = |tag: &Tag| tag.is_yaml_core_schema() && names.contains(&tag.suffix.as_str());
    match tag {
        Some(tag) if !(fine(tag) || tag.handle == "!" && tag.suffix.is_empty()) => {
            let message = "a tag that a gateway does not know stands here";
            Err(YamlError::new(span.clone(), message).help("write the value itself"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn json_of(node: &YamlNode) -> Value {
        match &node.value {
            YamlValue::Null => Value::Null,
            YamlValue::Bool(value) => json!(value),
            YamlValue::Number(number) => Value::Number(number.clone()),
            YamlValue::Text(text) => json!(text),
            YamlValue::List(values) => values.iter().map(json_of).collect(),
            YamlValue::Table(entries) => entries
                .iter()
                .map(|(key, value)| (key.name.clone(), json_of(value)))
                .collect(),
        }
    }

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().message
    }

    #[test]
    fn aliases_and_merge_keys_are_followed_and_what_is_nearer_counts() {
        let text = "\u{feff}base: &b {rpm: 1, tpm: 2}\nlist:\n- <<: *b\n  rpm: 3\n- <<: [*b, {x: y}]\n- *b\n";
        let expected =
            json!([{"rpm": 3, "tpm": 2}, {"rpm": 1, "tpm": 2, "x": "y"}, {"rpm": 1, "tpm": 2}]);
        assert_eq!(json_of(parse(text).unwrap().get("list").unwrap()), expected);
        assert_eq!(json_of(&parse("# nothing\n").unwrap()), json!({}));
        assert_eq!(
            json_of(&parse("{\"a\": [1, true, null],\n\t\"b\": \"x\"}").unwrap()),
            json!({"a": [1, true, null], "b": "x"})
        );
    }

    #[test]
    fn places_are_bytes_of_the_text() {
        let text = "é: [ü, 'x y']\nb: |\n  t\nc: {d: 1}\n";
        let root = parse(text).unwrap();
        let at = |path: &[&str]| {
            let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
            let (key, node) = root.find(&path).unwrap();
            (&text[key], &text[node.span.clone()])
        };
        assert_eq!(at(&["é", "1"]), ("'x y'", "'x y'"));
        assert_eq!(at(&["c", "d"]), ("d", "1"));
        assert_eq!(at(&["é"]), ("é", "ü"));
    }

    #[test]
    fn what_no_gateway_reads_is_refused() {
        for (text, message) in [
            ("a: 1\na: 2\n", "the same key"),
            ("a: 1\n---\nb: 1\n", "a second document"),
            ("a: !ENV x\n", "a tag"),
            ("a: {{ x }}\n", "a key is a text"),
            ("a: &a [*a]\n", "an alias stands in"),
            ("<<: 1\n", "`<<` takes"),
            (&"[".repeat(100), "lists and tables"),
            (&"[".repeat(300), "lists and tables"),
        ] {
            assert!(
                refused(text).starts_with(message),
                "{text}: {}",
                refused(text)
            );
        }
    }

    #[test]
    fn aliases_of_aliases_come_to_an_end() {
        let doubled = |line: usize| format!("a{line}: &a{line} [*a{0}, *a{0}]\n", line - 1);
        let lines: String = (1..60).map(doubled).collect();
        assert!(refused(&format!("a0: &a0 [x]\n{lines}")).starts_with("with its aliases"));
        let long = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(500_000),
            "*a, ".repeat(100_000)
        );
        assert!(refused(&long).starts_with("with its aliases"));
    }

    #[test]
    fn usual_slips_are_named() {
        for (text, at, help) in [
            ("m:\n\t- a\n", "-", "replace the tab"),
            ("m: a\n\t  b: c\n", "\t", "replace the tab"),
            ("m: *\n", "", "goes in quotes: \"*\""),
            ("m: a: b\n", ":", "goes in quotes; or"),
            ("m: @x\n", "@", "goes in quotes"),
            ("m: \"x\n", "\"", "is not closed"),
            ("<<<<<<< a\nm: 1\n=======\n", "", "merge conflict"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                error.help.unwrap_or_default().contains(help),
                "{text}: {error:?}"
            );
            assert!(text[error.span.clone()].contains(at), "{text}: {error:?}");
        }
    }
}
