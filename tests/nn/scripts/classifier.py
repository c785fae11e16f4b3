"""A classifier of small images: dataset, loader, schedule, validation, checkpoints, early stopping."""

import argparse
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from torch.utils.data import DataLoader, Dataset, random_split


class Shapes(Dataset):
    """Images of a bar, a cross or a frame, with noise."""

    def __init__(self, count, size=8, seed=0, transform=None):
        rng = np.random.default_rng(seed)
        self.labels = torch.from_numpy(rng.integers(0, 3, count))
        images = 0.4 * rng.standard_normal((count, 1, size, size)).astype(np.float32)
        for image, label in zip(images[:, 0], self.labels.tolist(), strict=True):
            at = rng.integers(1, size - 1)
            if label < 2:
                image[at] += 1.0
            if label == 1:
                image[:, at] += 1.0
            if label == 2:
                image[0], image[-1] = image[0] + 1.0, image[-1] + 1.0
                image[:, 0], image[:, -1] = image[:, 0] + 1.0, image[:, -1] + 1.0
        self.images = images
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = torch.from_numpy(self.images[index])
        if self.transform is not None:
            image = self.transform(image)
        return image, self.labels[index]


class Block(nn.Module):
    def __init__(self, channels_in, channels_out, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.shortcut = nn.Sequential()
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out)
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


class ResNet(nn.Module):
    def __init__(self, classes=3, width=6, dropout=0.2):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(inplace=True))
        self.layers = nn.Sequential(Block(width, width), Block(width, 2 * width, stride=2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * width, classes)
        self.apply(self._init_weights)

    @staticmethod
    def _init_weights(module):
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.trunc_normal_(module.weight, std=0.02)
            nn.init.constant_(module.bias, 0)

    def forward(self, x):
        x = self.layers(self.stem(x))
        x = torch.flatten(self.pool(x), 1)
        return self.head(self.dropout(x))


def train_one_epoch(model, loader, criterion, optimizer, scheduler, device):
    model.train()
    losses = []
    for images, labels in loader:
        images, labels = images.to(device, non_blocking=True), labels.to(device, non_blocking=True)
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(model(images), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def evaluate(model, loader, criterion, device):
    model.eval()
    total, correct, loss_sum = 0, 0, 0.0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        loss_sum += criterion(logits, labels).item() * labels.size(0)
        correct += (logits.argmax(dim=1) == labels).sum().item()
        total += labels.size(0)
    return loss_sum / total, correct / total


def main(start=None, shuffle=True, dropout=0.2, epochs=4, checkpoint=None, count=240):
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    data = Shapes(count, transform=lambda image: (image - 0.2) / 0.6)
    if shuffle:
        train_set, valid_set = random_split(data, [0.8, 0.2], generator=torch.Generator().manual_seed(1))
    else:
        train_set = torch.utils.data.Subset(data, range(count * 4 // 5))
        valid_set = torch.utils.data.Subset(data, range(count * 4 // 5, count))
    train_loader = DataLoader(train_set, batch_size=32, shuffle=shuffle, drop_last=True)
    valid_loader = DataLoader(valid_set, batch_size=64)
    model = ResNet(dropout=dropout).to(device)
    if start is not None:
        model.load_state_dict(start)
    decay = [p for name, p in model.named_parameters() if p.ndim > 1]
    no_decay = [p for name, p in model.named_parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.05}, {"params": no_decay, "weight_decay": 0.0}], lr=1e-2
    )
    steps = epochs * len(train_loader)
    scheduler = SequentialLR(
        optimizer,
        [LinearLR(optimizer, 0.1, total_iters=4), CosineAnnealingLR(optimizer, T_max=steps - 4)],
        milestones=[4],
    )
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    history, best = {"train": [], "valid": []}, 0.0
    for epoch in range(epochs):
        history["train"] += train_one_epoch(model, train_loader, criterion, optimizer, scheduler, device)
        loss, accuracy = evaluate(model, valid_loader, criterion, device)
        history["valid"].append((loss, accuracy))
        if checkpoint is not None and accuracy >= best:
            torch.save(
                {"epoch": epoch, "model": model.state_dict(), "optimizer": optimizer.state_dict()}, checkpoint
            )
        best = max(best, accuracy)
    if checkpoint is not None:
        saved = torch.load(checkpoint)
        restored = ResNet(dropout=dropout).to(device)
        restored.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        history["restored"] = evaluate(restored, valid_loader, criterion, device)
    return history


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--checkpoint", default=os.path.join(os.curdir, "classifier.pt"))
    options = parser.parse_args()
    result = main(epochs=options.epochs, checkpoint=options.checkpoint)
    for epoch, (loss, accuracy) in enumerate(result["valid"]):
        print(f"epoch {epoch}: validation loss {loss:.4f}, accuracy {accuracy:.3f}")
