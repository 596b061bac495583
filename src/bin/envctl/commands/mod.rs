//! One file a command: what it takes, with its help, and what it does. A command that changes the project goes through
//! [`writing`], and [`pushing`] says where it is pushed to; `approve`, `reject` and `withdraw` are one [`decision`], `publish --from` is [`publish_tree`], and `resolve
//! --model` is [`route`].
//!
//! What several commands show alike: [`moves`], each [`verdict`] on them and the [`variables`] that they change; [`who`] did
//! something; [`served`] by which environment; [`about`] what a command that looks back was asked.

mod about;
mod access;
mod approve;
mod blame;
pub mod check;
pub mod completions;
mod decision;
mod demo;
mod diff;
mod doctor;
mod env;
mod explain;
pub mod help;
mod hooks;
mod import;
mod init;
mod log;
mod moves;
mod pending;
mod point;
mod policy;
mod promote;
mod publish;
mod publish_tree;
mod published;
mod pushing;
mod reject;
mod render;
mod resolve;
mod retire;
mod rollback;
mod route;
mod schema;
mod served;
mod status;
mod sync;
mod variables;
mod verdict;
mod who;
mod withdraw;
mod writing;

use clap::{Args, Subcommand};

use crate::app::{Answer, App};

/// What to do. The help of each stands on its arguments; a word here would take its place.
#[derive(Debug, Subcommand)]
pub enum Command {
    Init(init::InitArgs),
    Demo(demo::DemoArgs),
    Import(import::ImportArgs),
    Status(status::StatusArgs),
    Diff(diff::DiffArgs),
    Log(log::LogArgs),
    Blame(blame::BlameArgs),
    Resolve(resolve::ResolveArgs),
    Render(render::RenderArgs),
    Publish(publish::PublishArgs),
    Promote(promote::PromoteArgs),
    Point(point::PointArgs),
    Rollback(rollback::RollbackArgs),
    Retire(retire::RetireArgs),
    Pending(pending::PendingArgs),
    Approve(approve::ApproveArgs),
    Reject(reject::RejectArgs),
    Withdraw(withdraw::WithdrawArgs),
    Sync(sync::SyncArgs),
    #[command(subcommand)]
    Env(env::Command),
    #[command(subcommand)]
    Policy(policy::Command),
    #[command(subcommand)]
    Access(access::Command),
    Check(check::CheckArgs),
    Doctor(doctor::DoctorArgs),
    #[command(subcommand)]
    Hooks(hooks::Command),
    Explain(explain::ExplainArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Help(help::HelpArgs),
}

impl Command {
    /// Whether it is asked for JSON by an option of its own.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Log(args) => args.wants_json(),
            Self::Check(args) => args.wants_json(),
            Self::Diff(args) => args.wants_json(),
            _ => false,
        }
    }

    /// The name of the command, as in `envctl.<name>/v1`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Demo(_) => "demo",
            Self::Import(_) => "import",
            Self::Status(_) => "status",
            Self::Diff(args) => args.name(),
            Self::Log(_) => "log",
            Self::Blame(_) => "blame",
            Self::Resolve(_) => "resolve",
            Self::Render(_) => "render",
            Self::Publish(_) => "publish",
            Self::Promote(_) => "promote",
            Self::Point(_) => "point",
            Self::Rollback(_) => "rollback",
            Self::Retire(_) => "retire",
            Self::Pending(_) => "pending",
            Self::Approve(_) => "approve",
            Self::Reject(_) => "reject",
            Self::Withdraw(_) => "withdraw",
            Self::Sync(_) => "sync",
            Self::Env(command) => command.name(),
            Self::Policy(command) => command.name(),
            Self::Access(command) => command.name(),
            Self::Check(_) => "check",
            Self::Doctor(_) => "doctor",
            Self::Hooks(command) => command.name(),
            Self::Explain(_) => "explain",
            Self::Schema(_) => "schema",
            Self::Completions(_) => "completions",
            Self::Help(_) => "help",
        }
    }
}

/// Returns the definition of the command `name`, as it stands among all of them.
pub fn alone(name: &str) -> Option<clap::Command> {
    let one = |name: &'static str, define: fn(clap::Command) -> clap::Command| {
        Some(define(clap::Command::new(name)))
    };
    let group = |name, define| {
        one(name, define).map(|group| group.subcommand_required(true).arg_required_else_help(true))
    };
    match name {
        "init" => one("init", init::InitArgs::augment_args),
        "demo" => one("demo", demo::DemoArgs::augment_args),
        "import" => one("import", import::ImportArgs::augment_args),
        "status" => one("status", status::StatusArgs::augment_args),
        "diff" => one("diff", diff::DiffArgs::augment_args),
        "log" => one("log", log::LogArgs::augment_args),
        "blame" => one("blame", blame::BlameArgs::augment_args),
        "resolve" => one("resolve", resolve::ResolveArgs::augment_args),
        "render" => one("render", render::RenderArgs::augment_args),
        "publish" => one("publish", publish::PublishArgs::augment_args),
        "promote" => one("promote", promote::PromoteArgs::augment_args),
        "point" => one("point", point::PointArgs::augment_args),
        "rollback" => one("rollback", rollback::RollbackArgs::augment_args),
        "retire" => one("retire", retire::RetireArgs::augment_args),
        "pending" => one("pending", pending::PendingArgs::augment_args),
        "approve" => one("approve", approve::ApproveArgs::augment_args),
        "reject" => one("reject", reject::RejectArgs::augment_args),
        "withdraw" => one("withdraw", withdraw::WithdrawArgs::augment_args),
        "sync" => one("sync", sync::SyncArgs::augment_args),
        "env" => group("env", env::Command::augment_subcommands),
        "policy" => group("policy", policy::Command::augment_subcommands),
        "access" => group("access", access::Command::augment_subcommands),
        "check" => one("check", check::CheckArgs::augment_args),
        "doctor" => one("doctor", doctor::DoctorArgs::augment_args),
        "hooks" => group("hooks", hooks::Command::augment_subcommands),
        "explain" => one("explain", explain::ExplainArgs::augment_args),
        "schema" => one("schema", schema::SchemaArgs::augment_args),
        "completions" => one("completions", completions::CompletionsArgs::augment_args),
        "help" => one("help", help::HelpArgs::augment_args),
        _ => None,
    }
}

/// Runs one command; `line` is the whole command line, for those that tell about it.
pub fn run(command: Command, line: fn() -> clap::Command, app: &mut App) -> anyhow::Result<Answer> {
    match command {
        Command::Init(args) => init::run(&args, app),
        Command::Demo(args) => demo::run(&args, app),
        Command::Import(args) => import::run(&args, app),
        Command::Status(args) => status::run(&args, app),
        Command::Diff(args) => diff::run(&args, app),
        Command::Log(args) => log::run(&args, app),
        Command::Blame(args) => blame::run(&args, app),
        Command::Resolve(args) => resolve::run(&args, app),
        Command::Render(args) => render::run(&args, app),
        Command::Publish(args) => publish::run(&args, app),
        Command::Promote(args) => promote::run(&args, app),
        Command::Point(args) => point::run(&args, app),
        Command::Rollback(args) => rollback::run(&args, app),
        Command::Retire(args) => retire::run(&args, app),
        Command::Pending(args) => pending::run(&args, app),
        Command::Approve(args) => approve::run(&args, app),
        Command::Reject(args) => reject::run(&args, app),
        Command::Withdraw(args) => withdraw::run(&args, app),
        Command::Sync(args) => sync::run(&args, app),
        Command::Env(command) => env::run(command, app),
        Command::Policy(command) => policy::run(command, app),
        Command::Access(command) => access::run(command, app),
        Command::Check(args) => check::run(&args, app),
        Command::Doctor(args) => doctor::run(&args, app),
        Command::Hooks(command) => hooks::run(command, app),
        Command::Explain(args) => explain::run(&args, app),
        Command::Schema(args) => schema::run(&args, app),
        Command::Completions(args) => completions::run(&args, app),
        Command::Help(args) => help::run(&args, &line(), app),
    }
}
