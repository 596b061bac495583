use envctl::diag::Code;
use envctl::model::closest;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::{Answer, App};
use crate::error::Failure;
use crate::exit::Exit;
use crate::render::{Cell, Table};

/// Explain the code of a finding: what the rule is, why it exists, and how to fix the problem.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  envctl explain gateway-fallback
  envctl explain                     list the codes")]
pub struct ExplainArgs {
    /// The code, as in error[gateway-fallback]; without it, all codes are listed.
    code: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub struct Body {
    code: Option<Code>,
    text: Option<&'static str>,
    codes: &'static [Code],
}

pub fn run(args: &ExplainArgs, app: &mut App) -> anyhow::Result<Answer> {
    let Some(name) = &args.code else {
        let mut table = Table::new(&["CODE", "MEANS"]);
        for code in Code::ALL {
            table.row([
                Cell::new(code),
                Cell::new(first_sentence(code.explanation())),
            ]);
        }
        app.answer_table(&table);
        return Ok(app.done(&Body {
            code: None,
            text: None,
            codes: Code::ALL,
        }));
    };
    let code = Code::named(name).ok_or_else(|| unknown(name))?;
    app.answer(code.explanation().trim_end());
    Ok(app.done(&Body {
        code: Some(code),
        text: Some(code.explanation()),
        codes: Code::ALL,
    }))
}

/// Returns the first sentence below the title.
fn first_sentence(text: &str) -> String {
    let body = text.split_once("\n\n").map_or(text, |(_, body)| body);
    let paragraph = body
        .split("\n\n")
        .next()
        .unwrap_or_default()
        .replace('\n', " ");
    paragraph
        .split_once(". ")
        .map_or(paragraph.clone(), |(sentence, _)| format!("{sentence}."))
}

fn unknown(name: &str) -> Failure {
    let failure = Failure::new(Exit::Error, "no-such-code", format!("no code {name:?}"));
    match closest(name, Code::ALL.iter().map(|code| code.as_str())) {
        Some(meant) => failure.hint(format!("did you mean {meant}?")),
        None => failure.hint("`envctl explain` lists the codes"),
    }
}
