//! Random configurations: what is written is read as it was.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::Value;

use crate::files::secret::redacted;
use crate::gateway::configuration::{Gateway, ServedPrompt};
use crate::gateway::native::tests::{codes, read, remarks, written};
use crate::gateway::native::write::{activation_text, release_text};
use crate::model::{
    Auth, Backoff, Bounded, Endpoint, Failing, JsonTable, MaxRetries, ModelName, Provider,
    ProviderOptions, Retry, RoutingRule, Strategy as Choice, Target, TargetEnd, TargetLimits,
    TargetName, Timeout, VersionNumber, Weight,
};

fn name<T>() -> impl Strategy<Value = T>
where
    T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug,
{
    // Some are what TOML or the guard of secrets might take for something else.
    let odd = select(
        &[
            "api-key",
            "targets",
            "inf",
            "1979-05-27",
            "0",
            "token",
            "models",
        ][..],
    )
    .prop_map(str::to_owned);
    prop_oneof![4 => "[a-z]([a-z0-9-]{0,8}[a-z0-9])?", 1 => odd]
        .prop_map(|name| name.parse().unwrap())
}

fn number<T: Bounded + std::fmt::Debug>() -> impl Strategy<Value = T> {
    T::RANGE.prop_map(|value| T::new(value).unwrap())
}

fn models() -> impl Strategy<Value = Vec<ModelName>> {
    let model =
        "[a-zA-Z0-9:/.@_'\"\\\\-]{1,20}|ü[=#]{1,3}".prop_map(|model| model.parse().unwrap());
    btree_set(model, 1..12).prop_map(|models| models.into_iter().collect())
}

fn provider() -> impl Strategy<Value = Provider> {
    let auth = prop_oneof![
        Just(None),
        Just(Some(Auth::Bearer)),
        Just(Some(Auth::QueryParam)),
        Just(Some(Auth::ApiKeyHeader {
            header: "x-api-key".parse().unwrap()
        })),
    ];
    let kind = select(&["openai", "anthropic", "bedrock", "x.y_z-1"][..]);
    let address = prop::option::of(select(&["https://example.org/v1", "env::GATEWAY_URL"][..]));
    let option = || prop::option::of("[!-&(-~]{1,12}".prop_map(|text| text.parse().unwrap()));
    let options =
        (option(), option(), option()).prop_map(|(api_version, region, project)| ProviderOptions {
            api_version,
            region,
            project,
        });
    let around = (kind, address, options);
    let own = (models(), prop::option::of(number::<Timeout>()), auth);
    (around, own).prop_map(
        |((kind, address, options), (models, timeout, auth))| Provider {
            kind: kind.parse().unwrap(),
            base_url: address.map(|address| address.parse().unwrap()),
            models,
            credential: auth.as_ref().map(|_| "env::KEY_1".parse().unwrap()),
            timeout,
            auth,
            options,
        },
    )
}

fn json_table() -> impl Strategy<Value = JsonTable> {
    let scalar = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        "[a-zA-Z0-9 '\"\\\\#=]{0,8}".prop_map(Value::from),
    ];
    let value = scalar.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map("[a-z .]{0,6}", inner, 0..3)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    });
    let some = btree_map("[a-z_]{1,6}|a b|ü", value, 0..3);
    prop_oneof![3 => Just(JsonTable::default()), 1 => some.prop_map(|it| JsonTable::new(it).unwrap())]
}

fn target() -> impl Strategy<Value = Target> {
    (
        name(),
        models(),
        number::<Weight>(),
        prop::option::of(number::<Timeout>()),
        (json_table(), json_table()),
        (prop::option::of(number()), prop::option::of(number())),
    )
        .prop_map(
            |(provider, mut models, weight, timeout, (params, metadata), (rpm, tpm))| Target {
                destination: TargetEnd::Model {
                    provider,
                    model: models.remove(0),
                },
                weight: Some(weight),
                timeout,
                params,
                limits: TargetLimits { rpm, tpm },
                metadata,
            },
        )
}

fn rule() -> impl Strategy<Value = RoutingRule> {
    let strategy = select(
        &[
            Choice::Single,
            Choice::Weighted,
            Choice::Fallback,
            Choice::Experiment,
        ][..],
    );
    let endpoint = select(&[Endpoint::Chat, Endpoint::Embeddings, Endpoint::AudioSpeech][..]);
    let retry = (
        number::<MaxRetries>(),
        prop::option::of(number::<Backoff>()),
    );
    let on = subsequence(vec![Failing::Timeout, Failing::BadRequest], 0..=2);
    let retry = (retry, on).prop_map(|((max_retries, backoff_base), on)| Retry {
        max_retries,
        backoff_base,
        on,
    });
    let targets = btree_map(name::<TargetName>(), target(), 2..5);
    (
        endpoint,
        models(),
        strategy,
        prop::option::of(retry),
        (targets, btree_set(name(), 0..3)),
    )
        .prop_flat_map(
            |(endpoint, models, strategy, retry, (mut targets, prompts))| {
                if strategy == Choice::Single {
                    targets.pop_last();
                    while targets.len() > 1 {
                        targets.pop_last();
                    }
                }
                for target in targets.values_mut() {
                    target.weight = target.weight.filter(|_| strategy.takes_weights());
                }
                // Drained, all of them: nobody answers.
                if let Some(target) = targets
                    .values_mut()
                    .next()
                    .filter(|_| strategy.takes_weights())
                {
                    target.weight = Weight::new(1);
                }
                let names: Vec<TargetName> = targets.keys().cloned().collect();
                let rule = RoutingRule {
                    endpoint,
                    models,
                    strategy,
                    order: Vec::new(),
                    retry,
                    targets,
                    prompts: prompts.into_iter().collect(),
                };
                Just(names)
                    .prop_shuffle()
                    .prop_map(move |order| RoutingRule {
                        order,
                        ..rule.clone()
                    })
            },
        )
}

/// Any configuration, whether or not its parts fit together.
pub fn gateway() -> impl Strategy<Value = Gateway> {
    let path =
        subsequence(vec!["prompts", "a b", "ü", "7.md"], 1..4).prop_map(|parts| parts.join("/"));
    let prompt = (1..9u32, path).prop_map(|(number, path)| ServedPrompt {
        version: VersionNumber::new(number).unwrap(),
        path: format!("{path}/x.md"),
    });
    let some = 0..4;
    (
        btree_map(name(), provider(), some.clone()),
        btree_map(name(), rule(), some.clone()),
        vec(prompt, some),
    )
        .prop_map(|(providers, rules, prompts)| {
            let named = |(index, prompt)| (format!("p{index}").parse().unwrap(), prompt);
            Gateway {
                providers,
                rules,
                prompts: prompts.into_iter().enumerate().map(named).collect(),
            }
        })
        .prop_filter(
            "some names and models look like secrets, and are refused",
            |gateway| {
                let text = gateway.to_toml();
                redacted("gateway.toml", &text) == text
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_as_it_was(gateway in gateway()) {
        let text = gateway.to_toml();
        prop_assert_eq!(&text, &gateway.clone().to_toml());
        let imported = read(&text);
        prop_assert_eq!(codes(&imported), vec![], "{}", text);
        prop_assert_eq!(remarks(&imported), Vec::<String>::new(), "{}", text);
        prop_assert_eq!(written(&imported), text);
        prop_assert_eq!((imported.providers, imported.rules), (gateway.providers, gateway.rules));
    }

    #[test]
    fn a_version_says_what_it_was_made_of(gateway in gateway()) {
        for provider in gateway.providers.values() {
            let text = activation_text(provider);
            let table = toml::de::DeTable::parse(&text).unwrap();
            let (read, findings) = crate::files::provider::read("x", table.get_ref());
            prop_assert_eq!((read.as_ref(), findings), (Some(provider), vec![]));
        }
        for rule in gateway.rules.values() {
            let text = release_text(rule);
            let table = toml::de::DeTable::parse(&text).unwrap();
            let (read, findings) = crate::files::routing::read("x", table.get_ref());
            prop_assert_eq!((read.as_ref(), findings), (Some(rule), vec![]));
        }
    }

    #[test]
    fn no_text_makes_reading_panic(text in "(\\[?(providers|routes|targets|models|prompts|functions|defaults)\\.?[a-z]?\\]?(\\.x)? ?(= ?[0-9\"{\\[\\]}]{0,3})?\n|(models|targets|weight|path|retry|provider) = [0-9\"a{\\[\\]}]{0,4}\n){0,8}") {
        let _ = read(&text);
    }
}
