mod names;

use clap_complete::env::{CompleteEnv, Shells};
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::process::Process;

/// The variable that a shell sets when it asks for completions.
const VARIABLE: &str = "ENVCTL_COMPLETE";

/// What bash needs besides: it breaks words at each `@` (COMP_WORDBREAKS), so `prompts/router@7` is three of them. They are
/// joined before envctl is asked, and what stands before the last `@` is taken off the answers, since bash keeps it.
const BASH_WHOLE_WORDS: &str = include_str!("completions/whole_words.bash");

/// Print the completion script for a shell.
///
/// Commands and options complete, and the names of the project: environments, resources, and behind an `@` the versions of a
/// resource.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  source <(envctl completions bash)      in ~/.bashrc
  source <(envctl completions zsh)       in ~/.zshrc
  envctl completions fish | source       in ~/.config/fish/config.fish")]
pub struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh.
    shell: String,
}

#[derive(Serialize, JsonSchema)]
pub struct Body<'a> {
    shell: &'a str,
    script: String,
}

/// Answers a shell that asks for completions and ends the run; otherwise does nothing.
pub fn answer_shell(process: Process, line: fn() -> clap::Command) {
    // Most runs are not asked by a shell, and must not build all commands to find out.
    if process.variable(VARIABLE).is_some() {
        let line = || names::completed(line(), process);
        CompleteEnv::with_factory(line).var(VARIABLE).complete();
    }
}

pub fn run(args: &CompletionsArgs, app: &mut App) -> anyhow::Result<Answer> {
    let shells = Shells::builtins();
    let Some(shell) = shells.completer(&args.shell) else {
        let names = shells.names().collect::<Vec<_>>().join(", ");
        let message = format!("no completions for {:?}", args.shell);
        return Err(Failure::new(Exit::Usage, "no-such-shell", message)
            .hint(format!("the shells are {names}"))
            .into());
    };
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "envctl", "envctl", "envctl", &mut script)?;
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if args.shell == "bash" {
        script.push_str(BASH_WHOLE_WORDS);
    }
    app.answer(script.trim_end());
    Ok(app.done(&Body {
        shell: &args.shell,
        script,
    }))
}
