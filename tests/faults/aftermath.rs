//! What is true after a fault, whatever the fault was.

use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::world::{World, said};

/// What a fault did to a promotion of `one`, and what was wrong afterwards.
#[derive(Debug, Default)]
pub struct Aftermath {
    /// Whether the branch went on.
    pub landed: bool,
    /// The repository is damaged, or the branch is neither where it was nor at the promotion.
    pub corrupt: Option<String>,
    /// The next promotion did not work, or left something behind.
    pub next: Option<String>,
}

impl Aftermath {
    /// Looks at `world`, whose branch was at `old` before the fault, and lets the next promotion run.
    pub fn of(world: &World, old: &str) -> Self {
        let mut aftermath = Self::default();
        match moved(world, old) {
            Ok(landed) => aftermath.landed = landed,
            Err(why) => aftermath.corrupt = Some(why),
        }
        if aftermath.corrupt.is_none() {
            aftermath.next = next_write(world).err();
        }
        aftermath
    }

    /// All that is wrong, one line each.
    pub fn complaints(&self) -> impl Iterator<Item = String> {
        let corrupt = self.corrupt.iter().map(|why| format!("corrupt: {why}"));
        corrupt.chain(self.next.iter().map(|why| format!("next write: {why}")))
    }
}

/// Whether the branch went on from `old` by one promotion.
fn moved(world: &World, old: &str) -> Result<bool, String> {
    let tip = ask(world, &["rev-parse", "--verify", "refs/heads/main^{commit}"])?;
    ask(world, &["fsck", "--strict", "--no-dangling"])?;
    if tip == old {
        return Ok(false);
    }
    let parents = ask(world, &["show", "-s", "--format=%P", &tip])?;
    let operation = ask(world, &["show", "-s", "--format=%(trailers:key=Envctl-Operation,valueonly)", &tip])?;
    let by_promotion = parents == old && !operation.is_empty();
    if by_promotion { Ok(true) } else { Err(format!("the branch is at {tip}, made on {parents:?}, not on {old}")) }
}

/// Promotes `two`: that must land, and leave index, files and git's folder as they should be.
fn next_write(world: &World) -> Result<(), String> {
    let before = world.tip();
    succeeded("envctl", &world.try_promote("two", None))?;
    if ask(world, &["rev-parse", "main^"])? != before {
        return Err("it did not land".to_owned());
    }
    ask(world, &["fsck", "--strict", "--no-dangling"])?;
    let status = ask(world, &["status", "--porcelain"])?;
    if !status.is_empty() {
        return Err(format!("status: {status}"));
    }
    let live = |commit: &str| ask(world, &["show", &format!("{commit}:pointers/live.toml")]);
    if live("main")? != ask(world, &["show", "main:pointers/two.toml"])? {
        return Err("live does not serve what two serves".to_owned());
    }
    match world.leftover() {
        Some(path) => Err(format!("{} was left", path.display())),
        None => Ok(()),
    }
}

fn ask(world: &World, arguments: &[&str]) -> Result<String, String> {
    let output = world.try_git(arguments);
    succeeded(&format!("git {}", arguments[0]), &output)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

fn succeeded(what: &str, output: &Output) -> Result<(), String> {
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{what}: {}: {}", output.status, said(output).replace('\n', " / ")))
}

/// `work` of every item, on as many threads as the machine runs at once, in the order of the items.
pub fn of_each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((number, item)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|number| items.get(number).map(|item| (number, item)))
                {
                    let result = work(item);
                    done.lock().unwrap().push((number, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
