"""An exported model by other programs than ours: python run_onnx.py <folder> <input.json>

The input is {"smiles": […]} or {"fingerprints": [[0, 1, …], …]}; each output is printed as JSON, by its name. Needs
onnxruntime, tokenizers and numpy. With --readme the Python program of the folder's README.md is run instead, and its
`scores` are printed, and the lines that it prints. With --triton the configuration is read by the protobuf classes of tritonclient (needs
tritonclient, grpcio, protobuf) and printed as JSON.
"""
import contextlib
import io
import json
import pathlib
import re
import sys

import numpy as np
import onnxruntime

folder, asked = pathlib.Path(sys.argv[1]), sys.argv[2]
if asked == "--triton":
    from google.protobuf import json_format, text_format
    from tritonclient.grpc import model_config_pb2

    config = text_format.Parse((folder / "config.pbtxt").read_text(), model_config_pb2.ModelConfig())
    print(json_format.MessageToJson(config))
    sys.exit()
if asked == "--readme":
    import os

    program = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL).group(1)
    os.chdir(folder)
    scope = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, scope)
    lines = printed.getvalue().splitlines()
    print(json.dumps({"scores": np.asarray(scope["scores"]).tolist(), "printed": lines}))
    sys.exit()

given = json.loads(pathlib.Path(asked).read_text())
session = onnxruntime.InferenceSession(str(folder / "onnx" / "model.onnx"), providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
if "fingerprints" in given:
    feeds = {"fingerprint": np.array(given["fingerprints"], dtype=np.float32)}
else:
    from tokenizers import Tokenizer

    batch = Tokenizer.from_file(str(folder / "tokenizer.json")).encode_batch(given["smiles"])
    feeds = {
        "input_ids": np.array([row.ids for row in batch], dtype=np.int64),
        "attention_mask": np.array([row.attention_mask for row in batch], dtype=np.int64),
    }
values = dict(zip(names, session.run(names, feeds)))
if "last_hidden_state" in values:
    values["last_hidden_state"] = values["last_hidden_state"][:, 0]
    values.pop("logits", None)
print(json.dumps({name: value.astype(float).tolist() for name, value in values.items()}))
