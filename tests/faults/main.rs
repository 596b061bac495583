//! What becomes of a write under races, kills, full disks and whatever else fails, with the `git` program as the witness.
//!
//! The built binary runs in sealed worlds. `operation` lists the commands under test, each with the world that it is run in
//! and the mark by which old is told from new; `aftermath` says what must be true afterwards, whatever happened: nothing is
//! damaged, the next write works and leaves nothing behind, and the same command again lands or says that it has landed.
//! `kill` and `errors` are matrices of all commands and the system calls that they make: `strace` makes the faults, ends
//! the program at a call or makes the call fail. Where there is no `strace` those tests say so and pass; with the variable
//! `CI` set they fail. The others make a fault of their own: locks that are held, a small disk, streams that are closed,
//! branches that change meanwhile, files that lost bytes.
//!
//! Each test has a short form that runs with the others. The full forms print a table; all of them:
//!
//! ```text
//! cargo test --release --test faults -- --ignored --nocapture
//! ```
//!
//! or one at a time:
//!
//! ```text
//! cargo test --release --test faults -- --ignored --nocapture full_race
//! cargo test --release --test faults -- --ignored --nocapture full_kill
//! cargo test --release --test faults -- --ignored --nocapture full_errors
//! cargo test --release --test faults -- --ignored --nocapture push
//! ```

#![cfg(unix)]

#[cfg(test)]
mod aftermath;
#[cfg(test)]
#[path = "../support/schemas.rs"]
mod answers;
#[cfg(test)]
mod beside_git;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod budget;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod damage;
#[cfg(test)]
mod delivery;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod errors;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod full_disk;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod held;
#[cfg(test)]
#[path = "../support/isolation.rs"]
mod isolation;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod kill;
#[cfg(test)]
#[path = "../support/limit.rs"]
mod limit;
#[cfg(test)]
mod meanwhile;
#[cfg(test)]
mod operation;
#[cfg(test)]
mod permission;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod push;
#[cfg(test)]
mod race;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod strace;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod world;
