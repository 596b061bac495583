//! What becomes of configurations that teams wrote: nothing of them is lost silently.

use super::LiteLlm;
use super::properties::{read, served};
use super::tests::remarks;
use crate::gateway::format::GatewayFormat;
use crate::gateway::imported::PromptSource;
use crate::gateway::remark::Remarked;
use crate::model::TargetEnd;

fn prompt(id: &str, environment: &str, version: u32) -> String {
    format!(
        "- prompt_id: {id}\n  version: {version}\n{environment}  litellm_params: {{prompt_integration: dotprompt, prompt_id: {id}, \
        dotprompt_content: {id} {version}}}\n"
    )
}

#[test]
fn of_prompts_of_one_name_the_one_that_litellm_serves_is_imported() {
    let production = "  environment: production\n";
    let staging = "  environment: staging\n";
    for (prompts, served, left_out) in [
        // By environment before version.
        (
            vec![prompt("p", staging, 7), prompt("p", production, 6)],
            "p 6",
            "prompts.0: LiteLLM serves `production` before `staging`: publish this to an environment of its own",
        ),
        // One without an environment is of `development`.
        (
            vec![prompt("p", "", 9), prompt("p", staging, 1)],
            "p 1",
            "prompts.0: LiteLLM serves `staging` before `development`: publish this to an environment of its own",
        ),
        // Of one id, the first; of several, the highest version.
        (
            vec![prompt("p", production, 1), prompt("p", production, 2)],
            "p 1",
            "prompts.1: LiteLLM serves prompts.0 as `p`",
        ),
        (
            vec![prompt("p.v1", production, 1), prompt("p_v2", production, 2)],
            "p_v2 2",
            "prompts.0: LiteLLM serves prompts.1 as `p`",
        ),
    ] {
        let text = format!("model_list: []\nprompts:\n{}", prompts.concat());
        let imported = read(&text);
        let source = &imported.prompts[&"p".parse().unwrap()].source;
        assert_eq!(*source, PromptSource::Text(served.to_owned()), "{text}");
        assert_eq!(remarks(&imported, Remarked::LeftOut), [left_out], "{text}");
    }
}

#[test]
fn a_value_of_another_type_is_left_out_by_its_path() {
    let imported = read(
        "model_list:\n\
        - model_name: a\n  litellm_params: {model: openai/a, api_key: none, timeout: soon, rpm: [1], weight: 3}\n  model_info: [1]\n\
        - model_name: b\n  litellm_params: {model: openai/b, api_base: [x]}\n\
        - model_name: c\n  litellm_params: {model: openai/c, api_key: none, api_base: 'http://a.example', base_url: 'http://b.example'}\n\
        prompts:\n- prompt_id: p\n  litellm_params: {prompt_integration: dotprompt, prompt_id: p, dotprompt_content: x, temperature: 1}\n\
        router_settings:\n  fallbacks: {a: c}\n  model_group_alias: {z: {model: a, hidden: true}}\n",
    );
    assert_eq!(
        remarks(&imported, Remarked::LeftOut),
        [
            "model_list.0.litellm_params.rpm: it takes a whole number from 1 on",
            "model_list.0.litellm_params.timeout: it takes seconds, up to an hour",
            "model_list.0.litellm_params.weight: the only entry of its name gets every request",
            "model_list.0.model_info: a project has no place for it here",
            "model_list.1: its `api_base` takes a text, not a list",
            "model_list.2.litellm_params.api_base: LiteLLM takes `base_url` where there are both",
            "prompts.0.litellm_params.temperature: a project has no place for it here",
            "router_settings.fallbacks: a project has no place for it here",
            "router_settings.model_group_alias.z.hidden: a project has no place for it here",
        ]
    );
    assert!(
        imported
            .providers
            .contains_key(&"openai-b-example".parse().unwrap())
    );
}

#[test]
fn what_entries_have_in_common_is_left_out_where_no_entry_takes_it() {
    let imported = read(
        "credential_list:\n\
        - credential_name: one\n  credential_values: {api_key: os.environ/K, api_base: 'http://x.example'}\n  credential_info: {a: 1}\n\
        - credential_name: two\n  credential_values: {api_key: os.environ/K}\n\
        model_list:\n\
        - model_name: a\n  litellm_params: {model: openai/a, litellm_credential_name: one, api_base: 'http://y.example'}\n\
        - model_name: b\n  litellm_params: {model: '*', litellm_credential_name: two}\n",
    );
    let left_out = remarks(&imported, Remarked::LeftOut);
    let keys: Vec<&str> = left_out
        .iter()
        .filter_map(|it| it.split(": ").next())
        .collect();
    assert_eq!(
        keys,
        [
            "credential_list.0.credential_info",
            "credential_list.0.credential_values.api_base",
            "credential_list.1",
            "model_list.1",
        ]
    );
}

/// A rule that leads to another, as it is rendered.
const LEADING: &str = "\
model_list:
- model_name: chat
  litellm_params: {model: openai/m, api_key: none, order: 1}
  model_info: {id: chat.main}
- model_name: chat
  litellm_params: {model: openai/n, api_key: none, order: 2, timeout: 5}
  model_info: {id: chat.backup.one, envctl_via: [other]}
- model_name: other
  litellm_params: {model: openai/n, api_key: none, timeout: 5}
  model_info: {id: other.one}
";

#[test]
fn a_target_leads_to_a_rule_as_long_as_its_entries_say_what_the_rule_does() {
    let imported = read(LEADING);
    assert_eq!(imported.remarks, []);
    let rule = &imported.rules[&"chat".parse().unwrap()];
    let to = TargetEnd::Rule {
        rule: "other".parse().unwrap(),
    };
    assert_eq!(rule.targets[&"backup".parse().unwrap()].destination, to);
    for (before, after) in [
        ("order: 2, timeout: 5", "order: 2, timeout: 7"),
        ("order: 2, ", "weight: 4, "),
        (
            "openai/n, api_key: none, order",
            "openai/x, api_key: none, order",
        ),
        ("id: other.one", "id: third.one"),
    ] {
        let text = LEADING.replacen(before, after, 1);
        let imported = read(&text);
        let rule = &imported.rules[&"chat".parse().unwrap()];
        let own = &rule.targets[&"backup-one".parse().unwrap()].destination;
        assert!(matches!(own, TargetEnd::Model { .. }), "{text}");
        let left_out = remarks(&imported, Remarked::LeftOut);
        let via = "model_list.1.model_info.envctl_via: ";
        assert_eq!(
            left_out.iter().filter(|it| it.starts_with(via)).count(),
            1,
            "{left_out:?}"
        );
        let again = LiteLlm.write(&served(&imported)).unwrap().text;
        assert_eq!(read(&again).rules, imported.rules, "{text}\n{again}");
    }
}

#[test]
fn a_rule_that_only_leads_on_keeps_how_often_it_repeats() {
    let text = "\
model_list:
- model_name: a
  litellm_params: {model: openai/n, api_key: none, num_retries: 3}
  model_info: {id: a.main.one, envctl_via: [b]}
- model_name: b
  litellm_params: {model: openai/n, api_key: none}
  model_info: {id: b.one}
";
    let imported = read(text);
    assert_eq!(imported.remarks, []);
    let retries = |rule: &str| {
        imported.rules[&rule.parse().unwrap()]
            .retry
            .as_ref()
            .map(|it| it.max_retries.value())
    };
    assert_eq!((retries("a"), retries("b")), (Some(3), None));
}
