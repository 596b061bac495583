use std::cell::Cell;
use std::fmt;

/// Limits on what one verdict may cost, so that a push cannot keep a server busy without end.
///
/// The library reads neither the clock nor the process, so the caller passes a meter, which is
/// called before each object is read.
pub struct Budget {
    folders: usize,
    meter: Box<dyn Fn() -> Option<Exceeded>>,
    exceeded: Cell<Option<Exceeded>>,
}

/// The limit that a verdict exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
/// A number of seconds.
pub enum Exceeded {
    /// So many seconds.
    /// A number of bytes of memory.
    Seconds(u64),
    /// So many bytes of memory.
    /// A number of folders that did not exist before.
    Memory(u64),
    /// So many folders that were not there before.
    Folders(usize),
}

impl Exceeded {
    /// Returns the git setting that changes the limit.
    pub fn setting(self) -> &'static str {
        match self {
            Self::Seconds(_) => "envctl.verifySeconds",
            Self::Memory(_) => "envctl.verifyMemory",
            Self::Folders(_) => "envctl.verifyFolders",
        }
    }
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(f, "{seconds} s"),
            Self::Memory(bytes) => write!(f, "{} MiB of memory", bytes.div_ceil(1024 * 1024)),
            Self::Folders(folders) => write!(f, "{folders} new folders"),
        }
    }
}

impl Budget {
    /// Returns a budget of `folders` folders that did not exist before, and of whatever `meter`
    /// limits.
    pub fn new(folders: usize, meter: impl Fn() -> Option<Exceeded> + 'static) -> Self {
        Self {
            folders,
            meter: Box::new(meter),
            exceeded: Cell::new(None),
        }
    }

    /// Returns the limit that is exceeded, or `None`.
    pub(in crate::store) fn spend(&self) -> Option<Exceeded> {
        // Once exceeded it stays so: no verdict may rest on what was read after that.
        if self.exceeded.get().is_none() {
            self.exceeded.set((self.meter)());
        }
        self.exceeded.get()
    }

    /// Returns the limit that `folders` new folders exceed, or `None`.
    pub(in crate::store) fn spend_folders(&self, folders: usize) -> Option<Exceeded> {
        // Folders are counted apart from time and memory because they are cheap one by one: a tree
        // bomb names a few trees again and again, and its folders multiply before a clock would
        // notice.
        if folders > self.folders {
            self.exceeded.set(Some(Exceeded::Folders(self.folders)));
        }
        self.exceeded.get()
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn a_budget_that_was_exceeded_stays_exceeded() {
        let left = Rc::new(Cell::new(1_u32));
        let meter = left.clone();
        let budget = Budget::new(1, move || match meter.get() {
            0 => Some(Exceeded::Seconds(60)),
            _ => None,
        });
        assert_eq!(budget.spend(), None);
        left.set(0);
        assert_eq!(budget.spend(), Some(Exceeded::Seconds(60)));
        left.set(1);
        assert_eq!(budget.spend(), Some(Exceeded::Seconds(60)));
    }
}
