//! What evaluations found, and which versions are vetoed.

use schemars::SchemaGenerator;
use serde_json::{Value, json};

use super::parts::{key, named, switch, table};
use crate::model::{
    Attestation, CheckName, ContentId, Kind, Link, Reason, ResourceName, Score, VersionNumber,
};

/// Returns the schema of an attestations file.
pub(super) fn attestations(generator: &mut SchemaGenerator) -> Value {
    let count = |description: &str| json!({ "description": description, "type": "integer", "minimum": 0, "maximum": u32::MAX });
    let properties = json!({
        "content": key::<ContentId>(generator, "The bytes that were evaluated: git's id of the blob."),
        "passed": switch("Whether they passed."),
        "score": key::<Score>(generator, "What was measured."),
        "cases": count("How many cases there were."),
        "failures": count("How many of them failed."),
        "link": key::<Link>(generator, "Where the evaluation can be read up on."),
    });
    let check = table(
        "What an evaluation found.",
        properties,
        &["content", "passed"],
    );
    let mut checks = named::<CheckName>(
        generator,
        "What evaluations found about a version, by the name of the check.",
        check,
    );
    checks["maxProperties"] = json!(Attestation::MOST);
    checks
}

/// Returns the schema of `vetoes.toml`.
pub(super) fn vetoes(generator: &mut SchemaGenerator) -> Value {
    let reason = key::<Reason>(generator, "Why no pointer may move to it.");
    let veto = table("A veto.", json!({ "reason": reason }), &["reason"]);
    let kind = |generator: &mut SchemaGenerator, kind: Kind| {
        let numbers = named::<VersionNumber>(generator, "The vetoed numbers.", veto.clone());
        // The keys of a table are texts, so the type of a number does not describe them.
        let mut numbers = numbers;
        numbers["propertyNames"] = json!({ "pattern": "^[1-9][0-9]*$" });
        let description = format!("The vetoes on {}, by name.", kind.folder());
        named::<ResourceName>(generator, &description, numbers)
    };
    let mut properties = serde_json::Map::new();
    for of in Kind::ALL {
        properties.insert(of.folder().to_owned(), kind(generator, of));
    }
    table(
        "The versions that no pointer may move to.",
        Value::Object(properties),
        &[],
    )
}
