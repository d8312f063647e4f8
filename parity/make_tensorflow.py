"""Keras networks (channels last) as Keras and tf2onnx export them, and their gradients by TensorFlow in float64.

Run: python parity/make_tensorflow.py   (in an environment of its own: tensorflow-cpu==2.21.0 keras==3.15.1
tf2onnx==1.17.0 onnx==1.23.2)
Writes parity/fixtures/tensorflow/: one ONNX file per network and exporter, and cases.json with input, output weights,
output and gradient (base64; input and weights float32, output and gradient float64).
"""

import base64
import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from keras import layers as L

OUT = Path(__file__).parent / "fixtures" / "tensorflow"


def picture():
    """MobileNet-like: depthwise and separable convolutions, squeeze and excitation, up-sampling."""
    given = keras.Input((17, 15, 3), name="image")
    h = L.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(given)
    h = L.ReLU(6.0)(L.BatchNormalization()(h))
    h = L.Activation("swish")(L.BatchNormalization()(L.DepthwiseConv2D(3, padding="same")(h)))
    h = L.Add()([L.SeparableConv2D(12, 3, padding="same")(h), L.Conv2D(12, 1)(h)])
    h = L.MaxPooling2D(3, 2, "same")(h)
    gate = L.Dense(4, activation="relu")(L.GlobalAveragePooling2D(keepdims=True)(h))
    h = L.Multiply()([h, L.Dense(12, activation="sigmoid")(gate)])
    h = L.Concatenate()([h, L.AveragePooling2D(3, 1, "same")(h)])
    h = L.Conv2DTranspose(6, 3, strides=2, padding="same")(L.UpSampling2D(2, interpolation="bilinear")(h))
    h = L.Dropout(0.3)(L.Flatten()(L.Cropping2D(1)(L.LeakyReLU()(h))))
    return keras.Model(given, L.Dense(4, activation="softmax", name="classes")(h))


def volume():
    """3-D; pooling by strides, since TensorFlow has no float64 pooling of volumes to compare with."""
    given = keras.Input((12, 10, 11, 1), name="volume")
    h = L.ELU()(L.BatchNormalization()(L.Conv3D(6, 3, padding="same")(given)))
    h = L.Conv3D(8, 3, strides=2, padding="same")(L.Conv3D(6, 2, strides=2)(h))
    h = L.Activation(lambda x: keras.activations.gelu(x, approximate=True))(L.LayerNormalization()(h))
    h = L.GlobalMaxPooling3D()(L.Conv3DTranspose(4, 2, strides=2)(h))
    return keras.Model(given, L.Dense(3, name="logits")(L.Dense(8, activation="tanh")(h)))


def draw(model, rng):
    def values(weight):
        shape, path = tuple(weight.shape), weight.path
        if "variance" in path or "gamma" in path:
            return rng.uniform(0.5, 1.5, shape)
        if "mean" in path or "beta" in path or "bias" in path:
            return rng.normal(0, 0.2, shape)
        return weight.numpy()

    return [values(weight).astype("f4") for weight in model.weights]


def built(make, dtype, weights=None):
    keras.utils.set_random_seed(1)
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    model = make()
    if weights is not None:
        model.set_weights(weights)
    return model


def gradient(model, x, weights, dtype):
    point = tf.constant(x, dtype=dtype)
    with tf.GradientTape() as tape:
        tape.watch(point)
        y = model(point, training=False)
        score = tf.reduce_sum(y * tf.cast(weights, dtype))
    return y.numpy(), tape.gradient(score, point).numpy()


def text(array, dtype="<f8"):
    return base64.b64encode(np.ascontiguousarray(array, dtype=dtype).tobytes()).decode()


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*"):
        old.unlink()
    rng = np.random.default_rng(0)
    written = []
    for name, make in {"picture": picture, "volume": volume}.items():
        model = built(make, "float32")
        drawn = draw(model, rng)
        model.set_weights(drawn)
        double = built(make, "float64", drawn)
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
        x = rng.normal(size=(2, *model.input_shape[1:])).astype("f4")
        weights = rng.normal(size=(2, *model.output_shape[1:])).astype("f4")
        y, expected = gradient(double, x, weights, "float64")
        model(x)  # Keras exports only a model that was called
        model.export(OUT / f"{name}-keras.onnx", format="onnx", verbose=False)
        signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="input")]
        function = tf.function(lambda given: model(given, training=False), input_signature=signature)
        tf2onnx.convert.from_function(function, input_signature=signature, opset=17,
                                      output_path=str(OUT / f"{name}-tf2onnx.onnx"))
        for exporter in ("keras", "tf2onnx"):
            written.append({"name": f"{name}-{exporter}", "inputDims": list(x.shape), "input": text(x, "<f4"),
                            "outputDims": list(y.shape), "output": text(y), "weights": text(weights, "<f4"), "gradient": text(expected)})
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__, "tf2onnx": tf2onnx.__version__}
    (OUT / "cases.json").write_text(json.dumps({"madeBy": "parity/make_tensorflow.py", "versions": versions, "cases": written}, indent=1) + "\n")
    print(len(written), "cases", versions)


main()
