//! Messages of commits: trailers say what envctl noted and nothing that somebody else wrote, in git's eyes as well.

use envctl::model::{Reason, Trailers, reason_of};
use envctl::plan::{Action, Message};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::mutation::mutated;
use super::objects::git;
use crate::cases::cases;

const WORDS: &[&str] = &[
    "\n",
    "\n\n",
    "\r\n",
    "Envctl-",
    "Envctl-Action: promote\n",
    "Envctl-Action: init",
    "Envctl-Operation: 0\n",
    "Envctl-Details: none\n",
    "Signed-off-by: Eve <eve@example.org>\n",
    ": ",
    ":",
    " ",
    "---\n",
    "#",
    "\0",
    "\u{1b}[2J",
    "\u{2028}",
    "\u{85}",
    "\u{b}",
    "é",
    "→",
    "not made: ",
    "(cherry picked from commit 1234)\n",
    "prompts/tone 1 → 2\n",
];

fn written(reason: &str, value: &str, details: usize) -> Message {
    let reason: Option<Reason> = reason.parse().ok();
    let mut message =
        Message::new(Action::Promote, "promote staging → prod: 1 pointer").reason(reason.as_ref());
    for detail in 0..details {
        message = message.detail(format!("prompts/tone {detail} → {}", detail + 1));
    }
    message
        .trailer("From", "staging")
        .trailer("Operation", value)
}

fn reasons() -> impl Strategy<Value = String> {
    let words = vec(
        prop_oneof![3 => select(WORDS).prop_map(str::to_owned), 1 => "\\PC{1,9}".boxed()],
        0..8,
    );
    words.prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn what_envctl_notes_is_all_that_git_finds(reason in reasons(), details in 0..3usize) {
        let message = written(&reason, "0123456789abcdef", details).to_string();
        let given = reason.parse::<Reason>().ok();
        prop_assert_eq!(reason_of(&message), given.map(|given| given.as_str().to_owned()), "{}", message);
        let trailers = Trailers::of(&message);
        prop_assert_eq!(Action::noted_in(&trailers), Some(Action::Promote));
        let found = git(std::env::temp_dir(), &["interpret-trailers", "--parse", "--no-divider"], message.as_bytes());
        for line in String::from_utf8(found.stdout).unwrap().lines().filter(|line| line.starts_with("Envctl-")) {
            let (key, value) = line["Envctl-".len()..].split_once(": ").unwrap();
            prop_assert_eq!(trailers.value(key), Some(value), "{}", message);
        }
        let values = ["Action", "From", "Operation"].map(|key| trailers.value(key));
        prop_assert_eq!(values, [Some("promote"), Some("staging"), Some("0123456789abcdef")], "{}", message);
    }

    #[test]
    fn any_message_is_read(message in mutated(vec![
        written("The wording was wrong.", "0123456789abcdef", 2).to_string().into_bytes(),
        written("", "0123456789abcdef", 0).to_string().into_bytes(),
        b"hot fix\n\nWhy it was made.\n\nSigned-off-by: Ana <ana@example.org>\n".to_vec(),
    ], WORDS)) {
        let message = String::from_utf8_lossy(&message.0);
        let trailers = Trailers::of(&message);
        for key in ["Action", "From", "Operation", "Details"] {
            let value = trailers.value(key);
            prop_assert!(value.is_none_or(|value| message.contains(value) && !value.contains('\n')), "{:?}", value);
        }
        if let Some(reason) = reason_of(&message) {
            prop_assert!(message.replace("\r\n", "\n").contains(&reason));
        }
    }
}
