use crate::gateway::format::GatewayFormat;
use crate::gateway::litellm::LiteLlm;
use crate::gateway::native::Native;
use crate::gateway::tensorzero::TensorZero;

/// Returns every format, the project's own first.
pub fn formats() -> &'static [&'static dyn GatewayFormat] {
    &[&Native, &LiteLlm, &TensorZero]
}

/// Returns the format that `text` is in: the first that recognises it, or else the project's own.
pub fn recognised(text: &str) -> &'static dyn GatewayFormat {
    let foreign = formats()[1..].iter();
    let mut known = foreign.filter(|format| format.recognises(text));
    known.next().copied().unwrap_or(&Native)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::gateway::configuration::Gateway;
    use crate::gateway::format::{Rendering, ServedGateway};
    use crate::gateway::native::read_gateway;
    use crate::model::{ResourceName, RoutingRule};

    const SERVED: &str = r#"
        [providers.main]
        base_url = "https://api.example.com/v1"
        models = ["large"]
        [routes.chat]
        endpoint = "chat"
        models = ["gpt"]
        strategy = "single"
        targets.main = { provider = "main", model = "large" }
    "#;

    #[test]
    fn every_format_has_a_name_and_a_file_of_its_own() {
        let names: BTreeSet<_> = formats().iter().map(|format| format.name()).collect();
        let files: BTreeSet<_> = formats().iter().map(|format| format.file_name()).collect();
        assert_eq!(
            (names.len(), files.len()),
            (formats().len(), formats().len())
        );
    }

    #[test]
    fn what_a_format_writes_is_recognised_and_read() {
        let imported = read_gateway("gateway.toml", SERVED);
        let gateway = Gateway {
            providers: imported.providers,
            rules: imported.rules,
            prompts: BTreeMap::new(),
        };
        let served = ServedGateway {
            gateway: gateway.clone(),
            ..ServedGateway::default()
        };
        for format in formats() {
            let Rendering { text, lost, .. } = format.write(&served).unwrap();
            assert_eq!(lost, [], "{}", format.name());
            assert_eq!(recognised(&text).name(), format.name(), "{text}");
            let again = format.read(format.file_name(), &text);
            assert_eq!(again.findings, [], "{text}");
            let models = |rules: &BTreeMap<ResourceName, RoutingRule>| -> Vec<_> {
                rules
                    .values()
                    .flat_map(|rule| rule.models.clone())
                    .collect()
            };
            assert_eq!(models(&again.rules), models(&gateway.rules), "{text}");
        }
    }
}
