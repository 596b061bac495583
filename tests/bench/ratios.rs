//! How long envctl takes beside what one would do without it.
//!
//! A machine drifts by half within minutes, so that no duration means anything and only ratios are told: each round runs
//! both sides once, one right after the other, and the median over the rounds is what stands in the table. Below 1,
//! envctl is faster. Every run has to prove that it did its job.
//!
//! The rows of the company's repository run on a small one. `ENVCTL_BENCH_COMPANY=whole cargo bench -- company` makes
//! the whole one, 100,000 commits with 100,000 versions, and keeps it beside the build.
//!
//! `cargo bench` runs all rows, `cargo bench -- memory` those with that word in their name. Without `--bench`, as under
//! `cargo test --benches`, one round of each row runs on small projects, to see that both sides still work.

mod bombs;
mod company;
mod contest;
mod history;
#[path = "../support/isolation.rs"]
mod isolation;
mod moves;
mod process;
mod quartiles;
mod repository;
mod rows;

use std::io::{self, Write};
use std::path::Path;

use crate::contest::{Contest, Measured};
use crate::rows::{Row, Scale};

/// A file system in memory, where there is one.
const MEMORY: &str = "/dev/shm";

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let scale = if arguments.iter().any(|argument| argument == "--bench") {
        Scale::Full
    } else {
        Scale::Smoke
    };
    let words: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wanted =
        |row: &&Row| words.is_empty() || words.iter().any(|word| row.name.contains(word.as_str()));
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:<22} {:>7}  {:<15} {:<9} against",
        "row", "median", "quartiles", "target"
    )?;
    for row in rows::ALL.iter().filter(wanted) {
        let measured = run(row, scale)?;
        let verdict = match scale {
            Scale::Smoke => "runs",
            Scale::Full if measured.median <= row.target => "met",
            Scale::Full => "MISSED",
        };
        writeln!(
            out,
            "{:<22} {:>7.2}  {:<15} ≤ {:<7} {} — {verdict}",
            row.name,
            measured.median,
            format!("{:.2} – {:.2}", measured.lower, measured.upper),
            row.target,
            row.against,
        )?;
        out.flush()?;
    }
    Ok(())
}

/// Builds what the row needs in a folder of its own and measures; the folder goes with the row.
fn run(row: &Row, scale: Scale) -> io::Result<Measured> {
    let memory = Path::new(MEMORY);
    let folder = if row.in_memory() && memory.is_dir() {
        tempfile::tempdir_in(memory)?
    } else {
        // Beside the build, since the folder for temporary files is often one in memory.
        tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?
    };
    let contest: Contest = (row.contest)(folder.path(), scale)?;
    let rounds = if scale == Scale::Full { row.rounds } else { 1 };
    contest.measure(rounds)
}
