//! The command line of envctl.

fn main() {}
