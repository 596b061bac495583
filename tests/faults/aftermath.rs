//! What is true after a fault, whatever the fault was.

use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::operation::{NEXT, Operation};
use crate::world::{World, said};

/// What a fault did to an operation, and what was wrong afterwards.
#[derive(Debug, Default)]
pub struct Aftermath {
    /// Whether the branch went on.
    pub landed: bool,
    /// The repository is damaged, or the branch is neither where it was nor at the commit of the operation.
    pub corrupt: Option<String>,
    /// The next write did not work, or left something behind.
    pub next: Option<String>,
}

impl Aftermath {
    /// Looks at `world`, whose branch was at `old` before the fault, and lets the next write run.
    pub fn of(operation: &Operation, world: &World, old: Option<&str>) -> Self {
        let mut aftermath = Self::default();
        match moved(operation, world, old) {
            Ok(landed) => aftermath.landed = landed,
            Err(why) => aftermath.corrupt = Some(why),
        }
        if aftermath.corrupt.is_none() {
            aftermath.next = next_write(operation, world, aftermath.landed).err();
        }
        aftermath
    }

    /// All that is wrong, one line each.
    pub fn complaints(&self) -> impl Iterator<Item = String> {
        let corrupt = self.corrupt.iter().map(|why| format!("corrupt: {why}"));
        corrupt.chain(self.next.iter().map(|why| format!("next write: {why}")))
    }
}

/// Whether the branch went on from `old` by what the operation does.
fn moved(operation: &Operation, world: &World, old: Option<&str>) -> Result<bool, String> {
    let Some(tip) = world.branch() else {
        return if old.is_none() {
            Ok(false)
        } else {
            Err("the branch is gone".to_owned())
        };
    };
    ask(world, &["fsck", "--strict", "--no-dangling"])?;
    if Some(tip.as_str()) == old {
        return Ok(false);
    }
    let parents = ask(world, &["show", "-s", "--format=%P", &tip])?;
    let id = ask(
        world,
        &[
            "show",
            "-s",
            "--format=%(trailers:key=Envctl-Operation,valueonly)",
            &tip,
        ],
    )?;
    if parents == old.unwrap_or_default() && !id.is_empty() && operation.is_done(world, &tip) {
        return Ok(true);
    }
    Err(format!(
        "the branch is at {tip}, made on {parents:?}, not on {old:?}"
    ))
}

/// Writes something else, and then the operation itself, which must land if it has not, and otherwise say so.
fn next_write(operation: &Operation, world: &World, landed: bool) -> Result<(), String> {
    if operation.founds && !landed {
        expect(operation, world, 0)?;
    }
    write(world, &NEXT)?;
    if landed || operation.founds {
        let tip = world.tip();
        expect(operation, world, operation.again)?;
        return if world.tip() == tip {
            Ok(())
        } else {
            Err("it landed twice".to_owned())
        };
    }
    write(world, operation.arguments)?;
    if operation.is_done(world, "main") {
        Ok(())
    } else {
        Err("what landed is something else".to_owned())
    }
}

fn expect(operation: &Operation, world: &World, code: i32) -> Result<(), String> {
    let output = world.envctl(operation.arguments);
    if output.status.code() == Some(code) {
        Ok(())
    } else {
        succeeded("the same again", &output)
    }
}

/// Lets envctl write something: that must land, and leave index, files and git's folder as they should be.
pub fn write(world: &World, arguments: &[&str]) -> Result<(), String> {
    let before = world.tip();
    succeeded(arguments[0], &world.envctl(arguments))?;
    if ask(world, &["rev-parse", "main^"])? != before {
        return Err(format!("{arguments:?} did not land"));
    }
    ask(world, &["fsck", "--strict", "--no-dangling"])?;
    let status = ask(world, &["status", "--porcelain"])?;
    if !status.is_empty() {
        return Err(format!("status: {status}"));
    }
    match world.leftover() {
        Some(path) => Err(format!("{} was left", path.display())),
        None => Ok(()),
    }
}

fn ask(world: &World, arguments: &[&str]) -> Result<String, String> {
    let output = world.try_git(arguments);
    succeeded(&format!("git {}", arguments[0]), &output)?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned())
}

fn succeeded(what: &str, output: &Output) -> Result<(), String> {
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{what}: {}: {}",
        output.status,
        said(output).replace('\n', " / ")
    ))
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
