"""One GGUF file from named metadata and tensors, byte for byte the same for the same input."""

from __future__ import annotations

from pathlib import Path

import numpy
from gguf import GGUFValueType, GGUFWriter


def write_gguf(
    path: Path,
    architecture: str,
    metadata: dict[str, object],
    tensors: dict[str, numpy.ndarray],
) -> None:
    """
    A key that begins with a dot is one of the architecture's. Integers are written as uint32, floats as float32. A
    tensor's shape is in numpy's order (rows first), the reverse of llama.cpp's.
    """
    writer = GGUFWriter(path, architecture)
    writer.add_name(path.stem)
    for key, value in metadata.items():
        name = f"{architecture}{key}" if key.startswith(".") else key
        writer.add_key_value(name, value, _type(value))
    for name, tensor in tensors.items():
        writer.add_tensor(name, numpy.ascontiguousarray(tensor, dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _type(value: object) -> GGUFValueType:
    if isinstance(value, bool):
        return GGUFValueType.BOOL
    if isinstance(value, int):
        return GGUFValueType.UINT32
    if isinstance(value, float):
        return GGUFValueType.FLOAT32
    if isinstance(value, str):
        return GGUFValueType.STRING
    return GGUFValueType.ARRAY
