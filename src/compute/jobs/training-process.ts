/** Entry of a training process. Started once per run by trainInProcess, never imported. */
import { runTrainingJob } from "../../train/finetune/loop.js";
import { serveTraining } from "./training-server.js";

serveTraining(runTrainingJob);
