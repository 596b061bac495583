use super::delivery::Delivery;
use super::push::{NewWork, PushedCommit, require_everywhere};
use super::upstream::SyncState;
use super::writer::Writer;
use super::{Operation, Session, WriteError};

/// The result of bringing two branches together.
#[derive(Clone, Debug)]
pub struct Synced {
    /// What was pushed, or `None` if the remote had everything.
    pub delivery: Option<Delivery>,
    /// What the user should know besides.
    pub notes: Vec<String>,
}

/// Brings the branch of `session` and its remote branch together. What only the branch here has is
/// made again on top of the remote's, judged again, and pushed. Then the branch here follows.
///
/// # Errors
///
/// As [`write()`](super::write()); then nothing has changed, unless it is [`WriteError::PushUnknown`].
pub fn sync(session: &Session, operation: &Operation) -> Result<Synced, WriteError> {
    let Some(pushing) = &session.pushing else {
        return Ok(Synced {
            delivery: None,
            notes: Vec::new(),
        });
    };
    let writer = Writer::of(session, operation)?;
    let whole = |sync_state: &SyncState| {
        Ok(NewWork {
            target: sync_state.base,
            commits: 0,
            what: (),
        })
    };
    let PushedCommit {
        sync_state,
        target,
        delivery,
        missed,
        ..
    } = writer.deliver(&pushing.upstream, pushing.sync_state.get(), whole)?;
    let notes = writer.followed(&sync_state, target, "sync");
    // Whatever was unknown is known now: both branches are the same, so each of those commits is
    // either in the history or will never be.
    for id in session.store.unconfirmed_pushes(&pushing.upstream.request) {
        session.store.forget_push(&id);
    }
    require_everywhere(&pushing.upstream, target, missed)?;
    Ok(Synced { delivery, notes })
}
