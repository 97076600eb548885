/**
 * Models as files:
 *   GET  /models/<name or id>/export?format=huggingface   or onnx or triton: a tar.gz (exports.ts)
 *   POST /models?name=…&target=…                          a tar or tar.gz of a checkpoint (uploads.ts)
 */
import type { FastifyInstance } from "fastify";
import { type ExportOptions, serveExports } from "./exports.js";
import { type ModelUploadOptions, serveModelUploads } from "./uploads.js";

export async function serveModels(app: FastifyInstance, options: ExportOptions & ModelUploadOptions): Promise<void> {
  serveExports(app, options);
  await serveModelUploads(app, options);
}
