use std::fs::{self, File, Metadata};
use std::path::Path;

use super::changed_paths::Filters;
use super::chunk::{Chunk, big_endian};

/// The length of an object name. Repositories with another object format are not opened.
pub(super) const NAME: usize = 20;
/// The length of an entry: tree, two parents, generation and date.
pub(super) const ENTRY: usize = 36;
const HEADER: usize = 8;
const CHUNK_ENTRY: usize = 12;
const FANOUT: usize = 256;
/// Positions from here on have a special meaning.
const MOST_COMMITS: u32 = 0x7000_0000;
/// How many entries are read at once.
const BLOCK: usize = 2048;

/// One file of a commit-graph. Its chunks are read when they are needed.
pub(super) struct Layer {
    file: File,
    /// How many commits the layers below have.
    pub(super) below: u32,
    /// How many commits this one has.
    pub(super) count: u32,
    fanout: Vec<u32>,
    names: Chunk,
    entries: Chunk,
    filters: Option<Filters>,
}

/// The chunks of a file by their four letters.
struct Contents(Vec<([u8; 4], Chunk)>);

impl Layer {
    /// Opens the file at `path` as the layer on top of those named `bases`, which have `below`
    /// commits. Returns `None` if it is missing, damaged, of another kind, or built on other
    /// layers.
    pub(super) fn open(path: &Path, bases: &[[u8; NAME]], below: u32) -> Option<Self> {
        // Opening a pipe would wait for somebody to write into it.
        let file = fs::metadata(path)
            .ok()
            .filter(Metadata::is_file)
            .and_then(|_| File::open(path).ok())?;
        let contents = Contents::read(&file, bases.len())?;
        let listed = contents
            .chunk(*b"BASE")
            .map_or(Some(Vec::new()), |chunk| chunk.read(&file))?;
        let fanout = contents
            .chunk(*b"OIDF")
            .filter(|chunk| chunk.length == FANOUT * 4)?
            .read(&file)?;
        let fanout: Vec<u32> = fanout.chunks_exact(4).map(big_endian).collect();
        let count = *fanout.last()?;
        let of_length = |name, each| {
            contents
                .chunk(name)
                .filter(|chunk| chunk.length == count as usize * each)
        };
        let (names, entries) = (of_length(*b"OIDL", NAME)?, of_length(*b"CDAT", ENTRY)?);
        let fits = below
            .checked_add(count)
            .is_some_and(|total| total <= MOST_COMMITS);
        // The names of the layers below are part of the file. A chain that was rewritten while it
        // was read would mix positions of two graphs otherwise.
        if listed != bases.concat() || !fanout.is_sorted() || !fits {
            return None;
        }
        let filters = of_length(*b"BIDX", 4).zip(contents.chunk(*b"BDAT"));
        let filters = filters.and_then(|(ends, bits)| Filters::open(&file, ends, bits));
        Some(Self {
            file,
            below,
            count,
            fanout,
            names,
            entries,
            filters,
        })
    }

    /// Returns the position in this layer of the commit named `name`.
    pub(super) fn find(&self, name: &[u8; NAME]) -> Option<u32> {
        let first = usize::from(name[0]);
        let start = if first == 0 {
            0
        } else {
            self.fanout[first - 1] as usize
        };
        let bucket = self
            .names
            .part(start * NAME..self.fanout[first] as usize * NAME)?
            .read(&self.file)?;
        let found = bucket.as_chunks::<NAME>().0.binary_search(name).ok()?;
        u32::try_from(start + found).ok()
    }

    /// Returns the entry of the commit at `place`.
    pub(super) fn entry(&self, place: u32) -> Option<[u8; ENTRY]> {
        let start = place as usize * ENTRY;
        self.entries
            .part(start..start + ENTRY)?
            .read(&self.file)?
            .try_into()
            .ok()
    }

    /// Calls `each` with all entries, in order.
    pub(super) fn each_entry(&self, each: impl FnMut(&[u8; ENTRY])) -> Option<()> {
        self.each(self.entries, each)
    }

    /// Calls `each` with all names, in order.
    pub(super) fn each_name(&self, each: impl FnMut(&[u8; NAME])) -> Option<()> {
        self.each(self.names, each)
    }

    fn each<const SIZE: usize>(
        &self,
        chunk: Chunk,
        mut each: impl FnMut(&[u8; SIZE]),
    ) -> Option<()> {
        for start in (0..chunk.length).step_by(BLOCK * SIZE) {
            let end = chunk.length.min(start + BLOCK * SIZE);
            let block = chunk.part(start..end)?.read(&self.file)?;
            block.as_chunks::<SIZE>().0.iter().for_each(&mut each);
        }
        Some(())
    }

    /// Returns the filters of changed paths, and the file that they are read from.
    pub(super) fn filters(&self) -> Option<(&Filters, &File)> {
        self.filters.as_ref().map(|filters| (filters, &self.file))
    }
}

impl Contents {
    /// Reads the table of contents. Every chunk must be within the file, and the last must end at
    /// the checksum.
    fn read(file: &File, bases: usize) -> Option<Self> {
        let length = file.metadata().ok()?.len();
        let header = Chunk {
            start: 0,
            length: HEADER,
        }
        .read(file)?;
        // Four letters, format 1, names of SHA-1, how many chunks, how many layers below.
        if header[..6] != *b"CGPH\x01\x01" || usize::from(header[7]) != bases {
            return None;
        }
        let count = usize::from(header[6]);
        let table = Chunk {
            start: HEADER as u64,
            length: (count + 1) * CHUNK_ENTRY,
        }
        .read(file)?;
        let rows = table.as_chunks::<CHUNK_ENTRY>().0;
        let offset = |row: &[u8; CHUNK_ENTRY]| {
            u64::from(big_endian(&row[4..8])) << 32 | u64::from(big_endian(&row[8..]))
        };
        if rows[count][..4] != [0; 4] || offset(&rows[count]) != length.checked_sub(NAME as u64)? {
            return None;
        }
        let chunk = |pair: &[[u8; CHUNK_ENTRY]]| {
            let (start, end) = (offset(&pair[0]), offset(&pair[1]));
            let name = [pair[0][0], pair[0][1], pair[0][2], pair[0][3]];
            Some((
                name,
                Chunk {
                    start,
                    length: usize::try_from(end.checked_sub(start)?).ok()?,
                },
            ))
        };
        rows.windows(2).map(chunk).collect::<Option<_>>().map(Self)
    }

    fn chunk(&self, name: [u8; 4]) -> Option<Chunk> {
        self.0
            .iter()
            .find(|(found, _)| *found == name)
            .map(|(_, chunk)| *chunk)
    }
}
