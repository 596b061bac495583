//! Where the project is published.

/// The public address of the repository. `OWNER` stands for whoever publishes it, which is not decided.
pub const REPOSITORY: &str = "https://github.com/OWNER/envctl";
