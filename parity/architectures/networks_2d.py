"""Classifiers of images: torchvision's, and timm's Inception-ResNet-v2."""

from functools import partial

import timm
import torchvision.models as tv

from .network import Network


def vision(build, size, label, slow=False, **options):
    return Network(partial(build, weights=None, **options), ((3, size, size),), label, slow=slow)


NETWORKS = {
    "resnet18": vision(tv.resnet18, 64, "ResNet-18"),
    "resnet34": vision(tv.resnet34, 64, "ResNet-34"),
    "resnet50": vision(tv.resnet50, 64, "ResNet-50"),
    "resnet101": vision(tv.resnet101, 64, "ResNet-101"),
    "densenet121": vision(tv.densenet121, 64, "DenseNet-121"),
    "densenet161": vision(tv.densenet161, 64, "DenseNet-161"),
    "efficientnet-b0": vision(tv.efficientnet_b0, 64, "EfficientNet-B0"),
    "inception-v3": vision(tv.inception_v3, 96, "Inception-v3", aux_logits=True, init_weights=False),
    "inception-resnet-v2": Network(partial(timm.create_model, "inception_resnet_v2", pretrained=False),
                                   ((3, 96, 96),), "Inception-ResNet-v2"),
    "googlenet": vision(tv.googlenet, 64, "GoogLeNet", aux_logits=True, init_weights=False),
    "vgg16-bn": vision(tv.vgg16_bn, 224, "VGG-16-BN", slow=True),
    "mobilenet-v3-large": vision(tv.mobilenet_v3_large, 64, "MobileNet-v3 (large)"),
    "mobilenet-v3-small": vision(tv.mobilenet_v3_small, 64, "MobileNet-v3 (small)"),
    "shufflenet-v2": vision(tv.shufflenet_v2_x1_0, 64, "ShuffleNet-v2"),
    "convnext-tiny": vision(tv.convnext_tiny, 64, "ConvNeXt-T"),
    "vit-b-16": vision(tv.vit_b_16, 224, "ViT-B/16"),
    "swin-t": vision(tv.swin_t, 112, "Swin-T"),
    "maxvit-t": vision(tv.maxvit_t, 224, "MaxViT-T"),
}
