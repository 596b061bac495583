use super::inquiry::Inquiry;
use super::{ReadError, Session, View};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, Identity, Move, PendingRelease, Project, changes, reason_of};
use crate::policy::{Facts, Judged, Question, Request, Step, asked_moves, judge};
use crate::store::StoreError;

/// A release that is pending approval.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The environment.
    pub environment: EnvironmentSlug,
    /// What it asks for.
    pub release: PendingRelease,
    /// Who requested it, when, and in which commit. `None` if history does not reach that far, or
    /// the author is invalid.
    pub request: Option<Request>,
    /// The reason: what that commit's message says beyond its subject.
    pub reason: Option<String>,
    /// What is wrong with the release itself, one sentence each. Such a release can only be
    /// withdrawn.
    pub flaws: Vec<String>,
    /// Its moves, and what the policy would say about each if it were approved now.
    pub judged: Vec<Judged>,
    /// The moves whose pointer has changed since the request. Such a release can only be withdrawn.
    pub seen_otherwise: Vec<Move>,
}

/// Returns the pending releases at `view`, by environment, or only that of `environment`.
///
/// The verdicts are those of an approval by `author`, now. If history is cut off, the requester is
/// unknown, and verdicts that depend on history are missing.
///
/// # Errors
///
/// When the repository cannot be read.
pub fn pending(
    session: &Session,
    view: &View,
    environment: Option<&EnvironmentSlug>,
    author: Option<&Identity>,
) -> Result<Vec<Waiting>, ReadError> {
    let project = &view.state.project;
    let wanted = |slug: &EnvironmentSlug| environment.is_none_or(|environment| environment == slug);
    let found = project.pending.iter().filter(|(slug, _)| wanted(slug));
    found
        .map(|(slug, release)| waiting(session, view, slug, release, author))
        .collect()
}

fn waiting(
    session: &Session,
    view: &View,
    slug: &EnvironmentSlug,
    release: &PendingRelease,
    author: Option<&Identity>,
) -> Result<Waiting, ReadError> {
    let project = &view.state.project;
    let mut inquiry = Inquiry::new(&session.store, &view.folder, Some(view.commit));
    let asked = asked_moves(slug, release);
    let after = approved(project, slug, &asked);
    let changes = changes(project, &after);
    let answered = inquiry.ask(|facts| {
        let step = Step::live((project, &after), &changes, author, session.now, facts);
        Ok((judge(&step)?, requester(facts, slug)?))
    });
    let (judged, request) = match answered {
        Err(ReadError::Store(StoreError::Shallow { .. })) => (Vec::new(), None),
        answered => answered?,
    };
    let reason = match &request {
        Some(request) => reason_of(&session.store.commit(request.commit)?.message),
        None => None,
    };
    let flaws = flaws(view, slug, &asked);
    let seen_otherwise = asked
        .into_iter()
        .filter(|moved| project.live(slug, &moved.resource) != moved.before)
        .collect();
    Ok(Waiting {
        environment: slug.clone(),
        release: release.clone(),
        request,
        reason,
        flaws,
        judged,
        seen_otherwise,
    })
}

/// Returns what cannot be read in the release, and what it names that was never published.
fn flaws(view: &View, slug: &EnvironmentSlug, asked: &[Move]) -> Vec<String> {
    let file = OwnedPath::Pending(slug.clone()).to_string();
    let unread = view
        .state
        .findings
        .iter()
        .filter(|finding| finding.place.file == file);
    let named = asked
        .iter()
        .filter_map(|moved| Some(moved.resource.at(moved.after?)));
    let unpublished = named.filter(|id| view.state.project.version(id).is_none());
    let unread = unread.map(|finding| finding.message.clone());
    unread
        .chain(unpublished.map(|id| format!("{id} was never published")))
        .collect()
}

fn requester(facts: &Facts, slug: &EnvironmentSlug) -> Result<Option<Request>, Vec<Question>> {
    let question = Question::Request(slug.clone());
    if facts.answer(&question) {
        Ok(facts.request(slug).cloned())
    } else {
        Err(vec![question])
    }
}

/// Returns the project after an approval of `moves`.
fn approved(project: &Project, slug: &EnvironmentSlug, moves: &[Move]) -> Project {
    let mut after = project.clone();
    after.pending.remove(slug);
    let pointers = after.pointers.entry(slug.clone()).or_default();
    for moved in moves {
        match moved.after {
            Some(number) => pointers.insert(moved.resource.clone(), number),
            None => pointers.remove(&moved.resource),
        };
    }
    after
}
