"""Writes a random llama model of a few hundred kilobytes: real enough for llama.cpp to load, list and run."""

import sys

import gguf
import numpy as np

LAYERS, WIDTH, HEADS, FEED_FORWARD, CONTEXT = 2, 64, 4, 128, 512


def vocabulary():
    """SentencePiece: the three control tokens, every byte, and a few words."""
    words = ["▁", "▁a", "▁the", "a", "b", "c", "d", "e", "n", "o", "r", "s", "t"]
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)] + words
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * len(words)
    scores = [0.0] * 259 + [-float(rank) for rank in range(1, len(words) + 1)]
    return tokens, kinds, scores


def write(path):
    tokens, kinds, scores = vocabulary()
    model = gguf.GGUFWriter(path, "llama")
    model.add_name("tiny")
    model.add_context_length(CONTEXT)
    model.add_embedding_length(WIDTH)
    model.add_block_count(LAYERS)
    model.add_feed_forward_length(FEED_FORWARD)
    model.add_head_count(HEADS)
    model.add_head_count_kv(HEADS)
    model.add_layer_norm_rms_eps(1e-5)
    model.add_rope_dimension_count(WIDTH // HEADS)
    model.add_vocab_size(len(tokens))
    model.add_tokenizer_model("llama")
    model.add_token_list(tokens)
    model.add_token_scores(scores)
    model.add_token_types(kinds)
    model.add_unk_token_id(0)
    model.add_bos_token_id(1)
    model.add_eos_token_id(2)

    random = np.random.default_rng(1)

    def tensor(name, *shape):
        model.add_tensor(name, random.normal(0, 0.02, shape).astype(np.float32))

    def norm(name):
        model.add_tensor(name, np.ones(WIDTH, dtype=np.float32))

    tensor("token_embd.weight", len(tokens), WIDTH)
    norm("output_norm.weight")
    tensor("output.weight", len(tokens), WIDTH)
    for layer in range(LAYERS):
        norm(f"blk.{layer}.attn_norm.weight")
        for part in ("q", "k", "v", "output"):
            tensor(f"blk.{layer}.attn_{part}.weight", WIDTH, WIDTH)
        norm(f"blk.{layer}.ffn_norm.weight")
        tensor(f"blk.{layer}.ffn_gate.weight", FEED_FORWARD, WIDTH)
        tensor(f"blk.{layer}.ffn_up.weight", FEED_FORWARD, WIDTH)
        tensor(f"blk.{layer}.ffn_down.weight", WIDTH, FEED_FORWARD)
    model.write_header_to_file()
    model.write_kv_data_to_file()
    model.write_tensors_to_file()
    model.close()


if __name__ == "__main__":
    write(sys.argv[1])
