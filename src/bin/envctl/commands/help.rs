use anstream::adapter::strip_str;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;

/// The topics and their texts, by name.
const TOPICS: [(&str, &str); 9] = [
    ("ci", include_str!("../help/ci.md")),
    ("exit-codes", include_str!("../help/exit-codes.md")),
    ("files", include_str!("../help/files.md")),
    ("gateway", include_str!("../help/gateway.md")),
    ("json", include_str!("../help/json.md")),
    ("performance", include_str!("../help/performance.md")),
    ("promises", include_str!("../help/promises.md")),
    ("security", include_str!("../help/security.md")),
    ("writing", include_str!("../help/writing.md")),
];

/// Print the help of a command, or a topic: ci, exit-codes, files, gateway, json, performance, promises, security,
/// writing. access, hooks and policy are both.
#[derive(Debug, clap::Args)]
pub struct HelpArgs {
    /// A command such as promote or env create, or a topic.
    #[arg(value_name = "COMMAND|TOPIC")]
    words: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
pub struct Body {
    pub text: String,
}

pub fn run(args: &HelpArgs, line: &clap::Command, app: &mut App) -> anyhow::Result<Answer> {
    let text = match args.words.as_slice() {
        [topic] if text_of(topic).is_some() => {
            text_of(topic).unwrap_or_default().trim_end().to_owned()
        }
        words => help_of(words, line)?,
    };
    app.answer(&text);
    Ok(app.done(&Body {
        text: strip_str(&text).to_string(),
    }))
}

/// Returns the names of all topics, sorted; those of access, hooks and policy are the help of commands.
pub fn topics() -> Vec<&'static str> {
    let mut topics = vec!["access", "hooks", "policy"];
    topics.extend(TOPICS.map(|(name, _)| name));
    topics.sort_unstable();
    topics
}

fn text_of(topic: &str) -> Option<&'static str> {
    TOPICS
        .iter()
        .find(|(name, _)| *name == topic)
        .map(|(_, text)| *text)
}

/// Returns what `--help` after these words prints.
fn help_of(words: &[String], line: &clap::Command) -> anyhow::Result<String> {
    let mut command = line;
    for word in words {
        command = command.find_subcommand(word).ok_or_else(|| unknown(word))?;
    }
    let asked = ["envctl"]
        .into_iter()
        .chain(words.iter().map(String::as_str))
        .chain(["--help"]);
    match line.clone().try_get_matches_from(asked) {
        Err(help) => Ok(help.render().ansi().to_string().trim_end().to_owned()),
        Ok(_) => unreachable!("--help is no command line to run"),
    }
}

fn unknown(word: &str) -> Failure {
    let topics = topics().join(", ");
    Failure::new(
        Exit::Error,
        "no-such-topic",
        format!("no command or topic {word:?}"),
    )
    .hint(format!(
        "`envctl --help` lists the commands; the topics are {topics}"
    ))
}

#[cfg(test)]
mod tests {
    use envctl::model::EnvironmentKey;

    use super::text_of;

    #[test]
    fn the_topic_files_names_every_key_of_an_environment() {
        let files = text_of("files").unwrap();
        let row = files.lines().find(|line| line.contains("environments/"));
        for key in EnvironmentKey::ALL {
            assert!(row.unwrap().contains(&format!("`{key}`")), "{key}");
        }
    }
}
