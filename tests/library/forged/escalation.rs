//! What people give to themselves and to others, and what they write beside the entries.

use super::{ACCESS, Attack, PROD, SETTINGS, STAGING, WAITING, one, team};
use crate::forge::{Op, Step, by, put, swap};

const NO: &[&str] = &["permission"];

/// `access.toml` with `lines` at its end.
fn and(lines: &str) -> Op {
    put(ACCESS, format!("{}\n{lines}", team()))
}

pub fn attacks() -> Vec<Attack> {
    [grants(), words()].concat()
}

fn grants() -> Vec<Attack> {
    let recruiter = "permissions = [\"project:manage_members\"]";
    let named = "[roles.helper]\npermissions = [\"project:manage\"]\n";
    vec![
        one(
            "an admin defines a role that does more than he does",
            "adam",
            NO,
            vec![and(named)],
        ),
        one(
            "an admin gives himself a role of his own making",
            "adam",
            NO,
            vec![
                and(named),
                swap(ACCESS, "[\"admin\"]", "[\"admin\", \"helper\"]"),
            ],
        ),
        one(
            "an admin adds to a role what he does not have",
            "adam",
            NO,
            vec![swap(
                ACCESS,
                "\"routing:review\"]",
                "\"routing:review\", \"project:manage\"]",
            )],
        ),
        one(
            "an admin makes a bot a person",
            "adam",
            NO,
            vec![swap(ACCESS, "bot = true", "bot = false")],
        ),
        one(
            "a recruiter makes herself an admin",
            "mia",
            NO,
            vec![swap(
                ACCESS,
                "[\"recruiter\"]",
                "[\"recruiter\", \"admin\"]",
            )],
        ),
        one(
            "a recruiter gives herself a role of the project's own",
            "mia",
            NO,
            vec![swap(
                ACCESS,
                "[\"recruiter\"]",
                "[\"recruiter\", \"curator\"]",
            )],
        ),
        one(
            "a recruiter adds to her role",
            "mia",
            NO,
            vec![swap(
                ACCESS,
                recruiter,
                "permissions = [\"project:manage_members\", \"prompt:review\"]",
            )],
        ),
        one(
            "a recruiter hires a developer",
            "mia",
            NO,
            vec![and(
                "[members.eve]\nemails = [\"eve@example.org\"]\nroles = [\"developer\"]\n",
            )],
        ),
        one(
            "a recruiter grants one environment",
            "mia",
            NO,
            vec![swap(
                ACCESS,
                "[\"viewer\"]",
                "[\"viewer\"]\nenvironments.qa = [\"developer\"]",
            )],
        ),
        one(
            "a recruiter grants all of production",
            "mia",
            NO,
            vec![swap(
                ACCESS,
                "[\"viewer\"]",
                "[\"viewer\"]\nenvironments.production = [\"release-manager\"]",
            )],
        ),
        one(
            "a recruiter gives an admin another address",
            "mia",
            NO,
            vec![swap(
                ACCESS,
                "[\"adam@example.org\"]",
                "[\"adam@example.org\", \"eve@example.org\"]",
            )],
        ),
        one(
            "a recruiter gives a developer another key",
            "mia",
            NO,
            vec![swap(
                ACCESS,
                "[\"dora@example.org\"]",
                "[\"dora@example.org\"]\nkeys = [\"ssh-ed25519 \
                 AAAAC3NzaC1lZDI1NTE5AAAAIJ1k0Yb4mYyJ0m0fF2bXhJHcM1n9f6dQ5d0m3Z0m3Z0m\"]",
            )],
        ),
    ]
}

fn words() -> Vec<Attack> {
    vec![
        one(
            "a viewer decides how prompts are checked out",
            "vic",
            NO,
            vec![put("prompts/.gitattributes", "* ident\n")],
        ),
        one(
            "a developer decides how one prompt is checked out",
            "dora",
            NO,
            vec![put("prompts/router/.gitattributes", "* text eol=crlf\n")],
        ),
        one(
            "a curator hides the diffs of pointers",
            "ed",
            NO,
            vec![put("pointers/.gitattributes", "* -diff\n")],
        ),
        one(
            "a developer changes the project's attributes",
            "dora",
            NO,
            vec![put(".gitattributes", "prompts/** filter=x\n")],
        ),
        one(
            "a developer explains the pointers",
            "dora",
            NO,
            vec![put("pointers/README.md", "Edit them as you like.\n")],
        ),
        one(
            "a developer rewrites what access.toml says to people",
            "dora",
            NO,
            vec![swap(ACCESS, "# Who may do what.", "# Everybody may.")],
        ),
        one(
            "a recruiter comments on the owner",
            "mia",
            NO,
            vec![swap(ACCESS, "[members.ana]", "[members.ana] # has left")],
        ),
        one(
            "a viewer comments on what is live",
            "vic",
            NO,
            vec![swap(
                PROD,
                "[prompts.tone]",
                "# do not touch\n[prompts.tone]",
            )],
        ),
        one(
            "a developer comments on a policy",
            "dora",
            NO,
            vec![swap(
                "environments/prod.toml",
                "min_dwell = \"24h\"",
                "min_dwell = \"24h\" # except on Fridays",
            )],
        ),
        one(
            "a curator comments on the live branch",
            "ed",
            NO,
            vec![swap(
                SETTINGS,
                "branch = \"main\"",
                "branch = \"main\" # or not",
            )],
        ),
        one(
            "a viewer comments on what waits",
            "vic",
            NO,
            vec![swap(WAITING, "from", "# fine by me\nfrom")],
        ),
    ]
}

/// What looks like it, and is allowed.
pub fn honest() -> Vec<(&'static str, Step)> {
    let staged = swap(STAGING, "[prompts.tone]", "# on trial\n[prompts.tone]");
    vec![
        (
            "an admin makes a viewer a developer",
            by(
                "adam",
                vec![swap(ACCESS, "[\"viewer\"]", "[\"developer\"]")],
            ),
        ),
        (
            "an owner defines a role that does everything",
            by(
                "ana",
                vec![and("[roles.helper]\npermissions = [\"project:manage\"]\n")],
            ),
        ),
        (
            "an owner makes a bot a person",
            by("ana", vec![swap(ACCESS, "bot = true\n", "")]),
        ),
        (
            "a recruiter takes a role away",
            by("mia", vec![swap(ACCESS, "[\"developer\"]\nbot", "[]\nbot")]),
        ),
        (
            "a curator explains the pointers",
            by("ed", vec![put("pointers/README.md", "Who is where.\n")]),
        ),
        (
            "an owner writes attributes",
            by("ana", vec![put("prompts/.gitattributes", "*.md -diff\n")]),
        ),
        (
            "a folder is kept",
            by("dora", vec![put("prompts/router/.gitkeep", "")]),
        ),
        (
            "a developer comments on a pointer",
            by("dora", vec![staged]),
        ),
        (
            "white space and order say nothing",
            by(
                "vic",
                vec![swap(PROD, "[prompts.tone]\nversion = 1\n\n", "")]
                    .into_iter()
                    .chain([swap(
                        PROD,
                        "[routing.primary]",
                        "\n[prompts.tone]\nversion=1\n[routing.primary]",
                    )])
                    .collect(),
            ),
        ),
    ]
}
