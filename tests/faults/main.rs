//! What becomes of a write under races, kills and full disks, with the `git` program as the witness.
//!
//! The built binary runs in sealed worlds. `strace` makes the faults: it ends the program at a system call, or makes the
//! call fail. Where there is no `strace` those tests say so and pass; with the variable `CI` set they fail.
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
//! cargo test --release --test faults -- --ignored --nocapture race
//! cargo test --release --test faults -- --ignored --nocapture kill
//! cargo test --release --test faults -- --ignored --nocapture errors
//! cargo test --release --test faults -- --ignored --nocapture push
//! ```

#![cfg(unix)]

#[cfg(test)]
mod aftermath;
#[cfg(test)]
mod beside_git;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod damage;
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
#[cfg(target_os = "linux")]
mod kill;
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
