"""Speaks to a server through the openai package and prints what it got, as one line of JSON.

python openai_client.py BASE_URL MODEL
"""

import json
import sys

import openai

base_url, model = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key="unused", max_retries=0)
messages = [{"role": "user", "content": "What is 3 + 4?"}]


def chat():
    completion = client.chat.completions.create(model=model, messages=messages, n=2)
    return {
        "contents": [choice.message.content for choice in completion.choices],
        "finish": completion.choices[0].finish_reason,
        "usage": completion.usage.to_dict(),
    }


def stream():
    chunks = list(
        client.chat.completions.create(
            model=model, messages=messages, stream=True, stream_options={"include_usage": True}
        )
    )
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    return {
        "content": "".join(delta.content or "" for delta in deltas),
        # Not a field of OpenAI's; the package keeps what it does not know.
        "reasoning": "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas),
        "usage": chunks[-1].usage.to_dict(),
        "usages": sum(chunk.usage is not None for chunk in chunks),
    }


def extra_body():
    wanted = {"strategy": "self-consistency", "budget": {"samples": 4}}
    completion = client.chat.completions.create(
        model=model, messages=messages, extra_body={"thinkscale": wanted}
    )
    return completion.to_dict()["thinkscale"]


def errors():
    def failure(**fields):
        try:
            client.chat.completions.create(**{"model": model, "messages": messages, **fields})
        except openai.APIStatusError as error:
            return {"class": type(error).__name__, "status": error.status_code, "param": error.param, "code": error.code}
        return None

    return {
        "temperature": failure(temperature=3),
        "model": failure(model="other"),
        "n": failure(n=1_000_000),
        "unknown": failure(extra_body={"nonsense": 1}),
    }


def raw_headers():
    response = client.models.with_raw_response.list()
    return {"models": [entry.id for entry in response.parse().data], "request_id": response.headers.get("x-request-id")}


print(
    json.dumps(
        {
            "version": openai.__version__,
            "chat": chat(),
            "stream": stream(),
            "extra_body": extra_body(),
            "errors": errors(),
            "models": raw_headers(),
        }
    )
)
