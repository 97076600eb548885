export { checkRepository, checkRevision, DEFAULT_ENDPOINT, type Hub } from "./address.js";
export { diskFull } from "./errors.js";
export { type DownloadOptions, downloadFile, toError } from "./file.js";
export { type HubFile, type HubRepository, type Limits, readRepository } from "./repository.js";
