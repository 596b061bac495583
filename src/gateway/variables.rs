use std::collections::BTreeSet;

use serde_json::Value;

use crate::gateway::configuration::Gateway;
use crate::model::{Address, Credential, JsonTable, OptionText};

impl Gateway {
    /// Returns the names of the variables that a gateway needs to serve this.
    pub fn variables(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for provider in self.providers.values() {
            names.extend(provider.credential.iter().map(Credential::variable));
            if let Some(Address::Variable(variable)) = &provider.base_url {
                names.insert(variable.variable());
            }
            let options = &provider.options;
            let options = [&options.api_version, &options.region, &options.project];
            let texts = options.into_iter().flatten().map(OptionText::as_str);
            names.extend(texts.filter_map(variable));
        }
        let targets = self.rules.values().flat_map(|rule| rule.targets.values());
        for target in targets {
            let tables = [&target.params, &target.metadata];
            for (_, value) in tables.into_iter().flat_map(JsonTable::iter) {
                add(&mut names, value);
            }
        }
        names
    }
}

/// Returns the variable that `text` stands for.
fn variable(text: &str) -> Option<&str> {
    text.parse::<Credential>().ok()?;
    text.strip_prefix(Credential::PREFIX)
}

/// Adds the variables in `value` to `names`.
fn add<'v>(names: &mut BTreeSet<&'v str>, value: &'v Value) {
    match value {
        Value::String(text) => names.extend(variable(text)),
        Value::Array(values) => values.iter().for_each(|value| add(names, value)),
        Value::Object(entries) => entries.values().for_each(|value| add(names, value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::gateway::Gateway;
    use crate::gateway::native::read_gateway;

    #[test]
    fn keys_addresses_options_and_what_targets_say_name_variables() {
        let text = r#"
            [providers.azure]
            kind = "azure"
            base_url = "env::AZURE_URL"
            models = ["m"]
            credential = "env::AZURE_KEY"
            options = { api_version = "env::AZURE_VERSION", region = "eu" }
            [providers.plain]
            models = ["m"]
            [routes.chat]
            endpoint = "chat"
            models = ["a"]
            strategy = "single"
            [routes.chat.targets.main]
            provider = "plain"
            model = "m"
            params = { user = "env::A_USER", extra_headers = { x = ["env::A_HEADER"] }, stop = "env::lower" }
            metadata = { team = "env::A_TEAM" }
        "#;
        let imported = read_gateway("gateway.toml", text);
        let gateway = Gateway {
            providers: imported.providers,
            rules: imported.rules,
            ..Gateway::default()
        };
        let names: Vec<_> = gateway.variables().into_iter().collect();
        let expected = [
            "AZURE_KEY",
            "AZURE_URL",
            "AZURE_VERSION",
            "A_HEADER",
            "A_TEAM",
            "A_USER",
        ];
        assert_eq!(names, expected);
    }
}
