//! envctl keeps the environments of an LLM-gateway project in git: what is live where, and every promotion a commit.
//!
//! The library exists for the program `envctl` and its tests. It is not published, and its API changes without notice. Others
//! build on the commands, their JSON and the files, whose schemas `envctl schema` prints.
//!
//! This page describes the architecture. Data flows in one direction, each decision is made in one place, and a file's name
//! says what it contains.
//!
//! ```text
//!             src/bin/envctl/     clap · dialoguer · comfy-table · annotate-snippets · anyhow
//!             main → cli → commands/* → ops → render/*, ui/*
//!   ──────────────────────────── the binary sees only this crate's public API ────────────────────────────
//!   ops       use cases over a session: write, judge, check_range, history, diff, review, log, sync, doctor, render …
//!   store     git: tree/ history/ write/ checkout/ lock/ remote/ hooks/ replace/      (only here is git2 used)
//!   plan      intent + state → edits, message, moves                                        pure
//!   check     the judge: rules about a state, rules about a transition                       pure
//!   policy    may this move happen, and if not yet, when; may this person do this            pure
//!   gateway   environments as the configurations that gateways read, and back                pure
//!   files     text ⇄ model; places → line and column                     (toml)              pure
//!   diag      findings, codes, places                                                        pure
//!   model     slugs, environments, pointers, versions, policies, access, changes             std, serde, jiff
//! ```
//!
//! A layer uses only the layers below it. Pure means: no I/O, no clock, no environment, and the same input gives the same
//! output in the same order. The library never prints, prompts, or reads the environment or the clock: identity and time are
//! arguments that the binary determines once, in its `process`. `clippy.toml` and `tests/architecture` enforce all this.
//!
//! # The three central interfaces
//!
//! - [`check::check_transition`] is the only judge. The write path and `envctl check` both call it, on the bytes as they will
//!   be, or were, committed. An old error blocks a write that fixes nothing, except
//!   [a return](policy::only_goes_back) to what was live right before. An error in the rules for a move always blocks the move.
//! - [`store::Turn::swap`] is the only way to move a branch. It moves the branch if it is still where it was expected, and
//!   otherwise returns where it is.
//! - [`ops::write`] is the only writer: tip and its files → parse → plan → edits *as text* → parse the new text again → judge
//!   → objects → swap. If the swap is lost, all of it is repeated on the new tip. Everything before the swap leaves only
//!   unreachable objects behind; what follows it can be finished by the next process.
//!
//! # Where a promotion is judged, written and shown
//!
//! | step | where |
//! |---|---|
//! | its arguments and its words | `src/bin/envctl/commands/promote.rs` |
//! | planned | `src/plan/promote.rs`: [`plan::promote`] |
//! | judged by the policies | `src/policy/judge.rs`: [`policy::judge()`]; one rule per file in `src/policy/rules/` |
//! | made a request, where approval is required | `src/plan/request.rs`: [`plan::settle`] |
//! | judged as a whole | `src/check/mod.rs`: [`check::check_transition`]; one rule per file in `src/check/rules/` |
//! | written | `src/ops/write.rs`: [`ops::write`]; the branch moves in `src/store/lock/swap.rs` |
//! | shown before it is written | `src/bin/envctl/commands/moves.rs`: the table of moves |
//! | confirmed | `src/bin/envctl/commands/writing/confirmation.rs` |
//! | shown when it is done | `src/bin/envctl/commands/writing/outcome.rs`: text; `body.rs` beside it: JSON |
//! | shown when it is refused | `src/bin/envctl/error/failure.rs`; the findings in `src/bin/envctl/render/findings.rs` |
//!
//! `commands/promote.rs` turns its arguments into a [`plan::Promotion`] and passes [`plan::promote`] to [`ops::write`]
//! as the intent, by way of `commands/writing/runner.rs`, which plans, shows, asks and writes for all commands that change
//! something. [`ops::Session`] reads the tip through [`store::Store::snapshot`] into a [`files::Snapshot`], which
//! lists versions without their bytes. [`files::State::read`] parses the files that decide into a [`model::Project`] and reads
//! the rules and providers that are live. The intent makes a [`plan::Plan`]. [`policy::judge()`] gives the verdicts of the
//! policies on its moves, and [`plan::settle`] turns the plan into a request where somebody has to approve.
//! [`files::apply`] turns the plan's edits into new texts, [`check::check_transition`] judges them,
//! [`store::Store::write_commit`] writes the objects, and a [`store::Turn`] swaps the branch and updates the checkouts.
//!
//! # How a change is pushed
//!
//! With an [`ops::Upstream`] the same write moves the remote's branch first. [`store::Store::fetch`] asks where that branch is.
//! Unpushed local commits are [replayed](store::Store::pick) on it and judged again; then the change is planned, judged and
//! committed on top. [`store::Store::push`] sends it on condition that the remote's branch has not moved. Only an answer that
//! says that it landed is trusted; after any other answer the remote is asked again. Then a [`store::Turn`] lets the local branch
//! follow. [`ops::sync`] does the same without a change of its own.
//!
//! # How a range of commits is judged
//!
//! [`ops::check_range`] walks the first-parent line, oldest commit first: [`store::Store::advance`] reads what changed,
//! [`files::State::after`] parses it, and [`check::check_transition`] judges the step by the rules of the state before it.
//! A base that a merge took in as a later parent is on another line than the head. The walk continues from such a base only if
//! neither line has changed the project, or if a merge by somebody with `project:manage` restores the first line.
//!
//! Commits are read strictly ([`store::StrictCommit`]): an identity that two programs read differently does not count. What a
//! merge takes from a branch has [origins](policy::Origins): the commits that set it there, whose authors are responsible. The
//! commits of a branch that is not live yet are judged by the live rules ([`check::Stand::Branch`]): who may do what, what
//! was approved, what holds in every state. Whether pointers may move is judged where they become live.
//!
//! The effect of landing a pull request depends on how it lands: by a merge, a squash, a rebase or a fast-forward
//! ([`ops::LandingWay`]). The commits that a forge would make are made in memory ([`store::Drafts`]) and judged by the same walk
//! along the line, by the rules of its base ([`check::Stand::Landing`]).
//!
//! # How versions are read
//!
//! A [`model::Project`] knows which versions exist, but not their content. The content is read through
//! [`files::Payloads`], which the store implements, and through [`files::PayloadTexts`] for texts that are about to be written. A
//! payload that cannot be read is an error of the operation, so an unread payload never passes for a sound or missing one. What
//! a payload says depends only on its bytes and its kind, and is cached by the id of its bytes: equal bytes are parsed once.
//!
//! A [`files::State`] is a project with exactly the rules and providers that are live, no matter how it was reached. A step can
//! bring more: versions that are new or altered, prompts that begin to be served, moves that a request contains. The judge is
//! pure, so it asks for these by [question](policy::Question) and gives no verdict until all questions are answered.
//! [`check::check_versions`] checks every version, live or not.
//!
//! # How verdicts learn about the past
//!
//! Since when is a version live, what was live before, who requested a release, which variables does a prompt have: a verdict may
//! need any of these facts, and usually needs none. So the judge gets plain [`policy::Facts`], and if they do not suffice,
//! it returns [questions](policy::Question) instead of a report. [`policy::PastFacts`] answers them and asks the judge
//! again until no question is left. This loop exists once.
//!
//! Each fact is found in one place, so a write, a range however it is cut, `blame` and `log` get the same answer:
//!
//! - *Since when a version is live*: [`ops::History`] follows the files of an environment along the first-parent line, only as
//!   far back as a question requires. [`policy::Before`] decides where a stretch begins. A walk along a range uses the same
//!   history and moves its end from commit to commit; what was found at an older end stays known.
//! - *Who requested, who set a pointer*: [`ops::History`] finds the commit with which the entry came to the line. If that is a
//!   merge, the commits that it brings are read, oldest first, and [`policy::Taken`] decides at each merge from which side
//!   the entry was taken. A range decides by the same rule for all entries that a merge changes, its [origins](policy::Origins).
//! - *Which variables a text has*: the text is read by the id of its bytes, and only if a policy needs it.
//!
//! Order is ancestry; time is the effective time of commits ([`ops::TimedLine`]), which never steps back.
//!
//! # The binary
//!
//! `main` lets `cli` read the command line; `options` has the options that several commands share, and `usage` answers if no
//! command can be run. `app` creates what exists once per run and passes it on: the global options, the `process` (arguments,
//! environment, clock, identity), the output, and the way to a session. `commands/` has one file per command, with its
//! arguments, which are its help, and a `run`. A command of several parts has a folder with its name; arguments and whatever the
//! parts share are separate files there, so that no part needs the file that calls it. A command that changes the project
//! implements `WriteCommand` in `writing/command.rs`: its plan and its words. `writing/runner.rs` opens the session, plans,
//! judges, shows the plan, asks for confirmation, writes, and reports the outcome, for all of them.
//!
//! `commands/comment/` writes the comment on a pull request, for `check --pin-policy` and for `diff` of two commits: its parts
//! are files in the order of the page. It shows what the judge found, and decides nothing.
//!
//! Each error of the library has a class, a code and hints ([`model::Advice`]). `error/classes.rs` makes an
//! `error/failure.rs` of it, and only `exit` knows the numbers. `render/` has one file per form of output, for reports in
//! `render/report/`; `ui/` is the terminal.
//!
//! # Findings and errors
//!
//! A [finding](diag::Finding) says that *content* is wrong: a code, a severity, a place, what is wrong, what helps. There
//! can be many at once. An error says that an *operation* failed. Each module has its own enum; the file `advice.rs` beside it
//! has the class, the code and the hints of each variant. A refused write is an error that carries the judge's report. Every code
//! is explained in `src/diag/codes/`, which is what `envctl explain` prints.
//!
//! # Glossary
//!
//! One word for one thing, in the code as in what people read.
//!
//! - **resource**: a prompt, a routing rule or a provider; written as kind and name, such as `prompts/support-router`.
//! - **version**: the immutable bytes of a resource under a number. A version of a routing rule is called *release*, one of a
//!   provider *activation*. Apart from *pending release*, the word release means nothing else.
//! - **environment**: a slug with a description, a policy and pointers.
//! - **pointer**: says which version of a resource is live in an environment.
//! - **live**: what the pointers on the tip of the live branch say. **Served**: what a gateway gets, including the fallback.
//! - **move**: one pointer before and after: forward, back, a first version, or a removal ([`model::Move`]).
//! - **role of an environment**: gateway fallback or default publish target, each held by one ([`files::EnvironmentRole`]).
//! - **policy**: what an environment requires of moves into it; a table of keys ([`model::PolicyKey`]).
//! - **rule**: a requirement that the judge checks, under a **code**. Rules of policies are in [`policy`], all others in
//!   [`check`].
//! - **state**: a project as the files of one commit describe it ([`files::State`]). A **step** leads from one state to the next.
//! - **transition**: a step with its commit and the facts, as it is judged ([`check::Transition`]).
//! - **judge**: [`check::check_transition`]. Its result for a step is a **report** of findings; for a move, a **verdict**.
//! - **finding**: content is wrong. **Error**: an operation failed. **Denial**: somebody lacks a permission.
//! - **request**, or **pending release**: moves that are written down and wait for approval. The **requester** made it.
//! - **settle**: to turn a plan into moves, or into a request where the policy requires one ([`plan::settle`]).
//! - **origin**: the commit that set an entry which a merge took from a branch, and whose author is responsible for it.
//! - **line**: a commit and its first parents. **Effective time**: the latest date along it, which never steps back.
//! - **stretch**: the time for which a version has been live without a break. **Dwell**: the stretch that a policy requires.
//! - **window**: a weekly span of time in which pointers may move. **Freeze**: a span of time in which none may.
//! - **override**: the statement of a commit that a rule does not bar the moves that it names ([`model::Override`]).
//! - **return**: a move back to a version that was live before; **rolled back**: marked by a return, so that it does not come
//!   back unnoticed.
//! - **attestation**: what an evaluation found about the bytes of a version; one table for each **check**.
//! - **veto**: bars the bytes of a version from every environment, until it is **lifted**.
//! - **session**: a store, a branch or a commit, and how it is written to ([`ops::Session`]).
//! - **turn**: the right to move a branch and update its checkouts ([`store::Turn`]); a **swap** moves it.
//! - **payload**: the parsed content of a version ([`files::Payloads`]).
//! - **land**: to become live. A pull request lands when it is merged, a commit when the live branch moves to it.
//!
//! # Where new things go
//!
//! `CONTRIBUTING.md` shows the most common additions step by step.
//!
//! - A general rule: a file in `src/check/rules/`, a row in its table, a code with its text in `src/diag/codes/`, passing and
//!   failing states in `fixtures/rules/<code>/`. A test compares the four.
//! - A policy rule: a file in `src/policy/rules/` with its evaluation, its messages, and the moves that it applies to; a row
//!   in `rules/mod.rs`; its key in the table of `src/model/policy_key.rs`, from which the files, `envctl policy` and the help are
//!   generated; a code with its text, and fixtures, as above. Nothing else: [`check`] turns all verdicts into findings alike.
//! - A command: a file in `src/bin/envctl/commands/`, its row in the table of `commands/mod.rs`, under a heading of the help, and
//!   a use case in `ops`.
//! - A report format: a file in `src/bin/envctl/render/report/`, its name in the list of formats in `report/mod.rs`, its
//!   call in `commands/check/shown.rs`.
//! - A key of an environment: a field of [`model::Environment`] and a row in the table of `src/model/environment_key.rs`, from
//!   which the file, its schema, `envctl env`, its JSON and `diff` are generated; its name in `src/bin/envctl/help/files.md`.
//! - A key of another file: its reader in `src/files/`, its limits as a type in `model`, and the key in `src/files/schemas.rs`.
//! - A field of an answer: in the body of the command, with one word for one thing (a test compares the words of all
//!   answers). A new answer also has a row in `commands/schema/answers.rs`. Every answer in the tests is validated.
//! - An option that takes a time: [`model::moment()`] reads it, and [`model::Tense`] says on which side of the present it lies.
//! - A file or folder of the project: its name in `src/files/owned.rs`, the meaning of its path in `path.rs` beside it.
//! - A new use of git: a file in the folder of `src/store/` for that job (`tree`, `history`, `write`, `checkout`, `lock`,
//!   `remote`, `hooks`, `replace`); the table in [`store`] says which.
//!
//! Within a layer, a file imports from the file that defines what it needs, never from the list in `mod.rs`, which is for
//! the other layers. Files of a layer do not use each other in a cycle; what two files need is in a third file below them.
//! `tests/architecture/cycles.rs` resolves every path in the library and in the binary to the file that defines its end, and
//! names the imports that form a cycle.

pub mod check;
pub mod diag;
pub mod files;
pub mod gateway;
pub mod model;
pub mod ops;
pub mod plan;
pub mod policy;
pub mod store;
