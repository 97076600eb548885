"""Tiny checkpoints of each encoder family, and what PyTorch computes with them in float64: the reference of src/model and src/autograd.

    python bench/reference/tiny_models.py [<family> ...]     (versions: requirements.txt; CPU, eager attention, 4 s)

Writes, for each family (default: all):
  test/fixtures/tiny-<family>/         classification head, 3 classes: config.json, model.safetensors, tokenizer.json
  test/fixtures/tiny-<family>-masked/  the same encoder under its masked-token head
  bench/reference/tiny-<family>.json          inputs, losses, logits
  bench/reference/tiny-<family>.safetensors   float64 tensors; parameter names without the family prefix:
    hidden                       last hidden layer, no dropout: [tokens, width], sequence after sequence, no padding
    gradient.<parameter>         of the mean cross-entropy over the 4 sequences, no dropout
    masked.logits                [masked, vocabulary]
    masked.gradient.<parameter>  of the mean cross-entropy over the masked tokens, no dropout
    dropout.mask.<n>             0 or 1/(1-p), in the order of the forward pass: embeddings [tokens, width]; per layer
                                 attention weights [batch, heads, longest, longest], attention output [tokens, width],
                                 layer output [tokens, width] (not in albert); then the head, [batch, width] each (bert,
                                 albert: pooled; roberta: start token, then behind tanh). distilbert: without attention
                                 output. modernbert: the gated [tokens, intermediate] in place of layer output
    dropout.gradient.<parameter> of the loss with these masks

ModernBERT turns queries and keys in float32, whatever the weights are. Its windows are of six tokens, in two layers of three, and its head reads the mean of all tokens.
ALBERT has three layers that share one set of weights, embeddings narrower than its layers, and the tanh form of GELU.

Weights are float32 numbers, so a float32 implementation starts from the same values. They are larger than a fresh
model's, and biases and normalisation weights are not 0 and 1, so that every gradient is far from zero. One exception: the
gradient of each key bias is zero in exact arithmetic (softmax does not see a constant).
"""
import json
import os
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
from transformers import (AlbertConfig, AlbertForMaskedLM, AlbertForSequenceClassification, BertConfig, BertForMaskedLM,
                          BertForSequenceClassification, DistilBertConfig, DistilBertForMaskedLM, DistilBertForSequenceClassification,
                          ElectraConfig, ElectraForMaskedLM, ElectraForSequenceClassification, ModernBertConfig, ModernBertForMaskedLM,
                          ModernBertForSequenceClassification, RobertaConfig, RobertaForMaskedLM, RobertaForSequenceClassification)

ROOT = Path(__file__).resolve().parents[2]
ATOMWISE = r"\[[^\]]+\]|Br|Cl|%\d\d|[BCNOPSFIbcnops0-9().=#\-+\\/@]"
TOKENS = ["C", "c", "(", ")", "1", "O", "=", "2", "N", "n", "[C@H]", "[C@@H]", "3", "S", "s", "o", "F", "Cl", "Br", "#", "/", "\\", "[nH]",
          "[N+]", "[O-]", "-", "4", "I", "P", "[Na+]", "[C@]", "[C@@]", ".", "%10", "B"]
SPECIAL = {"bert": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], "roberta": ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]}
ROLES = {"bert": dict(pad="[PAD]", unk="[UNK]", start="[CLS]", end="[SEP]", mask="[MASK]"),
         "roberta": dict(pad="<pad>", unk="<unk>", start="<s>", end="</s>", mask="<mask>")}
for like_bert in ("albert", "distilbert", "electra", "modernbert"):
    SPECIAL[like_bert], ROLES[like_bert] = SPECIAL["bert"], ROLES["bert"]
CLASSES_OF = {"bert": (BertForSequenceClassification, BertForMaskedLM), "roberta": (RobertaForSequenceClassification, RobertaForMaskedLM),
              "albert": (AlbertForSequenceClassification, AlbertForMaskedLM),
              "distilbert": (DistilBertForSequenceClassification, DistilBertForMaskedLM),
              "electra": (ElectraForSequenceClassification, ElectraForMaskedLM),
              "modernbert": (ModernBertForSequenceClassification, ModernBertForMaskedLM)}
SMILES = ["CCO", "CC(=O)OCCc1ccccc1", "O", "C[C@H](N)C(=O)[O-]"]
LABELS = [2, 0, 1, 2]
CLASSES = ["alcohol", "ester", "other"]
DROPOUT = {"hidden": 0.1, "attention": 0.2}


def tokenizer_of(family):
    role = ROLES[family]
    vocabulary = {token: i for i, token in enumerate(SPECIAL[family] + TOKENS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=role["unk"]))
    tokenizer.add_special_tokens(SPECIAL[family])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(ATOMWISE), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{role['start']} $A {role['end']}", special_tokens=[(role[k], vocabulary[role[k]]) for k in ("start", "end")])
    return tokenizer


def save_tokenizer(family, folder):
    role = ROLES[family]
    tokenizer_of(family).save(str(folder / "tokenizer.json"))
    settings = dict(tokenizer_class="PreTrainedTokenizerFast", model_max_length=64, pad_token=role["pad"], unk_token=role["unk"],
                    cls_token=role["start"], sep_token=role["end"], mask_token=role["mask"])
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def config_of(family):
    common = dict(vocab_size=len(SPECIAL[family] + TOKENS), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
                  hidden_dropout_prob=DROPOUT["hidden"], attention_probs_dropout_prob=DROPOUT["attention"], attn_implementation="eager",
                  id2label=dict(enumerate(CLASSES)), label2id={c: i for i, c in enumerate(CLASSES)})
    if family == "albert":
        return AlbertConfig(**common | {"num_hidden_layers": 3}, embedding_size=16, max_position_embeddings=64, type_vocab_size=2,
                            pad_token_id=0, bos_token_id=2, eos_token_id=3)
    names = {key: common[key] for key in ("vocab_size", "attn_implementation", "id2label", "label2id")}
    if family == "distilbert":
        return DistilBertConfig(**names, dim=32, n_layers=2, n_heads=4, hidden_dim=48, dropout=DROPOUT["hidden"],
                                attention_dropout=DROPOUT["attention"], seq_classif_dropout=0.15, max_position_embeddings=64, pad_token_id=0)
    if family == "electra":
        return ElectraConfig(**common, embedding_size=16, max_position_embeddings=64, type_vocab_size=2, pad_token_id=0)
    if family == "modernbert":
        return ModernBertConfig(**names, hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=48,
                                embedding_dropout=DROPOUT["hidden"], mlp_dropout=DROPOUT["hidden"], attention_dropout=DROPOUT["attention"],
                                classifier_dropout=0.15, classifier_pooling="mean", local_attention=6, max_position_embeddings=64,
                                pad_token_id=0, bos_token_id=2, eos_token_id=3, cls_token_id=2, sep_token_id=3)
    if family == "bert":
        return BertConfig(**common, max_position_embeddings=64, type_vocab_size=2, pad_token_id=0)
    return RobertaConfig(**common, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2,
                         layer_norm_eps=1e-5)


@torch.no_grad()
def enlarge(model, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() > 1:
            parameter.copy_(noise * (0.6 if "embeddings" in name else 0.25))
        else:
            parameter.copy_(noise * 0.1 + (1 if name.lower().endswith("norm.weight") else 0))


def inputs_of(family):
    tokenizer, pad = tokenizer_of(family), SPECIAL[family].index(ROLES[family]["pad"])
    ids = [tokenizer.encode(s).ids for s in SMILES]
    longest = max(map(len, ids))
    padded = torch.tensor([i + [pad] * (longest - len(i)) for i in ids])
    attention = torch.tensor([[1] * len(i) + [0] * (longest - len(i)) for i in ids])
    return ids, dict(input_ids=padded, attention_mask=attention)


def bare(name, family):
    return name.removeprefix(f"{CLASSES_OF[family][0].base_model_prefix}.")


def gradients(model, loss, family):
    model.zero_grad()
    loss.backward()
    return {bare(n, family): p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


class MaskedDropout:
    """Stands in for torch.nn.functional.dropout: multiplies by masks of its own and keeps them, in call order."""

    def __init__(self, seed):
        self.generator, self.masks = torch.Generator().manual_seed(seed), []

    def __call__(self, x, p=0.5, training=True, inplace=False):
        mask = (torch.rand(x.shape, generator=self.generator) >= p).to(x.dtype) / (1 - p)
        self.masks.append(mask)
        return x * mask

    def __enter__(self):
        self.real, torch.nn.functional.dropout = torch.nn.functional.dropout, self
        return self

    def __exit__(self, *_):
        torch.nn.functional.dropout = self.real


def double_softmax(x, dim=None, dtype=None, softmax=torch.nn.functional.softmax):
    """ModernBERT asks for a float32 one, in which rows of padding that see no token at all are not numbers."""
    return softmax(x, dim)


def main():
    torch.nn.functional.softmax = double_softmax
    for family in sys.argv[1:] or CLASSES_OF:
        classifier_class, masked_class = CLASSES_OF[family]
        prefix = classifier_class.base_model_prefix
        ids, inputs = inputs_of(family)
        real = inputs["attention_mask"].bool()
        labels = torch.tensor(LABELS)
        tensors = {}

        classifier = classifier_class(config_of(family)).eval()
        enlarge(classifier, seed=1)
        masked = masked_class(config_of(family)).eval()
        enlarge(masked, seed=2)
        getattr(masked, prefix).load_state_dict(getattr(classifier, prefix).state_dict(), strict=False)
        for model, suffix in [(classifier, ""), (masked, "-masked")]:
            folder = ROOT / "test" / "fixtures" / f"tiny-{family}{suffix}"
            model.save_pretrained(folder)
            save_tokenizer(family, folder)
        classifier.double()
        masked.double()

        output = classifier(**inputs, labels=labels, output_hidden_states=True)
        tensors["hidden"] = output.hidden_states[-1][real]
        tensors |= {f"gradient.{n}": g for n, g in gradients(classifier, output.loss, family).items()}
        result = {"loss": output.loss.item(), "logits": output.logits.tolist()}

        with MaskedDropout(seed=3) as dropout:
            dropped = classifier.train()(**inputs, labels=labels)
        tensors |= {f"dropout.gradient.{n}": g for n, g in gradients(classifier, dropped.loss, family).items()}
        for n, mask in enumerate(dropout.masks):
            tensors[f"dropout.mask.{n}"] = mask[real] if mask.dim() == 3 else mask
        result["dropout"] = {"loss": dropped.loss.item(), "logits": dropped.logits.tolist(), "masks": len(dropout.masks)}

        # Masked tokens: (sequence, place) pairs; the input there is the mask token, a random token, or left as it is.
        places = [(0, 2, "mask"), (1, 1, "mask"), (1, 5, "keep"), (1, 9, "random"), (3, 2, "mask"), (3, 8, "mask")]
        masked_ids, targets = inputs["input_ids"].clone(), torch.full_like(inputs["input_ids"], -100)
        for row, column, how in places:
            targets[row, column] = inputs["input_ids"][row, column]
            if how == "mask":
                masked_ids[row, column] = SPECIAL[family].index(ROLES[family]["mask"])
            elif how == "random":
                masked_ids[row, column] = 17
        answer = masked(input_ids=masked_ids, attention_mask=inputs["attention_mask"], labels=targets)
        chosen = targets != -100
        tensors["masked.logits"] = answer.logits[chosen]
        tensors |= {f"masked.gradient.{n}": g for n, g in gradients(masked, answer.loss, family).items()}
        result["masked"] = {"tokenIds": [row[: len(i)] for row, i in zip(masked_ids.tolist(), ids)],
                            "places": [[r, c] for r, c, _ in places], "targets": targets[chosen].tolist(), "loss": answer.loss.item()}

        save_file({n: t.detach().contiguous() for n, t in tensors.items()}, ROOT / "bench" / "reference" / f"tiny-{family}.safetensors")
        library = f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}, float64"
        text = {"library": library, "smiles": SMILES, "tokenIds": ids, "labels": LABELS, "classes": CLASSES, **result}
        (ROOT / "bench" / "reference" / f"tiny-{family}.json").write_text(json.dumps(text) + "\n")
        print(family, library, "loss", result["loss"], "with dropout", result["dropout"]["loss"], "masked", result["masked"]["loss"])
        for name, tensor in tensors.items():
            if name.startswith("gradient.") and tensor.abs().max() < 1e-3:
                print("  small gradient:", name, tensor.abs().max().item())


if __name__ == "__main__":
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    torch.set_num_threads(1)
    main()
