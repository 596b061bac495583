//! The command line of envctl.

#![expect(dead_code, reason = "the commands that use these rooms are written next")]
#![expect(unused_imports, reason = "the commands that use these rooms are written next")]

mod exit;
mod render;
mod ui;

fn main() {}
