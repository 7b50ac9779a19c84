"""Chat templates (Jinja). Earlier thinking is left out of the conversation, as the published ones do."""

_CHATML_MESSAGES = (
    "{%- for message in messages -%}"
    "{%- set content = message.content.split('</think>')[-1] if message.role == 'assistant' else message.content -%}"
    "{{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' -}}"
    "{%- endfor -%}"
)


def _chatml(opening: str) -> str:
    return _CHATML_MESSAGES + "{%- if add_generation_prompt -%}{{- '" + opening + "' -}}{%- endif -%}"


CHATML = _chatml("<|im_start|>assistant\\n")
CHATML_THINK_OPENED = _chatml("<|im_start|>assistant\\n<think>\\n")

HARMONY = (
    "{%- for message in messages -%}"
    "{%- if message.role == 'assistant' -%}"
    "{{- '<|start|>assistant<|channel|>final<|message|>' + message.content + '<|end|>' -}}"
    "{%- else -%}"
    "{{- '<|start|>' + message.role + '<|message|>' + message.content + '<|end|>' -}}"
    "{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|start|>assistant' -}}{%- endif -%}"
)
