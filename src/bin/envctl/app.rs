//! One run of the program: its output, its global options, and how it ends.

use std::path::PathBuf;

use envctl::model::{BranchName, CommitId, Tense};
use envctl::ops::{Moment, Selection, Session, View};
use envctl::store::{Discovery, ProjectFolder, Store};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Map;

use crate::context::Context;
use crate::error::Failure;
use crate::exit::Exit;
use crate::moment;
use crate::options::{At, Global};
use crate::process::Process;
use crate::render::when::{self, When};
use crate::render::{Table, count, json};
use crate::ui::{Format, Interactivity, Output, Prompting, StandardStreams, Verbosity};

pub use crate::answer::Answer;
use crate::answer::fields;

/// One run of the program.
pub struct App {
    /// Where it writes.
    pub output: Output,
    /// The process that it runs in: arguments, variables, clock, identity.
    pub process: Process,
    /// Whether the user may be asked.
    pub prompting: Prompting,
    /// Whether a change has landed: then the exit code says so, even if the answer cannot be written.
    pub landed: bool,
    global: Global,
    /// The moment that was asked for.
    moment: Option<Timestamp>,
    /// Where the answer comes from, once that is known; failures include it too.
    context: Option<Context>,
}

impl App {
    /// Returns the answer of a command that succeeded. `body` is used only with --json.
    pub fn done(&self, body: &impl Serialize) -> Answer {
        Answer {
            exit: Exit::Done,
            body: if self.json() {
                fields(body)
            } else {
                Map::new()
            },
            failure: None,
        }
    }

    /// Returns a run with these global options.
    pub fn new(process: Process, global: &Global) -> Self {
        let streams = StandardStreams::look(|name| process.variable(name));
        let format = if global.json {
            Format::Json
        } else {
            Format::Text
        };
        let verbosity = match (global.quiet, global.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        };
        let prompting = Prompting::decide(Interactivity {
            stdin_terminal: streams.stdin_terminal,
            stderr_terminal: streams.stderr_terminal,
            ci: process.variable("CI").is_some(),
            no_input: global.no_input || global.json,
        });
        let output = Output::new(&streams, global.color, format, verbosity);
        Self {
            output,
            process,
            prompting,
            landed: false,
            global: global.clone(),
            moment: None,
            context: None,
        }
    }

    /// Reports whether the answer is JSON. If so, nothing else may be written to stdout.
    pub fn json(&self) -> bool {
        self.output.format() == Format::Json
    }

    /// Writes to stdout, unless the answer is JSON.
    pub fn answer(&mut self, text: impl std::fmt::Display) {
        if !self.json() {
            self.output.answer(text);
        }
    }

    /// Writes a table to stdout, unless it is empty or the answer is JSON.
    pub fn answer_table(&mut self, table: &Table) {
        if !table.is_empty() {
            self.answer(table.render(self.output.medium()));
        }
    }

    /// Returns the folder that relative paths start from: that of `-C`, else the current one.
    pub fn folder(&self) -> anyhow::Result<PathBuf> {
        let current = self.process.folder()?;
        let Some(directory) = &self.global.directory else {
            return Ok(current);
        };
        let folder = current.join(directory);
        let why = match std::fs::metadata(&folder) {
            Ok(there) if there.is_dir() => return Ok(folder),
            Ok(_) => "it is not a folder".to_owned(),
            Err(error) => error.to_string(),
        };
        let message = format!("cannot go to {}, named with -C: {why}", folder.display());
        Err(Failure::new(Exit::Error, "no-such-folder", message).into())
    }

    /// Returns the branch that was named with --branch.
    pub fn branch(&self) -> Option<&BranchName> {
        self.global.branch.as_ref()
    }

    /// Reports whether the project's folder was named, so that it is not searched for.
    pub fn names_project(&self) -> bool {
        self.global
            .project
            .as_ref()
            .is_some_and(|project| !project.as_os_str().is_empty())
    }

    /// Opens the repository here.
    pub fn store(&self) -> anyhow::Result<Store> {
        // Inside a hook, git has already found the repository and the index that is about to be
        // committed (not the usual one under `git commit -a`), and passes both on. Otherwise a
        // folder that was named wins.
        let is_set = ["GIT_DIR", "GIT_INDEX_FILE"]
            .iter()
            .any(|name| self.process.variable(name).is_some());
        let from_git = self.global.directory.is_none() && is_set;
        let folder = self.folder()?;
        let discovery = if from_git {
            Discovery::Variables
        } else {
            Discovery::From(&folder)
        };
        Ok(Store::open_in(discovery, &self.process.git_environment())?)
    }

    /// Returns the project's folder as it was named on the command line, by a variable or in git's settings.
    pub fn named_project(&self, store: &Store) -> anyhow::Result<Option<PathBuf>> {
        let named = self
            .global
            .project
            .clone()
            .filter(|project| !project.as_os_str().is_empty());
        match named {
            Some(named) => Ok(Some(named)),
            None => Ok(store.setting("envctl.project")?.map(PathBuf::from)),
        }
    }

    /// Returns the folder of a project that is not committed yet: the one that was named, else the root.
    pub fn staged_folder(&self, store: &Store) -> anyhow::Result<ProjectFolder> {
        match self.named_project(store)? {
            None => Ok(ProjectFolder::root()),
            Some(named) => Ok(store.folder_of(&self.folder()?.join(named))?),
        }
    }

    /// Opens the project here.
    pub fn session(&mut self) -> anyhow::Result<Session> {
        let store = self.store()?;
        self.session_among(store, &[])
    }

    /// Opens the project in the current folder, from the branch or else from one of `others`.
    pub fn session_among(&mut self, store: Store, others: &[CommitId]) -> anyhow::Result<Session> {
        let selection = self.selection(&store)?;
        Ok(Session::open_among(store, &selection, others)?)
    }

    /// Returns the project and the branch of `store` that the command is about.
    pub fn selection(&self, store: &Store) -> anyhow::Result<Selection> {
        let (start, project) = (self.folder()?, self.named_project(store)?);
        Ok(Selection {
            start,
            project,
            branch: self.global.branch.clone(),
            now: self.process.now(),
        })
    }

    /// Returns what `text` asks for: a moment, which is printed and is part of the answer, or a revision.
    ///
    /// # Errors
    ///
    /// When it is a moment on the other side of the present than `tense` says.
    pub fn moment(&mut self, text: Option<&str>, tense: Tense) -> anyhow::Result<Option<Moment>> {
        let Some(text) = text else {
            return Ok(None);
        };
        let moment = moment::parse(text, &self.process.present(), tense)?;
        if let Moment::Time(at) = moment {
            self.output.say(format!("as of {}", when::rfc3339(at)));
            self.moment = Some(at);
        }
        Ok(Some(moment))
    }

    /// Returns the project as of `at`, and warns if parts of it cannot be read, because the answer is then incomplete.
    pub fn view(&mut self, session: &Session, at: &At) -> anyhow::Result<View> {
        let moment = self.moment(at.at.as_deref(), Tense::Past)?;
        self.view_at(session, moment.as_ref())
    }

    /// Returns the same as [`App::view`], for a moment that has already been read.
    pub fn view_at(&mut self, session: &Session, moment: Option<&Moment>) -> anyhow::Result<View> {
        let view = session.view(moment)?;
        if !view.state.findings.is_empty() {
            let what = count(view.state.findings.len(), "finding");
            self.output.warn(format!(
                "unreadable parts are not shown ({what}): see envctl check"
            ));
        }
        Ok(view)
    }

    /// Returns where an answer comes from, and prints a message if that is not the live branch.
    pub fn context(&mut self, session: &Session, settings_branch: Option<&BranchName>) -> Context {
        let branch = session.target.branch().cloned();
        self.output.detail(format!(
            "repository {}",
            session.store.common_directory().display()
        ));
        self.output.detail(format!("project {}", session.folder));
        let live = branch.as_ref() == settings_branch;
        if let (false, Some(live)) = (live, settings_branch) {
            let here = branch
                .as_ref()
                .map_or_else(|| "a detached HEAD".to_owned(), ToString::to_string);
            self.output.say(format!("on {here}; live is {live}"));
        }
        let context = Context {
            project: session.folder.to_string(),
            branch,
            live,
            at: self.moment.map(When),
        };
        self.context = Some(context.clone());
        context
    }

    /// Ends the run of the command `name`: writes the JSON or the failure, and returns the exit code.
    pub fn finish(mut self, name: &str, result: anyhow::Result<Answer>) -> Exit {
        let answer = result.unwrap_or_else(|error| {
            let context = self.context.as_ref().map(fields).unwrap_or_default();
            Answer {
                exit: Exit::Done,
                body: context,
                failure: None,
            }
            .failed(Failure::of(error))
        });
        let Answer {
            exit,
            body,
            failure,
        } = answer;
        if let Some(failure) = &failure {
            failure.show(&mut self.output);
        }
        if self.json() {
            let error = failure.as_ref().map(Failure::body);
            match json::document(name, exit, &body, error.as_ref()) {
                Ok(document) => self.output.answer(document),
                Err(error) => self.output.error(error),
            }
        }
        match self.output.finish() {
            Ok(()) => exit,
            Err(error) => {
                self.output
                    .error(format!("cannot write to stdout: {error}"));
                // What the exit code says about the repository matters more than that the answer was cut off.
                if exit == Exit::Done && !self.landed {
                    Exit::Error
                } else {
                    exit
                }
            }
        }
    }
}
