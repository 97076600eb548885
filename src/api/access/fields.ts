/** Which role the fields of this subject need: a part of the table of all fields. */
import type { KeyRole } from "../../store/generated/enums.js";

/** By "Type.field". */
export const ACCESS_FIELDS: Readonly<Record<string, KeyRole>> = {
  "Query.auditLog": "ADMIN",
  "Query.rateLimit": "READER",
  "Query.quota": "READER",
};
