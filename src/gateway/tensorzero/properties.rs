//! Random files: what was read is read again from what is rendered.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::tests::{again, read};
use crate::gateway::accounted;
use crate::gateway::native::properties;
use crate::gateway::toml_text::inline_value;
use crate::gateway::{Gateway, ServedGateway};
use crate::model::{Address, Auth, Endpoint, JsonTable, ProviderKind, RoutingRule, TargetLimits};

const MODELS: [&str; 5] = ["fb", "gpt-4.1", "my_model", "a/b c", "router"];
const FUNCTIONS: [&str; 6] = ["f", "other", "my_func", "my-func", "router", "fb"];

fn some(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), value]
}

/// A table of the keys that have a value.
fn table(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(pairs.map(|(key, value)| (key.to_owned(), value)).collect())
}

fn provider() -> impl Strategy<Value = Value> {
    let address = some(
        select(&["http://one.example:8000/v1/", "https://two.example/v1"][..])
            .prop_map(Value::from),
    );
    let key =
        some(select(&["none", "env::KEY_1", "env::OPENAI_API_KEY"][..]).prop_map(Value::from));
    let timeouts =
        some(select(&[500, 2000][..]).prop_map(|ms| json!({"non_streaming": {"total_ms": ms}})));
    let openai = (address, key, timeouts).prop_map(|(address, key, timeouts)| {
        table([
            ("type", "openai".into()),
            ("model_name", "gpt-4o".into()),
            ("api_base", address),
            ("api_key_location", key),
            ("timeouts", timeouts),
        ])
    });
    let others = select(vec![
        json!({"type": "anthropic", "model_name": "claude"}),
        json!({"type": "azure", "deployment_id": "d", "endpoint": "env::AZURE_URL"}),
        json!({"type": "aws_bedrock", "model_id": "m", "region": "us-east-1"}),
        json!({"type": "aws_bedrock", "model_id": "m", "region": "sdk"}),
        json!({"type": "gcp_vertex_gemini", "model_id": "g", "location": "us", "project_id": "p"}),
        json!({"type": "tgi", "api_base": "http://tgi.example/v1/", "api_key_location": "none"}),
    ]);
    prop_oneof![3 => openai, 1 => others]
}

fn model() -> impl Strategy<Value = Value> {
    let names = subsequence(vec!["main", "backup", "x.y"], 1..=3);
    (names, vec(provider(), 3)).prop_map(|(names, providers)| {
        let providers: Value = names
            .iter()
            .zip(providers)
            .map(|(name, it)| ((*name).to_owned(), it))
            .collect();
        json!({"routing": names, "providers": providers})
    })
}

fn variant(models: Vec<String>) -> impl Strategy<Value = Value> {
    let shorthand = ["openai::gpt-4o", "anthropic::claude"].map(str::to_owned);
    let model = select([models, shorthand.to_vec()].concat());
    let template = || some(select(&["t/one.md", "t/two.minijinja"][..]).prop_map(Value::from));
    let user = prop_oneof![4 => Just(Value::Null), 1 => template()];
    let temperature = some(select(vec![json!(0.5), json!(1)]));
    let body = some(Just(json!([{"pointer": "/stop", "value": ["x"]}])));
    let retries = some(select(vec![
        json!({"num_retries": 2}),
        json!({"num_retries": 0}),
    ]));
    (model, (template(), user), (temperature, body), retries).prop_map(
        |(model, (system, user), (temperature, body), retries)| {
            let by_path = |path: Value| {
                if path.is_null() {
                    path
                } else {
                    json!({"path": path})
                }
            };
            let templates = table([("system", by_path(system)), ("user", by_path(user))]);
            let is_none = templates.as_object().is_some_and(serde_json::Map::is_empty);
            table([
                ("type", "chat_completion".into()),
                ("model", model.into()),
                ("templates", if is_none { Value::Null } else { templates }),
                ("temperature", temperature),
                ("extra_body", body),
                ("retries", retries),
            ])
        },
    )
}

fn function(models: Vec<String>) -> impl Strategy<Value = Value> {
    let variants = btree_map(
        select(&["a", "b.c", "v1"][..]).prop_map(str::to_owned),
        variant(models),
        1..=3,
    );
    let kind = select(&["chat", "chat", "chat", "json"][..]);
    (variants, kind, vec(0..4u32, 3), any::<bool>()).prop_map(
        |(variants, kind, weights, is_static)| {
            let sum: u32 = weights.iter().take(variants.len()).sum();
            let weights: Value = variants
                .keys()
                .cloned()
                .zip(weights.into_iter().map(Value::from))
                .collect();
            let choice = match is_static && sum > 0 {
                true => json!({"type": "static", "candidate_variants": weights}),
                false => Value::Null,
            };
            let variants = Value::Object(variants.into_iter().collect());
            table([
                ("type", kind.into()),
                ("variants", variants),
                ("experimentation", choice),
            ])
        },
    )
}

fn file() -> impl Strategy<Value = Value> {
    btree_map(select(&MODELS[..]).prop_map(str::to_owned), model(), 1..=3)
        .prop_flat_map(|models| {
            let names = models.keys().cloned().collect();
            let functions = btree_map(
                select(&FUNCTIONS[..]).prop_map(str::to_owned),
                function(names),
                0..=4,
            );
            (Just(models), functions)
        })
        .prop_map(|(models, functions)| {
            json!({
                "models": Value::Object(models.into_iter().collect()),
                "functions": Value::Object(functions.into_iter().collect()),
            })
        })
}

/// What this format expresses, nearly always, of a random configuration.
fn expressible(mut gateway: Gateway) -> Gateway {
    for provider in gateway.providers.values_mut() {
        provider.kind = ProviderKind::openai();
        provider.base_url = provider
            .base_url
            .take()
            .filter(|it| matches!(it, Address::Url(_)));
        provider.auth = provider.credential.as_ref().map(|_| Auth::Bearer);
        provider.options = Default::default();
    }
    let plain = |rule: &RoutingRule| rule.models.iter().all(|model| model.pattern().is_none());
    gateway.rules.retain(|_, rule| plain(rule));
    let providers: Vec<_> = gateway.providers.keys().cloned().collect();
    for rule in gateway.rules.values_mut() {
        rule.endpoint = Endpoint::Chat;
        rule.prompts.clear();
        for target in rule.targets.values_mut() {
            target.limits = TargetLimits::default();
            target.metadata = JsonTable::default();
            if !rule.strategy.takes_weights() {
                target.params = JsonTable::default();
            }
            if let (crate::model::TargetEnd::Model { provider, .. }, Some(first)) =
                (&mut target.destination, providers.first())
            {
                provider.clone_from(first);
            }
        }
    }
    if providers.is_empty() {
        gateway.rules.clear();
    }
    gateway.prompts.clear();
    gateway
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_was_read_is_read_again(file in file()) {
        let sections = file.as_object().unwrap().iter();
        let text: String = sections.map(|(key, value)| format!("{key} = {}\n", inline_value(value))).collect();
        let first = read(&text);
        prop_assert_eq!(&first.findings, &vec![], "{}", text);
        let (rendered, second) = again(&first);
        prop_assert_eq!(&second.findings, &vec![], "{}\n{}", text, rendered);
        prop_assert_eq!(&second.providers, &first.providers, "{}\n{}", text, rendered);
        prop_assert_eq!(&second.rules, &first.rules, "{}\n{}", text, rendered);
        let names = |it: &crate::gateway::Imported| it.prompts.keys().cloned().collect::<Vec<_>>();
        prop_assert_eq!(names(&second), names(&first), "{}\n{}", text, rendered);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_a_project_serves_comes_back(gateway in properties::gateway().prop_map(expressible)) {
        let served = ServedGateway { gateway, ..ServedGateway::default() };
        // Two rules may claim one model, which nothing that is live does.
        let Ok(rendering) = super::write::write(&served) else { return Ok(()) };
        prop_assert_eq!(&rendering.lost.iter().filter(|it| !it.key.as_ref().is_some_and(|key| key.starts_with("retry"))).count(), &0);
        let first = read(&rendering.text);
        prop_assert_eq!(&first.findings, &vec![], "{}", rendering.text);
        let (text, second) = again(&first);
        prop_assert_eq!((&second.providers, &second.rules), (&first.providers, &first.rules), "{}\n{}", rendering.text, text);
        let models = |rules: &std::collections::BTreeMap<_, RoutingRule>| {
            let models = rules.values().flat_map(|rule| rule.models.clone());
            models.collect::<std::collections::BTreeSet<_>>()
        };
        prop_assert_eq!(models(&first.rules), models(&served.gateway.rules), "{}", rendering.text);
    }
}

/// A file in which anything may be of a wrong type.
fn odd_file() -> impl Strategy<Value = Value> {
    let provider = accounted::table(&[
        (
            "type",
            json!([
                "openai",
                "openai",
                "openai",
                "anthropic",
                "aws_bedrock",
                "gcp_vertex_gemini"
            ]),
        ),
        ("model_name", json!("gpt")),
        ("model_id", json!("m")),
        ("api_base", json!(["http://a.example/v1/", "${BASE}"])),
        (
            "api_key_location",
            json!(["none", "env::KEY_1", "dynamic::k", "path::/k", {"default": "env::KEY_2", "fallback": "none"}]),
        ),
        ("region", json!(["sdk", "eu"])),
        (
            "timeouts",
            json!([
                {"non_streaming": {"total_ms": 5}, "streaming": {"ttft_ms": 5, "total_ms": 9}},
                {"non_streaming": 5},
                {"streaming": {"ttft_ms": 7}},
            ]),
        ),
        ("timeout_ms", json!([1000])),
        ("cost", json!([{"a": 1}])),
    ]);
    let model = (provider.clone(), provider, accounted::table(&[("timeouts", json!({"a": 1})), ("skip_relay", json!(true))])).prop_map(
        |(one, other, more)| {
            let mut model = json!({"routing": ["one", "other", "one"], "providers": {"one": one, "other": other, "third": {"type": "openai"}}});
            model.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            model
        },
    );
    let variant = accounted::table(&[
        (
            "type",
            json!([
                "chat_completion",
                "chat_completion",
                "experimental_best_of_n_sampling"
            ]),
        ),
        ("model", json!(["m", "openai::gpt-4o"])),
        ("weight", json!([1, 2])),
        (
            "retries",
            json!([{"num_retries": 2, "max_delay_s": 3}, {"num_retries": 1}, 3]),
        ),
        (
            "templates",
            json!([{"system": {"path": "a.md", "odd": 1}, "user": {"path": "b.md"}}, {"system": "x"}, "x"]),
        ),
        ("system_template", json!("c.md")),
        ("temperature", json!([0.5])),
        ("max_tokens", json!([5])),
        ("json_mode", json!("strict")),
        (
            "extra_body",
            json!([[{"pointer": "/a", "value": 1}, {"pointer": "/a/b", "value": 1}, {"pointer": "/a", "delete": true}]]),
        ),
        (
            "extra_headers",
            json!([[{"name": "x", "value": "y"}, {"name": "x", "value": "z"}, {"name": "w", "delete": true}]]),
        ),
    ]);
    let function = (
        vec(variant, 2),
        accounted::table(&[
            ("type", json!(["chat", "json"])),
            ("tools", json!([["t"]])),
            ("experimentation", json!([
                {"type": "static", "candidate_variants": {"v1": 1.0, "v2": 2.0, "absent": 1.0}, "namespaces": {"a": {}}},
                {"type": "uniform", "candidate_variants": ["v1", "absent", 3]},
                {"type": "adaptive", "candidate_variants": {"v1": "x"}, "metric": "m"},
                {"candidate_variants": 5},
            ])),
        ]),
    )
        .prop_map(|(variants, mut function)| {
            function["variants"] = json!({"v1": variants[0], "v2": variants[1]});
            function
        });
    let functions = btree_map(
        select(vec!["f".to_owned(), "m".to_owned(), "g".to_owned()]),
        function,
        0..3,
    );
    let rest = accounted::table(&[
        ("gateway", json!({"debug": true})),
        ("tools", json!({"t": {"parameters": "t.json"}})),
        ("metrics", json!({})),
    ]);
    (model, functions, rest).prop_map(|(model, functions, rest)| {
        let mut file = json!({"models": {"m": model}, "functions": functions});
        file.as_object_mut()
            .unwrap()
            .extend(rest.as_object().unwrap().clone());
        file
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn everything_is_imported_or_reported(file in odd_file()) {
        let read = |file: &Value| {
            let sections = file.as_object().unwrap().iter();
            let text: String = sections.map(|(key, value)| format!("{key} = {}\n", inline_value(value))).collect();
            read(&text)
        };
        let lost = accounted::unaccounted(&read, &file);
        prop_assert_eq!(lost, Vec::<String>::new(), "{:#}\n{:#?}", file, read(&file).remarks);
    }
}
