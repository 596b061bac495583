use std::collections::BTreeSet;

use crate::gateway::configuration::Gateway;
use crate::model::{Address, Credential, OptionText};

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
            names.extend(texts.filter_map(|text| text.strip_prefix(Credential::PREFIX)));
        }
        names
    }
}

#[cfg(test)]
mod tests {
    use crate::gateway::Gateway;
    use crate::gateway::native::read_gateway;

    #[test]
    fn keys_addresses_and_options_name_variables() {
        let text = r#"
            [providers.azure]
            kind = "azure"
            base_url = "env::AZURE_URL"
            models = ["m"]
            credential = "env::AZURE_KEY"
            options = { api_version = "env::AZURE_VERSION", region = "eu" }
            [providers.plain]
            models = ["m"]
        "#;
        let gateway = Gateway {
            providers: read_gateway("gateway.toml", text).providers,
            ..Gateway::default()
        };
        let names: Vec<_> = gateway.variables().into_iter().collect();
        assert_eq!(names, ["AZURE_KEY", "AZURE_URL", "AZURE_VERSION"]);
    }
}
