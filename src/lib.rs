//! envctl keeps the environments of an LLM-gateway project in git: what is live where, and every promotion a commit.
//!
//! The library is there for the program `envctl` and its tests. It is not published, and its API changes without notice; others
//! build on the commands, their JSON and the files, whose schemas `envctl schema` prints.
//!
//! This page is the map of the house. Data flows one way, a decision lives in one place, and a file's name says what is
//! inside.
//!
//! ```text
//!             src/bin/envctl/     clap · dialoguer · comfy-table · annotate-snippets · anyhow
//!             main → cli → commands/* → ops → render/*, ui/*
//!   ──────────────────────────── the binary sees only this crate's public API ────────────────────────────
//!   ops       use cases over a session: write, judge, check_range, history, diff, review, log, sync, doctor, render …
//!   store     git: tree/ history/ write/ checkout/ lock/ remote/ hooks/ replace/      (git2 lives only here)
//!   plan      intent + state → edits, message, moves                                        pure
//!   check     the judge: rules over a state, rules over a step between two                   pure
//!   policy    may this move happen, and if not yet, when; may this person do this            pure
//!   gateway   environments as the configurations that gateways read, and back                pure
//!   files     text ⇄ model; places → line and column                     (toml)              pure
//!   diag      findings, codes, places                                                        pure
//!   model     slugs, environments, pointers, versions, policies, access, changes             std, serde, jiff
//! ```
//!
//! An arrow only points down. Pure means: no I/O, no clock, no environment; the same input gives the same output in the same
//! order. The library never prints, never asks, and reads neither the environment nor the clock: identity and time are
//! arguments that the binary looks up once, in its `process`. `clippy.toml` and `tests/architecture` hold these walls.
//!
//! # The three seams
//!
//! - [`check::check_transition`] is the only judge. The write path and `envctl check` call exactly this, on the bytes as they
//!   will be, or were, committed. What was wrong before holds a write up until something mends it, but not
//!   [a return](policy::only_goes_back) to what was live right before; what is wrong with the rules of a move is wrong with the move.
//! - [`store::Turn::swap`] is the only way to move a branch: it moves if it is still where it was expected, or says where it is.
//! - [`ops::write`] is the only writer: tip and its files → parse → plan → edits *as text* → parse the new text again → judge
//!   → objects → swap; when the swap is lost, all of it again on the new tip. What happens before the swap leaves only
//!   unreachable objects behind; what follows it can be made up for by the next process.
//!
//! # How a promotion runs through the house
//!
//! `commands/promote.rs` turns its arguments into a [`plan::Promotion`] and hands [`plan::promote`] to [`ops::write`]
//! as the intent. There [`ops::Session`] reads the tip through [`store::Store::snapshot`] into a [`files::Snapshot`], which
//! lists versions without their bytes. [`files::State::read`] parses the files that decide into a [`model::Project`], reads
//! what the rules and providers say that are live somewhere, and the intent makes a [`plan::Plan`]. [`policy::judge()`] says
//! what the policies make of its moves, and [`plan::settle`] turns it into a request where somebody has to approve.
//! [`files::apply`] turns the plan's edits into new texts, [`check::check_transition`] judges them,
//! [`store::Store::write_commit`] writes the objects, and a [`store::Turn`] swaps the branch and lets the checkouts follow.
//!
//! # How it is pushed
//!
//! With an [`ops::Upstream`] the same write moves the remote's branch first. [`store::Store::fetch`] asks where that is; what
//! only the branch here has is [picked](store::Store::pick) onto it and judged again; the plan is made, judged and committed
//! on that; [`store::Store::push`] sends it on condition that the remote's branch has not moved. What git says of that is not
//! believed unless it says that it landed: the remote is asked again. Only then does a [`store::Turn`] let the branch here
//! follow. [`ops::sync`] is the same with nothing of its own to write.
//!
//! # How a range of commits is judged
//!
//! [`ops::check_range`] walks the first-parent line, oldest commit first: [`store::Store::advance`] reads what changed,
//! [`files::State::after`] parses that, and [`check::check_transition`] judges the step by the rules of the state before it.
//! A base that a merge took in as a later parent is on another line than the head: it is gone on from only where neither line
//! has touched the project, or where a merge by somebody who manages it puts the first line back.
//! Commits are read strictly ([`store::StrictCommit`]), since an identity that two programs read differently is none. What a
//! merge takes from a branch has [origins](policy::Origins): the commits that set it there, whose authors answer for it. The
//! commits of a branch that is not live yet are judged by the rules that are ([`check::Stand::Branch`]): who may do what, what
//! was approved, what holds in every state; whether pointers may move is judged where they become live.
//!
//! What a pull request does when it lands depends on how: by a merge, a squash, a rebase or a fast-forward
//! ([`ops::LandingWay`]). What a forge would make is made in memory ([`store::Drafts`]) and judged by the same walk along the
//! line, with the rules of its base ([`check::Stand::Landing`]).
//!
//! # What versions say
//!
//! A [`model::Project`] knows which versions there are, and nothing of what they say. That is read through
//! [`files::Payloads`], which the store implements, and [`files::PayloadTexts`] for texts that are about to be written. A
//! payload that cannot be read is an error of the operation, so one that was not read never passes for one that is sound or
//! absent. What it says depends on its bytes and its kind alone, and is remembered by the name of its bytes: equal bytes are
//! parsed once.
//!
//! A [`files::State`] is a project with exactly what is live of its rules and providers, and is the same whichever way it was
//! reached. What a step brings beside that (versions that are new or altered, prompts that begin to be served, what a request
//! asks for) the judge asks for by [question](policy::Question), because only it knows, and stays pure: what nobody has
//! answered is a question and never a verdict. [`check::check_versions`] looks at every version, live or not.
//!
//! # What verdicts know of the past
//!
//! Since when a version is live, what was live before, who asked for a release, which variables a prompt has: a verdict may
//! need any of it and mostly needs none. So the judge is given plain [`policy::Facts`], and where they do not reach far enough
//! it answers with [questions](policy::Question) instead of a report. [`policy::PastFacts`] answers them, and asks the judge
//! again until nothing is open; that loop exists once.
//!
//! Each fact is found in one place, so a write, a range however it is cut, `blame` and `log` give it one answer:
//!
//! - *Since when a version is live*: [`ops::History`] follows the files of an environment along the first-parent line, only as
//!   far back as a question asks. [`policy::Before`] decides where a stretch begins. A walk along a range asks the same
//!   history, whose end it moves from commit to commit; what was found at an older end stays known.
//! - *Who asked, who set a pointer*: [`ops::History`] finds the commit with which it came to the line. If that is a merge, the
//!   commits that the merge brings are gone through, oldest first, and [`policy::Taken`] decides at each merge which side it has
//!   the entry from. A range decides by the same rule for all entries that a merge changes, its [origins](policy::Origins).
//! - *Which variables a text has*: the text is read by the name of its bytes, and only where a policy is about it.
//!
//! Order is ancestry; time is the effective time of commits ([`ops::TimedLine`]), which never steps back.
//!
//! # The binary
//!
//! `main` has `cli` read the command line, which has the groups of commands and the words around them; `options` has what
//! several commands take, and `usage` answers where a line names no command to run. What a run has once is made in `app` and
//! handed on from there: what was told for every command, the `process` (arguments, environment, clock, identity), the output,
//! the way to a session. `commands/` has one file a command, with its arguments, which are its help, and a `run`; a command of
//! several parts has a folder with its name, where arguments and whatever the parts share are files of their own, so that no
//! part needs the file that calls it. A command that changes the project implements `writing/command`: its plan and its words;
//! `writing/runner` opens, judges, shows, asks, writes and answers for all of them.
//!
//! Each error of the library says itself what it means: a class, a code and hints ([`model::Advice`]). `error/classes` makes an
//! `error/failure` of it, and only `exit` knows the numbers. `render/` writes data in one form a file, reports in
//! `render/report/`; `ui/` is the terminal.
//!
//! # Findings and errors
//!
//! A [finding](diag::Finding) says that *content* is wrong: a code, a severity, a place, what is wrong, what helps. There
//! can be many at once. An error says that an *operation* failed; each module has its own enum, with the class, the code and the
//! hints of each variant in the file `advice.rs` beside it. A refused write is an error
//! that carries the judge's report. Every code is explained in `src/diag/codes/`, which is what `envctl explain` prints.
//!
//! # Glossary
//!
//! One word for one thing, in the code as in what people read.
//!
//! - **resource**: a prompt, a routing rule or a provider: a kind and a name, as `prompts/support-router`.
//! - **version**: the immutable bytes of a resource under a number. Of a routing rule it is called *release*, of a provider
//!   *activation*; the word release means nothing else in the code.
//! - **environment**: a slug with a description, a policy and pointers.
//! - **pointer**: which version of a resource is live in an environment.
//! - **live**: what the pointers on the tip of the live branch say; **served** is what a gateway gets, the fallback included.
//! - **move**: one pointer before and after: forward, back, a first version, or a removal ([`model::Move`]).
//! - **role of an environment**: gateway fallback or default publish target, each held by one ([`files::EnvironmentRole`]).
//! - **policy**: what an environment demands of moves into it; a table of keys ([`model::PolicyKey`]).
//! - **rule**: what the judge finds broken, under a **code**. Rules of policies are in [`policy`], all others in [`check`].
//! - **state**: a project as the files of one commit say it ([`files::State`]). A **step** leads from one state to the next.
//! - **transition**: a step with its commit and the facts, as it is judged ([`check::Transition`]).
//! - **judge**: [`check::check_transition`]. What it says of a step is a **report** of findings; of a move, a **verdict**.
//! - **finding**: content is wrong. **Error**: an operation failed. **Denial**: somebody lacks a permission.
//! - **request**, or pending release: moves that are written down and wait for approval; who made it **asked**.
//! - **settle**: to turn a plan into moves, or into a request where the policy demands one ([`plan::settle`]).
//! - **origin**: the commit that set an entry which a merge took from a branch, whose author answers for it.
//! - **line**: a commit and its first parents. **Effective time**: the latest date along it, which never steps back.
//! - **stretch**: for how long a version has been live without a break; **dwell** is what a policy demands of it.
//! - **rolled back**: marked by a return to an older version; it does not come again unnoticed.
//! - **session**: a store, a branch or a commit, and how it is written to ([`ops::Session`]).
//! - **turn**: the right to move a branch and let its checkouts follow ([`store::Turn`]); a **swap** moves it.
//! - **payload**: what the bytes of a version say, once parsed ([`files::Payloads`]).
//!
//! # Where new things go
//!
//! `CONTRIBUTING.md` walks through the most frequent ones, file by file.
//!
//! - A rule: a file in `src/check/rules/`, a row in its table, a code with its text in `src/diag/codes/`, states that keep and
//!   break it in `fixtures/rules/<code>/`. A test compares the four.
//! - A rule of policies: a file in `src/policy/rules/` with its evaluation, its words, and the moves that it applies to; a row
//!   in `rules/mod.rs`; its key in the table of `src/model/policy_key.rs`, which the files, `envctl policy` and the help are
//!   driven by; a code with its text, and fixtures, as above. Nothing else: [`check`] makes findings of all verdicts alike.
//! - A command: a file in `src/bin/envctl/commands/`, its row in the table of `commands/mod.rs`, under a heading of the help, and a
//!   use case in `ops`.
//! - A format of reports: a file in `src/bin/envctl/render/report/`, its name in the list of formats in `report/mod.rs`, its
//!   call in `commands/check/shown.rs`.
//! - A key of an environment: a field of [`model::Environment`] and a row in the table of `src/model/environment_key.rs`, which
//!   the file, its schema, `envctl env`, its JSON and `diff` are driven by; its name in `src/bin/envctl/help/files.md`.
//! - A key of another file: its reader in `src/files/`, its limits as a type in `model`, and the key in `src/files/schemas.rs`.
//! - A field of an answer: in the body of the command, with one word for one thing (a test compares the words of all
//!   answers); a new answer also has a row in `commands/schema/answers.rs`. Every answer of the test suite is validated.
//! - A flag that takes a time: [`model::moment()`] reads it, and [`model::Tense`] says on which side of the present it lies.
//! - A file or folder of the project: its name in `src/files/owned.rs`, what its path means in `path.rs` beside it.
//! - Something that git is asked or told: a file in the folder of `src/store/` that has the job (`tree`, `history`, `write`,
//!   `checkout`, `lock`, `remote`, `hooks`, `replace`); the table in [`store`] says which.
//!
//! Inside of a layer, a file imports from the file that defines what it needs, never from the list in `mod.rs`, which is for
//! the other layers. No two files use each other, not even by way of others: what both need stands in a file below them.
//! `tests/architecture/cycles.rs` resolves every path in the library and in the binary to the file that defines its end, and
//! names what ties a cycle together.

pub mod check;
pub mod diag;
pub mod files;
pub mod gateway;
pub mod model;
pub mod ops;
pub mod plan;
pub mod policy;
pub mod store;
