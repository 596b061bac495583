use std::rc::Rc;

use crate::check::Stand;
use crate::files::State;
use crate::policy::Origins;

/// By which rules the steps of a line are judged.
#[derive(Clone, Default)]
pub(super) struct Terms {
    /// The state whose rules hold for all of them; none: those of the state before each.
    pub(super) rules: Option<Rc<State>>,
    /// Whether the commits are those that somebody would make: nobody has signed them yet.
    pub(super) drafted: bool,
}

impl Terms {
    /// Where a step stands, which takes entries as `origins` say if it is a merge.
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
