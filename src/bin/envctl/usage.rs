//! Answers if the command line does not name a command to run: it is invalid, or asks for the help or the version.

use std::ffi::OsString;

use clap::ColorChoice;
use clap::error::ErrorKind;

use crate::addressed::addressed;
use crate::app::App;
use crate::commands::{check, help};
use crate::error::Failure;
use crate::exit::Exit;
use crate::options::Global;
use crate::process::Process;

/// Prints what is wrong with the command line, or the help or version that it asks for.
///
/// clap could do so itself, but not as JSON.
pub fn answer(process: Process, error: &clap::Error) -> Exit {
    let words: Vec<OsString> = process
        .arguments()
        .take_while(|argument| argument != "--")
        .collect();
    let json = words.iter().any(|word| word == "--json");
    let wants_commands = !json && asks_for_commands(&words);
    let global = Global {
        directory: None,
        project: None,
        branch: None,
        json,
        color: ColorChoice::Auto,
        quiet: false,
        verbose: false,
        no_input: false,
    };
    let mut app = App::new(process, &global);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = error.render().ansi().to_string();
            app.answer(text.trim_end());
            let answer = app.done(&help::Body {
                text: error.render().to_string(),
            });
            app.finish("usage", Ok(answer))
        }
        kind => {
            let failure = Failure::usage(error);
            // clap's error is then the whole help, which reads badly as a message with hints.
            if kind == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !json {
                let help = error.render().ansi().to_string();
                app.output.report(help.trim_end());
                app.output.report("");
            }
            if wants_commands {
                // The invalid command line is the error; a file of outputs that cannot be written is only a warning.
                if let Err(error) = check::job::write_failure(&mut app, &failure.message) {
                    app.output.warn(format!("{error:#}"));
                }
            }
            let name = addressed(app.process.arguments());
            app.finish(name.as_deref().unwrap_or("usage"), Err(failure.into()))
        }
    }
}

/// Reports whether the line asks for a report as commands for the runner of a GitHub job.
fn asks_for_commands(words: &[OsString]) -> bool {
    words.iter().any(|word| word == "--format=github")
        || words
            .windows(2)
            .any(|pair| pair[0] == "--format" && pair[1] == "github")
}
