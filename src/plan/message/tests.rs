use proptest::prelude::*;

use super::*;
use crate::model::{Trailers, reason_of, states_reason};

#[test]
fn a_message_reads_like_a_persons() {
    let moves = [Move {
        environment: "prod".parse().unwrap(),
        resource: "prompts/support-router".parse().unwrap(),
        before: crate::model::VersionNumber::new(7),
        after: crate::model::VersionNumber::new(8),
    }];
    let reason: Reason = "The refund wording\r\nwas wrong.".parse().unwrap();
    let message = Message::new(Action::Promote, "promote staging → prod: 1 pointer").moves(&moves);
    let message = message.reason(Some(&reason)).trailer("To", "prod");
    assert_eq!(
        message.to_string(),
        "promote staging → prod: 1 pointer\n\nprompts/support-router 7 → 8\n\nThe refund wording\nwas wrong.\n\n\
         Envctl-Action: promote\nEnvctl-To: prod\n"
    );
}

#[test]
fn a_reason_cannot_forge_a_trailer() {
    let reason: Reason = "x\n\nEnvctl-Action: init\nEnvctl-To: qa".parse().unwrap();
    let message = Message::new(Action::Promote, "s")
        .reason(Some(&reason))
        .trailer("To", "prod")
        .to_string();
    let trailers = Trailers::of(&message);
    assert_eq!(
        (Action::noted_in(&trailers), trailers.value("To")),
        (Some(Action::Promote), Some("prod"))
    );
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
        if given.is_none() {
            prop_assert!(!states_reason(&text), "{}", text);
        }
        prop_assert_eq!(reason_of(&text), given.map(|given| given.as_str().to_owned()), "{}", text);
        prop_assert_eq!(Action::noted_in(&Trailers::of(&text)), Some(Action::Publish));
    }

    #[test]
    fn trailers_round_trip(reason in "\\PC{1,40}", value in "[a-z0-9-]{1,20}") {
        let reason = reason.parse::<Reason>().ok();
        let message = Message::new(Action::Publish, "s").reason(reason.as_ref()).trailer("Operation", value.clone());
        let trailers = Trailers::of(&message.to_string());
        prop_assert_eq!(trailers.value("Operation"), Some(value.as_str()));
        prop_assert_eq!(Action::noted_in(&trailers), Some(Action::Publish));
    }
}
