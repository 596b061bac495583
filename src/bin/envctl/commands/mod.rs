//! One file per command, with its arguments, which are its help, and its `run`. Commands that
//! change the project go through [`writing`]; `approve`, `reject` and `withdraw` are one
//! [`decision`], `publish --from` is [`publish_tree`], and `resolve --model` is [`route`].
//!
//! Several commands share: [`moves`], the table of moves; each [`verdict`] on them; the
//! [`variables`] that they change; [`who`] did something; which environment [`served`] a request;
//! the [`version_record`] of a version; and [`about`], the arguments of commands that look back.

mod about;
mod access;
mod approve;
mod attest;
mod bisect;
mod blame;
pub mod check;
mod checks;
mod comment;
pub mod completions;
mod decision;
mod demo;
mod diff;
mod doctor;
mod env;
mod explain;
mod freeze;
mod frozen;
pub mod help;
mod hooks;
mod import;
mod init;
mod log;
mod moves;
mod overridden;
mod pending;
mod point;
mod policy;
mod promote;
mod publish;
mod publish_tree;
mod published;
mod reject;
mod render;
mod resolve;
mod retire;
mod rollback;
mod rolled_back;
mod route;
mod schema;
mod served;
mod show;
mod status;
mod sync;
mod thaw;
mod undo;
mod variables;
mod verdict;
mod version_record;
mod versions;
mod veto;
mod warnings;
mod who;
mod withdraw;
mod writing;

use clap::{Args, Subcommand};

use crate::app::{Answer, App};

/// Declares the commands, each once and in the order of `envctl --help`: its name, its arguments,
/// its kind, and its line in the list.
///
/// `plain` commands have a `run` that takes their arguments; a `group` has commands of its own; a
/// `named` one has a name that depends on its arguments; a `lined` one needs the whole command
/// line.
macro_rules! commands {
    ($($heading:ident {
        $($(#[$attribute:meta])* $module:ident: $command:ident($arguments:ty) $kind:ident, $summary:literal;)*
    })*) => {
        /// The command. Its help is on its arguments; a doc comment on a variant would replace it.
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($($(#[$attribute])* $command($arguments),)*)*
        }

        /// The commands under the headings of `envctl --help`, each with its line in the list.
        pub const LIST: &[(&str, &[(&str, &str)])] = &[
            $((stringify!($heading), &[$((stringify!($module), $summary)),*])),*
        ];

        impl Command {
            /// Returns the name of the command, as in `envctl.<name>/v1`.
            pub fn name(&self) -> &'static str {
                match self {
                    $($(Self::$command(arguments) => commands!(@name $kind $module arguments),)*)*
                }
            }
        }

        /// Returns the definition of the command `name` alone.
        pub fn alone(name: &str) -> Option<clap::Command> {
            match name {
                $($(stringify!($module) => Some(commands!(@define $kind $module $arguments)),)*)*
                _ => None,
            }
        }

        /// Runs one command; `line` is the whole command line, for the commands that need it.
        pub fn run(
            command: Command,
            line: fn() -> clap::Command,
            app: &mut App,
        ) -> anyhow::Result<Answer> {
            match command {
                $($(Command::$command(arguments) => commands!(@run $kind $module arguments line app),)*)*
            }
        }
    };

    (@name plain $module:ident $arguments:ident) => {{ let _ = $arguments; stringify!($module) }};
    (@name lined $module:ident $arguments:ident) => {{ let _ = $arguments; stringify!($module) }};
    (@name $kind:ident $module:ident $arguments:ident) => { $arguments.name() };

    (@define group $module:ident $arguments:ty) => {
        <$arguments>::augment_subcommands(clap::Command::new(stringify!($module)))
            .subcommand_required(true)
            .arg_required_else_help(true)
    };
    (@define $kind:ident $module:ident $arguments:ty) => {
        <$arguments>::augment_args(clap::Command::new(stringify!($module)))
    };

    (@run group $module:ident $arguments:ident $line:ident $app:ident) => {
        $module::run($arguments, $app)
    };
    (@run lined $module:ident $arguments:ident $line:ident $app:ident) => {
        $module::run(&$arguments, &$line(), $app)
    };
    (@run $kind:ident $module:ident $arguments:ident $line:ident $app:ident) => {
        $module::run(&$arguments, $app)
    };
}

commands! {
    Start {
        init: Init(init::InitArgs) plain, "Create a project with the environments prod and staging";
        demo: Demo(demo::DemoArgs) plain, "Build an example project and promote staging to prod";
        import: Import(import::ImportArgs) plain, "Import an existing gateway configuration as versions";
        status: Status(status::StatusArgs) plain, "Show what is live where";
    }
    Look {
        diff: Diff(diff::DiffArgs) named, "Show what a promotion would move, or what a pull request does";
        log: Log(log::LogArgs) plain, "Show what changed, newest first";
        blame: Blame(blame::BlameArgs) plain, "Show since when, by whom and why each pointer is live";
        pending: Pending(pending::PendingArgs) plain, "Show the pending releases";
        show: Show(show::ShowArgs) plain, "Show one version: its text and all that is known of it";
        versions: Versions(versions::VersionsArgs) plain, "List the versions of a resource, and where each is live";
        bisect: Bisect(bisect::BisectArgs) plain, "Find the move after which a command fails";
        resolve: Resolve(resolve::ResolveArgs) plain, "Print the version of a resource that the gateway serves";
        render: Render(render::RenderArgs) plain, "Write the gateway configuration of an environment";
    }
    Move {
        publish: Publish(publish::PublishArgs) plain, "Add a version of a prompt, a routing rule or a provider";
        promote: Promote(promote::PromoteArgs) plain, "Make one environment serve what another serves";
        point: Point(point::PointArgs) plain, "Make an environment serve exactly the versions that are named";
        rollback: Rollback(rollback::RollbackArgs) plain, "Move pointers back to what was live before";
        retire: Retire(retire::RetireArgs) plain, "Remove pointers from an environment";
        undo: Undo(undo::UndoArgs) plain, "Take back what a commit did";
    }
    Decide {
        approve: Approve(approve::ApproveArgs) plain, "Approve the pending release";
        reject: Reject(reject::RejectArgs) plain, "Reject the pending release";
        withdraw: Withdraw(withdraw::WithdrawArgs) plain, "Withdraw your pending release";
        freeze: Freeze(freeze::FreezeArgs) plain, "Freeze environments: nothing moves there";
        thaw: Thaw(thaw::ThawArgs) plain, "Thaw environments";
        sync: Sync(sync::SyncArgs) plain, "Synchronize the branch with the remote";
    }
    Judge {
        attest: Attest(attest::AttestArgs) plain, "Record what an evaluation found about a version";
        veto: Veto(veto::VetoArgs) plain, "Bar a version from every environment, or lift that";
    }
    Manage {
        #[command(subcommand)]
        env: Env(env::Command) group, "List, show, create, edit, reorder and delete environments";
        #[command(subcommand)]
        policy: Policy(policy::Command) group, "Show, set and explain the policies of environments";
        #[command(subcommand)]
        access: Access(access::Command) group, "Show, grant, revoke and explain who may do what";
    }
    Verify {
        check: Check(check::CheckArgs) plain, "Judge the project by every rule";
        doctor: Doctor(doctor::DoctorArgs) plain, "Find problems in the repository and its setup";
        #[command(subcommand)]
        hooks: Hooks(hooks::Command) group, "Install, remove and list the git hooks that run check";
        explain: Explain(explain::ExplainArgs) plain, "Explain the code of a finding";
        schema: Schema(schema::SchemaArgs) plain, "Print the JSON Schema of an answer or a file";
        completions: Completions(completions::CompletionsArgs) plain, "Print completions for a shell";
        help: Help(help::HelpArgs) lined, "Print the help of a command or a topic";
    }
}

impl Command {
    /// Reports whether an option of the command itself asks for JSON.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Log(args) => args.wants_json(),
            Self::Check(args) => args.wants_json(),
            Self::Diff(args) => args.wants_json(),
            _ => false,
        }
    }
}
