"""Networks of volumes: torchvision's of video, MONAI's, and two from their papers, at the smallest size each takes."""

from functools import partial

import torchvision.models.video as video
from monai.networks import nets as monai

from .network import Network
from .volume_modules import FirstOutput, MeshNet, Sfcn


def clip(build, dims, label, **more):
    return Network(partial(build, weights=None), (dims,), label, **more)


def volume(build, size, label, target=1, **more):
    return Network(build, ((1, size, size, size),), label, target=target, **more)


#: One channel in, three classes out, as MONAI spells it.
SEGMENTER = {"spatial_dims": 3, "in_channels": 1, "out_channels": 3}
SMALL_FEATURES = (16, 16, 32, 64, 128, 16)

NETWORKS = {
    "resnet18-3d": clip(video.r3d_18, (3, 8, 32, 32), "ResNet-18 3-D"),
    "r2plus1d-18": clip(video.r2plus1d_18, (3, 8, 32, 32), "R(2+1)D-18"),
    "s3d": clip(video.s3d, (3, 13, 209, 209), "S3D", slow=True),
    "densenet121-3d": volume(partial(monai.DenseNet121, spatial_dims=3, in_channels=1, out_channels=4), 32,
                             "DenseNet-121 3-D"),
    "sfcn": volume(Sfcn, 64, "SFCN (brain age)", target=17),
    "meshnet": volume(MeshNet, 32, "MeshNet (dilated)"),
    "unet-3d": volume(partial(monai.UNet, **SEGMENTER, channels=(8, 16, 32, 64), strides=(2, 2, 2), num_res_units=2,
                              norm="batch"), 32, "U-Net 3-D, residual"),
    "basic-unet-3d": volume(partial(monai.BasicUNet, **SEGMENTER, features=SMALL_FEATURES), 32, "Basic U-Net 3-D"),
    "basic-unet-plus-plus-3d": volume(lambda: FirstOutput(monai.BasicUNetPlusPlus(**SEGMENTER, features=SMALL_FEATURES)),
                                      32, "Basic U-Net++ 3-D"),
    "nnunet-residual-3d": volume(partial(monai.DynUNet, **SEGMENTER, kernel_size=[3] * 4, strides=[1, 2, 2, 2],
                                         upsample_kernel_size=[2] * 3, filters=[8, 16, 32, 64], norm_name="instance",
                                         res_block=True), 32, "nnU-Net, residual (DynUNet)"),
    "segresnet-3d": volume(partial(monai.SegResNet, **SEGMENTER, init_filters=8), 32, "SegResNet"),
    "unetr": volume(partial(monai.UNETR, in_channels=1, out_channels=3, img_size=(32, 32, 32), feature_size=8,
                            hidden_size=96, mlp_dim=192, num_heads=4), 32, "UNETR"),
    "swin-unetr": volume(partial(monai.SwinUNETR, in_channels=1, out_channels=3, feature_size=12, depths=(2, 2, 2, 2),
                                 num_heads=(3, 6, 12, 24)), 64, "Swin UNETR", slow=True),
}
