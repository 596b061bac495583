use crate::model::{ModelName, Provider, ProviderKind};

/// What a type of provider there takes.
#[derive(Debug)]
pub(super) struct ProviderType {
    /// The kind of a provider in a project.
    pub(super) kind: &'static str,
    /// The type.
    pub(super) name: &'static str,
    /// The key of the model; none where the provider serves one model.
    pub(super) model: Option<&'static str>,
    /// The key of the address; none where it has one of its own.
    pub(super) address: Option<&'static str>,
    /// Whether the address may be a variable.
    pub(super) address_from_variable: bool,
    /// The key of the credential; none where the machine that the gateway runs on is known to the provider.
    pub(super) credential: Option<&'static str>,
    /// How a variable begins that holds the credential.
    pub(super) prefix: &'static str,
    /// The variable that holds the credential where nothing is said.
    pub(super) variable: &'static str,
    /// The word for no credential; none where the gateway wants one.
    pub(super) without: Option<&'static str>,
    /// The keys of the region and of the project.
    pub(super) options: [Option<&'static str>; 2],
    /// Whether it serves embeddings.
    pub(super) embeds: bool,
}

const KEYED: ProviderType = ProviderType {
    kind: "",
    name: "",
    model: Some("model_name"),
    address: None,
    address_from_variable: false,
    credential: Some("api_key_location"),
    prefix: "env::",
    variable: "",
    without: None,
    options: [None, None],
    embeds: false,
};

const VERTEX: ProviderType = ProviderType {
    kind: "vertex",
    model: Some("model_id"),
    credential: Some("credential_location"),
    prefix: "path_from_env::",
    variable: "GCP_VERTEX_CREDENTIALS_PATH",
    without: Some("sdk"),
    options: [Some("location"), Some("project_id")],
    ..KEYED
};

/// The types, as version 2026.6 of the gateway takes them.
const TYPES: [ProviderType; 18] = [
    ProviderType {
        kind: "anthropic",
        name: "anthropic",
        address: Some("api_base"),
        variable: "ANTHROPIC_API_KEY",
        ..KEYED
    },
    ProviderType {
        kind: "azure",
        name: "azure",
        model: Some("deployment_id"),
        address: Some("endpoint"),
        address_from_variable: true,
        variable: "AZURE_API_KEY",
        embeds: true,
        ..KEYED
    },
    ProviderType {
        kind: "bedrock",
        name: "aws_bedrock",
        model: Some("model_id"),
        address: Some("endpoint_url"),
        address_from_variable: true,
        credential: None,
        options: [Some("region"), None],
        ..KEYED
    },
    ProviderType {
        kind: "deepseek",
        name: "deepseek",
        variable: "DEEPSEEK_API_KEY",
        ..KEYED
    },
    ProviderType {
        kind: "fireworks",
        name: "fireworks",
        variable: "FIREWORKS_API_KEY",
        ..KEYED
    },
    ProviderType {
        kind: "gemini",
        name: "google_ai_studio_gemini",
        variable: "GOOGLE_AI_STUDIO_API_KEY",
        ..KEYED
    },
    ProviderType {
        kind: "groq",
        name: "groq",
        variable: "GROQ_API_KEY",
        without: Some("none"),
        ..KEYED
    },
    ProviderType {
        kind: "hyperbolic",
        name: "hyperbolic",
        variable: "HYPERBOLIC_API_KEY",
        ..KEYED
    },
    ProviderType {
        kind: "mistral",
        name: "mistral",
        variable: "MISTRAL_API_KEY",
        ..KEYED
    },
    ProviderType {
        kind: "openai",
        name: "openai",
        address: Some("api_base"),
        variable: "OPENAI_API_KEY",
        without: Some("none"),
        embeds: true,
        ..KEYED
    },
    ProviderType {
        kind: "openrouter",
        name: "openrouter",
        variable: "OPENROUTER_API_KEY",
        without: Some("none"),
        embeds: true,
        ..KEYED
    },
    ProviderType {
        kind: "sglang",
        name: "sglang",
        address: Some("api_base"),
        variable: "SGLANG_API_KEY",
        without: Some("none"),
        ..KEYED
    },
    ProviderType {
        kind: "tgi",
        name: "tgi",
        model: None,
        address: Some("api_base"),
        variable: "TGI_API_KEY",
        without: Some("none"),
        ..KEYED
    },
    ProviderType {
        kind: "together",
        name: "together",
        variable: "TOGETHER_API_KEY",
        ..KEYED
    },
    ProviderType {
        name: "gcp_vertex_gemini",
        ..VERTEX
    },
    ProviderType {
        name: "gcp_vertex_anthropic",
        ..VERTEX
    },
    ProviderType {
        kind: "vllm",
        name: "vllm",
        address: Some("api_base"),
        variable: "VLLM_API_KEY",
        without: Some("none"),
        ..KEYED
    },
    ProviderType {
        kind: "xai",
        name: "xai",
        variable: "XAI_API_KEY",
        without: Some("none"),
        ..KEYED
    },
];

/// Other names of kinds, as LiteLLM has them.
const OTHER_NAMES: [(&str, &str); 4] = [
    ("fireworks_ai", "fireworks"),
    ("hosted_vllm", "vllm"),
    ("together_ai", "together"),
    ("vertex_ai", "vertex"),
];

impl ProviderType {
    /// Returns the type that `provider` has for `model`.
    pub(super) fn of(provider: &Provider, model: &ModelName) -> Option<&'static Self> {
        let kind = known_kind(&provider.kind);
        // Two types serve the models of Vertex, by who makes them.
        let is_claude = kind == "vertex" && model.as_str().starts_with("claude");
        let fits = |it: &&Self| match kind {
            "vertex" => (it.name == "gcp_vertex_anthropic") == is_claude,
            _ => true,
        };
        TYPES.iter().filter(|it| it.kind == kind).find(fits)
    }

    /// Returns the type called `name`.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        TYPES.iter().find(|it| it.name == name)
    }

    /// Returns the names of all types.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        TYPES.iter().map(|it| it.name)
    }
}

/// Returns the name that the table has for `kind`.
fn known_kind(kind: &ProviderKind) -> &str {
    let other = OTHER_NAMES
        .iter()
        .find(|(other, _)| *other == kind.as_str());
    other.map_or(kind.as_str(), |(_, name)| *name)
}
