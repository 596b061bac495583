/// What another side of a merge says about one entry that the merge changes.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a, O> {
    /// Whether its value is that of the merge.
    pub agrees: bool,
    /// Whether that side [changed it alone](changed_alone).
    pub alone: bool,
    /// Who set it there since the branch forked.
    pub set: Option<&'a O>,
}

/// Which side of a merge an entry comes from that the merge changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken<'a, O> {
    /// This side. Whoever set it there answers for it.
    From(&'a O),
    /// A side has the value, but did not set it, or the first parent had changed it as well. Whoever merged
    /// chose it, or undid what the first parent did, and answers for it.
    Own,
    /// No side has the value.
    Unexplained,
}

impl<'a, O> Taken<'a, O> {
    /// Decides which side a merge takes an entry from, given what its sides claim, in their order.
    ///
    /// This is the one rule of who answers for what a merge changes, and so of who asked for a release that
    /// it brings. A walk along a branch asks it at every merge there, so that the answer is the same wherever
    /// the walk began.
    pub fn by(claims: impl IntoIterator<Item = Claim<'a, O>>) -> Self {
        let mut said = false;
        // A later side may have set what an earlier one merely has, as in an octopus merge of a
        // branch and its descendant. So an agreeing side that did not set the entry does not end
        // the search.
        for claim in claims.into_iter().filter(|claim| claim.agrees) {
            said = true;
            if let Some(set) = claim.set.filter(|_| claim.alone) {
                return Self::From(set);
            }
        }
        if said { Self::Own } else { Self::Unexplained }
    }
}

/// Reports whether `side` changed a value since it forked from the `first` parent, which did not: `side`
/// differs from every one of their merge `bases`, and one of these agrees with the first parent.
///
/// Of several bases (a criss-cross merge) all must differ from `side`: where one agrees, the value is old,
/// and the side merely kept it while the first parent went on.
pub fn changed_alone<V: PartialEq>(first: &V, side: &V, bases: &[V]) -> bool {
    bases.iter().all(|base| base != side) && bases.contains(first)
}

/// Returns the index of the parent that a commit of a branch is compared with, given whether each parent is
/// live already.
///
/// A merge is compared with the live parent, so that what it takes from there does not count as a change.
/// Without one it is compared with the first.
pub fn compared_parent(live: impl IntoIterator<Item = bool>) -> usize {
    live.into_iter().position(|live| live).unwrap_or(0)
}
