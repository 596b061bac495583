//! What LiteLLM calls the kinds of providers, and what it takes from its environment where an entry does not say it.

use crate::model::ProviderKind;

/// The kinds that LiteLLM has another word for: a project's, and its own.
const WORDS: [(&str, &str); 4] = [
    ("fireworks", "fireworks_ai"),
    ("together", "together_ai"),
    ("vertex", "vertex_ai"),
    ("vllm", "hosted_vllm"),
];

/// The kinds that LiteLLM 1.108 knows, in its own words: `litellm.provider_list`.
const KNOWN: &str = "\
    a2a a2a_agent ai21 ai21_chat aiml aiohttp_openai amazon_nova anthropic anthropic_text apertis assemblyai \
    auto_router aws_polly aws_textract azure azure_ai azure_speech azure_text baseten bedrock bedrock_mantle bespoke \
    black_forest_labs bytez cerebras charity_engine chatgpt chutes clarifai cloudflare codestral cognition cohere \
    cohere_chat cometapi compactifai coralbricks cortecs cursor custom custom_openai darkbloom dashscope databricks \
    databricks_agent datarobot deepgram deepinfra deepseek docker_model_runner dotprompt edenai elevenlabs empower \
    fal_ai featherless_ai fireworks_ai friendliai galadriel gdc gemini gigachat github github_copilot gradient_ai \
    groq helicone heroku hosted_vllm huggingface humanloop hyperbolic inception inferenceapis infinity jina_ai \
    lambda_ai langflow langfuse langgraph laya lemonade libertai litellm_agent litellm_proxy llamafile lm_studio \
    manus maritalk meta meta_llama microsoft_365_copilot milvus minimax mistral modelscope mongodb moonshot morph \
    nadir nano-gpt nebius neosantara nlp_cloud novita nscale nvidia_nim nvidia_riva oci ollama ollama_chat oobabooga \
    openai openai_like openrouter ovhcloud parasail perplexity petals pg_vector pinstripes poe predibase prism \
    publicai qwen_ai_platform qwencloud ragflow recraft reducto reka replicate runwayml s3_vectors sagemaker \
    sagemaker_chat sagemaker_nova sail sambanova sap scaledown scaleway scx-ai snowflake soniox stability \
    strands_decider synthetic tencent tensormesh text-completion-codestral text-completion-inception \
    text-completion-openai together_ai topaz transcribe triton typesafe v0 valkey vercel_ai_gateway vertex_ai \
    vertex_ai_beta vllm volcengine voyage wandb watsonx watsonx_text xai xiaomi_mimo xinference zai \
    ";

/// The kinds that LiteLLM signs in for by other means than a key: an account of a cloud, or none at all.
const WITHOUT_KEY: [&str; 13] = [
    "bedrock",
    "chatgpt",
    "docker_model_runner",
    "github_copilot",
    "llamafile",
    "oci",
    "ollama",
    "ollama_chat",
    "petals",
    "sagemaker",
    "sagemaker_chat",
    "vertex",
    "vertex_ai_beta",
];

/// The variables that LiteLLM takes a key from, where they are not called after the kind: `GROQ_API_KEY`.
const KEYS: [(&str, &str); 24] = [
    ("ai21_chat", "AI21_API_KEY"),
    ("anthropic_text", "ANTHROPIC_API_KEY"),
    ("azure_text", "AZURE_API_KEY"),
    ("cohere_chat", "COHERE_API_KEY"),
    ("cometapi", "COMETAPI_KEY"),
    ("custom_openai", "OPENAI_API_KEY"),
    ("fireworks", "FIREWORKS_AI_API_KEY"),
    ("friendliai", "FRIENDLI_TOKEN"),
    ("lambda_ai", "LAMBDA_API_KEY"),
    ("meta_llama", "LLAMA_API_KEY"),
    ("nano-gpt", "NANOGPT_API_KEY"),
    ("perplexity", "PERPLEXITYAI_API_KEY"),
    ("predibase", "PREDIBASE_API_KEY"),
    ("sap", "AICORE_SERVICE_KEY"),
    ("text-completion-codestral", "CODESTRAL_API_KEY"),
    ("text-completion-openai", "OPENAI_API_KEY"),
    ("together", "TOGETHERAI_API_KEY"),
    ("vllm", "HOSTED_VLLM_API_KEY"),
    ("volcengine", "VOLCENGINE_API_KEY"),
    ("watsonx", "WATSONX_API_KEY"),
    ("watsonx_text", "WATSONX_API_KEY"),
    ("zai", "ZAI_API_KEY"),
    ("qwencloud", "DASHSCOPE_API_KEY"),
    ("xiaomi_mimo", "XIAOMI_MIMO_API_KEY"),
];

/// The keys that sign in otherwise than with a key.
pub(super) const OTHER_SIGNATURES: [&str; 8] = [
    "aws_access_key_id",
    "azure_ad_token",
    "azure_password",
    "client_id",
    "client_secret",
    "tenant_id",
    "use_xai_oauth",
    "vertex_credentials",
];

/// The headers in which a kind sends its key by itself.
const HEADERS: [(&str, &str); 5] = [
    ("anthropic", "x-api-key"),
    ("azure", "api-key"),
    ("azure_ai", "api-key"),
    ("elevenlabs", "xi-api-key"),
    ("gemini", "x-goog-api-key"),
];

/// How names of models begin that LiteLLM knows the provider of.
const MODELS: [(&str, &str); 21] = [
    ("amazon.", "bedrock"),
    ("anthropic.", "bedrock"),
    ("chatgpt-", "openai"),
    ("claude-", "anthropic"),
    ("codex-", "openai"),
    ("command", "cohere_chat"),
    ("dall-e", "openai"),
    ("embed-", "cohere"),
    ("eu.anthropic.", "bedrock"),
    ("ft:gpt-", "openai"),
    ("gemini-", "vertex"),
    ("gpt-", "openai"),
    ("jamba-", "ai21_chat"),
    ("meta.llama", "bedrock"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("text-embedding-", "openai"),
    ("tts-", "openai"),
    ("us.anthropic.", "bedrock"),
    ("whisper-", "openai"),
];

/// The kinds that speak as OpenAI does, and for which LiteLLM has no word of their own.
const AS_OPENAI: [&str; 2] = ["sglang", "tgi"];

/// Reports whether LiteLLM knows `kind`.
pub(super) fn is_known(kind: &ProviderKind) -> bool {
    KNOWN.split_whitespace().any(|word| word == prefix(kind))
}

/// Returns the word that LiteLLM has for `kind`.
pub(super) fn prefix(kind: &ProviderKind) -> &str {
    if AS_OPENAI.contains(&kind.as_str()) {
        return "openai";
    }
    let found = WORDS.iter().find(|(own, _)| *own == kind.as_str());
    found.map_or(kind.as_str(), |(_, theirs)| theirs)
}

/// Returns the kind that LiteLLM calls `word`; `None` if no kind is called so.
pub(super) fn kind(word: &str) -> Option<ProviderKind> {
    let found = WORDS.iter().find(|(_, theirs)| *theirs == word);
    found.map_or(word, |(own, _)| own).parse().ok()
}

/// Returns the kind of provider that LiteLLM takes a model without one for; `None` if it would not know.
pub(super) fn kind_of_model(model: &str) -> Option<ProviderKind> {
    let found = MODELS
        .iter()
        .find(|(beginning, _)| model.starts_with(beginning));
    found.and_then(|(_, kind)| kind.parse().ok())
}

/// Returns the variable that LiteLLM takes the key for `kind` from, if an entry has none; `None` for a kind that signs in without.
pub(super) fn usual_key(kind: &ProviderKind) -> Option<String> {
    if !takes_a_key(kind) {
        return None;
    }
    let found = KEYS.iter().find(|(own, _)| *own == kind.as_str());
    Some(match found {
        Some((_, variable)) => (*variable).to_owned(),
        None => format!("{}_API_KEY", variable_part(kind.as_str())),
    })
}

/// Returns the variable that LiteLLM takes the address for `kind` from, if an entry has none.
pub(super) fn usual_address(kind: &ProviderKind) -> String {
    format!("{}_API_BASE", variable_part(prefix(kind)))
}

/// Reports whether LiteLLM signs in for `kind` with a key.
pub(super) fn takes_a_key(kind: &ProviderKind) -> bool {
    !WITHOUT_KEY.contains(&kind.as_str())
}

/// Reports whether LiteLLM sends the key for `kind` in `header` by itself.
pub(super) fn signs_with(kind: &ProviderKind, header: &str) -> bool {
    HEADERS
        .iter()
        .any(|(own, usual)| *own == kind.as_str() && header.eq_ignore_ascii_case(usual))
}

/// Reports whether LiteLLM sends the key for `kind` in the query by itself.
pub(super) fn signs_in_query(kind: &ProviderKind) -> bool {
    kind.as_str() == "gemini"
}

/// Returns what `kind` calls the region and the project that its entries name.
pub(super) fn option_names(kind: &ProviderKind) -> (&'static str, Option<&'static str>) {
    match kind.as_str() {
        "bedrock" | "bedrock_mantle" | "sagemaker" | "sagemaker_chat" | "sagemaker_nova" => {
            ("aws_region_name", None)
        }
        "vertex" | "vertex_ai_beta" => ("vertex_location", Some("vertex_project")),
        "watsonx" | "watsonx_text" => ("watsonx_region_name", Some("project_id")),
        _ => ("region_name", None),
    }
}

fn variable_part(word: &str) -> String {
    let upper = |c: char| match c {
        '.' | '-' => '_',
        c => c.to_ascii_uppercase(),
    };
    word.chars().map(upper).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_keep_their_names_there_and_back() {
        for word in [
            "openai",
            "vertex_ai",
            "hosted_vllm",
            "together_ai",
            "text-completion-openai",
        ] {
            assert_eq!(prefix(&kind(word).unwrap()), word);
        }
        assert_eq!(kind("Qwen"), None);
        for (word, variable) in [
            ("groq", Some("GROQ_API_KEY")),
            ("perplexity", Some("PERPLEXITYAI_API_KEY")),
            ("text-completion-openai", Some("OPENAI_API_KEY")),
            ("vertex_ai", None),
        ] {
            assert_eq!(
                usual_key(&kind(word).unwrap()).as_deref(),
                variable,
                "{word}"
            );
        }
        assert_eq!(usual_address(&kind("azure").unwrap()), "AZURE_API_BASE");
    }
}
