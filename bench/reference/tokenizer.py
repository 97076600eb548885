"""Token ids of Hugging Face tokenizers for every folder layout that src/tokenizer loads, saved in tokenizer.json.

    python bench/reference/tokenizer.py        (tokenizers 0.23.3, transformers 5.24.0)

Everything is made here: the byte-level BPE is trained on SMILES below. Each route holds the files of its folder, and for
every text the ids at full length and truncated to 8 tokens.
"""

import json
import os
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, RobertaTokenizerFast

TRAINING = """CCO CC(=O)O CC(C)CO CCOC(=O)C c1ccccc1O COc1cc(C=O)ccc1O CC(=O)OCCc1ccccc1 O=C1C=CC(=O)C=C1 NCC(=O)O
C[C@H](N)C(=O)O N[C@@H](Cc1ccccc1)C(=O)O OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O Cn1c(=O)c2c(ncn2C)n(C)c1=O
CC(C)=CCCC(C)=CCO CC1=CC[C@H](C(C)=C)CC1 CC(=O)[O-].[Na+] C[N+](C)(C)CC(=O)[O-] ClC(Cl)Cl Brc1ccccc1 FC(F)(F)c1ccccc1
CCCCCCCCCCCCCCCC(=O)O CCCCC/C=C\\C/C=C\\CCCCCCCC(=O)O O=S(=O)(O)O c1ccc2[nH]ccc2c1 C#N CSCCC=O CC(C)Cc1ccc(cc1)C(C)C(=O)O
O=c1cc(-c2ccc(O)c(O)c2)oc2cc(O)cc(O)c12 CN1C=NC2=C1C(=O)N(C)C(=O)N2C C1CC1 C1CCCCC1 N#Cc1ccncc1 OCC(O)C(O)C(O)C(O)CO""".split()

TEXTS = TRAINING + [
    "C", "", "[13CH4]", "[Cl-].[K+]", "C%12CCCC%12", "CC~C", "C*", "[Xx]CC", "[nH]", "Cl", "ClBr", "B", "BrB", "cn", "Sc",
    "CC(C)(C)OC(=O)N[C@@H](CS)C(=O)NCC(=O)O", "C[Si](C)(C)C", "O=[N+]([O-])c1ccccc1", "[NH4+].[OH-]", "[2H]OC", "CC>>CO",
    "xyz", "Cé", "C C", "C\\C=C/C", "C[C@@]12CC[C@H]3", "@@", "[C", "C]", "%1", "[O-][Cl+3]([O-])([O-])[O-]", "<mask>C", "[MASK]C",
    "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC",
]

PATTERN = r"(\[[^\]]+]|Br?|Cl?|N|O|S|P|F|I|b|c|n|o|s|p|\(|\)|\.|=|#|-|\+|\\|\/|:|~|@|\?|>>?|\*|\$|%[0-9]{2}|[0-9])"
ATOMS = "c C ( ) O 1 2 = N . n 3 F Cl >> - 4 [C@H] S [C@@H] [O-] Br # / [nH] \\ [N+] s o [Na+] 5 + [C@] [C@@]".split()
SMILES_SPECIAL = ["[PAD]", "[unused1]", "[unused2]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
BERT_MAP = {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}
SHORT = 8


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(TRAINING * 4, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, False)
    return tokenizer


def atomwise(vocabulary):
    tokenizer = Tokenizer(models.WordLevel({token: index for index, token in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in BERT_MAP.values()])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(PATTERN), behavior="isolated")
    ids = [(token, vocabulary.index(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ids
    )
    return tokenizer


def of_tokenizers(tokenizer, files):
    tokenizer.no_truncation()
    tokenizer.no_padding()
    full = [tokenizer.encode(text).ids for text in TEXTS]
    tokenizer.enable_truncation(SHORT)
    return {"files": files, "full": full, "short": [tokenizer.encode(text).ids for text in TEXTS]}


def of_transformers(files, kind=RobertaTokenizerFast):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            Path(folder, name).write_text(text)
        tokenizer = kind.from_pretrained(folder)
    return {
        "files": files,
        "full": [tokenizer(text)["input_ids"] for text in TEXTS],
        "short": [tokenizer(text, truncation=True, max_length=SHORT)["input_ids"] for text in TEXTS],
    }


def main():
    bpe = byte_level()
    model = json.loads(bpe.to_str())["model"]
    merges = "#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in model["merges"])
    vocabulary = SMILES_SPECIAL + ATOMS
    # As ChemBERTa-77M: atom-wise tokens in vocab.json, and no merges, so only single characters are ever found.
    characters = vocabulary + ["[", "]", "@", "H", "+", "l", "r", "B"]
    atom_vocabulary = {token: index for index, token in enumerate(dict.fromkeys(characters))}
    bpe.enable_truncation(16)
    bpe.enable_padding(pad_id=1, pad_token="<pad>", length=16)
    bpe_file = bpe.to_str()
    routes = {
        "tokenizer.json, byte-level BPE": of_tokenizers(bpe, {"tokenizer.json": bpe_file}),
        "vocab.json + merges.txt": of_transformers({"vocab.json": json.dumps(model["vocab"]), "merges.txt": merges}),
        "vocab.json + empty merges.txt": of_transformers(
            {
                "vocab.json": json.dumps(atom_vocabulary),
                "merges.txt": "",
                "special_tokens_map.json": json.dumps({**BERT_MAP, "bos_token": "[CLS]", "eos_token": "[SEP]"}),
                "tokenizer_config.json": json.dumps({**BERT_MAP, "bos_token": "[CLS]", "eos_token": "[SEP]"}),
            }
        ),
        # ChemBERTa-77M itself: no single characters but atoms and signs, so that "l", "r", "[" and "@" have no token at all;
        # its merges.txt has a first line and nothing else, and <s> and </s> came later, beside [CLS] and [SEP].
        "vocab.json + merges.txt without merges": of_transformers(
            {
                "vocab.json": json.dumps({token: index for index, token in enumerate(vocabulary)}),
                "merges.txt": "#version: 0.2 - Trained by `huggingface/tokenizers`\n",
                "added_tokens.json": json.dumps({"<s>": len(vocabulary), "</s>": len(vocabulary) + 1}),
                "special_tokens_map.json": json.dumps({**BERT_MAP, "bos_token": "<s>", "eos_token": "</s>"}),
                "tokenizer_config.json": json.dumps({**BERT_MAP, "bos_token": "<s>", "eos_token": "</s>"}),
            }
        ),
        # Tokens that were added later: by their numbers alone, and with how they are found.
        "vocab.json + merges.txt + added_tokens.json": of_transformers(
            {
                "vocab.json": json.dumps(model["vocab"]),
                "merges.txt": merges,
                "added_tokens.json": json.dumps({"[nH]": 400, "[C@@H]": 401}),
            }
        ),
        "vocab.json + merges.txt + added_tokens_decoder": of_transformers(
            {
                "vocab.json": json.dumps(model["vocab"]),
                "merges.txt": merges,
                "tokenizer_config.json": json.dumps({"added_tokens_decoder": {
                    "400": {"content": "[nH]", "normalized": False, "lstrip": False, "rstrip": False, "single_word": False, "special": False},
                    "401": {"content": "C ", "normalized": False, "lstrip": False, "rstrip": True, "single_word": False, "special": False},
                }}),
            }
        ),
        "tokenizer.json + added_tokens.json": of_transformers(
            {
                "tokenizer.json": atomwise(vocabulary).to_str(),
                "tokenizer_config.json": json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **BERT_MAP}),
                "added_tokens.json": json.dumps({"cc": len(vocabulary), "C(=O)": len(vocabulary) + 1}),
            },
            AutoTokenizer,
        ),
        "vocab.txt": of_tokenizers(
            atomwise(vocabulary),
            {"vocab.txt": "\n".join(vocabulary) + "\n", "special_tokens_map.json": json.dumps(BERT_MAP)},
        ),
    }
    ours = atomwise(vocabulary)
    routes["tokenizer.json, atom-wise"] = of_tokenizers(ours, {"tokenizer.json": ours.to_str()})
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"texts": TEXTS, "short": SHORT, "routes": routes}, separators=(",", ":")) + "\n")
    print(path, path.stat().st_size, {name: len(route["full"]) for name, route in routes.items()})


main()
