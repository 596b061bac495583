use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use crate::process::{Took, World};

/// The resource that is promoted to and fro: `qa` has its version 2, all others of `staging` and `qa` are alike.
const MOVED: &str = "000";

/// How large a project is, and how its repository is kept.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub resources: usize,
    /// How many versions each of them has, at least two.
    pub versions: usize,
    pub environments: usize,
    /// Whether nothing is live in `prod` yet.
    pub empty_prod: bool,
    pub bare: bool,
    pub durable: bool,
}

/// The usual project.
pub const USUAL: Plan = Plan {
    resources: 10,
    versions: 2,
    environments: 3,
    empty_prod: false,
    bare: false,
    durable: false,
};

/// A repository with a project.
#[derive(Clone, Debug)]
pub struct Repository {
    pub world: World,
    pub folder: PathBuf,
    git_directory: PathBuf,
}

impl Repository {
    /// A repository in `parent` with the project of the `plan`, its objects packed.
    pub fn build(parent: &Path, plan: Plan) -> io::Result<Self> {
        let world = World::in_folder(parent);
        let folder = parent.join(format!(
            "{}-{}-{}",
            plan.resources, plan.versions, plan.environments
        ));
        fs::create_dir(&folder)?;
        world.run(&folder, &["git", "init", "-q", "-b", "main", "--template="])?;
        let git_directory = folder.join(".git");
        let checked_out = Self {
            world,
            folder: folder.clone(),
            git_directory,
        };
        checked_out.git(&[
            "config",
            "envctl.durable",
            if plan.durable { "true" } else { "false" },
        ])?;
        // Collecting garbage now and then is not what is compared.
        checked_out.git(&["config", "gc.auto", "0"])?;
        for (path, text) in files(plan) {
            put(&folder.join(path), &text)?;
        }
        checked_out.git(&["add", "-A"])?;
        checked_out.git(&["commit", "-qm", "begin"])?;
        checked_out.git(&["repack", "-adq"])?;
        if !plan.bare {
            return Ok(checked_out);
        }
        let bare = parent.join("bare.git");
        fs::rename(&checked_out.git_directory, &bare)?;
        let bare = Self {
            folder: bare.clone(),
            git_directory: bare,
            ..checked_out
        };
        bare.git(&["config", "core.bare", "true"])?;
        Ok(bare)
    }

    fn git(&self, arguments: &[&str]) -> io::Result<Took> {
        self.world
            .run(&self.folder, &[&["git"], arguments].concat())
    }

    /// The commit that the branch is at.
    pub fn tip(&self) -> io::Result<String> {
        fs::read_to_string(self.git_directory.join("refs/heads/main"))
    }

    /// The number of the moved resource that is live in `prod`.
    pub fn live(&self) -> io::Result<usize> {
        let text = self
            .world
            .ask(&self.folder, &["git", "show", "main:pointers/prod.toml"])?;
        let rest = text.split_once(&header(MOVED)).map_or("", |(_, rest)| rest);
        let number = rest.trim_start().trim_start_matches("version = ");
        let number = number.lines().next().unwrap_or_default();
        number.parse().map_err(io::Error::other)
    }

    /// Runs `job`, which is told the number to make live, and sees to it that it did so in one commit.
    pub fn moved(&self, job: impl FnOnce(&Self, usize) -> io::Result<Took>) -> io::Result<Took> {
        let number = 3 - self.live()?;
        self.became(number, |here| job(here, number))
    }

    /// Runs `job`, and sees to it that it made `number` live in one commit.
    pub fn became(
        &self,
        number: usize,
        job: impl FnOnce(&Self) -> io::Result<Took>,
    ) -> io::Result<Took> {
        let before = self.tip()?;
        let took = job(self)?;
        assert_ne!(self.tip()?, before, "the branch did not move");
        assert_eq!(self.live()?, number, "the pointer did not move");
        assert_eq!(
            self.world
                .ask(&self.folder, &["git", "rev-parse", "main^"])?,
            before.trim_end(),
            "not one commit"
        );
        Ok(took)
    }
}

/// The script that edits the moved pointer, for `sed`.
pub fn edit(number: usize) -> String {
    format!("/^\\[prompts\\.{MOVED}\\]/,/^version/s/^version = .*/version = {number}/")
}

/// The prompt whose pointer goes back and forth: what was rolled back comes back only by name.
pub const MOVED_PROMPT: &str = "prompts/000";

/// The environment whose pointer has this number.
pub fn source(number: usize) -> &'static str {
    if number == 2 { "qa" } else { "staging" }
}

fn files(plan: Plan) -> Vec<(String, String)> {
    let names: Vec<String> = (0..plan.resources).map(name).collect();
    let mut slugs: Vec<String> = ["staging", "qa", "prod"].map(str::to_owned).into();
    slugs.extend((slugs.len()..plan.environments).map(|index| format!("customer-{index:04}")));
    let order: Vec<String> = slugs
        .iter()
        .map(|slug| format!("    \"{slug}\",\n"))
        .collect();
    let settings = format!(
        "schema = 1\nname = \"Bench\"\nbranch = \"main\"\ndefault_publish = \"staging\"\ngateway_fallback = \"prod\"\norder = [\n{}]\n",
        order.concat()
    );
    let mut files = vec![
        ("envctl.toml".to_owned(), settings),
        (".gitattributes".to_owned(), "* -text\n".to_owned()),
    ];
    for slug in &slugs {
        // Where production is served, what was rolled back does not come back at all.
        let environment = format!("name = \"{slug}\"\nproduction = false\n");
        files.push((format!("environments/{slug}.toml"), environment));
        let moved = if slug == "qa" { 2 } else { 1 };
        let pointer = |name: &String| {
            let number = if name == MOVED { moved } else { 1 };
            format!("{}\nversion = {number}\n", header(name))
        };
        if slug != "prod" || !plan.empty_prod {
            files.push((
                format!("pointers/{slug}.toml"),
                names.iter().map(pointer).collect(),
            ));
        }
    }
    for name in &names {
        for number in 1..=plan.versions {
            files.push((
                format!("prompts/{name}/{number}.md"),
                format!("You are {name}, number {number}.\n"),
            ));
        }
    }
    files
}

/// Three characters, so that ten thousand pointers fit into the 256 KiB that a file of them may have.
fn name(index: usize) -> String {
    let digit = |value: usize| char::from(b"0123456789abcdefghijklmnopqrstuvwxyz"[value % 36]);
    [index / 36 / 36, index / 36, index]
        .map(digit)
        .iter()
        .collect()
}

fn header(name: &str) -> String {
    format!("[prompts.{name}]")
}

/// Writes a file that is older than the index will be, or git would have to compare it again each time.
fn put(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)?;
    File::options()
        .write(true)
        .open(path)?
        .set_modified(UNIX_EPOCH + Duration::from_secs(1_600_000_000))
}
