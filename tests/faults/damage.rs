//! Objects, packs and indexes that lost bytes: a verdict on what could not be read is none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::aftermath::of_each;
use crate::answers;
use crate::limit::limited;
use crate::strace::spread;
use crate::world::{ENVCTL, World, files_below, said};

/// What is asked of a damaged repository: what is live, a range of commits, and whether a promotion would pass.
const QUESTIONS: [&[&str]; 3] = [
    &["check", "--json"],
    &["check", "main~4..main", "--json"],
    &["promote", "one", "live", "--dry-run", "-y", "--json"],
];

/// How a file is damaged.
#[derive(Clone, Copy, Debug)]
enum Damage {
    /// Its second half is gone.
    Half,
    /// Nothing is left of it.
    Empty,
    /// One bit is another, so far into it, of a hundred.
    Bit(usize),
}

impl Damage {
    fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Half => bytes[..bytes.len() / 2].to_vec(),
            Self::Empty => Vec::new(),
            Self::Bit(place) => {
                let mut bytes = bytes.to_vec();
                let at = bytes.len() * place / 100;
                bytes[at] ^= 0x10;
                bytes
            }
        }
    }
}

/// A file, its damage, and how it is called in what is said of it.
struct Case {
    file: PathBuf,
    damage: Damage,
    named: String,
}

fn cases(
    world: &World,
    below: &str,
    damages: &[Damage],
    name: impl Fn(&Path) -> String,
) -> Vec<Case> {
    let files = files_below(&world.repo().join(".git").join(below));
    let case = |file: &PathBuf, damage: &Damage| {
        let inner = file.strip_prefix(world.repo()).unwrap();
        Case {
            file: inner.to_owned(),
            damage: *damage,
            named: name(inner),
        }
    };
    files
        .iter()
        .flat_map(|file| damages.iter().map(move |damage| case(file, damage)))
        .collect()
}

/// The first ten digits of the name of the loose object in this file.
fn object(file: &Path) -> String {
    let folder = file
        .parent()
        .and_then(Path::file_name)
        .unwrap()
        .to_str()
        .unwrap();
    format!(
        "{folder}{}",
        &file.file_name().unwrap().to_str().unwrap()[..8]
    )
}

/// What is wrong with the answer to one question.
fn complaint(sound: &Output, damaged: &Output, named: &str) -> Option<String> {
    if damaged.stdout == sound.stdout && damaged.status == sound.status {
        return None;
    }
    // Whatever was lost, it is an answer.
    let answer = serde_json::from_slice(&damaged.stdout).unwrap_or_default();
    if let Some(difference) = answers::differences(&answer).into_iter().next() {
        return Some(difference);
    }
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&damaged.stdout),
        said(damaged)
    );
    match damaged.status.code() {
        // Where the index of a pack is damaged, an object is missing, and 7 says that.
        // Attributes are read by libgit2, which does not say from which object.
        Some(1 | 7) if told.contains(named) || told.contains("cannot read the attributes of") => {
            None
        }
        // The verdict is the same, and what could not be told beside it is said.
        Some(0) if told.contains(named) && told.contains("cannot determine") => None,
        code => Some(format!("exit {code:?}: {told}")),
    }
}

fn ask(template: &World, sound: &[Output], case: &Case) -> Vec<String> {
    let world = template.copy();
    let file = world.repo().join(&case.file);
    let bytes = case.damage.of(&fs::read(&file).unwrap());
    fs::remove_file(&file).unwrap();
    fs::write(&file, bytes).unwrap();
    let ask = |(question, sound): (&&[&str], &Output)| {
        let mut command = world.command(ENVCTL);
        let why = match limited(command.args(*question)) {
            Ok(damaged) => complaint(sound, &damaged, &case.named)?,
            Err(_) => "no answer".to_owned(),
        };
        Some(format!(
            "{question:?} with {} {:?}: {why}",
            case.file.display(),
            case.damage
        ))
    };
    QUESTIONS.iter().zip(sound).filter_map(ask).collect()
}

fn assert_no_other_verdict(template: &World, cases: &[Case]) {
    let sound = QUESTIONS.map(|question| template.envctl(question));
    for (question, answer) in QUESTIONS.iter().zip(&sound) {
        assert!(answer.status.success(), "{question:?}: {}", said(answer));
    }
    let complaints = of_each(cases, |case| ask(template, &sound, case)).concat();
    assert_eq!(complaints, Vec::<String>::new());
}

#[test]
fn a_damaged_object_is_named_and_changes_no_verdict() {
    let world = World::repeatable(1);
    // Not cut off in the middle: libgit2 1.9.7 waits for ever for the rest of such an object, and nobody can stop it.
    let damages = [Damage::Empty, Damage::Bit(0)];
    let cases = cases(&world, "objects", &damages, object);
    assert_no_other_verdict(&world, &cases);
}

#[test]
fn a_damaged_pack_changes_no_verdict() {
    let world = World::repeatable(1);
    world.git(&["gc", "--quiet"]);
    // Not the end: there are the offsets of the pack's index, and libgit2 1.9.7 crashes where one of them leads astray.
    let damages: Vec<Damage> = (0..86)
        .step_by(2)
        .map(Damage::Bit)
        .chain([Damage::Half, Damage::Empty])
        .collect();
    let mut cases = cases(&world, "objects/pack", &damages, |_| String::new());
    // Nobody but git reads the others.
    cases.retain(|case| {
        case.file
            .extension()
            .is_some_and(|extension| extension == "pack" || extension == "idx")
    });
    assert_no_other_verdict(&world, &cases);
}

#[test]
fn a_damaged_index_is_named_and_nothing_lands() {
    let template = World::repeatable(1);
    let old = template.tip();
    let damages: Vec<Damage> = (0..100).map(Damage::Bit).chain([Damage::Half]).collect();
    let complaints = of_each(&spread(&damages, 40), |damage| {
        let world = template.copy();
        let index = world.repo().join(".git/index");
        fs::write(&index, damage.of(&fs::read(&index).unwrap())).unwrap();
        let output = world.promote("one", 0);
        let told = output.status.code() == Some(1) && said(&output).contains("index");
        if told && world.tip() == old {
            None
        } else {
            Some(format!("{damage:?}: {}: {}", output.status, said(&output)))
        }
    });
    assert_eq!(
        complaints.into_iter().flatten().collect::<Vec<_>>(),
        Vec::<String>::new()
    );
}
