use proptest::prelude::*;

use super::*;
use crate::plan::trailers::Trailers;

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
        (trailers.action(), trailers.value("To")),
        (Some(Action::Promote), Some("prod"))
    );
}

proptest! {
    #[test]
    fn trailers_round_trip(reason in "\\PC{1,40}", value in "[a-z0-9-]{1,20}") {
        let reason = reason.parse::<Reason>().ok();
        let message = Message::new(Action::Publish, "s").reason(reason.as_ref()).trailer("Operation", value.clone());
        let trailers = Trailers::of(&message.to_string());
        prop_assert_eq!(trailers.value("Operation"), Some(value.as_str()));
        prop_assert_eq!(trailers.action(), Some(Action::Publish));
    }
}
