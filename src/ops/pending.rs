use super::inquiry::Inquiry;
use super::{ReadError, Session, View};
use crate::files::OwnedPath;
use crate::model::{EnvironmentSlug, Identity, Move, PendingRelease, Project, changes};
use crate::plan::reason_of;
use crate::policy::{Facts, Judged, Question, Request, Step, asked_moves, judge};
use crate::store::StoreError;

/// A release that waits for approval.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Where.
    pub environment: EnvironmentSlug,
    /// What it asks for.
    pub release: PendingRelease,
    /// Who asked, when, and in which commit; none: history does not reach that far, or the author is nobody.
    pub request: Option<Request>,
    /// Why, as far as that commit's message says more than its subject.
    pub reason: Option<String>,
    /// What is wrong with the release itself, a sentence each: it can only be taken back.
    pub flaws: Vec<String>,
    /// Its moves, and what the policy says of each if it were approved now.
    pub judged: Vec<Judged>,
    /// The moves whose pointer is no longer what the request saw: such a release can only be taken back.
    pub seen_otherwise: Vec<Move>,
}

/// The releases that wait at `view`, by environment; only in `environment`, if one is named.
///
/// The verdicts are those of an approval by `author`, now. Where history is cut off, who asked is left out, and so are the
/// verdicts that rest on history.
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

/// What cannot be read of the release, and what it names that was never published.
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

/// The project after an approval of `moves`.
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
