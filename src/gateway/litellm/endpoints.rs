//! What LiteLLM calls the endpoints, and which one a model is likely for that does not say it.

use crate::model::{Endpoint, ModelName};

const MODES: [(&str, Endpoint); 5] = [
    ("chat", Endpoint::Chat),
    ("embedding", Endpoint::Embeddings),
    ("audio_speech", Endpoint::AudioSpeech),
    ("audio_transcription", Endpoint::AudioTranscription),
    ("image_generation", Endpoint::ImageGeneration),
];
/// Other words for them.
const OTHER_MODES: [(&str, Endpoint); 5] = [
    ("completion", Endpoint::Chat),
    ("responses", Endpoint::Chat),
    ("embeddings", Endpoint::Embeddings),
    ("audio", Endpoint::AudioTranscription),
    ("image", Endpoint::ImageGeneration),
];

/// Words in the names of models that are for something else than chat.
const WORDS: [(&str, Endpoint); 13] = [
    ("bge", Endpoint::Embeddings),
    ("embed", Endpoint::Embeddings),
    ("embedding", Endpoint::Embeddings),
    ("embeddings", Endpoint::Embeddings),
    ("voyage", Endpoint::Embeddings),
    ("whisper", Endpoint::AudioTranscription),
    ("transcribe", Endpoint::AudioTranscription),
    ("tts", Endpoint::AudioSpeech),
    ("dall", Endpoint::ImageGeneration),
    ("diffusion", Endpoint::ImageGeneration),
    ("flux", Endpoint::ImageGeneration),
    ("imagen", Endpoint::ImageGeneration),
    ("sdxl", Endpoint::ImageGeneration),
];

/// Returns the endpoint that LiteLLM calls `mode`.
pub(super) fn of_mode(mode: &str) -> Option<Endpoint> {
    let mut all = MODES.iter().chain(&OTHER_MODES);
    all.find(|(word, _)| *word == mode)
        .map(|(_, endpoint)| *endpoint)
}

/// Returns the words for endpoints.
pub(super) fn modes() -> [&'static str; 5] {
    MODES.map(|(word, _)| word)
}

/// Returns what LiteLLM calls `endpoint`.
pub(super) fn mode(endpoint: Endpoint) -> &'static str {
    let found = MODES.iter().find(|(_, own)| *own == endpoint);
    found.map_or("chat", |(word, _)| word)
}

/// Returns the endpoint that `model` is likely for, by the words in its name, or else in the one that callers know it by.
pub(super) fn likely(model: &ModelName, called: &ModelName) -> Endpoint {
    match by_words(model) {
        Endpoint::Chat => by_words(called),
        endpoint => endpoint,
    }
}

fn by_words(name: &ModelName) -> Endpoint {
    let name = name.as_str().to_ascii_lowercase();
    if name.starts_with("gpt-image") {
        return Endpoint::ImageGeneration;
    }
    let found = name
        .split(|c: char| !c.is_ascii_alphabetic())
        .find_map(|word| WORDS.iter().find(|(own, _)| *own == word));
    found.map_or(Endpoint::Chat, |(_, endpoint)| *endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models_tell_what_they_are_for() {
        for (model, endpoint) in [
            ("gpt-4.1", Endpoint::Chat),
            ("text-embedding-3-small", Endpoint::Embeddings),
            ("nomic-embed-text:latest", Endpoint::Embeddings),
            (
                "Systran/faster-whisper-large-v3",
                Endpoint::AudioTranscription,
            ),
            ("gpt-4o-mini-tts", Endpoint::AudioSpeech),
            ("dall-e-3", Endpoint::ImageGeneration),
            ("gpt-image-1", Endpoint::ImageGeneration),
            ("gemini-2.5-flash-image", Endpoint::Chat),
        ] {
            assert_eq!(by_words(&model.parse().unwrap()), endpoint, "{model}");
        }
        let (model, called) = ("x/Voice-82M".parse().unwrap(), "our-tts".parse().unwrap());
        assert_eq!(likely(&model, &called), Endpoint::AudioSpeech);
    }
}
