use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use envctl::files::EnvironmentEdit;
use envctl::model::{
    Color, Description, DisplayName, Environment, EnvironmentKey, EnvironmentType, EnvironmentValue,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

/// The options of `env create`: one for each key.
#[derive(Debug)]
pub struct NewKeys(pub EnvironmentEdit);

/// The options of `env edit`: one for each key, and one more for each switch, which turns it off.
#[derive(Debug)]
pub struct ChangedKeys(pub EnvironmentEdit);

impl Args for NewKeys {
    fn augment_args(command: Command) -> Command {
        command.args(EnvironmentKey::ALL.map(|key| option(key).help(key.create_help())))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl Args for ChangedKeys {
    fn augment_args(command: Command) -> Command {
        EnvironmentKey::ALL
            .into_iter()
            .fold(command, |command, key| {
                let on = option(key).help(key.edit_help());
                let Some((name, help)) = key.off() else {
                    return command.arg(on);
                };
                let off = Arg::new(name)
                    .long(name)
                    .help(help)
                    .action(ArgAction::SetTrue);
                command.arg(on.overrides_with(name)).arg(off)
            })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for NewKeys {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |key: EnvironmentKey| match key.takes() {
            EnvironmentType::Switch => is_on(matches, key.as_str()),
            _ => text(matches, key),
        };
        Ok(Self(settings(given)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl FromArgMatches for ChangedKeys {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |key: EnvironmentKey| match key.takes() {
            EnvironmentType::Switch => is_on(matches, key.as_str()).or_else(|| {
                let off = key.off().is_some_and(|(name, _)| matches.get_flag(name));
                off.then_some(Some(EnvironmentValue::Switch(false)))
            }),
            _ => text(matches, key),
        };
        Ok(Self(settings(given)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The value that the command line gives a key, if any; the inner `None` removes the key.
type Given = Option<Option<EnvironmentValue>>;

fn settings(given: impl Fn(EnvironmentKey) -> Given) -> EnvironmentEdit {
    let keys = EnvironmentKey::ALL.into_iter();
    keys.filter_map(|key| Some((key, given(key)?))).collect()
}

fn is_on(matches: &ArgMatches, id: &str) -> Given {
    matches
        .get_flag(id)
        .then_some(Some(EnvironmentValue::Switch(true)))
}

fn text(matches: &ArgMatches, key: EnvironmentKey) -> Given {
    matches
        .get_one::<Option<EnvironmentValue>>(key.as_str())
        .cloned()
}

fn option(key: EnvironmentKey) -> Arg {
    let option = Arg::new(key.as_str()).long(key.as_str());
    let value = match key.takes() {
        EnvironmentType::Switch => return option.action(ArgAction::SetTrue),
        EnvironmentType::Name => "NAME",
        EnvironmentType::Description => "DESCRIPTION",
        EnvironmentType::Color => "COLOR",
    };
    option
        .value_name(value)
        .value_parser(move |text: &str| key.value(text))
}

/// The keys of an environment as data, in the order of its file.
pub struct KeysBody<'a>(pub &'a Environment);

impl Serialize for KeysBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(EnvironmentKey::ALL.map(|key| (key.as_str(), said(key, self.0))))
    }
}

fn said(key: EnvironmentKey, environment: &Environment) -> Value {
    match key.of(environment) {
        Some(EnvironmentValue::Switch(on)) => json!(on),
        Some(text) => json!(text.to_string()),
        None if key.takes() == EnvironmentType::Description => json!(""),
        None => Value::Null,
    }
}

impl JsonSchema for KeysBody<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EnvironmentKeys".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = |key: EnvironmentKey| {
            let value = match key.takes() {
                EnvironmentType::Name => generator.subschema_for::<DisplayName>(),
                EnvironmentType::Description => generator.subschema_for::<Description>(),
                EnvironmentType::Color => generator.subschema_for::<Option<Color>>(),
                EnvironmentType::Switch => generator.subschema_for::<bool>(),
            };
            (key.as_str().to_owned(), value.to_value())
        };
        let properties: Map<String, Value> =
            EnvironmentKey::ALL.into_iter().map(&mut schema).collect();
        let required = EnvironmentKey::ALL.map(EnvironmentKey::as_str);
        schemars::json_schema!({
            "type": "object", "properties": properties, "required": required,
        })
    }
}
