//! Names, and everything else that is one word of a file or of a command line.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use envctl::files::PolicySetting;
use envctl::model::{
    BranchName, CommitId, Email, EnvironmentSlug, RemoteName, Resource, ResourceName, TimeSpan,
    VersionId,
};
use envctl::store::ProjectFolder;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::mutation::mutated;
use crate::cases::cases;

const RIGHT: [&str; 14] = [
    "prod",
    "support-router",
    "a1",
    "prompts/tone@3",
    "routing/primary",
    "feature/new-tone",
    "origin",
    "team/gateway",
    "24h",
    "1h 30m",
    "min_dwell=24h",
    "ana@example.org",
    "com1",
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
];
const WORDS: &[&str] = &[
    "-",
    "--",
    ".",
    "..",
    "/",
    "//",
    "\\",
    "@",
    "@{",
    "~",
    "^",
    ":",
    "*",
    " ",
    "\t",
    "\n",
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{200b}",
    "е",
    "ａ",
    "e\u{301}",
    "A",
    "con",
    "nul",
    "lpt9",
    "HEAD",
    ".lock",
    ".git",
    ".GIT",
    "0",
    "00",
    "4294967296",
    "--upload-pack=x",
    "$(x)",
    "ext::",
    "=",
    "<",
    ">",
    "P1Y",
    "1y",
    "-1h",
    "0.5h",
    "9999999999h",
    "a234567890123456789012345678901234567890123456789012345678901234567890",
];

fn text() -> impl Strategy<Value = String> {
    let changed = mutated(
        RIGHT.iter().map(|text| text.as_bytes().to_vec()).collect(),
        WORDS,
    );
    prop_oneof![
        4 => changed.prop_map(|bytes| String::from_utf8_lossy(&bytes.0).into_owned()),
        1 => any::<String>(),
        1 => "[a-z0-9-]{0,70}",
    ]
}

/// What was read from `text` is the same when it is written and read again; what was read.
fn stays<T>(text: &str) -> Result<Option<T>, TestCaseError>
where
    T: FromStr<Err: Display> + Display + PartialEq + Debug,
{
    match text.parse::<T>() {
        Err(why) => {
            prop_assert!(!why.to_string().is_empty());
            Ok(None)
        }
        Ok(read) => {
            let written = read.to_string();
            let again = written
                .parse::<T>()
                .map_err(|why| TestCaseError::fail(format!("{written:?}: {why}")))?;
            prop_assert_eq!(&again, &read, "{:?} becomes {:?}", text, written);
            Ok(Some(read))
        }
    }
}

/// The rules of a slug, as the specification puts them.
fn is_slug(text: &str, longest: usize) -> bool {
    let bytes = text.as_bytes();
    let plain = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    let numbered = |name: &str| {
        text.strip_prefix(name)
            .is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
    };
    let device = ["con", "prn", "aux", "nul"].contains(&text) || numbered("com") || numbered("lpt");
    (1..=longest).contains(&bytes.len())
        && bytes.iter().all(plain)
        && bytes[0] != b'-'
        && bytes[bytes.len() - 1] != b'-'
        && !device
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn a_slug_is_what_the_specification_says_and_nothing_else(text in text()) {
        prop_assert_eq!(stays::<EnvironmentSlug>(&text)?.is_some(), is_slug(&text, 63), "{:?}", text);
        prop_assert_eq!(stays::<ResourceName>(&text)?.is_some(), is_slug(&text, 128), "{:?}", text);
        let resource = text.split_once('/').is_some_and(|(kind, name)| {
            ["prompts", "routing", "providers"].contains(&kind) && is_slug(name, 128)
        });
        prop_assert_eq!(stays::<Resource>(&text)?.is_some(), resource, "{:?}", text);
    }

    #[test]
    fn names_that_git_sees_are_names_for_git(text in text()) {
        if let Some(branch) = stays::<BranchName>(&text)? {
            prop_assert!(git2::Branch::name_is_valid(branch.as_str()).unwrap(), "{:?}", text);
            prop_assert!(!text.starts_with('-'));
        }
        if let Some(remote) = stays::<RemoteName>(&text)? {
            prop_assert!(git2::Remote::is_valid_name(remote.as_str()), "{:?}", text);
            prop_assert!(!text.starts_with('-') && !text.contains([':', '\\']), "{:?} could be a place", text);
        }
        if let Some(folder) = stays::<ProjectFolder>(&text)? {
            let mut parts = std::path::Path::new(folder.as_str()).components();
            prop_assert!(parts.all(|part| matches!(part, std::path::Component::Normal(_))), "{:?}", text);
        }
        if let Some(commit) = stays::<CommitId>(&text)? {
            let by_git = git2::Oid::from_str(&text).unwrap();
            prop_assert_eq!(by_git.as_bytes(), commit.as_bytes());
        }
    }

    #[test]
    fn every_other_word_reads_one_way(text in text()) {
        stays::<VersionId>(&text)?;
        if let Some(span) = stays::<TimeSpan>(&text)? {
            prop_assert!(span <= TimeSpan::MAX, "{:?}", text);
        }
        if let Some(email) = stays::<Email>(&text)? {
            prop_assert!(!email.as_str().contains(['<', '>', '\n', '\0', ' ']), "{:?}", text);
        }
        // One that is refused says why; one that is accepted is a key and a value of a policy.
        if let Err(why) = text.parse::<PolicySetting>() {
            prop_assert!(!why.to_string().is_empty());
        }
    }
}
