/// How a move comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveKind {
    /// The pointer moves.
    Direct,
    /// The pointer moves while a release waits for approval.
    BypassingPending,
    /// The move is asked for.
    Requested,
    /// A move that was asked for is approved.
    Approved,
}

impl MoveKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Direct,
        Self::BypassingPending,
        Self::Requested,
        Self::Approved,
    ];
}
