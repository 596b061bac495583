//! Mistakes that were made before, here or elsewhere, each as a patch that plants it: the suites must catch every one.
//!
//! The head of a patch says what the mistake is, and by which tests it is to be caught, as arguments of `cargo test`. That
//! each still applies is a test among the others. That each is caught takes a build of its own:
//!
//! ```text
//! cargo test --test seeded -- --ignored --nocapture
//! ```
//!
//! This copies the sources to a folder of its own, sees that the named tests pass there, and then for each patch that they
//! fail with it. Where one no longer applies, make the mistake again by hand and put `git diff` below the head.

#[cfg(test)]
mod seeded {
    use std::fs;
    use std::io::{self, Write as _};
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    use tempfile::TempDir;

    /// The package.
    const ROOT: &str = env!("CARGO_MANIFEST_DIR");
    /// What the package is built and tested from.
    const SOURCES: [&str; 7] = [
        "Cargo.lock",
        "Cargo.toml",
        "README.md",
        "clippy.toml",
        "fixtures",
        "src",
        "tests",
    ];
    /// What stands before the tests in the head of a patch.
    const CAUGHT_BY: &str = "Caught by: ";
    /// How many there are: one that gets lost must not go unnoticed.
    const SEEDS: usize = 10;

    /// A mistake.
    struct Seed {
        name: String,
        patch: PathBuf,
        /// The tests that must catch it, as arguments of `cargo test`.
        tests: Vec<String>,
    }

    fn seeds() -> Vec<Seed> {
        let files = fs::read_dir(Path::new(ROOT).join("tests/seeded")).unwrap();
        let mut patches: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        patches.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "patch")
        });
        patches.sort();
        patches.into_iter().map(seed).collect()
    }

    fn seed(patch: PathBuf) -> Seed {
        let text = fs::read_to_string(&patch).unwrap();
        let tests = text
            .lines()
            .find_map(|line| line.strip_prefix(CAUGHT_BY))
            .unwrap_or_default();
        let tests = tests.split_ascii_whitespace().map(str::to_owned).collect();
        Seed {
            name: patch.file_stem().unwrap().to_string_lossy().into_owned(),
            patch,
            tests,
        }
    }

    /// Applies the patch of `seed` in `folder`, which need not be a repository.
    fn apply(folder: &Path, seed: &Seed, how: &[&str]) {
        let mut git = Command::new("git");
        // A copy below a repository would be taken for a part of it.
        git.current_dir(folder)
            .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap());
        let output = git
            .arg("apply")
            .args(how)
            .arg(&seed.patch)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}: {}",
            seed.name,
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// A copy of the sources.
    fn copy() -> TempDir {
        let folder = TempDir::new().unwrap();
        for name in SOURCES {
            let copied = Command::new("cp")
                .arg("-R")
                .arg(Path::new(ROOT).join(name))
                .arg(folder.path())
                .status();
            assert!(copied.unwrap().success(), "{name}");
        }
        folder
    }

    fn cargo_test(folder: &Path, arguments: &[&str]) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", Path::new(ROOT).join("target/seeded"));
        cargo
            .args(["test", "--quiet", "--locked"])
            .args(arguments)
            .output()
            .unwrap()
    }

    /// Whether the tests of `seed` pass; that they are built and that there are some is required.
    fn pass(folder: &Path, seed: &Seed) -> bool {
        let arguments: Vec<&str> = seed.tests.iter().map(String::as_str).collect();
        let built = cargo_test(folder, &[&arguments[..2], &["--no-run"]].concat());
        assert!(
            built.status.success(),
            "{}: {}",
            seed.name,
            String::from_utf8_lossy(&built.stderr)
        );
        let run = cargo_test(folder, &arguments);
        let told = String::from_utf8_lossy(&run.stdout);
        assert!(
            !told.contains("ok. 0 passed"),
            "{}: no test is called {arguments:?}",
            seed.name
        );
        assert!(
            run.status.success() || told.contains("test result: FAILED"),
            "{}: {told}",
            seed.name
        );
        run.status.success()
    }

    fn tell(text: &str) {
        writeln!(io::stderr(), "{text}").unwrap();
    }

    #[test]
    fn every_mistake_still_applies_and_names_its_tests() {
        let seeds = seeds();
        assert_eq!(seeds.len(), SEEDS);
        for seed in &seeds {
            apply(Path::new(ROOT), seed, &["--check"]);
            assert!(
                seed.tests.len() >= 3 && seed.tests[0] == "--test",
                "{}: {:?}",
                seed.name,
                seed.tests
            );
        }
    }

    #[test]
    #[ignore = "builds the package once for each mistake: many minutes"]
    fn every_mistake_is_caught() {
        let folder = copy();
        let seeds = seeds();
        let broken: Vec<&str> = seeds
            .iter()
            .filter(|seed| !pass(folder.path(), seed))
            .map(|seed| seed.name.as_str())
            .collect();
        assert_eq!(broken, Vec::<&str>::new(), "without any mistake");
        let mut missed = Vec::new();
        for seed in &seeds {
            apply(folder.path(), seed, &[]);
            let caught = !pass(folder.path(), seed);
            tell(&format!(
                "{:<28} {} by {}",
                seed.name,
                if caught { "caught" } else { "MISSED" },
                seed.tests.join(" ")
            ));
            if !caught {
                missed.push(seed.name.as_str());
            }
            apply(folder.path(), seed, &["--reverse"]);
        }
        assert_eq!(missed, Vec::<&str>::new());
    }
}
