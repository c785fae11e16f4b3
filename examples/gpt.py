"""A small GPT on Python's help topics: two minutes on two cores.

A transformer decoder (Radford et al., 2018): pre-norm blocks of causal attention and a feed-forward net, with the
scores read off the embedding's own matrix.
"""

import math
import time

import text
from common import BLUE, RED, progress, run, save, sheet

import wengert as t
import wengert.nn.functional as F
from wengert import nn

LENGTH = 96


class Block(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        n, length, width = x.shape
        parts = self.attention(self.norm1(x)).view(n, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).reshape(n, length, width))
        return x + self.feed(self.norm2(x))


class GPT(nn.Module):
    def __init__(self, letters: int, width: int = 128, blocks: int = 4, heads: int = 4):
        super().__init__()
        self.letters, self.places = nn.Embedding(letters, width), nn.Embedding(LENGTH, width)
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(blocks)])
        self.norm = nn.LayerNorm(width)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                residual = name.endswith(("out.weight", "feed.2.weight"))
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * blocks) if residual else 0.02)

    def forward(self, x):
        h = self.letters(x) + self.places(t.arange(x.shape[1]))
        return self.norm(self.blocks(h)) @ self.letters.weight.T


def loss_of(model, seen, following):
    return F.cross_entropy(model(seen).flatten(0, 1), following.flatten())


def write(model, alphabet, start: str, length: int, generator) -> str:
    numbers = t.tensor([[alphabet.index(character) for character in start]])
    with t.no_grad():
        for _ in range(length):
            scores = model(numbers[:, -LENGTH:])[:, -1] / 0.8
            numbers = t.cat([numbers, t.multinomial(scores.softmax(-1), 1, generator=generator)], 1)
    return text.written(alphabet, numbers[0])


def main(short: bool, out):
    """A small GPT on Python's help topics."""
    t.manual_seed(0)
    generator = t.Generator().manual_seed(0)
    alphabet, numbers, test = text.characters()
    model = GPT(len(alphabet), 64 if short else 128, 2 if short else 4)
    size = sum([p.numel() for p in model.parameters()])
    print(f"{size:,} parameters, {len(alphabet)} characters")
    pieces = test[: 64 * LENGTH + 1]

    def unseen():
        with t.no_grad():
            return loss_of(model, pieces[:-1].view(-1, LENGTH), pieces[1:].view(-1, LENGTH)).item()

    steps = 20 if short else 1000
    optimizer = t.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.9, 0.95), weight_decay=0.1)
    schedule = t.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=2e-3, total_steps=steps, pct_start=0.1)
    losses, tested = [], [(0, unseen())]
    begun = time.perf_counter()
    bar = progress(steps, "GPT")
    for step in bar:
        seen, following = text.batch(numbers, 16, LENGTH, generator)
        optimizer.zero_grad()
        loss = loss_of(model, seen, following)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        bar.set_postfix(loss=f"{losses[-1]:.3f}", refresh=False)
        if (step + 1) % max(steps // 20, 1) == 0:
            tested.append((step + 1, unseen()))
    minutes = (time.perf_counter() - begun) / 60
    print("\n" + write(model, alphabet, "The ", 100 if short else 500, generator))
    print(f"\ntrained in {minutes:.1f} minutes")

    figure, axes = sheet(9, 4.5)
    axes.plot(losses, color=BLUE, linewidth=0.6, label="training batches")
    axes.plot(*zip(*tested, strict=True), color=RED, marker="o", markersize=4, label="unseen text")
    axes.axhline(2, color="#888888", linestyle=":")
    axes.set_xlabel("step")
    axes.set_ylabel("nats per character")
    axes.set_title(f"A GPT of {size:,} parameters on Python's help topics", loc="left")
    axes.legend(frameon=False)
    save(figure, out / "gpt.png")
    return {"first loss, nats": tested[0][1], "nats per character of unseen text": tested[-1][1]}


if __name__ == "__main__":
    run(main, __file__)
