//! Files in every layout that TOML allows: an edit does what it says and nothing else, or says that it cannot.

use envctl::files::{Edit, EditError, EnvironmentEdit, EnvironmentRole, Snapshot, State, apply};
use envctl::model::EnvironmentKey;
use envctl::model::{Project, VersionNumber};
use envctl::store::Store;

use crate::fixtures::{project, snapshot};
use crate::project::{resource, slug};

const POINTERS: [&str; 20] = [
    "",
    "# nothing yet\n",
    "# nothing yet",
    "[prompts]\n",
    "[prompts]\n[prompts.router]\nversion = 3\n",
    "[prompts.router]\nversion = 3\n\n# the end\n",
    "[prompts.router] # one\nversion = 3 # two",
    "prompts.router.version = 3\n",
    "prompts = { router = { version = 3 }, tone = { version = 1 } }\n",
    "prompts = { router = { version = 3 } }\n\n[routing.primary]\nrelease = 2\n",
    "[prompts]\nrouter = { version = 3 }\ntone.version = 1\n",
    "[prompts]\nrouter.version = 3\n[prompts.tone]\nversion = 1\n",
    "[routing.primary]\nrelease = 2\n\n[prompts.tone]\nversion = 1\n\n[prompts.router]\nversion = 3\n",
    "[\"prompts\".'router']\n\"version\" = 3\n",
    "  [prompts.router]\n  version = 3\n  [prompts.tone]\n  version = 1\n",
    "[prompts.router]\r\nversion = 3\r\n\r\n[routing.primary]\r\nrelease = 2\r\n",
    "\n\n[prompts.tone]\nversion = 1\n\n\n\n[routing.primary]\nrelease = 2",
    "[prompts.router]\nversion = 3\n[prompts]\n[routing.primary]\nrelease = 2\n",
    "[providers.openai]\nactivation = 1\n[routing]\nprimary.release = 0x2\n",
    "[prompts . router]\nversion\t=\t3\n# [prompts.tone]\n# version = 1\n",
];

const SETTINGS: [&str; 9] = [
    "order = [\"staging\", \"qa\", \"prod\"]\n",
    "order = [\"staging\", # first\n  \"qa\", \"prod\"]\n",
    "order = [\n  \"staging\", \"qa\",\n  \"prod\" # last\n]\n",
    "order = [ # all\n  # one\n  \"staging\"\n  , \"qa\" # two\n  , \"prod\"\n  # end\n]",
    "order = ['staging', '''qa''', \"pr\\u006fd\"]\n",
    "order = []\n",
    "order = [\n]\n",
    "\"order\" = [\n    \"qa\",\n    # gone: \"canary\",\n    \"prod\",\n    \"staging\",\n]\n\n# the end\n",
    "# nobody ordered anything\n",
];

const ENVIRONMENTS: [&str; 9] = [
    "",
    "# about qa\n",
    "# about the policy\n[policy]\nrequired_source = \"staging\"\n",
    "policy.required_source = \"staging\"",
    "policy = { required_source = \"staging\" }\nname = '''Quality'''\n",
    "\"name\" = \"\"\"Quality\"\"\" # so called\n'production'=true",
    "production = false\nname = 'It'\ndescription = \"\"\"\\\n   Trials \\\n   only\"\"\"\ncolor = 'red'\n",
    "\n\n\tname\t=\t\"Q\"\r\n",
    "[policy.prompts]\nrequired_source = \"staging\"\n[policy.routing]\n",
];

fn settings(order: &str) -> String {
    let head = "schema = 1\nname = \"Support\"\nbranch = \"main\"\ndefault_publish = 'staging'\n";
    format!("{head}gateway_fallback = \"prod\"\n{order}")
}

/// The starting state with `text` as `file`; it has nothing to complain about in that file.
fn with(file: &str, text: &str) -> (Snapshot, Project) {
    let mut files = project("support");
    files.insert(file.to_owned(), text.as_bytes().into());
    let snapshot = snapshot(&files);
    let state = State::in_memory(&snapshot).unwrap();
    assert_eq!(state.findings, [], "{text}");
    (snapshot, state.project)
}

/// Makes `edit`, and holds the project that it gives against `expected`; `false` if the layout does not allow it.
fn gives(before: &Snapshot, edit: Edit, expected: &Project, text: &str) -> bool {
    let changes = match apply(before, std::slice::from_ref(&edit)) {
        Ok(changes) => changes,
        Err(EditError::Layout { .. }) => return false,
        Err(error) => panic!("{text}: {edit:?}: {error}"),
    };
    let after = before.with(&changes, Store::content_id);
    let state = State::in_memory(&after).unwrap();
    let written: Vec<_> = changes
        .iter()
        .map(|change| after.text(&change.path))
        .collect();
    assert_eq!(state.findings, [], "{edit:?}\n{text}\n{written:?}");
    assert!(
        serving(state.project) == serving(expected.clone()),
        "{edit:?}\n{text}\n{written:#?}"
    );
    true
}

/// The project without environments' pointers where there are none: a file that says nothing is as good as no file. What it
/// says to people only is left out, too.
fn serving(mut project: Project) -> Project {
    project.pointers.retain(|_, pointers| !pointers.is_empty());
    project.comments.clear();
    project
}

#[test]
fn a_pointer_moves_alone() {
    let (mut made, mut refused) = (0, 0);
    for text in POINTERS {
        let (before, project) = with("pointers/qa.toml", text);
        for name in [
            "prompts/router",
            "prompts/tone",
            "prompts/a",
            "routing/primary",
            "providers/openai",
        ] {
            for to in [Some(7), None].map(|to| to.and_then(VersionNumber::new)) {
                let (environment, resource) = (slug("qa"), resource(name));
                let live = project.live(&environment, &resource);
                if live.is_none() && to.is_none() {
                    continue;
                }
                let mut expected = project.clone();
                let pointers = expected.pointers.get_mut(&environment).unwrap();
                match to {
                    Some(number) => drop(pointers.insert(resource.clone(), number)),
                    None => drop(pointers.remove(&resource)),
                }
                let edit = Edit::Point {
                    environment: environment.clone(),
                    resource,
                    to,
                };
                if gives(&before, edit, &expected, text) {
                    made += 1;
                } else {
                    refused += 1;
                    assert!(
                        live.is_none() || to.is_none(),
                        "a pointer that is there can always move: {text}"
                    );
                }
            }
        }
    }
    assert!(
        made > 5 * refused && refused > 0,
        "{made} made, {refused} refused"
    );
}

#[test]
fn the_order_is_set_whatever_it_looked_like() {
    for order in SETTINGS {
        let text = settings(order);
        let (before, project) = with("envctl.toml", &text);
        for slugs in [&["prod", "staging", "qa"][..], &["qa"], &[]] {
            let slugs: Vec<_> = slugs.iter().map(|text| slug(text)).collect();
            let mut expected = project.clone();
            expected.settings.order.clone_from(&slugs);
            assert!(gives(&before, Edit::Reorder(slugs), &expected, &text));
        }
        let mut expected = project.clone();
        expected
            .settings
            .order
            .retain(|listed| *listed != slug("qa"));
        expected.environments.remove("qa");
        expected.pointers.remove("qa");
        assert!(gives(
            &before,
            Edit::DeleteEnvironment(slug("qa")),
            &expected,
            &text
        ));
        let mut expected = project.clone();
        expected.settings.gateway_fallback = Some(slug("qa"));
        assert!(gives(
            &before,
            Edit::Assign(EnvironmentRole::GatewayFallback, slug("qa")),
            &expected,
            &text
        ));
    }
}

#[test]
fn comments_that_belong_to_nothing_that_goes_stay() {
    let pointers = "# live\n\n[prompts.router]\nversion = 3\n\n# the rest\n\n# tone\n[prompts.tone]\nversion = 1\n\n# the end\n";
    let (before, _) = with("pointers/qa.toml", pointers);
    for (name, expected) in [
        (
            "prompts/router",
            "# live\n\n# the rest\n\n# tone\n[prompts.tone]\nversion = 1\n\n# the end\n",
        ),
        (
            "prompts/tone",
            "# live\n\n[prompts.router]\nversion = 3\n\n# the rest\n\n# the end\n",
        ),
    ] {
        let edit = Edit::Point {
            environment: slug("qa"),
            resource: resource(name),
            to: None,
        };
        let after = before.with(&apply(&before, &[edit]).unwrap(), Store::content_id);
        assert_eq!(after.text("pointers/qa.toml"), Some(expected));
    }
    let (before, _) = with(
        "envctl.toml",
        &settings("order = [ # all\n    \"qa\", # two\n    \"prod\",\n    # end\n]\n"),
    );
    let edit = Edit::Reorder(vec![slug("prod"), slug("qa")]);
    let after = before.with(&apply(&before, &[edit]).unwrap(), Store::content_id);
    let expected = settings("order = [ # all\n    \"prod\",\n    \"qa\", # two\n    # end\n]\n");
    assert_eq!(after.text("envctl.toml"), Some(expected.as_str()));
}

#[test]
fn an_environment_whose_last_key_goes_stays() {
    let (before, project) = with("environments/qa.toml", "description = \"Trials\"\n");
    let edit = EnvironmentEdit::parse([(EnvironmentKey::Description, "")]).unwrap();
    let mut expected = project.clone();
    expected.environments.get_mut("qa").unwrap().description = "".parse().unwrap();
    assert!(gives(
        &before,
        Edit::EditEnvironment(slug("qa"), edit),
        &expected,
        "description alone"
    ));
}

#[test]
fn an_environment_takes_every_key_wherever_it_stands() {
    for text in ENVIRONMENTS {
        let (before, project) = with("environments/qa.toml", text);
        for setting in [
            (EnvironmentKey::Name, "New \"one\""),
            (EnvironmentKey::Description, "It's"),
            (EnvironmentKey::Description, ""),
            (EnvironmentKey::Color, "teal"),
            (EnvironmentKey::Color, "none"),
            (EnvironmentKey::Production, "true"),
        ] {
            let edit = EnvironmentEdit::parse([setting]).unwrap();
            let mut expected = project.clone();
            edit.apply(expected.environments.get_mut("qa").unwrap());
            assert!(gives(
                &before,
                Edit::EditEnvironment(slug("qa"), edit),
                &expected,
                text
            ));
        }
    }
}
