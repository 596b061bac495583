//! Which files of `src` use which: the paths in the code, resolved as the compiler would, to the file that defines the name.
//!
//! Code is read as tokens, so that neither comments nor texts count, and what macros are given does. A re-export alone is no
//! use: a name that a `mod.rs` hands on is that of the file behind it. Tests inside a file may use anything.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Where a module stands: `envctl` (the library) or `bin`, then the names down to it.
type Module = Vec<String>;

/// What a module names.
#[derive(Default)]
struct Names {
    file: String,
    items: BTreeSet<String>,
    modules: BTreeSet<String>,
    imports: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
    /// The paths in its code, and those that it imports for itself.
    uses: BTreeSet<Vec<String>>,
}

/// All modules of some files.
#[derive(Default)]
pub struct Imports {
    modules: BTreeMap<Module, Names>,
}

/// What a path means.
#[derive(Debug, PartialEq)]
enum Meaning {
    Module(Module),
    /// Something that this file defines.
    Item(String),
}

/// The words before a name that is defined there.
const DEFINES: [&str; 8] = [
    "fn", "struct", "enum", "trait", "type", "const", "static", "union",
];

/// How many re-exports may follow one another.
const DEEPEST: usize = 32;

impl Imports {
    /// Reads the files, each a path from the package's folder and its text.
    pub fn read<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut imports = Self::default();
        for (path, text) in files {
            let tokens = text.parse().unwrap_or_else(|_| panic!("{path} is no Rust"));
            imports.module(module_of(path), path, tokens);
        }
        imports
    }

    /// The files that each file uses, besides itself, and the names that it uses them by.
    pub fn edges(&self) -> BTreeMap<&str, BTreeMap<String, String>> {
        let mut edges: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
        for (module, names) in &self.modules {
            let from = edges.entry(&names.file).or_default();
            for path in &names.uses {
                match self.resolve(module, path, DEEPEST) {
                    Some(Meaning::Item(file)) if file != names.file => {
                        from.insert(file, path.join("::"));
                    }
                    _ => {}
                }
            }
        }
        edges
    }

    fn module(&mut self, module: Module, file: &str, tokens: TokenStream) {
        let mut names = Names {
            file: file.to_owned(),
            ..Names::default()
        };
        let mut inline = Vec::new();
        names.statements(tokens, true, &mut inline);
        for (name, group) in inline {
            let mut inner = module.clone();
            inner.push(name);
            self.module(inner, file, group.stream());
        }
        self.modules.insert(module, names);
    }

    fn resolve(&self, module: &Module, path: &[String], deep: usize) -> Option<Meaning> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.below(module[..1].to_vec(), rest, deep),
            "envctl" if module[0] == "bin" => self.below(vec!["envctl".to_owned()], rest, deep),
            "self" => self.below(module.clone(), rest, deep),
            "super" => {
                let mut at = module.clone();
                let ups = path.iter().take_while(|word| *word == "super").count();
                at.truncate(module.len().checked_sub(ups)?);
                self.below(at, &path[ups..], deep)
            }
            _ => self.named(module, first, rest, deep),
        }
    }

    /// What `path` means in `module`. Where nothing there bears its name, a macro made it.
    fn below(&self, module: Module, path: &[String], deep: usize) -> Option<Meaning> {
        let names = self.modules.get(&module)?;
        match path.split_first() {
            None => Some(Meaning::Module(module)),
            Some((name, rest)) => self
                .named(&module, name, rest, deep)
                .or_else(|| Some(Meaning::Item(names.file.clone()))),
        }
    }

    fn named(&self, module: &Module, name: &str, rest: &[String], deep: usize) -> Option<Meaning> {
        let deep = deep.checked_sub(1)?;
        let names = self.modules.get(module)?;
        let child = || {
            let mut child = module.clone();
            child.push(name.to_owned());
            self.below(child, rest, deep)
        };
        // A module and a function may share a name; only in the module is there anything to name further.
        if names.modules.contains(name) && !rest.is_empty() {
            return child();
        }
        if names.items.contains(name) {
            return Some(Meaning::Item(names.file.clone()));
        }
        if let Some(import) = names.imports.get(name) {
            // `use x::x` in the module that declares `x` names the one below it.
            let path: Vec<String> = import.iter().chain(rest).cloned().collect();
            return self.resolve(module, &path, deep);
        }
        if names.modules.contains(name) {
            return child();
        }
        let of_glob = |glob: &Vec<String>| match self.resolve(module, glob, deep)? {
            Meaning::Module(there) if there != *module => self.named(&there, name, rest, deep),
            _ => None,
        };
        names.globs.iter().find_map(of_glob)
    }
}

impl Names {
    /// Reads statements; those at the top define what the module names.
    fn statements(&mut self, tokens: TokenStream, top: bool, inline: &mut Vec<(String, Group)>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let (mut at, mut public, mut tests) = (0, false, false);
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Group(group) => {
                    let attribute = at > 1 && is_punct(&tokens[at - 2], '#');
                    tests |= attribute && group.stream().to_string() == "cfg (test)";
                    self.statements(group.stream(), false, inline);
                    if group.delimiter() == Delimiter::Brace {
                        (public, tests) = (false, false);
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => {
                    (public, tests) = (false, false);
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                TokenTree::Ident(ident) => match ident.to_string().as_str() {
                    "pub" => public = true,
                    "use" => {
                        let end = tokens[at..].iter().position(|token| is_punct(token, ';'));
                        let end = at + end.unwrap_or(tokens.len() - at);
                        let mut tree = Vec::new();
                        leaves(&tokens[at..end], &[], &mut tree);
                        self.import(tree, public || tests);
                        at = end;
                    }
                    "mod" => {
                        let Some(TokenTree::Ident(name)) = tokens.get(at) else {
                            continue;
                        };
                        if let Some(TokenTree::Group(group)) = tokens.get(at + 1) {
                            if !tests {
                                self.modules.insert(name.to_string());
                                inline.push((name.to_string(), group.clone()));
                            }
                            at += 1;
                        } else {
                            self.modules.insert(name.to_string());
                        }
                        at += 1;
                        (public, tests) = (false, false);
                    }
                    word if DEFINES.contains(&word) => {
                        if let Some(TokenTree::Ident(name)) = tokens.get(at) {
                            if top {
                                self.items.insert(name.to_string());
                            }
                            // `const fn` defines what stands behind both.
                            at += usize::from(!DEFINES.contains(&name.to_string().as_str()));
                        }
                    }
                    "macro_rules" if top => {
                        if let Some(TokenTree::Ident(name)) = tokens.get(at + 1) {
                            self.items.insert(name.to_string());
                        }
                        at += 2;
                    }
                    _ => at = self.path(&tokens, at - 1),
                },
            }
        }
    }

    /// Reads the path that begins at `start`; says where it ends.
    fn path(&mut self, tokens: &[TokenTree], start: usize) -> usize {
        let mut path = Vec::new();
        let mut at = start;
        while let Some(TokenTree::Ident(word)) = tokens.get(at) {
            path.push(word.to_string());
            at += 1;
            if !is_path_separator(tokens, at) {
                break;
            }
            at += 2;
        }
        let field = start > 0 && is_punct(&tokens[start - 1], '.') && !is_range(tokens, start);
        let inside = start > 1 && is_path_separator(tokens, start - 2);
        let called = matches!(tokens.get(at), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
        let of_type = path[0].starts_with(char::is_uppercase);
        if !field && !inside && path[0] != "Self" && (path.len() > 1 || of_type || called) {
            self.uses.insert(path);
        }
        at
    }

    fn import(&mut self, leaves: Vec<(String, Vec<String>)>, handed_on: bool) {
        for (name, path) in leaves {
            if name == "*" {
                self.globs.push(path);
                continue;
            }
            if !handed_on {
                self.uses.insert(path.clone());
            }
            if name != "_" {
                self.imports.insert(name, path);
            }
        }
    }
}

/// The names that a tree of imports brings, each with its whole path.
fn leaves(tokens: &[TokenTree], before: &[String], found: &mut Vec<(String, Vec<String>)>) {
    // Behind the comma after the last name there is none.
    let trees = tokens.split(|token| is_punct(token, ','));
    for tree in trees.filter(|tree| !tree.is_empty()) {
        let mut path = before.to_vec();
        let mut name = None;
        let mut at = 0;
        while let Some(token) = tree.get(at) {
            at += 1;
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    name = tree.get(at).map(ToString::to_string);
                    at += 1;
                }
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == '*' => name = Some("*".to_owned()),
                TokenTree::Group(group) => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    leaves(&inner, &path, found);
                    path.clear();
                }
                _ => {}
            }
        }
        // `a::{self}` is `a`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        if let Some(last) = path.last().cloned() {
            found.push((name.unwrap_or(last), path));
        }
    }
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    [at, at + 1]
        .iter()
        .all(|at| tokens.get(*at).is_some_and(|token| is_punct(token, ':')))
}

fn is_range(tokens: &[TokenTree], at: usize) -> bool {
    at > 1 && is_punct(&tokens[at - 2], '.')
}

/// The module that a file is.
fn module_of(path: &str) -> Module {
    let (root, below) = match path.strip_prefix("src/bin/envctl/") {
        Some(below) => ("bin", below),
        None => ("envctl", path.strip_prefix("src/").unwrap_or(path)),
    };
    let parts = below.trim_end_matches(".rs").split('/');
    let named = parts.filter(|part| !["mod", "lib", "main"].contains(part));
    [root].into_iter().chain(named).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files that `src/a.rs` uses when it reads `text`, beside a module `m` whose `mod.rs` hands on what `m/b.rs` defines.
    fn used_by(text: &str) -> Vec<String> {
        let imports = Imports::read([
            ("src/lib.rs", "mod a; mod m;"),
            ("src/a.rs", text),
            (
                "src/m/mod.rs",
                "mod b; mod twin; pub use self::b::{B, b as c}; pub use twin::twin; pub struct Own;",
            ),
            (
                "src/m/b.rs",
                "pub struct B; pub fn b() {} pub const fn d() {} macro! { Made }",
            ),
            ("src/m/twin.rs", "pub fn twin() {} pub fn other() {}"),
        ]);
        imports.edges()["src/a.rs"].keys().cloned().collect()
    }

    #[test]
    fn a_path_leads_through_re_exports_to_the_file_that_defines_its_end() {
        for (text, file) in [
            ("use crate::m::B;", "src/m/b.rs"),
            ("use crate::{m::{B as X}};", "src/m/b.rs"),
            ("use super::m::c;", "src/m/b.rs"),
            ("use crate::m; fn f() { m::B::new() }", "src/m/b.rs"),
            ("use crate::m::{self}; fn f() { m::b::d() }", "src/m/b.rs"),
            ("use crate::m::b::{B, b,}; fn f() {}", "src/m/b.rs"),
            ("fn f() -> crate::m::Own {}", "src/m/mod.rs"),
            ("fn f() { call!(0, crate::m::B) }", "src/m/b.rs"),
            ("use crate::m::*; fn f(b: B) {}", "src/m/b.rs"),
            ("use crate::m::b::Made;", "src/m/b.rs"),
            ("use crate::m::twin;", "src/m/twin.rs"),
            ("fn f() { crate::m::twin::other() }", "src/m/twin.rs"),
            (
                "mod inner { fn f() { super::super::m::c() } }",
                "src/m/b.rs",
            ),
        ] {
            assert_eq!(used_by(text), [file], "{text}");
        }
    }

    #[test]
    fn what_is_no_use_is_none() {
        for text in [
            "// crate::m::B",
            "const T: &str = \"crate::m::B\";",
            "pub use crate::m::B;",
            "use crate::m;",
            "use std::fs; use serde::Serialize;",
            "use crate::m::*; fn f(x: X) { x.b() }",
            "#[cfg(test)] mod tests { use crate::m::B; }",
            "fn f() { Self::B }",
        ] {
            assert_eq!(used_by(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_name_that_is_handed_on_and_used_is_a_use() {
        assert_eq!(
            used_by("pub use crate::m::B; fn f(b: B) {}"),
            ["src/m/b.rs"]
        );
        assert_eq!(
            used_by("pub use crate::m::c; fn f() { c() }"),
            ["src/m/b.rs"]
        );
    }

    #[test]
    fn the_binary_uses_the_library_by_its_name() {
        let imports = Imports::read([
            ("src/lib.rs", "pub mod a;"),
            ("src/a.rs", "pub struct A;"),
            ("src/bin/envctl/main.rs", "mod a; use crate::a::B;"),
            ("src/bin/envctl/a.rs", "use envctl::a::A; pub struct B;"),
        ]);
        let edges = imports.edges();
        assert!(edges["src/bin/envctl/a.rs"].contains_key("src/a.rs"));
        assert!(edges["src/bin/envctl/main.rs"].contains_key("src/bin/envctl/a.rs"));
    }
}
