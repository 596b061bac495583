use crate::answers;
use crate::world::Output;

/// How many characters of a stream are shown in a complaint.
const SHOWN: usize = 600;

/// How a command ends that slept for too long: `timeout` ended it.
const OVERSLEPT: i32 = 124;

/// How a command ends that used more than its share of the processor: SIGXCPU ended it.
const USED_UP: i32 = 128 + nix::libc::SIGXCPU;

/// What is wrong with how a command ended.
pub fn verdict(output: &Output, exit: i32, says: Option<&str>, json: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if output.exit != exit {
        wrong.push(format!("it ended with {} and not with {exit}", output.exit));
    }
    if [OVERSLEPT, USED_UP].contains(&output.exit) {
        wrong.push("it hung".to_owned());
    } else if output.exit == 101 || output.exit > 130 || output.stderr.contains("panicked at") {
        wrong.push("it crashed".to_owned());
    }
    for (name, text) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        if let Some(raw) = text.chars().find(|c| *c != '\n' && *c != '\t' && acts(*c)) {
            wrong.push(format!("{raw:?} reached {name}"));
        }
    }
    if !json.is_empty() {
        wrong.extend(wrong_json(output));
    }
    let said = format!("{}{}", output.stdout, output.stderr);
    if let Some(says) = says.filter(|says| !said.contains(*says)) {
        wrong.push(format!("it does not say {says:?}"));
    }
    wrong
}

fn wrong_json(output: &Output) -> Option<String> {
    // Where stdout was taken away there is nothing to read.
    if output.stdout.is_empty() && output.stdout_gone {
        return None;
    }
    match serde_json::from_str::<serde_json::Value>(&output.stdout) {
        Ok(answer) if answer["ok"] != (output.exit == 0 || output.exit == 10) => {
            Some(format!("ok is {}", answer["ok"]))
        }
        Ok(answer) => answers::differences(&answer).into_iter().next(),
        Err(error) => Some(format!("its answer is no JSON: {error}")),
    }
}

/// Whether a terminal acts on a character instead of showing it, or hides or reorders others because of it.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' |
            '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cut = |text: &str| text.chars().take(SHOWN).collect::<String>();
        write!(
            f,
            "{} {:?} {:?}",
            self.exit,
            cut(&self.stdout),
            cut(&self.stderr)
        )
    }
}
