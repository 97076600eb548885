"""Weights and data that Python and TypeScript both compute (test/support/data/formula.ts), so that no file has to carry them.

A number is a hash of a name and an index: FNV-1a of the name, plus the index times 0x9E3779B9, through murmur3's finaliser;
its upper 24 bits are a fraction u in [0, 1) that float32 holds exactly. Weights are (2u - 1) times a power of two or three of
them: 1 for embeddings, 3/8 for matrices, 1/8 for biases; 1 + (2u - 1)/8 for normalisation weights.
"""
import numpy as np

VOCABULARY, WIDTH, LAYERS, HEADS, INTERMEDIATE, EMBEDDING = 40, 32, 2, 4, 48, 16
SPECIAL = {"bert": dict(pad=0, start=2, end=3, mask=4), "roberta": dict(pad=1, start=0, end=2, mask=4), "albert": dict(pad=0, start=2, end=3, mask=4)}


def hashes(name, index):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = (np.uint64(seed) + np.asarray(index, dtype=np.uint64) * np.uint64(0x9E3779B9)) & np.uint64(0xFFFFFFFF)
    for shift, factor in [(16, 0x85EBCA6B), (13, 0xC2B2AE35)]:
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    return (x ^ (x >> np.uint64(16))).astype(np.int64)


def weight(name, shape):
    """`name` without the family prefix."""
    unit = 2 * ((hashes(name, np.arange(int(np.prod(shape)))) >> 8) / 2**24) - 1
    normalisation = "norm" in name.lower() and name.endswith("weight")
    scale = 1 if "_embeddings." in name else 1 / 8 if len(shape) == 1 else 3 / 8
    return (unit * scale + (1 if normalisation else 0)).reshape(shape)


def one(name, index, bound):
    return int(hashes(name, index)) % bound


def sequence(family, number):
    """3 to 12 tokens between start and end."""
    special = SPECIAL[family]
    length = 3 + one("length", number, 10)
    return [special["start"], *(5 + one("token", number * 64 + place, 35) for place in range(length)), special["end"]]


def answer(head, ids, number):
    """What a sequence is taught: a class; labels with None where missing; numbers in 64ths, likewise."""
    if head == "SINGLE_LABEL":
        return ids[1] % 3
    missing = [one("missing", number * 4 + j, 4) == 0 for j in range(3)]
    values = [ids[1] % 2, len(ids) % 2, int(ids[2] > 20)] if head == "MULTI_LABEL" else [(ids[1] - 22) / 16, (len(ids) - 8) / 4, (ids[2] - ids[-2]) / 32]
    return [None if m else v for m, v in zip(missing, values)]


def masked(family, ids, number):
    """Token ids with every hidden place the mask token, and the hidden places: about a fifth, at least one."""
    places = [p for p in range(1, len(ids) - 1) if one("mask", number * 64 + p, 5) == 0] or [1]
    return [SPECIAL[family]["mask"] if p in places else token for p, token in enumerate(ids)], places
