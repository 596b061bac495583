//! The ends of ranges: a small part of what git reads, and nothing that git reads otherwise.

use std::cell::RefCell;
use std::collections::BTreeMap;

use envctl::model::CommitId;
use envctl::ops::RevisionRange;
use envctl::store::Store;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use super::objects::git;
use crate::cases::cases;
use crate::sandbox::Sandbox;

/// A merge on `main`, a branch, tags of both kinds, one name that is a branch and a tag, and a remote-tracking branch.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["checkout", "-q", "-b", "feature/x"]);
    sandbox.write("other.txt", "of the branch\n");
    sandbox.commit_all("on the branch");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("README.md", "of main\n");
    sandbox.commit_all("on main");
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "merged", "feature/x"]);
    sandbox.git(&["tag", "v1", "HEAD~1"]);
    sandbox.git(&["tag", "-a", "-m", "of a tag", "v2", "HEAD"]);
    sandbox.git(&["tag", "a-tree", "HEAD^{tree}"]);
    sandbox.git(&["branch", "both", "HEAD~1"]);
    sandbox.git(&["tag", "both", "HEAD"]);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "HEAD^"]);
    sandbox.git(&["branch", "facade5", "HEAD~1"]);
    sandbox
}

/// Names that each mean one commit of the repository; `<N>` is the beginning of a commit's name.
const NAMES: &[&str] = &[
    "HEAD",
    "main",
    "feature/x",
    "v1",
    "v2",
    "origin/main",
    "<7>",
    "<8>",
    "<40>",
];

/// Steps from a commit to one before it.
const STEPS: &[&str] = &["~", "^", "~1", "^1", "~0", "^0"];

/// All that an end of a range can be spelled of, and what git reads otherwise.
const WORDS: &[&str] = &[
    "HEAD",
    "main",
    "feature/x",
    "v1",
    "v2",
    "a-tree",
    "both",
    "origin/main",
    "origin",
    "facade5",
    "refs/heads/main",
    "heads/main",
    "<7>",
    "<8>",
    "<40>",
    "<6>",
    "<41>",
    "~",
    "^",
    "~1",
    "~2",
    "^1",
    "^2",
    "^3",
    "~0",
    "^0",
    "^^",
    "~99999999999999999999",
    "^{commit}",
    "^{tree}",
    "^{}",
    "^{/x}",
    ":/x",
    ":README.md",
    "@",
    "@{0}",
    "@{u}",
    "@{-1}",
    "..",
    "...",
    "-",
    "--",
    "-n",
    " ",
    "é",
    "\u{202e}",
    ".",
    "/",
    "x",
    "0",
    "FETCH_HEAD",
    "*",
    "?",
];

/// Texts of which about half name a commit: words in any order, or a name and steps from it.
fn text(names: Vec<String>) -> impl Strategy<Value = String> {
    let spelled = move |word: &'static str, chosen: usize| match word
        .strip_prefix('<')
        .and_then(|word| word.strip_suffix('>'))
    {
        Some(digits) => {
            format!("{:f<41}", names[chosen % names.len()])[..digits.parse().unwrap()].to_owned()
        }
        None => word.to_owned(),
    };
    let any_order = vec((select(WORDS), any::<usize>()), 0..5);
    let name_and_steps = (
        (select(NAMES), any::<usize>()),
        vec((select(STEPS), Just(0)), 0..3),
    )
        .prop_map(|(name, mut words)| {
            words.insert(0, name);
            words
        });
    prop_oneof![any_order, name_and_steps].prop_map(move |words| {
        words
            .into_iter()
            .map(|(word, chosen)| spelled(word, chosen))
            .collect()
    })
}

/// What git says that each text names as a commit; none: nothing.
fn by_git(sandbox: &Sandbox, texts: &[String]) -> Vec<Option<CommitId>> {
    let asked: String = texts
        .iter()
        .map(|text| format!("{text}^{{commit}}\n"))
        .collect();
    let told = git(
        sandbox.repo(),
        &["cat-file", "--batch-check=%(objectname)"],
        asked.as_bytes(),
    );
    let answers: Vec<Option<CommitId>> = String::from_utf8(told.stdout)
        .unwrap()
        .lines()
        .map(|line| line.parse().ok())
        .collect();
    assert_eq!(answers.len(), texts.len());
    answers
}

#[test]
fn what_an_end_of_a_range_names_git_names_too() {
    let sandbox = repository();
    let store: Store = sandbox.store();
    let names: Vec<String> = sandbox
        .git(&["rev-list", "--all"])
        .lines()
        .map(str::to_owned)
        .collect();
    let named: RefCell<BTreeMap<String, CommitId>> = RefCell::default();
    let mut runner = TestRunner::new(cases(1500));
    let run = runner.run(&text(names), |text| {
        if let Ok(commit) = store.endpoint(&text) {
            named.borrow_mut().insert(text.clone(), commit);
        }
        let Ok(range) = text.parse::<RevisionRange>();
        let Ok(again) = range.to_string().parse::<RevisionRange>();
        prop_assert_eq!(again.to_string(), range.to_string(), "{:?}", text);
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
    let named = named.into_inner();
    assert!(
        named.len() > 50,
        "hardly any text names a commit: {named:?}"
    );
    let texts: Vec<String> = named.keys().cloned().collect();
    for (text, git) in texts.iter().zip(by_git(&sandbox, &texts)) {
        assert_eq!(git, Some(named[text]), "{text:?}");
    }
}

/// The other way round: no text of the grammar is refused that names one commit only.
#[test]
fn every_text_of_the_grammar_that_names_one_commit_is_read() {
    let sandbox = repository();
    let store = sandbox.store();
    let said: RefCell<BTreeMap<String, Option<CommitId>>> = RefCell::default();
    let texts = (
        "HEAD|main|feature/x|v1|v2|origin/main",
        "(~[0-3]?|\\^[1-2]?){0,3}",
    );
    let mut runner = TestRunner::new(cases(300));
    let run = runner.run(&texts, |(name, steps)| {
        let text = format!("{name}{steps}");
        let commit = store.endpoint(&text).ok();
        said.borrow_mut().insert(text, commit);
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
    let said = said.into_inner();
    let texts: Vec<String> = said.keys().cloned().collect();
    for (text, git) in texts.iter().zip(by_git(&sandbox, &texts)) {
        assert_eq!(said[text], git, "{text:?}");
    }
}
