/** Entry of a training process. Started once per run by trainInProcess, never imported. */
import { runTrainingJob } from "../../train/finetune/loop.js";
import { runPretrainingJob } from "../../train/pretrain/pretrain-job.js";
import { withBaselines } from "./training-baselines.js";
import { serveTraining } from "./training-server.js";

const finetune = withBaselines(runTrainingJob);
serveTraining((job, hooks) => (job.kind === "PRETRAIN" ? runPretrainingJob(job, hooks) : finetune(job, hooks)));
