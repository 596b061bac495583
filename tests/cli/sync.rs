use serde_json::json;

use crate::remotes::Remotes;
use crate::world::World;

#[test]
fn branches_that_are_one_stay_so() {
    let remotes = Remotes::new();
    let answer = remotes.world.json(0, &["sync"]);
    assert_eq!(
        (&answer["changed"], &answer["remote"], &answer["before"]),
        (&json!(false), &json!("origin"), &answer["after"])
    );
    remotes
        .refused(0, &["sync"])
        .says(&["main is up to date with origin/main"]);
}

#[test]
fn what_is_only_there_is_brought_here() {
    let remotes = Remotes::new();
    remotes.publish_elsewhere("prompts/faq", "Ask\n", "staging");
    let before = remotes.world.head();
    remotes
        .world
        .done(&["sync", "-n"])
        .says(&["dry run", "would follow origin/main"]);
    assert_eq!(remotes.world.head(), before);
    remotes
        .world
        .done(&["sync"])
        .says(&["main follows origin/main"]);
    remotes.together();
}

#[test]
fn what_is_only_here_is_pushed_as_it_is() {
    let remotes = Remotes::new();
    remotes.world.publish("prompts/faq", "Ask\n", "staging");
    let before = remotes.world.head();
    remotes
        .refused(0, &["sync", "-n"])
        .says(&["1 commit would be pushed"]);
    let answer = remotes.world.json(0, &["sync"]);
    assert_eq!(answer["pushed"]["commits"], 1, "{answer:#}");
    assert_eq!(remotes.there(), before);
    remotes.together();
}

#[test]
fn what_is_here_is_made_again_on_what_is_there() {
    let remotes = Remotes::new();
    // Next to each other in the file, so that git alone would find a conflict.
    remotes.publish_elsewhere("prompts/faq", "Ask\n", "staging");
    let there = remotes.there();
    remotes.world.publish("prompts/fax", "Send\n", "staging");
    remotes.world.done(&[
        "promote",
        "staging",
        "prod",
        "prompts/router",
        "-y",
        "-m",
        "Weekly",
    ]);
    let said = remotes.world.git(&["log", "-2", "--format=%an%ae%at%B"]);
    let answer = remotes.world.json(0, &["sync"]);
    assert_eq!(answer["pushed"]["commits"], 2, "{answer:#}");
    remotes.together();
    assert_eq!(
        remotes.world.git(&["log", "-2", "--format=%an%ae%at%B"]),
        said
    );
    assert_eq!(remotes.world.git(&["rev-parse", "HEAD~2"]), there);
    let live = remotes.world.read("pointers/staging.toml");
    assert!(
        live.contains("[prompts.faq]") && live.contains("[prompts.fax]"),
        "{live}"
    );
}

#[test]
fn one_pointer_moved_on_both_sides_is_for_a_person() {
    let remotes = Remotes::new();
    remotes.publish_elsewhere("prompts/faq", "Ask\n", "staging");
    remotes.world.publish("prompts/faq", "Answer\n", "staging");
    let run = remotes.refused_after_fetch(&["sync"]);
    run.says(&[
        "publish prompts/faq@1",
        "was changed there as well",
        "git pull --rebase origin main",
    ]);
}

#[test]
fn what_the_rules_there_refuse_stays_here() {
    let remotes = Remotes::new();
    let run = remotes.world.run_in(
        &remotes.other(),
        &["policy", "set", "prod", "requires_approval=true", "--push"],
    );
    assert_eq!(run.exit, 0, "{run:?}");
    remotes.world.done(&["promote", "staging", "prod", "-y"]);
    let run = remotes.refused_after_fetch(&["sync"]);
    run.says(&["promote staging → prod", "approval:", "git pull --rebase"]);
}

#[test]
fn what_envctl_did_not_make_stays_here() {
    let remotes = Remotes::new();
    remotes.publish_elsewhere("prompts/faq", "Ask\n", "staging");
    remotes
        .world
        .replace("pointers/prod.toml", "version = 1", "version = 1 # by hand");
    remotes.world.commit_all("by hand");
    remotes
        .refused_after_fetch(&["sync"])
        .says(&["by hand", "envctl did not make it"]);
    // A trailer alone does not make it envctl's.
    remotes.world.write("notes.txt", "mine\n");
    remotes.world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    remotes.world.write("notes.txt", "mine\n");
    remotes.world.commit_all("forged\n\nEnvctl-Operation: 1234");
    remotes
        .refused_after_fetch(&["sync"])
        .says(&["notes.txt, which is not envctl's"]);
}

#[test]
fn what_is_there_under_another_name_is_not_pushed_twice() {
    let remotes = Remotes::new();
    remotes.world.publish("prompts/faq", "Ask\n", "staging");
    let other = remotes.other();
    remotes.publish_elsewhere("prompts/zoo", "Look\n", "prod");
    remotes
        .world
        .git_in(&other, &["fetch", "-q", "../repo", "main"]);
    remotes.world.git_in(&other, &["cherry-pick", "FETCH_HEAD"]);
    remotes.world.git_in(&other, &["push", "-q"]);
    let there = remotes.there();
    remotes.world.done(&["sync"]);
    assert_eq!(remotes.there(), there);
    remotes.together();
}

#[test]
fn without_a_remote_there_is_nothing_to_be_brought_together_with() {
    let world = World::promoted();
    world.refused(1, &["sync"]).says(&["no remote to push to"]);
    world.refused(2, &["sync", "--", "--upload-pack=x"]);
}

impl Remotes {
    /// As [`Remotes::refused`] with exit 6, where what is there is noted here all the same.
    fn refused_after_fetch(&self, arguments: &[&str]) -> crate::world::Run {
        self.world.git(&["fetch", "-q"]);
        self.refused(6, arguments)
    }
}
