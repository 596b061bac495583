//! Where a change is pushed to, and the session of a command that changes the project.

use std::time::Duration;

use envctl::model::{BranchName, RemoteName, TimeSpan};
use envctl::ops::{Session, Upstream, WriteError};
use envctl::store::{GitRunner, Head, RemoteBranch, Store};

use super::writing::{WriteArgs, hooks};
use crate::app::App;
use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;

/// How long git may take to fetch, and to push, unless `envctl.pushTimeout` says otherwise.
const PATIENCE: Duration = Duration::from_secs(120);
/// What may take its place, in the environment and in git's settings.
const PATIENCE_VARIABLE: &str = "ENVCTL_PUSH_TIMEOUT";
const PATIENCE_SETTING: &str = "envctl.pushTimeout";

/// Opens the project here for a change, which is pushed if `args` say so, with what its answer says of where that happened.
pub fn start(app: &mut App, args: &WriteArgs) -> anyhow::Result<(Session, Context)> {
    let session = session(app, args)?;
    let branch = session.view(None)?.state.project.settings.branch;
    let context = app.context(&session, branch.as_ref());
    Ok((session, context))
}

/// The project here, as a change finds it that is pushed if `args` say so.
pub fn session(app: &mut App, args: &WriteArgs) -> anyhow::Result<Session> {
    match &args.push {
        None => app.session(),
        Some(remote) => {
            let store = app.store()?;
            session_with(app, store, remote.as_ref(), args)
        }
    }
}

/// The project here, as a change finds it that is pushed to `remote`.
pub fn session_with(
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
    let operation = app.world.operation(&store, hooks(args))?;
    let selection = app.selection(&store)?;
    Session::open_to_push(store, &selection, upstream, &operation).map_err(|error| match error {
        WriteError::Read(error) => error.into(),
        error => error.into(),
    })
}

/// The branch of `remote`, or of the one that `git push` would take, that `branch` is pushed to.
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
        withheld: app.world.git_variables(),
    };
    Ok(Upstream {
        place,
        runner,
        request: app.world.command_line(),
    })
}

fn no_remote(name: Option<&RemoteName>) -> Failure {
    match name {
        Some(name) => Failure::new(Exit::Error, "no-such-remote", format!("no remote `{name}`"))
            .hint("`git remote` lists the remotes"),
        None => Failure::new(
            Exit::Error,
            "no-such-remote",
            "no remote to push to: there is none, or there are several",
        )
        .hint("name one, with --push=REMOTE, or for good: git config remote.pushDefault REMOTE")
        .hint("`git remote add origin URL` adds one"),
    }
}

fn patience(app: &App, store: &Store) -> anyhow::Result<Duration> {
    let variable = app.world.variable(PATIENCE_VARIABLE);
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
            .hint("such as 30s or 5m")
    };
    let span: TimeSpan = text.parse().map_err(|error| wrong(format!("{error}")))?;
    if span.is_zero() {
        return Err(wrong("no time at all is too little".to_owned()).into());
    }
    Ok(Duration::from_secs(span.seconds().into()))
}
