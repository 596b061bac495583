use std::collections::BTreeSet;

use serde::Serialize;

use super::Session;
use crate::check::check_state;
use crate::diag::Severity;
use crate::files::{ATTRIBUTES, OwnedPath, Snapshot, State, lacks_attributes};
use crate::model::{BranchName, CommitId, Signatures};
use crate::store::{GitHook, HookState, ProjectFolder, Reading, Store, StoreError, Writing};

/// Something that is unsound in a repository or around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A stable name for programs.
    pub code: &'static str,
    /// How bad it is.
    pub gravity: Gravity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The command that mends it, where there is one.
    pub mend: Option<String>,
    /// Whether it can be mended without anybody deciding something.
    #[serde(skip)]
    pub remedy: Option<Remedy>,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gravity {
    /// Something does not work, or is not what it looks like.
    Error,
    /// Something works less well than it could.
    Warning,
    /// Worth knowing.
    Note,
}

impl Gravity {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What can be done about a problem without anybody deciding something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Writing a hook of envctl's anew.
    RenewHook(GitHook),
    /// Finishing what an envctl that died has begun.
    FinishMoves,
}

impl Problem {
    /// A problem without a remedy of its own; `mend` may be empty.
    pub fn new(code: &'static str, gravity: Gravity, message: impl Into<String>, mend: impl Into<String>) -> Self {
        let mend = Some(mend.into()).filter(|mend| !mend.is_empty());
        Self { code, gravity, message: message.into(), mend, remedy: None }
    }

    fn remedy(self, remedy: Remedy) -> Self {
        Self { remedy: Some(remedy), ..self }
    }
}

/// What is unsound in a repository, whether or not there is a project in it.
///
/// What cannot be looked at is a problem of its own: nothing is called sound because nobody could see it.
pub fn diagnose_repository(store: &Store) -> Vec<Problem> {
    let mut problems = Vec::new();
    if store.is_shallow() {
        let message = "this is a shallow clone: nothing about the past can be judged";
        problems.push(Problem::new("shallow", Gravity::Warning, message, "git fetch --unshallow"));
    }
    if let Err(error) = store.require_unaltered_history() {
        let mend = "git replace -d NAME, or remove the file";
        problems.push(Problem::new("altered-history", Gravity::Error, error.to_string(), mend));
    }
    if let Some(what) = store.operation_in_progress() {
        let mend = format!("git {what} --continue, or git {what} --abort");
        problems.push(Problem::new("in-progress", Gravity::Warning, format!("git is in the middle of a {what}"), mend));
    }
    match store.unfinished_moves() {
        Ok(0) => {}
        Ok(count) => {
            let message = format!("an envctl that died has left {count} move(s) of a branch unfinished");
            let mend = "envctl doctor --fix";
            let problem = Problem::new("unfinished", Gravity::Warning, message, mend);
            problems.push(problem.remedy(Remedy::FinishMoves));
        }
        Err(error) => problems.push(unseen("envctl's notes", &error)),
    }
    if store.setting_bool("envctl.durable") == Some(false) {
        let message = "envctl.durable is false: what landed may be lost if the machine loses power";
        problems.push(Problem::new("not-durable", Gravity::Note, message, "git config --unset envctl.durable"));
    }
    let index_lock = store.git_directory().join("index.lock");
    if index_lock.exists() {
        let message = format!("{} exists: a git is at work here, or one died", index_lock.display());
        let mend = format!("rm {}", index_lock.display());
        problems.push(Problem::new("index-locked", Gravity::Warning, message, mend));
    }
    problems
}

/// What is unsound in a project, its checkout and its hooks.
pub fn diagnose_project(session: &Session) -> Vec<Problem> {
    let mut problems = Vec::new();
    let tip = match session.tip() {
        Ok(tip) => tip,
        Err(error) => return vec![unseen("the branch", &error)],
    };
    match session.store.snapshot(tip, &session.folder, Reading::Everything) {
        Ok(snapshot) => {
            let state = State::read(&snapshot);
            problems.extend(of_state(&state));
            problems.extend(of_branches(session, &state));
            problems.extend(of_signing(session, &state));
            problems.extend(of_checkout(session, &snapshot));
        }
        Err(error) => problems.push(unseen("the project", &error)),
    }
    problems.extend(of_attributes(session, tip));
    problems.extend(GitHook::ALL.into_iter().filter_map(|hook| of_hook(&session.store, &session.folder, hook)));
    problems
}

/// Does what `problem` can be mended by; whether that was anything, in the words of what was done.
///
/// # Errors
///
/// When it cannot be written.
pub fn mend(session: &Session, problem: &Problem, writing: &Writing) -> Result<Vec<String>, StoreError> {
    match problem.remedy {
        None => Ok(Vec::new()),
        Some(Remedy::RenewHook(hook)) => {
            session.store.install_hook(hook, &session.folder)?;
            Ok(vec![format!("wrote the hook {hook} anew")])
        }
        Some(Remedy::FinishMoves) => {
            let branch = session.target.branch().cloned();
            let Some(branch) = branch.or_else(|| "main".parse::<BranchName>().ok()) else { return Ok(Vec::new()) };
            let turn = session.store.take_turn(&branch, writing)?;
            let done = std::iter::once("finished what was begun".to_owned());
            Ok(done.chain(turn.notes().iter().cloned()).collect())
        }
    }
}

fn unseen(what: &str, error: &dyn std::error::Error) -> Problem {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let why = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    Problem::new("not-examined", Gravity::Error, format!("{what} could not be looked at: {why}"), "")
}

fn of_state(state: &State) -> Option<Problem> {
    let findings = check_state(state);
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let message = format!("the project has {errors} finding(s) that bar every write that does not mend them");
    (errors > 0).then(|| Problem::new("findings", Gravity::Error, message, "envctl check"))
}

fn of_branches(session: &Session, state: &State) -> Vec<Problem> {
    let Some(live) = &state.project.settings.branch else { return Vec::new() };
    let mut problems = Vec::new();
    match session.store.tip(live) {
        Ok(Some(_)) => {}
        Ok(None) => {
            let message = format!("the live branch {live} is not in this repository");
            let mend = format!("git branch {live} origin/{live}");
            problems.push(Problem::new("no-live-branch", Gravity::Warning, message, mend));
        }
        Err(error) => problems.push(unseen("the live branch", &error)),
    }
    if session.target.branch() != Some(live) {
        let message = format!("this checkout is not on {live}, which is live");
        problems.push(Problem::new("not-live", Gravity::Note, message, format!("git switch {live}")));
    }
    let locked = session.target.branch().and_then(|branch| session.store.branch_lock(branch));
    if let Some(lock) = locked.filter(|lock| lock.holder.is_none()) {
        let mend = format!("rm {}", lock.path.display());
        problems.push(Problem::new("branch-locked", Gravity::Error, lock.to_string(), mend));
    }
    problems
}

fn of_signing(session: &Session, state: &State) -> Option<Problem> {
    let required = state.project.access.as_ref().is_some_and(|access| access.signatures == Signatures::Required);
    let signs = session.store.setting_bool("commit.gpgsign") == Some(true)
        && session.store.setting("gpg.format").as_deref() == Some("ssh");
    let message = "the project demands signatures, and git is not set to sign with SSH here";
    let mend = "git config gpg.format ssh && git config commit.gpgSign true && git config user.signingKey KEY.pub";
    (required && !signs).then(|| Problem::new("not-signing", Gravity::Warning, message, mend))
}

/// What is different between the tip, the index and the work tree.
fn of_checkout(session: &Session, committed: &Snapshot) -> Vec<Problem> {
    if session.store.is_bare() {
        return Vec::new();
    }
    let staged = match session.store.staged(&session.folder) {
        Ok(staged) => staged,
        Err(error) => return vec![unseen("what is staged", &error)],
    };
    let present = match session.store.work_tree_snapshot(&session.folder) {
        Ok(present) => present,
        Err(error) => return vec![unseen("the work tree", &error)],
    };
    let mut problems = Vec::new();
    let differing = |one: &Snapshot, other: &Snapshot| -> BTreeSet<String> {
        let paths = one.entries.keys().chain(other.entries.keys());
        let content = |snapshot: &Snapshot, path: &String| snapshot.entries.get(path).map(|entry| entry.content);
        paths.filter(|path| content(one, path) != content(other, path)).cloned().collect()
    };
    let of_index = differing(committed, &staged);
    let untracked = |path: &&String| !staged.entries.contains_key(*path);
    let of_disk = differing(&staged, &present);
    let (new, edited): (Vec<&String>, Vec<&String>) = of_disk.iter().partition(untracked);
    let mut note = |code, gravity, what: &str, paths: Vec<&String>, mend: &str| {
        if let Some(first) = paths.first() {
            let more = if paths.len() > 1 { format!(" and {} more", paths.len() - 1) } else { String::new() };
            problems.push(Problem::new(code, gravity, format!("{what}: {first}{more}"), mend));
        }
    };
    note(
        "staged",
        Gravity::Note,
        "staged, and live only once it is committed",
        of_index.iter().collect(),
        "git diff --staged",
    );
    note("edited", Gravity::Note, "edited, and not staged", edited, "git diff");
    let new: Vec<&String> = new.into_iter().filter(|path| OwnedPath::parse(path).is_some()).collect();
    note(
        "untracked",
        Gravity::Warning,
        "in a folder of envctl's, and not in git",
        new,
        "git add, or move it elsewhere",
    );
    problems
}

fn of_attributes(session: &Session, tip: CommitId) -> Option<Problem> {
    let text = match session.store.file(tip, &session.folder, ATTRIBUTES) {
        Ok(Some(content)) => session.store.content(content).unwrap_or_default(),
        Ok(None) => Vec::new(),
        Err(error) => return Some(unseen(ATTRIBUTES, &error)),
    };
    let missing = lacks_attributes(&text)?;
    let message = format!("{ATTRIBUTES} lacks the line `{missing}`, so git may convert what is served");
    let mend = format!("echo '{missing}' >> {}", session.folder.join(ATTRIBUTES));
    Some(Problem::new("attributes", Gravity::Warning, message, mend))
}

fn of_hook(store: &Store, folder: &ProjectFolder, hook: GitHook) -> Option<Problem> {
    let path = store.hook_path(hook).display().to_string();
    let mend = format!("envctl hooks install {hook}");
    let problem = |code, gravity, message: String| Problem::new(code, gravity, message, mend.clone());
    match store.hook_state(hook, folder) {
        HookState::Installed => None,
        // Which hooks somebody wants is theirs to say, and a pre-receive hook is of use on a server only.
        HookState::Absent => None,
        HookState::Outdated => {
            let message = format!("the hook {hook} was written by another envctl, or for another folder: {path}");
            Some(problem("hook-outdated", Gravity::Warning, message).remedy(Remedy::RenewHook(hook)))
        }
        HookState::Disabled => {
            let message = format!("git passes over the hook {hook}, since it may not be run: {path}");
            Some(problem("hook-disabled", Gravity::Warning, message).remedy(Remedy::RenewHook(hook)))
        }
        HookState::Foreign => {
            let message = format!("the hook {hook} is somebody else's, so envctl is not asked: {path}");
            let mend = format!("add a line to it: {} || exit 1", hook.command());
            Some(Problem::new("hook-foreign", Gravity::Note, message, mend))
        }
    }
}
