/** Entry of an inference process: the real models, provider check and PCA. Started by Device, never imported. */
import { computeLargePca } from "../../analysis/pca/pca.js";
import { InferenceModel } from "../../model/inference.js";
import { serveInference } from "./inference-server.js";
import { checkProvider } from "./provider-check.js";

serveInference({
  load: (folder, options) => InferenceModel.load(folder, options),
  checkProvider,
  computePca: computeLargePca,
});
