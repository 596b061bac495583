//! How the types of the model are spelled in answers and in files, as JSON Schemas.
//!
//! A type that is written as one word or number has its schema here; those with fields derive it where they are.

use super::{
    Address, Backoff, BaseUrl, Bounded, BranchName, CheckName, Color, CommitId, ContentId,
    Credential, Description, DisplayName, Email, EnvironmentSlug, Extension, FreezeId, GrantScope,
    HeaderName, Link, MaxRetries, MemberName, ModelName, OptionText, PerMinute, PolicyValue,
    ProviderKind, Reason, RemoteName, Resource, ResourceName, Role, RoleName, Score, SigningKey,
    TargetName, TimeSpan, Timeout, VersionNumber, Weight, Window,
};

/// Declares the JSON Schema of a type: its name in `$defs`, and what it holds.
macro_rules! schema_of {
    ($type:ty, $name:expr, $schema:tt) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}
pub(crate) use schema_of;

/// The form of a slug; its length differs.
const SLUG: &str = "^[a-z0-9](-*[a-z0-9])*$";
/// The name of a git object.
const OBJECT: &str = "^[0-9a-f]{40}$";

schema_of!(CommitId, "CommitId", {
    "description": "The id of a commit.",
    "type": "string", "pattern": OBJECT,
});
schema_of!(ContentId, "ContentId", {
    "description": "The id of a blob: equal ids mean equal bytes.",
    "type": "string", "pattern": OBJECT,
});
schema_of!(EnvironmentSlug, "EnvironmentSlug", {
    "description": "The slug of an environment.",
    "type": "string", "pattern": SLUG, "maxLength": EnvironmentSlug::MAX,
});
schema_of!(FreezeId, "FreezeId", {
    "description": "The name of a freeze: like a slug, or the moment at which it was made.",
    "type": "string", "maxLength": FreezeId::MAX,
    "pattern": "^([a-z0-9](-*[a-z0-9])*|[0-9]{8}T[0-9]{6}Z)$",
});
schema_of!(Window, "Window", {
    "description": "A weekly span of time: days, from and to by the clock, and the zone.",
    "type": "string", "examples": ["mon-thu 09:00-16:00 Europe/Berlin"],
});
schema_of!(GrantScope, "GrantScope", {
    "description": "The slug of an environment, or `production` for all that serve production.",
    "type": "string", "pattern": SLUG, "maxLength": EnvironmentSlug::MAX,
});
schema_of!(MemberName, "MemberName", {
    "description": "The name of a member in access.toml.",
    "type": "string", "pattern": SLUG, "maxLength": EnvironmentSlug::MAX,
});
schema_of!(RoleName, "RoleName", {
    "description": "The name of a role that the project defines.",
    "type": "string", "pattern": SLUG, "maxLength": EnvironmentSlug::MAX,
});
schema_of!(Role, "Role", {
    "description": "A role: viewer, evaluator, developer, admin, owner, or one that the project defines.",
    "type": "string", "pattern": SLUG, "maxLength": EnvironmentSlug::MAX,
});
schema_of!(Email, "Email", {
    "description": "An e-mail address as git names an author; case does not matter.",
    "type": "string", "maxLength": Email::MAX, "pattern": "^[^@]+@[^@]+$",
});
schema_of!(SigningKey, "SigningKey", {
    "description": "A public key of OpenSSH, as in authorized_keys, with times between which it counts.",
    "type": "string", "minLength": 1,
});
schema_of!(Resource, "Resource", {
    "description": "A resource: prompts/NAME, routing/NAME or providers/NAME.",
    "type": "string", "pattern": "^(prompts|routing|providers)/[a-z0-9](-*[a-z0-9])*$",
});
schema_of!(ResourceName, "ResourceName", {
    "description": "The name of a resource, without its kind.",
    "type": "string", "pattern": SLUG, "maxLength": ResourceName::MAX,
});
schema_of!(VersionNumber, "VersionNumber", {
    "description": "The number of a version of a prompt, a release of a routing rule, or an activation of a provider.",
    "type": "integer", "minimum": 1, "maximum": u32::MAX,
});
schema_of!(BranchName, "BranchName", {
    "description": "The name of a branch, without refs/heads/.",
    "type": "string", "minLength": 1,
});
schema_of!(RemoteName, "RemoteName", {
    "description": "The name of a remote.",
    "type": "string", "minLength": 1,
});
schema_of!(DisplayName, "DisplayName", {
    "description": "A name for people: 1 to 64 characters, without control characters.",
    "type": "string", "minLength": 1,
});
schema_of!(Description, "Description", {
    "description": "Up to 280 characters, without control characters.",
    "type": "string", "maxLength": Description::MAX,
});
schema_of!(Color, "Color", {
    "description": "A named colour, or #rrggbb.",
    "type": "string",
    "anyOf": [{ "enum": Color::names().collect::<Vec<_>>() }, { "pattern": "^#[0-9A-Fa-f]{6}$" }],
});
schema_of!(Extension, "Extension", {
    "description": "The extension of a version's file.",
    "type": "string", "pattern": "^[a-z0-9]+$",
});
schema_of!(TimeSpan, "TimeSpan", {
    "description": "A duration, such as 90m, 24h or 2 days; at most 366 days.",
    "type": "string", "pattern": "^[0-9]",
});
schema_of!(PolicyValue, "PolicyValue", {
    "description": "The value of a policy's key: a switch, the slug of an environment, a duration, or names of checks.",
    "type": ["boolean", "string", "array"], "items": { "type": "string" },
});
schema_of!(CheckName, "CheckName", {
    "description": "The name of a check.",
    "type": "string", "pattern": SLUG, "maxLength": CheckName::MAX,
});
schema_of!(Reason, "Reason", {
    "description": "Why something was done.",
    "type": "string", "minLength": 1,
});
schema_of!(Score, "Score", {
    "description": "What an evaluation measured.",
    "type": "number",
});
schema_of!(Link, "Link", {
    "description": "Where something can be read up on.",
    "type": "string", "pattern": "^https?://", "maxLength": Link::MAX,
});
schema_of!(BaseUrl, "BaseUrl", {
    "description": "Where a provider is reached.",
    "type": "string", "pattern": "^https?://", "maxLength": BaseUrl::MAX,
});
schema_of!(Address, "Address", {
    "description": "Where a provider is reached: a URL, or env::NAME for the variable of the gateway's environment that holds one.",
    "type": "string", "pattern": "^(https?://|env::[A-Z_][A-Z0-9_]*$)", "maxLength": BaseUrl::MAX,
});
schema_of!(ProviderKind, "ProviderKind", {
    "description": "What a provider speaks: openai, anthropic, azure, gemini, vertex, bedrock, mistral, groq, ollama …",
    "type": "string", "pattern": "^[a-z0-9][a-z0-9._-]*$", "maxLength": ProviderKind::MAX,
});
schema_of!(OptionText, "OptionText", {
    "description": "The value of an option.",
    "type": "string", "pattern": "^[!-~]+$", "maxLength": OptionText::MAX,
});
schema_of!(ModelName, "ModelName", {
    "description": "The name of a model.",
    "type": "string", "minLength": 1, "maxLength": ModelName::MAX,
});
schema_of!(TargetName, "TargetName", {
    "description": "The name of a target of a routing rule.",
    "type": "string", "minLength": 1, "maxLength": TargetName::MAX,
});
schema_of!(HeaderName, "HeaderName", {
    "description": "The name of an HTTP header.",
    "type": "string", "minLength": 1, "maxLength": HeaderName::MAX,
});
schema_of!(Credential, "Credential", {
    "description": "Which variable of the gateway's environment holds the key: env::NAME.",
    "type": "string", "pattern": "^env::[A-Z_][A-Z0-9_]*$",
});

/// Declares the schema of a number within bounds.
macro_rules! bounded_schema {
    ($($type:ident: $description:literal;)*) => {
        $(schema_of!($type, stringify!($type), {
            "description": $description,
            "type": "integer",
            "minimum": <$type as Bounded>::RANGE.start(), "maximum": <$type as Bounded>::RANGE.end(),
        });)*
    };
}

bounded_schema! {
    Timeout: "Milliseconds that the gateway waits for an answer.";
    Weight: "The share of a target among the targets of its rule.";
    PerMinute: "How much of something may be used in a minute.";
    MaxRetries: "How often a request is sent again after it failed.";
    Backoff: "Milliseconds that the gateway waits before the first repetition.";
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;

    /// The schemas are what others check answers with, so each must fit what the type itself accepts.
    #[test]
    fn schemas_accept_what_the_types_write() {
        fn fits<T: JsonSchema>(value: &impl serde::Serialize) {
            let schema = schemars::schema_for!(T);
            let validator = jsonschema::validator_for(schema.as_value()).unwrap();
            let value = serde_json::to_value(value).unwrap();
            assert!(validator.is_valid(&value), "{value} against {schema:?}");
        }
        for slug in ["prod", "a", "eu-west-1", "x--y"] {
            if let Ok(slug) = slug.parse::<EnvironmentSlug>() {
                fits::<EnvironmentSlug>(&slug);
            }
        }
        fits::<CommitId>(&CommitId::from_bytes([7; 20]));
        fits::<Resource>(&"routing/primary-chat".parse::<Resource>().unwrap());
        fits::<VersionNumber>(&VersionNumber::FIRST);
        fits::<Color>(&"#0A1b2c".parse::<Color>().unwrap());
        fits::<Color>(&"gray".parse::<Color>().unwrap());
        fits::<TimeSpan>(&"2 days".parse::<TimeSpan>().unwrap());
        fits::<Credential>(&"env::OPENAI_API_KEY".parse::<Credential>().unwrap());
        fits::<BaseUrl>(&"https://api.example.com/v1".parse::<BaseUrl>().unwrap());
        fits::<MaxRetries>(&MaxRetries::new(10).unwrap());
    }

    #[test]
    fn a_schema_refuses_what_the_type_refuses() {
        let schema = schemars::schema_for!(VersionNumber);
        let validator = jsonschema::validator_for(schema.as_value()).unwrap();
        assert!(!validator.is_valid(&serde_json::json!(0)));
        let schema = schemars::schema_for!(CommitId);
        let validator = jsonschema::validator_for(schema.as_value()).unwrap();
        assert!(!validator.is_valid(&serde_json::json!("HEAD")));
    }
}
