/** Entry of an inference process: the real models and provider check. Started by Device, never imported. */
import { InferenceModel } from "../../model/inference.js";
import { serveInference } from "./inference-server.js";
import { checkProvider } from "./provider-check.js";

serveInference({
  load: (folder, options) => InferenceModel.load(folder, options),
  checkProvider,
});
