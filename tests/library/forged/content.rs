//! Content that breaks a rule by itself, or changes what never changes.

use super::{Attack, SETTINGS, STAGING, one};
use crate::forge::{Op, gone, put, swap};

pub fn attacks() -> Vec<Attack> {
    let text = |path, text: &str| vec![put(path, text)];
    let mode = |path, mode, text: &str| vec![Op::Mode(path, mode, text.to_owned())];
    vec![
        one(
            "an edited version",
            "ana",
            &["version-immutable"],
            text("prompts/router/1.md", "Other\n"),
        ),
        one(
            "an edited version that is live",
            "ana",
            &["version-immutable"],
            text("prompts/router/3.md", "Other\n"),
        ),
        one(
            "an edited activation",
            "ana",
            &["version-immutable"],
            vec![swap("providers/openai/1.toml", "openai", "opemai")],
        ),
        one(
            "a deleted version",
            "ana",
            &["version-immutable", "version-sequence"],
            vec![gone("prompts/router/1.md")],
        ),
        one(
            "a deleted version that is live",
            "ana",
            &["pending-release", "pointer", "version-immutable"],
            vec![gone("prompts/router/3.md")],
        ),
        one(
            "a version of another name",
            "ana",
            &["version-immutable"],
            vec![
                gone("prompts/tone/2.txt"),
                put("prompts/tone/2.md", "Be brief.\n"),
            ],
        ),
        one(
            "a gap in the numbers",
            "dora",
            &["version-sequence"],
            text("prompts/router/5.md", "Hi {{ name }}\n"),
        ),
        one(
            "two files of one number",
            "dora",
            &["version-immutable", "version-sequence"],
            text("prompts/tone/2.md", "x\n"),
        ),
        one(
            "a number with a zero before it",
            "dora",
            &["unknown-file"],
            text("prompts/tone/03.txt", "x\n"),
        ),
        one(
            "a literal secret",
            "dora",
            &["literal-secret"],
            text(
                "providers/openai/2.toml",
                "base_url = \"https://api.example.com/v1\"\nmodels = [\"gpt-5\"]\ncredential = \"sk-proj-abcdefghijklmnopqrstuvwxyz0123456789\"\n",
            ),
        ),
        one(
            "a pointer to nothing",
            "dora",
            &["pointer"],
            vec![swap(STAGING, "version = 3", "version = 9")],
        ),
        one(
            "pointers of no environment",
            "dora",
            &["pointer"],
            text("pointers/eu.toml", "[prompts.tone]\nversion = 1\n"),
        ),
        one(
            "a key twice",
            "dora",
            &["toml-syntax"],
            vec![swap(STAGING, "version = 3\n", "version = 3\nversion = 2\n")],
        ),
        one(
            "a byte order mark",
            "ana",
            &["not-text"],
            vec![Op::Put(SETTINGS, format!("\u{feff}{}", settings()))],
        ),
        one(
            "conflict markers",
            "ana",
            &["toml-syntax"],
            vec![swap(
                SETTINGS,
                "name = \"Support\"\n",
                "<<<<<<< ours\nname = \"Support\"\n=======\nname = \"Help\"\n>>>>>>> theirs\n",
            )],
        ),
        one(
            "an unknown key",
            "ana",
            &["unknown-key"],
            vec![swap(SETTINGS, "name = ", "nmae = \"x\"\nname = ")],
        ),
        one(
            "a value of another type",
            "ana",
            &["wrong-type"],
            vec![swap(
                "environments/qa.toml",
                "requires_approval = true",
                "requires_approval = \"no\"",
            )],
        ),
        one(
            "a newer schema",
            "ana",
            &["newer-schema"],
            vec![swap(SETTINGS, "schema = 1", "schema = 2")],
        ),
        one(
            "a fallback that is not there",
            "ana",
            &["gateway-fallback"],
            vec![swap(
                SETTINGS,
                "gateway_fallback = \"prod\"",
                "gateway_fallback = \"eu\"",
            )],
        ),
        one(
            "no default target",
            "ana",
            &["default-publish"],
            vec![swap(SETTINGS, "default_publish = \"staging\"\n", "")],
        ),
        one(
            "a system environment goes",
            "ana",
            &[
                "default-publish",
                "pending-release",
                "policy-source",
                "system-environments",
            ],
            vec![gone("environments/staging.toml"), gone(STAGING)],
        ),
        one(
            "the project goes",
            "ana",
            &["system-environments"],
            vec![gone(SETTINGS)],
        ),
        one(
            "an executable pointers file",
            "dora",
            &["unknown-file"],
            mode(STAGING, "100755", "[prompts.router]\nversion = 3\n"),
        ),
        one(
            "a symlinked pointers file",
            "ana",
            &["unknown-file"],
            mode("pointers/eu.toml", "120000", "prod.toml"),
        ),
        one(
            "a symlinked settings file",
            "ana",
            &["system-environments", "unknown-file"],
            mode(SETTINGS, "120000", "other.toml"),
        ),
        one(
            "a symlinked version",
            "dora",
            &["unknown-file"],
            mode("prompts/new/1.md", "120000", "../../../etc/passwd"),
        ),
        one(
            "a submodule in a folder of envctl",
            "dora",
            &["unknown-file"],
            mode(
                "prompts/new",
                "160000",
                "0123456789012345678901234567890123456789",
            ),
        ),
        one(
            "an environment of a device's name",
            "adam",
            &["unknown-file"],
            text("environments/con.toml", "name = \"x\"\n"),
        ),
        one(
            "a slug in capitals",
            "adam",
            &["unknown-file"],
            text("environments/EU.toml", "name = \"x\"\n"),
        ),
        one(
            "a stray file",
            "dora",
            &["unknown-file"],
            text("prompts/router/notes.txt", "x\n"),
        ),
        one(
            "a change queued for later",
            "ana",
            &["not-supported"],
            text("scheduled/prod/x.toml", "at = 1\n"),
        ),
        one(
            "a rule without its provider",
            "dora",
            &["coherence"],
            vec![swap(STAGING, "\n[providers.openai]\nactivation = 1\n", "")],
        ),
        one(
            "an environment that its order names twice",
            "ana",
            &["display-order"],
            vec![swap(
                SETTINGS,
                "    \"qa\",\n",
                "    \"qa\",\n    \"qa\",\n",
            )],
        ),
        one(
            "a policy that requires itself",
            "ana",
            &["policy-source"],
            vec![swap("environments/prod.toml", "\"staging\"", "\"prod\"")],
        ),
    ]
}

fn settings() -> String {
    String::from_utf8(crate::fixtures::project("support")[SETTINGS].to_vec()).unwrap()
}
