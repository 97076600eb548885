/** Entry of an inference process: the real models, the real probe, the real PCA. Started by Device, never imported. */
import { computeLargePca } from "../../analysis/pca/pca.js";
import { InferenceModel } from "../../model/inference.js";
import { serveInference } from "./inference-server.js";
import { probeProvider } from "./provider-check.js";

serveInference({
  load: (folder, options) => InferenceModel.load(folder, options),
  probe: probeProvider,
  computePca: computeLargePca,
});
