mod answers;
mod body;
mod document;

use clap::builder::PossibleValuesParser;
use envctl::files::schemas;
use serde_json::Value;

use self::body::Body;
use crate::app::{Answer, App};
use crate::render::{Cell, Table, json};

/// Print the JSON Schema of an answer or of a file, or list them.
///
/// An answer has the name of its command (promote, env-list), a file its own name (envctl.toml) or
/// the name of its content (environment.toml, pointers.toml).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl schema                             list them
  envctl schema promote                     of what `envctl promote --json` writes
  envctl schema environment.toml            of environments/SLUG.toml
  envctl init --editor                      let editors use those of the files")]
pub struct SchemaArgs {
    /// The answer or the file.
    #[arg(value_parser = PossibleValuesParser::new(names()))]
    name: Option<String>,
}

/// Returns the names of all schemas: those of the answers, then those of the files.
fn names() -> Vec<&'static str> {
    let answers = answers::ALL.iter().map(|answer| answer.name);
    answers.chain(schemas::ALL.map(|file| file.name)).collect()
}

pub fn run(args: &SchemaArgs, app: &mut App) -> anyhow::Result<Answer> {
    let json_schema = args.name.as_deref().and_then(schema);
    match &json_schema {
        Some(schema) => app.answer(json::pretty(schema)?),
        None => app.answer_table(&list()),
    }
    Ok(app.done(&Body {
        name: args.name.clone(),
        json_schema,
        names: names(),
    }))
}

fn schema(name: &str) -> Option<Value> {
    let of_answer = || {
        let answer = answers::ALL.iter().find(|answer| answer.name == name)?;
        Some(answer.schema())
    };
    schemas::of(name).or_else(of_answer)
}

fn list() -> Table {
    let mut table = Table::new(&["NAME", "DESCRIBES"]);
    for answer in answers::ALL {
        table.row([Cell::new(answer.name), Cell::new(answer.id())]);
    }
    for file in &schemas::ALL {
        table.row([Cell::new(file.name), Cell::new(file.path)]);
    }
    table
}
