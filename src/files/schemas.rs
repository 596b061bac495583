//! JSON Schemas of the files that people edit and read, for editors and formatters.
//!
//! They say what each key is and which values it takes. What a schema cannot express, such as that a pointer
//! names an existing version or who may change it, is checked by `check`.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use self::parts::{key, list, named, or_off, switch, table};
use crate::model::{
    Address, Attestation, AuthType, Backoff, BranchName, CheckName, Color, Credential, Description,
    DisplayName, Email, Endpoint, EnvironmentKey, EnvironmentSlug, EnvironmentType, Failing,
    GrantScope, HeaderName, JsonTable, Kind, MaxRetries, MemberName, ModelName, OptionText,
    PerMinute, Permission, PolicyKey, PolicyType, ProviderKind, ResourceName, Role, RoleName,
    RoutingRule, SCHEMA, Signatures, SigningKey, Strategy, TargetName, TimeSpan, Timeout,
    VersionNumber, Weight,
};

mod evidence;
mod parts;

/// A kind of file.
#[derive(Clone, Copy, Debug)]
pub struct FileSchema {
    /// The name of the schema: that of the file, or of what it contains.
    pub name: &'static str,
    /// Where such files are in a project's folder.
    pub path: &'static str,
    describe: fn(&mut SchemaGenerator) -> Value,
}

/// Every kind of file, sorted by name.
pub const ALL: [FileSchema; 10] = [
    file("access.toml", "access.toml", access),
    file(
        "attestations.toml",
        "attestations/*/*/*.toml",
        evidence::attestations,
    ),
    file("envctl.toml", "envctl.toml", settings),
    file("environment.toml", "environments/*.toml", environment),
    file("freeze.toml", "freezes/*/*.toml", freeze),
    file("pending.toml", "pending/*.toml", pending),
    file("pointers.toml", "pointers/*.toml", pointers),
    file("provider.toml", "providers/*/*.toml", provider),
    file("routing.toml", "routing/*/*.toml", routing),
    file("vetoes.toml", "vetoes.toml", evidence::vetoes),
];

const fn file(
    name: &'static str,
    path: &'static str,
    describe: fn(&mut SchemaGenerator) -> Value,
) -> FileSchema {
    FileSchema {
        name,
        path,
        describe,
    }
}

/// Returns the schema with that `name`.
pub fn of(name: &str) -> Option<Value> {
    let file = ALL.into_iter().find(|file| file.name == name)?;
    Some(file.schema())
}

impl FileSchema {
    /// Returns the schema, in the dialect that editors of TOML understand: draft 7.
    pub fn schema(self) -> Value {
        let mut generator = SchemaSettings::draft07().into_generator();
        let described = (self.describe)(&mut generator);
        let mut schema = Map::new();
        schema.insert(
            "$schema".to_owned(),
            json!("http://json-schema.org/draft-07/schema#"),
        );
        schema.insert("title".to_owned(), json!(self.path));
        if let Value::Object(mut described) = described {
            schema.append(&mut described);
        }
        schema.insert(
            "definitions".to_owned(),
            Value::Object(generator.take_definitions(true)),
        );
        Value::Object(schema)
    }
}

/// Returns the schema of `envctl.toml`.
fn settings(generator: &mut SchemaGenerator) -> Value {
    let properties = json!({
        "schema": { "description": "The version of the format.", "const": SCHEMA },
        "name": key::<DisplayName>(generator, "The name of the project."),
        "branch": key::<BranchName>(generator, "The live branch: what its tip says is live."),
        "default_publish": key::<EnvironmentSlug>(generator, "The environment whose pointers `publish` moves."),
        "gateway_fallback": key::<EnvironmentSlug>(generator, "The environment that answers requests that name none."),
        "order": list::<EnvironmentSlug>(generator, "The order in which environments are shown."),
    });
    table(
        "The project.",
        properties,
        &[
            "schema",
            "name",
            "branch",
            "default_publish",
            "gateway_fallback",
        ],
    )
}

/// Returns the schema of an environment's file.
fn environment(generator: &mut SchemaGenerator) -> Value {
    let mut policy = rules(generator);
    for kind in Kind::ALL {
        let description = format!("Overrides for {} only.", kind.folder());
        let own = table(&description, Value::Object(rules(generator)), &[]);
        policy.insert(kind.folder().to_owned(), own);
    }
    let window = json!({ "type": "string", "examples": ["mon-thu 09:00-16:00 Europe/Berlin"] });
    let meaning = "When moves may happen, by name: days, a time span and a zone each.";
    policy.insert(
        "windows".to_owned(),
        json!({ "type": "object", "description": meaning, "additionalProperties": window }),
    );
    let described = |known: EnvironmentKey| {
        let meaning = known.meaning();
        let value = match known.takes() {
            EnvironmentType::Name => key::<DisplayName>(generator, meaning),
            EnvironmentType::Description => key::<Description>(generator, meaning),
            EnvironmentType::Color => key::<Color>(generator, meaning),
            EnvironmentType::Switch => switch(meaning),
        };
        (known.as_str().to_owned(), value)
    };
    let mut properties: Map<String, Value> =
        EnvironmentKey::ALL.into_iter().map(described).collect();
    let policy = table(
        "What a move into the environment requires.",
        Value::Object(policy),
        &[],
    );
    properties.insert("policy".to_owned(), policy);
    let name = EnvironmentKey::Name.as_str();
    table("An environment.", Value::Object(properties), &[name])
}

/// Returns the schemas of the keys of a policy.
fn rules(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let rule = |key: PolicyKey| {
        let value = match key.takes() {
            PolicyType::Switch => json!({ "type": "boolean" }),
            PolicyType::Source => or_off(generator.subschema_for::<EnvironmentSlug>().to_value()),
            PolicyType::Checks => {
                let mut checks = list::<CheckName>(generator, "Names of checks.");
                checks["minItems"] = json!(1);
                checks["maxItems"] = json!(Attestation::MOST);
                or_off(checks)
            }
            PolicyType::Span => or_off(generator.subschema_for::<TimeSpan>().to_value()),
        };
        let mut value = value;
        value["description"] = json!(format!("{}.", key.fits()));
        (key.as_str().to_owned(), value)
    };
    PolicyKey::ALL.into_iter().map(rule).collect()
}

/// Returns a table for each kind with a table for each resource, whose keys `keys` returns, given the word
/// for its number.
fn by_kind(
    generator: &mut SchemaGenerator,
    keys: impl Fn(&mut SchemaGenerator, &'static str) -> Value,
) -> Map<String, Value> {
    Kind::ALL
        .map(|kind| {
            let each = keys(generator, kind.number_word());
            let description = format!("The pointers to {}, by name.", kind.folder());
            let table = named::<ResourceName>(generator, &description, each);
            (kind.folder().to_owned(), table)
        })
        .into_iter()
        .collect()
}

/// Returns the schema of a pointers file.
fn pointers(generator: &mut SchemaGenerator) -> Value {
    let pointer = |generator: &mut SchemaGenerator, word: &'static str| {
        let number = key::<VersionNumber>(generator, &format!("The {word} that is live."));
        table("A pointer.", json!({ word: number }), &[word])
    };
    let kinds = by_kind(generator, pointer);
    table("What is live in an environment.", Value::Object(kinds), &[])
}

/// Returns the schema of a freeze.
fn freeze(_: &mut SchemaGenerator) -> Value {
    let moment = |meaning: &str| json!({ "description": meaning, "type": ["string", "object"] });
    let properties = json!({
        "from": moment("When it begins; absent: with the commit that writes it."),
        "until": moment("When it ends; absent: when somebody thaws it."),
        "rollbacks": switch("Whether it also bars the return to the previous version."),
        "reason": { "description": "Why.", "type": "string" },
    });
    table("A span of time in which nothing moves.", properties, &[])
}

/// Returns the schema of a pending release.
fn pending(generator: &mut SchemaGenerator) -> Value {
    let moved = |generator: &mut SchemaGenerator, word: &'static str| {
        let properties = json!({
            word: key::<VersionNumber>(generator, &format!("The {word} that will be live.")),
            "retire": { "description": "Removes the pointer.", "const": true },
            "seen": key::<VersionNumber>(generator, "What was live when the release was requested."),
        });
        let mut moved = table("A move.", properties, &[]);
        moved["oneOf"] = json!([{ "required": [word] }, { "required": ["retire"] }]);
        moved
    };
    let mut properties = by_kind(generator, moved);
    let from = key::<EnvironmentSlug>(generator, "The environment that the versions come from.");
    properties.insert("from".to_owned(), from);
    table("A pending release.", Value::Object(properties), &[])
}

/// Returns the schema of `access.toml`.
fn access(generator: &mut SchemaGenerator) -> Value {
    let roles = list::<Role>(generator, "The roles.");
    let properties = json!({
        "emails": list::<Email>(generator, "The author addresses of the member's commits."),
        "roles": list::<Role>(generator, "The roles that apply in the whole project."),
        "environments": named::<GrantScope>(generator, "The roles that apply in single environments, or in `production`.", roles),
        "keys": list::<SigningKey>(generator, "The keys whose signatures prove who made a commit."),
        "bot": switch("Whether it is a program: a bot never approves or rejects, and never changes access or policies."),
    });
    let member = table("A member.", properties, &["emails"]);
    let permissions = list::<Permission>(generator, "What the role allows.");
    let role = table(
        "A role that the project defines.",
        json!({ "permissions": permissions }),
        &["permissions"],
    );
    let properties = json!({
        "signatures": key::<Signatures>(generator, "Whether an identity counts only with a good signature."),
        "members": named::<MemberName>(generator, "Who may do what, by name.", member),
        "roles": named::<RoleName>(generator, "The roles that the project defines, by name.", role),
    });
    table("Who may do what.", properties, &[])
}

/// Returns the schema of a provider's activation.
fn provider(generator: &mut SchemaGenerator) -> Value {
    let properties = json!({
        "api_version": key::<OptionText>(generator, "The version of its interface."),
        "region": key::<OptionText>(generator, "Where it runs."),
        "project": key::<OptionText>(generator, "Whose account it runs on."),
    });
    let options = table("What its kind has to be told besides.", properties, &[]);
    let properties = json!({
        "kind": key::<ProviderKind>(generator, "What the provider speaks; openai by default."),
        "base_url": key::<Address>(generator, "Where the provider is reached; by default, where its kind has its own address."),
        "models": list::<ModelName>(generator, "The models that it serves."),
        "credential": key::<Credential>(generator, "Which variable of the gateway's environment holds the key."),
        "timeout_ms": key::<Timeout>(generator, "How long the gateway waits for it."),
        "auth_type": key::<AuthType>(generator, "How the key is sent; a bearer token by default."),
        "auth_header_name": key::<HeaderName>(generator, "The header that the key is sent in, with api_key_header."),
        "options": options,
    });
    table(
        "An activation of a provider's configuration. It never changes once it is committed.",
        properties,
        &["models"],
    )
}

/// Returns the schema of a routing release.
fn routing(generator: &mut SchemaGenerator) -> Value {
    let properties = json!({
        "rpm": key::<PerMinute>(generator, "Requests in a minute."),
        "tpm": key::<PerMinute>(generator, "Tokens in a minute."),
    });
    let limits = table("How much the gateway sends it.", properties, &[]);
    let properties = json!({
        "provider": key::<ResourceName>(generator, "The name of a provider: that of providers/NAME."),
        "rule": key::<ResourceName>(generator, "Another rule to lead to, instead of a model: that of routing/NAME."),
        "model": key::<ModelName>(generator, "What that provider calls the model."),
        "weight": key::<Weight>(generator, "Its share of the requests, with strategies that choose by weight."),
        "timeout_ms": key::<Timeout>(generator, "How long the gateway waits for it."),
        "params": key::<JsonTable>(generator, "What the provider is asked besides, such as a temperature."),
        "limits": limits,
        "metadata": key::<JsonTable>(generator, "What is known of it, such as its costs."),
    });
    let mut target = table("A target.", properties, &[]);
    target["oneOf"] = json!([{ "required": ["provider", "model"] }, { "required": ["rule"] }]);
    let properties = json!({
        "max_retries": key::<MaxRetries>(generator, "How often a request is sent again."),
        "backoff_base_ms": key::<Backoff>(generator, "How long the gateway waits before the first repetition."),
        "on": list::<Failing>(generator, "After which failures; timeout, rate_limit and server_error by default."),
    });
    let retry = table(
        "What is done when a target fails.",
        properties,
        &["max_retries"],
    );
    let mut targets = named::<TargetName>(generator, "The targets, by name.", target);
    targets["maxProperties"] = json!(RoutingRule::MOST_TARGETS);
    let properties = json!({
        "endpoint": key::<Endpoint>(generator, "What callers ask for."),
        "models": list::<ModelName>(generator, "The models that callers name."),
        "strategy": key::<Strategy>(generator, "How a target is chosen."),
        "order": list::<TargetName>(generator, "The order in which targets are tried."),
        "retry": retry,
        "targets": targets,
        "prompts": list::<ResourceName>(generator, "The prompts that are used with the rule."),
    });
    table(
        "A release of a routing rule. It never changes once it is committed.",
        properties,
        &["endpoint", "models", "strategy", "targets"],
    )
}

#[cfg(test)]
mod tests;
