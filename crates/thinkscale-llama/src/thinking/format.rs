//! How a model marks its thinking in the text.

/// The kinds of thinking format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatKind {
    /// `<think>` and `</think>`, as in DeepSeek-R1 and Qwen3.
    ThinkTags,
    /// The analysis and final channels of OpenAI's harmony format, as in gpt-oss.
    Channels,
    /// An instruct model without a format of its own: the engine forces both delimiters.
    Plain,
}

/// A thinking format: the texts before and after the thinking. No delimiter is shown in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    kind: FormatKind,
    open: String,
    close: String,
    direct: Option<String>,
}

impl Format {
    /// The format of `kind` with its usual delimiters.
    pub fn new(kind: FormatKind) -> Self {
        match kind {
            FormatKind::ThinkTags => Self::delimited(kind, "<think>", "</think>", None),
            FormatKind::Channels => Self::delimited(
                kind,
                "<|channel|>analysis<|message|>",
                "<|end|><|start|>assistant<|channel|>final<|message|>",
                Some("<|channel|>final<|message|>"),
            ),
            FormatKind::Plain => Self::plain("Let me think step by step.\n", "\nFinal answer:"),
        }
    }

    /// A plain instruct format with these delimiters. An empty `close` is never found in drawn text.
    pub fn plain(open: &str, close: &str) -> Self {
        Self::delimited(FormatKind::Plain, open, close, None)
    }

    fn delimited(kind: FormatKind, open: &str, close: &str, direct: Option<&str>) -> Self {
        Self {
            kind,
            open: open.to_owned(),
            close: close.to_owned(),
            direct: direct.map(str::to_owned),
        }
    }

    /// The kind.
    pub fn kind(&self) -> FormatKind {
        self.kind
    }

    /// The kind's name: `think-tags`, `channels` or `plain`.
    pub fn name(&self) -> &'static str {
        match self.kind {
            FormatKind::ThinkTags => "think-tags",
            FormatKind::Channels => "channels",
            FormatKind::Plain => "plain",
        }
    }

    /// The text that begins thinking.
    pub fn open(&self) -> &str {
        &self.open
    }

    /// The text that ends thinking and begins the answer.
    pub fn close(&self) -> &str {
        &self.close
    }

    /// The text that begins the answer of a row that skips thinking, where the format has one.
    pub fn direct(&self) -> Option<&str> {
        self.direct.as_deref()
    }

    /// Whether a prompt that ends with `prompt_end` has already opened thinking. White space at the end of the prompt
    /// and of the open text is ignored.
    pub fn opened_by(&self, prompt_end: &str) -> bool {
        prompt_end.trim_end().ends_with(self.open.trim_end())
    }
}

/// The format that a chat template (its Jinja source) speaks of: think tags before channels, else plain.
pub fn detect(template: &str) -> FormatKind {
    if template.contains("<think>") || template.contains("</think>") {
        FormatKind::ThinkTags
    } else if template.contains("<|channel|>") {
        FormatKind::Channels
    } else {
        FormatKind::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, FormatKind, detect};

    #[test]
    fn a_template_names_its_format() {
        assert_eq!(
            detect("{{ '<|im_start|>assistant\\n<think>\\n' }}"),
            FormatKind::ThinkTags
        );
        assert_eq!(
            detect("{% set content = content.split('</think>')[-1] %}"),
            FormatKind::ThinkTags
        );
        assert_eq!(
            detect("<|start|>assistant<|channel|>analysis<|message|>"),
            FormatKind::Channels
        );
        assert_eq!(detect("<|im_start|>{{ message.role }}"), FormatKind::Plain);
    }

    #[test]
    fn a_prompt_that_ends_with_the_open_text_has_opened_thinking() {
        let tags = Format::new(FormatKind::ThinkTags);
        assert!(tags.opened_by("<|im_start|>assistant\n<think>\n\n"));
        assert!(!tags.opened_by("<|im_start|>assistant\n"));
        assert!(!tags.opened_by("<think>\n\n</think>\n\n"));
        assert!(Format::new(FormatKind::Plain).opened_by("assistant\nLet me think step by step."));
        assert!(
            Format::new(FormatKind::Channels).opened_by("<|start|>assistant<|channel|>analysis<|message|>")
        );
    }

    #[test]
    fn each_kind_has_a_name_and_its_delimiters() {
        let described = [FormatKind::ThinkTags, FormatKind::Channels, FormatKind::Plain]
            .map(Format::new)
            .map(|format| {
                format!(
                    "{}|{}|{}",
                    format.name(),
                    format.open().len(),
                    format.close().len()
                )
            });
        assert_eq!(described, ["think-tags|7|8", "channels|30|52", "plain|27|14"]);
        assert_eq!(Format::plain("Think: ", "Answer:").close(), "Answer:");
    }
}
