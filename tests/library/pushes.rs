//! Whoever pushes to a server, in whatever order and in however many pieces: nothing gets past its hook that a check of all of
//! it would report.
//!
//! A developer, an admin of one environment and a bot commit what comes to their minds, on branches that fork from and are
//! merged into each other, with dates behind and ahead of the clock. What the hook refuses they go on with all the same.

use std::collections::HashMap;

use envctl::check::any_error;
use envctl::model::CommitId;
use envctl::ops::{Pin, Push, PushDestination, Update, judge_push};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::cases::cases;
use crate::fixtures::Files;
use crate::forge::Forge;
use crate::project::time;

const WAITING: &str = "pending/qa.toml";
const QA: &str = "pointers/qa.toml";
const PROD: &str = "pointers/prod.toml";
const STAGING: &str = "pointers/staging.toml";
const RULES: &str = "environments/qa.toml";
const ACCESS: &str = "access.toml";
/// A developer, an admin of qa, and a bot that may develop; and an owner, who sometimes sets what they make use of.
const PEOPLE: [&str; 4] = ["dora", "quentin", "ci", "ana"];
/// How many drafts there are beside what is live.
const DRAFTS: usize = 2;

#[derive(Clone, Debug)]
enum Deed {
    Publish,
    Stage(u8),
    Ask(u8),
    TakeBack,
    Approve,
    Move(&'static str, u8),
    Rules(&'static str),
    Grant(&'static str, &'static str),
    Person,
    Text(&'static str),
    Outside,
    All,
}

#[derive(Clone, Debug)]
enum Act {
    /// Somebody commits to a draft, so many minutes before now.
    Commit(usize, &'static str, i64, Deed),
    /// A draft begins anew at what is live, or at some commit.
    Fork(usize, Option<Index>),
    /// Somebody merges a draft into what is live, or into the other draft; each file from the one side or the other.
    Merge(usize, bool, &'static str, u32),
    /// A draft is pushed.
    Push(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        2 => Just(Deed::Publish),
        3 => (1..4_u8).prop_map(Deed::Stage),
        5 => (2..4_u8).prop_map(Deed::Ask),
        2 => Just(Deed::TakeBack),
        5 => Just(Deed::Approve),
        2 => (select(vec![QA, PROD]), 1..4_u8).prop_map(|(path, number)| Deed::Move(path, number)),
        2 => select(vec![
            "",
            "requires_approval = true\n",
            "separation_of_duties = true\n",
            "min_dwell = \"5m\"\nno_rollback = true\n",
        ])
        .prop_map(Deed::Rules),
        2 => (
            select(vec!["dora", "quentin", "ci", "vic"]),
            select(vec!["viewer", "developer", "admin", "owner"]),
        )
            .prop_map(|(who, role)| Deed::Grant(who, role)),
        1 => Just(Deed::Person),
        1 => select(vec!["prompts/README.md", "pointers/.gitattributes"]).prop_map(Deed::Text),
        1 => Just(Deed::Outside),
        1 => Just(Deed::All),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let draft = || 0..DRAFTS;
    let person = || select(PEOPLE.to_vec());
    prop_oneof![
        8 => (draft(), person(), -20..60_i64, deed())
            .prop_map(|(draft, who, ago, deed)| Act::Commit(draft, who, ago, deed)),
        2 => (draft(), proptest::option::weighted(0.3, any::<Index>()))
            .prop_map(|(draft, at)| Act::Fork(draft, at)),
        3 => (draft(), any::<bool>(), person(), any::<u32>())
            .prop_map(|(draft, live, who, takes)| Act::Merge(draft, live, who, takes)),
        5 => draft().prop_map(Act::Push),
    ]
}

fn text(files: &Files, path: &str) -> String {
    let bytes = files.get(path).map(|bytes| bytes.to_vec());
    String::from_utf8(bytes.unwrap_or_default()).unwrap()
}

fn put(files: &mut Files, path: &str, text: String) {
    files.insert(path.to_owned(), text.into_bytes().into());
}

impl Deed {
    fn act(&self, files: &mut Files) {
        let pointer = |number: u8| format!("[prompts.router]\nversion = {number}\n");
        match self {
            Self::Publish => {
                let next = (1..).find(|n| !files.contains_key(&format!("prompts/tone/{n}.txt")));
                put(
                    files,
                    &format!("prompts/tone/{}.txt", next.unwrap()),
                    "Be brief.\n".to_owned(),
                );
            }
            Self::Stage(number) => put(files, STAGING, pointer(*number)),
            Self::Ask(number) => {
                let live = text(files, QA);
                let seen = live.trim().chars().last().unwrap_or('1');
                put(
                    files,
                    WAITING,
                    format!("from = \"staging\"\n\n{}seen = {seen}\n", pointer(*number)),
                );
            }
            Self::TakeBack => drop(files.remove(WAITING)),
            Self::Approve => {
                let asked = text(files, WAITING);
                if let Some(number) = asked.split("version = ").nth(1) {
                    let number = number.as_bytes()[0] - b'0';
                    files.remove(WAITING);
                    files.insert(QA.to_owned(), pointer(number).into_bytes().into());
                }
            }
            Self::Move(path, number) => put(files, path, pointer(*number)),
            Self::Rules(rules) => put(
                files,
                RULES,
                format!("name = \"Quality\"\n\n[policy]\n{rules}"),
            ),
            Self::Grant(who, role) => {
                let access = text(files, ACCESS);
                let (before, rest) = access.split_once(&format!("[members.{who}]\n")).unwrap();
                let (emails, rest) = rest.split_once('\n').unwrap();
                let (_, rest) = rest.split_once('\n').unwrap();
                put(
                    files,
                    ACCESS,
                    format!("{before}[members.{who}]\n{emails}\nroles = [\"{role}\"]\n{rest}"),
                );
            }
            Self::Person => {
                let access = text(files, ACCESS).replace("bot = true\n", "");
                put(files, ACCESS, access);
            }
            Self::Text(path) => {
                let text = text(files, path);
                put(files, path, text + "* -diff\n");
            }
            Self::Outside => {
                let text = text(files, "NOTES");
                put(files, "NOTES", text + "x\n");
            }
            Self::All => {
                Self::Publish.act(files);
                Self::Stage(2).act(files);
                Self::Move(QA, 3).act(files);
            }
        }
    }
}

/// A server, and what people have beside it.
struct World {
    forge: Forge,
    /// The files of every commit.
    files: HashMap<CommitId, Files>,
    commits: Vec<CommitId>,
    live: CommitId,
    drafts: [CommitId; DRAFTS],
    landed: usize,
    refused: usize,
}

impl World {
    fn new() -> Self {
        let rules = "name = \"Quality\"\n\n[policy]\nseparation_of_duties = true\n";
        let one = "[prompts.router]\nversion = 1\n";
        let forge = Forge::of(
            "support+team",
            &[(RULES, rules), (QA, one), (PROD, one), (STAGING, one)],
        );
        let (live, files) = (forge.base, forge.files_after(&[]));
        Self {
            forge,
            files: HashMap::from([(live, files)]),
            commits: vec![live],
            live,
            drafts: [live; DRAFTS],
            landed: 0,
            refused: 0,
        }
    }

    fn commit(&mut self, who: (&'static str, i64), parents: &[CommitId], files: Files) -> CommitId {
        let commit = self.forge.made(who, parents, &files);
        self.files.insert(commit, files);
        self.commits.push(commit);
        commit
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Commit(draft, who, ago, deed) => {
                let on = self.drafts[*draft];
                let mut files = self.files[&on].clone();
                deed.act(&mut files);
                self.drafts[*draft] = self.commit((who, *ago), &[on], files);
            }
            Act::Fork(draft, at) => {
                let at = at.map(|at| self.commits[at.index(self.commits.len())]);
                self.drafts[*draft] = at.unwrap_or(self.live);
            }
            Act::Merge(draft, into_live, who, takes) => {
                let first = match into_live {
                    true => self.live,
                    false => self.drafts[1 - draft],
                };
                let side = self.drafts[*draft];
                if first == side {
                    return;
                }
                let (ours, theirs) = (&self.files[&first], &self.files[&side]);
                let paths = ours.keys().chain(theirs.keys());
                let mut files = Files::new();
                for (index, path) in paths.enumerate() {
                    // Mostly what the side has; seldom what the first parent has in spite of it.
                    let from = if takes >> (index % 31) & 7 == 0 {
                        ours
                    } else {
                        theirs
                    };
                    files.extend(from.get(path).map(|bytes| (path.clone(), bytes.clone())));
                }
                self.drafts[*draft] = self.commit((who, 0), &[first, side], files);
            }
            Act::Push(draft) => self.push(self.drafts[*draft]),
        }
    }

    /// Pushes `head` as the live branch: it lands if the hook lets it.
    fn push(&mut self, head: CommitId) {
        if head == self.live {
            return;
        }
        let push = Push {
            updates: vec![Update {
                old: Some(self.live),
                new: Some(head),
                reference: "refs/heads/main".to_owned(),
            }],
            destination: PushDestination::Here,
            project: None,
            allowed: Vec::new(),
        };
        let mut store = self.forge.sandbox.store();
        let taken = judge_push(&mut store, &push, time()).is_ok_and(|judged| {
            judged.iter().all(|range| {
                let found = range
                    .report
                    .findings
                    .iter()
                    .flat_map(|found| &found.findings);
                !any_error(found)
            })
        });
        if taken {
            self.live = head;
            self.landed += 1;
        } else {
            self.refused += 1;
        }
    }

    /// The errors that a check of everything that landed reports.
    fn reported(&self) -> Vec<String> {
        let report = self.forge.check(self.forge.base, self.live, Pin::Line);
        let report = report.unwrap();
        let each = report.findings.iter().flat_map(|found| {
            let errors = found
                .findings
                .iter()
                .filter(|finding| any_error([*finding]));
            errors.map(|finding| format!("{} {finding:?}", found.commit.short()))
        });
        each.collect()
    }
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn nothing_gets_past_the_hook_that_a_check_of_all_of_it_would_report(
        acts in proptest::collection::vec(act(), 8..40),
    ) {
        let mut world = World::new();
        for act in &acts {
            world.act(act);
        }
        let reported = world.reported();
        prop_assert!(reported.is_empty(), "{reported:#?}");
    }
}

#[test]
fn the_pushes_include_ones_that_land_and_ones_that_are_refused() {
    let mut world = World::new();
    let commit = |who, deed| Act::Commit(0, who, 0, deed);
    let (ask, approve) = (|| Deed::Ask(2), || Deed::Approve);
    let acts = [
        // Asked for, and approved by the same person, by a bot, and by somebody else.
        commit("dora", Deed::Stage(2)),
        commit("dora", ask()),
        Act::Push(0),
        commit("dora", approve()),
        Act::Push(0),
        Act::Fork(0, None),
        commit("ci", approve()),
        Act::Push(0),
        Act::Fork(0, None),
        commit("quentin", approve()),
        Act::Push(0),
        // What a draft has is merged, by the bot, too; a grant is not.
        commit("quentin", Deed::Publish),
        Act::Fork(0, None),
        commit("dora", Deed::Publish),
        Act::Merge(0, true, "ci", u32::MAX),
        Act::Push(0),
        commit("ana", Deed::Grant("vic", "developer")),
        Act::Merge(0, true, "ci", u32::MAX),
        Act::Push(0),
    ];
    for act in &acts {
        world.act(act);
    }
    assert_eq!((world.landed, world.refused), (3, 3));
    assert_eq!(world.reported(), Vec::<String>::new());
}
