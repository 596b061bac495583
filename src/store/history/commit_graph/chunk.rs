use std::fs::File;
use std::io;
use std::ops::Range;

/// Where a chunk lies in its file. It was compared with the file's length when the file was opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub(super) start: u64,
    pub(super) length: usize,
}

impl Chunk {
    /// Returns the part of the chunk that `bytes` names, or `None` if the chunk is shorter.
    pub(super) fn part(self, bytes: Range<usize>) -> Option<Self> {
        let length = bytes.end.checked_sub(bytes.start)?;
        (bytes.end <= self.length).then_some(Self {
            start: self.start.checked_add(bytes.start as u64)?,
            length,
        })
    }

    pub(super) fn read(self, file: &File) -> Option<Vec<u8>> {
        let mut bytes = vec![0; self.length];
        read_at(file, &mut bytes, self.start).ok()?;
        Some(bytes)
    }
}

pub(super) fn big_endian(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};

    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(bytes)
}
