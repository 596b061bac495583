//! What an error means to the person or the program that asked, and what helps.

/// What kind of failure an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureClass {
    /// Something failed: I/O, git, an unreadable file, or a name that does not exist.
    Failed,
    /// The request is wrong or incomplete.
    Usage,
    /// A rule or a hook refuses.
    Refused,
    /// Something else moved or holds a lock; trying again may succeed.
    Stale,
    /// The repository does not hold what the answer needs, or is of an unsupported kind.
    CannotVerify,
    /// It is not known whether the change landed.
    Unknown,
}

/// The class of an error, its stable code, and hints.
///
/// The function that returns it matches on the error without a catch-all arm: a variant that is added has to say what it
/// means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The class.
    pub class: FailureClass,
    /// A name for programs, which never changes.
    pub code: &'static str,
    /// What helps: one sentence or command each.
    pub hints: Vec<String>,
}

impl Advice {
    /// Returns advice without hints.
    pub fn new(class: FailureClass, code: &'static str) -> Self {
        Self {
            class,
            code,
            hints: Vec::new(),
        }
    }

    /// Returns the advice with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
