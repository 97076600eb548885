/** A server in miniature, to be killed: a pool of two devices and one run, whose process ids it reports. */
import { startComputePool } from "../../../src/compute/pool.js";
import { entryBeside } from "../../../src/process/forked-process.js";

const folder = process.argv[2];
let runPid = 0;
const pool = await startComputePool({
  devices: "cpu,webgpu",
  threads: 1,
  entry: {
    inference: entryBeside(import.meta.url, "./fake-inference-process"),
    training: entryBeside(import.meta.url, "./fake-training-process"),
  },
});
await pool.train(
  {
    kind: "FINETUNE",
    baseFolder: "",
    outputFolder: folder,
    checkpointFolder: folder,
    classes: [],
    examples: [],
    resumeFrom: null,
    hyperparameters: {
      epochs: 1e9,
      batchSize: 1,
      learningRate: 1e-4,
      weightDecay: 0,
      warmupSteps: 0,
      gradientClip: 1,
      dropout: null,
      seed: 1,
      logEvery: 1,
      checkpointEvery: 10,
      threads: 1,
    },
  },
  async (event) => {
    if (event.kind === "metric" && event.step === 1) {
      const devices = pool.statistics().devices.map((device) => device.pid);
      process.send?.([...devices, runPid]);
    }
    if (event.kind === "started") runPid = event.environment.pid as number;
  },
);
