/** Tables and numbers as text. Pure: no terminal, no colours; a column is as wide as its widest cell. */
export interface Column<T> {
  title: string;
  value(row: T): string;
  /** Numbers read best from the right. Default left. */
  align?: "left" | "right";
  /** Longer cells are cut with an ellipsis. Default 48. */
  maxWidth?: number;
}

/** A column of numbers. */
export const right = <T>(title: string, value: (row: T) => string): Column<T> => ({ title, value, align: "right" });

/** Header, rule and one line per row; without rows, the header and the rule alone. */
export function renderTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
  const cells = rows.map((row) => columns.map((column) => cut(plain(column.value(row)), column.maxWidth ?? 48)));
  const widths = columns.map((column, c) => Math.max(width(column.title), ...cells.map((line) => width(line[c]))));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, c) => pad(text, widths[c], columns[c].align))
      .join("  ")
      .trimEnd();
  return [line(columns.map(({ title }) => title)), widths.map((w) => "─".repeat(w)).join("  "), ...cells.map(line)];
}

/** 0.8234 -> 0.823; null -> "–". */
export const score = (value: number | null | undefined): string => (typeof value === "number" ? value.toFixed(3) : "–");

/** 0.8234 -> "82.3 %". */
export const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** 3_214_567 -> "3.21 M". */
export function count(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)} G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  return value.toLocaleString("en-US");
}

/** Seconds -> "0.4 s", "12 s", "3 min 05 s", "2 h 07 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** 1_234_567 -> "1.2 MB". */
export function byteSize(bytes: number): string {
  const [size, unit] = [
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
  ].find(([least]) => bytes >= Number(least)) ?? [1, "B"];
  return unit === "B" ? `${bytes} B` : `${(bytes / Number(size)).toFixed(1)} ${unit}`;
}

/** Of files and rows together. */
export const usedBytes = (usage: { files: number; database: number } | null | undefined): string =>
  usage ? byteSize(usage.files + usage.database) : "–";

/** ISO time -> "2026-11-24 15:04" in local time. */
export function moment(iso: string): string {
  const at = new Date(iso);
  const two = (n: number): string => String(n).padStart(2, "0");
  return (
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
    `${two(at.getHours())}:${two(at.getMinutes())}`
  );
}

/** A horizontal bar of `width` characters for a share from 0 to 1, in eighths of a character. */
export function bar(share: number, length: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * length * 8);
  const rest = " ▏▎▍▌▋▊▉"[eighths % 8];
  return `${"█".repeat(Math.floor(eighths / 8))}${rest.trim()}`.padEnd(length);
}

/** Without control characters: safe to print, on one line. */
export const plain = (text: string): string => text.replace(/\p{Cc}+/gu, " ");
/** Code points: exact for all that these tables hold but combining marks. */
const width = (text: string): number => [...text].length;
const cut = (text: string, most: number): string =>
  width(text) > most ? `${[...text].slice(0, most - 1).join("")}…` : text;
const pad = (text: string, size: number, align: "left" | "right" = "left"): string => {
  const space = " ".repeat(Math.max(0, size - width(text)));
  return align === "right" ? space + text : text + space;
};
