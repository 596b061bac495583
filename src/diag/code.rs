use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// The stable name of a kind of finding; `envctl explain CODE` prints what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(&'static str);

/// Declares each code once: its constant, its name, and the text beside it in `codes/`.
macro_rules! codes {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
        impl Code {
            $($(#[$doc])* pub const $constant: Self = Self($name);)*

            /// Every code, in the order of the alphabet.
            pub const ALL: &[Self] = &[$(Self::$constant),*];

            /// Returns what the code means, why the rule exists and how to fix it, as Markdown.
            pub fn explanation(self) -> &'static str {
                match self.0 {
                    $($name => include_str!(concat!("codes/", $name, ".md")),)*
                    _ => unreachable!("every code is declared above"),
                }
            }
        }
    };
}

codes! {
    /// A pointer moved without the approval that the policy demands.
    APPROVAL = "approval";
    /// Something is attested about a version that does not exist.
    ATTESTATION = "attestation";
    /// What is live in an environment does not fit together: a rule and its providers, or two rules.
    COHERENCE = "coherence";
    /// The headers of a commit read differently from program to program.
    COMMIT_HEADER = "commit-header";
    /// A commit is dated before an ancestor.
    DATE_ORDER = "date-order";
    /// The default publish target is missing or names no environment.
    DEFAULT_PUBLISH = "default-publish";
    /// The display order names an environment that is not there, or one twice.
    DISPLAY_ORDER = "display-order";
    /// Two environments have the same name.
    ENVIRONMENT_NAME = "environment-name";
    /// Something moved in an environment while it was frozen, or a freeze was edited or names no environment.
    FREEZES = "freezes";
    /// A commit is dated ahead of the clock.
    FUTURE_DATE = "future-date";
    /// The gateway fallback is missing or names no environment.
    GATEWAY_FALLBACK = "gateway-fallback";
    /// A value is outside the limits of its key.
    INVALID_VALUE = "invalid-value";
    /// What is allowed as it is would be something else, depending on how it lands.
    LANDING = "landing";
    /// A key or a password stands where only a reference to one may.
    LITERAL_SECRET = "literal-secret";
    /// The folders of a project are written in a way that reads differently from program to program.
    MALFORMED_TREE = "malformed-tree";
    /// Who is a member cannot be told, or nobody owns the project.
    MEMBERS = "members";
    /// A merge says what no side of it does.
    MERGE = "merge";
    /// Two branches cannot be merged without a decision.
    MERGE_CONFLICT = "merge-conflict";
    /// A version moved before it was live in its source for as long as the policy demands.
    MIN_DWELL = "min-dwell";
    /// A key that must be there is not.
    MISSING_KEY = "missing-key";
    /// The file was written by a newer envctl.
    NEWER_SCHEMA = "newer-schema";
    /// A lower number followed a higher one sooner than the policy lets it.
    NO_ROLLBACK = "no-rollback";
    /// A file that a later envctl will understand and this one must not ignore.
    NOT_SUPPORTED = "not-supported";
    /// The file is not UTF-8.
    NOT_TEXT = "not-text";
    /// A rule of the policy is overridden for a move.
    OVERRIDDEN = "overridden";
    /// An override that cannot be read, names what does not exist, or was not needed.
    OVERRIDE = "override";
    /// A pending release names what is not there, was changed while it waited, or something moved past it.
    PENDING_RELEASE = "pending-release";
    /// Somebody did what they may not do.
    PERMISSION = "permission";
    /// A pointer belongs to no environment or names a version that was never published.
    POINTER = "pointer";
    /// A policy requires a source that is not there, or the environment itself.
    POLICY_SOURCE = "policy-source";
    /// The keys of a provider's configuration contradict each other.
    PROVIDER = "provider";
    /// A commit does not say why it moves something, and the policy demands it.
    REQUIRE_REASON = "require-reason";
    /// A version moved into an environment without having passed the checks that its policy requires.
    REQUIRED_CHECKS = "required-checks";
    /// A version moved into an environment without being live in the one its policy requires.
    REQUIRED_SOURCE = "required-source";
    /// A version that was rolled back comes back without anybody having asked for it.
    ROLLED_BACK = "rolled-back";
    /// The keys of a routing rule contradict each other.
    ROUTING_RULE = "routing-rule";
    /// A prompt with other variables moved where the policy demands the ones that callers give.
    SAME_VARIABLES = "same-variables";
    /// Somebody approved what they had asked for, and the policy demands another person.
    SEPARATION_OF_DUTIES = "separation-of-duties";
    /// A commit is not signed by the person that it names.
    SIGNATURE = "signature";
    /// `prod` or `staging` is missing.
    SYSTEM_ENVIRONMENTS = "system-environments";
    /// The text is not TOML.
    TOML_SYNTAX = "toml-syntax";
    /// The file is larger than its limit.
    TOO_LARGE = "too-large";
    /// A file that has no place in a folder that envctl owns.
    UNKNOWN_FILE = "unknown-file";
    /// A key that means nothing there.
    UNKNOWN_KEY = "unknown-key";
    /// A published version was changed or removed.
    VERSION_IMMUTABLE = "version-immutable";
    /// The versions of a resource do not count 1, 2, 3 …, or one number has two files.
    VERSION_SEQUENCE = "version-sequence";
    /// A version is vetoed, and no pointer may move to it.
    VETO = "veto";
    /// Something moved outside of the windows of the policy.
    WINDOWS = "windows";
    /// A value of another type than its key takes.
    WRONG_TYPE = "wrong-type";
    /// The text is not YAML.
    YAML_SYNTAX = "yaml-syntax";
}

impl Code {
    /// What two states do not show: it takes a commit, its parents, or the trees that it stores.
    pub const OF_COMMITS: [Self; 5] = [
        Self::COMMIT_HEADER,
        Self::LANDING,
        Self::MALFORMED_TREE,
        Self::MERGE,
        Self::MERGE_CONFLICT,
    ];
    /// What is found in a configuration that is imported, and in no file of a project.
    pub const OF_IMPORTS: [Self; 1] = [Self::YAML_SYNTAX];

    /// Returns the name, as in `error[gateway-fallback]`.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Returns the code with that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.0 == name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The code of a finding; `envctl explain CODE` explains it.",
            "type": "string",
            "pattern": "^[a-z][a-z0-9-]*$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_found_by_name() {
        assert!(Code::ALL.is_sorted());
        assert!(
            Code::ALL
                .iter()
                .all(|code| Code::named(code.as_str()) == Some(*code))
        );
        assert_eq!(Code::named("gateway-fallbak"), None);
    }
}
