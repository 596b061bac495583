//! The command line of envctl: arguments in, a use case of the library, text or JSON out.
//!
//! `main` is all that meets the process: it parses, runs one command of [`commands`], and turns what came of it into an
//! exit code. Everything that can go wrong ends in [`error`], also what [`panics`]; the numbers are in [`exit`].
//!
//! What a repository or a user says is shown through one type, [`ui::Shown`] (and [`ui::ShownLines`] where it has lines), in which
//! nothing acts on a terminal. Behind it stands a wall: all output goes through [`ui::Output`], which lets no other control
//! through than the styles of the program's own. JSON escapes the same characters, so that any name comes back as it is.
//!
//! [`process`] is what the process finds around it, [`ui`] the terminal, [`render`] how data looks. Files that people keep
//! outside of the project come in through [`tree`], a configuration for a gateway goes out through [`delivery`], and a plan
//! goes both ways through [`plan_file`].

mod addressed;
mod allocation;
mod answer;
mod app;
mod budget;
mod cli;
mod commands;
mod context;
mod delivery;
mod error;
mod exit;
mod format_names;
mod limits;
mod moment;
mod options;
mod panics;
mod plan_file;
mod process;
mod render;
mod tree;
mod ui;
mod usage;

use std::process::ExitCode;

use crate::app::App;
use crate::process::Process;

fn main() -> ExitCode {
    allocation::keep_pages();
    // Where that cannot be had, all else works.
    let _ = limits::fail_on_large_files();
    let process = Process::look();
    commands::completions::answer_shell(process, cli::command);
    let exit = match cli::parse(process.arguments()) {
        Ok(mut cli) => {
            cli.global.json |= cli.command.wants_json();
            let mut app = App::new(process, &cli.global);
            let name = cli.command.name();
            let result = panics::caught(|| commands::run(cli.command, cli::command, &mut app));
            app.finish(name, result)
        }
        Err(error) => usage::answer(process, &error),
    };
    exit.into()
}
