use std::rc::Rc;

use crate::check::Stand;
use crate::files::State;
use crate::policy::Origins;

/// The rules by which the steps of a line are judged.
#[derive(Clone, Default)]
pub(super) struct Terms {
    /// The state whose rules apply to all steps, or `None` for those of the state before each step.
    pub(super) rules: Option<Rc<State>>,
    /// Whether the commits are simulated, so that nobody has signed them yet.
    pub(super) drafted: bool,
}

impl Terms {
    /// Returns how a step is judged that takes entries according to `origins`, if it is a merge.
    pub(super) fn stand<'a>(&'a self, origins: Option<&'a Origins>) -> Stand<'a> {
        match (&self.rules, origins) {
            (Some(rules), origins) => Stand::Landing {
                live: rules,
                origins,
            },
            (None, Some(origins)) => Stand::Merge(origins),
            (None, None) => Stand::Live,
        }
    }
}
