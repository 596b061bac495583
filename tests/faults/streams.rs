//! Writes whose answer nobody can read: the exit code tells whether it landed, not whether that could be said.

use std::process::Stdio;

use crate::world::{ENVCTL, World};

/// What the shell makes of the streams.
const STREAMS: [&str; 4] = [">&-", ">&- 2>&-", ">/dev/full", ">/dev/full 2>/dev/full"];
const PROMOTION: [&str; 5] = ["promote", "one", "live", "-y", "--json"];

#[test]
fn a_write_that_lands_is_a_success_whatever_becomes_of_its_answer() {
    let template = World::with_prompts(1);
    for streams in STREAMS {
        let world = template.copy();
        let script = format!("exec \"$0\" \"$@\" {streams}");
        let run = |arguments: &[&str]| {
            let mut shell = world.command("sh");
            shell
                .args(["-c", &script, ENVCTL])
                .args(arguments)
                .output()
                .unwrap()
                .status
                .code()
        };
        let old = world.tip();
        assert_eq!(
            run(&["promote", "nowhere", "live", "-y", "--json"]),
            Some(1),
            "{streams}"
        );
        assert_eq!(world.tip(), old, "{streams}");
        assert_eq!(run(&PROMOTION), Some(0), "{streams}");
        assert_eq!(
            (world.git(&["rev-parse", "main^"]), world.status()),
            (old, String::new()),
            "{streams}"
        );
    }
}

#[test]
fn a_write_whose_reader_has_gone_lands() {
    let world = World::with_prompts(1);
    let old = world.tip();
    let mut command = world.command(ENVCTL);
    let mut child = command
        .args(PROMOTION)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(world.git(&["rev-parse", "main^"]), old);
}
