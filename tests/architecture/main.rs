//! The boundaries between the layers, checked in the sources. The crate documentation in `src/lib.rs` describes them.

#![expect(
    clippy::unwrap_used,
    reason = "a source that cannot be read is a failed test"
)]

#[cfg(test)]
mod cycles;
#[cfg(test)]
mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which layers a layer may use; every arrow points down the map.
const ARROWS: [(&str, &[&str]); 9] = [
    (
        "ops",
        &[
            "store", "plan", "check", "policy", "gateway", "files", "diag", "model",
        ],
    ),
    ("store", &["files", "model"]),
    ("plan", &["policy", "files", "diag", "model"]),
    ("check", &["policy", "files", "diag", "model"]),
    ("policy", &["files", "diag", "model"]),
    ("gateway", &["files", "diag", "model"]),
    ("files", &["diag", "model"]),
    ("diag", &[]),
    ("model", &[]),
];

/// The layers that do no I/O, and the modules of the standard library that they would do it with.
const PURE: [&str; 7] = [
    "plan", "check", "policy", "gateway", "files", "diag", "model",
];
const IMPURE: [&str; 6] = ["fs", "io", "net", "process", "thread", "time"];

/// What the library must not ask for: it is an argument.
const SURROUNDINGS: [&str; 5] = [
    "env::var",
    "SystemTime::now",
    "Timestamp::now",
    "ZonedDateTime::now",
    "process::exit",
];

/// The most lines of a file that can still be read in one sitting.
const MOST_LINES: usize = 640;

struct Source {
    /// From the package's folder, with `/` between the parts.
    path: String,
    /// Without the lines that are only comments.
    code: String,
    lines: usize,
}

fn sources(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        let parts = path
            .strip_prefix(root())
            .unwrap()
            .iter()
            .map(|part| part.to_str().unwrap());
        Source {
            path: parts.collect::<Vec<_>>().join("/"),
            code,
            lines: text.lines().count(),
        }
    };
    paths.into_iter().map(read).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// The layer that a file of the library belongs to.
fn layer(path: &str) -> &str {
    path.split('/').nth(1).unwrap()
}

fn everywhere() -> Vec<Source> {
    ["src", "tests"].into_iter().flat_map(sources).collect()
}

fn library() -> Vec<Source> {
    let mut sources = sources("src");
    sources.retain(|source| !source.path.starts_with("src/bin/") && source.path != "src/lib.rs");
    sources
}

/// The first part of every path below `prefix` in `code`: `crate::{a::b, c}` names `a` and `c`.
fn named_below<'c>(code: &'c str, prefix: &str) -> BTreeSet<&'c str> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => drop(names.insert(word(rest))),
            Some(group) => names.extend(members(group)),
        }
    }
    names
}

/// The first word of each member of a group, up to the brace that closes it.
fn members(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut members) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            ',' if depth == 0 => {
                members.push(word(group[start..at].trim_start()));
                start = at + 1;
            }
            '}' if depth == 0 => {
                members.push(word(group[start..at].trim_start()));
                break;
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    members.retain(|member| !member.is_empty());
    members
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
        .unwrap()
}

/// Where one of `words` stands in `sources`, as `path: word`.
fn uses(sources: &[Source], words: &[&str]) -> Vec<String> {
    let used = |source: &Source| {
        let found = words.iter().filter(|word| source.code.contains(**word));
        found
            .map(|word| format!("{}: {word}", source.path))
            .collect::<Vec<_>>()
    };
    sources.iter().flat_map(used).collect()
}

#[test]
fn groups_and_single_paths_are_read() {
    let code = "use crate::{files::{Edit, apply},\n    model};\nfn f() -> crate::diag::Code {}";
    assert_eq!(
        named_below(code, "crate::"),
        BTreeSet::from(["diag", "files", "model"])
    );
}

#[test]
fn arrows_between_layers_only_point_down() {
    let arrows = BTreeMap::from(ARROWS);
    for source in library() {
        let layer = layer(&source.path);
        let allowed = arrows[layer];
        // From a layer's `mod.rs`, `super` is the crate.
        let mut named = named_below(&source.code, "crate::");
        if source.path == format!("src/{layer}/mod.rs") {
            named.extend(
                named_below(&source.code, "super::")
                    .into_iter()
                    .filter(|name| arrows.contains_key(name)),
            );
        }
        for name in named.into_iter().filter(|name| *name != layer) {
            assert!(
                allowed.contains(&name),
                "{} uses {name}; {layer} may use {allowed:?}",
                source.path
            );
        }
    }
}

#[test]
fn the_table_of_arrows_has_no_circle() {
    for (position, (layer, allowed)) in ARROWS.iter().enumerate() {
        let below: Vec<&str> = ARROWS[position + 1..]
            .iter()
            .map(|(layer, _)| *layer)
            .collect();
        assert!(
            allowed.iter().all(|name| below.contains(name)),
            "{layer} uses a layer above it"
        );
    }
}

#[test]
fn the_map_of_the_crate_doc_lists_the_layers() {
    let text = read("src/lib.rs");
    let map = text.split("//! ```").nth(1).unwrap();
    let layers = map
        .lines()
        .filter_map(|line| line.strip_prefix("//!   "))
        .filter(|line| line.starts_with(char::is_alphabetic));
    let layers: Vec<&str> = layers.map(word).collect();
    assert_eq!(
        layers,
        ARROWS.map(|(layer, _)| layer),
        "the map, from the top down"
    );
    let mut declared: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "))
        .map(word)
        .collect();
    let mut layers = layers;
    layers.sort_unstable();
    declared.sort_unstable();
    assert_eq!(declared, layers);
    let entries = fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<String> = entries
        .filter(|name| name != "bin" && name != "lib.rs")
        .collect();
    found.sort();
    assert_eq!(found, layers);
}

#[test]
fn git2_lives_only_in_the_store() {
    let mut elsewhere = sources("src");
    elsewhere.retain(|source| !source.path.starts_with("src/store/"));
    assert_eq!(
        uses(&elsewhere, &["git2", "libgit2_sys"]),
        Vec::<String>::new()
    );
}

#[test]
fn the_binary_takes_no_source_of_the_library_in() {
    assert_eq!(
        uses(&sources("src/bin"), &["#[path", "include!("]),
        Vec::<String>::new()
    );
}

#[test]
fn nothing_prints_past_the_output() {
    let macros = [
        "print!(",
        "println!(",
        "eprint!(",
        "eprintln!(",
        "dbg!(",
        "todo!(",
        "unimplemented!(",
    ];
    assert_eq!(uses(&sources("src"), &macros), Vec::<String>::new());
}

#[test]
fn the_library_reads_neither_environment_nor_clock() {
    assert_eq!(uses(&library(), &SURROUNDINGS), Vec::<String>::new());
    for source in library() {
        assert!(
            !named_below(&source.code, "std::").contains("env"),
            "{}",
            source.path
        );
    }
}

#[test]
fn the_pure_layers_do_no_io() {
    for source in library()
        .iter()
        .filter(|source| PURE.contains(&layer(&source.path)))
    {
        let named = named_below(&source.code, "std::");
        assert!(
            IMPURE.iter().all(|module| !named.contains(module)),
            "{} uses {named:?}",
            source.path
        );
    }
}

#[test]
fn no_lint_is_silenced_without_a_reason() {
    let all = everywhere();
    assert_eq!(
        uses(&all, &[concat!("#[", "allow("), concat!("#![", "allow(")]),
        Vec::<String>::new()
    );
}

#[test]
fn every_file_can_be_read_in_one_sitting() {
    for source in everywhere() {
        assert!(
            source.lines < MOST_LINES,
            "{} has {} lines",
            source.path,
            source.lines
        );
    }
}

#[test]
fn no_file_is_a_drawer_for_everything() {
    for source in everywhere() {
        for part in source.path.trim_end_matches(".rs").split('/') {
            let drawer = ["util", "utils", "common", "helper", "helpers", "misc"].contains(&part);
            assert!(!drawer, "{} says nothing about what is in it", source.path);
        }
    }
}

/// On the registries the name `envctl` belongs to other programs; this one's package is `llm-envctl`.
#[test]
fn nobody_is_told_to_install_envctl_from_a_registry() {
    const INSTALLERS: [&str; 7] = [
        "cargo install",
        "cargo binstall",
        "cargo add",
        "pip install",
        "pipx install",
        "uv tool install",
        "npm install",
    ];
    let mut paths = vec![root().join("README.md"), root().join("action.yml")];
    collect(&root().join("src"), &mut paths);
    let help = fs::read_dir(root().join("src/bin/envctl/help")).unwrap();
    paths.extend(help.map(|entry| entry.unwrap().path()));
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            let Some(rest) = INSTALLERS.iter().find_map(|word| line.split_once(word)) else {
                continue;
            };
            let named = rest.1.split_whitespace().any(|word| word == "envctl");
            assert!(!named, "{}: {line}", path.display());
        }
    }
}

/// The list of `envctl --help` names what `env` can do, so it must name all of it.
#[test]
fn every_command_of_environments_is_in_the_help() {
    let table = read("src/bin/envctl/commands/mod.rs");
    let row = table.lines().find(|line| line.contains("env::Command"));
    let (_, summary) = row.unwrap().split_once('"').unwrap();
    let (verbs, _) = summary.split_once(" environments").unwrap();
    let listed: BTreeSet<String> = verbs
        .to_lowercase()
        .split([',', ' '])
        .filter(|verb| !verb.is_empty() && *verb != "and")
        .map(str::to_owned)
        .collect();
    let declared: BTreeSet<String> = read("src/bin/envctl/commands/env/mod.rs")
        .lines()
        .filter_map(|line| line.trim().strip_suffix("Args),"))
        .filter_map(|row| Some(row.split_once('(')?.1.split_once("::")?.0.to_owned()))
        .collect();
    assert_eq!(listed, declared);
    assert!(declared.len() > 4);
}

/// The names of types that more than one file declares, because every file of its kind has one.
const SHARED_NAMES: [&str; 2] = [
    // What a command answers as JSON: `promote::Body`.
    "Body", // The commands of a group: `env::Command`.
    "Command",
];

#[test]
fn no_two_types_have_one_name() {
    let mut declared: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources("src") {
        for name in source.code.lines().filter_map(declared_type) {
            declared
                .entry(name.to_owned())
                .or_default()
                .push(source.path.clone());
        }
    }
    assert!(declared.len() > 500, "the sources lost their types");
    let shared: BTreeMap<_, _> = declared
        .iter()
        .filter(|(name, paths)| paths.len() > 1 && !SHARED_NAMES.contains(&name.as_str()))
        .collect();
    assert!(shared.is_empty(), "{shared:#?}");
    for name in SHARED_NAMES {
        assert!(declared[name].len() > 1, "{name} is no longer shared");
    }
}

/// The type that a line outside of any block declares.
fn declared_type(line: &str) -> Option<&str> {
    let line = match line.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ")?.1,
        None => line.trim_start_matches("pub "),
    };
    let name = ["struct ", "enum ", "trait ", "type "]
        .iter()
        .find_map(|keyword| line.strip_prefix(keyword))?;
    // A line of a text may begin with `type = `.
    let mut words = name.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.next().filter(|name| !name.is_empty())
}

/// The paths in `text` that stand between backquotes and lead into this repository.
fn named_paths(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .filter(|path| {
            let top = path.split('/').next().unwrap_or_default();
            let folder = ["src", "tests", "fixtures", ".ci"].contains(&top) && path.contains('/');
            folder || (path.ends_with(".md") || path.ends_with(".toml")) && !path.contains('/')
        })
        .collect()
}

#[test]
fn the_pages_for_contributors_name_files_that_are_there() {
    for page in ["CONTRIBUTING.md", "SECURITY.md"] {
        for path in named_paths(&read(page)) {
            let there = root().join(path).exists() || path == "access.toml";
            assert!(there, "{page}: {path}");
        }
    }
}

#[test]
fn the_crate_doc_names_files_that_are_there() {
    let text = read("src/lib.rs");
    let paths = named_paths(&text).into_iter();
    let paths: Vec<&str> = paths.filter(|path| !path.contains('<')).collect();
    assert!(paths.len() > 20, "the map lost its files");
    for path in paths {
        assert!(root().join(path).exists(), "{path}");
    }
}

/// A walk is about one example, so each of its files has to be about that, and there may not be many.
#[test]
fn the_walks_lead_through_the_files_of_their_example() {
    let page = read("CONTRIBUTING.md");
    let plain = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    let walks: Vec<&str> = page.split("\n### ").skip(1).collect();
    assert_eq!(walks.len(), 5);
    for walk in walks {
        let walk = walk.split("\n## ").next().unwrap();
        let (_, example) = walk.split_once("Example: `").unwrap();
        let (example, _) = example.split_once('`').unwrap();
        let file = example.rsplit('/').next().unwrap();
        let word = plain(file.strip_suffix(".rs").unwrap_or(file));
        let mut sources = BTreeSet::new();
        for path in named_paths(walk) {
            let place = root().join(path);
            if place.is_dir() {
                assert!(fs::read_dir(place).unwrap().count() > 0, "{path}");
                continue;
            }
            let told = plain(path).contains(&word) || plain(&read(path)).contains(&word);
            assert!(told, "{path} says nothing of {word}");
            if path.starts_with("src/") {
                sources.insert(path);
            }
        }
        assert!((3..=5).contains(&sources.len()), "{word}: {sources:?}");
    }
}

#[test]
fn the_glossary_has_its_terms() {
    let map = read("src/lib.rs");
    let (_, glossary) = map.split_once("//! # Glossary").unwrap();
    let (glossary, _) = glossary.split_once("//! # ").unwrap();
    let terms = glossary.matches("//! - **").count();
    assert!((18..=30).contains(&terms), "{terms}");
}
