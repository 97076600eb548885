export { countStatements } from "./counting-client.js";
export { newId } from "./id.js";
export { modelFolder, presentModelFolder, registerData, registerModel } from "./models.js";
export { CHANNEL, notify } from "./notifications.js";
export { openStore, type Store } from "./store.js";
