export { ArtifactStore } from "./artifacts.js";
export { countStatements } from "./counting-client.js";
export { newId } from "./id.js";
export { modelFolder, type RegisterModel, registerData, registerModel } from "./models.js";
export { CHANNEL, type Notifications, notify } from "./notifications.js";
export { openStore, type Store, type StoreOptions } from "./store.js";
