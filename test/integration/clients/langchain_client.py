"""Asks through langchain-openai, at once and in a stream, and prints what it got as one line of JSON.

python langchain_client.py BASE_URL MODEL KEY
"""

import json
import sys
from importlib.metadata import version

from langchain_openai import ChatOpenAI

base_url, model, key = sys.argv[1:]
chat = ChatOpenAI(base_url=base_url, model=model, api_key=key, max_retries=0)
answer = chat.invoke("What is 3 + 4?")
chunks = list(chat.stream("What is 3 + 4?", stream_usage=True))

print(
    json.dumps(
        {
            "version": version("langchain-openai"),
            "content": answer.content,
            "usage": answer.usage_metadata,
            "streamed": "".join(chunk.content for chunk in chunks),
        }
    )
)
