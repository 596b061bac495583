//! What a range does, on histories that git alone wrote.

use envctl::diag::Code;
use envctl::model::{CommitId, Resource};
use envctl::ops::{
    Dwell, EnvironmentReview, Fate, ReadError, ReleaseChange, Review, ReviewedMove, RevisionRange,
    Ruling, Selection, Session, TextDifference, review,
};
use envctl::policy::Outcome;
use envctl::store::{Discovery, Store};
use jiff::Timestamp;

use crate::project::{resource, slug};
use crate::sandbox::Sandbox;

const SETTINGS: &str = "schema = 1\nname = \"Desk\"\nbranch = \"main\"\ndefault_publish = \"prod\"\n\
    gateway_fallback = \"prod\"\norder = [\"staging\", \"prod\"]\n";
const PROD: &str = "name = \"Production\"\nproduction = true\n";

/// The hour `hours` after the beginning.
fn hour(hours: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + hours * 3600).unwrap()
}

/// A project whose past git writes, an hour a commit.
struct Past {
    sandbox: Sandbox,
    hours: std::cell::Cell<i64>,
}

impl Past {
    /// Version 1 of a prompt is live in both environments, 2 in staging since hour 1.
    fn new() -> Self {
        let past = Self {
            sandbox: Sandbox::unborn(),
            hours: std::cell::Cell::new(0),
        };
        past.put("envctl.toml", SETTINGS);
        past.put("environments/prod.toml", PROD);
        past.put("environments/staging.toml", "name = \"Staging\"\n");
        past.put("prompts/a/1.md", "one\ntwo\nthree\n");
        past.serve("prod", 1);
        past.serve("staging", 1);
        past.commit("begin");
        past.put("prompts/a/2.md", "one\n2 {{ more }}\nthree\n");
        past.serve("staging", 2);
        past.commit("publish");
        past
    }

    /// As [`Past::new`], with this policy of prod since hour 2.
    fn under(policy: &str) -> Self {
        let past = Self::new();
        past.put(
            "environments/prod.toml",
            &format!("{PROD}\n[policy]\n{policy}"),
        );
        past.commit("policy");
        past
    }

    fn put(&self, path: &str, text: &str) {
        self.sandbox.write(path, text);
    }

    fn serve(&self, environment: &str, number: u32) {
        self.put(
            &format!("pointers/{environment}.toml"),
            &format!("[prompts.a]\nversion = {number}\n"),
        );
    }

    fn commit(&self, message: &str) -> CommitId {
        self.sandbox.git(&["add", "-A"]);
        self.sandbox.git_at(
            hour(self.hours.get()),
            &["commit", "-q", "--allow-empty", "-m", message],
        );
        self.hours.set(self.hours.get() + 1);
        self.sandbox.head()
    }

    fn session(&self) -> Session {
        Session::open(
            self.sandbox.store(),
            &Selection::from(self.sandbox.repo(), hour(1000)),
        )
        .unwrap()
    }

    /// The review of `range` as of the hour `at`.
    fn review(&self, range: &str, at: i64) -> Review {
        self.review_about(range, &[], at).unwrap()
    }

    fn review_about(
        &self,
        range: &str,
        resources: &[Resource],
        at: i64,
    ) -> Result<Review, ReadError> {
        let session = self.session();
        let Ok(range) = range.parse::<RevisionRange>();
        let ends = range.ends(&session.store, "HEAD")?;
        review(&session, ends, resources, hour(at))
    }
}

fn of<'r>(review: &'r Review, environment: &str) -> &'r EnvironmentReview {
    review
        .environments
        .iter()
        .find(|one| one.slug == slug(environment))
        .unwrap()
}

/// The outcome of each rule that has something to say.
fn verdicts(reviewed: &ReviewedMove) -> Vec<(Code, Outcome)> {
    let Ruling::Judged(judged) = &reviewed.ruling else {
        panic!("no verdict: {reviewed:?}")
    };
    judged
        .verdicts
        .iter()
        .map(|verdict| (verdict.rule, verdict.outcome))
        .collect()
}

#[test]
fn a_move_comes_with_its_dwell_its_verdict_and_its_text() {
    let past = Past::under("required_source = \"staging\"\nmin_dwell = \"24h\"\n");
    past.serve("prod", 2);
    past.commit("promote");
    let early = past.review("HEAD~1..", 5);
    let [reviewed] = &*of(&early, "prod").moves else {
        panic!("{early:?}")
    };
    assert_eq!(reviewed.moved.to_string(), "prompts/a 1 → 2");
    let Dwell::Live { source, since, .. } = &reviewed.dwell else {
        panic!("{reviewed:?}")
    };
    assert_eq!((source, *since), (&slug("staging"), hour(1)));
    let waits = Outcome::Wait(Some(hour(25)));
    let expected = [
        (Code::REQUIRED_SOURCE, Outcome::Pass),
        (Code::MIN_DWELL, waits),
    ];
    assert_eq!(verdicts(reviewed), expected);
    let later = past.review("HEAD~1..", 25);
    assert_eq!(
        of(&later, "prod").moves[0].ruling.outcome(),
        Some(Outcome::Pass)
    );
    let text = later.text_of(&reviewed.moved);
    assert!(
        matches!(
            text,
            Some(TextDifference::Lines {
                added: 1,
                removed: 1,
                ..
            })
        ),
        "{text:?}"
    );
    assert_eq!(later.variables[0].added, ["more"]);
}

#[test]
fn without_a_required_source_the_longest_dwell_elsewhere_counts() {
    let past = Past::new();
    past.put("environments/qa.toml", "name = \"QA\"\n");
    past.serve("qa", 2);
    past.commit("a later place");
    past.serve("prod", 2);
    past.commit("promote");
    let review = past.review("HEAD~1..", 10);
    let Dwell::Live { source, since, .. } = &of(&review, "prod").moves[0].dwell else {
        panic!("{review:?}")
    };
    assert_eq!((source, *since), (&slug("staging"), hour(1)));
}

/// The policy of the older end judges, so nobody loosens the rule that judges the same change.
#[test]
fn a_policy_that_is_loosened_in_the_range_still_judges_it() {
    let past = Past::under("min_dwell = \"24h\"\n");
    past.put("environments/prod.toml", PROD);
    past.commit("loosen");
    past.serve("prod", 2);
    past.commit("promote");
    let review = past.review("HEAD~2..", 5);
    let prod = of(&review, "prod");
    assert_eq!(
        prod.moves[0].ruling.outcome(),
        Some(Outcome::Wait(Some(hour(25))))
    );
    let [change] = &*prod.policy else {
        panic!("{prod:?}")
    };
    assert_eq!(
        (change.setting.to_string(), change.before.is_some()),
        ("min_dwell=".to_owned(), true)
    );
}

#[test]
fn three_dots_begin_where_the_branches_part() {
    let past = Past::new();
    past.sandbox.git(&["checkout", "-q", "-b", "topic"]);
    past.serve("prod", 2);
    past.commit("promote");
    past.sandbox.git(&["checkout", "-q", "main"]);
    past.put("environments/staging.toml", "name = \"Elsewhere\"\n");
    past.commit("meanwhile");
    let names = |range: &str| -> Vec<String> {
        past.review(range, 10)
            .environments
            .iter()
            .map(|one| one.slug.to_string())
            .collect()
    };
    assert_eq!(names("main...topic"), ["prod"]);
    assert_eq!(names("main..topic"), ["prod", "staging"]);
    assert_eq!(names("topic...main"), ["staging"]);
    past.sandbox.git(&["checkout", "-q", "--orphan", "alone"]);
    past.commit("alone");
    assert!(matches!(
        past.review_about("main...alone", &[], 10),
        Err(ReadError::Unrelated { .. })
    ));
    assert!(past.review("main..alone", 10).is_empty());
    assert!(matches!(
        past.review_about("main..nowhere", &[], 10),
        Err(ReadError::NoSuchRevision { .. })
    ));
}

#[test]
fn everything_that_a_range_can_do_is_told() {
    let past = Past::new();
    past.put(
        "envctl.toml",
        &SETTINGS.replace("gateway_fallback = \"prod\"", "gateway_fallback = \"qa\""),
    );
    past.put(
        "environments/qa.toml",
        "name = \"QA\"\ncolor = \"red\"\n\n[policy.prompts]\nno_rollback = true\n",
    );
    past.put(
        "environments/staging.toml",
        "name = \"Stage\"\ndescription = \"d\"\n",
    );
    past.put("prompts/b/1.md", "new\n");
    past.put("access.toml", "\n");
    past.sandbox.git(&["rm", "-q", "pointers/prod.toml"]);
    past.commit("much");
    let review = past.review("HEAD~1..", 10);
    let settings: Vec<_> = review
        .settings
        .iter()
        .map(|change| (change.key.as_str(), change.after.as_deref()))
        .collect();
    assert_eq!(settings, [("gateway_fallback", Some("qa"))]);
    assert_eq!(review.access, Some(Fate::Added));
    let shown: Vec<_> = review
        .environments
        .iter()
        .map(|one| (one.slug.as_str(), one.fate))
        .collect();
    assert_eq!(
        shown,
        [
            ("prod", Fate::Changed),
            ("staging", Fate::Changed),
            ("qa", Fate::Added)
        ]
    );
    let keys = |one: &EnvironmentReview| {
        one.settings
            .iter()
            .map(|change| change.key.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(of(&review, "staging")), ["name", "description"]);
    assert_eq!(keys(of(&review, "qa")), ["name", "color"]);
    assert_eq!(
        of(&review, "qa").policy[0].setting.to_string(),
        "prompts.no_rollback=true"
    );
    assert_eq!(
        of(&review, "prod").moves[0].moved.to_string(),
        "prompts/a 1 removed"
    );
    let [published] = &*review.published else {
        panic!("{review:?}")
    };
    assert_eq!(
        (
            published.id.to_string(),
            published.size,
            published.live.len()
        ),
        ("prompts/b@1".to_owned(), 4, 0)
    );
    assert_eq!((review.texts.len(), review.texts[0].before), (1, None));
    let about = past
        .review_about("HEAD~1..", &[resource("prompts/b")], 10)
        .unwrap();
    assert_eq!(
        (
            about.environments.len(),
            about.settings.len(),
            about.access,
            about.published.len()
        ),
        (0, 0, None, 1)
    );
}

#[test]
fn a_version_that_changed_or_went_is_pointed_out() {
    let past = Past::new();
    past.put("prompts/a/1.md", "other\n");
    past.sandbox.git(&["rm", "-q", "prompts/a/2.md"]);
    past.commit("break");
    let review = past.review("HEAD~1..", 10);
    assert_eq!(review.altered, ["prompts/a@1".parse().unwrap()]);
    assert_eq!(review.vanished, ["prompts/a@2".parse().unwrap()]);
}

#[test]
fn where_there_was_no_project_nothing_is_judged() {
    let past = Past::under("min_dwell = \"24h\"\n");
    past.sandbox.git(&["checkout", "-q", "--orphan", "before"]);
    past.sandbox.git(&["rm", "-q", "-rf", "."]);
    past.commit("nothing yet");
    let range = past
        .sandbox
        .git(&["rev-parse", "HEAD", "main"])
        .replace('\n', "..");
    past.sandbox.git(&["checkout", "-q", "main"]);
    let made = past.review(&range, 10);
    assert!(
        made.environments.iter().all(|one| one.fate == Fate::Added),
        "{made:?}"
    );
    assert!(
        made.moves()
            .all(|reviewed| reviewed.ruling == Ruling::Unjudged),
        "{made:?}"
    );
    assert_eq!((made.moves().count(), made.published.len()), (2, 2));
    let gone = past.review("main..before", 10);
    assert!(
        gone.environments
            .iter()
            .all(|one| one.fate == Fate::Removed),
        "{gone:?}"
    );
    assert!(
        gone.moves()
            .all(|reviewed| reviewed.ruling == Ruling::Unjudged),
        "{gone:?}"
    );
}

#[test]
fn a_project_is_found_where_only_an_end_has_it() {
    let past = Past::new();
    let there = past.sandbox.head();
    past.sandbox.git(&["checkout", "-q", "--orphan", "before"]);
    past.sandbox.git(&["rm", "-q", "-rf", "."]);
    past.commit("nothing yet");
    let open = |others: &[CommitId]| {
        Session::open_among(
            past.sandbox.store(),
            &Selection::from(past.sandbox.repo(), hour(1000)),
            others,
        )
    };
    assert!(matches!(open(&[]), Err(ReadError::NoProject { .. })));
    assert!(open(&[there]).unwrap().folder.is_root());
}

#[test]
fn in_a_shallow_clone_only_what_needs_history_is_unknown() {
    let past = Past::under("min_dwell = \"24h\"\n");
    past.put(
        "environments/staging.toml",
        "name = \"Staging\"\n\n[policy]\nrequires_approval = false\n",
    );
    past.commit("before");
    past.serve("prod", 2);
    past.serve("staging", 1);
    past.commit("both");
    let origin = format!("file://{}", past.sandbox.repo().display());
    let clone = past.sandbox.path("clone");
    past.sandbox.git_in(
        past.sandbox.path(".").as_path(),
        &["clone", "-q", "--depth", "2", &origin, "clone"],
    );
    let store = Store::open(Discovery::From(&clone)).unwrap();
    let session = Session::open(store, &Selection::from(clone, hour(1000))).unwrap();
    let Ok(range) = "HEAD~1..HEAD".parse::<RevisionRange>();
    let ends = range.ends(&session.store, "HEAD").unwrap();
    let review = review(&session, ends, &[], hour(10)).unwrap();
    let prod = &of(&review, "prod").moves[0];
    assert_eq!(
        (&prod.ruling, &prod.dwell),
        (&Ruling::Unknown, &Dwell::Unknown)
    );
    assert_eq!(
        of(&review, "staging").moves[0].ruling.outcome(),
        Some(Outcome::Pass)
    );
    assert!(matches!(
        review.text_of(&prod.moved),
        Some(TextDifference::Lines { .. })
    ));
    let Ok(range) = "HEAD~1...HEAD".parse::<RevisionRange>();
    assert_eq!(range.ends(&session.store, "HEAD").unwrap(), ends);
}

const REQUEST: &str = "from = \"staging\"\n\n[prompts.a]\nversion = 2\nseen = 1\n";

#[test]
fn releases_are_asked_for_approved_and_closed() {
    let past = Past::under("requires_approval = true\n");
    past.put("pending/prod.toml", REQUEST);
    past.commit("request");
    let requested = past.review("HEAD~1..", 10);
    let release = of(&requested, "prod").release.as_ref().unwrap();
    assert_eq!(
        (release.change, release.from.as_ref()),
        (ReleaseChange::Requested, Some(&slug("staging")))
    );
    assert_eq!(release.moves[0].ruling.outcome(), Some(Outcome::Pass));
    assert!(of(&requested, "prod").moves.is_empty());
    assert_eq!(requested.variables.len(), 1);

    past.sandbox.git(&["checkout", "-q", "-b", "closing"]);
    past.sandbox.git(&["rm", "-q", "pending/prod.toml"]);
    past.commit("close");
    let closed = past.review("HEAD~1..", 10);
    assert_eq!(
        of(&closed, "prod").release.as_ref().unwrap().change,
        ReleaseChange::Closed
    );

    past.sandbox.git(&["checkout", "-q", "main"]);
    past.sandbox.git(&["rm", "-q", "pending/prod.toml"]);
    past.serve("prod", 2);
    past.commit("approve");
    let approved = past.review("HEAD~1..", 10);
    assert_eq!(
        of(&approved, "prod").release.as_ref().unwrap().change,
        ReleaseChange::Approved
    );
    assert_eq!(
        of(&approved, "prod").moves[0].ruling.outcome(),
        Some(Outcome::Pass)
    );
}

/// Net of both, a pointer moves that nobody approved; the commits in between say who did, unless they are squashed.
#[test]
fn an_approval_within_the_range_is_named() {
    let past = Past::under("requires_approval = true\n");
    past.put("pending/prod.toml", REQUEST);
    let request = past.commit("request");
    past.sandbox.git(&["rm", "-q", "pending/prod.toml"]);
    past.serve("prod", 2);
    let approval = past.commit("approve");
    let review = past.review("HEAD~2..", 10);
    let reviewed = &of(&review, "prod").moves[0];
    assert_eq!(verdicts(reviewed), [(Code::APPROVAL, Outcome::Wait(None))]);
    let account = reviewed.approved_within().unwrap();
    assert_eq!(
        (
            account.origin.id,
            account.request.as_ref().unwrap().commit.id
        ),
        (approval, request)
    );

    past.sandbox.git(&["reset", "-q", "--soft", "HEAD~2"]);
    past.commit("squashed");
    assert!(
        of(&past.review("HEAD~1..", 10), "prod").moves[0]
            .approved_within()
            .is_none()
    );
}

/// Whoever approves in the range is told from its commits, as the judge of a single commit takes its author.
#[test]
fn duties_are_separate_where_another_person_approves_in_the_range() {
    for (author, outcome) in [
        ("Git <git@example.org>", Outcome::Refuse),
        ("Ana <ana@example.org>", Outcome::Pass),
    ] {
        let past = Past::under("separation_of_duties = true\n");
        past.put("pending/prod.toml", REQUEST);
        past.commit("request");
        past.sandbox.git(&["rm", "-q", "pending/prod.toml"]);
        past.serve("prod", 2);
        past.commit("approve");
        past.sandbox.git_at(
            hour(4),
            &["commit", "-q", "--amend", "--no-edit", "--author", author],
        );
        past.put("unrelated.txt", "x");
        past.commit("and something else");
        let review = past.review("HEAD~2..", 10);
        let reviewed = &of(&review, "prod").moves[0];
        assert!(
            verdicts(reviewed).contains(&(Code::SEPARATION_OF_DUTIES, outcome)),
            "{author}: {reviewed:?}"
        );
    }
}

#[test]
fn no_literal_secret_gets_into_a_text() {
    let past = Past::new();
    let key = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789";
    past.put(
        "providers/p/1.toml",
        &format!("base_url = \"https://x.example\"\nmodels = [\"m\"]\ncredential = \"{key}\"\n"),
    );
    past.commit("leak");
    let other = key.replace("0123", "9876");
    past.put(
        "providers/p/2.toml",
        &format!("base_url = \"https://x.example\"\nmodels = [\"m\"]\ncredential = \"{other}\"\n"),
    );
    past.commit("another");
    let all = past.review("HEAD~2..", 10);
    assert_eq!(all.texts.len(), 2);
    assert!(
        !format!("{:?}", all.texts).contains("abcdefghijkl"),
        "{:?}",
        all.texts
    );
    assert_eq!(
        past.review("HEAD~1..", 10).texts[0].difference,
        TextDifference::Hidden
    );
}

#[test]
fn what_is_no_text_or_too_large_says_so() {
    let past = Past::new();
    std::fs::create_dir_all(past.sandbox.repo().join("prompts/b")).unwrap();
    std::fs::write(past.sandbox.repo().join("prompts/b/1.md"), b"\xff\x00").unwrap();
    past.put("prompts/c/1.md", &"x".repeat(1024 * 1024 + 1));
    past.put("pointers/staging.toml", "[prompts.a]\nversion = 9\n");
    past.commit("odd");
    let review = past.review("HEAD~1..", 10);
    let found: Vec<_> = review.texts.iter().map(|text| &text.difference).collect();
    assert_eq!(
        found,
        [
            &TextDifference::Missing,
            &TextDifference::NotText,
            &TextDifference::TooLarge
        ]
    );
    assert_eq!(review.published[1].size, 1024 * 1024 + 1);
}

#[test]
fn what_cannot_be_read_hides_only_itself() {
    let past = Past::new();
    past.put("environments/staging.toml", "name = \n");
    past.serve("prod", 2);
    past.commit("broken");
    let review = past.review("HEAD~1..", 10);
    assert_eq!(
        (
            review.from.state.findings.len(),
            review.to.state.findings.len()
        ),
        (0, 1)
    );
    assert_eq!(of(&review, "prod").moves.len(), 1);
}
