use std::collections::BTreeSet;

use toml::de::DeTable;

use crate::files::path::OwnedPath;
use crate::files::pointers;
use crate::files::snapshot::Snapshot;
use crate::model::{Extension, Kind};

/// The files of the routing releases and provider activations that are live in some environment, by the pointers of
/// `snapshot`: what must be read to judge whether they fit together. Prompts stand by themselves.
pub fn live_configuration(snapshot: &Snapshot) -> BTreeSet<String> {
    let is_pointers =
        |path: &str| matches!(OwnedPath::parse(path), Some(Ok(OwnedPath::Pointers(_))));
    let texts = snapshot
        .entries
        .keys()
        .filter(|path| is_pointers(path))
        .filter_map(|path| snapshot.text(path));
    texts
        .filter(|text| may_name_configuration(text))
        .flat_map(files)
        .collect()
}

/// Whether it can be that a pointers file names a rule or a provider. Most of a large project are prompts, and to look for
/// two words is a hundred times faster than to parse; a key that is spelled with escapes has a backslash.
fn may_name_configuration(text: &str) -> bool {
    [Kind::Routing.folder(), Kind::Providers.folder(), "\\"]
        .iter()
        .any(|word| text.contains(word))
}

fn files(text: &str) -> Vec<String> {
    // What is wrong with the file is found when the state is read.
    let Ok(table) = DeTable::parse(text) else {
        return Vec::new();
    };
    let (pointers, _) = pointers::read("", table.get_ref());
    let configuration = pointers
        .into_iter()
        .filter(|(resource, _)| resource.kind != Kind::Prompts);
    let file = |(resource, number): (crate::model::Resource, _)| {
        let extension = Extension::of(resource.kind, "toml")?;
        Some(OwnedPath::Version(resource, number, extension).to_string())
    };
    configuration.filter_map(file).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::files::Entry;
    use crate::model::ContentId;

    #[test]
    fn what_is_live_anywhere_is_named_however_it_is_spelled() {
        let entry =
            |text: &str| Entry::of(Arc::from(text.as_bytes()), ContentId::from_bytes([0; 20]));
        let snapshot = Snapshot {
            entries: [
                (
                    "pointers/prod.toml",
                    "[prompts.a]\nversion = 1\n[routing.b]\nrelease = 2\n",
                ),
                (
                    "pointers/qa.toml",
                    "\"prov\\u0069ders\".c.activation = 0x3\n",
                ),
                ("pointers/broken.toml", "[routing.d]\nrelease = \n"),
                ("pending/qa.toml", "[routing.e]\nrelease = 1\n"),
            ]
            .map(|(path, text)| (path.to_owned(), entry(text)))
            .into(),
        };
        let expected = ["providers/c/3.toml", "routing/b/2.toml"].map(str::to_owned);
        assert_eq!(live_configuration(&snapshot), expected.into());
    }
}
