//! The same commits give the same findings, and the same requester, however the range that holds them is cut.
//!
//! The histories are small and wild: anybody asks, approves, takes back, moves, grants and changes rules on three branches,
//! which fork from and are merged into each other, and every merge takes each of its files from whichever parent it likes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use envctl::files::release_in;
use envctl::model::{CommitId, PendingRelease};
use envctl::ops::{History, Pin, Range, Selection, Session, check_range};
use envctl::store::ProjectFolder;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::cases::cases;
use crate::project::slug;
use crate::sandbox::Sandbox;

const BEGIN: i64 = 1_000_000;
const WAITING: &str = "pending/prod.toml";
const LIVE: &str = "pointers/prod.toml";
const STAGED: &str = "pointers/staging.toml";
const RULES: &str = "environments/prod.toml";
const ACCESS: &str = "access.toml";
const CHANGING: [&str; 5] = [WAITING, LIVE, STAGED, RULES, ACCESS];
const PEOPLE: [&str; 3] = ["ana", "bob", "eve"];

/// The files that change; the others are the same in every commit.
type Files = BTreeMap<&'static str, String>;

#[derive(Clone, Debug)]
enum Deed {
    Ask(u8),
    TakeBack,
    Approve,
    Move(u8),
    Stage(u8),
    Grant(&'static str),
    Rules(&'static str),
    Delete,
    Nothing,
}

#[derive(Clone, Debug)]
enum Act {
    /// Somebody commits on a branch.
    Commit(usize, &'static str, Deed),
    /// A branch begins anew at a commit that there is.
    Fork(usize, Index),
    /// Somebody merges the second branch into the first, taking each file from the one side or the other, or what it was
    /// in some commit long ago.
    Merge(usize, usize, &'static str, [u8; 5], Index),
    /// Somebody merges a commit in which a request waits into the live branch, takes nothing but that, and approves it.
    Revive(Index, &'static str),
    /// People commit on a branch of what is live, or of some commit, and somebody merges into what is live just what they changed.
    Bring(Option<Index>, Vec<(&'static str, Deed)>, &'static str),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (2..4_u8).prop_map(Deed::Ask),
        3 => Just(Deed::TakeBack),
        6 => Just(Deed::Approve),
        2 => (1..4_u8).prop_map(Deed::Move),
        1 => (1..4_u8).prop_map(Deed::Stage),
        1 => select(vec!["viewer", "developer", "admin"]).prop_map(Deed::Grant),
        1 => select(vec![
            "separation_of_duties = true\n",
            "requires_approval = true\n",
            "min_dwell = \"5m\"\nno_rollback = true\n",
        ])
        .prop_map(Deed::Rules),
        1 => Just(Deed::Delete),
        1 => Just(Deed::Nothing),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    // Most happens on the first branch, which is the live one.
    let branch = || select(vec![0, 0, 0, 1, 2_usize]);
    let person = || select(PEOPLE.to_vec());
    prop_oneof![
        8 => (branch(), person(), deed()).prop_map(|(branch, who, deed)| Act::Commit(branch, who, deed)),
        2 => (1..3_usize, any::<Index>()).prop_map(|(branch, at)| Act::Fork(branch, at)),
        4 => (branch(), 0..3_usize, person(), any::<[u8; 5]>(), any::<Index>())
            .prop_map(|(into, from, who, takes, old)| Act::Merge(into, from, who, takes, old)),
        2 => (any::<Index>(), person()).prop_map(|(old, who)| Act::Revive(old, who)),
        4 => (
            proptest::option::weighted(0.3, any::<Index>()),
            proptest::collection::vec((person(), deed()), 1..4),
            person(),
        )
            .prop_map(|(from, deeds, who)| Act::Bring(from, deeds, who)),
    ]
}

fn rules(policy: &str) -> String {
    format!("name = \"Production\"\n\n[policy]\n{policy}")
}

fn pointer(number: u8) -> String {
    format!("[prompts.a]\nversion = {number}\n")
}

fn access(role: &str) -> String {
    let member = |name: &str, role: &str| {
        format!("[members.{name}]\nemails = [\"{name}@example.org\"]\nroles = [\"{role}\"]\n\n")
    };
    member("ana", "owner") + &member("bob", "developer") + &member("eve", role)
}

impl Deed {
    fn act(&self, files: &mut Files) {
        match self {
            Self::Ask(number) => {
                let seen = files.get(LIVE).and_then(|text| text.trim().chars().last());
                let seen = seen.map_or(String::new(), |seen| format!("seen = {seen}\n"));
                files.insert(WAITING, format!("{}{seen}", pointer(*number)));
            }
            Self::TakeBack => drop(files.remove(WAITING)),
            Self::Approve => {
                if let Some(asked) = files.remove(WAITING) {
                    let moved = asked.split("seen").next().unwrap_or_default();
                    files.insert(LIVE, moved.to_owned());
                }
            }
            Self::Move(number) => drop(files.insert(LIVE, pointer(*number))),
            Self::Stage(number) => drop(files.insert(STAGED, pointer(*number))),
            Self::Grant(role) => drop(files.insert(ACCESS, access(role))),
            Self::Rules(policy) => drop(files.insert(RULES, rules(policy))),
            Self::Delete => {
                if files.remove(RULES).is_some() {
                    files.remove(LIVE);
                    files.remove(WAITING);
                } else {
                    files.insert(RULES, rules("separation_of_duties = true\n"));
                }
            }
            Self::Nothing => {}
        }
    }
}

/// What was committed, by the marks of fast-import.
#[derive(Clone)]
struct Made {
    who: &'static str,
    parents: Vec<usize>,
    files: Files,
}

/// The commits that `acts` make, and the tip of the live branch.
fn made(acts: &[Act]) -> (Vec<Made>, usize) {
    let files = [
        (ACCESS, access("developer")),
        (RULES, rules("separation_of_duties = true\n")),
        (LIVE, pointer(1)),
        (STAGED, pointer(3)),
    ];
    let mut commits = vec![Made {
        who: "ana",
        parents: Vec::new(),
        files: files.into(),
    }];
    let mut tips = [0; 3];
    for act in acts {
        let (branch, commit) = match act {
            Act::Fork(branch, at) => {
                tips[*branch] = at.index(commits.len());
                continue;
            }
            Act::Commit(branch, who, deed) => {
                let mut files = commits[tips[*branch]].files.clone();
                deed.act(&mut files);
                let parents = vec![tips[*branch]];
                (
                    *branch,
                    Made {
                        who,
                        parents,
                        files,
                    },
                )
            }
            Act::Revive(old, who) => {
                let live = tips[0];
                let waits = |index: &usize| commits[*index].files.contains_key(WAITING);
                let old_ones: Vec<usize> = (0..commits.len())
                    .filter(waits)
                    .filter(|index| *index != live)
                    .collect();
                if old_ones.is_empty() {
                    continue;
                }
                let old = old_ones[old.index(old_ones.len())];
                let mut files = commits[live].files.clone();
                files.insert(WAITING, commits[old].files[WAITING].clone());
                let merge = Made {
                    who,
                    parents: vec![live, old],
                    files: files.clone(),
                };
                let parents = vec![commits.len()];
                commits.push(merge);
                Deed::Approve.act(&mut files);
                (
                    0,
                    Made {
                        who,
                        parents,
                        files,
                    },
                )
            }
            Act::Bring(from, deeds, who) => {
                let live = tips[0];
                let from = from.map_or(live, |from| from.index(commits.len()));
                let mut side = from;
                for (who, deed) in deeds {
                    let mut files = commits[side].files.clone();
                    deed.act(&mut files);
                    let parents = vec![side];
                    side = commits.len();
                    commits.push(Made {
                        who,
                        parents,
                        files,
                    });
                }
                let mut files = commits[live].files.clone();
                for path in CHANGING {
                    let [before, theirs] =
                        [from, side].map(|commit| commits[commit].files.get(path).cloned());
                    if theirs != before {
                        files.remove(path);
                        files.extend(theirs.map(|theirs| (path, theirs)));
                    }
                }
                let parents = vec![live, side];
                (
                    0,
                    Made {
                        who,
                        parents,
                        files,
                    },
                )
            }
            Act::Merge(into, from, who, takes, old) => {
                let parents = vec![tips[*into], tips[*from]];
                if parents[0] == parents[1] {
                    continue;
                }
                let old = old.index(commits.len());
                let mut files = Files::new();
                for (path, take) in CHANGING.iter().zip(takes) {
                    // Seldom something that no parent has.
                    let source = match take % 16 {
                        0 => old,
                        1..6 => parents[0],
                        _ => parents[1],
                    };
                    let text = commits[source].files.get(path);
                    files.extend(text.map(|text| (*path, text.clone())));
                }
                (
                    *into,
                    Made {
                        who,
                        parents,
                        files,
                    },
                )
            }
        };
        tips[branch] = commits.len();
        commits.push(commit);
    }
    (commits, tips[0])
}

/// The stream that makes `commits`, a minute apart.
fn stream(commits: &[Made], live: usize) -> String {
    stream_dated(commits, live, |_| 0)
}

/// The stream that makes `commits`, each so many seconds later than a minute after the one before.
fn stream_dated(commits: &[Made], live: usize, shift: impl Fn(usize) -> i64) -> String {
    let mut stream = String::new();
    for (index, commit) in commits.iter().enumerate() {
        let at = BEGIN + 60 * i64::try_from(index).unwrap() + shift(index);
        let who = format!("{0} <{0}@example.org> {at} +0000", commit.who);
        write!(
            stream,
            "commit refs/heads/all\nmark :{}\nauthor {who}\ncommitter {who}\ndata 4\nact\n",
            index + 1
        )
        .unwrap();
        for (place, parent) in commit.parents.iter().enumerate() {
            let word = if place == 0 { "from" } else { "merge" };
            writeln!(stream, "{word} :{}", parent + 1).unwrap();
        }
        stream.push_str("deleteall\n");
        let same = [
            ("envctl.toml", "schema = 1\n"),
            ("environments/staging.toml", "name = \"Staging\"\n"),
            ("prompts/a/1.md", "one\n"),
            ("prompts/a/2.md", "two\n"),
            ("prompts/a/3.md", "three\n"),
        ];
        let changing = commit.files.iter().map(|(path, text)| (*path, &**text));
        for (path, text) in same.into_iter().chain(changing) {
            writeln!(
                stream,
                "M 100644 inline {path}\ndata {}\n{text}",
                text.len()
            )
            .unwrap();
        }
    }
    writeln!(stream, "reset refs/heads/main\nfrom :{}\n", live + 1).unwrap();
    stream
}

fn now() -> Timestamp {
    Timestamp::from_second(BEGIN + 100_000).unwrap()
}

/// What is found in the range, commit by commit.
fn findings(sandbox: &Sandbox, base: CommitId, head: CommitId) -> Vec<String> {
    findings_at(sandbox, (base, head), now())
}

/// What is found in the range by whoever asks at that moment.
fn findings_at(
    sandbox: &Sandbox,
    (base, head): (CommitId, CommitId),
    now: Timestamp,
) -> Vec<String> {
    let selection = Selection::from(sandbox.repo(), now);
    let mut session = Session::open(sandbox.store(), &selection).unwrap();
    let range = Range {
        base: Some(base),
        head,
    };
    let report = check_range(&mut session, range, Pin::Line).unwrap();
    let each = report.findings.iter().flat_map(|found| {
        let commit = found.commit.short();
        let line = move |finding: &envctl::diag::Finding| {
            format!("{commit} {} {}", finding.code.as_str(), finding.message)
        };
        found.findings.iter().map(line)
    });
    each.collect()
}

/// The release that waits in a commit, read by git.
fn waiting(sandbox: &Sandbox, commit: &str) -> Option<PendingRelease> {
    let output = sandbox.try_git(&sandbox.repo(), &["show", &format!("{commit}:{WAITING}")]);
    output
        .status
        .success()
        .then(|| release_in(WAITING, &output.stdout))
}

/// Whether the merge of `first` and `side` takes from the side what waits there: that side changed it since every commit
/// that both come from, and the first parent did not.
fn side_asks(sandbox: &Sandbox, first: &str, side: &str) -> bool {
    let bases = sandbox.git(&["merge-base", "--all", first, side]);
    let before: Vec<_> = bases.lines().map(|base| waiting(sandbox, base)).collect();
    let (mine, theirs) = (waiting(sandbox, first), waiting(sandbox, side));
    before.iter().all(|before| *before != theirs) && before.contains(&mine)
}

/// Compares the requester that history tells at each commit of the line with what the rule says of the commit with which the
/// request came to the line.
fn require_the_right_requester(sandbox: &Sandbox, line: &[String]) {
    let store = sandbox.store();
    for (index, commit) in line.iter().enumerate() {
        let history = History::of(&store, &ProjectFolder::root(), commit.parse().unwrap()).unwrap();
        let request = history.request(&slug("prod")).unwrap();
        let waits = waiting(sandbox, commit);
        assert_eq!(request.is_some(), waits.is_some(), "{commit}");
        let Some(request) = request else { continue };
        let mut began = line[..=index].iter().rev();
        let came = began
            .clone()
            .zip(began.by_ref().skip(1))
            .find(|(_, before)| waiting(sandbox, before) != waits)
            .map_or(&line[0], |(came, _)| came);
        let parents = sandbox.git(&["rev-list", "--parents", "--max-count=1", came]);
        let parents: Vec<&str> = parents.split(' ').skip(1).collect();
        let asked_on_a_side = parents
            .iter()
            .skip(1)
            .any(|side| waiting(sandbox, side) == waits && side_asks(sandbox, parents[0], side));
        if !asked_on_a_side {
            assert_eq!(request.commit.to_string(), *came, "at {commit}");
        } else {
            let range = format!("^{}", parents[0]);
            let brought = sandbox.git(&["rev-list", came, &range]);
            let asked = request.commit.to_string();
            assert!(brought.contains(&asked) && asked != *came, "at {commit}");
        }
    }
}

/// A repository with the commits of `acts`, and those of its live line, oldest first.
fn repository(acts: &[Act]) -> (Sandbox, Vec<CommitId>) {
    let (commits, live) = made(acts);
    let sandbox = Sandbox::unborn();
    sandbox.import(stream(&commits, live).as_bytes());
    let line = line(&sandbox);
    (sandbox, line)
}

fn line(sandbox: &Sandbox) -> Vec<CommitId> {
    let line = sandbox.git(&["rev-list", "--reverse", "--first-parent", "main"]);
    line.lines().map(|id| id.parse().unwrap()).collect()
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn the_same_commits_give_the_same_findings_however_the_range_is_cut(
        acts in proptest::collection::vec(act(), 8..30),
    ) {
        let (sandbox, line) = repository(&acts);
        let (base, head) = (line[0], line[line.len() - 1]);
        let whole = findings(&sandbox, base, head);
        for cut in line {
            let parts = [findings(&sandbox, base, cut), findings(&sandbox, cut, head)].concat();
            prop_assert_eq!(&whole, &parts, "cut at {}", cut.short());
        }
    }

    /// Only that a commit is dated ahead is said as long as it is.
    #[test]
    fn the_verdict_on_a_commit_is_the_same_whenever_it_is_asked_for(
        acts in proptest::collection::vec(act(), 6..24),
        shifts in proptest::collection::vec(-20_000..20_000_i64, 24),
    ) {
        let (commits, live) = made(&acts);
        let sandbox = Sandbox::unborn();
        // The first commit is where the range begins, and no later one is older.
        let shift = |index: usize| if index == 0 { -40_000 } else { shifts[index % shifts.len()] };
        sandbox.import(stream_dated(&commits, live, shift).as_bytes());
        let line = line(&sandbox);
        let range = (line[0], line[line.len() - 1]);
        let verdict = |moment: i64| {
            let now = Timestamp::from_second(BEGIN + moment).unwrap();
            let mut found = findings_at(&sandbox, range, now);
            let ahead = found.extract_if(.., |line| line.contains(" future-date ")).count();
            (found, ahead)
        };
        let (last, ahead) = verdict(100_000);
        prop_assert_eq!(ahead, 0);
        for moment in (-20_000..30_000).step_by(5_000) {
            prop_assert_eq!(&verdict(moment).0, &last, "asked at {}", moment);
        }
    }

    #[test]
    fn whoever_asked_is_the_same_for_every_commit_that_sees_the_request(
        acts in proptest::collection::vec(act(), 4..24),
    ) {
        let (sandbox, line) = repository(&acts);
        let line: Vec<String> = line.iter().map(CommitId::to_string).collect();
        require_the_right_requester(&sandbox, &line);
    }
}

/// A request that was taken back comes again with a merge: it is the request of whoever merged, who cannot approve it.
#[test]
fn a_request_that_a_merge_revives_is_the_mergers_own() {
    let acts = [
        Act::Commit(0, "bob", Deed::Ask(3)),
        Act::Commit(0, "bob", Deed::TakeBack),
    ];
    let (mut commits, live) = made(&acts);
    let mut files = commits[live].files.clone();
    files.insert(WAITING, commits[1].files[WAITING].clone());
    commits.push(Made {
        who: "eve",
        parents: vec![live, 1],
        files: files.clone(),
    });
    Deed::Approve.act(&mut files);
    commits.push(Made {
        who: "eve",
        parents: vec![live + 1],
        files,
    });
    let sandbox = Sandbox::unborn();
    sandbox.import(stream(&commits, commits.len() - 1).as_bytes());
    let ids = line(&sandbox);
    let [_, _, before, merge, approval] = ids[..] else {
        panic!("{ids:?}")
    };
    for base in [before, merge] {
        let found = findings(&sandbox, base, approval);
        assert_eq!(found.len(), 1, "{found:?}");
        let expected = format!("{} separation-of-duties", approval.short());
        assert!(found[0].starts_with(&expected), "{found:?}");
    }
}

/// What the histories are about happens in them: merges bring requests, approvals, grants and rules, and commits are dated
/// behind and ahead of those before them.
#[test]
fn the_histories_have_merges_that_bring_requests_approvals_grants_and_rules() {
    let mut runner = TestRunner::deterministic();
    let histories = proptest::collection::vec(act(), 8..30);
    let mut brought = BTreeMap::new();
    for _ in 0..60 {
        let acts = histories.new_tree(&mut runner).unwrap().current();
        let (commits, live) = made(&acts);
        let mut on_line = Some(live);
        while let Some(index) = on_line {
            let commit = &commits[index];
            on_line = commit.parents.first().copied();
            let [first, side] = commit.parents[..] else {
                continue;
            };
            for path in [WAITING, LIVE, RULES, ACCESS] {
                let [mine, theirs, both] =
                    [first, side, index].map(|commit| commits[commit].files.get(path));
                if both != mine && both == theirs {
                    *brought.entry(path).or_insert(0) += 1;
                }
            }
            let approves = commits[first].files.contains_key(WAITING)
                && !commit.files.contains_key(WAITING)
                && commit.files.get(LIVE) != commits[first].files.get(LIVE);
            *brought.entry("approval").or_insert(0) += u32::from(approves);
        }
    }
    for what in [WAITING, LIVE, RULES, ACCESS, "approval"] {
        let count = brought.get(what).copied().unwrap_or_default();
        assert!(count >= 10, "{what}: {brought:?}");
    }
}
