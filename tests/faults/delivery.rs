//! Deliveries that are killed, or whose system calls fail: whoever reads the folder finds the old content or the new one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::aftermath::of_each;
use crate::limit::limited;
use crate::strace::{self, Point, spread};
use crate::world::{ENVCTL, World, tell};

/// What a delivery begins with.
#[derive(Clone, Copy, Debug)]
enum Before {
    /// No folder.
    Nothing,
    /// An earlier delivery, behind links.
    Links,
    /// An earlier delivery, in the folder itself.
    Files,
}

const FAULTS: [&str; 4] = ["signal=SIGKILL", "error=ENOSPC", "error=EIO", "error=EROFS"];
/// The environments that are delivered before and during the fault.
const OLD: &str = "zero";
const NEW: &str = "two";

fn render(environment: &str) -> [&str; 4] {
    ["render", environment, "-o", "../out"]
}

/// Returns what readers of a folder find: each file by its path, with its bytes.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries.map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            let below = content(&entry.path()).into_iter();
            found.extend(below.map(|(path, bytes)| (format!("{name}/{path}"), bytes)));
        } else if let Ok(bytes) = fs::read(entry.path()) {
            // A link that leads nowhere is a file that is not there yet.
            found.insert(name, bytes);
        }
    }
    found
}

fn template(before: Before) -> World {
    let world = World::with_prompts(2);
    let out = world.path("out");
    if !matches!(before, Before::Nothing) {
        world.run(&render(OLD));
    }
    if matches!(before, Before::Files) {
        let files = content(&out);
        fs::remove_dir_all(&out).unwrap();
        for (path, bytes) in files {
            fs::create_dir_all(out.join(&path).parent().unwrap()).unwrap();
            fs::write(out.join(path), bytes).unwrap();
        }
    }
    world
}

/// Makes one delivery fail; returns what must not be.
fn fail(
    template: &World,
    point: &Point,
    fault: &str,
    expected: &[BTreeMap<String, Vec<u8>>; 2],
) -> Option<String> {
    let world = template.copy();
    let inject = format!("inject={}:{fault}:when={}", point.name, point.when);
    let mut strace = world.command("strace");
    strace.args(["-f", "-o", "/dev/null", "-e"]);
    strace
        .arg(format!("trace={}", point.name))
        .args(["-e", &inject]);
    let run = limited(strace.arg(ENVCTL).args(render(NEW))).ok();
    let out = world.path("out");
    let [old, new] = expected;
    let found = content(&out);
    if found != *old && found != *new {
        return Some(format!("a mixture: {:?}", found.keys()));
    }
    if run.is_some_and(|run| run.status.success()) && found != *new {
        return Some("it says that it delivered, and did not".to_owned());
    }
    let next = limited(world.command(ENVCTL).args(render(NEW))).ok()?;
    if !next.status.success() {
        return Some(format!("the next delivery fails: {next:?}"));
    }
    let count = fs::read_dir(&out).unwrap().count();
    // `..data`, the generation, and the names of the configuration, the manifest and the prompts.
    (content(&out) != *new || count != 5)
        .then(|| format!("after the next delivery there are {count} names"))
}

fn fail_each(most: usize) {
    if !strace::is_there() {
        return;
    }
    let mut complaints = Vec::new();
    for before in [Before::Nothing, Before::Links, Before::Files] {
        let template = template(before);
        let old = content(&template.path("out"));
        let whole = template.copy();
        whole.run(&render(NEW));
        let expected = [old, content(&whole.path("out"))];
        assert_ne!(expected[0], expected[1]);
        let points = strace::points_of(&template.copy(), &render(NEW));
        // What comes before the first folder is made reads the repository.
        let begin = points
            .iter()
            .position(|point| point.name.starts_with("mkdir"))
            .unwrap();
        let points = &points[begin.saturating_sub(10)..];
        for fault in FAULTS {
            let chosen = spread(points, most);
            let ends = of_each(&chosen, |point| fail(&template, point, fault, &expected));
            for (point, why) in chosen.iter().zip(ends) {
                let at = format!("{before:?}, {fault} at {} #{}", point.name, point.when);
                complaints.extend(why.map(|why| format!("{at}: {why}")));
            }
        }
        tell(&format!("delivery, {before:?}: {} calls", points.len()));
    }
    assert_eq!(complaints, Vec::<String>::new());
}

#[test]
fn a_delivery_that_fails_leaves_old_or_new() {
    fail_each(8);
}

#[test]
#[ignore = "the full form: each call of a delivery"]
fn full_delivery_that_fails_leaves_old_or_new() {
    fail_each(usize::MAX);
}
