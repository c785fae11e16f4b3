"""A variational autoencoder (Kingma & Welling, 2014) on rows of pixels, then samples from it."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.utils.data import DataLoader, TensorDataset


class VAE(nn.Module):
    def __init__(self, pixels=36, hidden=24, latent=3, noise=torch.randn_like):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU())
        self.mean = nn.Linear(hidden, latent)
        self.logvar = nn.Linear(hidden, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, pixels), nn.Sigmoid())
        self.noise = noise

    def encode(self, x):
        h = self.encoder(x)
        return self.mean(h), self.logvar(h)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = self.noise(std)
        return mu + eps * std

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, logvar = self.encode(x.view(x.size(0), -1))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(x.size(0), -1), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD, BCE, KLD


def pictures(count=256, size=6, seed=0):
    rng = np.random.default_rng(seed)
    images = np.zeros((count, size, size), np.float32)
    for image in images:
        row, column = rng.integers(0, size - 2, 2)
        image[row : row + 3, column : column + 3] = 1.0
    return torch.tensor(images)


def main(start=None, noise=None, shuffle=True, epochs=3):
    torch.manual_seed(1)
    loader = DataLoader(TensorDataset(pictures()), batch_size=64, shuffle=shuffle)
    model = VAE() if noise is None else VAE(noise=noise)
    if start is not None:
        model.load_state_dict(start)
    optimizer = optim.Adam(model.parameters(), lr=5e-3)
    history = []
    for epoch in range(1, epochs + 1):
        model.train()
        for batch_idx, (data,) in enumerate(loader):
            optimizer.zero_grad()
            recon_batch, mu, logvar = model(data)
            loss, bce, kld = loss_function(recon_batch, data, mu, logvar)
            loss.backward()
            optimizer.step()
            history.append((loss.item() / len(data), kld.item() / len(data)))
            if batch_idx % 4 == 0 and __name__ == "__main__":
                print(f"Train Epoch: {epoch} [{batch_idx * len(data)}/{len(loader.dataset)}]\tLoss: {loss.item():.4f}")
    model.eval()
    with torch.no_grad():
        sample = model.decode(torch.linspace(-1.0, 1.0, 12).reshape(4, 3))
        assert sample.shape == (4, 36)
    return {"train": history, "sample": sample.numpy()}


if __name__ == "__main__":
    main(epochs=10)
