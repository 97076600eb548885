/** Dropout in 65,536ths, and masks of bits: 32 elements in one number, for devices to which masks have to be sent. */
import { MaillardError } from "../errors.js";

export const LEVELS = 65_536;

/** Share of elements kept, as 65,536ths, and the value they get. */
export const quantisedKeep = (p: number): { threshold: number; scale: number } => {
  const threshold = Math.round((1 - p) * LEVELS);
  if (!(p >= 0) || threshold < 1)
    throw new MaillardError("INVALID_CONFIG", `Dropout must be at least 0 and below 1, not ${p}.`, {
      param: "dropout",
    });
  return { threshold, scale: LEVELS / threshold };
};

/** Numbers of a row of `width` elements. */
export const maskWords = (width: number): number => Math.ceil(width / 32);
