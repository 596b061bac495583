//! The session of a command that changes the project, and where the change is pushed to.

use std::time::Duration;

use envctl::model::{BranchName, Project, RemoteName, TimeSpan};
use envctl::ops::{Session, Upstream, WriteError};
use envctl::store::{GitRunner, Head, RemoteBranch, Store};

use super::arguments::WriteArgs;
use crate::app::App;
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;

/// How long git may take to fetch, and to push, unless `envctl.pushTimeout` says otherwise.
const PATIENCE: Duration = Duration::from_secs(120);
/// The variable and the git setting that override it.
const PATIENCE_VARIABLE: &str = "ENVCTL_PUSH_TIMEOUT";
const PATIENCE_SETTING: &str = "envctl.pushTimeout";

/// The project, opened for a change, and where it is.
pub struct ChangeSession {
    /// The session.
    pub session: Session,
    /// Where the answer comes from.
    pub context: Context,
    /// The project before the change.
    pub project: Project,
}

impl ChangeSession {
    /// Opens the project here for a change, which is pushed if `args` say so.
    ///
    /// # Errors
    ///
    /// When there is no project, or it cannot be read.
    pub fn open(app: &mut App, args: &WriteArgs) -> anyhow::Result<Self> {
        let session = session(app, args)?;
        Self::of(app, session)
    }

    /// Returns what a change in `session` needs.
    ///
    /// # Errors
    ///
    /// When the project cannot be read.
    pub fn of(app: &mut App, session: Session) -> anyhow::Result<Self> {
        let project = session.view(None)?.state.project;
        let context = app.context(&session, project.settings.branch.as_ref());
        Ok(Self {
            session,
            context,
            project,
        })
    }
}

/// Opens a session here; the change is pushed if `args` say so.
///
/// # Errors
///
/// When there is no project, or it cannot be read.
pub fn session(app: &mut App, args: &WriteArgs) -> anyhow::Result<Session> {
    match &args.push {
        None => app.session(),
        Some(remote) => {
            let store = app.store()?;
            session_with(app, store, remote.as_ref(), args)
        }
    }
}

/// Opens a session whose changes are pushed to `remote`.
fn session_with(
    app: &mut App,
    store: Store,
    remote: Option<&RemoteName>,
    args: &WriteArgs,
) -> anyhow::Result<Session> {
    let branch = match (app.branch(), store.head()?) {
        (Some(branch), _) => branch.clone(),
        (None, Head::Branch(branch)) => branch,
        (None, Head::Detached(_)) => return Err(WriteError::Detached.into()),
    };
    let upstream = upstream(app, &store, &branch, remote)?;
    let operation = app.process.operation(&store, args.hooks())?;
    let selection = app.selection(&store)?;
    // An error that a session without a remote would have as well is told in the same words, with
    // the same exit code.
    Session::open_to_push(store, &selection, upstream, &operation).map_err(|error| match error {
        WriteError::Read(error) => error.into(),
        error => error.into(),
    })
}

/// Returns what `branch` is pushed to: the branch of the same name at `remote`, or at the remote
/// that `git push` would use.
pub fn upstream(
    app: &App,
    store: &Store,
    branch: &BranchName,
    remote: Option<&RemoteName>,
) -> anyhow::Result<Upstream> {
    let Some(found) = store.remote(remote, branch)? else {
        return Err(no_remote(remote).into());
    };
    let place = RemoteBranch {
        remote: found,
        branch: branch.clone(),
    };
    let runner = GitRunner {
        patience: patience(app, store)?,
        withheld: app.process.git_variables(),
    };
    Ok(Upstream {
        place,
        runner,
        request: app.process.command_line(),
    })
}

fn no_remote(name: Option<&RemoteName>) -> Failure {
    match name {
        Some(name) => Failure::new(Exit::Error, "no-such-remote", format!("no remote `{name}`"))
            .hint("`git remote` lists the remotes"),
        None => Failure::new(
            Exit::Error,
            "no-such-remote",
            "no remote to push to: there is none, or more than one",
        )
        .hint("pass --push=REMOTE, or choose one for good: git config remote.pushDefault REMOTE")
        .hint("`git remote add origin URL` adds one"),
    }
}

fn patience(app: &App, store: &Store) -> anyhow::Result<Duration> {
    let variable = app.process.variable(PATIENCE_VARIABLE);
    let told = variable.map(|value| (PATIENCE_VARIABLE, value.to_string_lossy().into_owned()));
    let set = || -> anyhow::Result<_> {
        let set = store.setting(PATIENCE_SETTING)?;
        Ok(set.map(|text| (PATIENCE_SETTING, text)))
    };
    let Some((name, text)) = told.map_or_else(set, |told| Ok(Some(told)))? else {
        return Ok(PATIENCE);
    };
    let wrong = |why: String| {
        Failure::new(Exit::Usage, "push-timeout", format!("{name}: {why}"))
            .hint("write it as 30s or 5m")
    };
    let span: TimeSpan = text.parse().map_err(|error| wrong(format!("{error}")))?;
    if span.is_zero() {
        return Err(wrong("the time must be longer than zero".to_owned()).into());
    }
    Ok(Duration::from_secs(span.seconds().into()))
}
