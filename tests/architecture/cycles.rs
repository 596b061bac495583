//! No two files use each other, not even by way of others: each can be read with only what stands below it in mind.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::Imports;
use crate::sources;

type Edges<'e> = BTreeMap<&'e str, BTreeMap<String, String>>;

/// The groups of files of which each uses each, and what ties them together.
fn cycles(edges: &Edges<'_>) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = edges
        .keys()
        .map(|file| (*file, reached_from(edges, file)))
        .collect();
    let mut cycles = BTreeSet::new();
    for (file, others) in &reached {
        let back = others
            .iter()
            .filter(|other| reached.get(*other).is_some_and(|far| far.contains(file)));
        let cycle: BTreeSet<String> = back.map(|other| (*other).to_owned()).collect();
        if cycle.len() > 1 {
            cycles.insert(cycle);
        }
    }
    cycles.into_iter().collect()
}

fn reached_from<'e>(edges: &'e Edges<'_>, file: &str) -> BTreeSet<&'e str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![file];
    while let Some(file) = next.pop() {
        for other in edges.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(other.as_str()) {
                next.push(other);
            }
        }
    }
    reached
}

/// What in `cycle` is used by what, a line each.
fn described(edges: &Edges<'_>, cycle: &BTreeSet<String>) -> String {
    let mut lines = String::new();
    for file in cycle {
        for (other, name) in edges[file.as_str()]
            .iter()
            .filter(|(other, _)| cycle.contains(*other))
        {
            lines.push_str(&format!("{file} uses {other} ({name})\n"));
        }
    }
    lines
}

#[test]
fn no_files_use_each_other() {
    let sources = sources("src");
    let imports = Imports::read(
        sources
            .iter()
            .map(|source| (source.path.as_str(), source.code.as_str())),
    );
    let edges = imports.edges();
    let found: Vec<String> = cycles(&edges)
        .iter()
        .map(|cycle| described(&edges, cycle))
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_child_that_uses_what_its_parent_defines_and_is_used_there_is_a_cycle() {
    let cycles_of = |parent: &str| {
        let imports = Imports::read([
            ("src/lib.rs", "mod m;"),
            ("src/m/mod.rs", parent),
            ("src/m/child.rs", "use super::Own; pub struct Child(Own);"),
        ]);
        cycles(&imports.edges())
    };
    let both = BTreeSet::from(["src/m/mod.rs", "src/m/child.rs"].map(str::to_owned));
    assert_eq!(
        cycles_of("mod child; use self::child::Child; struct Own;"),
        vec![both.clone()]
    );
    assert_eq!(
        cycles_of("mod child; struct Own; fn f() { child::Child }"),
        vec![both]
    );
    assert!(cycles_of("mod child; pub use self::child::Child; struct Own;").is_empty());
}

#[test]
fn a_cycle_of_three_is_found_and_a_diamond_is_none() {
    let cycles_of = |last: &str| {
        let imports = Imports::read([
            ("src/lib.rs", "mod a; mod b; mod c;"),
            (
                "src/a.rs",
                "use crate::b::B; use crate::c::C; pub struct A;",
            ),
            ("src/b.rs", "use crate::c::C; pub struct B;"),
            ("src/c.rs", last),
        ]);
        cycles(&imports.edges())
    };
    assert!(cycles_of("pub struct C;").is_empty());
    let three = BTreeSet::from(["src/a.rs", "src/b.rs", "src/c.rs"].map(str::to_owned));
    assert_eq!(cycles_of("use crate::a::A; pub struct C;"), [three]);
}
