//! What people do who may not.

use super::{ACCESS, Attack, SETTINGS, STAGING, WAITING, approve, one, put_member, team};
use crate::forge::{Op, by, gone, put, swap};

pub fn attacks() -> Vec<Attack> {
    const NO: &[&str] = &["permission"];
    let owner = "roles = [\"owner\"]";
    let stage = || {
        vec![swap(
            STAGING,
            "version = 2\n\n[routing",
            "version = 1\n\n[routing",
        )]
    };
    vec![
        one("a stranger moves a pointer", "mallory", NO, stage()),
        one("a viewer moves a pointer", "vic", NO, stage()),
        one(
            "a bot's look-alike moves a pointer",
            "ci@example.com",
            NO,
            stage(),
        ),
        one(
            "an address with a dot more",
            "do.ra@example.org",
            NO,
            stage(),
        ),
        one("a grant for qa used in staging", "quentin", NO, stage()),
        one(
            "a grant for production used in staging",
            "paul",
            NO,
            stage(),
        ),
        one("a reviewer moves a pointer", "rita", NO, stage()),
        one("a curator moves a pointer", "ed", NO, stage()),
        one(
            "a stranger publishes",
            "mallory",
            NO,
            vec![put("prompts/router/4.md", "Hi {{ name }}\n")],
        ),
        one(
            "a grant for qa used to publish",
            "quentin",
            NO,
            vec![put("prompts/new/1.md", "Hi\n")],
        ),
        one(
            "a viewer grants himself a role",
            "vic",
            NO,
            vec![swap(ACCESS, "roles = [\"viewer\"]", "roles = [\"admin\"]")],
        ),
        one(
            "a stranger adds himself",
            "mallory",
            NO,
            vec![put_member("mallory", "owner")],
        ),
        one(
            "an admin makes himself an owner",
            "adam",
            NO,
            vec![swap(ACCESS, "roles = [\"admin\"]", owner)],
        ),
        one(
            "an admin adds an owner",
            "adam",
            NO,
            vec![put_member("eve", "owner")],
        ),
        one(
            "an admin demotes the owner",
            "adam",
            &["members", "permission"],
            vec![swap(ACCESS, owner, "roles = [\"viewer\"]")],
        ),
        one(
            "an admin takes over an owner's address",
            "adam",
            NO,
            vec![swap(ACCESS, "12+ana@users.noreply.example.com", "eve@x")],
        ),
        one(
            "an admin adds a key to the owner",
            "adam",
            NO,
            vec![swap(
                ACCESS,
                owner,
                "roles = [\"owner\"]\nkeys = [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlE0R4rBkLbcTqvo5i6Hsh3YBUDVGbgvOPmqVbL5Dws\"]",
            )],
        ),
        one(
            "an admin makes an owner of one environment",
            "adam",
            NO,
            vec![swap(
                ACCESS,
                "emails = [\"dora@example.org\"]",
                "emails = [\"dora@example.org\"]\nenvironments.qa = [\"owner\"]",
            )],
        ),
        one(
            "a developer widens a role",
            "rita",
            NO,
            vec![swap(
                ACCESS,
                "\"routing:review\"]",
                "\"routing:review\", \"prompt:publish\"]",
            )],
        ),
        one(
            "a recruiter demands signatures",
            "mia",
            NO,
            vec![Op::Put(
                ACCESS,
                format!("signatures = \"required\"\n{}", team()),
            )],
        ),
        one(
            "a developer creates an environment",
            "dora",
            NO,
            vec![put("environments/eu.toml", "name = \"EU\"\n")],
        ),
        one(
            "a developer describes an environment",
            "dora",
            NO,
            vec![swap("environments/qa.toml", "Quality", "Q")],
        ),
        one(
            "a developer sets a policy",
            "dora",
            NO,
            vec![swap(
                "environments/qa.toml",
                "separation_of_duties = true",
                "separation_of_duties = false",
            )],
        ),
        one(
            "a developer lifts the policy of prod",
            "dora",
            NO,
            vec![swap("environments/prod.toml", "min_dwell = \"24h\"\n", "")],
        ),
        one(
            "a developer makes qa a production environment",
            "dora",
            NO,
            vec![swap(
                "environments/qa.toml",
                "\n\n[policy]",
                "\nproduction = true\n\n[policy]",
            )],
        ),
        one(
            "a developer orders environments",
            "dora",
            NO,
            vec![swap(SETTINGS, "    \"qa\",\n", "")],
        ),
        one(
            "a developer names the default target",
            "dora",
            NO,
            vec![swap(
                SETTINGS,
                "default_publish = \"staging\"",
                "default_publish = \"qa\"",
            )],
        ),
        one(
            "a developer hands over the fallback",
            "dora",
            NO,
            vec![swap(
                SETTINGS,
                "gateway_fallback = \"prod\"",
                "gateway_fallback = \"qa\"",
            )],
        ),
        one(
            "a curator hands over the fallback",
            "ed",
            NO,
            vec![swap(
                SETTINGS,
                "gateway_fallback = \"prod\"",
                "gateway_fallback = \"qa\"",
            )],
        ),
        one(
            "a curator creates a production environment",
            "ed",
            NO,
            vec![put("environments/eu.toml", "production = true\n")],
        ),
        one(
            "a curator creates an environment with a policy",
            "ed",
            NO,
            vec![put(
                "environments/eu.toml",
                "[policy]\nmin_dwell = \"1h\"\n",
            )],
        ),
        one(
            "an admin renames the project",
            "adam",
            NO,
            vec![swap(SETTINGS, "\"Support\"", "\"Help\"")],
        ),
        one(
            "an admin makes another branch the live one",
            "adam",
            NO,
            vec![swap(SETTINGS, "\"main\"", "\"attic\"")],
        ),
        one("a bot approves", "ci", NO, approve()),
        one("a viewer approves", "vic", NO, approve()),
        one("a stranger turns down", "mallory", NO, vec![gone(WAITING)]),
        one(
            "a viewer asks",
            "vic",
            NO,
            vec![put(
                "pending/staging.toml",
                "from = \"qa\"\n\n[prompts.tone]\nversion = 1\nseen = 2\n",
            )],
        ),
        (
            "who asked has lost the right by then",
            vec![
                by(
                    "ana",
                    vec![swap(
                        ACCESS,
                        "emails = [\"dora@example.org\"]\nroles = [\"developer\"]",
                        "emails = [\"dora@example.org\"]\nroles = [\"viewer\"]",
                    )],
                ),
                by("rita", approve()),
            ],
            vec![&[], NO],
        ),
        (
            "granted and used",
            vec![
                by(
                    "vic",
                    vec![swap(
                        ACCESS,
                        "roles = [\"viewer\"]",
                        "roles = [\"developer\"]",
                    )],
                ),
                by("vic", stage()),
            ],
            vec![NO, &[]],
        ),
        one(
            "the owner removes access.toml",
            "ana",
            &["members"],
            vec![gone(ACCESS)],
        ),
        one(
            "a stranger removes access.toml",
            "mallory",
            &["members", "permission"],
            vec![gone(ACCESS)],
        ),
        one(
            "the last owner leaves",
            "ana",
            &["members"],
            vec![swap(ACCESS, owner, "roles = [\"admin\"]")],
        ),
        one(
            "one address, two members",
            "ana",
            &["members"],
            vec![swap(
                ACCESS,
                "\"dora@example.org\"",
                "\"dora@example.org\", \"adam@example.org\"",
            )],
        ),
        one(
            "a role that nobody defined",
            "ana",
            &["members"],
            vec![swap(ACCESS, "[\"curator\"]", "[\"chief\"]")],
        ),
        one(
            "access.toml that does not read",
            "ana",
            &["members", "toml-syntax"],
            vec![put(ACCESS, "[members\n")],
        ),
    ]
}
