use crate::model::resource::Resource;
use crate::model::trailers::{Trailers, is_trailer};

/// Returns why the commit with that `message` was made, if it says more than its subject.
///
/// For a message of envctl this is the reason as it was given, which is between the lines that say what was
/// done and the trailers. For any other it is the body without trailers. It is what is shown; whether a
/// commit states a reason at all is for [`states_reason`].
pub fn reason_of(message: &str) -> Option<String> {
    // Messages written on Windows have CR LF.
    let message = message.replace("\r\n", "\n");
    let (_, body) = message.trim_start().split_once('\n')?;
    let trailers = Trailers::of(&message);
    let body = without_trailers(body.trim());
    let reason = if has_details(&trailers) {
        body.split_once("\n\n").map_or("", |(_, reason)| reason)
    } else {
        body
    };
    let reason = reason.trim();
    (!reason.is_empty()).then(|| reason.to_owned())
}

/// Reports whether the text of `message` says anything beside the lines that envctl and git write by
/// themselves.
///
/// The subject of a commit made by hand counts, since a person wrote it. A forge that squashes a pull request
/// joins the messages of its commits, so each part that ends in envctl's trailers is read as one message.
pub fn states_reason(message: &str) -> bool {
    let message = message.replace("\r\n", "\n");
    let mut part = Vec::new();
    for paragraph in message.split("\n\n") {
        let lines: Vec<&str> = paragraph
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let trailers = Trailers::in_paragraph(paragraph);
        let ends =
            trailers.value(Trailers::ACTION).is_some() && lines.iter().all(|line| is_trailer(line));
        if !ends {
            part.push(lines);
        } else if in_envctls_own(&part, &trailers) {
            return true;
        } else {
            part.clear();
        }
    }
    part.iter().flatten().any(|line| is_a_persons(line))
}

/// Reports whether a person wrote any line of a message of envctl, of which `paragraphs` stand before the
/// `trailers`.
fn in_envctls_own(paragraphs: &[Vec<&str>], trailers: &Trailers) -> bool {
    // A forge puts a bullet before the subject of each commit that it squashes, after its own title.
    let bullet = |lines: &Vec<&str>| lines.first().is_some_and(|line| line.starts_with("* "));
    let subject = paragraphs.iter().rposition(bullet).unwrap_or_default();
    let details = has_details(trailers).then_some(subject + 1);
    let kept = paragraphs.iter().enumerate();
    kept.filter(|(at, _)| Some(*at) != details)
        .any(|(at, lines)| {
            let own = usize::from(at == subject);
            lines.iter().skip(own).any(|line| is_a_persons(line))
        })
}

/// Reports whether the message with these trailers is envctl's, and has lines of detail after its subject.
fn has_details(trailers: &Trailers) -> bool {
    trailers.value(Trailers::ACTION).is_some()
        && trailers.value(Trailers::DETAILS) != Some(Trailers::NO_DETAILS)
}

/// Reports whether neither envctl nor git writes `line` by itself.
fn is_a_persons(line: &str) -> bool {
    let line = line.trim();
    let generated = [
        "Merge branch ",
        "Merge branches ",
        "Merge tag ",
        "Merge commit ",
        "Merge pull request ",
    ]
    .iter()
    .any(|start| line.starts_with(start))
        || line.starts_with("Merge remote-tracking branch ");
    !(line.is_empty() || line.starts_with('#') || is_trailer(line) || is_move(line) || generated)
}

/// Reports whether `line` says how a pointer moves, as envctl writes it.
fn is_move(line: &str) -> bool {
    let line = line.strip_prefix("not made: ").unwrap_or(line);
    let (what, how) = line.split_once(' ').unwrap_or((line, ""));
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let moved = match how.split(' ').collect::<Vec<_>>().as_slice() {
        [before, "→", after] => number(before) && number(after),
        ["new", "at", after] => number(after),
        [before, "removed"] => number(before),
        _ => false,
    };
    moved && what.parse::<Resource>().is_ok()
}

/// Returns `body` without its last paragraph, if that consists of trailers.
fn without_trailers(body: &str) -> &str {
    let (before, last) = body.rsplit_once("\n\n").unwrap_or(("", body));
    if last.lines().all(is_trailer) {
        before
    } else {
        body
    }
}

#[cfg(test)]
mod tests {
    use super::{reason_of, states_reason};

    #[test]
    fn a_commit_made_by_hand_says_why_in_its_body() {
        for (message, reason) in [
            ("hot fix", None),
            ("hot fix\n", None),
            (
                "hot fix\n\nThe wording was wrong.\n\nIn two places.\n",
                Some("The wording was wrong.\n\nIn two places."),
            ),
            (
                "hot fix\n\nWrong.\n\nSigned-off-by: Ana <ana@example.org>\n",
                Some("Wrong."),
            ),
            ("hot fix\r\n\r\nWrong.\r\n\r\nFixes: 12\r\n", Some("Wrong.")),
            (
                "hot fix\n\nSigned-off-by: Ana <ana@example.org>\n(cherry picked from commit 12ab)\n",
                None,
            ),
            (
                "hot fix\n\nWhy: it was wrong\nand so on\n",
                Some("Why: it was wrong\nand so on"),
            ),
            ("hot fix\nand more", Some("and more")),
            ("\n\nhot fix\n\nWrong.\n", Some("Wrong.")),
            ("", None),
            ("\n\n\n", None),
        ] {
            assert_eq!(reason_of(message).as_deref(), reason, "{message:?}");
        }
    }

    #[test]
    fn a_reason_is_what_a_person_wrote() {
        let envctl = "promote staging → prod: 1 pointer\n\nprompts/a 1 → 2\n\n";
        let trailers = "Envctl-Action: promote\nEnvctl-To: prod\n";
        let squashed = format!("* {envctl}{trailers}");
        for (message, stated) in [
            ("hot fix".to_owned(), true),
            ("hot fix\n\nSigned-off-by: Ana <ana@example.org>\n".to_owned(), true),
            (format!("{envctl}{trailers}"), false),
            (format!("{envctl}{trailers}Signed-off-by: Ana <ana@example.org>\n"), false),
            (format!("{envctl}The wording.\n\n{trailers}"), true),
            (format!("{envctl}{trailers}").replace('\n', "\r\n"), false),
            // A reason in the place of the details, and said so.
            ("retire prod: 1 pointer\n\nUnused.\n\nEnvctl-Action: retire\nEnvctl-Details: none\n".to_owned(), true),
            // Two commits squashed by a forge, under its title.
            (format!("{squashed}\n{squashed}"), false),
            (format!("Roll out the new wording (#12)\n\n{squashed}\n{squashed}"), true),
            ("Merge branch 'topic'\n\n# Conflicts:\n#\tpointers/prod.toml\n".to_owned(), false),
            ("prompts/a 1 → 2\n\nprompts/b new at 1\nnot made: routing/c 3 removed\n".to_owned(), false),
            ("\n\n".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(states_reason(&message), stated, "{message:?}");
        }
    }
}
