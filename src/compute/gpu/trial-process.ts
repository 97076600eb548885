/** Entry of the process that tries a device. Started by Trials, never imported. */
import { answerOnce } from "../../process/child-life.js";
import type { TrialJob } from "./trial.js";
import { tryDevice } from "./trial-graphs.js";

answerOnce((job: TrialJob) => () => tryDevice(job));
