use crate::plan::message::Message;
use crate::plan::trailers::Trailers;

/// Returns why the commit with that `message` was made, if it says more than its subject.
///
/// For a message of envctl this is the reason as it was given, which is between the lines that say what was
/// done and the trailers. For any other it is the body without trailers. It is shown, and no rule relies on
/// it.
pub fn reason_of(message: &str) -> Option<String> {
    // Messages written on Windows have CR LF.
    let message = message.replace("\r\n", "\n");
    let (_, body) = message.trim_start().split_once('\n')?;
    let trailers = Trailers::of(&message);
    let body = without_trailers(body.trim());
    let reason = match trailers.action() {
        Some(_) if trailers.value(Message::DETAILS) != Some(Message::NO_DETAILS) => {
            body.split_once("\n\n").map_or("", |(_, reason)| reason)
        }
        _ => body,
    };
    let reason = reason.trim();
    (!reason.is_empty()).then(|| reason.to_owned())
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

/// Reports whether git would take `line` for a trailer: a word of letters, digits and hyphens before a colon.
fn is_trailer(line: &str) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || c == '-';
    line.split_once(": ")
        .is_some_and(|(key, _)| !key.is_empty() && key.chars().all(token))
        || line.starts_with("(cherry picked from commit ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::reason_of;
    use crate::model::Reason;
    use crate::plan::{Action, Message, Trailers};

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
    fn trailers_that_others_add_are_no_reason() {
        let reason: Reason = "The refund wording.".parse().unwrap();
        let message = Message::new(Action::Promote, "promote staging → prod: 1 pointer")
            .detail("prompts/a 1 → 2");
        let message = format!(
            "{}Signed-off-by: Ana <ana@example.org>\n",
            message.reason(Some(&reason))
        );
        assert_eq!(reason_of(&message).as_deref(), Some("The refund wording."));
    }

    proptest! {
        #[test]
        fn a_reason_round_trips(
            details in proptest::collection::vec("[a-z/]{1,9} (1 → 2|new at 1|removed)|name: \\PC{1,9}", 0..3),
            reason in "(\\PC{0,20}|prompts/a 1 → 2|Envctl-Action: init|Why: x|\n){1,6}",
            trailer in proptest::option::of("[a-z]{1,9}"),
        ) {
            let given: Option<Reason> = reason.parse().ok();
            let mut message = Message::new(Action::Publish, "publish prompts/a@2").reason(given.as_ref());
            for detail in details {
                message = message.detail(detail);
            }
            if let Some(value) = trailer {
                message = message.trailer("To", value);
            }
            let text = message.to_string();
            prop_assert_eq!(reason_of(&text), given.map(|given| given.as_str().to_owned()), "{}", text);
            prop_assert_eq!(Trailers::of(&text).action(), Some(Action::Publish));
        }
    }
}
