use crate::world::World;

const REPORT: &str =
    "<testsuites><testsuite><testcase name='a'/><testcase name='b'/></testsuite></testsuites>";

/// prompts/router@2 is in staging, and prod requires the check evals.
fn checked() -> World {
    let world = World::promoted();
    world.done(&["policy", "set", "prod", "required_checks=evals"]);
    world
}

fn promote(world: &World, exit: i32) -> serde_json::Value {
    world.json(
        exit,
        &["promote", "staging", "prod", "prompts/router", "-y"],
    )
}

#[test]
fn a_result_opens_the_way_and_is_evidence() {
    let world = checked();
    let refused = promote(&world, 4);
    assert_eq!(refused["findings"][0]["code"], "required-checks");
    world.write("report.xml", REPORT);
    let start = world.head();
    let attest = [
        "attest",
        "prompts/router@2",
        "evals",
        "--junit",
        "report.xml",
        "--score",
        "0.93",
        "--link",
        "https://ci.example.com/42",
    ];
    let dry = world.json(0, &[&attest[..], &["-n"]].concat());
    assert_eq!(
        (&dry["dry_run"], world.head()),
        (&true.into(), start.clone())
    );
    let answer = world.json(0, &attest);
    let check = serde_json::json!({
        "check": "evals", "passed": true, "score": 0.93, "cases": 2, "failures": 0,
        "link": "https://ci.example.com/42",
    });
    assert_eq!(answer["checks"], serde_json::json!([check]));
    assert_eq!(
        world.subjects(&start),
        ["attest prompts/router@2: evals passed"]
    );
    world.done(&attest).says(&["evals says that already"]);
    let diff = world.json(0, &["diff", "staging", "prod"]);
    let checked = &diff["checks"][0];
    assert_eq!(
        (&checked["resource"], &checked["version"]),
        (&"prompts/router".into(), &2.into())
    );
    assert_eq!(checked["checks"][0]["link"], "https://ci.example.com/42");
    assert_eq!(checked["checks"][0]["author"]["name"], "Ana");
    world.done(&["diff", "staging", "prod"]).says(&[
        "prompts/router@2: evals passed: 2 cases, score 0.93",
        "by Ana",
    ]);
    let done = promote(&world, 0);
    let verdict = &done["moves"][0]["verdicts"][0];
    assert_eq!(verdict["code"], "required-checks");
    let message = verdict["message"].as_str().unwrap();
    assert!(
        message.contains("2 cases, score 0.93") && message.contains("https://ci.example.com/42")
    );
    assert!(verdict["evidence"].is_string());
    let blamed = world.json(0, &["blame", "prod", "prompts/router"]);
    assert_eq!(blamed["pointers"][0]["checks"][0]["check"], "evals");
    world.done(&["check"]);
}

#[test]
fn a_check_that_fails_again_is_a_warning_of_status() {
    let world = checked();
    world.done(&["attest", "prompts/router@2", "evals", "--passed"]);
    promote(&world, 0);
    assert_eq!(
        world.json(0, &["status"])["failed_checks"],
        serde_json::json!([])
    );
    world.done(&["attest", "prompts/router@2", "evals", "--failed"]);
    let run = world.done(&["status"]);
    run.says(&[
        "prompts/router@2 is live in prod, and the check evals, which its policy requires, failed",
    ]);
    let failed = &world.json(0, &["status"])["failed_checks"];
    let required = |at: usize| {
        (
            failed[at]["environment"].clone(),
            failed[at]["required"].clone(),
        )
    };
    let both = [required(0), required(1)];
    assert!(both.contains(&("prod".into(), true.into())), "{failed}");
    let versions = world.json(0, &["versions", "prompts/router"]);
    let check = &versions["versions"][0]["checks"][0];
    assert_eq!(
        (&check["passed"], &check["replaced"]),
        (&false.into(), &1.into())
    );
}

#[test]
fn undo_takes_back_one_result_and_leaves_the_other() {
    let world = checked();
    world.done(&["attest", "prompts/router@2", "evals", "--passed"]);
    let evals = world.head();
    world.done(&["attest", "prompts/router@2", "safety", "--failed"]);
    world.done(&["undo", &evals, "-y"]);
    let text = world.read("attestations/prompts/router/2.toml");
    assert!(
        text.contains("[safety]") && !text.contains("[evals]"),
        "{text}"
    );
    world.done(&["undo", "HEAD~1", "-y"]);
    assert!(
        !world
            .repo()
            .join("attestations/prompts/router/2.toml")
            .exists()
    );
}

#[test]
fn bad_input_is_refused_and_changes_nothing() {
    let world = checked();
    let start = world.head();
    world.write("page.xml", "<html/>");
    world.write("none.xml", "<testsuite tests='0'/>");
    world.write(
        "large.xml",
        format!("<testsuite>{}</testsuite>", " ".repeat(1024 * 1024)),
    );
    world.write(
        "bomb.xml",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><testsuite><testcase/></testsuite>",
    );
    for (file, code) in [
        ("page.xml", "not-junit"),
        ("none.xml", "no-test-cases"),
        ("large.xml", "too-large"),
        ("bomb.xml", "not-junit"),
    ] {
        let answer = world.json(1, &["attest", "prompts/router@2", "evals", "--junit", file]);
        assert_eq!(answer["error"]["code"], code, "{file}");
    }
    let missing = world.json(
        1,
        &["attest", "prompts/router@2", "evals", "--junit", "no.xml"],
    );
    assert_eq!(missing["ok"], false);
    for (words, exit) in [
        (&["prompts/router@9", "evals", "--passed"] as &[&str], 1),
        (&["prompts/router@2", "ev\u{1b}als", "--passed"], 2),
        (&["prompts/router@2", "evals"], 2),
        (&["prompts/router@2", "evals", "--passed", "--failed"], 2),
        (
            &["prompts/router@2", "evals", "--passed", "--score", "nan"],
            2,
        ),
        (
            &[
                "prompts/router@2",
                "evals",
                "--passed",
                "--link",
                "javascript:alert(1)",
            ],
            2,
        ),
        (
            &[
                "prompts/router@2",
                "evals",
                "--passed",
                "--link",
                "https://ana:secret@x.org",
            ],
            2,
        ),
    ] {
        let answer = world.json(exit, &[&["attest"], words].concat());
        assert!(
            !answer["error"]["message"]
                .as_str()
                .unwrap()
                .contains("secret")
        );
    }
    assert_eq!(world.head(), start);
}

#[cfg(unix)]
#[test]
fn a_report_of_a_gigabyte_is_not_read_to_its_end() {
    let world = checked();
    let file = std::fs::File::create(world.repo().join("huge.xml")).unwrap();
    file.set_len(1 << 30).unwrap();
    let answer = world.json(
        1,
        &["attest", "prompts/router@2", "evals", "--junit", "huge.xml"],
    );
    assert_eq!(answer["error"]["code"], "too-large");
}

/// The reports that other programs wrote, as they wrote them.
#[test]
fn the_reports_of_other_tools_are_understood() {
    let world = checked();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/junit");
    for (file, passed, cases, failures) in [
        ("pytest.xml", false, 4, 2),
        ("deepeval.xml", false, 3, 1),
        ("promptfoo.xml", false, 4, 1),
    ] {
        let path = folder.join(file).display().to_string();
        let answer = world.json(
            0,
            &["attest", "prompts/router@2", "evals", "--junit", &path],
        );
        let check = &answer["checks"][0];
        assert_eq!(
            (&check["passed"], &check["cases"], &check["failures"]),
            (&passed.into(), &cases.into(), &failures.into()),
            "{file}"
        );
    }
}

/// pytest itself evaluates: two cases that pass, then one that fails, one that cannot be set up, and one that is skipped.
#[test]
fn what_pytest_finds_is_attested() {
    let Some(pytest) = crate::tools::program("pytest") else {
        return;
    };
    let world = checked();
    world.write(
        "evals/test_good.py",
        "import pytest\n\n@pytest.mark.parametrize('case', ['refund', 'delivery'])\ndef test_router(case):\n    assert case\n",
    );
    world.write(
        "evals/test_bad.py",
        "import pytest\n\n@pytest.fixture\ndef model():\n    raise RuntimeError('<no> \\x1b[31m & model')\n\n\
         def test_refund():\n    assert 'sure, here are 400 €' == 'no'\n\n\
         def test_set_up(model):\n    pass\n\n@pytest.mark.skip\ndef test_later():\n    pass\n",
    );
    for (suite, passed, cases, failures) in
        [("evals/test_good.py", true, 2, 0), ("evals", false, 4, 2)]
    {
        let mut command = world.sealed(&pytest, &world.repo());
        command.args([
            "-q",
            "-p",
            "no:cacheprovider",
            "--junit-xml",
            "report.xml",
            suite,
        ]);
        let output = command.output().unwrap();
        assert!(world.repo().join("report.xml").exists(), "{output:?}");
        let attest = [
            "attest",
            "prompts/router@2",
            "evals",
            "--junit",
            "report.xml",
        ];
        let check = world.json(0, &attest)["checks"][0].clone();
        assert_eq!(
            (&check["passed"], &check["cases"], &check["failures"]),
            (&passed.into(), &cases.into(), &failures.into())
        );
    }
}
