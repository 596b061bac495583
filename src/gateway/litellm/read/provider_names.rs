use std::collections::{BTreeMap, BTreeSet};

use super::identity::ProviderIdentity;
use crate::gateway::litellm::kinds;
use crate::gateway::slugs::{TakenNames, slug};
use crate::model::{Address, ResourceName};

/// Returns a name for each of `identities`: its kind and its address, and what else tells it from those with the same.
///
/// It follows from what they are and not from where they stand, so the same providers have the same names.
pub(super) fn names(
    identities: &BTreeSet<ProviderIdentity>,
) -> BTreeMap<ProviderIdentity, ResourceName> {
    let mut alike: BTreeMap<String, Vec<&ProviderIdentity>> = BTreeMap::new();
    for identity in identities {
        alike.entry(base(identity)).or_default().push(identity);
    }
    let mut names = BTreeMap::new();
    let mut taken = TakenNames::default();
    for (base, identities) in alike {
        for identity in &identities {
            let mut parts = vec![base.clone()];
            parts.extend(differences(identity, &identities));
            let name = taken.resource(&parts.join("-"));
            if let Some(name) = name.or_else(|| taken.resource(NAMELESS)) {
                names.insert((*identity).clone(), name);
            }
        }
    }
    names
}

/// What a provider is called of whose kind nothing can be in a name.
const NAMELESS: &str = "provider";

/// The kind, and the host or the variable of an address.
fn base(identity: &ProviderIdentity) -> String {
    let kind = slug(identity.kind.as_str());
    let address = match &identity.base_url {
        None => return kind,
        Some(Address::Variable(variable)) => slug(variable.variable()),
        Some(Address::Url(url)) => {
            let rest = url.as_str().split_once("://").map_or("", |(_, rest)| rest);
            slug(rest.split('/').next().unwrap_or_default())
        }
    };
    // An address that a kind takes from its variable says no more than the kind.
    if address == slug(&kinds::usual_address(&identity.kind)) {
        return kind;
    }
    let telling = address
        .strip_prefix(&format!("{kind}-"))
        .unwrap_or(&address);
    format!("{kind}-{telling}")
}

/// What tells `identity` from `others`, in words.
fn differences(identity: &ProviderIdentity, others: &[&ProviderIdentity]) -> Vec<String> {
    let differ = |part: &dyn Fn(&ProviderIdentity) -> Option<String>| {
        others.iter().any(|other| part(other) != part(identity))
    };
    let credential =
        |it: &ProviderIdentity| it.credential.as_ref().map(|key| key.variable().to_owned());
    let region =
        |it: &ProviderIdentity| it.options.region.as_ref().map(|it| it.as_str().to_owned());
    let project =
        |it: &ProviderIdentity| it.options.project.as_ref().map(|it| it.as_str().to_owned());
    let mut parts = Vec::new();
    if differ(&credential) {
        match credential(identity) {
            Some(key) if Some(&key) == kinds::usual_key(&identity.kind).as_ref() => {}
            Some(key) => parts.push(slug(key.trim_end_matches("_API_KEY"))),
            None => parts.push("no-key".to_owned()),
        }
    }
    for part in [
        &region as &dyn Fn(&ProviderIdentity) -> Option<String>,
        &project,
    ] {
        let said = part(identity).filter(|_| differ(part));
        parts.extend(said.map(|said| slug(&said)).filter(|said| !said.is_empty()));
    }
    parts
}
