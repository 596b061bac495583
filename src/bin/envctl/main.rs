//! The command line of envctl: arguments in, a use case of the library, text or JSON out.
//!
//! `main` is the only part that touches the process: it parses, runs one command of [`commands`],
//! and turns the result into an exit code. All errors end in [`error`], including [`panics`]; the
//! numbers are in [`exit`].
//!
//! Text from a repository or a user is shown through one type, [`ui::Shown`] (or [`ui::ShownLines`]
//! for several lines), which escapes everything that acts on a terminal. As a second barrier, all
//! output goes through [`ui::Output`], which lets no control sequences through except the program's
//! own styles. JSON escapes the same characters, so any name can be read back exactly.
//!
//! [`process`] is the environment of the process, [`ui`] the terminal, [`render`] the form of data.
//! [`tree`] reads files from outside of the project, [`delivery`] writes the configuration of a
//! gateway, and [`plan_file`] writes and reads plans.

mod address;
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
    // If this fails, everything else still works.
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
