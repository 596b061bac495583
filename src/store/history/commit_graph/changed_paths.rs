use std::cell::OnceCell;
use std::fs::File;

use super::chunk::{Chunk, big_endian};

/// The filters of one file that say which paths each commit did not change against its first
/// parent.
///
/// They are Bloom filters: if one denies a change, there is none; if it affirms one, there may
/// still be none.
pub(super) struct Filters {
    version: u32,
    hashes: u32,
    ends: Chunk,
    bits: Chunk,
    whole: OnceCell<Option<[Vec<u8>; 2]>>,
}

/// Which versions of filters git's settings allow to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Versions {
    All,
    Only(u32),
}

/// A path, hashed for questions to filters. A filter also contains the folders above a changed
/// file.
#[derive(Clone)]
pub(in crate::store) struct PathKeys {
    keys: Vec<[u32; 2]>,
    ascii: bool,
}

/// The length of the header: the version, how many hashes a path has, how many bits an entry has.
const HEADER: usize = 12;
/// Filters of at most so many bytes are read at once, since a line asks for them in no order.
const READ_WHOLE: usize = 4 << 20;
/// A limit for damaged files. git itself uses seven hashes.
const MOST_HASHES: u32 = 64;
const SEEDS: [u32; 2] = [0x293a_e76f, 0x7e64_6e2c];

impl Filters {
    /// Opens the filters whose `ends` are listed in one chunk and whose `bits` are in the other.
    /// Returns `None` if they are of an unknown kind.
    pub(super) fn open(file: &File, ends: Chunk, bits: Chunk) -> Option<Self> {
        let header = bits.part(0..HEADER)?.read(file)?;
        let (version, hashes) = (big_endian(&header[..4]), big_endian(&header[4..8]));
        let known = matches!(version, 1 | 2) && (1..=MOST_HASHES).contains(&hashes);
        known.then(|| Self {
            version,
            hashes,
            ends,
            bits,
            whole: OnceCell::new(),
        })
    }

    /// Reports whether the commit at `place` certainly did not change the path.
    pub(super) fn deny(
        &self,
        file: &File,
        place: usize,
        path: &PathKeys,
        believed: Versions,
    ) -> bool {
        // Version 1 hashes bytes above 127 as negative numbers on most machines, and not on all.
        let readable = self.version == 2 || path.ascii;
        if !readable || !(believed == Versions::All || believed == Versions::Only(self.version)) {
            return false;
        }
        self.with_filter(file, place, |filter| {
            path.keys.iter().any(|key| !self.may_hold(filter, *key))
        })
        .unwrap_or(false)
    }

    fn with_filter<T>(&self, file: &File, place: usize, ask: impl Fn(&[u8]) -> T) -> Option<T> {
        let whole = self.whole.get_or_init(|| {
            let small = self.ends.length + self.bits.length <= READ_WHOLE;
            if small {
                Some([self.ends.read(file)?, self.bits.read(file)?])
            } else {
                None
            }
        });
        // Only ends are stored: a filter begins where that of the commit before it ends.
        let ends = place.saturating_sub(1) * 4..place * 4 + 4;
        let range = |ends: &[u8]| {
            let end = HEADER + big_endian(ends.last_chunk::<4>()?) as usize;
            let start = if place == 0 {
                HEADER
            } else {
                HEADER + big_endian(ends.first_chunk::<4>()?) as usize
            };
            Some(start..end)
        };
        match whole {
            Some([all, bits]) => Some(ask(bits.get(range(all.get(ends)?)?)?)),
            None => Some(ask(&self
                .bits
                .part(range(&self.ends.part(ends)?.read(file)?)?)?
                .read(file)?)),
        }
    }

    /// Reports whether the filter may contain the key. An empty filter was not computed and denies
    /// nothing.
    fn may_hold(&self, filter: &[u8], [first, second]: [u32; 2]) -> bool {
        let bits = filter.len() as u64 * 8;
        (0..self.hashes).all(|index| {
            let hash = first.wrapping_add(index.wrapping_mul(second));
            let bit = if bits == 0 {
                return true;
            } else {
                u64::from(hash) % bits
            };
            filter[(bit / 8) as usize] >> (bit % 8) & 1 == 1
        })
    }
}

impl PathKeys {
    /// Returns the keys of `path` and of the folders above it.
    pub(in crate::store) fn of(path: &str) -> Self {
        let folders = path.match_indices('/').map(|(end, _)| &path[..end]);
        let keys = [path]
            .into_iter()
            .chain(folders)
            .map(|path| SEEDS.map(|seed| murmur3(path.as_bytes(), seed)));
        Self {
            keys: keys.collect(),
            ascii: path.is_ascii(),
        }
    }
}

/// Computes the hash that git's format prescribes, MurmurHash3 of 32 bits.
fn murmur3(bytes: &[u8], seed: u32) -> u32 {
    let mix = |word: u32| {
        word.wrapping_mul(0xcc9e_2d51)
            .rotate_left(15)
            .wrapping_mul(0x1b87_3593)
    };
    let (words, rest) = bytes.as_chunks::<4>();
    let mut hash = words.iter().fold(seed, |hash, word| {
        (hash ^ mix(u32::from_le_bytes(*word)))
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64)
    });
    hash ^= mix(rest
        .iter()
        .rev()
        .fold(0, |word, byte| word << 8 | u32::from(*byte)));
    hash ^= bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_that_gits_documents_and_tests_name() {
        let of = |text: &str| murmur3(text.as_bytes(), 0);
        assert_eq!(of(""), 0);
        assert_eq!(of("Hello world!"), 0x627b_0c2c);
        assert_eq!(
            of("The quick brown fox jumps over the lazy dog"),
            0x2e4f_f723
        );
        assert_eq!(murmur3(b"\x99\xaa\xbb\xcc\xdd\xee\xff", 0), 0xa183_ccfd);
    }
}
