//! The commands under test.

use crate::world::World;

/// A command that writes, with all that the faults need to know of it.
pub struct Operation {
    pub name: &'static str,
    pub arguments: &'static [&'static str],
    /// The world that it is run in.
    prepare: fn() -> World,
    /// A file of the project and a line of it that is there once the command has landed, and not before.
    mark: (&'static str, &'static str),
    /// How it ends if it is run again after it has landed.
    pub again: i32,
    /// Whether there is a project only once it has landed.
    pub founds: bool,
}

/// What works in every project.
pub const NEXT: [&str; 6] = [
    "env",
    "edit",
    "staging",
    "--description",
    "next",
    "--no-input",
];

const INIT: Operation = Operation {
    name: "init",
    arguments: &["init", "--name", "faults", "--no-input"],
    prepare: World::with_a_commit,
    mark: ("envctl.toml", "name = \"faults\""),
    // A second project is refused.
    again: 4,
    founds: true,
};

pub const OPERATIONS: [Operation; 7] = [
    Operation {
        name: "promote",
        arguments: &["promote", "one", "live", "-y", "--no-input"],
        prepare: || World::with_prompts(2),
        mark: ("pointers/live.toml", "version = 2"),
        again: 0,
        founds: false,
    },
    Operation {
        name: "publish",
        arguments: &[
            "publish",
            "prompts/p0",
            "../payload.md",
            "--to",
            "live",
            "-y",
            "--no-input",
        ],
        prepare: with_a_payload,
        mark: ("pointers/live.toml", "version = 4"),
        again: 0,
        founds: false,
    },
    Operation {
        name: "env edit",
        arguments: &[
            "env",
            "edit",
            "live",
            "--description",
            "Serves everybody",
            "--no-input",
        ],
        prepare: || World::with_prompts(2),
        mark: (
            "environments/live.toml",
            "description = \"Serves everybody\"",
        ),
        again: 0,
        founds: false,
    },
    Operation {
        name: "approve",
        arguments: &["approve", "live", "-y", "--no-input"],
        prepare: with_a_request,
        mark: ("pointers/live.toml", "version = 2"),
        // Nothing waits any more.
        again: 1,
        founds: false,
    },
    INIT,
    Operation {
        name: "init, no commits",
        prepare: World::without_commits,
        ..INIT
    },
    Operation {
        name: "init, no git",
        prepare: World::without_git,
        ..INIT
    },
];

impl Operation {
    /// A world to run it in, that flushes to the disk.
    pub fn template(&self) -> World {
        let world = (self.prepare)();
        if world.has_git() {
            world.git(&["config", "envctl.durable", "true"]);
        }
        world
    }

    /// Whether what it is to do is done in the commit `tip`.
    pub fn is_done(&self, world: &World, tip: &str) -> bool {
        let (file, line) = self.mark;
        let shown = world.try_git(&["show", &format!("{tip}:{file}")]);
        String::from_utf8_lossy(&shown.stdout)
            .lines()
            .any(|it| it == line)
    }
}

fn with_a_payload() -> World {
    let world = World::with_prompts(2);
    std::fs::write(world.path("payload.md"), "as never before\n").unwrap();
    world
}

fn with_a_request() -> World {
    let world = World::with_prompts(2);
    world.run(&["policy", "set", "live", "requires_approval=true"]);
    world.run(&["promote", "one", "live", "-y", "--accept-pending"]);
    world
}

#[test]
fn each_operation_does_what_its_mark_says() {
    for operation in &OPERATIONS {
        let world = operation.template();
        let before = world.branch();
        assert!(
            before.is_none_or(|tip| !operation.is_done(&world, &tip)),
            "{}",
            operation.name
        );
        world.run(operation.arguments);
        let tip = world.tip();
        assert!(operation.is_done(&world, &tip), "{}", operation.name);
        assert_eq!(
            world.envctl(operation.arguments).status.code(),
            Some(operation.again),
            "{}",
            operation.name
        );
        assert_eq!(world.tip(), tip, "{}", operation.name);
    }
}
