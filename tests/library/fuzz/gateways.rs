//! The configuration of a gateway, as somebody else's program wrote it.

use std::fs;

use envctl::diag::Finding;
use envctl::files::Outline;
use envctl::gateway::recognised;
use proptest::prelude::*;

use super::files::WORDS;
use super::mutation::mutated;
use crate::cases::cases;
use crate::fixtures::folder;

fn configurations() -> Vec<Vec<u8>> {
    let folders = fs::read_dir(folder("gateways"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = folders
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path());
    let kept = files.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml" || extension == "yaml")
    });
    let mut found: Vec<Vec<u8>> = kept.map(|path| fs::read(path).unwrap()).collect();
    found.sort();
    found
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_configuration_is_read_or_says_why_not(bytes in mutated(configurations(), WORDS)) {
        let text = String::from_utf8_lossy(&bytes.0);
        let format = recognised(&text);
        let imported = format.read("gateway.toml", &text);
        let outline = Outline::of_file("gateway.toml", &text);
        let located = |finding: &Finding| outline.locate(&finding.place.spot);
        for finding in &imported.findings {
            prop_assert!(located(finding).is_none_or(|span| text.get(span).is_some()), "{:?}", finding);
        }
        let is_toml = format.name() != "litellm";
        if is_toml && toml::from_str::<toml::Table>(&text).is_err() {
            prop_assert!(!imported.findings.is_empty(), "it is no TOML, and nobody says so");
        }
    }
}
