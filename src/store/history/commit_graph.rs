//! What git's commit-graph file says about commits, without reading the commits themselves.
//!
//! The format is documented in gitformat-commit-graph(5): one file, or a chain of layers of which
//! each builds on those below. Only names, first parents, dates, trees and the filters of changed
//! paths are read. If anything is missing, damaged or unknown, nothing is answered, never a wrong
//! one, and the caller reads the commit. A well-formed file with false content cannot be noticed;
//! git notices that only with `git commit-graph verify`, too. The file is made on the machine that
//! reads it, from the objects beside it, and is not transported by fetch or push. So it deserves as
//! much trust as whoever can write to the repository's folder. Unlike an object, its name does not
//! prove its content.

use std::fs;
use std::path::Path;

use crate::model::{CommitId, ContentId};

mod changed_paths;
mod chunk;
mod layer;

pub(in crate::store) use changed_paths::{PathKeys, Versions};
use chunk::big_endian;
use layer::{ENTRY, Layer, NAME};

/// The position that stands for no parent.
const NO_PARENT: u32 = 0x7000_0000;
/// The highest generation. Commits that have it are not ordered by it any more.
const LAST_GENERATION: u64 = 0x3fff_ffff;
/// A file counts in one byte how many layers are below it.
const MOST_LAYERS: usize = 256;
/// The longest list of layers, one line each.
const LONGEST_LIST: u64 = 41 * MOST_LAYERS as u64;
/// How many bits of an entry's number are the date; those above are the generation.
const DATE_BITS: u32 = 34;

/// The position of a commit in a commit-graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct Position(u32);

/// A commit-graph, its lowest layer first.
pub(in crate::store) struct CommitGraph {
    layers: Vec<Layer>,
}

/// Commits of a first-parent line, newest first. The three lists have the same length.
pub(in crate::store) struct GraphedLine {
    pub(in crate::store) positions: Vec<Position>,
    pub(in crate::store) commits: Vec<CommitId>,
    /// Seconds since 1970, as far as 34 bits hold them.
    pub(in crate::store) dates: Vec<u64>,
}

/// The position of the first parent of each commit, and its generation and date in one number.
struct Entries {
    parents: Vec<u32>,
    dates: Vec<u64>,
}

impl CommitGraph {
    /// Opens the commit-graph in the folder `objects`. Returns `None` if there is none that can be
    /// read.
    pub(in crate::store) fn open(objects: &Path) -> Option<Self> {
        let single = Layer::open(&objects.join("info/commit-graph"), &[], 0);
        let layers = single.map_or_else(
            || chain(&objects.join("info/commit-graphs")),
            |single| vec![single],
        );
        (!layers.is_empty()).then_some(Self { layers })
    }

    /// Returns the position of the commit, or `None` if the graph does not know it.
    pub(in crate::store) fn find(&self, commit: CommitId) -> Option<Position> {
        let mut layers = self.layers.iter().rev();
        layers.find_map(|layer| Some(Position(layer.below + layer.find(commit.as_bytes())?)))
    }

    /// Returns the root tree of a commit.
    pub(in crate::store) fn tree(&self, at: Position) -> Option<ContentId> {
        let (layer, place) = self.layer(at)?;
        layer
            .entry(place)?
            .first_chunk::<NAME>()
            .map(|name| ContentId::from_bytes(*name))
    }

    /// Reports whether the commit certainly did not change the path against its first parent.
    pub(in crate::store) fn denies_change(
        &self,
        at: Position,
        path: &PathKeys,
        believed: Versions,
    ) -> bool {
        let asked = self
            .layer(at)
            .and_then(|(layer, place)| Some((layer.filters()?, place)));
        asked.is_some_and(|((filters, file), place)| {
            filters.deny(file, place as usize, path, believed)
        })
    }

    /// Returns the commit, its first parent and so on to the beginning.
    pub(in crate::store) fn first_parents(&self, from: Position) -> Option<GraphedLine> {
        let (positions, dates) = self.entries()?.first_parents(from)?;
        Some(GraphedLine {
            commits: self.names(&positions)?,
            positions,
            dates,
        })
    }

    // All entries are read in one pass, front to back. The positions of a line jump through the
    // file, and a read for each would cost more than the whole file.
    fn entries(&self) -> Option<Entries> {
        let total = self.layers.iter().map(|layer| layer.count as usize).sum();
        let mut entries = Entries {
            parents: Vec::with_capacity(total),
            dates: Vec::with_capacity(total),
        };
        for layer in &self.layers {
            layer.each_entry(|entry: &[u8; ENTRY]| {
                entries.parents.push(big_endian(&entry[20..24]));
                entries.dates.push(
                    u64::from(big_endian(&entry[28..32])) << 32
                        | u64::from(big_endian(&entry[32..])),
                );
            })?;
        }
        Some(entries)
    }

    /// Returns the names of the commits at `positions`, in one pass over all names, since positions
    /// are in no order.
    fn names(&self, positions: &[Position]) -> Option<Vec<CommitId>> {
        const NOT_ON_LINE: u32 = u32::MAX;
        let total: usize = self.layers.iter().map(|layer| layer.count as usize).sum();
        let mut index_of = vec![NOT_ON_LINE; total];
        for (index, at) in positions.iter().enumerate() {
            index_of[at.0 as usize] = u32::try_from(index).ok()?;
        }
        let mut names = vec![CommitId::from_bytes([0; NAME]); positions.len()];
        let mut indices = index_of.into_iter();
        for layer in &self.layers {
            layer.each_name(|name: &[u8; NAME]| {
                if let Some(index) = indices.next().filter(|index| *index != NOT_ON_LINE) {
                    names[index as usize] = CommitId::from_bytes(*name);
                }
            })?;
        }
        Some(names)
    }

    /// Returns the layer that holds the commit, and its place in it.
    fn layer(&self, at: Position) -> Option<(&Layer, u32)> {
        let layer = self.layers.iter().rev().find(|layer| layer.below <= at.0)?;
        Some((layer, at.0 - layer.below))
    }
}

impl Entries {
    /// Returns the line from a commit to the beginning, and its dates. Returns `None` if the
    /// numbers cannot be a history.
    fn first_parents(self, from: Position) -> Option<(Vec<Position>, Vec<u64>)> {
        let (mut positions, mut dates) = (Vec::new(), Vec::new());
        let (mut next, mut above) = (from.0, u64::MAX);
        while next != NO_PARENT {
            let entry = *self.dates.get(next as usize)?;
            let generation = entry >> DATE_BITS;
            // Generations fall from child to parent. A damaged file that leads in a circle breaks
            // that, or makes the line longer than there are commits; either way nothing is answered
            // instead of an endless loop. Generation 0 means that none was computed.
            let ordered = generation < above || above == LAST_GENERATION || above == 0;
            if !ordered || positions.len() >= self.parents.len() {
                return None;
            }
            positions.push(Position(next));
            dates.push(entry & ((1 << DATE_BITS) - 1));
            (next, above) = (self.parents[next as usize], generation);
        }
        Some((positions, dates))
    }
}

/// Returns the layers that `commit-graph-chain` in this folder lists, up to the first that cannot
/// be read.
fn chain(folder: &Path) -> Vec<Layer> {
    let list = folder.join("commit-graph-chain");
    // A pipe would block, and an endless device would never end.
    let plain = fs::metadata(&list).is_ok_and(|list| list.is_file() && list.len() <= LONGEST_LIST);
    let list = if plain {
        fs::read_to_string(list).unwrap_or_default()
    } else {
        String::new()
    };
    let (mut layers, mut bases, mut below) = (Vec::new(), Vec::new(), 0);
    for line in list.lines().take(MOST_LAYERS) {
        // The name of a graph is a hash like that of a commit.
        let Ok(name) = line.parse::<CommitId>() else {
            break;
        };
        let Some(layer) = Layer::open(&folder.join(format!("graph-{name}.graph")), &bases, below)
        // The layers below the unreadable one are a valid graph of older commits, so they are used;
        // newer commits are read one by one.
        else {
            break;
        };
        below += layer.count;
        bases.push(*name.as_bytes());
        layers.push(layer);
    }
    layers
}
