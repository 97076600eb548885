"""Files of torch.save in both of its formats, and what they hold: the reference of src/model/torch.

    python bench/reference/torch_files.py          (versions: requirements.txt)

Writes test/fixtures/torch/{zip,legacy}.bin, one and the same state dict, and test/fixtures/torch/tensors.json with shape and
float32 values of every entry. The entries are what checkpoints contain: a module's state dict with its _metadata, each
element type, views (transposed, sliced, an offset, tied), a parameter, a scalar, an empty tensor.
"""
import json
from pathlib import Path

import torch

FOLDER = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "torch"


def entries():
    generator = torch.Generator().manual_seed(1)
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator))
    state = module.state_dict()
    assert hasattr(state, "_metadata")
    table = torch.randn((4, 3), generator=generator)
    state["transposed"] = table.t()
    state["slice"] = table[1:3, 1:]
    state["row"] = table[3]
    state["permuted"] = torch.randn((2, 3, 2), generator=generator).permute(2, 0, 1)
    state["tied.one"] = state["tied.two"] = torch.randn((2, 2), generator=generator)
    state["parameter"] = torch.nn.Parameter(torch.randn(3, generator=generator))
    state["scalar"] = torch.tensor(1.5)
    state["empty"] = torch.empty((0, 4))
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        state[str(dtype)] = torch.randn(5, generator=generator).to(dtype)
    state["position_ids"] = torch.arange(6).reshape(1, 6)
    return state


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    state = entries()
    torch.save(state, FOLDER / "zip.bin")
    torch.save(state, FOLDER / "legacy.bin", _use_new_zipfile_serialization=False)
    values = {name: {"shape": list(t.shape), "data": t.detach().float().flatten().tolist()} for name, t in state.items()}
    library = f"torch {torch.__version__.split('+')[0]}"
    (FOLDER / "tensors.json").write_text(json.dumps({"library": library, "tensors": values}) + "\n")
    print(library, {path.name: path.stat().st_size for path in sorted(FOLDER.iterdir())})


main()
