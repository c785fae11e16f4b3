"""A recurrent tagger of sequences of different lengths: embedding, packed LSTM, padding that counts nothing."""

import math
import random
import sys

import numpy as np
import torch
import torch.nn as nn
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, Dataset

PAD, IGNORED = 0, -100


class Brackets(Dataset):
    """Strings of brackets; the tag of a place is how deep it is, up to 3."""

    def __init__(self, count, seed=0):
        rng = random.Random(seed)
        self.items = []
        for _ in range(count):
            depth, symbols, tags = 0, [], []
            for _ in range(rng.randint(3, 14)):
                opens = depth == 0 or (depth < 3 and rng.random() < 0.5)
                depth += 1 if opens else -1
                symbols.append(1 if opens else 2)
                tags.append(depth)
            self.items.append((torch.tensor(symbols), torch.tensor(tags)))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


def collate(batch):
    batch.sort(key=lambda item: len(item[0]), reverse=True)
    symbols, tags = zip(*batch, strict=True)
    lengths = torch.tensor([len(s) for s in symbols])
    padded = pad_sequence(symbols, batch_first=True, padding_value=PAD)
    return padded, pad_sequence(tags, batch_first=True, padding_value=IGNORED), lengths


class Tagger(nn.Module):
    def __init__(self, symbols=3, tags=4, embedding=6, hidden=10, layers=2, dropout=0.1):
        super().__init__()
        self.embedding = nn.Embedding(symbols, embedding, padding_idx=PAD)
        self.rnn = nn.LSTM(embedding, hidden, layers, batch_first=True, bidirectional=True, dropout=dropout)
        self.norm = nn.LayerNorm(2 * hidden)
        self.output = nn.Linear(2 * hidden, tags)

    def forward(self, symbols, lengths):
        packed = pack_padded_sequence(self.embedding(symbols), lengths, batch_first=True)
        hidden, (h, c) = self.rnn(packed)
        hidden, _ = pad_packed_sequence(hidden, batch_first=True)
        return self.output(self.norm(hidden))


def main(start=None, shuffle=True, dropout=0.1, epochs=4):
    torch.manual_seed(3)
    np.random.seed(3)
    loader = DataLoader(Brackets(160), batch_size=16, shuffle=shuffle, collate_fn=collate, num_workers=0)
    model = Tagger(dropout=dropout)
    if start is not None:
        model.load_state_dict(start)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9, nesterov=True)
    scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
    criterion = nn.CrossEntropyLoss(ignore_index=IGNORED)
    losses, norms = [], []
    for epoch in range(epochs):
        for symbols, tags, lengths in loader:
            model.zero_grad()
            scores = model(symbols, lengths)
            loss = criterion(scores.view(-1, scores.size(-1)), tags.view(-1))
            loss.backward()
            norms.append(float(clip_grad_norm_(model.parameters(), 0.5)))
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
        if __name__ == "__main__":
            print(f"epoch {epoch}: loss {losses[-1]:.4f}, perplexity {math.exp(losses[-1]):.3f}", file=sys.stderr)
    model.eval()
    with torch.no_grad():
        symbols, tags, lengths = next(iter(loader))
        found = model(symbols, lengths).argmax(-1)
        right = ((found == tags) & (tags != IGNORED)).sum().item() / (tags != IGNORED).sum().item()
    return {"train": losses, "norms": norms, "accuracy": right}


if __name__ == "__main__":
    main()
