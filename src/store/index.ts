export { newId } from "./id.js";
export { modelFolder, presentModelFolder, registerData, registerModel } from "./models.js";
export { CHANNEL, notify } from "./notifications.js";
export { countStatements } from "./pool.js";
export { openStore, type Store } from "./store.js";
