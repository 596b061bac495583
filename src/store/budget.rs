use std::cell::Cell;
use std::fmt;

/// Limits on what a verdict may cost, so that nobody keeps a server busy by what they push to it.
///
/// The library reads neither the clock nor the process: whoever sets the limits passes a meter, which is asked whenever an
/// object is read.
pub struct Budget {
    folders: usize,
    meter: Box<dyn Fn() -> Option<Exceeded>>,
    exceeded: Cell<Option<Exceeded>>,
}

/// The limit that a verdict exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// So many seconds.
    Seconds(u64),
    /// So many bytes of memory.
    Memory(u64),
    /// So many folders that were not there before.
    Folders(usize),
}

impl Exceeded {
    /// The setting of git's that moves the limit.
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
    /// A budget of so many folders that were not there before, and of whatever `meter` limits.
    pub fn new(folders: usize, meter: impl Fn() -> Option<Exceeded> + 'static) -> Self {
        Self {
            folders,
            meter: Box::new(meter),
            exceeded: Cell::new(None),
        }
    }

    /// The limit that is exceeded, if one is.
    pub(in crate::store) fn spend(&self) -> Option<Exceeded> {
        // Once exceeded it stays so: no verdict may rest on what was read after that.
        if self.exceeded.get().is_none() {
            self.exceeded.set((self.meter)());
        }
        self.exceeded.get()
    }

    /// The limit that so many new folders exceed, if they do.
    pub(in crate::store) fn spend_folders(&self, folders: usize) -> Option<Exceeded> {
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
