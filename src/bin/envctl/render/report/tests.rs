use envctl::diag::{Code, Place};

use super::*;

/// Returns a report of one commit with an error for each message.
pub fn report(messages: &[&str]) -> CheckReport {
    let finding =
        |message: &&str| Finding::error(Code::POINTER, Place::file("envctl.toml"), *message);
    let head = CommitId::from_bytes([1; 20]);
    let commit = Some(Heading {
        id: head,
        author: None,
        subject: "by hand".to_owned(),
    });
    let findings: Vec<Finding> = messages.iter().map(finding).collect();
    let found = CommitReport {
        commit,
        folder: ProjectFolder::root(),
        findings,
        snapshot: Snapshot::default(),
    };
    CheckReport {
        subject: "main..HEAD".to_owned(),
        folder: ProjectFolder::root(),
        base: None,
        head: Some(head),
        commits: 1,
        judged: 1,
        level: Assurance::Unsigned,
        found: if messages.is_empty() {
            Vec::new()
        } else {
            vec![found]
        },
        landings: Vec::new(),
        valid_until: None,
        lapses: None,
    }
}
