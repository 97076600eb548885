"""Loads model folders that Maillard saved with transformers and fails unless every tensor is used and none is missing.

    python bench/reference/check_saved.py <folder> ...      (versions: requirements.txt)

An encoder alone is saved without the pooler it never had; transformers draws a fresh one there, which is allowed. A masked
language model keeps the pooler that it was made from, for a classifier to come; transformers leaves it in the file.
"""
import json
import sys
from pathlib import Path

import torch
import transformers

AUTO = {"Model": transformers.AutoModel, "ForMaskedLM": transformers.AutoModelForMaskedLM,
        "ForSequenceClassification": transformers.AutoModelForSequenceClassification}


def check(folder):
    [architecture] = json.loads((Path(folder) / "config.json").read_text())["architectures"]
    auto = next(auto for suffix, auto in AUTO.items() if architecture.endswith(suffix))
    model, info = auto.from_pretrained(folder, output_loading_info=True)
    problems = {k: sorted(v) for k, v in info.items() if v}
    if auto is transformers.AutoModel:
        problems["missing_keys"] = [k for k in problems.get("missing_keys", []) if not k.startswith("pooler.")]
    if auto is transformers.AutoModelForMaskedLM:
        problems["unexpected_keys"] = [k for k in problems.get("unexpected_keys", []) if ".pooler." not in k]
    problems = {k: v for k, v in problems.items() if v}
    assert type(model).__name__ == architecture, (type(model).__name__, architecture)
    assert not problems, problems
    with torch.no_grad():
        output = model.float().eval()(input_ids=torch.tensor([[2, 5, 5, 7, 3]]))
    assert torch.isfinite(output[0]).all()
    print(f"{folder}: {architecture}, {sum(p.numel() for p in model.parameters())} parameters, saved as {model.config.dtype}, output {list(output[0].shape)}")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    print(f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}")
    for folder in sys.argv[1:]:
        check(folder)
