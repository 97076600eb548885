/** Entry of a training process. Started once per run by trainInProcess, never imported. */
import { runTrainingJob } from "../train/loop.js";
import { serveTraining } from "./training-server.js";

serveTraining(runTrainingJob);
