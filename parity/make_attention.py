"""Expected attention rollout and attention relevance on small vision transformers, from the published definitions.

Run: python parity/make_attention.py   (parity/requirements.txt names the versions, and timm; tests read only what it writes)
Writes parity/fixtures/attention/: the networks as ONNX, inputs, expected maps (.npy, float32, one channel) and cases.json.

The networks are torchvision's, timm's and MONAI's, in float64 with PyTorch's autograd; every attention matrix is taken
where it is used. Rollout is Abnar and Zuidema 2020: the product over the blocks of (A + I) with rows that sum to 1, A
over the heads the mean, largest or smallest. Relevance is Chefer, Gur and Wolf 2021 (ICCV), equations 5 and 6: R <- R +
mean over heads of relu(dy/dA * A), times R. Then the row of the class token, or the mean over the rows where there is
none, without the tokens that are no patches, on the grid of the patches, enlarged linearly.
"""

import copy
import json
import platform
from pathlib import Path

import monai
import numpy as np
import onnx
import timm
import torch
import torchvision
from make_methods import without_stack_traces
from monai.networks.nets import ViT
from timm.models.vision_transformer import VisionTransformer
from torch import nn
from torch.nn import functional

OUT = Path(__file__).parent / "fixtures" / "attention"
cases = []


class FirstOutput(nn.Module):
    """MONAI's ViT also returns its hidden states."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)[0]


class PlainBlock(nn.Module):
    """Attention as the Hugging Face models write it: three linear layers, matmul, softmax, dropout, matmul."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.attn_drop = nn.Dropout(0.1)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        h = self.norm1(x)
        split = lambda v: v.view(v.shape[0], v.shape[1], self.heads, -1).permute(0, 2, 1, 3)
        q, k, v = (split(layer(h)) for layer in (self.query, self.key, self.value))
        a = self.attn_drop(functional.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5, dim=-1))
        x = x + self.out((a @ v).permute(0, 2, 1, 3).flatten(2))
        return x + self.mlp(self.norm2(x))


class PlainViT(nn.Module):
    """Class token first, learned positions, a grid that is not square."""

    def __init__(self, grid=(3, 5), width=12, heads=2, depth=2, classes=3):
        super().__init__()
        self.embed = nn.Conv2d(1, width, 6, 6)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(torch.zeros(1, grid[0] * grid[1] + 1, width))
        self.blocks = nn.Sequential(*[PlainBlock(width, heads) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), 1) + self.position
        return self.head(self.norm(self.blocks(x))[:, 0])


class Unetr3d(nn.Module):
    """A transformer over 3-D patches whose tokens go back to a volume: segmentation, as UNETR, no class token."""

    def __init__(self, width=12, classes=2):
        super().__init__()
        self.vit = ViT(1, (12, 8, 8), (4, 4, 4), hidden_size=width, mlp_dim=20, num_layers=2, num_heads=3,
                       proj_type="perceptron", classification=False)
        self.up = nn.ConvTranspose3d(width, 4, 4, 4)
        self.skip = nn.Conv3d(1, 4, 3, 1, 1)
        self.head = nn.Conv3d(8, classes, 1)

    def forward(self, x):
        tokens = self.vit(x)[0]
        volume = tokens.transpose(1, 2).reshape(x.shape[0], -1, 3, 2, 2)
        return self.head(torch.cat((self.up(volume), self.skip(x).relu()), 1))


class Pooled(nn.Module):
    """The mean over space of a segmentation's class, as a target region does."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).flatten(2).sum(2)


def randomise(model, seed):
    """Weights that make the attention far from uniform."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            scale = 1.6 / (p[0].numel() ** 0.5) if p.dim() > 1 else 0.3
            p.copy_(torch.randn(p.shape, generator=generator) * scale + (1 if p.dim() == 1 else 0) * 0.7)
    return model.eval()


class Attentions:
    """Every attention matrix of a forward pass, (N, heads, T, T), in order."""

    def __init__(self, model):
        self.found = []
        self.hooks = [m.register_forward_hook(self.keep) for name, m in model.named_modules()
                      if name.split(".")[-1] in ("attn_drop", "drop_weights") and isinstance(m, nn.Dropout)]

    def keep(self, _module, _inputs, output):
        own = output.clone()
        self.found.append(own)
        return own

    def __enter__(self):
        self.original = functional.scaled_dot_product_attention

        def attend(q, k, v, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None):
            assert attn_mask is None and not is_causal
            a = (q @ k.transpose(-1, -2) * (scale or q.shape[-1] ** -0.5)).softmax(-1)
            self.found.append(a)
            return a @ v

        functional.scaled_dot_product_attention = attend
        return self

    def __exit__(self, *_):
        functional.scaled_dot_product_attention = self.original
        for hook in self.hooks:
            hook.remove()


def rollout(attentions, head="mean", residual=True):
    result = None
    for a in attentions:
        a = {"mean": a.mean(1), "max": a.max(1)[0], "min": a.min(1)[0]}[head]
        # A query that pools is no token: no connection passes it by.
        a = a + torch.eye(a.shape[-1], dtype=a.dtype) if residual and a.shape[1] > 1 else a
        a = a / a.sum(-1, keepdim=True)
        result = a if result is None else a @ result
    return result


def relevance(attentions, score):
    slopes = torch.autograd.grad(score.sum(), attentions)
    result = torch.eye(attentions[0].shape[-1], dtype=torch.float64).expand(len(score), -1, -1)
    for a, slope in zip(attentions, slopes):
        step = (slope * a).relu().mean(1) @ result
        result = result + step if a.shape[2] > 1 else step
    return result


def network(name, model, explained, index, spec, x, grid, extra, dynamo, opset, row="class"):
    """`extra`: tokens before the patches; `row`: which row is read, the class token's, or the mean over all or the patches."""
    file = OUT / f"{name}.onnx"
    torch.backends.mha.set_fastpath_enabled(False)
    if dynamo:
        batch = torch.export.Dim("n", min=1, max=64)
        torch.onnx.export(model, (x,), file, opset_version=opset, input_names=["input"], output_names=["output"],
                          dynamo=True, external_data=False, dynamic_shapes=({0: batch},))
        without_stack_traces(file)
    else:
        torch.onnx.export(model, (x,), file, opset_version=opset, input_names=["input"], output_names=["output"],
                          dynamic_axes={"input": {0: "n"}, "output": {0: "n"}}, dynamo=False)
    np.save(OUT / f"{name}.input.npy", x.numpy())
    print(name, sorted({node.op_type for node in onnx.load(file).graph.node if node.op_type in
                        ("Softmax", "Attention", "Einsum", "MatMul", "Gemm", "Where", "IsNaN")}), file.stat().st_size)
    wide = copy.deepcopy(explained).double()
    with Attentions(wide) as seen:
        score = wide(x.double().requires_grad_())[:, index]
    attentions = seen.found
    assert all(a.shape[-1] == np.prod(grid) + extra for a in attentions) and len(attentions) > 1
    spread = torch.stack([a.max(-1)[0].mean() for a in attentions]).mean() * attentions[0].shape[-1]

    def case(method, matrix, **options):
        whole = {"class": lambda: matrix[:, 0], "all": lambda: matrix.mean(1), "patches": lambda: matrix[:, extra:].mean(1)}[row]()
        coarse = whole[:, extra:].reshape(len(x), 1, *grid)
        mode = {2: "bilinear", 3: "trilinear"}[len(grid)]
        map_ = functional.interpolate(coarse, x.shape[2:], mode=mode, align_corners=False)
        slug = "-".join([name, method, *(f"{k}-{v}" for k, v in options.items())])
        np.save(OUT / f"{slug}.npy", map_.detach().numpy().astype(np.float32))
        cases.append({"network": name, "model": file.name, "input": f"{name}.input.npy", "method": method, "target": spec,
                      "options": options, "expected": f"{slug}.npy", "grid": grid, "scores": score.tolist(),
                      "source": "published definition, float64"})

    case("attention-rollout", rollout(attentions))
    case("attention-rollout", rollout(attentions, "max"), head="max")
    if dynamo:
        case("attention-rollout", rollout(attentions, "min"), head="min")
    else:
        case("attention-rollout", rollout(attentions, residual=False), residual="false")
    case("attention-relevance", relevance(attentions, score))
    print(f"   {len(attentions)} blocks, {tuple(attentions[0].shape)}, largest entry {spread:.1f} times the uniform one")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*"):
        old.unlink()
    torch.set_num_threads(2)

    def image(seed, *dims):
        return torch.randn(*dims, generator=torch.Generator().manual_seed(seed))

    tv = randomise(torchvision.models.VisionTransformer(24, 6, 2, 2, 16, 24, num_classes=4), 1)
    network("torchvision", tv, tv, 2, "2", image(2, 2, 3, 24, 24), [4, 4], 1, False, 17)
    plain = randomise(PlainViT(), 3)
    network("plain-script", plain, plain, 1, "1", image(4, 2, 1, 18, 30), [3, 5], 1, False, 17)
    network("plain-dynamo", plain, plain, 1, "1", image(4, 2, 1, 18, 30), [3, 5], 1, True, 20)
    small = {"img_size": (18, 24), "patch_size": 6, "embed_dim": 12, "depth": 3, "num_heads": 4, "mlp_ratio": 1.5, "num_classes": 3}
    fused = randomise(VisionTransformer(**small), 5)
    network("timm-fused", fused, fused, 0, "0", image(6, 2, 3, 18, 24), [3, 4], 1, True, 20)
    network("timm-attention-operator", fused, fused, 0, "0", image(6, 2, 3, 18, 24), [3, 4], 1, True, 23)
    registers = randomise(VisionTransformer(**small, reg_tokens=2), 7)
    for block in registers.blocks:
        block.attn.fused_attn = False
    network("timm-registers", registers, registers, 1, "1", image(8, 2, 3, 18, 24), [3, 4], 3, False, 17)
    pooled = randomise(VisionTransformer(**small, class_token=False, global_pool="avg"), 9)
    network("timm-pooled", pooled, pooled, 2, "2", image(10, 2, 3, 18, 24), [3, 4], 0, False, 17, row="all")
    patches = randomise(VisionTransformer(**small, global_pool="avg"), 11)
    network("timm-pooled-patches", patches, patches, 2, "2", image(12, 2, 3, 18, 24), [3, 4], 1, True, 20, row="patches")
    latent = randomise(VisionTransformer(**small, class_token=False, global_pool="map"), 17)
    network("timm-attention-pool", latent, latent, 1, "1", image(18, 2, 3, 18, 24), [3, 4], 0, False, 17)
    volume = randomise(FirstOutput(ViT(1, (8, 8, 12), (4, 4, 4), hidden_size=12, mlp_dim=20, num_layers=2, num_heads=2,
                                       classification=True, num_classes=3, post_activation="")), 13)
    network("monai-script", volume, volume, 1, "1", image(14, 2, 1, 8, 8, 12), [2, 2, 3], 1, False, 17)
    network("monai-dynamo", volume, volume, 1, "1", image(14, 2, 1, 8, 8, 12), [2, 2, 3], 1, True, 20)
    unetr = randomise(Unetr3d(), 15)
    network("unetr", unetr, Pooled(unetr), 1, "1", image(16, 2, 1, 12, 8, 8), [3, 2, 2], 0, True, 20, row="all")

    versions = {"python": platform.python_version(), "torch": torch.__version__, "torchvision": torchvision.__version__,
                "timm": timm.__version__, "monai": monai.__version__, "onnx": onnx.__version__, "numpy": np.__version__}
    (OUT / "cases.json").write_text(json.dumps({"madeBy": "parity/make_attention.py", "versions": versions, "cases": cases}, indent=1) + "\n")
    print(len(cases), "cases", versions, sum(f.stat().st_size for f in OUT.glob("*")) // 1024, "KiB")


if __name__ == "__main__":
    main()
