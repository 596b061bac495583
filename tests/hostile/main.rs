//! What envctl makes of hostile input: names, files, trees, commits, repositories, arguments and surroundings.
//!
//! The cases are data: `fixtures/hostile/*.toml`, a file a kind. Each says in shell how its world differs from a sound one
//! (with the words of `fixtures/hostile/prelude.sh`), and for each command the exact exit code and what it must say. Every
//! command runs plain and with `--json`. Whatever the case, nothing panics or hangs, no raw control character reaches a
//! stream, JSON is one object, and a command that fails has changed nothing.

#[cfg(test)]
#[cfg(target_os = "linux")]
#[path = "../support/schemas.rs"]
mod answers;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod case;
#[cfg(test)]
#[cfg(target_os = "linux")]
#[path = "../support/isolation.rs"]
mod isolation;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod verdict;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod world;

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use crate::case::{complaints, read};
    use crate::verdict::verdict;
    use crate::world::World;

    fn endure(kind: &str) {
        assert_eq!(complaints(kind), Vec::<String>::new());
    }

    #[test]
    fn names() {
        endure("names");
    }

    #[test]
    fn imports() {
        endure("imports");
    }

    #[test]
    fn files() {
        endure("files");
    }

    #[test]
    fn trees() {
        endure("trees");
    }

    #[test]
    fn commits() {
        endure("commits");
    }

    /// What a stranger pushes is judged or refused (exit 7) within 5 s of the processor and the memory that a verdict may take.
    #[test]
    fn branches() {
        endure("branches");
    }

    #[test]
    fn repositories() {
        endure("repositories");
    }

    #[test]
    fn surroundings() {
        endure("surroundings");
    }

    #[test]
    fn endless_work_hangs_and_sleep_within_the_limit_does_not() {
        let world = World::sound();
        let hung = |line: &str| {
            let output = world.limited(1, line, false);
            verdict(&output, 0, None, "").contains(&"it hung".to_owned())
        };
        assert!(hung("timeout 300 bash -c 'while :; do :; done'"));
        assert!(hung("timeout 0.2 sleep 60"));
        assert!(!hung("timeout 300 sleep 2"));
    }

    #[test]
    fn the_corpus_is_not_lost() {
        let kinds = [
            "names",
            "files",
            "imports",
            "trees",
            "commits",
            "branches",
            "repositories",
            "surroundings",
        ];
        let cases: usize = kinds.iter().map(|kind| read(kind).len()).sum();
        assert!(cases >= 170, "{cases} cases");
    }
}
