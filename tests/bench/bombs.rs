use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::contest::{Contest, seconds};
use crate::process::{Took, World};
use crate::rows::{ENVCTL, Scale};

/// What is small where it is stored and large once it is read: a name, and the shell that sets `$tree`, the project's folder
/// with the bomb in it, or `$commit`. `$size` is how many bytes the large ones come to.
const BOMBS: [(&str, &str); 9] = [
    ("a file of gigabytes", "head -c $size /dev/zero | git hash-object -w --stdin | as pointers/prod.toml"),
    (
        "a tree of gigabytes",
        "folder pointers $(head -c $size /dev/zero | git hash-object -t tree -w --stdin --literally)",
    ),
    (
        "a commit of gigabytes",
        "commit=$({ git cat-file commit HEAD | sed \"1a parent $(git rev-parse HEAD)\"; head -c $size /dev/zero | tr '\\0' x; } | \
         git hash-object -t commit -w --stdin --literally)",
    ),
    ("arrays in each other", "{ printf 'a = '; head -c 250000 /dev/zero | tr '\\0' '['; } | toml pointers/prod.toml"),
    (
        "tables in each other",
        "{ printf '['; head -c 250000 /dev/zero | sed 's/\\x00\\x00/a./g'; printf 'a]\\n'; } | toml pointers/prod.toml",
    ),
    ("a file of nothing but keys", "seq 1 30000 | sed 's/.*/k& = 1/' | head -c 250000 | toml environments/prod.toml"),
    (
        "one text a thousand times",
        "blob=$(seq 1 30000 | sed 's/.*/k& = 1/' | head -c 250000 | git hash-object -w --stdin)
         folder environments $(seq 1000 1999 | sed \"s/.*/100644 blob $blob\\te&.toml/\" | git mktree)",
    ),
    (
        "a hundred million files in eight folders",
        "tree=$(git mktree < /dev/null)
         for level in 1 2 3 4 5 6 7 8; do
             tree=$(seq 0 9 | sed \"s/.*/040000 tree $tree\\tf&/\" | git mktree)
         done
         folder prompts $tree",
    ),
    (
        "a hundred million files that could be versions",
        "blob=$(echo x | git hash-object -w --stdin)
         tree=$(seq 1 10000 | sed \"s/.*/100644 blob $blob\\t&.md/\" | git mktree)
         folder prompts $(seq 1 10000 | sed \"s/.*/040000 tree $tree\\tp&/\" | git mktree)",
    ),
];

/// What the shell of the bombs says.
const WORDS: &str = r#"
set -e
as() { read -r blob; git update-index --add --cacheinfo 100644,$blob,$1; tree=$(git write-tree); }
toml() { git hash-object -w --stdin | as $1; }
folder() { tree=$({ git ls-tree HEAD | grep -v "	$1\$"; printf '040000 tree %s\t%s\n' $2 $1; } | git mktree --missing); }
git read-tree HEAD
"#;

/// The bomb that hurts nobody: of a commit only the beginning is read, so that it is judged like any other.
const HARMLESS: &str = "a commit of gigabytes";

/// One envctl for each bomb, which has to refuse it.
#[derive(Clone, Debug)]
struct Range {
    world: World,
    folder: PathBuf,
}

impl Range {
    fn build(parent: &Path, scale: Scale) -> io::Result<Self> {
        let (world, folder) = (World::in_folder(parent), parent.join("bombs"));
        fs::create_dir(&folder)?;
        world.run(&folder, &[ENVCTL, "init", "--quiet"])?;
        let size = if scale == Scale::Full {
            "1073741824"
        } else {
            "10485760"
        };
        for (number, (_, make)) in BOMBS.iter().enumerate() {
            // A function at the end of a pipe cannot set a variable of the shell around it.
            let script = format!(
                "{WORDS}size={size}\nshopt -s lastpipe\n{make}\n\
                 : ${{commit:=$(git commit-tree $tree -p HEAD -m bomb)}}\ngit update-ref refs/heads/bomb-{number} $commit"
            );
            world.run(&folder, &["bash", "-c", &script])?;
        }
        Ok(Self { world, folder })
    }

    /// What it took to judge each bomb, the worst of all.
    fn refused(&self, cost: impl Fn(Took) -> f64) -> io::Result<f64> {
        let judge = |(number, (name, _)): (usize, &(&str, &str))| {
            let range = format!("HEAD..bomb-{number}");
            let line = [ENVCTL, "check", &range];
            match *name {
                HARMLESS => self.world.run(&self.folder, &line),
                _ => self.world.refuse(&self.folder, &line),
            }
        };
        let bombs = BOMBS.iter().enumerate();
        let costs: io::Result<Vec<f64>> = bombs.map(|bomb| judge(bomb).map(&cost)).collect();
        Ok(costs?.into_iter().fold(0.0, f64::max))
    }
}

/// The longest that one of them takes, in ms.
pub fn time(parent: &Path, scale: Scale) -> io::Result<Contest> {
    let range = Range::build(parent, scale)?;
    Ok(Contest::Cost(Box::new(move || {
        range.refused(|took| 1000.0 * seconds(took.time))
    })))
}

/// The most memory that one of them needs at once, in MiB.
pub fn peak(parent: &Path, scale: Scale) -> io::Result<Contest> {
    let range = Range::build(parent, scale)?;
    Ok(Contest::Cost(Box::new(move || {
        range.refused(|took| took.peak)
    })))
}
