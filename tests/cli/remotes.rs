//! Several clones of one project, and the bare repository that they push to.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::world::{Run, World};

/// A world whose `repo` is a clone of `remote.git`, and so is `other`: staging is a prompt ahead of prod.
pub struct Remotes {
    pub world: World,
}

impl Remotes {
    pub fn new() -> Self {
        let remotes = Self {
            world: World::promoted(),
        };
        let world = &remotes.world;
        world.git(&["clone", "-q", "--bare", ".", "../remote.git"]);
        world.git(&["remote", "add", "origin", "../remote.git"]);
        world.git(&["fetch", "-q"]);
        world.git(&["branch", "-q", "-u", "origin/main"]);
        remotes.clone_to("other");
        remotes
    }

    pub fn clone_to(&self, name: &str) -> PathBuf {
        self.world
            .git(&["clone", "-q", "../remote.git", &format!("../{name}")]);
        self.world.path(name)
    }

    pub fn remote(&self) -> PathBuf {
        self.world.path("remote.git")
    }

    pub fn other(&self) -> PathBuf {
        self.world.path("other")
    }

    /// Where the remote's main is.
    pub fn there(&self) -> String {
        self.world.git_in(&self.remote(), &["rev-parse", "main"])
    }

    /// The program, about to run in `repo`, where git is given at most a second to answer.
    pub fn hasty(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.program(&self.world.repo());
        command.args(arguments).env("ENVCTL_PUSH_TIMEOUT", "1s");
        command
    }

    /// Publishes and pushes from `other`; it must succeed.
    pub fn publish_elsewhere(&self, resource: &str, text: &str, to: &str) -> Run {
        let file = self.world.path("payload.md");
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let run = self.world.run_in(
            &self.other(),
            &["publish", resource, file, "--to", to, "-y", "--push"],
        );
        assert_eq!(run.exit, 0, "{run:?}");
        run
    }

    /// Lets git run `script` where a push arrives.
    pub fn hook(&self, name: &str, script: &str) -> PathBuf {
        write_hook(&self.remote().join("hooks").join(name), script)
    }

    /// A run in `repo` that must end with `exit` and move nothing, here or there.
    pub fn refused(&self, exit: i32, arguments: &[&str]) -> Run {
        let before = self.there();
        let run = self.world.refused(exit, arguments);
        assert_eq!(self.there(), before);
        run
    }

    /// Here and there are the same, the checkout shows it, and every step there was allowed.
    pub fn together(&self) {
        assert_eq!(
            self.world.git(&["rev-parse", "main", "origin/main"]),
            format!("{0}\n{0}", self.there())
        );
        assert_eq!(self.world.status(), "");
        self.world.git_in(&self.remote(), &["fsck", "--strict"]);
        self.world.done(&["check"]);
        let first = self.world.git(&["rev-list", "--max-parents=0", "main"]);
        self.world.done(&["check", &format!("{first}..main")]);
    }
}

pub fn write_hook(path: &Path, script: &str) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_owned()
}
