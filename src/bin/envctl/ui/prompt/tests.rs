use super::{Interactivity, Prompting};

const PERSON: Interactivity = Interactivity {
    stdin_terminal: true,
    stderr_terminal: true,
    ci: false,
    no_input: false,
};

#[test]
fn a_person_at_a_terminal_may_be_asked() {
    assert_eq!(Prompting::decide(PERSON), Prompting::Allowed);
}

#[test]
fn one_reason_is_enough_not_to_ask() {
    for (interactivity, expected) in [
        (
            Interactivity {
                stdin_terminal: false,
                ..PERSON
            },
            "stdin is not a terminal",
        ),
        (
            Interactivity {
                stderr_terminal: false,
                ..PERSON
            },
            "stderr is not a terminal",
        ),
        (
            Interactivity { ci: true, ..PERSON },
            "the environment variable CI is set",
        ),
        (
            Interactivity {
                no_input: true,
                ci: true,
                ..PERSON
            },
            "--no-input was given",
        ),
    ] {
        assert_eq!(
            Prompting::decide(interactivity),
            Prompting::Forbidden { reason: expected }
        );
    }
}
