// The package `@tensorflow/tfjs` rather than `tfjs-core`: only the former registers the gradients under Deno.
import * as tf from "@tensorflow/tfjs";

tf.enableProdMode();

export { tf };
