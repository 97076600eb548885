/** Entry of a training process. Started once per run by trainInProcess, never imported. */
import { runTrainingJob } from "../../train/finetune/loop.js";
import { withBaselines } from "./training-baselines.js";
import { serveTraining } from "./training-server.js";

serveTraining(withBaselines(runTrainingJob));
